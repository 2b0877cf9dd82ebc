#include "reg.h"
#include <stdio.h>
#include <strsafe.h>

static HANDLE file = INVALID_HANDLE_VALUE;

#define LOG_LIMIT (1 << 20) /* bytes; an older log is begun anew */

/* usual_log is in a directory that only administrators may write: what SYSTEM appends to must not be somebody's link. */
static bool usual_log(wchar_t *to, size_t size)
{
	wchar_t dir[PATH_LENGTH];
	UINT n = GetSystemWindowsDirectoryW(to, (UINT)size);
	if (n == 0 || n >= size || !join_path(dir, LENGTH(dir), to, L"Logs"))
		return false;
	CreateDirectoryW(dir, NULL);
	return join_path(to, size, dir, L"offhook-setup.log");
}

/* log_open appends to a file, or to the usual one. Without a log the work goes on. */
void log_open(const wchar_t *path)
{
	wchar_t usual[PATH_LENGTH];
	LARGE_INTEGER size;
	if (path == NULL || *path == 0) {
		if (!usual_log(usual, LENGTH(usual)))
			return;
		path = usual;
	}
	file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
	if (file == INVALID_HANDLE_VALUE)
		return;
	if (GetFileSizeEx(file, &size) && size.QuadPart > LOG_LIMIT)
		SetEndOfFile(file);
	SetFilePointer(file, 0, NULL, FILE_END);
}

static void write_bytes(HANDLE to, const char *bytes)
{
	DWORD written;
	WriteFile(to, bytes, (DWORD)strlen(bytes), &written, NULL);
}

/* log_line writes one line to the log and to standard output, which the setup shows. Nobody hands it a password. */
void log_line(const wchar_t *format, ...)
{
	wchar_t text[1500], line[1600];
	char bytes[4800];
	SYSTEMTIME now;
	DWORD mode, written;
	va_list arguments;
	va_start(arguments, format);
	StringCchVPrintfW(text, LENGTH(text), format, arguments); /* what does not fit is cut */
	va_end(arguments);
	for (wchar_t *p = text; *p; p++)
		if (*p < L' ')
			*p = L' ';
	GetLocalTime(&now);
	StringCchPrintfW(line, LENGTH(line), L"%04u-%02u-%02u %02u:%02u:%02u %s\r\n", now.wYear, now.wMonth, now.wDay, now.wHour,
		now.wMinute, now.wSecond, text);
	if (file != INVALID_HANDLE_VALUE && WideCharToMultiByte(CP_UTF8, 0, line, -1, bytes, sizeof bytes, NULL, NULL) > 0)
		write_bytes(file, bytes);
	HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
	if (out == NULL || out == INVALID_HANDLE_VALUE)
		return;
	StringCchCatW(text, LENGTH(text), L"\r\n");
	if (GetConsoleMode(out, &mode))
		WriteConsoleW(out, text, (DWORD)wcslen(text), &written, NULL);
	else if (WideCharToMultiByte(CP_ACP, 0, text, -1, bytes, sizeof bytes, NULL, NULL) > 0)
		write_bytes(out, bytes);
}

void log_close(void)
{
	if (file != INVALID_HANDLE_VALUE)
		CloseHandle(file);
	file = INVALID_HANDLE_VALUE;
}
