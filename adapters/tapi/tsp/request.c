/* SPDX-License-Identifier: MIT */
#include "functions.h"
#include "tsp.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_LIMIT = 4096, PARAMS_LIMIT = 32768, PARAMS_LEAST = 112 };

/* utf16_block gives a text of TAPI as a frame has it. NULL stays NULL. A text beyond the limit is cut; the daemon refuses it. */
Bytes utf16_block(LPCWSTR text)
{
	Bytes b = {(const uint8_t *)text, 0};

	while (text && b.size < TEXT_LIMIT && text[b.size])
		b.size++;
	b.size *= sizeof(WCHAR);
	return b;
}

/* call_params reads no more of LINECALLPARAMS than its dwTotalSize says (rule R-26); 0 for an impossible size. */
static int call_params(const LINECALLPARAMS *p, Bytes *b)
{
	b->at = (const uint8_t *)p, b->size = 0;
	if (!p)
		return 1;
	b->size = p->dwTotalSize;
	return b->size >= PARAMS_LEAST && b->size <= PARAMS_LIMIT;
}

/* image_copy_checked fills TAPI's structure, whose pointer may be NULL. */
LONG image_copy_checked(const Image *m, LPVOID buffer) { return buffer ? image_copy(m, buffer) : (LONG)LINEERR_INVALPOINTER; }

/* request_sync sends a request and gives the result of its reply. */
LONG request_sync(Request *r, ReceivedReply *received) { return daemon_request(r, received) ? received->reply.result : (LONG)LINEERR_OPERATIONFAILED; }

static Pending *pending_new(const Request *r, DWORD request, DWORD line, DWORD call, int makes_call)
{
	Pending *p = malloc(sizeof *p + r->text.size + r->group.size + r->block.size);
	Bytes *copies[3];
	uint8_t *at;

	if (!p)
		return NULL;
	at = (uint8_t *)(p + 1);
	memset(p, 0, sizeof *p);
	p->request = request, p->line = line, p->call = call, p->makes_call = makes_call;
	p->to_send = *r;
	copies[0] = &p->to_send.text, copies[1] = &p->to_send.group, copies[2] = &p->to_send.block;
	for (int i = 0; i < 3; i++) {
		if (!copies[i]->at)
			continue;
		memcpy(at, copies[i]->at, copies[i]->size);
		copies[i]->at = at;
		at += copies[i]->size;
	}
	return p;
}

/* request_async sends a request that completes later. call is the call it concerns, new_call the call it makes. Without a
 * connection a MakeCall is queued; everything else fails at once. */
LONG request_async(Request *r, DWORD request, DWORD line, DWORD call, DWORD new_call)
{
	Pending *p = pending_new(r, request, line, new_call ? new_call : call, new_call != 0);
	ReceivedReply received;
	LONG result = LINEERR_OPERATIONFAILED;

	if (!p)
		return LINEERR_NOMEM;
	r->request = p->to_send.request = request;
	state_lock();
	pending_add(p);
	if (!state.connected && r->function == F_MAKE_CALL) {
		p->queued = 1, p->deadline = GetTickCount64() + QUEUED_CALL_TIMEOUT;
		if (state.reconnect)
			SetEvent(state.reconnect);
		state_unlock();
		log_line(LOG_INFO, "the daemon is not there: the call waits for it");
		return (LONG)request;
	}
	state_unlock();
	if (daemon_request_handle(r, &received, 0, new_call)) {
		result = received.reply.result;
		reply_release(&received);
	}
	if (result == 0)
		return (LONG)request; /* TAPI may have its completion by now */
	state_lock();
	free(pending_remove(request));
	state_unlock();
	return result < 0 ? result : (LONG)LINEERR_OPERATIONFAILED;
}

/* ---- requests about a call ---- */

