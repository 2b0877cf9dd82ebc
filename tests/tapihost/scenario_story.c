/* SPDX-License-Identifier: MIT */
#include "host.h"

/* This scenario plays a fixed series of calls on three lines and a queue, whose messages a test compares with a replay of the trace
 * (rule R-68). It has a step for every row of the mapping from the PBX to TAPI that the simulated PBX can produce. All lines are open
 * from start to end, and calls are closed after their last message. */

static DWORD line_a, line_b, line_c; /* lines 41, 43 and 44; 43 and 44 are in queue 60, all three may pick each other up */
static DWORD last_before_step;    /* the last call before the step */

static void begin_step(const char *name)
{
	wait_quiet(80);
	last_before_step = last_call();
	note("story: %s", name);
}

static int line_command(DWORD line, const char *verb) { return pbx_command("%s %s", verb, lines[line].address); }

/* inbound_call makes a call from outside to the line. */
static DWORD inbound_call(DWORD line, const char *who)
{
	DWORD before = last_call(), call = 0;

	if (!pbx_command("inbound %s -> %s", who, lines[line].address) || !wait_new_call(line, before, &call, patience))
		rule_fail(68, "story: the call from %s is not announced", who);
	return call;
}

static void expect_state(DWORD call, DWORD states)
{
	if (!wait_state(call, states, patience))
		rule_fail(68, "story: call %lu is 0x%lx and not 0x%lx", call, calls[call].state, states);
}

/* other_call waits for this step's call on another line. */
static DWORD other_call(DWORD line)
{
	DWORD call = 0;

	if (!wait_new_call(line, last_before_step, &call, patience))
		rule_fail(68, "story: no call is announced on line %s", lines[line].address);
	return call;
}

static void expect_completed(DWORD request)
{
	if (requests[request].return_value > 0 && !wait_completed(request, 2 * patience))
		rule_fail(68, "story: request %lu (%s) is not completed", request, requests[request].name);
}

/* close_all_calls waits until the step's calls are IDLE and closes them. */
static void close_all_calls(void)
{
	for (DWORD k = last_before_step + 1; k <= last_call(); k++)
		if (!calls[k].failed)
			expect_state(k, LINECALLSTATE_IDLE);
	wait_quiet(80);
	for (DWORD k = last_before_step + 1; k <= last_call(); k++)
		close_call(k);
}

/* ---- inbound calls ---- */

static DWORD answered_call(DWORD line, const char *who)
{
	DWORD request, call = inbound_call(line, who);

	answer_call(call, &request);
	expect_state(call, LINECALLSTATE_CONNECTED);
	expect_completed(request);
	return call;
}

static void story_hold(void)
{
	DWORD request, call;

	begin_step("answered through TAPI, held and resumed there and at the phone, ended by the far end");
	call = answered_call(line_a, "00497115550101 \"Ada\\tBeck\"");
	hold_call(call, &request);
	expect_state(call, LINECALLSTATE_ONHOLD);
	unhold_call(call, &request);
	expect_state(call, LINECALLSTATE_CONNECTED);
	line_command(line_a, "hold");
	expect_state(call, LINECALLSTATE_ONHOLD);
	line_command(line_a, "unhold");
	expect_state(call, LINECALLSTATE_CONNECTED);
	line_command(line_a, "far-hangup");
	close_all_calls();
}

static void story_rename(void)
{
	DWORD call;

	begin_step("another name while it rings, the same again, another party while it talks");
	call = inbound_call(line_a, "00497115550102 \"Bo Carl\"");
	pbx_command("far-rename %s 00497115550102 \"Bo Carlsen\"", lines[line_a].address);
	pbx_command("far-rename %s 00497115550102 \"Bo Carlsen\"", lines[line_a].address);
	line_command(line_a, "answer");
	expect_state(call, LINECALLSTATE_CONNECTED);
	pbx_command("far-rename %s 00497115550103 \"Dee Ek\"", lines[line_a].address);
	wait_quiet(80);
	line_command(line_a, "far-hangup");
	close_all_calls();
}

static void story_unanswered(void)
{
	DWORD request, call;

	begin_step("the caller gives up");
	inbound_call(line_b, "00497115550104");
	line_command(line_b, "far-hangup");
	close_all_calls();
	begin_step("declined at the phone");
	inbound_call(line_b, "00497115550105");
	line_command(line_b, "decline");
	close_all_calls();
	begin_step("rejected through TAPI");
	call = inbound_call(line_b, "00497115550106");
	drop_call(call, &request);
	expect_completed(request);
	close_all_calls();
}

