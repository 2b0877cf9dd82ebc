#include "shim.h"

/* Requests about calls. */

static HTAPICALL host_call(HDRVCALL c)
{
	Seen *s = seen_driver(c);

	return s ? s->ht : NULL;
}

static void ask(DRV_REQUESTID id, const char *name, HTAPICALL call) { asked[id % REQUESTS] = name, asked_call[id % REQUESTS] = call; }

LONG TSPIAPI TSPI_lineMakeCall(DRV_REQUESTID id, HDRVLINE l, HTAPICALL h, LPHDRVCALL c, LPCWSTR to, DWORD country, LPLINECALLPARAMS const p)
{
	Seen *s = see(h, NULL, last_host);
	LONG err;

	s->made = 1;
	ask(id, "lineMakeCall", h);
	if (fault == SHORT_PARAMS && p && p->dwTotalSize < 112)
		err = real_lineMakeCall(id, l, h, c, to, country, NULL);
	else
		err = real_lineMakeCall(id, l, h, c, to, country, p);
	if (fault == BILLING_FOR_QUIET && err == (LONG)LINEERR_DIALQUIET)
		err = (LONG)LINEERR_DIALBILLING;
	if (err > 0)
		s->hd = *c;
	return err;
}

LONG TSPIAPI TSPI_lineAnswer(DRV_REQUESTID id, HDRVCALL c, LPCSTR i, DWORD n)
{
	ask(id, "lineAnswer", host_call(c));
	return real_lineAnswer(id, c, i, n);
}

LONG TSPIAPI TSPI_lineDrop(DRV_REQUESTID id, HDRVCALL c, LPCSTR i, DWORD n)
{
	if (fault == WAITS)
		Sleep(300);
	ask(id, "lineDrop", host_call(c));
	return real_lineDrop(id, c, i, n);
}

LONG TSPIAPI TSPI_lineHold(DRV_REQUESTID id, HDRVCALL c)
{
	LONG err;

	ask(id, "lineHold", host_call(c));
	err = real_lineHold(id, c);
	if (fault == HOLDS_HELD && err == (LONG)LINEERR_INVALCALLSTATE) {
		later(id, 0, 5);
		return (LONG)id;
	}
	return fault == RETURNS_ZERO && err > 0 ? 0 : err;
}

static DWORD WINAPI speaks(LPVOID p)
{
	Seen s = *(Seen *)p;

	Sleep(20);
	host_event(s.line, s.ht, LINE_CALLSTATE, LINECALLSTATE_IDLE, 0, LINEMEDIAMODE_INTERACTIVEVOICE);
	return 0;
}

LONG TSPIAPI TSPI_lineCloseCall(HDRVCALL c)
{
	LONG err = real_lineCloseCall(c);
	Seen *s = seen_driver(c);

	if (fault == SPEAKS_OF_CLOSED && err == 0 && s && s->state != LINECALLSTATE_IDLE)
		CloseHandle(CreateThread(NULL, 0, speaks, s, 0, NULL));
	return fault == ANY_HANDLE ? 0 : err;
}

LONG TSPIAPI TSPI_lineSetAppSpecific(HDRVCALL c, DWORD a) { return fault == FORGETS ? 0 : real_lineSetAppSpecific(c, a); }

/* A function that there is only to be missing. */
LONG TSPIAPI TSPI_lineSecureCall(DRV_REQUESTID id, HDRVCALL c)
{
	(void)c;
	if (fault != REFUSES_LATE)
		return LINEERR_OPERATIONUNAVAIL;
	later(id, LINEERR_OPERATIONUNAVAIL, 5);
	return (LONG)id;
}

#define PASS(name, params, args) \
	LONG TSPIAPI TSPI_##name params { return real_##name args; }

PASS(lineBlindTransfer, (DRV_REQUESTID id, HDRVCALL c, LPCWSTR to, DWORD country), (id, c, to, country))
PASS(lineCompleteTransfer, (DRV_REQUESTID id, HDRVCALL c, HDRVCALL o, HTAPICALL h, LPHDRVCALL n, DWORD m), (id, c, o, h, n, m))
PASS(lineConditionalMediaDetection, (HDRVLINE l, DWORD m, LPLINECALLPARAMS const p), (l, m, p))
PASS(lineDial, (DRV_REQUESTID id, HDRVCALL c, LPCWSTR to, DWORD country), (id, c, to, country))
PASS(lineGetAddressID, (HDRVLINE l, LPDWORD id, DWORD m, LPCWSTR a, DWORD n), (l, id, m, a, n))
PASS(lineGetCallAddressID, (HDRVCALL c, LPDWORD id), (c, id))
PASS(lineGetID, (HDRVLINE l, DWORD a, HDRVCALL c, DWORD s, LPVARSTRING x, LPCWSTR k, HANDLE p), (l, a, c, s, x, k, p))
PASS(lineGetNumAddressIDs, (HDRVLINE l, LPDWORD n), (l, n))
PASS(linePickup, (DRV_REQUESTID id, HDRVLINE l, DWORD a, HTAPICALL h, LPHDRVCALL c, LPCWSTR to, LPCWSTR g), (id, l, a, h, c, to, g))
PASS(lineRedirect, (DRV_REQUESTID id, HDRVCALL c, LPCWSTR to, DWORD country), (id, c, to, country))
PASS(lineSetDefaultMediaDetection, (HDRVLINE l, DWORD m), (l, m))
PASS(lineSetMediaMode, (HDRVCALL c, DWORD m), (c, m))
PASS(lineSetStatusMessages, (HDRVLINE l, DWORD s, DWORD a), (l, s, a))
PASS(lineSetupTransfer, (DRV_REQUESTID id, HDRVCALL c, HTAPICALL h, LPHDRVCALL o, LPLINECALLPARAMS const p), (id, c, h, o, p))
PASS(lineSwapHold, (DRV_REQUESTID id, HDRVCALL c, HDRVCALL o), (id, c, o))
PASS(lineUnhold, (DRV_REQUESTID id, HDRVCALL c), (id, c))
