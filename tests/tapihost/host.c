/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line lines[LINES];
struct call calls[CALLS];
struct request requests[REQUESTS];
CRITICAL_SECTION host_lock;
DWORD line_base, lines_number, host_version, patience = 5000, request_limit = 20000, repeats = 100;
DWORD created_device, removed_device = ~0u;
int callback_delay, decline_next;
void (*callback_hook)(DWORD, DWORD, DWORD);
HANDLE message_came;

static DWORD next_call = 1, next_request = 1;
static volatile LONG callbacks_running; /* callbacks under way */
static volatile DWORD callback_thread;
static volatile LONGLONG last_message_at;
static const DWORD provider_id = 1;

/* ---- the handles that TAPI gives ---- */

static HTAPILINE line_handle(DWORD i) { return (HTAPILINE)(ULONG_PTR)(0x10000 + i); }

static HTAPICALL call_handle(DWORD i) { return (HTAPICALL)(ULONG_PTR)(0x20000 + i); }

static struct line *line_of(HTAPILINE h)
{
	ULONG_PTR i = (ULONG_PTR)h - 0x10000;
	return h && i < LINES && lines[i].used ? &lines[i] : NULL;
}

static struct call *call_of(HTAPICALL h)
{
	ULONG_PTR i = (ULONG_PTR)h - 0x20000;
	return h && i < CALLS && calls[i].used ? &calls[i] : NULL;
}

static DWORD add_call(DWORD line)
{
	DWORD i = next_call++ % CALLS;

	if (i == 0)
		i = next_call++ % CALLS;
	memset(&calls[i], 0, sizeof calls[i]);
	calls[i].used = 1, calls[i].line = line, calls[i].created_at = now_us();
	return i;
}

DWORD last_call(void) { return next_call - 1; }

/* ---- callbacks ---- */

/* callback_begin notes that a callback began. Two at a time break rule R-31, except that a function called within a callback may
 * complete what it closes. */
static int callback_begin(void)
{
	LONG n = InterlockedIncrement(&callbacks_running);
	DWORD self = GetCurrentThreadId();

	last_message_at = now_us();
	if (n > 1 && callback_thread != self && !callback_hook)
		rule_fail(31, "two callbacks at once, on threads %lu and %lu", callback_thread, self);
	else
		rule_ran(31);
	if (n == 1)
		callback_thread = self;
	return n == 1;
}

static void callback_end(int outermost)
{
	if (outermost)
		callback_thread = 0;
	InterlockedDecrement(&callbacks_running);
	last_message_at = now_us();
	SetEvent(message_came);
}

static void on_new_call(struct line *l, DWORD_PTR hd, HTAPICALL *htapicall_out)
{
	DWORD i = add_call((DWORD)(l - lines));

	calls[i].hd = (HDRVCALL)hd, calls[i].announced = 1, calls[i].expect_state = 1;
	if (decline_next > 0) {
		decline_next--;
		calls[i].declined = 1;
		*htapicall_out = NULL;
		return;
	}
	*htapicall_out = call_handle(i);
	monitor_event(l, &calls[i], LINE_NEWCALL, hd, 0, 0);
}

