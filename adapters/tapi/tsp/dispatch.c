#include "tsp.h"

#include <stdlib.h>
#include <string.h>

/* The dispatcher hands messages to TAPI one at a time, in the order they came. What a message says of a call becomes the
 * delivered copy just before. No lock is held while TAPI is called. */

/* Said is one callback, ready to be made. */
typedef struct {
	enum { SAY_NOTHING, SAY_COMPLETION, SAY_EVENT } what;
	DWORD request;
	LONG result;
	LINEEVENT event;
	HTAPILINE line;
	HTAPICALL call, *new_call;
	DWORD message;
	DWORD_PTR p1, p2, p3;
	DWORD own_line, own_call; /* whom it is about */
} Said;

static void name_line(const Said *s, char *out, size_t size)
{
	Line *l = line_at(s->own_line);
	TableLine *t = l ? table_line(l->permanent) : NULL;

	out[0] = 0;
	if (t && strlen(t->name) < size)
		strcpy(out, t->name);
}

static void log_said(const Said *s)
{
	char name[256];

	if (!log_on(LOG_DEBUG) || s->what == SAY_NOTHING)
		return;
	if (s->what == SAY_COMPLETION) {
		log_line(LOG_DEBUG, "ASYNC_COMPLETION: Request=0x%lx, Result=0x%lx", s->request, (DWORD)s->result);
		return;
	}
	lock();
	name_line(s, name, sizeof name);
	unlock();
	log_line(LOG_DEBUG, "%s: Send_TAPI_Event: <0x%lx> Line=0x%lx, Call=0x%lx, Msg=0x%lx (%s), P1=0x%lx, P2=0x%lx, P3=0x%lx", name,
		s->own_line, IN_HANDLE(s->line), IN_HANDLE(s->call), s->message, message_name(s->message), (DWORD)s->p1, (DWORD)s->p2, (DWORD)s->p3);
}

/* say makes the callback. */
static void say(const Said *s)
{
	log_said(s);
	if (s->what == SAY_COMPLETION)
		state.completion((DRV_REQUESTID)s->request, s->result);
	else if (s->what == SAY_EVENT)
		s->event(s->line, s->call, s->message, s->p1, s->p2, s->p3);
}

/* complete takes a request out of the list; the lock is held. A request that is not there was completed already. */
static Said complete(DWORD request, LONG result)
{
	Said s = {.what = SAY_NOTHING};
	Asked *a = asked_take(request);
	Call *c;

	if (!a)
		return s;
	c = a->makes_call ? call_at(a->call) : NULL;
	if (c && result == 0)
		c->announced = 1;
	else if (c)
		c->dead = 1;
	s = (Said){.what = SAY_COMPLETION, .request = request, .result = result, .own_line = a->line, .own_call = a->call};
	free(a);
	return s;
}

static Said completion(const Completion *p)
{
	Call *c = call_on_wire(p->call);

	state.delivered = p->position;
	if (c && !c->closing)
		call_take(c, p->images, p->count);
	return complete(p->request, p->result);
}

static Said event(Line *l, Call *c, DWORD message, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	return (Said){.what = SAY_EVENT, .event = l->event, .line = l->ht, .call = c ? c->ht : NULL, .message = message,
		.p1 = p1, .p2 = p2, .p3 = p3, .own_line = line_handle(l), .own_call = c ? call_handle(c) : 0};
}

/* note keeps what the next hello has to tell. */
static void note(Line *l, Call *c, const Said *s)
{
	if (s->message == LINE_CALLSTATE && c)
		c->state = (DWORD)s->p1, c->mode = (DWORD)s->p2;
	if (s->message == LINE_LINEDEVSTATE && s->p1 & LINEDEVSTATE_INSERVICE)
		l->in_service = 1;
	if (s->message == LINE_LINEDEVSTATE && s->p1 & LINEDEVSTATE_OUTOFSERVICE)
		l->in_service = 0;
}

static Said new_call(Line *l, const Notification *n, HTAPICALL *place)
{
	DWORD handle;
	Call *c = call_new(&handle);

	if (!c)
		return (Said){.what = SAY_NOTHING};
	c->line = line_handle(l), c->wire = (DWORD)n->p1;
	call_take(c, n->images, n->count);
	*place = NULL;
	{
		Said s = event(l, NULL, LINE_NEWCALL, handle, (DWORD_PTR)place, 0);
		s.own_call = handle, s.new_call = place;
		return s;
	}
}

static Said notification(const Notification *n, HTAPICALL *place)
{
	Said s = {.what = SAY_NOTHING};
	Line *l = line_on_wire(n->line);
	Call *c = call_on_wire(n->call);
	DWORD news = c && n->message == MSG_IMAGES ? call_differs(c, n->images, n->count) : 0;

	state.delivered = n->position;
	if (n->message == LINE_CREATE)
		return (Said){.what = SAY_EVENT, .event = state.create, .message = LINE_CREATE, .p1 = (DWORD_PTR)state.handle, .p2 = (DWORD_PTR)n->p2};
	if (n->message == LINE_REMOVE) {
		Device *d = device_at((DWORD)n->p1);
		if (d)
			d->removed = 1;
		return (Said){.what = SAY_EVENT, .event = state.create, .message = LINE_REMOVE, .p1 = (DWORD_PTR)n->p1};
	}
	if (c && !c->closing)
		call_take(c, n->images, n->count);
	if (news && l && !l->closing && !c->closing && !c->dead && c->announced && c->state) /* what a daemon started anew knows better (rule R-55) */
		return event(l, c, LINE_CALLINFO, news, 0, 0);
	if (!l || l->closing || n->message == MSG_IMAGES || (n->call && (!c || c->closing || c->dead)))
		return s; /* it was closed meanwhile */
	if (n->message == LINE_NEWCALL)
		return new_call(l, n, place);
	s = event(l, c, n->message, (DWORD_PTR)n->p1, (DWORD_PTR)n->p2, (DWORD_PTR)n->p3);
	note(l, c, &s);
	return s;
}

