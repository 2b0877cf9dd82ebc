/* SPDX-License-Identifier: MIT */
#include "tsp.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The log goes to OutputDebugString, which DebugView shows, and to a file, which is renamed to tsp.log.1 at 2 MiB. A line is
 *
 *	[pid] MM/DD hh:mm:ss:mmmm [TID=n] [LEVEL]  text
 *
 * The debug build logs everything. A production build logs warnings and errors, and everything while the value Trace in
 * HKLM\SOFTWARE\offhook\Provider is 1. Nothing that passes through a dialog is logged. */

enum { FILE_LIMIT = 2 << 20, LINE_LIMIT = 1024 };

static SRWLOCK log_lock = SRWLOCK_INIT;
static HANDLE log_file = INVALID_HANDLE_VALUE;
static LONGLONG log_size;
static int open_tried;

int log_enabled(int level)
{
#ifdef OFFHOOK_DEBUG
	(void)level;
	return 1;
#else
	static ULONGLONG checked_at;
	static int trace;
	ULONGLONG now = GetTickCount64();

	if (level <= LOG_WARN)
		return 1;
	if (!checked_at || now - checked_at > 3000) { /* not for every message: it reads the registry */
		checked_at = now;
		trace = settings_trace();
	}
	return trace;
#endif
}

static void log_open(void)
{
	LARGE_INTEGER size = {.QuadPart = 0};

	open_tried = 1;
	log_file = CreateFileW(settings()->log, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
	if (log_file != INVALID_HANDLE_VALUE && GetFileSizeEx(log_file, &size))
		log_size = size.QuadPart;
}

/* log_rotate begins a new file and keeps the previous one as tsp.log.1. */
static void log_rotate(void)
{
	WCHAR old[MAX_PATH + 2];

	CloseHandle(log_file);
	wcscpy(old, settings()->log);
	wcscat(old, L".1");
	MoveFileExW(settings()->log, old, MOVEFILE_REPLACE_EXISTING);
	log_open();
}

void log_line(int level, const char *format, ...)
{
	static const char *const level_names[] = {"ERROR", "WARN", "INFO", "DEBUG"};
	char line[LINE_LIMIT];
	SYSTEMTIME t;
	va_list args;
	int n, m;
	DWORD out;

	if (!log_enabled(level))
		return;
	GetLocalTime(&t);
	n = snprintf(line, sizeof line, "[%lu] %02u/%02u %02u:%02u:%02u:%04u [TID=%lu] [%s]  ", GetCurrentProcessId(), t.wMonth, t.wDay,
		t.wHour, t.wMinute, t.wSecond, t.wMilliseconds, GetCurrentThreadId(), level_names[level]);
	va_start(args, format);
	m = vsnprintf(line + n, sizeof line - (size_t)n - 2, format, args);
	va_end(args);
	n = m < 0 ? n : n + m < (int)sizeof line - 3 ? n + m : (int)sizeof line - 3;
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ')
			line[i] = '?'; /* a name from outside must not begin a line of its own */
	line[n] = '\r', line[n + 1] = '\n', line[n + 2] = 0;
	OutputDebugStringA(line);
	AcquireSRWLockExclusive(&log_lock);
	if (!open_tried)
		log_open();
	if (log_file != INVALID_HANDLE_VALUE && log_size > FILE_LIMIT)
		log_rotate();
	if (log_file != INVALID_HANDLE_VALUE && WriteFile(log_file, line, (DWORD)n + 2, &out, NULL))
		log_size += out;
	ReleaseSRWLockExclusive(&log_lock);
}

void log_close(void)
{
	AcquireSRWLockExclusive(&log_lock);
	if (log_file != INVALID_HANDLE_VALUE)
		CloseHandle(log_file);
	log_file = INVALID_HANDLE_VALUE, open_tried = 0;
	ReleaseSRWLockExclusive(&log_lock);
}

const char *message_name(DWORD message)
{
	switch (message) {
	case LINE_ADDRESSSTATE: return "LINE_ADDRESSSTATE";
	case LINE_CALLINFO: return "LINE_CALLINFO";
	case LINE_CALLSTATE: return "LINE_CALLSTATE";
	case LINE_CLOSE: return "LINE_CLOSE";
	case LINE_LINEDEVSTATE: return "LINE_LINEDEVSTATE";
	case LINE_GENERATE: return "LINE_GENERATE";
	case LINE_CREATE: return "LINE_CREATE";
	case LINE_REMOVE: return "LINE_REMOVE";
	case LINE_NEWCALL: return "LINE_NEWCALL";
	}
	return "?";
}
