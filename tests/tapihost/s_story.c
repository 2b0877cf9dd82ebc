#include "host.h"

/* A morning on two lines, the same each time: what TAPI heard of it is to be compared with a replay of its trace. All lines
 * are open from before it to its end. Not a rule of its own. */

static int on(DWORD line, const char *verb) { return pbx("%s %s", verb, lines[line].address); }

/* comes lets a stranger call the line. */
static DWORD comes(DWORD line, const char *who)
{
	DWORD before = last_call(), call = 0;

	if (!pbx("inbound %s -> %s", who, lines[line].address) || !wait_new(line, before, &call, patience))
		rule_fail(72, "story: the call of %s does not come", who);
	return call;
}

static void answered(DWORD a)
{
	DWORD request, call = comes(a, "00497115550101 \"Ada\\tBeck\"");

	answer_call(call, &request);
	wait_state(call, LINECALLSTATE_CONNECTED, patience);
	hold_call(call, &request);
	wait_state(call, LINECALLSTATE_ONHOLD, patience);
	unhold_call(call, &request);
	wait_state(call, LINECALLSTATE_CONNECTED, patience);
	on(a, "far-hangup");
	wait_state(call, LINECALLSTATE_IDLE, patience);
	close_call(call);
}

static void dialled(DWORD a)
{
	DWORD call, request;

	if (make_call(a, L"0711 555-0202", NULL, &call, &request) <= 0)
		return;
	wait_done(request, patience);
	wait_state(call, LINECALLSTATE_RINGBACK | LINECALLSTATE_PROCEEDING, patience);
	on(a, "far-answer");
	wait_state(call, LINECALLSTATE_CONNECTED, patience);
	drop_call(call, &request);
	wait_done(request, patience);
	wait_state(call, LINECALLSTATE_IDLE, patience);
	close_call(call);
}

static void missed(DWORD a)
{
	DWORD call = comes(a, "00497115550303");

	on(a, "decline");
	wait_state(call, LINECALLSTATE_IDLE, patience);
	close_call(call);
}

static void handed_over(DWORD a, DWORD b)
{
	DWORD request, before, call = comes(a, "00497115550404 \"Cai Dorn\""), other = 0;
	WCHAR to[64];

	answer_call(call, &request);
	wait_state(call, LINECALLSTATE_CONNECTED, patience);
	before = last_call();
	MultiByteToWideChar(CP_UTF8, 0, lines[b].address, -1, to, 64);
	blind_transfer(call, to, &request);
	wait_done(request, patience);
	wait_state(call, LINECALLSTATE_IDLE, patience);
	close_call(call);
	if (wait_new(b, before, &other, patience)) {
		on(b, "answer");
		wait_state(other, LINECALLSTATE_CONNECTED, patience);
		on(b, "hangup");
		wait_state(other, LINECALLSTATE_IDLE, patience);
		close_call(other);
	}
}

void s_story(void)
{
	DWORD a, b;

	if (!pbx_there() || !session_begin(7, 0x30001))
		return;
	for (DWORD i = 0; i < lines_number; i++)
		open_line(line_base + i, 0x30001);
	a = find_line("41"), b = find_line("43");
	if (a == ~0u || b == ~0u) {
		rule_fail(72, "story: no lines 41 and 43");
	} else {
		quiet(500);
		answered(a);
		dialled(a);
		missed(b);
		handed_over(a, b);
		quiet(500);
	}
	session_end();
}
