#include "tsp.h"

#include <wchar.h>

#define KEY L"SOFTWARE\\offhook"
#define TRACE_KEY KEY L"\\Provider" /* of its own, because the daemon's account may write there */

static Settings known;
static int read_once;
static SRWLOCK settings_lock = SRWLOCK_INIT;

/* value reads a text of HKLM\SOFTWARE\offhook; 0 if there is none of that length. */
static int value(LPCWSTR name, WCHAR *out, DWORD room)
{
	DWORD type = 0, size = (room - 1) * sizeof(WCHAR);
	HKEY key;
	LONG err;

	if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, KEY, 0, KEY_READ | KEY_WOW64_64KEY, &key) != ERROR_SUCCESS)
		return 0;
	err = RegQueryValueExW(key, name, NULL, &type, (BYTE *)out, &size);
	RegCloseKey(key);
	if (err != ERROR_SUCCESS || type != REG_SZ || size < sizeof(WCHAR))
		return 0;
	out[size / sizeof(WCHAR)] = 0;
	return 1;
}

static void join(WCHAR *out, const WCHAR *dir, const WCHAR *file)
{
	out[0] = 0;
	if (wcslen(dir) + wcslen(file) + 2 < MAX_PATH) {
		wcscpy(out, dir);
		wcscat(out, file);
	}
}

static void data_dir(WCHAR *dir)
{
	DWORD n;

	if (value(L"DataDir", dir, MAX_PATH))
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
	if (!read_once) {
		data_dir(dir);
		join(known.table, dir, L"\\lines.tbl");
		join(known.log, dir, L"\\log\\tsp\\tsp.log");
		if (!value(L"PipeName", known.pipe, MAX_PATH))
			wcscpy(known.pipe, L"\\\\.\\pipe\\offhook");
#ifdef OFFHOOK_TEST
		WCHAR table[MAX_PATH];
		DWORD n = GetEnvironmentVariableW(L"OFFHOOK_LINES", table, MAX_PATH);
		if (n > 0 && n < MAX_PATH)
			wcscpy(known.table, table);
		n = GetEnvironmentVariableW(L"OFFHOOK_PIPE", table, MAX_PATH);
		if (n > 0 && n < MAX_PATH)
			wcscpy(known.pipe, table);
#endif
		read_once = 1;
	}
	ReleaseSRWLockExclusive(&settings_lock);
	return &known;
}

/* settings_forget makes the next session read them anew. */
void settings_forget(void)
{
	AcquireSRWLockExclusive(&settings_lock);
	read_once = 0;
	ReleaseSRWLockExclusive(&settings_lock);
}

int settings_trace(void)
{
	DWORD v = 0, type = 0, size = sizeof v;
	HKEY key;

	if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, TRACE_KEY, 0, KEY_READ | KEY_WOW64_64KEY, &key) != ERROR_SUCCESS)
		return 0;
	if (RegQueryValueExW(key, L"Trace", NULL, &type, (BYTE *)&v, &size) != ERROR_SUCCESS || type != REG_DWORD)
		v = 0;
	RegCloseKey(key);
	return v == 1;
}
