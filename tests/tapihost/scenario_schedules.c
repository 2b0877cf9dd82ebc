/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <string.h>

/* scenario_random makes random steps, checked by the monitor. scenario_schedules runs many short series of such steps, during which the
 * provider's server is killed and started. Only legal messages may come, every function must return, and every call end. */

enum { MAX_LINES = 4, LONG_ABSENCE_IN = 50, DROP_AFTER_MS = 5000 };

static unsigned random_state;

static unsigned random_below(unsigned sides)
{
	random_state = random_state * 1103515245 + 12345;
	return (random_state >> 16) % sides;
}

/* newest_call gives the last call of the line that TAPI still has. */
static DWORD newest_call(DWORD line)
{
	for (DWORD k = last_call(); k > 0 && k + 40 > last_call(); k--)
		if (calls[k].used && calls[k].line == line && !calls[k].closed && calls[k].state)
			return k;
	return 0;
}

static void random_step(DWORD line)
{
	DWORD call = newest_call(line), request;
	const char *at = lines[line].address;

	switch (random_below(14)) {
	case 0: case 1: pbx_command("inbound 030%u \"Caller %u\" -> %s", random_below(9999), random_below(99), at); break;
	case 2: pbx_command("answer %s", at); break;
	case 3: pbx_command("hangup %s", at); break;
	case 4: pbx_command("hold %s", at); break;
	case 5: pbx_command("unhold %s", at); break;
	case 6: if (call) answer_call(call, &request); break;
	case 7: if (call) drop_call(call, &request); break;
	case 8: if (call) hold_call(call, &request); break;
	case 9: if (call) unhold_call(call, &request); break;
	case 10: make_call(line, L"0715551200", NULL, &call, &request); break;
	case 11: if (call && calls[call].state == LINECALLSTATE_IDLE) close_call(call); break;
	case 12: pbx_command("far-hangup %s", at); break;
	default: Sleep(random_below(20));
	}
}

static int begin_session(DWORD *line)
{
	int n = 0;

	if (!pbx_connected() || !session_begin(7, 0x30001))
		return 0;
	while (n < MAX_LINES && n < (int)lines_number && (line[n] = open_line(line_base + (DWORD)n, 0x30001)) != ~0u)
		n++;
	wait_quiet(300);
	return n;
}

void scenario_random(unsigned steps, unsigned seed)
{
	DWORD line[MAX_LINES];
	int n = begin_session(line);

	random_state = seed;
	for (unsigned i = 0; n && i < steps; i++)
		random_step(line[random_below((unsigned)n)]);
	pbx_command("all hangup");
	wait_quiet(400);
	session_end();
}

static DWORD live_call(void)
{
	for (DWORD k = 1; k <= last_call() && k < CALLS; k++)
		if (calls[k].used && !calls[k].closed && calls[k].state && !calls[k].idle)
			return k;
	return 0;
}

/* end_all_calls ends every call. After DROP_AFTER_MS it drops a call, as users do with a call that is shown and does not exist. */
static void end_all_calls(unsigned number)
{
	ULONGLONG began = GetTickCount64(), until = began + 75000; /* a dialled call without events may last a minute */
	DWORD call, drop = 0;

	while ((call = live_call()) && GetTickCount64() < until) {
		pbx_command("all hangup");
		pbx_command("all decline");
		if (!wait_state(call, LINECALLSTATE_IDLE, 20) && GetTickCount64() - began > DROP_AFTER_MS && (!drop || requests[drop].completed || requests[drop].return_value < 0)) {
			drop_call(call, &drop);
			wait_state(call, LINECALLSTATE_IDLE, 200);
		}
	}
	check(66, !call, "schedule %u: call %lu (%s, %s) stays in 0x%lx", number, call, lines[calls[call].line].address, calls[call].made_here ? "made here" : "came", calls[call].state);
}

/* wait_server_back waits until the server works again: a call is announced. */
static void wait_server_back(const DWORD *line, int n, unsigned number)
{
	DWORD at = line[random_below((unsigned)n)], call, before = last_call();
	int came = 0;

	harness_command("daemon wait");
	for (int i = 0; i < 20 && !came; i++) {
		pbx_command("inbound 030%u \"Caller %u\" -> %s", random_below(9999), random_below(99), lines[at].address);
		came = wait_new_call(at, before, &call, 500);
		if (!came) { /* a queued call may keep the line busy */
			pbx_command("all hangup");
			pbx_command("all decline");
		}
	}
	check(66, came, "schedule %u: no call comes to line %s", number, lines[at].address);
}

static void run_schedule(const DWORD *line, int n, unsigned number)
{
	int before = (int)random_below(7), after = (int)random_below(4);

	note("schedule %u", number);
	if (random_below(10) > 0) /* else the server is killed before it has logged in */
		wait_server_back(line, n, number);
	for (int i = 0; i < before; i++)
		random_step(line[random_below((unsigned)n)]);
	harness_command("daemon kill");
	for (int i = 0; i < after; i++)
		random_step(line[random_below((unsigned)n)]);
	Sleep(random_below(LONG_ABSENCE_IN) == 0 ? 6000 : random_below(60));
	harness_command("daemon start");
	for (int i = 0; i < after; i++)
		random_step(line[random_below((unsigned)n)]);
	end_all_calls(number);
	for (DWORD k = 1; k <= last_call() && k < CALLS; k++)
		if (calls[k].used && !calls[k].closed && (calls[k].idle || calls[k].failed))
			close_call(k);
}

void scenario_schedules(unsigned schedules, unsigned seed)
{
	DWORD line[MAX_LINES];
	int n;

	if (!harness_connected()) {
		rule_not_run(66, "no --harness that kills and starts the provider's server");
		return;
	}
	random_state = seed;
	n = begin_session(line);
	for (unsigned i = 0; n && i < schedules; i++)
		run_schedule(line, n, i + 1);
	session_end();
}
