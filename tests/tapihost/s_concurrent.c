#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Callbacks and threads: rules. */

static DWORD other_call, other_line;
static HANDLE other_done;
static LONGLONG other_took, least_took; /* of the latest, and of the quickest: the machine may be busy, a lock is held each time */

static DWORD WINAPI other(LPVOID unused)
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
	other_took = now_us() - began;
	SetEvent(other_done);
	return 0;
}

static void call_from_elsewhere(DWORD message, DWORD line, DWORD call)
{
	HANDLE t;

	if (message != LINE_CALLSTATE || !call)
		return;
	other_call = call, other_line = line;
	ResetEvent(other_done);
	t = CreateThread(NULL, 0, other, NULL, 0, NULL);
	check(32, WaitForSingleObject(other_done, 2000) == WAIT_OBJECT_0, "another thread's calls do not return while a callback runs: a lock is held");
	if (!least_took || other_took < least_took)
		least_took = other_took;
	CloseHandle(t);
}

static DWORD WINAPI closer(LPVOID call)
{
	close_call((DWORD)(ULONG_PTR)call);
	SetEvent(other_done);
	return 0;
}

static void close_from_elsewhere(DWORD message, DWORD line, DWORD call)
{
	HANDLE t;
	LONGLONG began = now_us();

	(void)line;
	if (message != LINE_CALLSTATE || !call || calls[call].state != LINECALLSTATE_CONNECTED)
		return;
	ResetEvent(other_done);
	t = CreateThread(NULL, 0, closer, (LPVOID)(ULONG_PTR)call, 0, NULL);
	check(32, WaitForSingleObject(other_done, 2000) == WAIT_OBJECT_0, "lineCloseCall on another thread does not return while a callback of the call runs");
	check(32, now_us() - began < 1000000, "lineCloseCall took %lld ms while a callback of the call ran", (now_us() - began) / 1000);
	CloseHandle(t);
}

void s_concurrent(void)
{
	DWORD call;

	if (!pbx_there()) {
		rule_not(32, "no --pbx");
		return;
	}
	if (!ready(0x30001))
		return;
	other_done = CreateEventW(NULL, TRUE, FALSE, NULL);
	callback_sleep = 50, least_took = 0;
	in_callback = call_from_elsewhere;
	if (talking(at_hand, &call)) {
		pbx("far-hangup %s", lines[at_hand].address);
		over(call);
	}
	check(32, least_took && least_took < 150000, "another thread's calls took %lld ms or more while a callback ran", least_took / 1000);
	in_callback = NULL; /* two at once are seen by the monitor: rule R-31 */
	for (int i = 0; i < 3; i++)
		if (ring(at_hand, "0301234", &call)) {
			DWORD request;
			answer_call(call, &request);
			hold_call(call, &request);
			wait_done(request, patience);
			pbx("far-hangup %s", lines[at_hand].address);
			over(call);
			close_call(call);
		}
	in_callback = close_from_elsewhere;
	talking(at_hand, &call);
	in_callback = NULL, callback_sleep = 0;
	pbx("hangup %s", lines[at_hand].address);
	quiet(150);
	session_end();
	CloseHandle(other_done);
}
