#include "host.h"

enum { COMES_BACK = 90000 }; /* a server tries again after a minute at the latest */

/* outage kills what the harness can kill in each state of a call, and judges what TAPI hears. */
static void one_outage(const char *down, const char *up, DWORD state, const char *what)
{
	DWORD before = last_call(), call, request, line;

	if (!ready(0x30001))
		return;
	line = at_hand;
	if (!wait_service(line, 1, 500)) { /* it was in service from the beginning, and nothing needs to be said */
		BYTE b[1024] = {0};
		((LINEDEVSTATUS *)b)->dwTotalSize = sizeof b;
		if (tsp.lineGetLineDevStatus(lines[line].hd, (LINEDEVSTATUS *)b) == 0 && ((LINEDEVSTATUS *)b)->dwDevStatusFlags & LINEDEVSTATUSFLAGS_INSERVICE)
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
	check(66, wait_service(line, 1, COMES_BACK), "%s: the line does not come back into service", what);
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
