#include "host.h"

#include <string.h>

/* What scenarios of calls have in common. */

DWORD at_hand;

/* ready begins a session with the first line open and in service. */
int ready(DWORD version)
{
	if (!session_begin(7, version))
		return 0;
	at_hand = lines_number ? open_line(line_base, version) : ~0u;
	if (at_hand == ~0u) {
		session_end();
		return 0;
	}
	wait_service(at_hand, 1, 300);
	return 1;
}

/* ring lets somebody call the line and gives the call. */
int ring(DWORD line, const char *number, DWORD *call)
{
	DWORD before = last_call();

	return pbx("inbound %s \"Vogt Ltd\" -> %s", number, lines[line].address) && wait_new(line, before, call, patience);
}

/* talking brings a call to CONNECTED. */
int talking(DWORD line, DWORD *call)
{
	return ring(line, "00497115550199", call) && pbx("answer %s", lines[line].address) && wait_state(*call, LINECALLSTATE_CONNECTED, patience);
}

int over(DWORD call) { return wait_state(call, LINECALLSTATE_IDLE, patience); }

/* counts_agree compares the line's counters with its calls: rules. */
void counts_agree(int rule, DWORD line)
{
	BYTE buffer[1024] = {0}, status[1024] = {0};
	LINEADDRESSSTATUS *a = (LINEADDRESSSTATUS *)buffer;
	LINEDEVSTATUS *d = (LINEDEVSTATUS *)status;
	DWORD live = 0;

	quiet(60);
	for (DWORD i = 0; i < CALLS; i++)
		live += calls[i].used && calls[i].line == line && !calls[i].closed && calls[i].state && calls[i].state != LINECALLSTATE_IDLE;
	a->dwTotalSize = sizeof buffer, d->dwTotalSize = sizeof status;
	if (tsp.lineGetAddressStatus(lines[line].hd, 0, a) != 0 || tsp.lineGetLineDevStatus(lines[line].hd, d) != 0) {
		rule_fail(rule, "the line's status cannot be had");
		return;
	}
	check(rule, a->dwNumActiveCalls + a->dwNumOnHoldCalls + a->dwNumOnHoldPendCalls == live, "the address counts %lu+%lu+%lu calls, there are %lu", a->dwNumActiveCalls, a->dwNumOnHoldCalls, a->dwNumOnHoldPendCalls, live);
	check(rule, d->dwNumActiveCalls + d->dwNumOnHoldCalls + d->dwNumOnHoldPendCalls == live, "the line counts %lu+%lu+%lu calls, there are %lu", d->dwNumActiveCalls, d->dwNumOnHoldCalls, d->dwNumOnHoldPendCalls, live);
}