static Said line_out(DWORD handle)
{
	Line *l = line_at(handle);
	Said s = {.what = SAY_NOTHING};

	if (l && !l->closing && l->in_service && !state.connected) {
		s = event(l, NULL, LINE_LINEDEVSTATE, LINEDEVSTATE_DISCONNECTED | LINEDEVSTATE_OUTOFSERVICE, 0, 0);
		note(l, NULL, &s);
	}
	return s;
}

static Said call_unknown(DWORD handle)
{
	Call *c = call_at(handle);
	Line *l = c ? line_at(c->line) : NULL;
	Said s = {.what = SAY_NOTHING};

	if (l && !l->closing && !c->closing && !state.connected) {
		call_patch_unknown(c);
		s = event(l, c, LINE_CALLSTATE, LINECALLSTATE_UNKNOWN, 0, LINEMEDIAMODE_INTERACTIVEVOICE);
	}
	return s;
}

/* prepare decides what a message means now; the lock is held. */
static Said prepare(const Message *m, HTAPICALL *place)
{
	switch (m->what) {
	case M_COMPLETION:
		return completion(&m->completion);
	case M_NOTIFICATION:
		return notification(&m->notification, place);
	case M_FAIL:
		return complete(m->request, m->result);
	case M_LINE_STATE:
		return line_out(m->handle);
	case M_CALL_UNKNOWN:
		return call_unknown(m->handle);
	}
	return (Said){.what = SAY_NOTHING};
}

/* answered deals with what TAPI put into the place of a new call's handle. The lock is held; it gives the frame's size. */
static uint32_t answered(const Said *s, uint8_t *frame)
{
	Call *c = call_at(s->own_call);
	DWORD wire = c ? c->wire : 0;
	int taken = *s->new_call != NULL;

	if (c && taken) {
		c->ht = *s->new_call;
		c->announced = 1;
	} else if (c && !c->closing)
		call_free(c);
	return wire ? wire_newcall_answer(frame, wire, (uint8_t)taken) : 0;
}

static void baton(const Said *s)
{
	state.calling = 1, state.caller = GetCurrentThreadId(), state.calling_line = s->own_line, state.calling_call = s->own_call;
}

static void baton_down(void)
{
	state.calling = 0, state.caller = 0, state.calling_line = state.calling_call = 0;
	WakeAllConditionVariable(&state.changed);
}

/* too_early says how long a message for a line that was just opened has to wait; the lock is held. */
static DWORD too_early(const Message *m)
{
	Line *l = m->what == M_NOTIFICATION ? line_on_wire(m->notification.line) : m->what == M_LINE_STATE ? line_at(m->handle) : NULL;
	ULONGLONG now = GetTickCount64();

	return l && l->ready > now ? (DWORD)(l->ready - now) : 0;
}

DWORD WINAPI dispatch_run(LPVOID unused)
{
	(void)unused;
	lock();
	while (!state.stopping) {
		Message *m = state.first;
		HTAPICALL place = NULL;
		uint8_t frame[64];
		uint32_t n = 0;
		DWORD early;
		Said s;

		if (!m || state.calling) {
			wait_changed(INFINITE);
			continue;
		}
		if ((early = too_early(m)) > 0) {
			wait_changed(early);
			continue;
		}
		state.first = m->next;
		if (!state.first)
			state.last = &state.first;
		s = prepare(m, &place);
		if (s.what != SAY_NOTHING) {
			baton(&s);
			unlock();
			say(&s);
			lock();
			if (s.new_call)
				n = answered(&s, frame);
			baton_down();
		} else
			WakeAllConditionVariable(&state.changed);
		free(m);
		if (n > 0) {
			unlock();
			send_frame(frame, n);
			lock();
		}
	}
	unlock();
	return 0;
}

/* ---- closing ---- */

static int concerns(const Asked *a, DWORD line, DWORD call) { return call ? a->call == call : a->line == line; }

/* outcome is what the daemon already said of a request, out of the queue; else it failed. */
static LONG outcome(DWORD request)
{
	for (Message **p = &state.first; *p; p = &(*p)->next) {
		Message *m = *p;
		LONG result;
		if (m->what == M_COMPLETION && m->completion.request == request)
			result = m->completion.result;
		else if (m->what == M_FAIL && m->request == request)
			result = m->result;
		else
			continue;
		*p = m->next;
		if (!*p)
			state.last = p;
		free(m);
		return result;
	}
	return LINEERR_OPERATIONFAILED;
}

void settle(DWORD line, DWORD call)
{
	DWORD self = GetCurrentThreadId();
	ULONGLONG until = GetTickCount64() + CLOSE_TIME;

	lock();
	for (;;) {
		Asked *a;
		Said s;

		for (a = state.asked; a && !(concerns(a, line, call) && (a->accepted || a->queued)); a = a->next)
			;
		/* A callback under way is let end, but not for long: it may itself be waiting for us. */
		if (state.calling && state.caller != self && (a || (call ? state.calling_call == call : state.calling_line == line))) {
			ULONGLONG now = GetTickCount64();
			if (now < until) {
				wait_changed((DWORD)(until - now));
				continue;
			}
		}
		if (!a)
			break;
		s = complete(a->request, outcome(a->request));
		if (state.calling) { /* within a callback of our own, or one that does not end */
			unlock();
			say(&s);
			lock();
			continue;
		}
		baton(&s);
		unlock();
		say(&s);
		lock();
		baton_down();
	}
	unlock();
}
