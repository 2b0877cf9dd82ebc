/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* This scenario makes calls: rules. */

static void test_made_call(void)
{
	DWORD call, request;
	WCHAR number[32] = L"T 0711/555 12-00";

	pbx_count_commands("base.Dial");
	if (make_call(test_line, number, NULL, &call, &request) < 0) {
		rule_fail(37, "lineMakeCall is refused");
		return;
	}
	wcscpy(number, L"99999999999999"); /* rule R-30: the caller may reuse the text */
	if (!wait_completed(request, patience) || requests[request].result) {
		rule_fail(37, "lineMakeCall is completed with 0x%lx", (DWORD)requests[request].result);
		return;
	}
	check(40, call_features(call, NULL, NULL) != ~0u, "a completed call has no status");
	check(37, wait_state(call, 0xFFFFFFFF, patience), "a completed call has no state");
	check_call_counts(38, test_line);
	check(30, pbx_count_commands("base.Dial") == 1, "the PBX was not asked once to dial");
	check(41, pbx_commands_contain("07115551200"), "T 0711/555 12-00 does not reach the PBX as 07115551200");
	check(30, !pbx_commands_contain("99999999999999"), "the PBX gets what the caller wrote after lineMakeCall returned");
	wait_state(call, LINECALLSTATE_CONNECTED | LINECALLSTATE_RINGBACK, patience);
	wait_quiet(100);
	for (DWORD i = call + 1; i <= last_call(); i++)
		check(43, calls[i].made_here || calls[i].line != test_line, "the PBX's echo of the call is announced as another");
	drop_call(call, &request);
	check(29, wait_completed(request, 2 * patience), "lineDrop is not completed");
	check(49, wait_idle(call), "a dropped call is not IDLE");
	check_call_counts(38, test_line);
	close_call(call);
}

static void test_refused_call(void)
{
	DWORD call, request;

	pbx_command("fail-next base.Dial \"no\"");
	if (make_call(test_line, L"0715551201", NULL, &call, &request) < 0)
		return;
	check(39, wait_completed(request, patience) && requests[request].result < 0, "a call the PBX refuses is completed with 0x%lx", (DWORD)requests[request].result);
	wait_quiet(100);
	check(39, calls[call].state == 0, "a failed call has a state");
	check(39, close_call(call) == 0, "a failed call cannot be closed");
}

/* test_two_calls_at_once checks that the PBX's events of two calls made here are matched to them, and announce no others (rule R-43). */
static void test_two_calls_at_once(void)
{
	DWORD call[2], request[2], before = last_call();

	for (int i = 0; i < 2; i++)
		if (make_call(test_line, i ? L"0715551203" : L"0715551202", NULL, &call[i], &request[i]) < 0)
			return;
	for (int i = 0; i < 2; i++)
		check(43, wait_completed(request[i], 2 * patience), "one of two calls made at once is never completed");
	wait_quiet(200);
	check(43, last_call() == before + 2, "two calls made at once are %lu calls", last_call() - before);
	for (int i = 0; i < 2; i++)
		if (!requests[request[i]].result && calls[call[i]].state != LINECALLSTATE_IDLE) {
			DWORD drop;
			drop_call(call[i], &drop);
			wait_completed(drop, 2 * patience);
			check(49, wait_idle(call[i]), "one of two calls made at once does not end");
		}
	for (int i = 0; i < 2; i++)
		close_call(call[i]);
}

void scenario_outbound(void)
{
	DWORD call, request;

	if (!pbx_connected()) {
		for (int r = 37; r <= 43; r++)
			rule_not_run(r, "no --pbx");
		return;
	}
	if (!begin_with_line(0x30001))
		return;
	pbx_command("far * answers 50ms");
	test_made_call();
	test_refused_call();
	test_two_calls_at_once();
	session_end();
	if (!session_begin(7, 0x30001) || (test_line = open_line(line_base, 0x30001)) == ~0u)
		return;
	if (make_call(test_line, L"0715551200", NULL, &call, &request) > 0) { /* directly after lineOpen */
		check(42, wait_completed(request, 4 * patience), "a call made at once is never completed");
		check(73, !(calls[call].states_seen & LINECALLSTATE_OFFERING), "the own phone's ring is offered");
		if (!requests[request].result) {
			drop_call(call, &request);
			wait_idle(call);
		}
	}
	session_end();
}
