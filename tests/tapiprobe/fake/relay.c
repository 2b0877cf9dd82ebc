/* SPDX-License-Identifier: MIT */
#include "relay.h"

#include <string.h>

struct functions tsp;
struct line lines[LINES];
struct call calls[CALLS];
CRITICAL_SECTION lock;
DWORD devices;

static HMODULE dll;

static int load_provider(void)
{
	WCHAR path[MAX_PATH];
	DWORD n = GetEnvironmentVariableW(L"RELAY_TSP", path, MAX_PATH);

	dll = n && n < MAX_PATH ? LoadLibraryW(path) : NULL;
	if (!dll)
		return 0;
#define X(f) \
	if (!(tsp.f = (__typeof__(tsp.f))(void *)GetProcAddress(dll, "TSPI_" #f))) \
		return 0;
	FUNCTIONS(X)
#undef X
	return 1;
}

LONG WINAPI lineInitializeExW(LPHLINEAPP app, HINSTANCE instance, LINECALLBACK callback, LPCWSTR name, LPDWORD number, LPDWORD version, LPLINEINITIALIZEEXPARAMS p)
{
	DWORD v, phones = 0, options;
	LONG err;

	(void)instance, (void)callback, (void)name;
	if (p->dwOptions != LINEINITIALIZEEXOPTION_USEEVENT)
		return LINEERR_INVALPARAM;
	if (!load_provider())
		return LINEERR_NODRIVER;
	memset(lines, 0, sizeof lines);
	memset(calls, 0, sizeof calls);
	memset(requests, 0, sizeof(struct request) * REQUESTS);
	InitializeCriticalSection(&lock);
	if (!queue_open(&p->Handles.hEvent))
		return LINEERR_NOMEM;
	err = tsp.lineNegotiateTSPIVersion(0xFFFFFFFF, 0x00010003, 0x00030001, &v);
	devices = 0;
	if (!err)
		err = tsp.providerEnumDevices(1, &devices, &phones, (HPROVIDER)(ULONG_PTR)0x55, on_event, NULL);
	if (!err)
		err = tsp.providerInit(v, 1, 0, 0, devices, 0, on_completion, &options);
	if (err)
		return err;
	if (*version > 0x00020002)
		*version = 0x00020002;
	*app = FAKE_APP, *number = devices;
	return 0;
}

LONG WINAPI lineClose(HLINE h)
{
	struct line *l = app_line(h);

	if (!l)
		return LINEERR_INVALLINEHANDLE;
	tsp.lineClose(l->hd);
	EnterCriticalSection(&lock);
	l->open = 0;
	for (DWORD i = 0; i < CALLS; i++)
		if (calls[i].used && calls[i].line == (DWORD)(l - lines))
			calls[i].used = 0;
	LeaveCriticalSection(&lock);
	return 0;
}

LONG WINAPI lineShutdown(HLINEAPP app)
{
	if (app != FAKE_APP)
		return LINEERR_INVALAPPHANDLE;
	for (DWORD i = 0; i < LINES; i++)
		if (lines[i].open)
			lineClose(APP_LINE(i));
	tsp.providerShutdown(0x00030001, 1);
	FreeLibrary(dll);
	queue_close();
	DeleteCriticalSection(&lock);
	return 0;
}

LONG WINAPI lineNegotiateAPIVersion(HLINEAPP app, DWORD device, DWORD low, DWORD high, LPDWORD version, LPLINEEXTENSIONID ext)
{
	(void)app;
	memset(ext, 0, sizeof *ext);
	return device < devices ? tsp.lineNegotiateTSPIVersion(device, low, high, version) : (LONG)LINEERR_BADDEVICEID;
}

LONG WINAPI lineGetDevCapsW(HLINEAPP app, DWORD device, DWORD version, DWORD ext, LPLINEDEVCAPS caps)
{
	(void)app;
	return tsp.lineGetDevCaps(device, version, ext, caps);
}

LONG WINAPI lineGetAddressCapsW(HLINEAPP app, DWORD device, DWORD address, DWORD version, DWORD ext, LPLINEADDRESSCAPS caps)
{
	(void)app;
	return tsp.lineGetAddressCaps(device, address, version, ext, caps);
}

LONG WINAPI lineOpenW(HLINEAPP app, DWORD device, LPHLINE h, DWORD version, DWORD ext, DWORD_PTR instance, DWORD privilege, DWORD media, LPLINECALLPARAMS const params)
{
	struct line *l = device < devices && device < LINES ? &lines[device] : NULL;
	LONG err;

	(void)app, (void)ext, (void)params;
	if (!l)
		return LINEERR_BADDEVICEID;
	l->privilege = privilege & LINECALLPRIVILEGE_OWNER ? LINECALLPRIVILEGE_OWNER : LINECALLPRIVILEGE_MONITOR;
	l->instance = instance, l->version = version, l->open = 1;
	err = tsp.lineOpen(device, TSPI_LINE(device), &l->hd, version, on_event);
	if (err) {
		l->open = 0;
		return err;
	}
	*h = APP_LINE(device);
	return tsp.lineSetDefaultMediaDetection(l->hd, media);
}

LONG WINAPI lineSetStatusMessages(HLINE h, DWORD states, DWORD address)
{
	struct line *l = app_line(h);
	return l ? tsp.lineSetStatusMessages(l->hd, states, address) : (LONG)LINEERR_INVALLINEHANDLE;
}

LONG WINAPI lineGetLineDevStatusW(HLINE h, LPLINEDEVSTATUS s)
{
	struct line *l = app_line(h);
	return l ? tsp.lineGetLineDevStatus(l->hd, s) : (LONG)LINEERR_INVALLINEHANDLE;
}

LONG WINAPI lineGetNewCalls(HLINE h, DWORD address, DWORD select, LPLINECALLLIST list_devices)
{
	(void)address, (void)select;
	if (!app_line(h))
		return LINEERR_INVALLINEHANDLE;
	list_devices->dwNeededSize = list_devices->dwUsedSize = sizeof *list_devices; /* the only program has all calls already */
	list_devices->dwCallsNumEntries = list_devices->dwCallsSize = list_devices->dwCallsOffset = 0;
	return 0;
}

LONG WINAPI lineGetProviderListW(DWORD version, LPLINEPROVIDERLIST list_devices)
{
	static const WCHAR file[] = L"offhook.tsp";
	LINEPROVIDERENTRY e = {1, sizeof file, sizeof *list_devices + sizeof e};

	(void)version;
	list_devices->dwNeededSize = sizeof *list_devices + sizeof e + sizeof file;
	list_devices->dwUsedSize = sizeof *list_devices;
	if (list_devices->dwTotalSize < list_devices->dwNeededSize)
		return 0;
	list_devices->dwUsedSize = list_devices->dwNeededSize;
	list_devices->dwNumProviders = 1, list_devices->dwProviderListSize = sizeof e, list_devices->dwProviderListOffset = sizeof *list_devices;
	memcpy((BYTE *)list_devices + sizeof *list_devices, &e, sizeof e);
	memcpy((BYTE *)list_devices + e.dwProviderFilenameOffset, file, sizeof file);
	return 0;
}
