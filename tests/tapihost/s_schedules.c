#include "host.h"

#include <string.h>

/* Sessions of random steps, with the monitor watching; and schedules: a few such steps on two lines, within which the
 * provider's server is killed and comes back, sooner or later. Whatever happens, only legal messages come, every function returns, and
 * every call ends. */

enum { FEW = 4, STAYS_AWAY = 50, LONG_AGO = 5000 };

static unsigned rnd;

static unsigned dice(unsigned sides)
{
	rnd = rnd * 1103515245 + 12345;
	return (rnd >> 16) % sides;
}

/* newest is a call of the line that TAPI still has. */
static DWORD newest(DWORD line)
{
	for (DWORD k = last_call(); k > 0 && k + 40 > last_call(); k--)
		if (calls[k].used && calls[k].line == line && !calls[k].closed && calls[k].state)
			return k;
	return 0;
}

static void step(DWORD line)
{
	DWORD call = newest(line), request;
	const char *at = lines[line].address;

	switch (dice(14)) {
	case 0: case 1: pbx("inbound 030%u \"Caller %u\" -> %s", dice(9999), dice(99), at); break;
	case 2: pbx("answer %s", at); break;
	case 3: pbx("hangup %s", at); break;
	case 4: pbx("hold %s", at); break;
	case 5: pbx("unhold %s", at); break;
	case 6: if (call) answer_call(call, &request); break;
	case 7: if (call) drop_call(call, &request); break;
	case 8: if (call) hold_call(call, &request); break;
	case 9: if (call) unhold_call(call, &request); break;
	case 10: make_call(line, L"0715551200", NULL, &call, &request); break;
	case 11: if (call && calls[call].state == LINECALLSTATE_IDLE) close_call(call); break;
	case 12: pbx("far-hangup %s", at); break;
	default: Sleep(dice(20));
	}
}

static int begin(DWORD *line)
{
	int n = 0;

	if (!pbx_there() || !session_begin(7, 0x30001))
		return 0;
	while (n < FEW && n < (int)lines_number && (line[n] = open_line(line_base + (DWORD)n, 0x30001)) != ~0u)
		n++;
	quiet(300);
	return n;
}

void s_random(unsigned steps, unsigned seed)
{
	DWORD line[FEW];
	int n = begin(line);

	rnd = seed;
	for (unsigned i = 0; n && i < steps; i++)
		step(line[dice((unsigned)n)]);
	pbx("all hangup");
	quiet(400);
	session_end();
}

static DWORD live(void)
{
	for (DWORD k = 1; k <= last_call() && k < CALLS; k++)
		if (calls[k].used && !calls[k].closed && calls[k].state && !calls[k].idle)
			return k;
	return 0;
}

/* all_end sees every call to its end. Who waits for long drops it, as people do with a call that shows and is not there. */
static void all_end(unsigned number)
{
	ULONGLONG began = GetTickCount64(), until = began + 75000; /* a call that was dialled and is not heard of may last a minute */
	DWORD call, drop = 0;

	while ((call = live()) && GetTickCount64() < until) {
		pbx("all hangup");
		pbx("all decline");
		if (!wait_state(call, LINECALLSTATE_IDLE, 20) && GetTickCount64() - began > LONG_AGO && (!drop || requests[drop].done || requests[drop].answer < 0)) {
			drop_call(call, &drop);
			wait_state(call, LINECALLSTATE_IDLE, 200);
		}
	}
	check(66, !call, "schedule %u: call %lu (%s, %s) stays in 0x%lx", number, call, lines[calls[call].line].address, calls[call].made ? "made here" : "came", calls[call].state);
}

/* back waits until the server is there for us again: a call comes through. */
static void back(const DWORD *line, int n, unsigned number)
{
	DWORD at = line[dice((unsigned)n)], call, before = last_call();
	int came = 0;

	harness("daemon wait");
	for (int i = 0; i < 20 && !came; i++) {
		pbx("inbound 030%u \"Caller %u\" -> %s", dice(9999), dice(99), lines[at].address);
		came = wait_new(at, before, &call, 500);
		if (!came) { /* a call that waited for the server may keep the line busy */
			pbx("all hangup");
			pbx("all decline");
		}
	}
	check(66, came, "schedule %u: no call comes to line %s", number, lines[at].address);
}

static void one(const DWORD *line, int n, unsigned number)
{
	int before = (int)dice(7), after = (int)dice(4);

	note("schedule %u", number);
	if (dice(10) > 0) /* else the server is killed before it is fully back */
		back(line, n, number);
	for (int i = 0; i < before; i++)
		step(line[dice((unsigned)n)]);
	harness("daemon kill");
	for (int i = 0; i < after; i++)
		step(line[dice((unsigned)n)]);
	Sleep(dice(STAYS_AWAY) == 0 ? 6000 : dice(60));
	harness("daemon start");
	for (int i = 0; i < after; i++)
		step(line[dice((unsigned)n)]);
	all_end(number);
	for (DWORD k = 1; k <= last_call() && k < CALLS; k++)
		if (calls[k].used && !calls[k].closed && (calls[k].idle || calls[k].failed))
			close_call(k);
}

void s_schedules(unsigned schedules, unsigned seed)
{
	DWORD line[FEW];
	int n;

	if (!harness_there()) {
		rule_not(66, "no --harness that kills and starts the provider's server");
		return;
	}
	rnd = seed;
	n = begin(line);
	for (unsigned i = 0; n && i < schedules; i++)
		one(line, n, i + 1);
	session_end();
}
