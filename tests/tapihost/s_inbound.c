#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Calls that come: rules. */

static void answered(DWORD version)
{
	DWORD call, request, features, other;
	LINECALLINFO *i;

	if (!ring(at_hand, "00497115550199", &call)) {
		rule_fail(44, "a call that rings is not announced at version 0x%lx", version);
		return;
	}
	if (fetch_info(call, &i)) {
		check(46, i->dwCallerIDSize > 0 && i->dwOrigin != 0, "the info of a new call has no caller");
		free(i);
	}
	counts_agree(69, at_hand);
	features = call_features(call, NULL, NULL);
	check(52, features & LINECALLFEATURE_ANSWER, "a call that rings cannot be answered (features 0x%lx)", features);
	answer_call(call, &request);
	check(52, wait_done(request, patience) && requests[request].result == 0, "lineAnswer was offered and ends with 0x%lx", (DWORD)requests[request].result);
	check(48, wait_state(call, LINECALLSTATE_CONNECTED, patience), "an answered call is not CONNECTED");
	features = call_features(call, NULL, NULL);
	check(52, !(features & LINECALLFEATURE_ANSWER), "a talking call can be answered");
	if (tsp.lineSetAppSpecific) {
		check(65, tsp.lineSetAppSpecific(calls[call].hd, 0xABCD1234) == 0 && fetch_info(call, &i) && i->dwAppSpecific == 0xABCD1234, "application data is not kept");
		free(i);
		quiet(60);
		check(65, calls[call].told & LINECALLINFOSTATE_APPSPECIFIC, "nobody was told of new application data");
	}
	if (tsp.lineSetMediaMode) {
		check(65, tsp.lineSetMediaMode(calls[call].hd, LINEMEDIAMODE_INTERACTIVEVOICE) == 0 && fetch_info(call, &i) && i->dwMediaMode == LINEMEDIAMODE_INTERACTIVEVOICE, "the media mode is not kept");
		free(i);
	}
	quiet(60);
	if (features & LINECALLFEATURE_HOLD) {
		hold_call(call, &request);
		check(63, wait_done(request, patience) && wait_state(call, LINECALLSTATE_ONHOLD, patience), "lineHold does not lead to ONHOLD");
		check(63, hold_call(call, &request) == (LONG)LINEERR_INVALCALLSTATE, "lineHold of a held call is not INVALCALLSTATE");
		counts_agree(69, at_hand);
		unhold_call(call, &request);
		check(63, wait_done(request, patience) && wait_state(call, LINECALLSTATE_CONNECTED, patience), "lineUnhold does not lead to CONNECTED");
		pbx("hold %s", lines[at_hand].address);
		check(63, wait_state(call, LINECALLSTATE_ONHOLD, patience), "hold at the phone is not ONHOLD");
		pbx("unhold %s", lines[at_hand].address);
		check(63, wait_state(call, LINECALLSTATE_CONNECTED, patience), "resuming at the phone is not CONNECTED");
	}
	pbx("far-hangup %s", lines[at_hand].address);
	check(49, over(call), "a call that the far end ended is not IDLE");
	check(48, calls[call].seen & LINECALLSTATE_DISCONNECTED, "a call that the far end ended was not DISCONNECTED");
	close_call(call);
	counts_agree(69, at_hand);
	if (ring(at_hand, "0301234", &other)) { /* rejected */
		drop_call(other, &request);
		check(58, wait_done(request, 2 * patience) && over(other) && !(calls[other].seen & LINECALLSTATE_CONNECTED), "a rejected call does not end");
		close_call(other);
	}
}

static void declined(void)
{
	DWORD before = last_call(), call;

	decline_next = 1;
	pbx("inbound 0301111 -> %s", lines[at_hand].address);
	quiet(150);
	check(45, last_call() > before && calls[before + 1].decline, "no call came to be declined");
	decline_next = 0;
	pbx("decline %s", lines[at_hand].address);
	quiet(150);
	if (ring(at_hand, "0302222", &call)) {
		rule_ran(45);
		pbx("decline %s", lines[at_hand].address);
		over(call);
		close_call(call);
	}
}

static void opened_again(void)
{
	DWORD call, again, before, device = lines[at_hand].device;

	if (!talking(at_hand, &call))
		return;
	close_call(call);
	close_line(at_hand);
	before = last_call();
	at_hand = open_line(device, 0x30001);
	check(62, at_hand != ~0u && wait_new(at_hand, before, &again, patience), "a line opened again does not show its call");
	if (at_hand == ~0u || !calls[before + 1].used)
		return;
	quiet(100);
	check(62, last_call() == before + 1 && calls[again].state == LINECALLSTATE_CONNECTED, "the call is shown %lu times, in state 0x%lx", last_call() - before, calls[again].state);
	pbx("hangup %s", lines[at_hand].address);
	over(again);
}

static void two_lines(void)
{
	DWORD second, before = last_call(), mine, theirs;

	if (lines_number < 2 || (second = open_line(line_base + 1, 0x30001)) == ~0u) {
		rule_not(70, "there is one line only");
		return;
	}
	wait_service(second, 1, 300);
	if (!pbx("dial %s %s", lines[at_hand].address, lines[second].address))
		return;
	if (wait_new(at_hand, before, &mine, patience) && wait_new(second, before, &theirs, patience)) {
		check(70, calls[mine].id == calls[theirs].id && calls[mine].id, "one call has the ids %lu and %lu", calls[mine].id, calls[theirs].id);
		pbx("hangup %s", lines[at_hand].address);
		over(mine);
		over(theirs);
	}
	close_line(second);
}

void s_inbound(void)
{
	static const DWORD versions[] = {0x30001, 0x20002, 0x10003};

	if (!pbx_there()) {
		static const int need[] = {44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 62, 63, 65, 69, 70};
		for (size_t i = 0; i < sizeof need / sizeof *need; i++)
			rule_not(need[i], "no --pbx");
		return;
	}
	for (int i = 0; i < 3; i++)
		if (ready(versions[i])) {
			answered(versions[i]);
			session_end();
		}
	if (ready(0x30001)) {
		declined();
		two_lines();
		opened_again();
		session_end();
	}
}
