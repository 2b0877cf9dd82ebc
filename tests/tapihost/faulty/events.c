/* SPDX-License-Identifier: MIT */
#include "shim.h"

/* This file has the callbacks, with the faults in messages and their times. */

SeenCall seen_calls[CALLS];
DWORD sessions, line_version;
int opened_before;
ULONGLONG opened_at;
CRITICAL_SECTION shared_lock;
LINEEVENT host_event;
ASYNC_COMPLETION host_completion;
const char *request_name[REQUESTS];
HTAPICALL request_call[REQUESTS];
static volatile LONG callbacks_running;
static volatile DWORD callback_thread;

int in_callback(void) { return callbacks_running && callback_thread == GetCurrentThreadId(); }

SeenCall *call_by_host_handle(HTAPICALL ht)
{
	for (int i = 0; ht && i < CALLS; i++)
		if (seen_calls[i].host_handle == ht)
			return &seen_calls[i];
	return NULL;
}

SeenCall *call_by_driver_handle(HDRVCALL hd)
{
	for (int i = CALLS - 1; hd && i >= 0; i--)
		if (seen_calls[i].driver_handle == hd && seen_calls[i].host_handle)
			return &seen_calls[i];
	return NULL;
}

SeenCall *remember_call(HTAPICALL ht, HDRVCALL hd, HTAPILINE line)
{
	static int next;
	SeenCall *s = &seen_calls[next++ % CALLS];

	for (int i = 0; i < CALLS; i++) /* the good provider reuses its handles */
		if (seen_calls[i].driver_handle == hd)
			seen_calls[i].driver_handle = NULL;
	*s = (SeenCall){.host_handle = ht, .driver_handle = hd, .line = line};
	return s;
}

static void send_event(HTAPILINE l, HTAPICALL c, DWORD m, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	if (fault == LOCK_HELD)
		EnterCriticalSection(&shared_lock);
	InterlockedIncrement(&callbacks_running);
	callback_thread = GetCurrentThreadId();
	host_event(l, c, m, p1, p2, p3);
	InterlockedDecrement(&callbacks_running);
	if (fault == LOCK_HELD)
		LeaveCriticalSection(&shared_lock);
}

typedef struct {
	DRV_REQUESTID id;
	LONG result;
	DWORD ms;
} LateCompletion;

static DWORD WINAPI run_late_completion(LPVOID p)
{
	LateCompletion x = *(LateCompletion *)p;

	HeapFree(GetProcessHeap(), 0, p);
	Sleep(x.ms);
	host_completion(x.id, x.result);
	return 0;
}

void complete_later(DRV_REQUESTID id, LONG result, DWORD ms)
{
	LateCompletion *x = HeapAlloc(GetProcessHeap(), 0, sizeof *x);

	*x = (LateCompletion){id, result, ms};
	CloseHandle(CreateThread(NULL, 0, run_late_completion, x, 0, NULL));
}

static int request_is(DRV_REQUESTID id, const char *name) { return request_name[id % REQUESTS] && lstrcmpA(request_name[id % REQUESTS], name) == 0; }

void CALLBACK on_completion(DRV_REQUESTID id, LONG result)
{
	SeenCall *s = call_by_host_handle(request_call[id % REQUESTS]);

	if (fault == NEVER_COMPLETES && request_is(id, "lineHold"))
		return;
	if (fault == NEVER_ENDS_DROP && request_is(id, "lineDrop"))
		return;
	if (fault == OVERLAPS || (fault == COMPLETES_LATE && request_is(id, "lineDrop"))) {
		complete_later(id, result, fault == OVERLAPS ? 0 : 30);
		return;
	}
	if (fault == STATE_FIRST && s && s->made_here && !result)
		send_event(s->line, s->host_handle, LINE_CALLSTATE, LINECALLSTATE_DIALTONE, 1, LINEMEDIAMODE_INTERACTIVEVOICE);
	host_completion(id, result);
	if (s && s->made_here && (request_is(id, "lineMakeCall")))
		s->completed = 1, s->completed_at = GetTickCount64();
	if (fault == COMPLETES_TWICE && request_is(id, "lineAnswer"))
		host_completion(id, result);
	if (fault == FAILED_IDLE && result && s && s->made_here)
		send_event(s->line, s->host_handle, LINE_CALLSTATE, LINECALLSTATE_IDLE, 0, LINEMEDIAMODE_INTERACTIVEVOICE);
}

