#include "host.h"

#include <string.h>

/* Rule R-66 at every moment of a call: the provider's server is killed from within the callback that tells a state, while requests are
 * open, and for longer than anybody waits. The host hears legal messages only, each request is completed, each call ends. */

/* ---- the trap: the kill from within a callback ---- */

enum { CALLED_OUT = LINECALLSTATE_RINGBACK | LINECALLSTATE_PROCEEDING };

static volatile DWORD trap_state; /* 0: sprung */

static void trap(DWORD message, DWORD line, DWORD call)
{
	(void)line;
	if (message != LINE_CALLSTATE || !call || !trap_state || calls[call].state != trap_state)
		return;
	harness("daemon kill");
	trap_state = 0;
}

/* ends sees that a call comes to its end. A call that only TAPI knows is dropped. */
static void ends(DWORD call, const char *what)
{
	ULONGLONG until = GetTickCount64() + 30000;
	DWORD drop = 0;

	while (calls[call].state && !calls[call].idle && GetTickCount64() < until) {
		pbx("all hangup");
		pbx("all decline");
		if (wait_state(call, LINECALLSTATE_IDLE, 300))
			break;
		if (!drop || requests[drop].done || requests[drop].answer < 0)
			drop_call(call, &drop);
	}
	check(66, calls[call].idle || !calls[call].state, "%s: the call stays in 0x%lx", what, calls[call].state);
	if (drop && requests[drop].answer > 0)
		check(66, wait_done(drop, request_limit), "%s: lineDrop is not completed", what);
}

static void well(DWORD line, const char *what)
{
	DWORD call;

	if (lines[line].in_service == 0)
		wait_service(line, 1, 30000);
	harness("daemon wait");
	check(66, talking(line, &call), "%s: no call comes afterwards", what);
	ends(call, what);
	close_call(call);
}

/* ---- ways to the states ---- */

static int dials(DWORD line, DWORD *call)
{
	DWORD request;

	return make_call(line, L"0715551200", NULL, call, &request) > 0;
}

static int dials_nothing(DWORD line, DWORD *call)
{
	DWORD request;

	return make_call(line, L"", NULL, call, &request) > 0;
}

static int rings(DWORD line, DWORD *call) { return ring(line, "0304444", call); }

static int talks(DWORD line, DWORD *call) { return ring(line, "0304444", call) && pbx("answer %s", lines[line].address); }

static int holds(DWORD line, DWORD *call) { return talking(line, call) && pbx("hold %s", lines[line].address); }

static int consults(DWORD line, DWORD *call)
{
	DWORD other, request;

	return talking(line, call) && setup_transfer(*call, &other, &request) > 0;
}

/* A way goes to where it is safe (before); there the trap is set, and the PBX does what leads to the state. Without a place before, the
 * trap is set from the beginning. */
static const struct {
	DWORD state;
	int (*go)(DWORD line, DWORD *call);
	DWORD before;
	const char *verb, *what;
} moments[] = {
	{LINECALLSTATE_DIALTONE, dials, 0, NULL, "killed at DIALTONE"},
	{LINECALLSTATE_DIALTONE, dials_nothing, 0, NULL, "killed at DIALTONE of a call without a number"},
	{LINECALLSTATE_DIALING, dials, 0, NULL, "killed at DIALING"},
	{LINECALLSTATE_PROCEEDING, dials, 0, NULL, "killed at PROCEEDING"},
	{LINECALLSTATE_RINGBACK, dials, 0, NULL, "killed at RINGBACK"},
	{LINECALLSTATE_CONNECTED, dials, CALLED_OUT, "far-answer", "killed at CONNECTED, outbound"},
	{LINECALLSTATE_DISCONNECTED, dials, CALLED_OUT, "far-busy", "killed at DISCONNECTED of a busy number"},
	{LINECALLSTATE_OFFERING, rings, 0, NULL, "killed at OFFERING"},
	{LINECALLSTATE_CONNECTED, rings, LINECALLSTATE_OFFERING, "answer", "killed at CONNECTED, inbound"},
	{LINECALLSTATE_ONHOLD, talks, LINECALLSTATE_CONNECTED, "hold", "killed at ONHOLD"},
	{LINECALLSTATE_CONNECTED, holds, LINECALLSTATE_ONHOLD, "unhold", "killed at CONNECTED, resumed"},
	{LINECALLSTATE_ONHOLDPENDTRANSFER, consults, 0, NULL, "killed at ONHOLDPENDTRANSFER"},
	{LINECALLSTATE_DISCONNECTED, talks, LINECALLSTATE_CONNECTED, "far-hangup", "killed at DISCONNECTED"},
	{LINECALLSTATE_IDLE, talks, LINECALLSTATE_CONNECTED, "far-hangup", "killed at IDLE"},
};

