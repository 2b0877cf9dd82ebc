/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <tapi.h>
#include <tspi.h>

/* What TAPI calls (decision TAPI-a.3). The callback into the provider is not used: it would speak as the Telephony service,
 * and the daemon must see who is asking. */

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID unused)
{
	(void)unused;
	if (reason == DLL_PROCESS_ATTACH)
		ui_module = module;
	return TRUE;
}

/* setup_is_silent says whether a silent setup runs; then no dialog opens. */
static int setup_is_silent(void)
{
	WCHAR value[4];

	return GetEnvironmentVariableW(L"OFFHOOK_SETUP_QUIET", value, COUNT(value)) == 1 && value[0] == L'1';
}

static LONG open_credentials(HWND owner) { return credentials_dialog(owner) == CLOSED_NOT_OPENED ? (LONG)LINEERR_OPERATIONFAILED : 0; }

LONG WINAPI TUISPI_lineConfigDialog(TUISPIDLLCALLBACK callback, DWORD device, HWND owner, LPCWSTR device_class)
{
	(void)callback, (void)device;
	if (device_class && *device_class && lstrcmpiW(device_class, L"tapi/line") != 0)
		return LINEERR_INVALDEVICECLASS;
	return open_credentials(owner);
}

/* A line has no settings of its own that a program could keep. */
LONG WINAPI TUISPI_lineConfigDialogEdit(TUISPIDLLCALLBACK callback, DWORD device, HWND owner, LPCWSTR device_class, LPVOID const in,
	DWORD size, LPVARSTRING out)
{
	(void)callback, (void)device, (void)owner, (void)device_class, (void)in, (void)size, (void)out;
	return LINEERR_OPERATIONUNAVAIL;
}

LONG WINAPI TUISPI_providerConfig(TUISPIDLLCALLBACK callback, HWND owner, DWORD provider)
{
	(void)callback, (void)provider;
	return open_credentials(owner);
}

/* Without a daemon the provider is installed too: the user can enter the account later. */
LONG WINAPI TUISPI_providerInstall(TUISPIDLLCALLBACK callback, HWND owner, DWORD provider)
{
	(void)callback;
	if (installed_twice(provider))
		return LINEERR_NOMULTIPLEINSTANCE;
	if (setup_is_silent() || credentials_dialog(owner) != CLOSED_UNCHANGED)
		return 0;
	return LINEERR_OPERATIONFAILED;
}

/* Setup removes the files and settings, since it knows whether the settings are to stay. */
LONG WINAPI TUISPI_providerRemove(TUISPIDLLCALLBACK callback, HWND owner, DWORD provider)
{
	(void)callback, (void)owner, (void)provider;
	return 0;
}

/* The provider itself opens no dialogs. */
LONG WINAPI TUISPI_providerGenericDialog(TUISPIDLLCALLBACK callback, HTAPIDIALOGINSTANCE instance, LPVOID params, DWORD size, HANDLE event)
{
	(void)callback, (void)instance, (void)params, (void)size, (void)event;
	return LINEERR_OPERATIONUNAVAIL;
}

LONG WINAPI TUISPI_providerGenericDialogData(HTAPIDIALOGINSTANCE instance, LPVOID params, DWORD size)
{
	(void)instance, (void)params, (void)size;
	return LINEERR_OPERATIONUNAVAIL;
}
