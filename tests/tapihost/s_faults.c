#include "host.h"

#include <stdlib.h>
#include <string.h>

/* Faults and load: rules. */

/* outage kills what the harness can kill in each state of a call, and judges what TAPI hears. */
static void one_outage(const char *down, const char *up, DWORD state, const char *what)
{
	DWORD before = last_call(), call, request, line;

	if (!session_begin(7, 0x30001))
		return;
	line = lines_number ? open_line(line_base, 0x30001) : ~0u;
	if (line == ~0u || !wait_service(line, 1, 500)) {
		BYTE b[1024] = {0};
		((LINEDEVSTATUS *)b)->dwTotalSize = sizeof b;
		if (line != ~0u && tsp.lineGetLineDevStatus(lines[line].hd, (LINEDEVSTATUS *)b) == 0 && ((LINEDEVSTATUS *)b)->dwDevStatusFlags & LINEDEVSTATUSFLAGS_INSERVICE)
			lines[line].in_service = 1;
	}
	if (!pbx("inbound 00497115550199 -> %s", lines[line].address) || !wait_new(line, before, &call, patience)) {
		rule_fail(66, "%s: no call to lose", what);
		session_end();
		return;
	}
	if (state != LINECALLSTATE_OFFERING) {
		pbx("answer %s", lines[line].address);
		wait_state(call, LINECALLSTATE_CONNECTED, patience);
	}
	if (state == LINECALLSTATE_ONHOLD) {
		pbx("hold %s", lines[line].address);
		wait_state(call, state, patience);
	}
	harness("%s", down);
	if (drop_call(call, &request) > 0)
		check(66, wait_done(request, 15000), "%s: a request under way is not completed", what);
	check(66, wait_service(line, 0, 15000), "%s: the line is not told out of service", what);
	check(66, wait_state(call, LINECALLSTATE_UNKNOWN | LINECALLSTATE_IDLE, 15000), "%s: the call is not UNKNOWN", what);
	harness("%s", up);
	check(66, wait_service(line, 1, 30000), "%s: the line does not come back into service", what);
	quiet(300);
	pbx("hangup %s", lines[line].address);
	pbx("decline %s", lines[line].address);
	check(66, wait_state(call, LINECALLSTATE_IDLE, 15000), "%s: the call does not end", what);
	session_end();
	pbx("all hangup");
}

void s_outage(void)
{
	if (!pbx_there() || !harness_there()) {
		rule_not(66, "no --harness that kills and starts the provider's server");
		rule_not(29, "no --harness");
		return;
	}
	one_outage("daemon kill", "daemon start", LINECALLSTATE_OFFERING, "killed while a call rings");
	one_outage("daemon kill", "daemon start", LINECALLSTATE_CONNECTED, "killed while a call talks");
	one_outage("daemon kill", "daemon start", LINECALLSTATE_ONHOLD, "killed while a call is held");
	one_outage("link cut", "link mend", LINECALLSTATE_CONNECTED, "the PBX's link cut while a call talks");
}

/* s_silence is rules: the PBX takes everything and answers nothing. */
void s_matrix(void)
{
	DWORD call, before, line, request;
	LONGLONG began;

	if (!pbx_there()) {
		rule_not(7, "no --pbx");
		rule_not(29, "no --pbx");
		return;
	}
	if (!session_begin(7, 0x30001) || (line = open_line(line_base, 0x30001)) == ~0u)
		return;
	wait_service(line, 1, 500);
	before = last_call();
	if (pbx("inbound 0301234 -> %s", lines[line].address) && wait_new(line, before, &call, patience)) {
		BYTE b[4096] = {0};
		pbx("lose-replies 100");
		began = now_us();
		((LINEDEVSTATUS *)b)->dwTotalSize = sizeof b;
		tsp.lineGetLineDevStatus(lines[line].hd, (LINEDEVSTATUS *)b);
		check(7, now_us() - began < 100000, "lineGetLineDevStatus took %lld ms with a silent PBX", (now_us() - began) / 1000);
		began = now_us();
		drop_call(call, &request);
		check(7, now_us() - began < 100000, "lineDrop took %lld ms with a silent PBX", (now_us() - began) / 1000);
		check(29, wait_done(request, 20000), "a request the PBX never answers is not completed");
		pbx("lose-replies 0");
		pbx("decline %s", lines[line].address);
		quiet(200);
	}
	session_end();
	pbx("all hangup");
}

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
