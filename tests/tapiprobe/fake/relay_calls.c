/* SPDX-License-Identifier: MIT */
#include "relay.h"

struct request requests[REQUESTS];

static DWORD next_request = 1;

struct line *app_line(HLINE h)
{
	ULONG_PTR i = (ULONG_PTR)h - 0x1000;
	return i < LINES && lines[i].open ? &lines[i] : NULL;
}

struct call *app_call(HCALL h)
{
	ULONG_PTR i = (ULONG_PTR)h - 0x40000;
	return i < CALLS && calls[i].used ? &calls[i] : NULL;
}

static DWORD request_new(DWORD line, DWORD call, HCALL *handle_out)
{
	DWORD id;

	EnterCriticalSection(&lock);
	id = next_request++;
	requests[id % REQUESTS] = (struct request){.id = id, .line = line, .call = call, .handle_out = handle_out};
	LeaveCriticalSection(&lock);
	return id;
}

static LONG request_returned(DWORD id, LONG answer)
{
	if (answer < 0)
		requests[id % REQUESTS].id = 0;
	return answer;
}

#define OF_CALL(function, declared, given) \
	LONG WINAPI function declared \
	{ \
		struct call *c = app_call(h); \
		DWORD id; \
		if (!c) \
			return LINEERR_INVALCALLHANDLE; \
		id = request_new(c->line, 0, NULL); \
		return request_returned(id, given); \
	}

OF_CALL(lineAnswer, (HCALL h, LPCSTR info, DWORD size), tsp.lineAnswer(id, c->hd, info, size))
OF_CALL(lineDrop, (HCALL h, LPCSTR info, DWORD size), tsp.lineDrop(id, c->hd, info, size))
OF_CALL(lineHold, (HCALL h), tsp.lineHold(id, c->hd))
OF_CALL(lineUnhold, (HCALL h), tsp.lineUnhold(id, c->hd))
OF_CALL(lineBlindTransferW, (HCALL h, LPCWSTR to, DWORD country), tsp.lineBlindTransfer(id, c->hd, to, country))
OF_CALL(lineDialW, (HCALL h, LPCWSTR to, DWORD country), tsp.lineDial(id, c->hd, to, country))

LONG WINAPI lineCompleteTransfer(HCALL h, HCALL consult, LPHCALL conference, DWORD mode)
{
	struct call *c = app_call(h), *other = app_call(consult);
	DWORD id;

	if (!c || !other)
		return c ? (LONG)LINEERR_INVALCONSULTCALLHANDLE : (LONG)LINEERR_INVALCALLHANDLE;
	(void)conference; /* only with LINETRANSFERMODE_CONFERENCE, which tapiprobe does not use */
	id = request_new(c->line, 0, NULL);
	return request_returned(id, tsp.lineCompleteTransfer(id, c->hd, other->hd, 0, NULL, mode));
}

static LONG made_call_returned(DWORD id, DWORD call, LONG answer)
{
	if (answer < 0)
		calls[call].used = 0;
	return request_returned(id, answer);
}

LONG WINAPI lineMakeCallW(HLINE h, LPHCALL handle_out, LPCWSTR to, DWORD country, LPLINECALLPARAMS const params)
{
	struct line *l = app_line(h);
	DWORD id, i;

	if (!l)
		return LINEERR_INVALLINEHANDLE;
	i = call_new((DWORD)(l - lines));
	id = request_new((DWORD)(l - lines), i, handle_out);
	return made_call_returned(id, i, tsp.lineMakeCall(id, l->hd, TSPI_CALL(i), &calls[i].hd, to, country, params));
}

LONG WINAPI linePickupW(HLINE h, DWORD address, LPHCALL handle_out, LPCWSTR to, LPCWSTR group)
{
	struct line *l = app_line(h);
	DWORD id, i;

	if (!l)
		return LINEERR_INVALLINEHANDLE;
	i = call_new((DWORD)(l - lines));
	id = request_new((DWORD)(l - lines), i, handle_out);
	return made_call_returned(id, i, tsp.linePickup(id, l->hd, address, TSPI_CALL(i), &calls[i].hd, to, group));
}

LONG WINAPI lineSetupTransferW(HCALL h, LPHCALL handle_out, LPLINECALLPARAMS const params)
{
	struct call *c = app_call(h);
	DWORD id, i;

	if (!c)
		return LINEERR_INVALCALLHANDLE;
	i = call_new(c->line);
	id = request_new(c->line, i, handle_out);
	return made_call_returned(id, i, tsp.lineSetupTransfer(id, c->hd, TSPI_CALL(i), &calls[i].hd, params));
}

LONG WINAPI lineDeallocateCall(HCALL h)
{
	struct call *c = app_call(h);

	if (!c)
		return LINEERR_INVALCALLHANDLE;
	c->used = 0;
	return tsp.lineCloseCall(c->hd);
}

LONG WINAPI lineGetCallInfoW(HCALL h, LPLINECALLINFO info)
{
	struct call *c = app_call(h);
	LONG err = c ? tsp.lineGetCallInfo(c->hd, info) : (LONG)LINEERR_INVALCALLHANDLE;

	if (err == 0)
		info->hLine = APP_LINE(c->line);
	return err;
}

LONG WINAPI lineGetCallStatus(HCALL h, LPLINECALLSTATUS s)
{
	struct call *c = app_call(h);
	LONG err = c ? tsp.lineGetCallStatus(c->hd, s) : (LONG)LINEERR_INVALCALLHANDLE;

	if (err == 0)
		s->dwCallPrivilege = lines[c->line].privilege;
	return err;
}

LONG WINAPI lineSetCallPrivilege(HCALL h, DWORD privilege)
{
	struct call *c = app_call(h);

	if (!c)
		return LINEERR_INVALCALLHANDLE;
	lines[c->line].privilege = privilege;
	return 0;
}
