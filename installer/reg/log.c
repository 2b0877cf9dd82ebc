/* SPDX-License-Identifier: MIT */
#include "reg.h"
#include <stdio.h>
#include <strsafe.h>

static HANDLE log_file = INVALID_HANDLE_VALUE;

#define LOG_LIMIT (1 << 20) /* bytes; a larger log is emptied first */

/* default_log_path gives a file in a directory that only administrators may write to, since SYSTEM must not append to a user's link. */
static bool default_log_path(wchar_t *to, size_t size)
{
	wchar_t dir[PATH_LENGTH];
	UINT n = GetSystemWindowsDirectoryW(to, (UINT)size);
	if (n == 0 || n >= size || !join_path(dir, LENGTH(dir), to, L"Logs"))
		return false;
	CreateDirectoryW(dir, NULL);
	return join_path(to, size, dir, L"offhook-setup.log");
}

/* log_open opens a file, or the default one, to append to it. When that fails there is no log file. */
void log_open(const wchar_t *path)
{
	wchar_t default_path[PATH_LENGTH];
	LARGE_INTEGER size;
	if (path == NULL || *path == 0) {
		if (!default_log_path(default_path, LENGTH(default_path)))
			return;
		path = default_path;
	}
	log_file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
	if (log_file == INVALID_HANDLE_VALUE)
		return;
	if (GetFileSizeEx(log_file, &size) && size.QuadPart > LOG_LIMIT)
		SetEndOfFile(log_file);
	SetFilePointer(log_file, 0, NULL, FILE_END);
}

static void write_bytes(HANDLE to, const char *bytes)
{
	DWORD written;
	WriteFile(to, bytes, (DWORD)strlen(bytes), &written, NULL);
}

/* log_line writes one line to the log and to standard output, which the setup shows. Callers pass no password to it. */
void log_line(const wchar_t *format, ...)
{
	wchar_t text[1500], line[1600];
	char bytes[4800];
	SYSTEMTIME now;
	DWORD mode, written;
	va_list arguments;
	va_start(arguments, format);
	StringCchVPrintfW(text, LENGTH(text), format, arguments); /* a longer text is cut off */
	va_end(arguments);
	for (wchar_t *p = text; *p; p++)
		if (*p < L' ')
			*p = L' ';
	GetLocalTime(&now);
	StringCchPrintfW(line, LENGTH(line), L"%04u-%02u-%02u %02u:%02u:%02u %s\r\n", now.wYear, now.wMonth, now.wDay, now.wHour,
		now.wMinute, now.wSecond, text);
	if (log_file != INVALID_HANDLE_VALUE && WideCharToMultiByte(CP_UTF8, 0, line, -1, bytes, sizeof bytes, NULL, NULL) > 0)
		write_bytes(log_file, bytes);
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
	if (log_file != INVALID_HANDLE_VALUE)
		CloseHandle(log_file);
	log_file = INVALID_HANDLE_VALUE;
}
