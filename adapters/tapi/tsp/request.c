#include "functions.h"
#include "tsp.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_LIMIT = 4096, PARAMS_LIMIT = 32768, PARAMS_LEAST = 112 };

/* wide is a text of TAPI as the frame has it. NULL stays NULL; what is absurdly long is cut, and then refused for what it is. */
Bytes wide(LPCWSTR text)
{
	Bytes b = {(const uint8_t *)text, 0};

	while (text && b.size < TEXT_LIMIT && text[b.size])
		b.size++;
	b.size *= sizeof(WCHAR);
	return b;
}

/* params is LINECALLPARAMS, of which no more is read than it says it has (rule R-26). */
static int params(const LINECALLPARAMS *p, Bytes *b)
{
	b->at = (const uint8_t *)p, b->size = 0;
	if (!p)
		return 1;
	b->size = p->dwTotalSize;
	return b->size >= PARAMS_LEAST && b->size <= PARAMS_LIMIT;
}

/* copy_out fills TAPI's structure. */
LONG copy_out(const Image *m, LPVOID buffer) { return buffer ? image_copy(m, buffer) : (LONG)LINEERR_INVALPOINTER; }

/* go_sync sends a request whose reply is the answer. */
LONG go_sync(Request *r, Answer *a) { return ask(r, a) ? a->reply.result : (LONG)LINEERR_OPERATIONFAILED; }

static Asked *asked_new(const Request *r, DWORD request, DWORD line, DWORD call, int makes_call)
{
	Asked *a = malloc(sizeof *a + r->text.size + r->group.size + r->block.size);
	Bytes *copies[3];
	uint8_t *at;

	if (!a)
		return NULL;
	at = (uint8_t *)(a + 1);
	memset(a, 0, sizeof *a);
	a->request = request, a->line = line, a->call = call, a->makes_call = makes_call;
	a->what = *r;
	copies[0] = &a->what.text, copies[1] = &a->what.group, copies[2] = &a->what.block;
	for (int i = 0; i < 3; i++) {
		if (!copies[i]->at)
			continue;
		memcpy(at, copies[i]->at, copies[i]->size);
		copies[i]->at = at;
		at += copies[i]->size;
	}
	return a;
}

/* go_async asks for something that is completed later. call is whom it concerns, or the call it makes (makes_call). While
 * the daemon is not there a MakeCall is queued; everything else fails at once. */
LONG go_async(Request *r, DWORD request, DWORD line, DWORD call, DWORD new_call)
{
	Asked *a = asked_new(r, request, line, new_call ? new_call : call, new_call != 0);
	Answer answer;
	LONG result = LINEERR_OPERATIONFAILED;

	if (!a)
		return LINEERR_NOMEM;
	r->request = a->what.request = request;
	lock();
	asked_add(a);
	if (!state.connected && r->function == F_MAKE_CALL) {
		a->queued = 1, a->deadline = GetTickCount64() + QUEUE_TIME;
		if (state.again)
			SetEvent(state.again);
		unlock();
		log_line(LOG_INFO, "the daemon is not there: the call waits for it");
		return (LONG)request;
	}
	unlock();
	if (ask_new(r, &answer, 0, new_call)) {
		result = answer.reply.result;
		answer_drop(&answer);
	}
	if (result == 0)
		return (LONG)request; /* its completion may have been delivered already */
	lock();
	free(asked_take(request));
	unlock();
	return result < 0 ? result : (LONG)LINEERR_OPERATIONFAILED;
}

/* ---- requests about a call ---- */

/* on_call fills in the call's handle and says whose line it is; a negative value is the error. */
static LONG on_call(HDRVCALL hd, Request *r, DWORD *line)
{
	LONG err = LINEERR_INVALCALLHANDLE;
	Call *c;

	lock();
	c = call_at(IN_HANDLE(hd));
	if (c && !c->closing && !c->dead) {
		r->call = c->wire;
		*line = c->line;
		err = c->wire ? 0 : state.connected ? (LONG)LINEERR_INVALCALLSTATE : (LONG)LINEERR_OPERATIONFAILED;
	}
	unlock();
	return err;
}

static LONG call_request(DRV_REQUESTID id, HDRVCALL hd, Request *r)
{
	DWORD line;
	LONG err = on_call(hd, r, &line);

	return err ? err : go_async(r, id, line, IN_HANDLE(hd), 0);
}

#define TSPI_LOG(text, ...) log_line(LOG_DEBUG, "TSPI_" text, __VA_ARGS__)

LONG TSPIAPI TSPI_lineAnswer(DRV_REQUESTID id, HDRVCALL call, LPCSTR info, DWORD size)
{
	Request r = {.function = F_ANSWER, .block = {(const uint8_t *)info, info && size <= PARAMS_LIMIT ? size : 0}};

	TSPI_LOG("lineAnswer(0x%lx, 0x%lx)", (DWORD)id, IN_HANDLE(call));
	return call_request(id, call, &r);
}