static void CALLBACK on_event(HTAPILINE hl, HTAPICALL hc, DWORD message, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	int outermost = callback_begin();
	struct line *l = line_of(hl);
	struct call *c = call_of(hc);
	struct record r = {.kind = RECORD_EVENT, .line = l ? (DWORD)(l - lines) : 0, .call = c ? (DWORD)(c - calls) : 0, .message = message, .p1 = p1, .p2 = p2, .p3 = p3};
	DWORD call;

	record(&r);
	EnterCriticalSection(&host_lock);
	if (message == LINE_CREATE || message == LINE_REMOVE) {
		if (message == LINE_CREATE)
			created_device = (DWORD)p2;
		else
			removed_device = (DWORD)p1;
		monitor_event(l, NULL, message, p1, p2, p3);
	} else if (rule_ran(12), !l || !l->open) {
		rule_fail(l && l->closed ? 61 : 12, "message %lu for a line that is not open", message);
	} else if (message == LINE_NEWCALL) {
		check(44, !hc && p1 && p2 && p3 == 0, "LINE_NEWCALL with call=%p p1=0x%llx p2=0x%llx p3=0x%llx", (void *)hc, (ULONGLONG)p1, (ULONGLONG)p2, (ULONGLONG)p3);
		if (p2)
			on_new_call(l, p1, (HTAPICALL *)p2);
	} else if (hc && !c) {
		rule_fail(60, "message %lu for a call handle that the host never gave, or that is closed", message);
	} else
		monitor_event(l, c, message, p1, p2, p3);
	call = message == LINE_NEWCALL ? next_call - 1 : c ? (DWORD)(c - calls) : 0;
	LeaveCriticalSection(&host_lock);
	if (callback_hook)
		callback_hook(message, l ? (DWORD)(l - lines) : 0, call);
	if (callback_delay)
		Sleep((DWORD)callback_delay);
	callback_end(outermost);
}

static void CALLBACK on_completion(DRV_REQUESTID id, LONG result)
{
	int outermost = callback_begin();
	struct record r = {.kind = RECORD_COMPLETION, .request = id, .result = result};
	struct request *q = &requests[id % REQUESTS];

	record(&r);
	EnterCriticalSection(&host_lock);
	if (!q->used)
		rule_fail(28, "completion of request %lu, which was never made", (DWORD)id);
	else if (q->completed)
		rule_fail(28, "request %lu (%s) is completed twice", (DWORD)id, q->name);
	else if (q->returned && q->return_value < 0)
		rule_fail(28, "request %lu (%s) was refused and is completed", (DWORD)id, q->name);
	else {
		check(28, result <= 0, "request %lu (%s) is completed with 0x%lx", (DWORD)id, q->name, (DWORD)result);
		q->completed = 1, q->result = result, q->completed_at = now_us();
		if (q->call && calls[q->call].made_here && !calls[q->call].announced && !calls[q->call].failed) {
			calls[q->call].announced = result == 0;
			calls[q->call].failed = result != 0;
		}
		monitor_completion(q->line < LINES && lines[q->line].used ? &lines[q->line] : NULL, (DWORD)id, result);
	}
	LeaveCriticalSection(&host_lock);
	if (callback_hook)
		callback_hook(0, q->line, q->call);
	if (callback_delay)
		Sleep((DWORD)callback_delay);
	callback_end(outermost);
}

/* ---- sessions ---- */

int session_begin(DWORD base, DWORD version)
{
	DWORD v = 0, phones = 7, options = 0;
	LONG err = tsp.lineNegotiateTSPIVersion(0xFFFFFFFF, 0x00010003, version, &v);
	struct record r = {.kind = RECORD_RETURN, .name = "session begins"};

	if (err || v == 0) {
		rule_fail(2, "no version up to 0x%lx: 0x%lx", version, (DWORD)err);
		return 0;
	}
	memset(lines, 0, sizeof lines);
	lines_number = 0;
	err = tsp.providerEnumDevices(provider_id, &lines_number, &phones, (HPROVIDER)(ULONG_PTR)0x77, on_event, NULL);
	r.result = err;
	record(&r);
	check(4, err == 0 && phones == 0, "providerEnumDevices: 0x%lx, %lu lines, %lu phones", (DWORD)err, lines_number, phones);
	if (err)
		return 0;
	line_base = base, host_version = v;
	err = tsp.providerInit(v, provider_id, base, 0, lines_number, 0, on_completion, &options);
	if (err) {
		rule_fail(5, "providerInit: 0x%lx", (DWORD)err);
		return 0;
	}
	return 1;
}

