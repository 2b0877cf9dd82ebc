#include "host.h"

/* The way to the provider's server goes bad in each manner that the harness knows: bytes that are no frames, frames of
 * another version, frames that end in the middle or never. Rule R-66: the host hears legal messages only, nothing hangs, and all is
 * well again once the way is good. Asks the harness: "wire MANNER", "wire good". */

enum { MOST = 3000 }; /* ms that a function may take while the server's answers are bad; a silent one is given up in that time */

/* The first LONG_ONES last until lines go out of service. Those with "-later" spoil what comes behind a good greeting. */
static const char *const manners[] = {"refused", "garbage", "other-version", "oversize", "half-frame", "trickle", "silence", "wrong-kind", "error",
	"garbage-later", "oversize-later", "half-frame-later", "silence-later", "wrong-kind-later", "flapping"};

enum { MANNERS = sizeof manners / sizeof *manners, LONG_ONES = 2 };

/* quick makes each kind of call into the provider and sees that it comes back. */
static void quick(DWORD line, DWORD call, const char *manner)
{
	DWORD asked[4] = {0}, other, n = 0;
	LONGLONG began = now_us(), took;
	BYTE status[1024] = {0};

	((LINEDEVSTATUS *)status)->dwTotalSize = sizeof status;
	tsp.lineGetLineDevStatus(lines[line].hd, (LINEDEVSTATUS *)status);
	call_features(call, NULL, NULL);
	hold_call(call, &asked[n++]);
	drop_call(call, &asked[n++]);
	make_call(line, L"0715551200", NULL, &other, &asked[n++]);
	took = now_us() - began;
	check(7, took < MOST * 1000LL, "%s: five functions took %lld ms", manner, took / 1000);
	close_call(other);
	for (DWORD i = 0; i < 2; i++)
		if (requests[asked[i]].answer > 0)
			check(66, wait_done(asked[i], request_limit), "%s: request %lu is not completed", manner, asked[i]);
	check(60, requests[asked[2]].answer <= 0 || requests[asked[2]].done, "%s: a call is closed and its request is open", manner);
}

/* well sees that a call can be had again. */
static void well(DWORD line, const char *manner)
{
	DWORD call;

	check(66, talking(line, &call), "%s, and good again: no call comes", manner);
	pbx("all hangup");
	check(66, over(call), "%s, and good again: the call does not end", manner);
	close_call(call);
}

static void one(DWORD line, int m)
{
	const char *manner = manners[m];
	DWORD call;

	if (!talking(line, &call)) {
		rule_fail(66, "%s: no call to begin with", manner);
		return;
	}
	if (!harness("wire %s", manner)) {
		rule_not(66, "the harness does not know: wire MANNER");
		return;
	}
	Sleep(250);
	quick(line, call, manner);
	if (m < LONG_ONES)
		check(66, wait_service(line, 0, 20000), "%s: the line is not told out of service", manner);
	harness("wire good");
	pbx("all hangup");
	check(66, wait_state(call, LINECALLSTATE_IDLE, 30000), "%s, and good again: the call does not end", manner);
	if (lines[line].in_service == 0)
		check(66, wait_service(line, 1, 30000), "%s, and good again: the line does not come back", manner);
	close_call(call);
	quiet(100);
	well(line, manner);
}

void s_unreliable(void)
{
	if (!pbx_there() || !harness_there()) {
		rule_not(66, "no --harness that spoils the way to the provider's server");
		return;
	}
	if (!ready(0x30001))
		return;
	for (int m = 0; m < MANNERS; m++)
		one(at_hand, m);
	session_end();
}
