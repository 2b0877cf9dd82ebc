#include "shim.h"

#include <string.h>

/* Sessions and lines. */

static DWORD WINAPI sleeper(LPVOID unused)
{
	(void)unused;
	Sleep(INFINITE);
	return 0;
}

/* ---- sessions ---- */

LONG TSPIAPI TSPI_lineNegotiateTSPIVersion(DWORD d, DWORD low, DWORD high, LPDWORD v)
{
	LONG err = real_lineNegotiateTSPIVersion(d, low, high, v);

	if (fault == NEGOTIATES_ABOVE && !err && d == INITIALIZE_NEGOTIATION)
		*v = 0x30001;
	if (fault == ANY_DEVICE && err == (LONG)LINEERR_BADDEVICEID)
		return real_lineNegotiateTSPIVersion(INITIALIZE_NEGOTIATION, low, high, v);
	return err;
}

LONG TSPIAPI TSPI_providerEnumDevices(DWORD p, LPDWORD l, LPDWORD ph, HPROVIDER h, LINEEVENT e, PHONEEVENT pe)
{
	LONG err;

	host_event = e;
	err = real_providerEnumDevices(p, l, ph, h, on_event, pe);
	if (fault == COUNTS_PHONES)
		*ph = 1;
	return err;
}

static int running;

LONG TSPIAPI TSPI_providerInit(DWORD v, DWORD p, DWORD lb, DWORD pb, DWORD_PTR l, DWORD_PTR ph, ASYNC_COMPLETION a, LPDWORD o)
{
	if (fault == SECOND_INIT && running)
		return LINEERR_OPERATIONFAILED;
	running = 1;
	host_done = a, sessions++;
	opened_before = 0;
	if (fault == LEAKS_THREADS)
		CloseHandle(CreateThread(NULL, 0, sleeper, NULL, 0, NULL));
	return real_providerInit(v, p, lb, pb, l, ph, on_done, o);
}

LONG TSPIAPI TSPI_providerShutdown(DWORD v, DWORD p)
{
	running = 0;
	memset(seen, 0, sizeof seen);
	return real_providerShutdown(v, p);
}

LONG TSPIAPI TSPI_providerCreateLineDevice(DWORD_PTR t, DWORD d) { return real_providerCreateLineDevice(t, d); }

LONG TSPIAPI TSPI_providerUIIdentify(LPWSTR path)
{
	LONG err = real_providerUIIdentify(path);

	if (fault == ENDLESS_PATH)
		for (int i = 0; i < MAX_PATH; i++)
			path[i] = L'x';
	return err;
}

/* ---- lines ---- */

static HDRVLINE last_line;
HTAPILINE last_host;

LONG TSPIAPI TSPI_lineOpen(DWORD d, HTAPILINE h, LPHDRVLINE l, DWORD v, LINEEVENT e)
{
	LONG err = real_lineOpen(d, h, l, v, on_event);

	(void)e;
	line_version = v;
	if (err == 0) {
		last_line = *l, last_host = h;
		opened_before = opened_at != 0, opened_at = GetTickCount64();
	}
	if (fault == SECOND_OPEN && err == (LONG)LINEERR_ALLOCATED) {
		*l = last_line;
		return 0;
	}
	if (fault == NO_LINE_HANDLE && err == 0) {
		real_lineClose(*l);
		*l = 0;
	}
	if (fault == SPEAKS_IN_OPEN && err == 0)
		on_event(h, NULL, LINE_LINEDEVSTATE, LINEDEVSTATE_CONNECTED | LINEDEVSTATE_INSERVICE, 0, 0);
	return err;
}

static DWORD WINAPI speaks(LPVOID line)
{
	Sleep(10);
	host_event((HTAPILINE)line, NULL, LINE_LINEDEVSTATE, LINEDEVSTATE_CONNECTED, 0, 0);
	return 0;
}

LONG TSPIAPI TSPI_lineClose(HDRVLINE l)
{
	LONG err = real_lineClose(l);

	if (fault == SPEAKS_AFTER_CLOSE && err == 0)
		CloseHandle(CreateThread(NULL, 0, speaks, (LPVOID)(ULONG_PTR)last_host, 0, NULL));
	return err;
}

LONG TSPIAPI TSPI_lineGetExtensionID(DWORD d, DWORD v, LPLINEEXTENSIONID x)
{
	LONG err = real_lineGetExtensionID(d, v, x);

	if (fault == EXTENSION_ID && err == 0)
		x->dwExtensionID0 = 1;
	return err;
}