void session_end(void)
{
	struct record r = {.kind = RECORD_RETURN, .name = "providerShutdown"};

	for (DWORD i = 0; i < LINES; i++)
		if (lines[i].used && lines[i].open)
			close_line(i);
	r.result = tsp.providerShutdown(host_version, provider_id);
	record(&r);
	monitor_end();
	memset(lines, 0, sizeof lines);
}

static void read_line_names(struct line *l)
{
	DWORD size = 4096;
	LINEADDRESSCAPS *a = calloc(1, size);
	LINEDEVCAPS *d = calloc(1, size);

	a->dwTotalSize = d->dwTotalSize = size;
	if (tsp.lineGetAddressCaps(l->device, 0, l->version, 0, a) == 0 && a->dwAddressSize)
		WideCharToMultiByte(CP_UTF8, 0, (WCHAR *)((BYTE *)a + a->dwAddressOffset), -1, l->address, sizeof l->address, NULL, NULL);
	if (tsp.lineGetDevCaps(l->device, l->version, 0, d) == 0 && d->dwLineNameSize)
		WideCharToMultiByte(CP_UTF8, 0, (WCHAR *)((BYTE *)d + d->dwLineNameOffset), -1, l->name, sizeof l->name, NULL, NULL);
	free(a);
	free(d);
}

DWORD open_line(DWORD device, DWORD version)
{
	struct record r = {.kind = RECORD_ENTER, .name = "lineOpen", .text = ""};
	LONG err;
	DWORD i;

	EnterCriticalSection(&host_lock);
	for (i = 0; i < LINES && lines[i].used; i++)
		;
	if (i == LINES) {
		LeaveCriticalSection(&host_lock);
		return ~0u;
	}
	memset(&lines[i], 0, sizeof lines[i]);
	lines[i].used = 1, lines[i].device = device, lines[i].version = version, lines[i].in_service = -1;
	LeaveCriticalSection(&host_lock);
	read_line_names(&lines[i]);
	r.line = i;
	record(&r);
	err = tsp.lineOpen(device, line_handle(i), &lines[i].hd, version, on_event);
	lines[i].open = err == 0;
	r.kind = RECORD_RETURN, r.result = err;
	record(&r);
	if (err) {
		lines[i].used = 0;
		return ~0u;
	}
	check(11, lines[i].hd != NULL, "lineOpen gave the handle 0");
	for (DWORD k = 0; k < LINES; k++)
		if (k != i && lines[k].open)
			check(11, lines[k].hd != lines[i].hd, "lineOpen gave the handle %p to two lines", (void *)lines[i].hd);
	tsp.lineSetDefaultMediaDetection(lines[i].hd, LINEMEDIAMODE_INTERACTIVEVOICE);
	tsp.lineSetStatusMessages(lines[i].hd, 0x1FFFFFF, 0x1FF);
	return i;
}

LONG close_line(DWORD i)
{
	struct record r = {.kind = RECORD_ENTER, .name = "lineClose", .line = i};
	LONG err;

	record(&r);
	err = tsp.lineClose(lines[i].hd);
	EnterCriticalSection(&host_lock);
	lines[i].open = 0, lines[i].closed = 1;
	for (DWORD k = 0; k < REQUESTS; k++)
		if (requests[k].used && requests[k].line == i && requests[k].returned && requests[k].return_value > 0)
			check(61, requests[k].completed, "request %lu (%s) is not completed when lineClose returns", k, requests[k].name);
	for (DWORD k = 0; k < CALLS; k++)
		if (calls[k].used && calls[k].line == i)
			calls[k].closed = 1;
	LeaveCriticalSection(&host_lock);
	r.kind = RECORD_RETURN, r.result = err;
	record(&r);
	return err;
}

