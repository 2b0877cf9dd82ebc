/* SPDX-License-Identifier: MIT */
#include "shim.h"

#include <string.h>

/* This file has the functions for sessions and lines. */

static DWORD WINAPI sleep_forever(LPVOID unused)
{
	(void)unused;
	Sleep(INFINITE);
	return 0;
}

/* ---- sessions ---- */

LONG TSPIAPI TSPI_lineNegotiateTSPIVersion(DWORD d, DWORD low, DWORD high, LPDWORD v)
{
	LONG err = good_lineNegotiateTSPIVersion(d, low, high, v);

	if (fault == NEGOTIATES_ABOVE && !err && d == INITIALIZE_NEGOTIATION)
		*v = 0x30001;
	if (fault == ANY_DEVICE && err == (LONG)LINEERR_BADDEVICEID)
		return good_lineNegotiateTSPIVersion(INITIALIZE_NEGOTIATION, low, high, v);
	return err;
}

LONG TSPIAPI TSPI_providerEnumDevices(DWORD p, LPDWORD l, LPDWORD ph, HPROVIDER h, LINEEVENT e, PHONEEVENT pe)
{
	LONG err;

	host_event = e;
	err = good_providerEnumDevices(p, l, ph, h, on_event, pe);
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
	host_completion = a, sessions++;
	opened_before = 0;
	if (fault == LEAKS_THREADS)
		CloseHandle(CreateThread(NULL, 0, sleep_forever, NULL, 0, NULL));
	return good_providerInit(v, p, lb, pb, l, ph, on_completion, o);
}

LONG TSPIAPI TSPI_providerShutdown(DWORD v, DWORD p)
{
	running = 0;
	memset(seen_calls, 0, sizeof seen_calls);
	return good_providerShutdown(v, p);
}

LONG TSPIAPI TSPI_providerCreateLineDevice(DWORD_PTR t, DWORD d) { return good_providerCreateLineDevice(t, d); }

LONG TSPIAPI TSPI_providerUIIdentify(LPWSTR path)
{
	LONG err = good_providerUIIdentify(path);

	if (fault == UNTERMINATED_PATH)
		for (int i = 0; i < MAX_PATH; i++)
			path[i] = L'x';
	return err;
}

/* ---- lines ---- */

static HDRVLINE last_line;
HTAPILINE last_host_handle;

LONG TSPIAPI TSPI_lineOpen(DWORD d, HTAPILINE h, LPHDRVLINE l, DWORD v, LINEEVENT e)
{
	LONG err = good_lineOpen(d, h, l, v, on_event);

	(void)e;
	line_version = v;
	if (err == 0) {
		last_line = *l, last_host_handle = h;
		opened_before = opened_at != 0, opened_at = GetTickCount64();
	}
	if (fault == SECOND_OPEN && err == (LONG)LINEERR_ALLOCATED) {
		*l = last_line;
		return 0;
	}
	if (fault == NO_LINE_HANDLE && err == 0) {
		good_lineClose(*l);
		*l = 0;
	}
	if (fault == MESSAGE_IN_OPEN && err == 0)
		on_event(h, NULL, LINE_LINEDEVSTATE, LINEDEVSTATE_CONNECTED | LINEDEVSTATE_INSERVICE, 0, 0);
	return err;
}

static DWORD WINAPI send_connected_later(LPVOID line)
{
	Sleep(10);
	host_event((HTAPILINE)line, NULL, LINE_LINEDEVSTATE, LINEDEVSTATE_CONNECTED, 0, 0);
	return 0;
}

LONG TSPIAPI TSPI_lineClose(HDRVLINE l)
{
	LONG err = good_lineClose(l);

	if (fault == MESSAGE_AFTER_CLOSE && err == 0)
		CloseHandle(CreateThread(NULL, 0, send_connected_later, (LPVOID)(ULONG_PTR)last_host_handle, 0, NULL));
	return err;
}

LONG TSPIAPI TSPI_lineGetExtensionID(DWORD d, DWORD v, LPLINEEXTENSIONID x)
{
	LONG err = good_lineGetExtensionID(d, v, x);

	if (fault == EXTENSION_ID && err == 0)
		x->dwExtensionID0 = 1;
	return err;
}