LONG TSPIAPI TSPI_lineDrop(DRV_REQUESTID id, HDRVCALL call, LPCSTR info, DWORD size)
{
	Request r = {.function = F_DROP, .block = {(const uint8_t *)info, info && size <= PARAMS_LIMIT ? size : 0}};

	TSPI_LOG("lineDrop(0x%lx, 0x%lx)", (DWORD)id, IN_HANDLE(call));
	return call_request(id, call, &r);
}

LONG TSPIAPI TSPI_lineHold(DRV_REQUESTID id, HDRVCALL call)
{
	Request r = {.function = F_HOLD};

	TSPI_LOG("lineHold(0x%lx, 0x%lx)", (DWORD)id, IN_HANDLE(call));
	return call_request(id, call, &r);
}

LONG TSPIAPI TSPI_lineUnhold(DRV_REQUESTID id, HDRVCALL call)
{
	Request r = {.function = F_UNHOLD};

	TSPI_LOG("lineUnhold(0x%lx, 0x%lx)", (DWORD)id, IN_HANDLE(call));
	return call_request(id, call, &r);
}

static LONG to_number(DRV_REQUESTID id, HDRVCALL call, uint16_t function, LPCWSTR to, DWORD country)
{
	Request r = {.function = function, .text = wide(to), .values = {country}};

	return call_request(id, call, &r);
}

LONG TSPIAPI TSPI_lineDial(DRV_REQUESTID id, HDRVCALL call, LPCWSTR to, DWORD country)
{
	TSPI_LOG("lineDial(0x%lx, 0x%lx, %ls)", (DWORD)id, IN_HANDLE(call), to ? to : L"(null)");
	return to_number(id, call, F_DIAL, to, country);
}

LONG TSPIAPI TSPI_lineBlindTransfer(DRV_REQUESTID id, HDRVCALL call, LPCWSTR to, DWORD country)
{
	TSPI_LOG("lineBlindTransfer(0x%lx, 0x%lx, %ls)", (DWORD)id, IN_HANDLE(call), to ? to : L"(null)");
	return to_number(id, call, F_BLIND_TRANSFER, to, country);
}

LONG TSPIAPI TSPI_lineRedirect(DRV_REQUESTID id, HDRVCALL call, LPCWSTR to, DWORD country)
{
	TSPI_LOG("lineRedirect(0x%lx, 0x%lx, %ls)", (DWORD)id, IN_HANDLE(call), to ? to : L"(null)");
	return to_number(id, call, F_REDIRECT, to, country);
}

/* two_calls is a request about a call and another one. */
static LONG two_calls(DRV_REQUESTID id, HDRVCALL one, HDRVCALL two, Request *r, LONG wrong)
{
	DWORD line, other;
	Request second = {0};
	LONG err = on_call(one, r, &line);

	if (err)
		return err;
	if (on_call(two, &second, &other) || other != line)
		return wrong;
	r->other = second.call;
	return go_async(r, id, line, IN_HANDLE(one), 0);
}

LONG TSPIAPI TSPI_lineSwapHold(DRV_REQUESTID id, HDRVCALL active, HDRVCALL held)
{
	Request r = {.function = F_SWAP_HOLD};

	TSPI_LOG("lineSwapHold(0x%lx, 0x%lx, 0x%lx)", (DWORD)id, IN_HANDLE(active), IN_HANDLE(held));
	return two_calls(id, active, held, &r, LINEERR_INVALCALLHANDLE);
}

LONG TSPIAPI TSPI_lineCompleteTransfer(DRV_REQUESTID id, HDRVCALL call, HDRVCALL consult, HTAPICALL conf, LPHDRVCALL conf_place, DWORD mode)
{
	Request r = {.function = F_COMPLETE_TRANSFER, .values = {mode}};

	(void)conf;
	TSPI_LOG("lineCompleteTransfer(0x%lx, 0x%lx, 0x%lx, %lu)", (DWORD)id, IN_HANDLE(call), IN_HANDLE(consult), mode);
	if (mode == LINETRANSFERMODE_CONFERENCE)
		return LINEERR_INVALTRANSFERMODE;
	if (conf_place)
		OUT_HANDLE(conf_place, 0);
	return two_calls(id, call, consult, &r, LINEERR_INVALCONSULTCALLHANDLE);
}

/* ---- requests that make a call ---- */

/* making gives the new call its handle and asks. The handle stands in TAPI's place before anything can be said of it. */
static LONG making(DRV_REQUESTID id, Request *r, DWORD line, HTAPICALL ht, LPHDRVCALL place)
{
	DWORD handle;
	LONG err;
	Call *c;

	lock();
	c = call_new(&handle);
	if (c)
		c->line = line, c->ht = ht;
	unlock();
	if (!c)
		return LINEERR_NOMEM;
	OUT_HANDLE(place, handle);
	err = go_async(r, id, line, 0, handle);
	if (err < 0) {
		lock();
		c = call_at(handle);
		if (c)
			call_free(c);
		unlock();
		OUT_HANDLE(place, 0);
	}
	return err;
}

