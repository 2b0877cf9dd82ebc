#include "host.h"

#include <string.h>

/* Rule R-52: in every state a call can be in, what the features do not offer is refused. What they offer is done by the other
 * scenarios. */

static LONG try_it(int what, DWORD call, DWORD *request)
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

static void refused(DWORD call, const char *state)
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
		err = try_it(i, call, &request);
		if (err > 0 && wait_done(request, patience))
			err = requests[request].result;
		check(52, err == (LONG)LINEERR_INVALCALLSTATE || err == (LONG)LINEERR_OPERATIONUNAVAIL, "%s is not offered in %s and gives 0x%lx", all[i].name, state, (DWORD)err);
	}
}

void s_features(void)
{
	DWORD call;

	if (!pbx_there()) {
		rule_not(52, "no --pbx");
		return;
	}
	pbx("all hangup");
	if (!ready(0x30001))
		return;
	if (ring(at_hand, "0301234", &call)) {
		refused(call, "OFFERING");
		pbx("answer %s", lines[at_hand].address);
		if (wait_state(call, LINECALLSTATE_CONNECTED, patience))
			refused(call, "CONNECTED");
		pbx("hold %s", lines[at_hand].address);
		if (wait_state(call, LINECALLSTATE_ONHOLD, patience))
			refused(call, "ONHOLD");
		pbx("hangup %s", lines[at_hand].address);
		if (over(call))
			refused(call, "IDLE");
		close_call(call);
	}
	session_end();
	pbx("all hangup");
}
