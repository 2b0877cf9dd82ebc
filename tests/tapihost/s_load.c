#include "host.h"

#include <stdlib.h>

/* Load: rule R-72. */

static int by_size(const void *a, const void *b)
{
	LONGLONG x = *(const LONGLONG *)a, y = *(const LONGLONG *)b;

	return x < y ? -1 : x > y;
}

/* delays measures single calls, from the word to the PBX to LINE_NEWCALL: it has the PBX's and the daemon's share in it. */
static void delays(DWORD opened)
{
	enum { SAMPLES = 200 };
	static LONGLONG took[SAMPLES];
	int n = 0;

	for (DWORD i = 0; i < SAMPLES; i++) {
		DWORD before = last_call(), call;
		LONGLONG began = now_us();
		if (!pbx("inbound 0301234 -> %s", lines[i % opened].address) || !wait_new(i % opened, before, &call, patience))
			continue;
		took[n++] = calls[call].born - began;
		pbx("decline %s", lines[i % opened].address);
		wait_state(call, LINECALLSTATE_IDLE, patience);
		close_call(call);
	}
	qsort(took, (size_t)n, sizeof *took, by_size);
	check(72, n == SAMPLES, "of %d single calls %d were announced", SAMPLES, n);
	check(72, n && took[n * 99 / 100] < 50000, "the 99th percentile of %d delays is %lld us, the limit is 50000", n, n ? took[n * 99 / 100] : 0);
	note("load: delay of a single call: median %lld us, 99th percentile %lld us", n ? took[n / 2] : 0, n ? took[n * 99 / 100] : 0);
}

void s_load(DWORD wanted, DWORD each)
{
	DWORD opened = 0, expected, got, fresh;
	ULONGLONG until;
	LONGLONG began;

	if (!pbx_there()) {
		rule_not(72, "no --pbx");
		return;
	}
	if (!session_begin(7, 0x30001))
		return;
	for (DWORD i = 0; i < lines_number && i < wanted; i++)
		opened += open_line(line_base + i, 0x30001) != ~0u;
	if (opened < wanted)
		note("load: %lu lines of %lu wanted", opened, wanted);
	quiet(500);
	if (opened)
		delays(opened);
	expected = opened * each;
	fresh = last_call();
	began = now_us();
	if (!pbx("load %lu", expected)) {
		rule_not(72, "the PBX does not know: load N");
		session_end();
		return;
	}
	until = GetTickCount64() + 30000;
	do {
		got = 0;
		for (DWORD i = fresh + 1; i <= last_call() && i < CALLS; i++)
			got += calls[i].used && calls[i].state != 0;
		Sleep(10);
	} while (got < expected && GetTickCount64() < until);
	check(72, got >= expected, "%lu calls of %lu were announced in 30 s", got, expected);
	check(72, now_us() - began < 5000000 || got < expected, "%lu calls took %lld ms, the limit is 5000", expected, (now_us() - began) / 1000);
	note("load: %lu calls on %lu lines in %lld ms", got, opened, (now_us() - began) / 1000);
	pbx("all hangup");
	pbx("all decline");
	quiet(500);
	session_end();
}