LONG close_call(DWORD i)
{
	struct record r = {.kind = RECORD_ENTER, .name = "lineCloseCall", .call = i};
	LONG err;

	record(&r);
	err = tsp.lineCloseCall(calls[i].hd);
	EnterCriticalSection(&host_lock);
	calls[i].closed = 1;
	for (DWORD k = 0; k < REQUESTS; k++)
		if (requests[k].used && requests[k].call == i && requests[k].returned && requests[k].return_value > 0)
			check(60, requests[k].completed, "request %lu (%s) is not completed when lineCloseCall returns", k, requests[k].name);
	LeaveCriticalSection(&host_lock);
	r.kind = RECORD_RETURN, r.result = err;
	record(&r);
	return err;
}

DWORD find_line(const char *address)
{
	for (DWORD i = 0; i < LINES; i++)
		if (lines[i].open && strcmp(lines[i].address, address) == 0)
			return i;
	return ~0u;
}

/* ---- requests ---- */

DWORD request_new(const char *name, DWORD line, DWORD call)
{
	struct record r = {.kind = RECORD_ENTER, .name = name, .line = line, .call = call};
	DWORD id;

	EnterCriticalSection(&host_lock);
	id = next_request++ % REQUESTS;
	if (id == 0)
		id = next_request++ % REQUESTS;
	requests[id] = (struct request){.used = 1, .name = name, .line = line, .call = call, .asked_at = now_us()};
	LeaveCriticalSection(&host_lock);
	r.request = id;
	record(&r);
	return id;
}

LONG request_returned(DWORD id, LONG return_value)
{
	struct record r = {.kind = RECORD_RETURN, .name = requests[id].name, .request = id, .result = return_value};

	record(&r);
	check(27, return_value == (LONG)id || return_value < 0, "%s with request %lu returned 0x%lx", requests[id].name, id, (DWORD)return_value);
	EnterCriticalSection(&host_lock);
	requests[id].returned = 1, requests[id].return_value = return_value;
	if (return_value < 0)
		check(28, !requests[id].completed, "request %lu (%s) was completed and then refused with 0x%lx", id, requests[id].name, (DWORD)return_value);
	LeaveCriticalSection(&host_lock);
	return return_value;
}

static DWORD add_call_made_here(DWORD line)
{
	DWORD i;

	EnterCriticalSection(&host_lock);
	i = add_call(line);
	calls[i].made_here = 1;
	LeaveCriticalSection(&host_lock);
	return i;
}

static LONG finish_call_made_here(const char *name, DWORD i, DWORD id, LONG err, DWORD *call, DWORD *request)
{
	if (err > 0)
		check(37, calls[i].hd != NULL, "%s was accepted and gave no call handle", name);
	else
		calls[i].failed = 1;
	if (call)
		*call = i;
	if (request)
		*request = id;
	return request_returned(id, err);
}

LONG make_call(DWORD line, LPCWSTR to, LPLINECALLPARAMS params, DWORD *call, DWORD *request)
{
	DWORD i = add_call_made_here(line), id = request_new("lineMakeCall", line, i);

	return finish_call_made_here("lineMakeCall", i, id, tsp.lineMakeCall(id, lines[line].hd, call_handle(i), &calls[i].hd, to, 0, params), call, request);
}

LONG pick_up(DWORD line, LPCWSTR from, DWORD *call, DWORD *request)
{
	DWORD i = add_call_made_here(line), id = request_new("linePickup", line, i);

	return finish_call_made_here("linePickup", i, id, tsp.linePickup ? tsp.linePickup(id, lines[line].hd, 0, call_handle(i), &calls[i].hd, from, NULL) :
		(LONG)LINEERR_OPERATIONUNAVAIL, call, request);
}

LONG setup_transfer(DWORD call, DWORD *consult, DWORD *request)
{
	DWORD i = add_call_made_here(calls[call].line), id = request_new("lineSetupTransfer", calls[call].line, i);

	return finish_call_made_here("lineSetupTransfer", i, id, tsp.lineSetupTransfer(id, calls[call].hd, call_handle(i), &calls[i].hd, NULL), consult, request);
}

