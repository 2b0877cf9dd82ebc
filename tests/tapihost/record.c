/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The records are one list in the order in which things happened. It keeps the newest MAX_RECORDS. */

enum { MAX_RECORDS = 1 << 16 };

static struct record kept[MAX_RECORDS];
static long count;
static SRWLOCK record_lock = SRWLOCK_INIT;
static LARGE_INTEGER started_at, frequency;
static FILE *log_file;

void record_open(const char *file)
{
	QueryPerformanceFrequency(&frequency);
	QueryPerformanceCounter(&started_at);
	if (file)
		log_file = fopen(file, "w");
}

LONGLONG now_us(void)
{
	LARGE_INTEGER t;

	QueryPerformanceCounter(&t);
	return (t.QuadPart - started_at.QuadPart) * 1000000 / frequency.QuadPart;
}

long record(const struct record *r)
{
	long n;

	AcquireSRWLockExclusive(&record_lock);
	n = count++;
	kept[n % MAX_RECORDS] = *r;
	kept[n % MAX_RECORDS].at = now_us();
	kept[n % MAX_RECORDS].thread = GetCurrentThreadId();
	ReleaseSRWLockExclusive(&record_lock);
	if (log_file) {
		char line[512];
		record_text(n, line, sizeof line);
		fprintf(log_file, "%s\n", line);
		fflush(log_file);
	}
	return n;
}

long records(void) { return count; }

static const char *message_name(DWORD m)
{
	switch (m) {
	case LINE_ADDRESSSTATE: return "LINE_ADDRESSSTATE";
	case LINE_CALLINFO: return "LINE_CALLINFO";
	case LINE_CALLSTATE: return "LINE_CALLSTATE";
	case LINE_CLOSE: return "LINE_CLOSE";
	case LINE_LINEDEVSTATE: return "LINE_LINEDEVSTATE";
	case LINE_CREATE: return "LINE_CREATE";
	case LINE_REMOVE: return "LINE_REMOVE";
	case LINE_NEWCALL: return "LINE_NEWCALL";
	}
	return "message";
}

void record_text(long n, char *to, size_t size)
{
	struct record r;

	AcquireSRWLockExclusive(&record_lock);
	r = kept[n % MAX_RECORDS];
	ReleaseSRWLockExclusive(&record_lock);
	switch (r.kind) {
	case RECORD_ENTER:
		snprintf(to, size, "#%ld %10.3f ms [%lu] > %s line=%lu call=%lu request=%lu %s", n, r.at / 1000.0, r.thread, r.name, r.line, r.call, r.request, r.text);
		break;
	case RECORD_RETURN:
		snprintf(to, size, "#%ld %10.3f ms [%lu] < %s = 0x%lx %s", n, r.at / 1000.0, r.thread, r.name, (DWORD)r.result, r.text);
		break;
	case RECORD_COMPLETION:
		snprintf(to, size, "#%ld %10.3f ms [%lu] ASYNC_COMPLETION request=%lu result=0x%lx", n, r.at / 1000.0, r.thread, r.request, (DWORD)r.result);
		break;
	case RECORD_EVENT:
		snprintf(to, size, "#%ld %10.3f ms [%lu] %s line=%lu call=%lu p1=0x%llx p2=0x%llx p3=0x%llx", n, r.at / 1000.0, r.thread, message_name(r.message),
			r.line, r.call, (ULONGLONG)r.p1, (ULONGLONG)r.p2, (ULONGLONG)r.p3);
		break;
	default:
		snprintf(to, size, "#%ld %10.3f ms [%lu] -- %s", n, r.at / 1000.0, r.thread, r.text);
	}
}

void note(const char *format, ...)
{
	struct record r = {.kind = RECORD_NOTE};
	va_list args;

	va_start(args, format);
	vsnprintf(r.text, sizeof r.text, format, args);
	va_end(args);
	record(&r);
}