/* request_set_call sets the call of a request and gives the call's line. It returns 0 or the error. */
static LONG request_set_call(HDRVCALL hd, Request *r, DWORD *line)
{
	LONG err = LINEERR_INVALCALLHANDLE;
	Call *c;

	state_lock();
	c = call_by_handle(HANDLE_NUMBER(hd));
	if (c && !c->closing && !c->failed) {
		r->call = c->daemon_handle;
		*line = c->line;
		err = c->daemon_handle ? 0 : state.connected ? (LONG)LINEERR_INVALCALLSTATE : (LONG)LINEERR_OPERATIONFAILED;
	}
	state_unlock();
	return err;
}

static LONG call_request(DRV_REQUESTID id, HDRVCALL hd, Request *r)
{
	DWORD line;
	LONG err = request_set_call(hd, r, &line);

	return err ? err : request_async(r, id, line, HANDLE_NUMBER(hd), 0);
}

#define log_tspi(text, ...) log_line(LOG_DEBUG, "TSPI_" text, __VA_ARGS__)

LONG TSPIAPI TSPI_lineAnswer(DRV_REQUESTID id, HDRVCALL call, LPCSTR info, DWORD size)
{
	Request r = {.function = F_ANSWER, .block = {(const uint8_t *)info, info && size <= PARAMS_LIMIT ? size : 0}};

	log_tspi("lineAnswer(0x%lx, 0x%lx)", (DWORD)id, HANDLE_NUMBER(call));
	return call_request(id, call, &r);
}

LONG TSPIAPI TSPI_lineDrop(DRV_REQUESTID id, HDRVCALL call, LPCSTR info, DWORD size)
{
	Request r = {.function = F_DROP, .block = {(const uint8_t *)info, info && size <= PARAMS_LIMIT ? size : 0}};

	log_tspi("lineDrop(0x%lx, 0x%lx)", (DWORD)id, HANDLE_NUMBER(call));
	return call_request(id, call, &r);
}

LONG TSPIAPI TSPI_lineHold(DRV_REQUESTID id, HDRVCALL call)
{
	Request r = {.function = F_HOLD};

	log_tspi("lineHold(0x%lx, 0x%lx)", (DWORD)id, HANDLE_NUMBER(call));
	return call_request(id, call, &r);
}

LONG TSPIAPI TSPI_lineUnhold(DRV_REQUESTID id, HDRVCALL call)
{
	Request r = {.function = F_UNHOLD};

	log_tspi("lineUnhold(0x%lx, 0x%lx)", (DWORD)id, HANDLE_NUMBER(call));
	return call_request(id, call, &r);
}

static LONG request_with_number(DRV_REQUESTID id, HDRVCALL call, uint16_t function, LPCWSTR to, DWORD country)
{
	Request r = {.function = function, .text = utf16_block(to), .values = {country}};

	return call_request(id, call, &r);
}

LONG TSPIAPI TSPI_lineDial(DRV_REQUESTID id, HDRVCALL call, LPCWSTR to, DWORD country)
{
	log_tspi("lineDial(0x%lx, 0x%lx, %ls)", (DWORD)id, HANDLE_NUMBER(call), to ? to : L"(null)");
	return request_with_number(id, call, F_DIAL, to, country);
}

LONG TSPIAPI TSPI_lineBlindTransfer(DRV_REQUESTID id, HDRVCALL call, LPCWSTR to, DWORD country)
{
	log_tspi("lineBlindTransfer(0x%lx, 0x%lx, %ls)", (DWORD)id, HANDLE_NUMBER(call), to ? to : L"(null)");
	return request_with_number(id, call, F_BLIND_TRANSFER, to, country);
}

LONG TSPIAPI TSPI_lineRedirect(DRV_REQUESTID id, HDRVCALL call, LPCWSTR to, DWORD country)
{
	log_tspi("lineRedirect(0x%lx, 0x%lx, %ls)", (DWORD)id, HANDLE_NUMBER(call), to ? to : L"(null)");
	return request_with_number(id, call, F_REDIRECT, to, country);
}