static void story_two_phones(void)
{
	DWORD call, line = find_line("42");

	begin_step("two phones ring for one line");
	if (line == ~0u)
		return;
	call = inbound_call(line, "00497115550107");
	line_command(line, "answer");
	expect_state(call, LINECALLSTATE_CONNECTED);
	line_command(line, "hangup");
	close_all_calls();
}

static void story_queue(void)
{
	begin_step("a queue rings two lines, one of them answers");
	pbx_command("inbound 00497115550108 \"Queue Caller\" -> 60");
	other_call(line_b), other_call(line_c);
	line_command(line_b, "answer");
	expect_state(other_call(line_b), LINECALLSTATE_CONNECTED);
	line_command(line_b, "hangup");
	close_all_calls();
}

static void story_redirect(void)
{
	begin_step("sent on while it rings");
	inbound_call(line_a, "00497115550109");
	pbx_command("redirect %s %s", lines[line_a].address, lines[line_b].address);
	expect_state(other_call(line_b), LINECALLSTATE_OFFERING);
	line_command(line_b, "answer");
	expect_state(other_call(line_b), LINECALLSTATE_CONNECTED);
	line_command(line_b, "hangup");
	close_all_calls();
}

/* ---- pickup ---- */

static void story_pickup(void)
{
	DWORD call = ~0u, request;
	WCHAR to[64];

	begin_step("picked up through TAPI");
	inbound_call(line_b, "00497115550110");
	MultiByteToWideChar(CP_UTF8, 0, lines[line_b].address, -1, to, 64);
	if (pick_up(line_a, to, &call, &request) > 0) {
		expect_completed(request);
		expect_state(call, LINECALLSTATE_CONNECTED);
		line_command(line_a, "hangup");
	} else
		line_command(line_b, "decline");
	close_all_calls();
	begin_step("picked up at the phone");
	inbound_call(line_b, "00497115550111");
	pbx_command("pickup %s %s", lines[line_a].address, lines[line_b].address);
	expect_state(other_call(line_a), LINECALLSTATE_CONNECTED);
	line_command(line_a, "hangup");
	close_all_calls();
}

/* ---- outbound calls ---- */

static DWORD dialled_call(LPCWSTR to)
{
	DWORD call, request;

	make_call(line_a, to, NULL, &call, &request);
	expect_completed(request);
	expect_state(call, LINECALLSTATE_RINGBACK | LINECALLSTATE_PROCEEDING);
	return call;
}

static void story_outbound(void)
{
	DWORD call, request;

	begin_step("dialled through TAPI, answered, dropped through TAPI");
	call = dialled_call(L"0711 555-0202");
	line_command(line_a, "far-answer");
	expect_state(call, LINECALLSTATE_CONNECTED);
	drop_call(call, &request);
	expect_completed(request);
	close_all_calls();
	begin_step("dialled, and busy");
	dialled_call(L"07115550203");
	line_command(line_a, "far-busy");
	close_all_calls();
	begin_step("dialled, and declined");
	dialled_call(L"07115550204");
	line_command(line_a, "far-decline");
	close_all_calls();
	begin_step("refused by the PBX");
	pbx_command("fail-next base.Dial \"no\"");
	make_call(line_a, L"07115550205", NULL, &call, &request);
	expect_completed(request);
	close_all_calls();
	begin_step("dialled at the phone");
	pbx_command("dial %s 07115550206", lines[line_a].address);
	expect_state(other_call(line_a), LINECALLSTATE_RINGBACK | LINECALLSTATE_PROCEEDING);
	line_command(line_a, "far-answer");
	expect_state(other_call(line_a), LINECALLSTATE_CONNECTED);
	line_command(line_a, "hangup");
	close_all_calls();
	begin_step("taken off the hook first, dialled then");
	make_call(line_a, L"", NULL, &call, &request);
	expect_state(call, LINECALLSTATE_DIALTONE);
	request = request_new("lineDial", line_a, call);
	request_returned(request, tsp.lineDial(request, calls[call].hd, L"07115550207", 0));
	expect_completed(request);
	expect_state(call, LINECALLSTATE_RINGBACK | LINECALLSTATE_PROCEEDING);
	line_command(line_a, "hangup");
	close_all_calls();
}

/* ---- transfer ---- */

