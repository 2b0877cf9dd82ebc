/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <string.h>

/* This file has the steps that scenarios of calls share. */

DWORD test_line;

/* begin_with_line begins a session with the first line open and in service. */
int begin_with_line(DWORD version)
{
	if (!session_begin(7, version))
		return 0;
	test_line = lines_number ? open_line(line_base, version) : ~0u;
	if (test_line == ~0u) {
		session_end();
		return 0;
	}
	wait_service(test_line, 1, 300);
	return 1;
}

/* ring_line makes a call from outside to the line and waits until it is announced. */
int ring_line(DWORD line, const char *number, DWORD *call)
{
	DWORD before = last_call();

	return pbx_command("inbound %s \"Vogt Ltd\" -> %s", number, lines[line].address) && wait_new_call(line, before, call, patience);
}

/* connect_call brings a call to CONNECTED. */
int connect_call(DWORD line, DWORD *call)
{
	return ring_line(line, "00497115550199", call) && pbx_command("answer %s", lines[line].address) && wait_state(*call, LINECALLSTATE_CONNECTED, patience);
}

int wait_idle(DWORD call) { return wait_state(call, LINECALLSTATE_IDLE, patience); }

/* check_call_counts compares the line's counters with its calls: rules. */
void check_call_counts(int rule, DWORD line)
{
	BYTE buffer[1024] = {0}, status[1024] = {0};
	LINEADDRESSSTATUS *a = (LINEADDRESSSTATUS *)buffer;
	LINEDEVSTATUS *d = (LINEDEVSTATUS *)status;
	DWORD live = 0;

	wait_quiet(60);
	for (DWORD i = 0; i < CALLS; i++)
		live += calls[i].used && calls[i].line == line && !calls[i].closed && calls[i].state && calls[i].state != LINECALLSTATE_IDLE;
	a->dwTotalSize = sizeof buffer, d->dwTotalSize = sizeof status;
	if (tsp.lineGetAddressStatus(lines[line].hd, 0, a) != 0 || tsp.lineGetLineDevStatus(lines[line].hd, d) != 0) {
		rule_fail(rule, "the line's status cannot be read");
		return;
	}
	check(rule, a->dwNumActiveCalls + a->dwNumOnHoldCalls + a->dwNumOnHoldPendCalls == live, "the address counts %lu+%lu+%lu calls, there are %lu", a->dwNumActiveCalls, a->dwNumOnHoldCalls, a->dwNumOnHoldPendCalls, live);
	check(rule, d->dwNumActiveCalls + d->dwNumOnHoldCalls + d->dwNumOnHoldPendCalls == live, "the line counts %lu+%lu+%lu calls, there are %lu", d->dwNumActiveCalls, d->dwNumOnHoldCalls, d->dwNumOnHoldPendCalls, live);
}
