#include "host.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One list, in the order in which things happened. It keeps the newest LIMIT records. */

enum { LIMIT = 1 << 16 };

static struct record all[LIMIT];
static long count;
static SRWLOCK lock = SRWLOCK_INIT;
static LARGE_INTEGER began, frequency;
static FILE *out;

void record_open(const char *file)
{
	QueryPerformanceFrequency(&frequency);
	QueryPerformanceCounter(&began);
	if (file)
		out = fopen(file, "w");
}

LONGLONG now_us(void)
{
	LARGE_INTEGER t;

	QueryPerformanceCounter(&t);
	return (t.QuadPart - began.QuadPart) * 1000000 / frequency.QuadPart;
}

long record(const struct record *r)
{
	long n;

	AcquireSRWLockExclusive(&lock);
	n = count++;
	all[n % LIMIT] = *r;
	all[n % LIMIT].at = now_us();
	all[n % LIMIT].thread = GetCurrentThreadId();
	ReleaseSRWLockExclusive(&lock);
	if (out) {
		char line[512];
		record_text(n, line, sizeof line);
		fprintf(out, "%s\n", line);
		fflush(out);
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

	AcquireSRWLockExclusive(&lock);
	r = all[n % LIMIT];
	ReleaseSRWLockExclusive(&lock);
	switch (r.kind) {
	case ENTER:
		snprintf(to, size, "#%ld %10.3f ms [%lu] > %s line=%lu call=%lu request=%lu %s", n, r.at / 1000.0, r.thread, r.name, r.line, r.call, r.request, r.text);
		break;
	case RETURN:
		snprintf(to, size, "#%ld %10.3f ms [%lu] < %s = 0x%lx %s", n, r.at / 1000.0, r.thread, r.name, (DWORD)r.result, r.text);
		break;
	case COMPLETION:
		snprintf(to, size, "#%ld %10.3f ms [%lu] ASYNC_COMPLETION request=%lu result=0x%lx", n, r.at / 1000.0, r.thread, r.request, (DWORD)r.result);
		break;
	case EVENT:
		snprintf(to, size, "#%ld %10.3f ms [%lu] %s line=%lu call=%lu p1=0x%llx p2=0x%llx p3=0x%llx", n, r.at / 1000.0, r.thread, message_name(r.message),
			r.line, r.call, (ULONGLONG)r.p1, (ULONGLONG)r.p2, (ULONGLONG)r.p3);
		break;
	default:
		snprintf(to, size, "#%ld %10.3f ms [%lu] -- %s", n, r.at / 1000.0, r.thread, r.text);
	}
}

void note(const char *format, ...)
{
	struct record r = {.kind = NOTE};
	va_list args;

	va_start(args, format);
	vsnprintf(r.text, sizeof r.text, format, args);
	va_end(args);
	record(&r);
}
