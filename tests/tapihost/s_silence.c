#include "host.h"

/* Rules: the PBX takes everything and answers nothing. */
void s_silence(void)
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
		check(29, wait_done(request, request_limit), "a request whose answer is lost is not completed");
		pbx("lose-replies 0");
		over(call);
	}
	if (ring(line, "0301234", &call)) {
		pbx("freeze");
		began = now_us();
		drop_call(call, &request);
		check(7, now_us() - began < 100000, "lineDrop took %lld ms with a frozen PBX", (now_us() - began) / 1000);
		check(29, wait_done(request, request_limit) && requests[request].result == (LONG)LINEERR_OPERATIONFAILED, "a request the PBX never answers ends with 0x%lx",
			requests[request].done ? (DWORD)requests[request].result : 0);
		pbx("thaw"); /* the late answer comes now: rule R-28 */
		pbx("all decline");
		check(29, wait_state(call, LINECALLSTATE_IDLE, 30000), "after a late answer the call does not end");
		quiet(200);
	}
	session_end();
	pbx("all hangup");
}
