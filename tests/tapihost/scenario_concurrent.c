/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* This scenario calls the provider from several threads while a callback runs: rules. */

static DWORD other_call, other_line;
static HANDLE other_done;
static LONGLONG other_thread_took, shortest_took; /* of the last call, and of the fastest: a busy machine delays some, a held lock all */

static DWORD WINAPI ask_on_other_thread(LPVOID unused)
{
	LINECALLINFO *i;
	BYTE status[1024] = {0};
	LONGLONG began = now_us();

	(void)unused;
	if (fetch_info(other_call, &i))
		free(i);
	call_features(other_call, NULL, NULL);
	((LINEDEVSTATUS *)status)->dwTotalSize = sizeof status;
	tsp.lineGetLineDevStatus(lines[other_line].hd, (LINEDEVSTATUS *)status);
	other_thread_took = now_us() - began;
	SetEvent(other_done);
	return 0;
}

static void ask_from_other_thread(DWORD message, DWORD line, DWORD call)
{
	HANDLE t;

	if (message != LINE_CALLSTATE || !call)
		return;
	other_call = call, other_line = line;
	ResetEvent(other_done);
	t = CreateThread(NULL, 0, ask_on_other_thread, NULL, 0, NULL);
	check(32, WaitForSingleObject(other_done, 2000) == WAIT_OBJECT_0, "another thread's calls do not return while a callback runs: a lock is held");
	if (!shortest_took || other_thread_took < shortest_took)
		shortest_took = other_thread_took;
	CloseHandle(t);
}

static DWORD WINAPI close_on_other_thread(LPVOID call)
{
	close_call((DWORD)(ULONG_PTR)call);
	SetEvent(other_done);
	return 0;
}

static void close_from_other_thread(DWORD message, DWORD line, DWORD call)
{
	HANDLE t;
	LONGLONG began = now_us();

	(void)line;
	if (message != LINE_CALLSTATE || !call || calls[call].state != LINECALLSTATE_CONNECTED)
		return;
	ResetEvent(other_done);
	t = CreateThread(NULL, 0, close_on_other_thread, (LPVOID)(ULONG_PTR)call, 0, NULL);
	check(32, WaitForSingleObject(other_done, 2000) == WAIT_OBJECT_0, "lineCloseCall on another thread does not return while a callback of the call runs");
	check(32, now_us() - began < 1000000, "lineCloseCall took %lld ms while a callback of the call ran", (now_us() - began) / 1000);
	CloseHandle(t);
}

void scenario_concurrent(void)
{
	DWORD call;

	if (!pbx_connected()) {
		rule_not_run(32, "no --pbx");
		return;
	}
	if (!begin_with_line(0x30001))
		return;
	other_done = CreateEventW(NULL, TRUE, FALSE, NULL);
	callback_delay = 50, shortest_took = 0;
	callback_hook = ask_from_other_thread;
	if (connect_call(test_line, &call)) {
		pbx_command("far-hangup %s", lines[test_line].address);
		wait_idle(call);
	}
	check(32, shortest_took && shortest_took < 150000, "another thread's calls took %lld ms or more while a callback ran", shortest_took / 1000);
	callback_hook = NULL; /* the monitor finds two callbacks at once: rule R-31 */
	for (int i = 0; i < 3; i++)
		if (ring_line(test_line, "0301234", &call)) {
			DWORD request;
			answer_call(call, &request);
			hold_call(call, &request);
			wait_completed(request, patience);
			pbx_command("far-hangup %s", lines[test_line].address);
			wait_idle(call);
			close_call(call);
		}
	callback_hook = close_from_other_thread;
	connect_call(test_line, &call);
	callback_hook = NULL, callback_delay = 0;
	pbx_command("hangup %s", lines[test_line].address);
	wait_quiet(150);
	session_end();
	CloseHandle(other_done);
}
