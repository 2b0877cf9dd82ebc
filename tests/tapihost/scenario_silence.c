/* SPDX-License-Identifier: MIT */
#include "host.h"

/* scenario_silence checks rules: the PBX accepts everything and replies to nothing. */
void scenario_silence(void)
{
	DWORD call, before, line, request;
	LONGLONG began;

	if (!pbx_connected()) {
		rule_not_run(7, "no --pbx");
		rule_not_run(29, "no --pbx");
		return;
	}
	if (!session_begin(7, 0x30001) || (line = open_line(line_base, 0x30001)) == ~0u)
		return;
	wait_service(line, 1, 500);
	before = last_call();
	if (pbx_command("inbound 0301234 -> %s", lines[line].address) && wait_new_call(line, before, &call, patience)) {
		BYTE b[4096] = {0};
		pbx_command("lose-replies 100");
		began = now_us();
		((LINEDEVSTATUS *)b)->dwTotalSize = sizeof b;
		tsp.lineGetLineDevStatus(lines[line].hd, (LINEDEVSTATUS *)b);
		check(7, now_us() - began < 100000, "lineGetLineDevStatus took %lld ms with a silent PBX", (now_us() - began) / 1000);
		began = now_us();
		drop_call(call, &request);
		check(7, now_us() - began < 100000, "lineDrop took %lld ms with a silent PBX", (now_us() - began) / 1000);
		check(29, wait_completed(request, request_limit), "a request whose answer is lost is not completed");
		pbx_command("lose-replies 0");
		wait_idle(call);
	}
	if (ring_line(line, "0301234", &call)) {
		pbx_command("freeze");
		began = now_us();
		drop_call(call, &request);
		check(7, now_us() - began < 100000, "lineDrop took %lld ms with a frozen PBX", (now_us() - began) / 1000);
		check(29, wait_completed(request, request_limit) && requests[request].result == (LONG)LINEERR_OPERATIONFAILED, "a request the PBX never answers ends with 0x%lx",
			requests[request].completed ? (DWORD)requests[request].result : 0);
		pbx_command("thaw"); /* the late reply comes now: rule R-28 */
		pbx_command("all decline");
		check(29, wait_state(call, LINECALLSTATE_IDLE, 30000), "after a late answer the call does not end");
		wait_quiet(200);
	}
	session_end();
	pbx_command("all hangup");
}
