#include "tsp.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Lines go to OutputDebugString (DebugView shows them) and to a file, which is moved aside at 2 MiB. A line is
 *
 *	[pid] MM/DD hh:mm:ss:mmmm [TID=n] [LEVEL]  text
 *
 * The debug flavour says everything; a production build says warnings and errors, and everything while the value Trace in
 * HKLM\SOFTWARE\offhook\Provider is 1. What passes through a dialog is never logged. */

enum { FILE_LIMIT = 2 << 20, LINE_LIMIT = 1024 };

static SRWLOCK log_lock = SRWLOCK_INIT;
static HANDLE file = INVALID_HANDLE_VALUE;
static LONGLONG written;
static int opened;

int log_on(int level)
{
#ifdef OFFHOOK_DEBUG
	(void)level;
	return 1;
#else
	static ULONGLONG asked;
	static int trace;
	ULONGLONG now = GetTickCount64();

	if (level <= LOG_WARN)
		return 1;
	if (!asked || now - asked > 3000) { /* a registry read is cheap, but not for every message */
		asked = now;
		trace = settings_trace();
	}
	return trace;
#endif
}

static void open_file(void)
{
	LARGE_INTEGER size = {.QuadPart = 0};

	opened = 1;
	file = CreateFileW(settings()->log, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
	if (file != INVALID_HANDLE_VALUE && GetFileSizeEx(file, &size))
		written = size.QuadPart;
}

/* aside begins a new file; the one before is kept as tsp.log.1. */
static void aside(void)
{
	WCHAR old[MAX_PATH + 2];

	CloseHandle(file);
	wcscpy(old, settings()->log);
	wcscat(old, L".1");
	MoveFileExW(settings()->log, old, MOVEFILE_REPLACE_EXISTING);
	open_file();
}

void log_line(int level, const char *format, ...)
{
	static const char *const names[] = {"ERROR", "WARN", "INFO", "DEBUG"};
	char line[LINE_LIMIT];
	SYSTEMTIME t;
	va_list args;
	int n, m;
	DWORD out;

	if (!log_on(level))
		return;
	GetLocalTime(&t);
	n = snprintf(line, sizeof line, "[%lu] %02u/%02u %02u:%02u:%02u:%04u [TID=%lu] [%s]  ", GetCurrentProcessId(), t.wMonth, t.wDay,
		t.wHour, t.wMinute, t.wSecond, t.wMilliseconds, GetCurrentThreadId(), names[level]);
	va_start(args, format);
	m = vsnprintf(line + n, sizeof line - (size_t)n - 2, format, args);
	va_end(args);
	n = m < 0 ? n : n + m < (int)sizeof line - 3 ? n + m : (int)sizeof line - 3;
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ')
			line[i] = '?'; /* a name must not begin a line of its own */
	line[n] = '\r', line[n + 1] = '\n', line[n + 2] = 0;
	OutputDebugStringA(line);
	AcquireSRWLockExclusive(&log_lock);
	if (!opened)
		open_file();
	if (file != INVALID_HANDLE_VALUE && written > FILE_LIMIT)
		aside();
	if (file != INVALID_HANDLE_VALUE && WriteFile(file, line, (DWORD)n + 2, &out, NULL))
		written += out;
	ReleaseSRWLockExclusive(&log_lock);
}

void log_close(void)
{
	AcquireSRWLockExclusive(&log_lock);
	if (file != INVALID_HANDLE_VALUE)
		CloseHandle(file);
	file = INVALID_HANDLE_VALUE, opened = 0;
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