static LONG on_line(HDRVLINE hd, Request *r)
{
	LONG err = LINEERR_INVALLINEHANDLE;
	Line *l;

	lock();
	l = line_at(IN_HANDLE(hd));
	if (l && !l->closing) {
		r->line = l->wire;
		err = 0;
	}
	unlock();
	return err;
}

LONG TSPIAPI TSPI_lineMakeCall(DRV_REQUESTID id, HDRVLINE line, HTAPICALL ht, LPHDRVCALL place, LPCWSTR to, DWORD country, LPLINECALLPARAMS const p)
{
	Request r = {.function = F_MAKE_CALL, .text = wide(to), .values = {country}};
	LONG err = on_line(line, &r);

	TSPI_LOG("lineMakeCall(0x%lx, 0x%lx, %ls)", (DWORD)id, IN_HANDLE(line), to ? to : L"(null)");
	if (err)
		return err;
	if (!place)
		return LINEERR_INVALPOINTER;
	if (!params(p, &r.block))
		return LINEERR_INVALCALLPARAMS;
	return making(id, &r, IN_HANDLE(line), ht, place);
}

LONG TSPIAPI TSPI_linePickup(DRV_REQUESTID id, HDRVLINE line, DWORD address, HTAPICALL ht, LPHDRVCALL place, LPCWSTR to, LPCWSTR group)
{
	Request r = {.function = F_PICKUP, .text = wide(to), .group = wide(group), .values = {address}};
	LONG err = on_line(line, &r);

	TSPI_LOG("linePickup(0x%lx, 0x%lx, %ls)", (DWORD)id, IN_HANDLE(line), to ? to : L"(null)");
	if (err)
		return err;
	return place ? making(id, &r, IN_HANDLE(line), ht, place) : (LONG)LINEERR_INVALPOINTER;
}

LONG TSPIAPI TSPI_lineSetupTransfer(DRV_REQUESTID id, HDRVCALL call, HTAPICALL consult, LPHDRVCALL place, LPLINECALLPARAMS const p)
{
	Request r = {.function = F_SETUP_TRANSFER};
	DWORD line;
	LONG err = on_call(call, &r, &line);

	TSPI_LOG("lineSetupTransfer(0x%lx, 0x%lx)", (DWORD)id, IN_HANDLE(call));
	if (err)
		return err;
	if (!place)
		return LINEERR_INVALPOINTER;
	if (!params(p, &r.block))
		return LINEERR_INVALCALLPARAMS;
	return making(id, &r, line, consult, place);
}

/* ---- synchronous ones about a call ---- */

LONG TSPIAPI TSPI_lineGenerateDigits(HDRVCALL call, DWORD end_to_end, DWORD mode, LPCWSTR digits, DWORD duration)
{
	Request r = {.function = F_GENERATE_DIGITS, .text = wide(digits), .values = {end_to_end, mode, duration}};
	DWORD line;
	Answer a;
	LONG err = on_call(call, &r, &line);

	if (err)
		return err;
	err = go_sync(&r, &a);
	answer_drop(&a);
	return err;
}

/* renewed takes the info that the reply brings as the delivered copy. */
static LONG renewed(HDRVCALL call, uint16_t function, DWORD value)
{
	Request r = {.function = function, .values = {value}};
	DWORD line;
	Answer a;
	LONG err = on_call(call, &r, &line);
	Call *c;

	if (err)
		return err;
	err = go_sync(&r, &a);
	lock();
	c = call_at(IN_HANDLE(call));
	if (!err && c)
		call_take(c, a.reply.images, a.reply.count);
	unlock();
	answer_drop(&a);
	return err;
}

LONG TSPIAPI TSPI_lineSetAppSpecific(HDRVCALL call, DWORD value) { return renewed(call, F_SET_APP_SPECIFIC, value); }

LONG TSPIAPI TSPI_lineSetMediaMode(HDRVCALL call, DWORD modes) { return renewed(call, F_SET_MEDIA_MODE, modes); }

LONG TSPIAPI TSPI_lineConditionalMediaDetection(HDRVLINE line, DWORD modes, LPLINECALLPARAMS const p)
{
	Request r = {.function = F_CONDITIONAL_MEDIA, .values = {modes}};
	Answer a;
	LONG err = on_line(line, &r);

	if (err)
		return err;
	if (!params(p, &r.block))
		return LINEERR_INVALCALLPARAMS;
	if (ask(&r, &a)) {
		err = a.reply.result;
		answer_drop(&a);
		return err;
	}
	return modes & ~(DWORD)LINEMEDIAMODE_INTERACTIVEVOICE ? (LONG)LINEERR_INVALMEDIAMODE : 0;
}