static void at_moment(DWORD line, size_t m)
{
	DWORD call = 0, from = last_call();
	ULONGLONG until;

	in_callback = trap;
	if (moments[m].before) {
		if (moments[m].go(line, &call))
			wait_state(call, moments[m].before, patience);
		trap_state = moments[m].state;
		pbx("%s %s", moments[m].verb, lines[line].address);
	} else {
		trap_state = moments[m].state;
		moments[m].go(line, &call);
	}
	for (until = GetTickCount64() + patience; trap_state && GetTickCount64() < until;)
		Sleep(5);
	check(66, !trap_state, "%s: the call does not come there", moments[m].what);
	in_callback = NULL;
	Sleep((DWORD)m * 13 % 60);
	harness("daemon start");
	for (DWORD k = from + 1; k <= last_call(); k++) {
		ends(k, moments[m].what);
		close_call(k);
	}
	well(line, moments[m].what);
}

/* ---- open requests ---- */

static LONG answers(DWORD call, DWORD *request) { return answer_call(call, request); }
static LONG moves(DWORD call, DWORD *request) { return blind_transfer(call, L"0715551200", request); }
static LONG consult(DWORD call, DWORD *request) { return setup_transfer(call, &(DWORD){0}, request); }

static LONG dial_on(DWORD call, DWORD *request)
{
	*request = request_new("lineDial", calls[call].line, call);
	return request_returned(*request, tsp.lineDial(*request, calls[call].hd, L"0715551200", 0));
}

static LONG make_another(DWORD call, DWORD *request)
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
	{rings, LINECALLSTATE_OFFERING, answers, "killed with lineAnswer open"},
	{rings, LINECALLSTATE_OFFERING, drop_call, "killed with lineDrop open"},
	{talks, LINECALLSTATE_CONNECTED, hold_call, "killed with lineHold open"},
	{holds, LINECALLSTATE_ONHOLD, unhold_call, "killed with lineUnhold open"},
	{talks, LINECALLSTATE_CONNECTED, moves, "killed with lineBlindTransfer open"},
	{talks, LINECALLSTATE_CONNECTED, consult, "killed with lineSetupTransfer open"},
	{dials_nothing, LINECALLSTATE_DIALTONE, dial_on, "killed with lineDial open"},
	{rings, LINECALLSTATE_OFFERING, make_another, "killed with lineMakeCall open"},
};

/* with_request: the PBX's answer is lost, so that the request is open when the server is killed. */
static void with_request(DWORD line, size_t r)
{
	DWORD call, request, from = last_call();
	LONG asked;

	if (!open_requests[r].go(line, &call) || !wait_state(call, open_requests[r].state, patience)) {
		rule_fail(66, "%s: the call does not come to its state", open_requests[r].what);
		return;
	}
	pbx("lose-replies 1");
	asked = open_requests[r].ask(call, &request);
	harness("daemon kill");
	Sleep((DWORD)r * 17 % 60);
	harness("daemon start");
	pbx("lose-replies 0");
	check(66, asked <= 0 || wait_done(request, request_limit), "%s: it is never completed", open_requests[r].what);
	for (DWORD k = from + 1; k <= last_call(); k++) {
		ends(k, open_requests[r].what);
		close_call(k);
	}
	well(line, open_requests[r].what);
}

