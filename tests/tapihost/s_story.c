#include "host.h"

/* A morning on two lines and a queue, the same each time: what TAPI heard of it is to be compared with a replay of its trace. Every
 * row of the mapping from the PBX to TAPI that a PBX of this kind can bring about has its step. All lines are open from before it to its
 * end, and calls are closed when nothing more is said of them. No rule of its own. */

static DWORD a, b, c; /* lines 41, 43 and 44; 43 and 44 are in queue 60, all three may pick each other up */
static DWORD from;    /* the last call before the step */

static void step(const char *name)
{
	quiet(80);
	from = last_call();
	note("story: %s", name);
}

static int on(DWORD line, const char *verb) { return pbx("%s %s", verb, lines[line].address); }

/* come lets a stranger call the line. */
static DWORD come(DWORD line, const char *who)
{
	DWORD before = last_call(), call = 0;

	if (!pbx("inbound %s -> %s", who, lines[line].address) || !wait_new(line, before, &call, patience))
		rule_fail(68, "story: the call of %s does not come", who);
	return call;
}

static void is(DWORD call, DWORD states)
{
	if (!wait_state(call, states, patience))
		rule_fail(68, "story: call %lu is 0x%lx and not 0x%lx", call, calls[call].state, states);
}

/* theirs is the call of this step on another line. */
static DWORD theirs(DWORD line)
{
	DWORD call = 0;

	if (!wait_new(line, from, &call, patience))
		rule_fail(68, "story: nothing comes to line %s", lines[line].address);
	return call;
}

static void done(DWORD request)
{
	if (requests[request].answer > 0 && !wait_done(request, 2 * patience))
		rule_fail(68, "story: request %lu (%s) is not completed", request, requests[request].name);
}

/* clear sees the step's calls to their end and closes them. */
static void clear(void)
{
	for (DWORD k = from + 1; k <= last_call(); k++)
		if (!calls[k].failed)
			is(k, LINECALLSTATE_IDLE);
	quiet(80);
	for (DWORD k = from + 1; k <= last_call(); k++)
		close_call(k);
}

/* ---- calls that come ---- */

static DWORD answered(DWORD line, const char *who)
{
	DWORD request, call = come(line, who);

	answer_call(call, &request);
	is(call, LINECALLSTATE_CONNECTED);
	done(request);
	return call;
}

static void held(void)
{
	DWORD request, call;

	step("answered through TAPI, held and resumed there and at the phone, ended by the far end");
	call = answered(a, "00497115550101 \"Ada\\tBeck\"");
	hold_call(call, &request);
	is(call, LINECALLSTATE_ONHOLD);
	unhold_call(call, &request);
	is(call, LINECALLSTATE_CONNECTED);
	on(a, "hold");
	is(call, LINECALLSTATE_ONHOLD);
	on(a, "unhold");
	is(call, LINECALLSTATE_CONNECTED);
	on(a, "far-hangup");
	clear();
}

static void renamed(void)
{
	DWORD call;

	step("another name while it rings, the same again, another party while it talks");
	call = come(a, "00497115550102 \"Bo Carl\"");
	pbx("far-rename %s 00497115550102 \"Bo Carlsen\"", lines[a].address);
	pbx("far-rename %s 00497115550102 \"Bo Carlsen\"", lines[a].address);
	on(a, "answer");
	is(call, LINECALLSTATE_CONNECTED);
	pbx("far-rename %s 00497115550103 \"Dee Ek\"", lines[a].address);
	quiet(80);
	on(a, "far-hangup");
	clear();
}

static void unanswered(void)
{
	DWORD request, call;

	step("the caller gives up");
	come(b, "00497115550104");
	on(b, "far-hangup");
	clear();
	step("declined at the phone");
	come(b, "00497115550105");
	on(b, "decline");
	clear();
	step("rejected through TAPI");
	call = come(b, "00497115550106");
	drop_call(call, &request);
	done(request);
	clear();
}