static void story_blind_transfer(void)
{
	DWORD request, call;
	WCHAR to[64];

	begin_step("blind transfer");
	call = answered_call(line_a, "00497115550301 \"Cai Dorn\"");
	MultiByteToWideChar(CP_UTF8, 0, lines[line_b].address, -1, to, 64);
	blind_transfer(call, to, &request);
	expect_completed(request);
	expect_state(other_call(line_b), LINECALLSTATE_OFFERING);
	line_command(line_b, "answer");
	expect_state(other_call(line_b), LINECALLSTATE_CONNECTED);
	line_command(line_b, "hangup");
	close_all_calls();
}

/* begin_consultation brings a call to ONHOLDPENDTRANSFER with a connected consultation call to line_b. */
static DWORD begin_consultation(DWORD call, DWORD *consult)
{
	DWORD request;
	WCHAR to[64];

	if (setup_transfer(call, consult, &request) <= 0)
		return 0;
	expect_completed(request);
	expect_state(*consult, LINECALLSTATE_DIALTONE);
	MultiByteToWideChar(CP_UTF8, 0, lines[line_b].address, -1, to, 64);
	request = request_new("lineDial", calls[*consult].line, *consult);
	request_returned(request, tsp.lineDial(request, calls[*consult].hd, to, 0));
	expect_completed(request);
	expect_state(other_call(line_b), LINECALLSTATE_OFFERING);
	line_command(line_b, "answer");
	expect_state(*consult, LINECALLSTATE_CONNECTED);
	return 1;
}

static void story_consultation(void)
{
	DWORD request, call, consult;

	begin_step("transfer after a consultation, refused once");
	call = answered_call(line_a, "00497115550302");
	if (begin_consultation(call, &consult)) {
		pbx_command("fail-next phone.Transfer \"no\"");
		for (int i = 0; i < 2; i++) {
			request = request_new("lineCompleteTransfer", line_a, call);
			request_returned(request, tsp.lineCompleteTransfer(request, calls[call].hd, calls[consult].hd, NULL, NULL, LINETRANSFERMODE_TRANSFER));
			expect_completed(request);
			wait_quiet(80);
		}
		line_command(line_b, "hangup");
	}
	pbx_command("all hangup");
	close_all_calls();
	begin_step("a consultation that is given up");
	call = answered_call(line_a, "00497115550303");
	if (setup_transfer(call, &consult, &request) > 0) {
		expect_completed(request);
		expect_state(consult, LINECALLSTATE_DIALTONE);
		drop_call(consult, &request);
		expect_completed(request);
		expect_state(consult, LINECALLSTATE_IDLE);
		unhold_call(call, &request);
		expect_state(call, LINECALLSTATE_CONNECTED);
	}
	pbx_command("all hangup");
	close_all_calls();
}

/* ---- the session ---- */

static void story_session_lost(void)
{
	DWORD call;

	if (!harness_connected())
		return;
	begin_step("a call that began while the session was away for a moment");
	harness_command("link cut");
	pbx_command("inbound 00497115550401 -> %s", lines[line_a].address);
	harness_command("link mend");
	pbx_command("wait login switch 25s");
	wait_quiet(300);
	line_command(line_a, "answer");
	expect_state(other_call(line_a), LINECALLSTATE_CONNECTED);
	line_command(line_a, "hangup");
	close_all_calls();
	begin_step("the session is away for long, and one of two calls ends meanwhile");
	call = answered_call(line_a, "00497115550402");
	answered_call(line_b, "00497115550403");
	harness_command("link cut");
	if (!wait_service(line_a, 0, 20000) || !wait_service(line_b, 0, 20000))
		rule_fail(68, "story: lines are not told out of service");
	expect_state(call, LINECALLSTATE_UNKNOWN);
	line_command(line_b, "hangup");
	harness_command("link mend");
	if (!wait_service(line_a, 1, 90000))
		rule_fail(68, "story: the line does not come back");
	wait_quiet(300);
	line_command(line_a, "hangup");
	close_all_calls();
}

void scenario_story(void)
{
	if (!pbx_connected() || !session_begin(7, 0x30001))
		return;
	for (DWORD i = 0; i < lines_number; i++)
		open_line(line_base + i, 0x30001);
	line_a = find_line("41"), line_b = find_line("43"), line_c = find_line("44");
	if (line_a == ~0u || line_b == ~0u || line_c == ~0u) {
		rule_fail(68, "story: no lines 41, 43 and 44");
	} else {
		pbx_command("far * silent");
		wait_quiet(500);
		monitor_mark();
		story_hold();
		story_rename();
		story_unanswered();
		story_two_phones();
		story_queue();
		story_redirect();
		story_pickup();
		story_outbound();
		story_blind_transfer();
		story_consultation();
		story_session_lost();
		wait_quiet(300);
		monitor_mark();
	}
	session_end();
}