/* request_two_calls sends a request that concerns two calls of one line. */
static LONG request_two_calls(DRV_REQUESTID id, HDRVCALL one, HDRVCALL two, Request *r, LONG wrong)
{
	DWORD line, other;
	Request second = {0};
	LONG err = request_set_call(one, r, &line);

	if (err)
		return err;
	if (request_set_call(two, &second, &other) || other != line)
		return wrong;
	r->other = second.call;
	return request_async(r, id, line, HANDLE_NUMBER(one), 0);
}

LONG TSPIAPI TSPI_lineSwapHold(DRV_REQUESTID id, HDRVCALL active, HDRVCALL held)
{
	Request r = {.function = F_SWAP_HOLD};

	log_tspi("lineSwapHold(0x%lx, 0x%lx, 0x%lx)", (DWORD)id, HANDLE_NUMBER(active), HANDLE_NUMBER(held));
	return request_two_calls(id, active, held, &r, LINEERR_INVALCALLHANDLE);
}

LONG TSPIAPI TSPI_lineCompleteTransfer(DRV_REQUESTID id, HDRVCALL call, HDRVCALL consult, HTAPICALL conf, LPHDRVCALL conference_out, DWORD mode)
{
	Request r = {.function = F_COMPLETE_TRANSFER, .values = {mode}};

	(void)conf;
	log_tspi("lineCompleteTransfer(0x%lx, 0x%lx, 0x%lx, %lu)", (DWORD)id, HANDLE_NUMBER(call), HANDLE_NUMBER(consult), mode);
	if (mode == LINETRANSFERMODE_CONFERENCE)
		return LINEERR_INVALTRANSFERMODE;
	if (conference_out)
		STORE_HANDLE(conference_out, 0);
	return request_two_calls(id, call, consult, &r, LINEERR_INVALCONSULTCALLHANDLE);
}

/* ---- requests that make a call ---- */

/* request_new_call gives the new call its handle and sends the request. TAPI has the handle before any message for the call
 * can be delivered. */
static LONG request_new_call(DRV_REQUESTID id, Request *r, DWORD line, HTAPICALL ht, LPHDRVCALL handle_out)
{
	DWORD handle;
	LONG err;
	Call *c;

	state_lock();
	c = call_new(&handle);
	if (c)
		c->line = line, c->tapi_handle = ht;
	state_unlock();
	if (!c)
		return LINEERR_NOMEM;
	STORE_HANDLE(handle_out, handle);
	err = request_async(r, id, line, 0, handle);
	if (err < 0) {
		state_lock();
		c = call_by_handle(handle);
		if (c)
			call_free(c);
		state_unlock();
		STORE_HANDLE(handle_out, 0);
	}
	return err;
}

static LONG request_set_line(HDRVLINE hd, Request *r)
{
	LONG err = LINEERR_INVALLINEHANDLE;
	Line *l;

	state_lock();
	l = line_by_handle(HANDLE_NUMBER(hd));
	if (l && !l->closing) {
		r->line = l->daemon_handle;
		err = 0;
	}
	state_unlock();
	return err;
}

LONG TSPIAPI TSPI_lineMakeCall(DRV_REQUESTID id, HDRVLINE line, HTAPICALL ht, LPHDRVCALL handle_out, LPCWSTR to, DWORD country, LPLINECALLPARAMS const p)
{
	Request r = {.function = F_MAKE_CALL, .text = utf16_block(to), .values = {country}};
	LONG err = request_set_line(line, &r);

	log_tspi("lineMakeCall(0x%lx, 0x%lx, %ls)", (DWORD)id, HANDLE_NUMBER(line), to ? to : L"(null)");
	if (err)
		return err;
	if (!handle_out)
		return LINEERR_INVALPOINTER;
	if (!call_params(p, &r.block))
		return LINEERR_INVALCALLPARAMS;
	return request_new_call(id, &r, HANDLE_NUMBER(line), ht, handle_out);
}