static void two_phones(void)
{
	DWORD call, line = find_line("42");

	step("two phones ring for one line");
	if (line == ~0u)
		return;
	call = come(line, "00497115550107");
	on(line, "answer");
	is(call, LINECALLSTATE_CONNECTED);
	on(line, "hangup");
	clear();
}

static void queue(void)
{
	step("a queue rings two lines, one of them answers");
	pbx("inbound 00497115550108 \"Queue Caller\" -> 60");
	theirs(b), theirs(c);
	on(b, "answer");
	is(theirs(b), LINECALLSTATE_CONNECTED);
	on(b, "hangup");
	clear();
}

static void redirected(void)
{
	step("sent on while it rings");
	come(a, "00497115550109");
	pbx("redirect %s %s", lines[a].address, lines[b].address);
	is(theirs(b), LINECALLSTATE_OFFERING);
	on(b, "answer");
	is(theirs(b), LINECALLSTATE_CONNECTED);
	on(b, "hangup");
	clear();
}

/* ---- pickup ---- */

static void picked_up(void)
{
	DWORD call = ~0u, request;
	WCHAR to[64];

	step("picked up through TAPI");
	come(b, "00497115550110");
	MultiByteToWideChar(CP_UTF8, 0, lines[b].address, -1, to, 64);
	if (pick_up(a, to, &call, &request) > 0) {
		done(request);
		is(call, LINECALLSTATE_CONNECTED);
		on(a, "hangup");
	} else
		on(b, "decline");
	clear();
	step("picked up at the phone");
	come(b, "00497115550111");
	pbx("pickup %s %s", lines[a].address, lines[b].address);
	is(theirs(a), LINECALLSTATE_CONNECTED);
	on(a, "hangup");
	clear();
}

/* ---- calls that go ---- */

static DWORD dialled(LPCWSTR to)
{
	DWORD call, request;

	make_call(a, to, NULL, &call, &request);
	done(request);
	is(call, LINECALLSTATE_RINGBACK | LINECALLSTATE_PROCEEDING);
	return call;
}

static void out(void)
{
	DWORD call, request;

	step("dialled through TAPI, answered, dropped through TAPI");
	call = dialled(L"0711 555-0202");
	on(a, "far-answer");
	is(call, LINECALLSTATE_CONNECTED);
	drop_call(call, &request);
	done(request);
	clear();
	step("dialled, and busy");
	dialled(L"07115550203");
	on(a, "far-busy");
	clear();
	step("dialled, and declined");
	dialled(L"07115550204");
	on(a, "far-decline");
	clear();
	step("refused by the PBX");
	pbx("fail-next base.Dial \"no\"");
	make_call(a, L"07115550205", NULL, &call, &request);
	done(request);
	clear();
	step("dialled at the phone");
	pbx("dial %s 07115550206", lines[a].address);
	is(theirs(a), LINECALLSTATE_RINGBACK | LINECALLSTATE_PROCEEDING);
	on(a, "far-answer");
	is(theirs(a), LINECALLSTATE_CONNECTED);
	on(a, "hangup");
	clear();
	step("taken off the hook first, dialled then");
	make_call(a, L"", NULL, &call, &request);
	is(call, LINECALLSTATE_DIALTONE);
	request = request_new("lineDial", a, call);
	request_returned(request, tsp.lineDial(request, calls[call].hd, L"07115550207", 0));
	done(request);
	is(call, LINECALLSTATE_RINGBACK | LINECALLSTATE_PROCEEDING);
	on(a, "hangup");
	clear();
}

/* ---- transfer ---- */

static void handed_over(void)
{
	DWORD request, call;
	WCHAR to[64];

	step("blind transfer");
	call = answered(a, "00497115550301 \"Cai Dorn\"");
	MultiByteToWideChar(CP_UTF8, 0, lines[b].address, -1, to, 64);
	blind_transfer(call, to, &request);
	done(request);
	is(theirs(b), LINECALLSTATE_OFFERING);
	on(b, "answer");
	is(theirs(b), LINECALLSTATE_CONNECTED);
	on(b, "hangup");
	clear();
}

