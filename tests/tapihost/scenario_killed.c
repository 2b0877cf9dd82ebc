/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <string.h>

/* This scenario checks rule R-66 in every state of a call: the provider's server is killed from within the callback of a state, while
 * requests are open, and for longer than the grace period. Only legal messages may come, each request must complete, each call end. */

/* ---- the kill from within a callback ---- */

enum { FAR_RINGS = LINECALLSTATE_RINGBACK | LINECALLSTATE_PROCEEDING };

static volatile DWORD kill_state; /* 0: the server was killed */

static void kill_at_state(DWORD message, DWORD line, DWORD call)
{
	(void)line;
	if (message != LINE_CALLSTATE || !call || !kill_state || calls[call].state != kill_state)
		return;
	harness_command("daemon kill");
	kill_state = 0;
}

/* end_call ends a call and checks that it becomes IDLE. It drops a call that only TAPI has. */
static void end_call(DWORD call, const char *what)
{
	ULONGLONG until = GetTickCount64() + 30000;
	DWORD drop = 0;

	while (calls[call].state && !calls[call].idle && GetTickCount64() < until) {
		pbx_command("all hangup");
		pbx_command("all decline");
		if (wait_state(call, LINECALLSTATE_IDLE, 300))
			break;
		if (!drop || requests[drop].completed || requests[drop].return_value < 0)
			drop_call(call, &drop);
	}
	check(66, calls[call].idle || !calls[call].state, "%s: the call stays in 0x%lx", what, calls[call].state);
	if (drop && requests[drop].return_value > 0)
		check(66, wait_completed(drop, request_limit), "%s: lineDrop is not completed", what);
}

static void test_next_call(DWORD line, const char *what)
{
	DWORD call;

	if (lines[line].in_service == 0)
		wait_service(line, 1, 30000);
	harness_command("daemon wait");
	check(66, connect_call(line, &call), "%s: no call comes afterwards", what);
	end_call(call, what);
	close_call(call);
}

/* ---- ways to the states ---- */

static int go_dialling(DWORD line, DWORD *call)
{
	DWORD request;

	return make_call(line, L"0715551200", NULL, call, &request) > 0;
}

static int go_off_hook(DWORD line, DWORD *call)
{
	DWORD request;

	return make_call(line, L"", NULL, call, &request) > 0;
}

static int go_ringing(DWORD line, DWORD *call) { return ring_line(line, "0304444", call); }

static int go_talking(DWORD line, DWORD *call) { return ring_line(line, "0304444", call) && pbx_command("answer %s", lines[line].address); }

static int go_held(DWORD line, DWORD *call) { return connect_call(line, call) && pbx_command("hold %s", lines[line].address); }

static int go_consulting(DWORD line, DWORD *call)
{
	DWORD other, request;

	return connect_call(line, call) && setup_transfer(*call, &other, &request) > 0;
}

/* moments has the states to kill the server in. go brings a call to the state before; then kill_state is set, and the PBX command verb
 * leads to the state. Without a state before, kill_state is set from the beginning. */
static const struct {
	DWORD state;
	int (*go)(DWORD line, DWORD *call);
	DWORD before;
	const char *verb, *what;
} moments[] = {
	{LINECALLSTATE_DIALTONE, go_dialling, 0, NULL, "killed at DIALTONE"},
	{LINECALLSTATE_DIALTONE, go_off_hook, 0, NULL, "killed at DIALTONE of a call without a number"},
	{LINECALLSTATE_DIALING, go_dialling, 0, NULL, "killed at DIALING"},
	{LINECALLSTATE_PROCEEDING, go_dialling, 0, NULL, "killed at PROCEEDING"},
	{LINECALLSTATE_RINGBACK, go_dialling, 0, NULL, "killed at RINGBACK"},
	{LINECALLSTATE_CONNECTED, go_dialling, FAR_RINGS, "far-answer", "killed at CONNECTED, outbound"},
	{LINECALLSTATE_DISCONNECTED, go_dialling, FAR_RINGS, "far-busy", "killed at DISCONNECTED of a busy number"},
	{LINECALLSTATE_OFFERING, go_ringing, 0, NULL, "killed at OFFERING"},
	{LINECALLSTATE_CONNECTED, go_ringing, LINECALLSTATE_OFFERING, "answer", "killed at CONNECTED, inbound"},
	{LINECALLSTATE_ONHOLD, go_talking, LINECALLSTATE_CONNECTED, "hold", "killed at ONHOLD"},
	{LINECALLSTATE_CONNECTED, go_held, LINECALLSTATE_ONHOLD, "unhold", "killed at CONNECTED, resumed"},
	{LINECALLSTATE_ONHOLDPENDTRANSFER, go_consulting, 0, NULL, "killed at ONHOLDPENDTRANSFER"},
	{LINECALLSTATE_DISCONNECTED, go_talking, LINECALLSTATE_CONNECTED, "far-hangup", "killed at DISCONNECTED"},
	{LINECALLSTATE_IDLE, go_talking, LINECALLSTATE_CONNECTED, "far-hangup", "killed at IDLE"},
};

