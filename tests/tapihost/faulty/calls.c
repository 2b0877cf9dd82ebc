/* SPDX-License-Identifier: MIT */
#include "shim.h"

/* This file has the functions for calls. */

static HTAPICALL host_call(HDRVCALL c)
{
	SeenCall *s = call_by_driver_handle(c);

	return s ? s->host_handle : NULL;
}

static void remember_request(DRV_REQUESTID id, const char *name, HTAPICALL call) { request_name[id % REQUESTS] = name, request_call[id % REQUESTS] = call; }

LONG TSPIAPI TSPI_lineMakeCall(DRV_REQUESTID id, HDRVLINE l, HTAPICALL h, LPHDRVCALL c, LPCWSTR to, DWORD country, LPLINECALLPARAMS const p)
{
	SeenCall *s = remember_call(h, NULL, last_host_handle);
	LONG err;

	s->made_here = 1;
	remember_request(id, "lineMakeCall", h);
	if (fault == SHORT_PARAMS && p && p->dwTotalSize < 112)
		err = good_lineMakeCall(id, l, h, c, to, country, NULL);
	else
		err = good_lineMakeCall(id, l, h, c, to, country, p);
	if (fault == BILLING_FOR_QUIET && err == (LONG)LINEERR_DIALQUIET)
		err = (LONG)LINEERR_DIALBILLING;
	if (err > 0)
		s->driver_handle = *c;
	return err;
}

LONG TSPIAPI TSPI_lineAnswer(DRV_REQUESTID id, HDRVCALL c, LPCSTR i, DWORD n)
{
	remember_request(id, "lineAnswer", host_call(c));
	return good_lineAnswer(id, c, i, n);
}

LONG TSPIAPI TSPI_lineDrop(DRV_REQUESTID id, HDRVCALL c, LPCSTR i, DWORD n)
{
	if (fault == SLOW_DROP)
		Sleep(300);
	remember_request(id, "lineDrop", host_call(c));
	return good_lineDrop(id, c, i, n);
}

LONG TSPIAPI TSPI_lineHold(DRV_REQUESTID id, HDRVCALL c)
{
	LONG err;

	remember_request(id, "lineHold", host_call(c));
	err = good_lineHold(id, c);
	if (fault == HOLDS_HELD && err == (LONG)LINEERR_INVALCALLSTATE) {
		complete_later(id, 0, 5);
		return (LONG)id;
	}
	return fault == RETURNS_ZERO && err > 0 ? 0 : err;
}

static DWORD WINAPI send_idle_later(LPVOID p)
{
	SeenCall s = *(SeenCall *)p;

	Sleep(20);
	host_event(s.line, s.host_handle, LINE_CALLSTATE, LINECALLSTATE_IDLE, 0, LINEMEDIAMODE_INTERACTIVEVOICE);
	return 0;
}

LONG TSPIAPI TSPI_lineCloseCall(HDRVCALL c)
{
	LONG err = good_lineCloseCall(c);
	SeenCall *s = call_by_driver_handle(c);

	if (fault == MESSAGE_FOR_CLOSED && err == 0 && s && s->state != LINECALLSTATE_IDLE)
		CloseHandle(CreateThread(NULL, 0, send_idle_later, s, 0, NULL));
	return fault == ANY_HANDLE ? 0 : err;
}

LONG TSPIAPI TSPI_lineSetAppSpecific(HDRVCALL c, DWORD a) { return fault == LOSES_APPSPECIFIC ? 0 : good_lineSetAppSpecific(c, a); }

/* TSPI_lineSecureCall is exported for the fault REFUSES_LATE; offhook's provider does not export it. */
LONG TSPIAPI TSPI_lineSecureCall(DRV_REQUESTID id, HDRVCALL c)
{
	(void)c;
	if (fault != REFUSES_LATE)
		return LINEERR_OPERATIONUNAVAIL;
	complete_later(id, LINEERR_OPERATIONUNAVAIL, 5);
	return (LONG)id;
}

#define FORWARD(name, params, args) \
	LONG TSPIAPI TSPI_##name params { return good_##name args; }

FORWARD(lineBlindTransfer, (DRV_REQUESTID id, HDRVCALL c, LPCWSTR to, DWORD country), (id, c, to, country))
FORWARD(lineCompleteTransfer, (DRV_REQUESTID id, HDRVCALL c, HDRVCALL o, HTAPICALL h, LPHDRVCALL n, DWORD m), (id, c, o, h, n, m))
FORWARD(lineConditionalMediaDetection, (HDRVLINE l, DWORD m, LPLINECALLPARAMS const p), (l, m, p))
FORWARD(lineDial, (DRV_REQUESTID id, HDRVCALL c, LPCWSTR to, DWORD country), (id, c, to, country))
FORWARD(lineGetAddressID, (HDRVLINE l, LPDWORD id, DWORD m, LPCWSTR a, DWORD n), (l, id, m, a, n))
FORWARD(lineGetCallAddressID, (HDRVCALL c, LPDWORD id), (c, id))
FORWARD(lineGetID, (HDRVLINE l, DWORD a, HDRVCALL c, DWORD s, LPVARSTRING x, LPCWSTR k, HANDLE p), (l, a, c, s, x, k, p))
FORWARD(lineGetNumAddressIDs, (HDRVLINE l, LPDWORD n), (l, n))
FORWARD(linePickup, (DRV_REQUESTID id, HDRVLINE l, DWORD a, HTAPICALL h, LPHDRVCALL c, LPCWSTR to, LPCWSTR g), (id, l, a, h, c, to, g))
FORWARD(lineRedirect, (DRV_REQUESTID id, HDRVCALL c, LPCWSTR to, DWORD country), (id, c, to, country))
FORWARD(lineSetDefaultMediaDetection, (HDRVLINE l, DWORD m), (l, m))
FORWARD(lineSetMediaMode, (HDRVCALL c, DWORD m), (c, m))
FORWARD(lineSetStatusMessages, (HDRVLINE l, DWORD s, DWORD a), (l, s, a))
FORWARD(lineSetupTransfer, (DRV_REQUESTID id, HDRVCALL c, HTAPICALL h, LPHDRVCALL o, LPLINECALLPARAMS const p), (id, c, h, o, p))
FORWARD(lineSwapHold, (DRV_REQUESTID id, HDRVCALL c, HDRVCALL o), (id, c, o))
FORWARD(lineUnhold, (DRV_REQUESTID id, HDRVCALL c), (id, c))
