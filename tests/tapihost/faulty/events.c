#include "shim.h"

/* The callbacks, with the faults of what is said and when. */

Seen seen[CALLS];
DWORD sessions, line_version;
int opened_before;
ULONGLONG opened_at;
CRITICAL_SECTION held;
LINEEVENT host_event;
ASYNC_COMPLETION host_done;
const char *asked[REQUESTS];
HTAPICALL asked_call[REQUESTS];
static volatile LONG inside;
static volatile DWORD inside_thread;

int within(void) { return inside && inside_thread == GetCurrentThreadId(); }

Seen *seen_call(HTAPICALL ht)
{
	for (int i = 0; ht && i < CALLS; i++)
		if (seen[i].ht == ht)
			return &seen[i];
	return NULL;
}

Seen *seen_driver(HDRVCALL hd)
{
	for (int i = CALLS - 1; hd && i >= 0; i--)
		if (seen[i].hd == hd && seen[i].ht)
			return &seen[i];
	return NULL;
}

Seen *see(HTAPICALL ht, HDRVCALL hd, HTAPILINE line)
{
	static int next;
	Seen *s = &seen[next++ % CALLS];

	for (int i = 0; i < CALLS; i++) /* the good provider uses its handles again */
		if (seen[i].hd == hd)
			seen[i].hd = NULL;
	*s = (Seen){.ht = ht, .hd = hd, .line = line};
	return s;
}

static void tell(HTAPILINE l, HTAPICALL c, DWORD m, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	if (fault == LOCK_HELD)
		EnterCriticalSection(&held);
	InterlockedIncrement(&inside);
	inside_thread = GetCurrentThreadId();
	host_event(l, c, m, p1, p2, p3);
	InterlockedDecrement(&inside);
	if (fault == LOCK_HELD)
		LeaveCriticalSection(&held);
}

typedef struct {
	DRV_REQUESTID id;
	LONG result;
	DWORD ms;
} Late;

static DWORD WINAPI late_run(LPVOID p)
{
	Late x = *(Late *)p;

	HeapFree(GetProcessHeap(), 0, p);
	Sleep(x.ms);
	host_done(x.id, x.result);
	return 0;
}

void later(DRV_REQUESTID id, LONG result, DWORD ms)
{
	Late *x = HeapAlloc(GetProcessHeap(), 0, sizeof *x);

	*x = (Late){id, result, ms};
	CloseHandle(CreateThread(NULL, 0, late_run, x, 0, NULL));
}

static int is(DRV_REQUESTID id, const char *name) { return asked[id % REQUESTS] && lstrcmpA(asked[id % REQUESTS], name) == 0; }

void CALLBACK on_done(DRV_REQUESTID id, LONG result)
{
	Seen *s = seen_call(asked_call[id % REQUESTS]);

	if (fault == NEVER_COMPLETES && is(id, "lineHold"))
		return;
	if (fault == WAITS_FOR_EVER && is(id, "lineDrop"))
		return;
	if (fault == OVERLAPS || (fault == COMPLETES_LATE && is(id, "lineDrop"))) {
		later(id, result, fault == OVERLAPS ? 0 : 30);
		return;
	}
	if (fault == STATE_FIRST && s && s->made && !result)
		tell(s->line, s->ht, LINE_CALLSTATE, LINECALLSTATE_DIALTONE, 1, LINEMEDIAMODE_INTERACTIVEVOICE);
	host_done(id, result);
	if (s && s->made && (is(id, "lineMakeCall")))
		s->done = 1, s->done_at = GetTickCount64();
	if (fault == COMPLETES_TWICE && is(id, "lineAnswer"))
		host_done(id, result);
	if (fault == FAILED_IDLE && result && s && s->made)
		tell(s->line, s->ht, LINE_CALLSTATE, LINECALLSTATE_IDLE, 0, LINEMEDIAMODE_INTERACTIVEVOICE);
}

