/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* This scenario has inbound calls: rules. */

static void test_answered_call(DWORD version)
{
	DWORD call, request, features, other;
	LINECALLINFO *i;

	if (!ring_line(test_line, "00497115550199", &call)) {
		rule_fail(44, "a call that rings is not announced at version 0x%lx", version);
		return;
	}
	if (fetch_info(call, &i)) {
		check(46, i->dwCallerIDSize > 0 && i->dwOrigin != 0, "the info of a new call has no caller");
		free(i);
	}
	check_call_counts(69, test_line);
	features = call_features(call, NULL, NULL);
	check(52, features & LINECALLFEATURE_ANSWER, "a call that rings cannot be answered (features 0x%lx)", features);
	answer_call(call, &request);
	check(52, wait_completed(request, patience) && requests[request].result == 0, "lineAnswer was offered and ends with 0x%lx", (DWORD)requests[request].result);
	check(48, wait_state(call, LINECALLSTATE_CONNECTED, patience), "an answered call is not CONNECTED");
	features = call_features(call, NULL, NULL);
	check(52, !(features & LINECALLFEATURE_ANSWER), "a talking call can be answered");
	if (tsp.lineSetAppSpecific) {
		check(65, tsp.lineSetAppSpecific(calls[call].hd, 0xABCD1234) == 0 && fetch_info(call, &i) && i->dwAppSpecific == 0xABCD1234, "application data is not kept");
		free(i);
		wait_quiet(60);
		check(65, calls[call].told_info & LINECALLINFOSTATE_APPSPECIFIC, "no LINE_CALLINFO names the new application data");
	}
	if (tsp.lineSetMediaMode) {
		check(65, tsp.lineSetMediaMode(calls[call].hd, LINEMEDIAMODE_INTERACTIVEVOICE) == 0 && fetch_info(call, &i) && i->dwMediaMode == LINEMEDIAMODE_INTERACTIVEVOICE, "the media mode is not kept");
		free(i);
	}
	wait_quiet(60);
	if (features & LINECALLFEATURE_HOLD) {
		hold_call(call, &request);
		check(63, wait_completed(request, patience) && wait_state(call, LINECALLSTATE_ONHOLD, patience), "lineHold does not lead to ONHOLD");
		check(63, hold_call(call, &request) == (LONG)LINEERR_INVALCALLSTATE, "lineHold of a held call is not INVALCALLSTATE");
		check_call_counts(69, test_line);
		unhold_call(call, &request);
		check(63, wait_completed(request, patience) && wait_state(call, LINECALLSTATE_CONNECTED, patience), "lineUnhold does not lead to CONNECTED");
		pbx_command("hold %s", lines[test_line].address);
		check(63, wait_state(call, LINECALLSTATE_ONHOLD, patience), "hold at the phone is not ONHOLD");
		pbx_command("unhold %s", lines[test_line].address);
		check(63, wait_state(call, LINECALLSTATE_CONNECTED, patience), "resuming at the phone is not CONNECTED");
	}
	pbx_command("far-hangup %s", lines[test_line].address);
	check(49, wait_idle(call), "a call that the far end ended is not IDLE");
	check(48, calls[call].states_seen & LINECALLSTATE_DISCONNECTED, "a call that the far end ended was not DISCONNECTED");
	close_call(call);
	check_call_counts(69, test_line);
	if (ring_line(test_line, "0301234", &other)) { /* rejected */
		drop_call(other, &request);
		check(58, wait_completed(request, 2 * patience) && wait_idle(other) && !(calls[other].states_seen & LINECALLSTATE_CONNECTED), "a rejected call does not end");
		close_call(other);
	}
}

static void test_declined_call(void)
{
	DWORD before = last_call(), call;

	decline_next = 1;
	pbx_command("inbound 0301111 -> %s", lines[test_line].address);
	wait_quiet(150);
	check(45, last_call() > before && calls[before + 1].declined, "no call came to be declined");
	decline_next = 0;
	pbx_command("decline %s", lines[test_line].address);
	wait_quiet(150);
	if (ring_line(test_line, "0302222", &call)) {
		rule_ran(45);
		pbx_command("decline %s", lines[test_line].address);
		wait_idle(call);
		close_call(call);
	}
}

static void test_reopened_line(void)
{
	DWORD call, again, before, device = lines[test_line].device;

	if (!connect_call(test_line, &call))
		return;
	close_call(call);
	close_line(test_line);
	before = last_call();
	test_line = open_line(device, 0x30001);
	check(62, test_line != ~0u && wait_new_call(test_line, before, &again, patience), "a line opened again does not show its call");
	if (test_line == ~0u || !calls[before + 1].used)
		return;
	wait_quiet(100);
	check(62, last_call() == before + 1 && calls[again].state == LINECALLSTATE_CONNECTED, "the call is shown %lu times, in state 0x%lx", last_call() - before, calls[again].state);
	pbx_command("hangup %s", lines[test_line].address);
	wait_idle(again);
}

static void test_internal_call(void)
{
	DWORD second, before = last_call(), mine, theirs;

	if (lines_number < 2 || (second = open_line(line_base + 1, 0x30001)) == ~0u) {
		rule_not_run(70, "there is one line only");
		return;
	}
	wait_service(second, 1, 300);
	if (!pbx_command("dial %s %s", lines[test_line].address, lines[second].address))
		return;
	if (wait_new_call(test_line, before, &mine, patience) && wait_new_call(second, before, &theirs, patience)) {
		check(70, calls[mine].id == calls[theirs].id && calls[mine].id, "one call has the ids %lu and %lu", calls[mine].id, calls[theirs].id);
		pbx_command("hangup %s", lines[test_line].address);
		wait_idle(mine);
		wait_idle(theirs);
	}
	close_line(second);
}

void scenario_inbound(void)
{
	static const DWORD versions[] = {0x30001, 0x20002, 0x10003};

	if (!pbx_connected()) {
		static const int need[] = {44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 62, 63, 65, 69, 70};
		for (size_t i = 0; i < sizeof need / sizeof *need; i++)
			rule_not_run(need[i], "no --pbx");
		return;
	}
	for (int i = 0; i < 3; i++)
		if (begin_with_line(versions[i])) {
			test_answered_call(versions[i]);
			session_end();
		}
	if (begin_with_line(0x30001)) {
		test_declined_call();
		test_internal_call();
		test_reopened_line();
		session_end();
	}
}
