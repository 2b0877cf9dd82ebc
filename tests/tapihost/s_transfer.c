#include "host.h"

#include <stdlib.h>
#include <string.h>

/* Consultation transfer: rule R-64. */

static DWORD related(DWORD call)
{
	LINECALLINFO *i;
	DWORD id = 0;

	if (fetch_info(call, &i)) {
		id = i->dwRelatedCallID;
		free(i);
	}
	return id;
}

static LONG complete_transfer(DWORD call, DWORD consult, DWORD *request)
{
	*request = request_new("lineCompleteTransfer", calls[call].line, call);
	return request_returned(*request, tsp.lineCompleteTransfer(*request, calls[call].hd, calls[consult].hd, NULL, NULL, LINETRANSFERMODE_TRANSFER));
}

/* foreign is a call on another line, which cannot be the other half. */
static void foreign(DWORD call, DWORD line)
{
	DWORD other, request;
	LONG err;

	if (!talking(line, &other))
		return;
	err = complete_transfer(call, other, &request);
	check(64, err == (LONG)LINEERR_INVALCONSULTCALLHANDLE || err == (LONG)LINEERR_INVALCALLHANDLE, "lineCompleteTransfer with another line's call gives 0x%lx", (DWORD)err);
	pbx("hangup %s", lines[line].address);
	over(other);
	close_call(other);
}

static void consult(DWORD second, DWORD third)
{
	DWORD call, other = 0, request, there, before;
	WCHAR to[64];

	if (!talking(at_hand, &call))
		return;
	if (!(call_features(call, NULL, NULL) & LINECALLFEATURE_SETUPTRANSFER)) {
		rule_not(64, "the provider does not offer SETUPTRANSFER");
		return;
	}
	if (setup_transfer(call, &other, &request) < 0) {
		rule_fail(64, "lineSetupTransfer was offered and is refused");
		return;
	}
	check(64, wait_done(request, patience) && requests[request].result == 0, "lineSetupTransfer ends with 0x%lx", (DWORD)requests[request].result);
	check(64, wait_state(call, LINECALLSTATE_ONHOLDPENDTRANSFER, patience), "the call is not ONHOLDPENDTRANSFER");
	check(64, wait_state(other, LINECALLSTATE_DIALTONE, patience), "the consultation call is not DIALTONE");
	check(64, related(call) == calls[other].id && related(other) == calls[call].id && calls[other].id, "the calls %lu and %lu are related to %lu and %lu", calls[call].id, calls[other].id, related(call), related(other));
	foreign(call, third);
	before = last_call();
	MultiByteToWideChar(CP_UTF8, 0, lines[second].address, -1, to, 64);
	request = request_new("lineDial", calls[other].line, other);
	check(64, request_returned(request, tsp.lineDial(request, calls[other].hd, to, 0)) > 0 && wait_done(request, patience) && !requests[request].result, "lineDial on the consultation call ends with 0x%lx", (DWORD)requests[request].result);
	if (!wait_new(second, before, &there, patience)) {
		rule_fail(64, "the consultation does not ring");
		return;
	}
	pbx("answer %s", lines[second].address);
	check(64, wait_state(other, LINECALLSTATE_CONNECTED, patience), "the consultation call is not CONNECTED");
	check(64, complete_transfer(call, other, &request) > 0 && wait_done(request, 2 * patience) && !requests[request].result, "lineCompleteTransfer ends with 0x%lx", (DWORD)requests[request].result);
	check(64, over(other) && over(call), "both calls are not IDLE after lineCompleteTransfer");
	close_call(other);
	close_call(call);
	check(64, calls[there].state == LINECALLSTATE_CONNECTED, "whom the call went to is not CONNECTED");
	pbx("hangup %s", lines[second].address);
	over(there);
	close_call(there);
}

void s_transfer(void)
{
	DWORD second, third;

	if (!pbx_there()) {
		rule_not(64, "no --pbx");
		return;
	}
	pbx("all hangup");
	if (!ready(0x30001))
		return;
	if (lines_number < 3 || (second = open_line(line_base + 1, 0x30001)) == ~0u || (third = open_line(line_base + 2, 0x30001)) == ~0u) {
		rule_not(64, "there are less than three lines");
	} else {
		quiet(300);
		consult(second, third);
	}
	session_end();
	pbx("all hangup");
}