static void test_killed_at_state(DWORD line, size_t m)
{
	DWORD call = 0, from = last_call();
	ULONGLONG until;

	callback_hook = kill_at_state;
	if (moments[m].before) {
		if (moments[m].go(line, &call))
			wait_state(call, moments[m].before, patience);
		kill_state = moments[m].state;
		pbx_command("%s %s", moments[m].verb, lines[line].address);
	} else {
		kill_state = moments[m].state;
		moments[m].go(line, &call);
	}
	for (until = GetTickCount64() + patience; kill_state && GetTickCount64() < until;)
		Sleep(5);
	check(66, !kill_state, "%s: the call does not get there", moments[m].what);
	callback_hook = NULL;
	Sleep((DWORD)m * 13 % 60);
	harness_command("daemon start");
	for (DWORD k = from + 1; k <= last_call(); k++) {
		end_call(k, moments[m].what);
		close_call(k);
	}
	test_next_call(line, moments[m].what);
}

/* ---- open requests ---- */

static LONG request_answer(DWORD call, DWORD *request) { return answer_call(call, request); }
static LONG request_transfer(DWORD call, DWORD *request) { return blind_transfer(call, L"0715551200", request); }
static LONG request_consultation(DWORD call, DWORD *request) { return setup_transfer(call, &(DWORD){0}, request); }

static LONG request_dial(DWORD call, DWORD *request)
{
	*request = request_new("lineDial", calls[call].line, call);
	return request_returned(*request, tsp.lineDial(*request, calls[call].hd, L"0715551200", 0));
}

static LONG request_call(DWORD call, DWORD *request)
{
	DWORD other;

	return make_call(calls[call].line, L"0715551201", NULL, &other, request);
}

static const struct {
	int (*go)(DWORD line, DWORD *call);
	DWORD state;
	LONG (*ask)(DWORD call, DWORD *request);
	const char *what;
} open_requests[] = {
	{go_ringing, LINECALLSTATE_OFFERING, request_answer, "killed with lineAnswer open"},
	{go_ringing, LINECALLSTATE_OFFERING, drop_call, "killed with lineDrop open"},
	{go_talking, LINECALLSTATE_CONNECTED, hold_call, "killed with lineHold open"},
	{go_held, LINECALLSTATE_ONHOLD, unhold_call, "killed with lineUnhold open"},
	{go_talking, LINECALLSTATE_CONNECTED, request_transfer, "killed with lineBlindTransfer open"},
	{go_talking, LINECALLSTATE_CONNECTED, request_consultation, "killed with lineSetupTransfer open"},
	{go_off_hook, LINECALLSTATE_DIALTONE, request_dial, "killed with lineDial open"},
	{go_ringing, LINECALLSTATE_OFFERING, request_call, "killed with lineMakeCall open"},
};

/* test_killed_with_request kills the server while a request is open: the PBX's reply is lost. */
static void test_killed_with_request(DWORD line, size_t r)
{
	DWORD call, request, from = last_call();
	LONG asked_at;

	if (!open_requests[r].go(line, &call) || !wait_state(call, open_requests[r].state, patience)) {
		rule_fail(66, "%s: the call does not come to its state", open_requests[r].what);
		return;
	}
	pbx_command("lose-replies 1");
	asked_at = open_requests[r].ask(call, &request);
	harness_command("daemon kill");
	Sleep((DWORD)r * 17 % 60);
	harness_command("daemon start");
	pbx_command("lose-replies 0");
	check(66, asked_at <= 0 || wait_completed(request, request_limit), "%s: it is never completed", open_requests[r].what);
	for (DWORD k = from + 1; k <= last_call(); k++) {
		end_call(k, open_requests[r].what);
		close_call(k);
	}
	test_next_call(line, open_requests[r].what);
}

