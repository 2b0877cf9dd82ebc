/* SPDX-License-Identifier: MIT */
#include "host.h"

enum { COMES_BACK = 90000 }; /* a server connects again within a minute */

/* test_outage ends the server or its connection in one state of a call, and checks the messages: rule R-66. */
static void test_outage(const char *down, const char *up, DWORD state, const char *what)
{
	DWORD before = last_call(), call, request, line;

	if (!begin_with_line(0x30001))
		return;
	line = test_line;
	if (!wait_service(line, 1, 500)) { /* a line that was in service from the start needs no message */
		BYTE b[1024] = {0};
		((LINEDEVSTATUS *)b)->dwTotalSize = sizeof b;
		if (tsp.lineGetLineDevStatus(lines[line].hd, (LINEDEVSTATUS *)b) == 0 && ((LINEDEVSTATUS *)b)->dwDevStatusFlags & LINEDEVSTATUSFLAGS_INSERVICE)
			lines[line].in_service = 1;
	}
	if (!pbx_command("inbound 00497115550199 -> %s", lines[line].address) || !wait_new_call(line, before, &call, patience)) {
		rule_fail(66, "%s: no call to lose", what);
		session_end();
		return;
	}
	if (state != LINECALLSTATE_OFFERING) {
		pbx_command("answer %s", lines[line].address);
		wait_state(call, LINECALLSTATE_CONNECTED, patience);
	}
	if (state == LINECALLSTATE_ONHOLD) {
		pbx_command("hold %s", lines[line].address);
		wait_state(call, state, patience);
	}
	harness_command("%s", down);
	if (drop_call(call, &request) > 0)
		check(66, wait_completed(request, 15000), "%s: a request under way is not completed", what);
	check(66, wait_service(line, 0, 15000), "%s: the line is not told out of service", what);
	check(66, wait_state(call, LINECALLSTATE_UNKNOWN | LINECALLSTATE_IDLE, 15000), "%s: the call is not UNKNOWN", what);
	harness_command("%s", up);
	check(66, wait_service(line, 1, COMES_BACK), "%s: the line does not come back into service", what);
	wait_quiet(300);
	pbx_command("hangup %s", lines[line].address);
	pbx_command("decline %s", lines[line].address);
	check(66, wait_state(call, LINECALLSTATE_IDLE, 15000), "%s: the call does not end", what);
	session_end();
	pbx_command("all hangup");
}

void scenario_outage(void)
{
	if (!pbx_connected() || !harness_connected()) {
		rule_not_run(66, "no --harness that kills and starts the provider's server");
		rule_not_run(29, "no --harness");
		return;
	}
	test_outage("daemon kill", "daemon start", LINECALLSTATE_OFFERING, "killed while a call rings");
	test_outage("daemon kill", "daemon start", LINECALLSTATE_CONNECTED, "killed while a call talks");
	test_outage("daemon kill", "daemon start", LINECALLSTATE_ONHOLD, "killed while a call is held");
	test_outage("link cut", "link mend", LINECALLSTATE_CONNECTED, "the PBX's link cut while a call talks");
}
