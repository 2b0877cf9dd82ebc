/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <string.h>

/* This scenario checks rule R-52: in every state of a call, requests that are not among the call features are refused. The other
 * scenarios make those that are. */

static LONG send_request(int what, DWORD call, DWORD *request)
{
	DWORD id = *request = request_new("a request that is not offered", calls[call].line, call);
	LONG err = 0;

	switch (what) {
	case 0: err = tsp.lineAnswer(id, calls[call].hd, NULL, 0); break;
	case 1: err = tsp.lineHold(id, calls[call].hd); break;
	case 2: err = tsp.lineUnhold(id, calls[call].hd); break;
	case 3: err = tsp.lineBlindTransfer(id, calls[call].hd, L"0715551299", 0); break;
	case 4: err = tsp.lineDial(id, calls[call].hd, L"0715551299", 0); break;
	case 5: err = tsp.lineRedirect(id, calls[call].hd, L"0715551299", 0); break;
	}
	return request_returned(id, err);
}

static void test_refused_requests(DWORD call, const char *state)
{
	static const struct {
		DWORD feature;
		const char *name;
	} all[] = {{LINECALLFEATURE_ANSWER, "ANSWER"}, {LINECALLFEATURE_HOLD, "HOLD"}, {LINECALLFEATURE_UNHOLD, "UNHOLD"},
		{LINECALLFEATURE_BLINDTRANSFER, "BLINDTRANSFER"}, {LINECALLFEATURE_DIAL, "DIAL"}, {LINECALLFEATURE_REDIRECT, "REDIRECT"}};
	DWORD features = call_features(call, NULL, NULL), request;
	const void *there[] = {tsp.lineAnswer, tsp.lineHold, tsp.lineUnhold, tsp.lineBlindTransfer, tsp.lineDial, tsp.lineRedirect};

	for (int i = 0; i < 6; i++) {
		LONG err;
		if (features & all[i].feature || !there[i])
			continue;
		err = send_request(i, call, &request);
		if (err > 0 && wait_completed(request, patience))
			err = requests[request].result;
		check(52, err == (LONG)LINEERR_INVALCALLSTATE || err == (LONG)LINEERR_OPERATIONUNAVAIL, "%s is not offered in %s and gives 0x%lx", all[i].name, state, (DWORD)err);
	}
}

void scenario_features(void)
{
	DWORD call;

	if (!pbx_connected()) {
		rule_not_run(52, "no --pbx");
		return;
	}
	pbx_command("all hangup");
	if (!begin_with_line(0x30001))
		return;
	if (ring_line(test_line, "0301234", &call)) {
		test_refused_requests(call, "OFFERING");
		pbx_command("answer %s", lines[test_line].address);
		if (wait_state(call, LINECALLSTATE_CONNECTED, patience))
			test_refused_requests(call, "CONNECTED");
		pbx_command("hold %s", lines[test_line].address);
		if (wait_state(call, LINECALLSTATE_ONHOLD, patience))
			test_refused_requests(call, "ONHOLD");
		pbx_command("hangup %s", lines[test_line].address);
		if (wait_idle(call))
			test_refused_requests(call, "IDLE");
		close_call(call);
	}
	session_end();
	pbx_command("all hangup");
}
