/* SPDX-License-Identifier: MIT */
/* prefixtool runs inside a Wine prefix for the tests of the setup:
 *
 *   prefixtool run                    runs the command line in PREFIXTOOL_LINE unchanged, with its quotes, and prints "exit CODE"
 *   prefixtool registry FILE [KEY …]  writes every value of HKEY_LOCAL_MACHINE and HKEY_CURRENT_USER, or of keys of the former,
 *                                     to a file, one a line
 *   prefixtool hold FILE              keeps a file open, so that it cannot be replaced, and tapi32.dll loaded, until standard
 *                                     input ends
 *   prefixtool service add NAME LOG   creates and starts a service that logs its start and its end to LOG
 *   prefixtool service remove NAME    stops and removes it
 *   prefixtool service run NAME LOG   is that service; while LOG.broken exists it ends at its start */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdio.h>
#include <strsafe.h>
#include <wchar.h>

#define MAX_TEXT 4096

static int run_command_line(WCHAR *line)
{
	STARTUPINFOW start = {.cb = sizeof start};
	PROCESS_INFORMATION process;
	DWORD code = 0;

	if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process)) {
		printf("error %lu\n", GetLastError());
		return 1;
	}
	WaitForSingleObject(process.hProcess, INFINITE);
	GetExitCodeProcess(process.hProcess, &code);
	printf("exit %lu\n", code);
	return 0;
}

static void write_text(FILE *to, const WCHAR *text)
{
	for (; *text; text++)
		if (*text > L' ' && *text < 0x7f && *text != L'%')
			fputc((char)*text, to);
		else if (*text == L' ')
			fputc(' ', to);
		else
			fprintf(to, "%%%04x", *text);
}

static void write_value(FILE *to, const WCHAR *path, const WCHAR *name, DWORD type, const BYTE *data, DWORD size)
{
	static WCHAR text[32768];

	write_text(to, path);
	fputs(" | ", to);
	write_text(to, name);
	fprintf(to, " = %lu ", type);
	if (type == REG_SZ || type == REG_EXPAND_SZ) {
		DWORD n = size / sizeof(WCHAR) < MAX_TEXT ? size / sizeof(WCHAR) : MAX_TEXT;
		memcpy(text, data, n * sizeof(WCHAR));
		text[n] = 0;
		write_text(to, text);
	} else {
		for (DWORD i = 0; i < size; i++)
			fprintf(to, "%02x", data[i]);
	}
	fputc('\n', to);
}

static void write_key(FILE *to, HKEY key, const WCHAR *path)
{
	WCHAR name[16384], deeper[MAX_TEXT];
	static BYTE data[1 << 16];
	HKEY sub;

	for (DWORD i = 0;; i++) {
		DWORD n = 16384, type, size = sizeof data;
		if (RegEnumValueW(key, i, name, &n, NULL, &type, data, &size) != ERROR_SUCCESS)
			break;
		write_value(to, path, name, type, data, size);
	}
	for (DWORD i = 0;; i++) {
		DWORD n = 256;
		if (RegEnumKeyExW(key, i, name, &n, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
			break;
		StringCchPrintfW(deeper, MAX_TEXT, L"%ls\\%ls", path, name);
		write_text(to, deeper);
		fputc('\n', to);
		if (RegOpenKeyExW(key, name, REG_OPTION_OPEN_LINK, KEY_READ, &sub) != ERROR_SUCCESS)
			continue;
		write_key(to, sub, deeper);
		RegCloseKey(sub);
	}
}

static int write_registry(const WCHAR *file, WCHAR **keys, int count)
{
	FILE *to = _wfopen(file, L"wb");
	WCHAR path[MAX_TEXT];
	HKEY key;

	if (!to)
		return 1;
	for (int i = 0; i < count; i++) {
		StringCchPrintfW(path, MAX_TEXT, L"HKLM\\%ls", keys[i]);
		if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, keys[i], 0, KEY_READ, &key) != ERROR_SUCCESS)
			continue;
		write_key(to, key, path);
		RegCloseKey(key);
	}
	if (count == 0) {
		write_key(to, HKEY_LOCAL_MACHINE, L"HKLM");
		write_key(to, HKEY_CURRENT_USER, L"HKCU");
	}
	return fclose(to) == 0 ? 0 : 1;
}