/* not_closed: TAPI keeps a call that is IDLE over the server's end; the next call is another one, and closing the old one leaves
 * it alone. */
static void not_closed(DWORD line)
{
	static const char what[] = "killed while a call is IDLE and not closed";
	DWORD old, call, request;

	harness("daemon restart"); /* so that the server counts its handles from the beginning, both times */
	harness("daemon wait");
	if (!talking(line, &old))
		return;
	pbx("far-hangup %s", lines[line].address);
	over(old);
	harness("daemon restart");
	harness("daemon wait");
	if (!talking(line, &call)) {
		rule_fail(66, "%s: no call comes afterwards", what);
		return;
	}
	check(66, calls[call].hd != calls[old].hd, "%s: the next call has its handle", what);
	close_call(old);
	quiet(60);
	check(66, call_features(call, NULL, NULL) != ~0u, "%s: the next call went with it", what);
	if (drop_call(call, &request) > 0)
		wait_done(request, patience);
	check(66, over(call), "%s: the next call does not end", what);
	close_call(call);
}

/* ---- away for long ---- */

static const struct {
	int (*go)(DWORD line, DWORD *call);
	DWORD state;
	const char *what;
} resting[] = {
	{rings, LINECALLSTATE_OFFERING, "OFFERING"}, {talks, LINECALLSTATE_CONNECTED, "CONNECTED"}, {holds, LINECALLSTATE_ONHOLD, "ONHOLD"},
	{dials, CALLED_OUT, "RINGBACK"}, {dials_nothing, LINECALLSTATE_DIALTONE, "DIALTONE"},
};

enum { RESTING = sizeof resting / sizeof *resting };

/* for_long has each line's call in another state, and one request open that nobody answers; and one is made while the server is away. */
static void for_long(const DWORD *line, int n)
{
	DWORD call[RESTING], open = 0, late_call, late;

	for (int i = 0; i < n; i++)
		check(66, resting[i].go(line[i], &call[i]) && wait_state(call[i], resting[i].state, patience), "no call to lose in %s", resting[i].what);
	pbx("lose-replies 1");
	drop_call(call[0], &open);
	harness("daemon kill");
	for (int i = 0; i < n; i++) {
		check(66, wait_service(line[i], 0, 15000), "a line whose call is %s is not told out of service", resting[i].what);
		check(66, wait_state(call[i], LINECALLSTATE_UNKNOWN | LINECALLSTATE_IDLE, 15000), "a call in %s does not become UNKNOWN", resting[i].what);
	}
	check(66, requests[open].answer <= 0 || wait_done(open, request_limit), "a request under way is not completed");
	make_call(line[0], L"0715551202", NULL, &late_call, &late);
	harness("daemon start");
	pbx("lose-replies 0");
	for (int i = 0; i < n; i++)
		check(66, wait_service(line[i], 1, 30000), "a line whose call was %s does not come back into service", resting[i].what);
	check(66, requests[late].answer <= 0 || wait_done(late, 90000), "a call made while the server was away is not completed");
	ends(late_call, "made while the server was away");
	for (int i = 0; i < n; i++)
		ends(call[i], resting[i].what);
}

void s_killed(void)
{
	DWORD line[RESTING];
	int n = 0;

	if (!pbx_there() || !harness_there()) {
		rule_not(66, "no --harness that kills and starts the provider's server");
		return;
	}
	pbx("far * silent");
	if (!session_begin(7, 0x30001))
		return;
	while (n < RESTING && n < (int)lines_number && (line[n] = open_line(line_base + (DWORD)n, 0x30001)) != ~0u)
		n++;
	quiet(300);
	for (size_t m = 0; n && m < sizeof moments / sizeof *moments; m++)
		at_moment(line[0], m);
	for (size_t r = 0; n && r < sizeof open_requests / sizeof *open_requests; r++)
		with_request(line[0], r);
	if (n) {
		not_closed(line[0]);
		for_long(line, n);
	}
	session_end();
	pbx("all hangup");
}