LONG call_request(const char *name, LONG (TSPIAPI *f)(DRV_REQUESTID, HDRVCALL), DWORD call, DWORD *request)
{
	DWORD id = request_new(name, calls[call].line, call);

	if (request)
		*request = id;
	return request_returned(id, f ? f(id, calls[call].hd) : (LONG)LINEERR_OPERATIONUNAVAIL);
}

LONG answer_call(DWORD call, DWORD *request)
{
	DWORD id = request_new("lineAnswer", calls[call].line, call);

	if (request)
		*request = id;
	return request_returned(id, tsp.lineAnswer(id, calls[call].hd, NULL, 0));
}

LONG drop_call(DWORD call, DWORD *request)
{
	DWORD id = request_new("lineDrop", calls[call].line, call);

	if (request)
		*request = id;
	return request_returned(id, tsp.lineDrop(id, calls[call].hd, NULL, 0));
}

LONG hold_call(DWORD call, DWORD *request) { return call_request("lineHold", tsp.lineHold, call, request); }

LONG unhold_call(DWORD call, DWORD *request) { return call_request("lineUnhold", tsp.lineUnhold, call, request); }

LONG blind_transfer(DWORD call, LPCWSTR to, DWORD *request)
{
	DWORD id = request_new("lineBlindTransfer", calls[call].line, call);

	if (request)
		*request = id;
	return request_returned(id, tsp.lineBlindTransfer(id, calls[call].hd, to, 0));
}

/* ---- waiting ---- */

#define WAIT(condition) \
	do { \
		ULONGLONG until_ = GetTickCount64() + ms; \
		while (!(condition)) { \
			ULONGLONG now_ = GetTickCount64(); \
			if (now_ >= until_) \
				return (condition) != 0; \
			WaitForSingleObject(message_came, until_ - now_ > 20 ? 20 : (DWORD)(until_ - now_)); \
		} \
		return 1; \
	} while (0)

int wait_completed(DWORD request, DWORD ms) { WAIT(requests[request].completed); }

int wait_state(DWORD call, DWORD states, DWORD ms) { WAIT(calls[call].state & states); }

int wait_service(DWORD line, int in, DWORD ms) { WAIT(lines[line].in_service == in); }

int wait_device(const DWORD *what, DWORD was, DWORD ms) { WAIT(*(volatile const DWORD *)what != was); }

static int find_new_call(DWORD line, DWORD after, DWORD *call)
{
	for (DWORD i = after + 1; i < next_call && i < CALLS; i++)
		if (calls[i].used && calls[i].line == line && !calls[i].made_here && calls[i].state) {
			*call = i;
			return 1;
		}
	return 0;
}

int wait_new_call(DWORD line, DWORD after, DWORD *call, DWORD ms) { WAIT(find_new_call(line, after, call)); }

void wait_quiet(DWORD ms)
{
	ULONGLONG until = GetTickCount64() + 10 * patience;
	LONGLONG begin = now_us();

	while (GetTickCount64() < until) {
		LONGLONG now = now_us();
		if (now - begin >= (LONGLONG)ms * 1000 && now - last_message_at >= (LONGLONG)ms * 1000)
			return;
		Sleep(5);
	}
}

DWORD call_features(DWORD call, DWORD *state, DWORD *mode)
{
	BYTE buffer[512] = {0};
	LINECALLSTATUS *s = (LINECALLSTATUS *)buffer;

	s->dwTotalSize = sizeof buffer;
	if (tsp.lineGetCallStatus(calls[call].hd, s) != 0)
		return ~0u;
	if (state)
		*state = s->dwCallState;
	if (mode)
		*mode = s->dwCallStateMode;
	return s->dwCallFeatures;
}

int fetch_info(DWORD call, LINECALLINFO **info)
{
	*info = calloc(1, 8192);
	if (!*info)
		return 0;
	(*info)->dwTotalSize = 8192;
	if (tsp.lineGetCallInfo(calls[call].hd, *info) == 0)
		return 1;
	free(*info);
	*info = NULL;
	return 0;
}