/* test_killed_with_unclosed_call kills the server while TAPI has an IDLE call open. The next call must be another one, and closing the old
 * one must not change it. */
static void test_killed_with_unclosed_call(DWORD line)
{
	static const char what[] = "killed while a call is IDLE and not closed";
	DWORD old, call, request;

	harness_command("daemon restart"); /* so that the server counts its handles from the start, both times */
	harness_command("daemon wait");
	if (!connect_call(line, &old))
		return;
	pbx_command("far-hangup %s", lines[line].address);
	wait_idle(old);
	harness_command("daemon restart");
	harness_command("daemon wait");
	if (!connect_call(line, &call)) {
		rule_fail(66, "%s: no call comes afterwards", what);
		return;
	}
	check(66, calls[call].hd != calls[old].hd, "%s: the next call has its handle", what);
	close_call(old);
	wait_quiet(60);
	check(66, call_features(call, NULL, NULL) != ~0u, "%s: the next call was closed with it", what);
	if (drop_call(call, &request) > 0)
		wait_completed(request, patience);
	check(66, wait_idle(call), "%s: the next call does not end", what);
	close_call(call);
}

/* ---- a long absence ---- */

static const struct {
	int (*go)(DWORD line, DWORD *call);
	DWORD state;
	const char *what;
} lasting_states[] = {
	{go_ringing, LINECALLSTATE_OFFERING, "OFFERING"}, {go_talking, LINECALLSTATE_CONNECTED, "CONNECTED"}, {go_held, LINECALLSTATE_ONHOLD, "ONHOLD"},
	{go_dialling, FAR_RINGS, "RINGBACK"}, {go_off_hook, LINECALLSTATE_DIALTONE, "DIALTONE"},
};

enum { LASTING_STATES = sizeof lasting_states / sizeof *lasting_states };

/* test_long_absence kills the server while each line has a call in another state and one request is open that the PBX does not answer, and
 * makes a call while the server is away. */
static void test_long_absence(const DWORD *line, int n)
{
	DWORD call[LASTING_STATES], open = 0, late_call, late;

	for (int i = 0; i < n; i++)
		check(66, lasting_states[i].go(line[i], &call[i]) && wait_state(call[i], lasting_states[i].state, patience), "no call to lose in %s", lasting_states[i].what);
	pbx_command("lose-replies 1");
	drop_call(call[0], &open);
	harness_command("daemon kill");
	for (int i = 0; i < n; i++) {
		check(66, wait_service(line[i], 0, 15000), "a line whose call is %s is not told out of service", lasting_states[i].what);
		check(66, wait_state(call[i], LINECALLSTATE_UNKNOWN | LINECALLSTATE_IDLE, 15000), "a call in %s does not become UNKNOWN", lasting_states[i].what);
	}
	check(66, requests[open].return_value <= 0 || wait_completed(open, request_limit), "a request under way is not completed");
	make_call(line[0], L"0715551202", NULL, &late_call, &late);
	harness_command("daemon start");
	pbx_command("lose-replies 0");
	for (int i = 0; i < n; i++)
		check(66, wait_service(line[i], 1, 30000), "a line whose call was %s does not come back into service", lasting_states[i].what);
	check(66, requests[late].return_value <= 0 || wait_completed(late, 90000), "a call made while the server was away is not completed");
	end_call(late_call, "made while the server was away");
	for (int i = 0; i < n; i++)
		end_call(call[i], lasting_states[i].what);
}

void scenario_killed(void)
{
	DWORD line[LASTING_STATES];
	int n = 0;

	if (!pbx_connected() || !harness_connected()) {
		rule_not_run(66, "no --harness that kills and starts the provider's server");
		return;
	}
	pbx_command("far * silent");
	if (!session_begin(7, 0x30001))
		return;
	while (n < LASTING_STATES && n < (int)lines_number && (line[n] = open_line(line_base + (DWORD)n, 0x30001)) != ~0u)
		n++;
	wait_quiet(300);
	for (size_t m = 0; n && m < sizeof moments / sizeof *moments; m++)
		test_killed_at_state(line[0], m);
	for (size_t r = 0; n && r < sizeof open_requests / sizeof *open_requests; r++)
		test_killed_with_request(line[0], r);
	if (n) {
		test_killed_with_unclosed_call(line[0]);
		test_long_absence(line, n);
	}
	session_end();
	pbx_command("all hangup");
}
