/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* This scenario closes calls and lines: rules. */

static void test_drop_and_close(int times)
{
	unsigned seed = 99;

	for (int i = 0; i < times; i++) {
		DWORD call, request;
		if (!connect_call(test_line, &call)) {
			rule_fail(59, "round %d: no call", i);
			return;
		}
		drop_call(call, &request);
		seed = seed * 1103515245 + 12345;
		Sleep((seed >> 16) % 6);
		close_call(call);
		check(59, requests[request].return_value < 0 || requests[request].completed, "round %d: lineDrop is not completed when lineCloseCall returns", i);
		{
			ULONGLONG until = GetTickCount64() + patience;
			int hung = 0;
			while (!hung && GetTickCount64() < until) {
				hung = pbx_count_commands("base.Hangup") > 0;
				if (!hung)
					Sleep(5);
			}
			check(59, hung, "round %d: the PBX was not asked to hang up", i);
		}
	}
}

/* test_close_in_state closes a call in a state, with a request under way. */
static void test_close_in_state(DWORD state, int request_kind)
{
	DWORD call, request = 0;
	LONG err = -1;

	if (state == LINECALLSTATE_OFFERING ? !ring_line(test_line, "0304444", &call) : !connect_call(test_line, &call)) {
		rule_fail(60, "no call to close");
		return;
	}
	if (state == LINECALLSTATE_ONHOLD) {
		pbx_command("hold %s", lines[test_line].address);
		wait_state(call, LINECALLSTATE_ONHOLD, patience);
	}
	switch (request_kind) {
	case 1: err = state == LINECALLSTATE_OFFERING ? answer_call(call, &request) : state == LINECALLSTATE_ONHOLD ? unhold_call(call, &request) : hold_call(call, &request); break;
	case 2: err = drop_call(call, &request); break;
	}
	check(60, close_call(call) == 0, "lineCloseCall fails in state 0x%lx", state);
	if (err > 0)
		check(60, requests[request].completed, "a request is open when lineCloseCall has returned, in state 0x%lx", state);
	wait_quiet(80);
	pbx_command("hangup %s", lines[test_line].address);
	pbx_command("decline %s", lines[test_line].address);
	wait_quiet(80);
}

void scenario_closing(void)
{
	static const DWORD states[] = {LINECALLSTATE_OFFERING, LINECALLSTATE_CONNECTED, LINECALLSTATE_ONHOLD};
	DWORD calls_here[3], request, n = 0;

	if (!pbx_connected()) {
		for (int r = 59; r <= 61; r++)
			rule_not_run(r, "no --pbx");
		return;
	}
	pbx_command("all hangup");
	pbx_command("all decline");
	if (!begin_with_line(0x30001))
		return;
	for (int s = 0; s < 3; s++)
		for (int k = 0; k < 3; k++)
			test_close_in_state(states[s], k);
	pbx_count_commands("base.Hangup");
	if (rule_wanted(59))
		test_drop_and_close((int)repeats);
	for (; n < 2 && ring_line(test_line, "0305555", &calls_here[n]); n++)
		;
	if (n)
		drop_call(calls_here[0], &request);
	check(61, close_line(test_line) == 0, "lineClose with calls and requests open fails");
	wait_quiet(150);
	session_end();
	pbx_command("all hangup");
}
