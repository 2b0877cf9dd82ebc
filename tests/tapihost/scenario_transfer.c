/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>

/* This scenario transfers a call after a consultation: rule R-64. */

static DWORD related_id(DWORD call)
{
	LINECALLINFO *i;
	DWORD id = 0;

	if (fetch_info(call, &i)) {
		id = i->dwRelatedCallID;
		free(i);
	}
	return id;
}

static LONG complete_transfer(DWORD call, DWORD test_consultation, DWORD *request)
{
	*request = request_new("lineCompleteTransfer", calls[call].line, call);
	return request_returned(*request, tsp.lineCompleteTransfer(*request, calls[call].hd, calls[test_consultation].hd, NULL, NULL, LINETRANSFERMODE_TRANSFER));
}

/* test_other_lines_call checks that a call on another line is refused as consultation call. */
static void test_other_lines_call(DWORD call, DWORD line)
{
	DWORD other, request;
	LONG err;

	if (!connect_call(line, &other))
		return;
	err = complete_transfer(call, other, &request);
	check(64, err == (LONG)LINEERR_INVALCONSULTCALLHANDLE || err == (LONG)LINEERR_INVALCALLHANDLE, "lineCompleteTransfer with another line's call gives 0x%lx", (DWORD)err);
	pbx_command("hangup %s", lines[line].address);
	wait_idle(other);
	close_call(other);
}

static void test_consultation(DWORD second, DWORD third)
{
	DWORD call, other = 0, request, there, before;
	WCHAR to[64];

	if (!connect_call(test_line, &call))
		return;
	if (!(call_features(call, NULL, NULL) & LINECALLFEATURE_SETUPTRANSFER)) {
		rule_not_run(64, "the provider does not offer SETUPTRANSFER");
		return;
	}
	if (setup_transfer(call, &other, &request) < 0) {
		rule_fail(64, "lineSetupTransfer was offered and is refused");
		return;
	}
	check(64, wait_completed(request, patience) && requests[request].result == 0, "lineSetupTransfer ends with 0x%lx", (DWORD)requests[request].result);
	check(64, wait_state(call, LINECALLSTATE_ONHOLDPENDTRANSFER, patience), "the call is not ONHOLDPENDTRANSFER");
	check(64, wait_state(other, LINECALLSTATE_DIALTONE, patience), "the consultation call is not DIALTONE");
	check(64, related_id(call) == calls[other].id && related_id(other) == calls[call].id && calls[other].id, "the calls %lu and %lu are related to %lu and %lu", calls[call].id, calls[other].id, related_id(call), related_id(other));
	test_other_lines_call(call, third);
	before = last_call();
	MultiByteToWideChar(CP_UTF8, 0, lines[second].address, -1, to, 64);
	request = request_new("lineDial", calls[other].line, other);
	check(64, request_returned(request, tsp.lineDial(request, calls[other].hd, to, 0)) > 0 && wait_completed(request, patience) && !requests[request].result, "lineDial on the consultation call ends with 0x%lx", (DWORD)requests[request].result);
	if (!wait_new_call(second, before, &there, patience)) {
		rule_fail(64, "the consultation does not ring");
		return;
	}
	pbx_command("answer %s", lines[second].address);
	check(64, wait_state(other, LINECALLSTATE_CONNECTED, patience), "the consultation call is not CONNECTED");
	check(64, complete_transfer(call, other, &request) > 0 && wait_completed(request, 2 * patience) && !requests[request].result, "lineCompleteTransfer ends with 0x%lx", (DWORD)requests[request].result);
	check(64, wait_idle(other) && wait_idle(call), "both calls are not IDLE after lineCompleteTransfer");
	close_call(other);
	close_call(call);
	check(64, calls[there].state == LINECALLSTATE_CONNECTED, "the call of the transfer's target is not CONNECTED");
	pbx_command("hangup %s", lines[second].address);
	wait_idle(there);
	close_call(there);
}

void scenario_transfer(void)
{
	DWORD second, third;

	if (!pbx_connected()) {
		rule_not_run(64, "no --pbx");
		return;
	}
	pbx_command("all hangup");
	if (!begin_with_line(0x30001))
		return;
	if (lines_number < 3 || (second = open_line(line_base + 1, 0x30001)) == ~0u || (third = open_line(line_base + 2, 0x30001)) == ~0u) {
		rule_not_run(64, "there are less than three lines");
	} else {
		wait_quiet(300);
		test_consultation(second, third);
	}
	session_end();
	pbx_command("all hangup");
}