static int hold_file(const WCHAR *file)
{
	HANDLE f = CreateFileW(file, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

	if (f == INVALID_HANDLE_VALUE || !LoadLibraryW(L"tapi32.dll"))
		return 1;
	puts("holding");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}

static const WCHAR *service_name, *service_log;
static SERVICE_STATUS_HANDLE service_handle;
static HANDLE service_end;

static void append_log(const WCHAR *what)
{
	FILE *to = _wfopen(service_log, L"ab");

	if (to) {
		fprintf(to, "%ls %ls\n", service_name, what);
		fclose(to);
	}
}

static void report_state(DWORD state)
{
	SERVICE_STATUS s = {SERVICE_WIN32_OWN_PROCESS, state, SERVICE_ACCEPT_STOP, 0, 0, 0, 0};
	SetServiceStatus(service_handle, &s);
}

static DWORD WINAPI service_control(DWORD code, DWORD type, void *data, void *context)
{
	(void)type, (void)data, (void)context;
	if (code == SERVICE_CONTROL_STOP) {
		report_state(SERVICE_STOP_PENDING);
		SetEvent(service_end);
	}
	return NO_ERROR;
}

static void WINAPI service_main(DWORD count, WCHAR **words)
{
	WCHAR broken[MAX_TEXT];

	(void)count, (void)words;
	service_end = CreateEventW(NULL, TRUE, FALSE, NULL);
	service_handle = RegisterServiceCtrlHandlerExW(service_name, service_control, NULL);
	StringCchPrintfW(broken, MAX_TEXT, L"%ls.broken", service_log);
	if (GetFileAttributesW(broken) == INVALID_FILE_ATTRIBUTES) {
		append_log(L"runs");
		report_state(SERVICE_RUNNING);
		WaitForSingleObject(service_end, INFINITE);
		append_log(L"ends");
	}
	report_state(SERVICE_STOPPED);
}

static int service_run(const WCHAR *name, const WCHAR *log)
{
	SERVICE_TABLE_ENTRYW table[] = {{(WCHAR *)name, service_main}, {NULL, NULL}};

	service_name = name, service_log = log;
	return StartServiceCtrlDispatcherW(table) ? 0 : 1;
}

static int service_add(const WCHAR *name, const WCHAR *log)
{
	WCHAR self[MAX_TEXT], line[3 * MAX_TEXT];
	SC_HANDLE all = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS), s;

	GetModuleFileNameW(NULL, self, MAX_TEXT);
	StringCchPrintfW(line, sizeof line / sizeof *line, L"\"%ls\" service run %ls \"%ls\"", self, name, log);
	s = CreateServiceW(all, name, name, SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, line, NULL, NULL,
		NULL, NULL, NULL);
	if (!s || !StartServiceW(s, 0, NULL)) {
		printf("error %lu\n", GetLastError());
		return 1;
	}
	return 0;
}

static int service_remove(const WCHAR *name)
{
	SERVICE_STATUS s;
	SC_HANDLE all = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS), one = OpenServiceW(all, name, SERVICE_ALL_ACCESS);

	ControlService(one, SERVICE_CONTROL_STOP, &s);
	for (int i = 0; i < 100 && QueryServiceStatus(one, &s) && s.dwCurrentState != SERVICE_STOPPED; i++)
		Sleep(50);
	return DeleteService(one) ? 0 : 1;
}

int wmain(int count, WCHAR **words)
{
	static WCHAR line[MAX_TEXT];

	if (count == 2 && wcscmp(words[1], L"run") == 0 && GetEnvironmentVariableW(L"PREFIXTOOL_LINE", line, MAX_TEXT) > 0) {
		SetEnvironmentVariableW(L"PREFIXTOOL_LINE", NULL);
		return run_command_line(line);
	}
	if (count >= 3 && wcscmp(words[1], L"registry") == 0)
		return write_registry(words[2], words + 3, count - 3);
	if (count == 3 && wcscmp(words[1], L"hold") == 0)
		return hold_file(words[2]);
	if (count == 5 && wcscmp(words[2], L"run") == 0)
		return service_run(words[3], words[4]);
	if (count == 5 && wcscmp(words[2], L"add") == 0)
		return service_add(words[3], words[4]);
	if (count == 4 && wcscmp(words[2], L"remove") == 0)
		return service_remove(words[3]);
	return 2;
}
