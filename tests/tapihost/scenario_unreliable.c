/* SPDX-License-Identifier: MIT */
#include "host.h"

/* In this scenario the harness damages the connection to the provider's server in several manners: bytes that are no frames, frames of
 * another version, frames that end in the middle or never. It checks rule R-66: only legal messages come, no function blocks, and
 * calls work again when the connection is good. The harness command is "wire MANNER" or "wire good". */

enum { MAX_MS = 3000 }; /* ms that a function may take while the connection is damaged; the provider ends a silent connection within this time */

/* manners has what the harness knows. The first LONG_MANNERS last until lines go out of service. A manner with "-later" begins behind
 * the server's welcome. */
static const char *const manners[] = {"refused", "garbage", "other-version", "oversize", "half-frame", "trickle", "silence", "wrong-kind", "error",
	"garbage-later", "oversize-later", "half-frame-later", "silence-later", "wrong-kind-later", "flapping"};

enum { MANNERS = sizeof manners / sizeof *manners, LONG_MANNERS = 2 };

/* test_functions_return calls one function of each kind and checks that it returns. */
static void test_functions_return(DWORD line, DWORD call, const char *manner)
{
	DWORD asked_at[4] = {0}, other, n = 0;
	LONGLONG began = now_us(), took;
	BYTE status[1024] = {0};

	((LINEDEVSTATUS *)status)->dwTotalSize = sizeof status;
	tsp.lineGetLineDevStatus(lines[line].hd, (LINEDEVSTATUS *)status);
	call_features(call, NULL, NULL);
	hold_call(call, &asked_at[n++]);
	drop_call(call, &asked_at[n++]);
	make_call(line, L"0715551200", NULL, &other, &asked_at[n++]);
	took = now_us() - began;
	check(7, took < MAX_MS * 1000LL, "%s: five functions took %lld ms", manner, took / 1000);
	close_call(other);
	for (DWORD i = 0; i < 2; i++)
		if (requests[asked_at[i]].return_value > 0)
			check(66, wait_completed(asked_at[i], request_limit), "%s: request %lu is not completed", manner, asked_at[i]);
	check(60, requests[asked_at[2]].return_value <= 0 || requests[asked_at[2]].completed, "%s: a call is closed and its request is open", manner);
}

/* test_next_call checks that calls work again. */
static void test_next_call(DWORD line, const char *manner)
{
	DWORD call;

	check(66, connect_call(line, &call), "%s, and good again: no call comes", manner);
	pbx_command("all hangup");
	check(66, wait_idle(call), "%s, and good again: the call does not end", manner);
	close_call(call);
}

static void test_manner(DWORD line, int m)
{
	const char *manner = manners[m];
	DWORD call;

	if (!connect_call(line, &call)) {
		rule_fail(66, "%s: no call to begin with", manner);
		return;
	}
	if (!harness_command("wire %s", manner)) {
		rule_not_run(66, "the harness does not know: wire MANNER");
		return;
	}
	Sleep(250);
	test_functions_return(line, call, manner);
	if (m < LONG_MANNERS)
		check(66, wait_service(line, 0, 20000), "%s: the line is not told out of service", manner);
	harness_command("wire good");
	pbx_command("all hangup");
	check(66, wait_state(call, LINECALLSTATE_IDLE, 30000), "%s, and good again: the call does not end", manner);
	if (lines[line].in_service == 0)
		check(66, wait_service(line, 1, 30000), "%s, and good again: the line does not come back", manner);
	close_call(call);
	wait_quiet(100);
	test_next_call(line, manner);
}

void scenario_unreliable(void)
{
	if (!pbx_connected() || !harness_connected()) {
		rule_not_run(66, "no --harness that damages the connection to the provider's server");
		return;
	}
	if (!begin_with_line(0x30001))
		return;
	for (int m = 0; m < MANNERS; m++)
		test_manner(test_line, m);
	session_end();
}
