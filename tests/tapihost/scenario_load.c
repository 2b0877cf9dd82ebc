/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>

/* This scenario measures many lines and calls: rule R-72. */

static int compare_durations(const void *a, const void *b)
{
	LONGLONG x = *(const LONGLONG *)a, y = *(const LONGLONG *)b;

	return x < y ? -1 : x > y;
}

enum { SAMPLES = 200, ROUNDS = 3, LIMIT_US = 50000, HOPS = 5 };

static LONGLONG hop_us; /* mean time of one exchange with the PBX: the machine's share */

static LONGLONG percentile_99(LONGLONG *took, int n)
{
	qsort(took, (size_t)n, sizeof *took, compare_durations);
	return n ? took[n * 99 / 100] : 0;
}

/* test_delays measures single calls from the command to the PBX to LINE_NEWCALL. The time includes the PBX and the server behind the
 * provider. The limit is raised by what an empty exchange with the PBX takes, once for each hop of the way. */
static int test_delays(DWORD opened, int last)
{
	static LONGLONG took[SAMPLES], idle[SAMPLES];
	LONGLONG slow, most;
	int n = 0;

	hop_us = 0;
	for (DWORD i = 0; i < SAMPLES; i++) {
		DWORD before = last_call(), call;
		LONGLONG began = now_us();
		pbx_count_commands("none");
		idle[i] = now_us() - began;
		began = now_us();
		if (!pbx_command("inbound 0301234 -> %s", lines[i % opened].address) || !wait_new_call(i % opened, before, &call, patience))
			continue;
		took[n++] = calls[call].created_at - began;
		pbx_command("decline %s", lines[i % opened].address);
		wait_state(call, LINECALLSTATE_IDLE, patience);
		close_call(call);
	}
	for (DWORD i = 0; i < SAMPLES; i++)
		hop_us += idle[i] / SAMPLES;
	slow = percentile_99(took, n), most = LIMIT_US + HOPS * percentile_99(idle, SAMPLES);
	note("load: delay of a single call: median %lld us, 99th percentile %lld us, at most %lld", n ? took[n / 2] : 0, slow, most);
	if ((n < SAMPLES || slow >= most) && !last)
		return 0;
	check(72, n == SAMPLES, "of %d single calls %d were announced", SAMPLES, n);
	check(72, slow < most, "the 99th percentile of %d delays is %lld us, the limit is %lld", n, slow, most);
	return 1;
}

void scenario_load(DWORD wanted, DWORD each)
{
	DWORD opened = 0, expected, got, fresh;
	ULONGLONG until;
	LONGLONG began, took, limit;

	if (!pbx_connected()) {
		rule_not_run(72, "no --pbx");
		return;
	}
	if (!session_begin(7, 0x30001))
		return;
	for (DWORD i = 0; i < lines_number && i < wanted; i++)
		opened += open_line(line_base + i, 0x30001) != ~0u;
	if (opened < wanted)
		note("load: %lu lines of %lu wanted", opened, wanted);
	wait_quiet(500);
	for (int i = 1; opened && i <= ROUNDS && !test_delays(opened, i == ROUNDS); i++)
		; /* repeat, so that a short stall of the machine does not count as the provider's */
	expected = opened * each;
	fresh = last_call();
	began = now_us();
	if (!pbx_command("load %lu", expected)) {
		rule_not_run(72, "the PBX does not know: load N");
		session_end();
		return;
	}
	until = GetTickCount64() + 60000;
	do {
		got = 0;
		for (DWORD i = fresh + 1; i <= last_call() && i < CALLS; i++)
			got += calls[i].used && calls[i].state != 0;
		Sleep(10);
	} while (got < expected && GetTickCount64() < until);
	took = now_us() - began, limit = 5000000 + (LONGLONG)expected * HOPS * hop_us;
	check(72, got >= expected, "%lu calls of %lu were announced in a minute", got, expected);
	check(72, took < limit || got < expected, "%lu calls took %lld ms, the limit is %lld", expected, took / 1000, limit / 1000);
	note("load: %lu calls on %lu lines in %lld ms", got, opened, (now_us() - began) / 1000);
	pbx_command("all hangup");
	pbx_command("all decline");
	wait_quiet(500);
	session_end();
}