static void on_new_call(HTAPILINE l, HTAPICALL c, DWORD_PTR p1, DWORD_PTR p2)
{
	HTAPICALL *htapicall_out = (HTAPICALL *)p2;

	if (fault == NOT_SHOWN_AGAIN && opened_before && GetTickCount64() - opened_at < 300) {
		*htapicall_out = NULL;
		return;
	}
	send_event(l, fault == HTCALL_IN_NEWCALL ? (HTAPICALL)(ULONG_PTR)1 : c, LINE_NEWCALL, p1, p2, 0);
	if (*htapicall_out)
		remember_call(*htapicall_out, (HDRVCALL)p1, l);
	if (fault == DECLINED && !*htapicall_out)
		send_event(l, NULL, LINE_CALLSTATE, LINECALLSTATE_OFFERING, 1, LINEMEDIAMODE_INTERACTIVEVOICE);
	if (fault == INFO_BEFORE_STATE && *htapicall_out)
		send_event(l, *htapicall_out, LINE_CALLINFO, LINECALLINFOSTATE_CALLERID, 0, 0);
}

static void on_call_state(HTAPILINE l, HTAPICALL c, SeenCall *s, DWORD state, DWORD_PTR p2, DWORD_PTR p3)
{
	s->previous_state = s->state, s->state = state, s->mode = (DWORD)p2;
	if (fault == PRIVILEGE)
		p3 = LINECALLPRIVILEGE_MONITOR;
	if (fault == TWO_MODES && state == LINECALLSTATE_CONNECTED)
		p2 = 3;
	if (fault == NEW_MODE && state == LINECALLSTATE_DISCONNECTED && line_version < 0x20000)
		p2 = LINEDISCONNECTMODE_CANCELLED;
	if (fault == OUTBOUND_OFFERED && s->made_here && !s->previous_state)
		send_event(l, c, LINE_CALLSTATE, LINECALLSTATE_OFFERING, 1, p3);
	if (fault == REJECT_CONNECTS && s->previous_state == LINECALLSTATE_OFFERING && state & (LINECALLSTATE_DISCONNECTED | LINECALLSTATE_IDLE))
		send_event(l, c, LINE_CALLSTATE, LINECALLSTATE_CONNECTED, 1, p3);
	if (fault == NO_IDLE && state == LINECALLSTATE_IDLE)
		return;
	if (fault == ECHO_ANNOUNCED && s->made_here && !s->previous_state) {
		HTAPICALL htapicall_out = NULL;
		send_event(l, NULL, LINE_NEWCALL, (DWORD_PTR)s->driver_handle, (DWORD_PTR)&htapicall_out, 0);
	}
	send_event(l, c, LINE_CALLSTATE, state, p2, p3);
	if ((fault == CONNECTED_TWICE && state == LINECALLSTATE_CONNECTED) || (fault == IDLE_TWICE && state == LINECALLSTATE_IDLE))
		send_event(l, c, LINE_CALLSTATE, state, p2, p3);
	if (fault == INFO_AFTER_IDLE && state == LINECALLSTATE_IDLE)
		send_event(l, c, LINE_CALLINFO, LINECALLINFOSTATE_CONNECTEDID, 0, 0);
	if (fault == INFO_OF_NOTHING && state == LINECALLSTATE_ONHOLD)
		send_event(l, c, LINE_CALLINFO, LINECALLINFOSTATE_CALLERID, 0, 0);
	if (fault == RINGS_AFTER_ANSWER && state == LINECALLSTATE_CONNECTED)
		send_event(l, NULL, LINE_LINEDEVSTATE, LINEDEVSTATE_RINGING, 1, 2);
}

void CALLBACK on_event(HTAPILINE l, HTAPICALL c, DWORD m, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	SeenCall *s = call_by_host_handle(c);

	if (m == LINE_NEWCALL) {
		on_new_call(l, c, p1, p2);
		return;
	}
	if (m == LINE_CALLSTATE && s) {
		on_call_state(l, c, s, (DWORD)p1, p2, p3);
		return;
	}
	if (fault == APPSPECIFIC_UNTOLD && m == LINE_CALLINFO && p1 == LINECALLINFOSTATE_APPSPECIFIC)
		return;
	if (fault == SILENT_CHANGE && m == LINE_CALLINFO && p1 & LINECALLINFOSTATE_CONNECTEDID)
		return;
	if (fault == EMPTY_STATE && m == LINE_ADDRESSSTATE)
		p2 = 0;
	send_event(l, c, m, p1, p2, p3);
	if (fault == RING_COUNT && m == LINE_LINEDEVSTATE && p1 & LINEDEVSTATE_RINGING)
		send_event(l, c, m, p1, p2, p3);
	if (fault == LOST_TWICE && m == LINE_LINEDEVSTATE && p1 & LINEDEVSTATE_OUTOFSERVICE)
		send_event(l, c, m, p1, p2, p3);
}
