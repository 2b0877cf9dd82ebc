/* SPDX-License-Identifier: MIT */
#include "tsp.h"

#include <wchar.h>

#define SETTINGS_KEY L"SOFTWARE\\offhook"
#define PROVIDER_KEY SETTINGS_KEY L"\\Provider" /* a key of its own, because the daemon's account may write there */

static Settings current;
static int settings_read;
static SRWLOCK settings_lock = SRWLOCK_INIT;

/* read_registry_text reads a text value of HKLM\SOFTWARE\offhook; 0 when there is none that fits. */
static int read_registry_text(LPCWSTR name, WCHAR *out, DWORD capacity)
{
	DWORD type = 0, size = (capacity - 1) * sizeof(WCHAR);
	HKEY key;
	LONG err;

	if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, 0, KEY_READ | KEY_WOW64_64KEY, &key) != ERROR_SUCCESS)
		return 0;
	err = RegQueryValueExW(key, name, NULL, &type, (BYTE *)out, &size);
	RegCloseKey(key);
	if (err != ERROR_SUCCESS || type != REG_SZ || size < sizeof(WCHAR))
		return 0;
	out[size / sizeof(WCHAR)] = 0;
	return 1;
}

static void join_path(WCHAR *out, const WCHAR *dir, const WCHAR *file)
{
	out[0] = 0;
	if (wcslen(dir) + wcslen(file) + 2 < MAX_PATH) {
		wcscpy(out, dir);
		wcscat(out, file);
	}
}

static void read_data_dir(WCHAR *dir)
{
	DWORD n;

	if (read_registry_text(L"DataDir", dir, MAX_PATH))
		return;
	n = GetEnvironmentVariableW(L"ProgramData", dir, MAX_PATH - 16);
	if (n == 0 || n >= MAX_PATH - 16)
		wcscpy(dir, L"C:\\ProgramData");
	wcscat(dir, L"\\offhook");
}

const Settings *settings(void)
{
	WCHAR dir[MAX_PATH];

	AcquireSRWLockExclusive(&settings_lock);
	if (!settings_read) {
		read_data_dir(dir);
		join_path(current.table, dir, L"\\lines.tbl");
		join_path(current.log, dir, L"\\log\\tsp\\tsp.log");
		if (!read_registry_text(L"PipeName", current.pipe, MAX_PATH))
			wcscpy(current.pipe, L"\\\\.\\pipe\\offhook");
#ifdef OFFHOOK_TEST
		WCHAR table[MAX_PATH];
		DWORD n = GetEnvironmentVariableW(L"OFFHOOK_LINES", table, MAX_PATH);
		if (n > 0 && n < MAX_PATH)
			wcscpy(current.table, table);
		n = GetEnvironmentVariableW(L"OFFHOOK_PIPE", table, MAX_PATH);
		if (n > 0 && n < MAX_PATH)
			wcscpy(current.pipe, table);
#endif
		settings_read = 1;
	}
	ReleaseSRWLockExclusive(&settings_lock);
	return &current;
}

/* settings_reset makes the next session read the settings from the registry. */
void settings_reset(void)
{
	AcquireSRWLockExclusive(&settings_lock);
	settings_read = 0;
	ReleaseSRWLockExclusive(&settings_lock);
}

int settings_trace(void)
{
	DWORD v = 0, type = 0, size = sizeof v;
	HKEY key;

	if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, PROVIDER_KEY, 0, KEY_READ | KEY_WOW64_64KEY, &key) != ERROR_SUCCESS)
		return 0;
	if (RegQueryValueExW(key, L"Trace", NULL, &type, (BYTE *)&v, &size) != ERROR_SUCCESS || type != REG_DWORD)
		v = 0;
	RegCloseKey(key);
	return v == 1;
}