static void new_call(HTAPILINE l, HTAPICALL c, DWORD_PTR p1, DWORD_PTR p2)
{
	HTAPICALL *place = (HTAPICALL *)p2;

	if (fault == NOT_AGAIN && opened_before && GetTickCount64() - opened_at < 300) {
		*place = NULL;
		return;
	}
	tell(l, fault == HTCALL_IN_NEWCALL ? (HTAPICALL)(ULONG_PTR)1 : c, LINE_NEWCALL, p1, p2, 0);
	if (*place)
		see(*place, (HDRVCALL)p1, l);
	if (fault == DECLINED && !*place)
		tell(l, NULL, LINE_CALLSTATE, LINECALLSTATE_OFFERING, 1, LINEMEDIAMODE_INTERACTIVEVOICE);
	if (fault == INFO_BEFORE_STATE && *place)
		tell(l, *place, LINE_CALLINFO, LINECALLINFOSTATE_CALLERID, 0, 0);
}

static void call_state(HTAPILINE l, HTAPICALL c, Seen *s, DWORD state, DWORD_PTR p2, DWORD_PTR p3)
{
	s->was = s->state, s->state = state, s->mode = (DWORD)p2;
	if (fault == PRIVILEGE)
		p3 = LINECALLPRIVILEGE_MONITOR;
	if (fault == TWO_MODES && state == LINECALLSTATE_CONNECTED)
		p2 = 3;
	if (fault == NEW_MODE && state == LINECALLSTATE_DISCONNECTED && line_version < 0x20000)
		p2 = LINEDISCONNECTMODE_CANCELLED;
	if (fault == OUTBOUND_OFFERED && s->made && !s->was)
		tell(l, c, LINE_CALLSTATE, LINECALLSTATE_OFFERING, 1, p3);
	if (fault == REJECT_CONNECTS && s->was == LINECALLSTATE_OFFERING && state & (LINECALLSTATE_DISCONNECTED | LINECALLSTATE_IDLE))
		tell(l, c, LINE_CALLSTATE, LINECALLSTATE_CONNECTED, 1, p3);
	if (fault == NO_IDLE && state == LINECALLSTATE_IDLE)
		return;
	if (fault == ECHO && s->made && !s->was) {
		HTAPICALL place = NULL;
		tell(l, NULL, LINE_NEWCALL, (DWORD_PTR)s->hd, (DWORD_PTR)&place, 0);
	}
	tell(l, c, LINE_CALLSTATE, state, p2, p3);
	if ((fault == REPEATS && state == LINECALLSTATE_CONNECTED) || (fault == IDLE_TWICE && state == LINECALLSTATE_IDLE))
		tell(l, c, LINE_CALLSTATE, state, p2, p3);
	if (fault == INFO_AFTER_IDLE && state == LINECALLSTATE_IDLE)
		tell(l, c, LINE_CALLINFO, LINECALLINFOSTATE_CONNECTEDID, 0, 0);
	if (fault == INFO_OF_NOTHING && state == LINECALLSTATE_ONHOLD)
		tell(l, c, LINE_CALLINFO, LINECALLINFOSTATE_CALLERID, 0, 0);
	if (fault == RINGS_ON && state == LINECALLSTATE_CONNECTED)
		tell(l, NULL, LINE_LINEDEVSTATE, LINEDEVSTATE_RINGING, 1, 2);
}

void CALLBACK on_event(HTAPILINE l, HTAPICALL c, DWORD m, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	Seen *s = seen_call(c);

	if (m == LINE_NEWCALL) {
		new_call(l, c, p1, p2);
		return;
	}
	if (m == LINE_CALLSTATE && s) {
		call_state(l, c, s, (DWORD)p1, p2, p3);
		return;
	}
	if (fault == FORGETS_TO_SAY && m == LINE_CALLINFO && p1 == LINECALLINFOSTATE_APPSPECIFIC)
		return;
	if (fault == SILENT_CHANGE && m == LINE_CALLINFO && p1 & LINECALLINFOSTATE_CONNECTEDID)
		return;
	if (fault == EMPTY_STATE && m == LINE_ADDRESSSTATE)
		p2 = 0;
	tell(l, c, m, p1, p2, p3);
	if (fault == RING_COUNT && m == LINE_LINEDEVSTATE && p1 & LINEDEVSTATE_RINGING)
		tell(l, c, m, p1, p2, p3);
	if (fault == LOST_TWICE && m == LINE_LINEDEVSTATE && p1 & LINEDEVSTATE_OUTOFSERVICE)
		tell(l, c, m, p1, p2, p3);
}