/* consulted brings a call to ONHOLDPENDTRANSFER with a talking consultation to line b. */
static DWORD consulted(DWORD call, DWORD *consult)
{
	DWORD request;
	WCHAR to[64];

	if (setup_transfer(call, consult, &request) <= 0)
		return 0;
	done(request);
	is(*consult, LINECALLSTATE_DIALTONE);
	MultiByteToWideChar(CP_UTF8, 0, lines[b].address, -1, to, 64);
	request = request_new("lineDial", calls[*consult].line, *consult);
	request_returned(request, tsp.lineDial(request, calls[*consult].hd, to, 0));
	done(request);
	is(theirs(b), LINECALLSTATE_OFFERING);
	on(b, "answer");
	is(*consult, LINECALLSTATE_CONNECTED);
	return 1;
}

static void consultation(void)
{
	DWORD request, call, consult;

	step("transfer after a consultation, refused once");
	call = answered(a, "00497115550302");
	if (consulted(call, &consult)) {
		pbx("fail-next phone.Transfer \"no\"");
		for (int i = 0; i < 2; i++) {
			request = request_new("lineCompleteTransfer", a, call);
			request_returned(request, tsp.lineCompleteTransfer(request, calls[call].hd, calls[consult].hd, NULL, NULL, LINETRANSFERMODE_TRANSFER));
			done(request);
			quiet(80);
		}
		on(b, "hangup");
	}
	pbx("all hangup");
	clear();
	step("a consultation that is given up");
	call = answered(a, "00497115550303");
	if (setup_transfer(call, &consult, &request) > 0) {
		done(request);
		is(consult, LINECALLSTATE_DIALTONE);
		drop_call(consult, &request);
		done(request);
		is(consult, LINECALLSTATE_IDLE);
		unhold_call(call, &request);
		is(call, LINECALLSTATE_CONNECTED);
	}
	pbx("all hangup");
	clear();
}

/* ---- the session ---- */

static void session_lost(void)
{
	DWORD call;

	if (!harness_there())
		return;
	step("a call that began while the session was away for a moment");
	harness("link cut");
	pbx("inbound 00497115550401 -> %s", lines[a].address);
	harness("link mend");
	pbx("wait login switch 25s");
	quiet(300);
	on(a, "answer");
	is(theirs(a), LINECALLSTATE_CONNECTED);
	on(a, "hangup");
	clear();
	step("the session is away for long, and one of two calls ends meanwhile");
	call = answered(a, "00497115550402");
	answered(b, "00497115550403");
	harness("link cut");
	if (!wait_service(a, 0, 20000) || !wait_service(b, 0, 20000))
		rule_fail(68, "story: lines are not told out of service");
	is(call, LINECALLSTATE_UNKNOWN);
	on(b, "hangup");
	harness("link mend");
	if (!wait_service(a, 1, 90000))
		rule_fail(68, "story: the line does not come back");
	quiet(300);
	on(a, "hangup");
	clear();
}

void s_story(void)
{
	if (!pbx_there() || !session_begin(7, 0x30001))
		return;
	for (DWORD i = 0; i < lines_number; i++)
		open_line(line_base + i, 0x30001);
	a = find_line("41"), b = find_line("43"), c = find_line("44");
	if (a == ~0u || b == ~0u || c == ~0u) {
		rule_fail(68, "story: no lines 41, 43 and 44");
	} else {
		pbx("far * silent");
		quiet(500);
		monitor_mark();
		held();
		renamed();
		unanswered();
		two_phones();
		queue();
		redirected();
		picked_up();
		out();
		handed_over();
		consultation();
		session_lost();
		quiet(300);
		monitor_mark();
	}
	session_end();
}