LONG TSPIAPI TSPI_linePickup(DRV_REQUESTID id, HDRVLINE line, DWORD address, HTAPICALL ht, LPHDRVCALL handle_out, LPCWSTR to, LPCWSTR group)
{
	Request r = {.function = F_PICKUP, .text = utf16_block(to), .group = utf16_block(group), .values = {address}};
	LONG err = request_set_line(line, &r);

	log_tspi("linePickup(0x%lx, 0x%lx, %ls)", (DWORD)id, HANDLE_NUMBER(line), to ? to : L"(null)");
	if (err)
		return err;
	return handle_out ? request_new_call(id, &r, HANDLE_NUMBER(line), ht, handle_out) : (LONG)LINEERR_INVALPOINTER;
}

LONG TSPIAPI TSPI_lineSetupTransfer(DRV_REQUESTID id, HDRVCALL call, HTAPICALL consult, LPHDRVCALL handle_out, LPLINECALLPARAMS const p)
{
	Request r = {.function = F_SETUP_TRANSFER};
	DWORD line;
	LONG err = request_set_call(call, &r, &line);

	log_tspi("lineSetupTransfer(0x%lx, 0x%lx)", (DWORD)id, HANDLE_NUMBER(call));
	if (err)
		return err;
	if (!handle_out)
		return LINEERR_INVALPOINTER;
	if (!call_params(p, &r.block))
		return LINEERR_INVALCALLPARAMS;
	return request_new_call(id, &r, line, consult, handle_out);
}

/* ---- synchronous requests about a call ---- */

LONG TSPIAPI TSPI_lineGenerateDigits(HDRVCALL call, DWORD end_to_end, DWORD mode, LPCWSTR digits, DWORD duration)
{
	Request r = {.function = F_GENERATE_DIGITS, .text = utf16_block(digits), .values = {end_to_end, mode, duration}};
	DWORD line;
	ReceivedReply received;
	LONG err = request_set_call(call, &r, &line);

	if (err)
		return err;
	err = request_sync(&r, &received);
	reply_release(&received);
	return err;
}

/* set_call_value sends a function with one value and makes the info in the reply the delivered copy. */
static LONG set_call_value(HDRVCALL call, uint16_t function, DWORD value)
{
	Request r = {.function = function, .values = {value}};
	DWORD line;
	ReceivedReply received;
	LONG err = request_set_call(call, &r, &line);
	Call *c;

	if (err)
		return err;
	err = request_sync(&r, &received);
	state_lock();
	c = call_by_handle(HANDLE_NUMBER(call));
	if (!err && c)
		call_set_copies(c, received.reply.images, received.reply.count);
	state_unlock();
	reply_release(&received);
	return err;
}

LONG TSPIAPI TSPI_lineSetAppSpecific(HDRVCALL call, DWORD value) { return set_call_value(call, F_SET_APP_SPECIFIC, value); }

LONG TSPIAPI TSPI_lineSetMediaMode(HDRVCALL call, DWORD modes) { return set_call_value(call, F_SET_MEDIA_MODE, modes); }

LONG TSPIAPI TSPI_lineConditionalMediaDetection(HDRVLINE line, DWORD modes, LPLINECALLPARAMS const p)
{
	Request r = {.function = F_CONDITIONAL_MEDIA, .values = {modes}};
	ReceivedReply received;
	LONG err = request_set_line(line, &r);

	if (err)
		return err;
	if (!call_params(p, &r.block))
		return LINEERR_INVALCALLPARAMS;
	if (daemon_request(&r, &received)) {
		err = received.reply.result;
		reply_release(&received);
		return err;
	}
	return modes & ~(DWORD)LINEMEDIAMODE_INTERACTIVEVOICE ? (LONG)LINEERR_INVALMEDIAMODE : 0;
}
