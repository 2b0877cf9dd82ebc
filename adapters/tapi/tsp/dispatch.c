/* SPDX-License-Identifier: MIT */
#include "tsp.h"

#include <stdlib.h>
#include <string.h>

/* The dispatch thread calls TAPI with one message at a time, in the order they came. It makes the images of a message the
 * delivered copy of the call just before. No lock is held while TAPI is called. */

/* Callback is one call of TAPI's completion or event procedure, with its arguments. */
typedef struct {
	enum { DELIVER_NOTHING, DELIVER_COMPLETION, DELIVER_EVENT } kind;
	DWORD request;
	LONG result;
	LINEEVENT event_proc;
	HTAPILINE line;
	HTAPICALL call, *tapi_call_out;
	DWORD message;
	DWORD_PTR p1, p2, p3;
	DWORD own_line, own_call; /* the provider's own handles of what it concerns */
} Callback;

static void callback_line_name(const Callback *s, char *out, size_t size)
{
	Line *l = line_by_handle(s->own_line);
	TableLine *t = l ? table_line_of(l->permanent) : NULL;

	out[0] = 0;
	if (t && strlen(t->name) < size)
		strcpy(out, t->name);
}

static void log_callback(const Callback *s)
{
	char name[256];

	if (!log_enabled(LOG_DEBUG) || s->kind == DELIVER_NOTHING)
		return;
	if (s->kind == DELIVER_COMPLETION) {
		log_line(LOG_DEBUG, "ASYNC_COMPLETION: Request=0x%lx, Result=0x%lx", s->request, (DWORD)s->result);
		return;
	}
	state_lock();
	callback_line_name(s, name, sizeof name);
	state_unlock();
	log_line(LOG_DEBUG, "%s: Send_TAPI_Event: <0x%lx> Line=0x%lx, Call=0x%lx, Msg=0x%lx (%s), P1=0x%lx, P2=0x%lx, P3=0x%lx", name,
		s->own_line, HANDLE_NUMBER(s->line), HANDLE_NUMBER(s->call), s->message, message_name(s->message), (DWORD)s->p1, (DWORD)s->p2, (DWORD)s->p3);
}

/* deliver calls TAPI. */
static void deliver(const Callback *s)
{
	log_callback(s);
	if (s->kind == DELIVER_COMPLETION)
		state.completion_proc((DRV_REQUESTID)s->request, s->result);
	else if (s->kind == DELIVER_EVENT)
		s->event_proc(s->line, s->call, s->message, s->p1, s->p2, s->p3);
}

/* complete_request takes a request out of the list of pending ones; the lock is held. One that is not there was completed
 * before. */
static Callback complete_request(DWORD request, LONG result)
{
	Callback s = {.kind = DELIVER_NOTHING};
	Pending *p = pending_remove(request);
	Call *c;

	if (!p)
		return s;
	c = p->makes_call ? call_by_handle(p->call) : NULL;
	if (c && result == 0)
		c->announced = 1;
	else if (c)
		c->failed = 1;
	s = (Callback){.kind = DELIVER_COMPLETION, .request = request, .result = result, .own_line = p->line, .own_call = p->call};
	free(p);
	return s;
}

static Callback prepare_completion(const Completion *p)
{
	Call *c = call_by_daemon_handle(p->call);

	state.delivered = p->position;
	if (c && !c->closing)
		call_set_copies(c, p->images, p->count);
	return complete_request(p->request, p->result);
}

static Callback prepare_event(Line *l, Call *c, DWORD message, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	return (Callback){.kind = DELIVER_EVENT, .event_proc = l->event_proc, .line = l->tapi_handle, .call = c ? c->tapi_handle : NULL, .message = message,
		.p1 = p1, .p2 = p2, .p3 = p3, .own_line = line_handle(l), .own_call = c ? call_handle(c) : 0};
}

/* keep_for_hello keeps the states that the next hello sends. */
static void keep_for_hello(Line *l, Call *c, const Callback *s)
{
	if (s->message == LINE_CALLSTATE && c)
		c->state = (DWORD)s->p1, c->mode = (DWORD)s->p2;
	if (s->message == LINE_LINEDEVSTATE && s->p1 & LINEDEVSTATE_INSERVICE)
		l->in_service = 1;
	if (s->message == LINE_LINEDEVSTATE && s->p1 & LINEDEVSTATE_OUTOFSERVICE)
		l->in_service = 0;
}

static Callback prepare_new_call(Line *l, const Notification *n, HTAPICALL *tapi_call_out)
{
	DWORD handle;
	Call *c = call_new(&handle);

	if (!c)
		return (Callback){.kind = DELIVER_NOTHING};
	c->line = line_handle(l), c->daemon_handle = (DWORD)n->p1;
	call_set_copies(c, n->images, n->count);
	*tapi_call_out = NULL;
	{
		Callback s = prepare_event(l, NULL, LINE_NEWCALL, handle, (DWORD_PTR)tapi_call_out, 0);
		s.own_call = handle, s.tapi_call_out = tapi_call_out;
		return s;
	}
}

static Callback prepare_notification(const Notification *n, HTAPICALL *tapi_call_out)
{
	Callback s = {.kind = DELIVER_NOTHING};
	Line *l = line_by_daemon_handle(n->line);
	Call *c = call_by_daemon_handle(n->call);
	DWORD changed_parties = c && n->message == MSG_IMAGES ? call_changed_parties(c, n->images, n->count) : 0;

	state.delivered = n->position;
	if (n->message == LINE_CREATE)
		return (Callback){.kind = DELIVER_EVENT, .event_proc = state.create_proc, .message = LINE_CREATE, .p1 = (DWORD_PTR)state.provider_handle, .p2 = (DWORD_PTR)n->p2};
	if (n->message == LINE_REMOVE) {
		Device *d = device_by_id((DWORD)n->p1);
		if (d)
			d->removed = 1;
		return (Callback){.kind = DELIVER_EVENT, .event_proc = state.create_proc, .message = LINE_REMOVE, .p1 = (DWORD_PTR)n->p1};
	}
	if (c && !c->closing)
		call_set_copies(c, n->images, n->count);
	if (changed_parties && l && !l->closing && !c->closing && !c->failed && c->announced && c->state) /* p restarted daemon knows a party that the copy does not have (rule R-55) */
		return prepare_event(l, c, LINE_CALLINFO, changed_parties, 0, 0);
	if (!l || l->closing || n->message == MSG_IMAGES || (n->call && (!c || c->closing || c->failed)))
		return s; /* it was closed meanwhile */
	if (n->message == LINE_NEWCALL)
		return prepare_new_call(l, n, tapi_call_out);
	s = prepare_event(l, c, n->message, (DWORD_PTR)n->p1, (DWORD_PTR)n->p2, (DWORD_PTR)n->p3);
	keep_for_hello(l, c, &s);
	return s;
}

static Callback prepare_line_out(DWORD handle)
{
	Line *l = line_by_handle(handle);
	Callback s = {.kind = DELIVER_NOTHING};

	if (l && !l->closing && l->in_service && !state.connected) {
		s = prepare_event(l, NULL, LINE_LINEDEVSTATE, LINEDEVSTATE_DISCONNECTED | LINEDEVSTATE_OUTOFSERVICE, 0, 0);
		keep_for_hello(l, NULL, &s);
	}
	return s;
}

static Callback prepare_call_unknown(DWORD handle)
{
	Call *c = call_by_handle(handle);
	Line *l = c ? line_by_handle(c->line) : NULL;
	Callback s = {.kind = DELIVER_NOTHING};

	if (l && !l->closing && !c->closing && !state.connected) {
		call_set_unknown(c);
		s = prepare_event(l, c, LINE_CALLSTATE, LINECALLSTATE_UNKNOWN, 0, LINEMEDIAMODE_INTERACTIVEVOICE);
	}
	return s;
}

/* prepare makes the callback for a message, which may be none by now; the lock is held. */
static Callback prepare(const Message *m, HTAPICALL *tapi_call_out)
{
	switch (m->kind) {
	case M_COMPLETION:
		return prepare_completion(&m->completion);
	case M_NOTIFICATION:
		return prepare_notification(&m->notification, tapi_call_out);
	case M_OWN_COMPLETION:
		return complete_request(m->request, m->result);
	case M_LINE_OUT_OF_SERVICE:
		return prepare_line_out(m->handle);
	case M_CALL_UNKNOWN:
		return prepare_call_unknown(m->handle);
	}
	return (Callback){.kind = DELIVER_NOTHING};
}

/* new_call_answered reads the HTAPICALL that TAPI left for a NEWCALL and writes the newcall-answer frame. The lock is held;
 * it gives the frame's size. */
static uint32_t new_call_answered(const Callback *s, uint8_t *frame)
{
	Call *c = call_by_handle(s->own_call);
	DWORD daemon_handle = c ? c->daemon_handle : 0;
	int taken = *s->tapi_call_out != NULL;

	if (c && taken) {
		c->tapi_handle = *s->tapi_call_out;
		c->announced = 1;
	} else if (c && !c->closing)
		call_free(c);
	return daemon_handle ? wire_newcall_answer(frame, daemon_handle, (uint8_t)taken) : 0;
}

static void callback_begin(const Callback *s)
{
	state.in_callback = 1, state.callback_thread = GetCurrentThreadId(), state.callback_line = s->own_line, state.callback_call = s->own_call;
}

static void callback_end(void)
{
	state.in_callback = 0, state.callback_thread = 0, state.callback_line = state.callback_call = 0;
	WakeAllConditionVariable(&state.changed);
}

/* delivery_delay gives the milliseconds that a message for a line that was just opened has to wait; the lock is held. */
static DWORD delivery_delay(const Message *m)
{
	Line *l = m->kind == M_NOTIFICATION ? line_by_daemon_handle(m->notification.line) : m->kind == M_LINE_OUT_OF_SERVICE ? line_by_handle(m->handle) : NULL;
	ULONGLONG now = GetTickCount64();

	return l && l->messages_from > now ? (DWORD)(l->messages_from - now) : 0;
}

DWORD WINAPI dispatch_run(LPVOID unused)
{
	(void)unused;
	state_lock();
	while (!state.stopping) {
		Message *m = state.first_message;
		HTAPICALL tapi_call_out = NULL;
		uint8_t frame[64];
		uint32_t n = 0;
		DWORD early;
		Callback s;

		if (!m || state.in_callback) {
			state_wait(INFINITE);
			continue;
		}
		if ((early = delivery_delay(m)) > 0) {
			state_wait(early);
			continue;
		}
		state.first_message = m->next;
		if (!state.first_message)
			state.last_message = &state.first_message;
		s = prepare(m, &tapi_call_out);
		if (s.kind != DELIVER_NOTHING) {
			callback_begin(&s);
			state_unlock();
			deliver(&s);
			state_lock();
			if (s.tapi_call_out)
				n = new_call_answered(&s, frame);
			callback_end();
		} else
			WakeAllConditionVariable(&state.changed);
		free(m);
		if (n > 0) {
			state_unlock();
			send_frame(frame, n);
			state_lock();
		}
	}
	state_unlock();
	return 0;
}

/* ---- closing ---- */

static int pending_concerns(const Pending *p, DWORD line, DWORD call) { return call ? p->call == call : p->line == line; }

/* queued_result takes a request's completion out of the queue and gives its result; OPERATIONFAILED when there is none. */
static LONG queued_result(DWORD request)
{
	for (Message **p = &state.first_message; *p; p = &(*p)->next) {
		Message *m = *p;
		LONG result;
		if (m->kind == M_COMPLETION && m->completion.request == request)
			result = m->completion.result;
		else if (m->kind == M_OWN_COMPLETION && m->request == request)
			result = m->result;
		else
			continue;
		*p = m->next;
		if (!*p)
			state.last_message = p;
		free(m);
		return result;
	}
	return LINEERR_OPERATIONFAILED;
}

void finish_callbacks(DWORD line, DWORD call)
{
	DWORD self = GetCurrentThreadId();
	ULONGLONG until = GetTickCount64() + CLOSE_TIMEOUT;

	state_lock();
	for (;;) {
		Pending *p;
		Callback s;

		for (p = state.pending; p && !(pending_concerns(p, line, call) && (p->accepted || p->queued)); p = p->next)
			;
		/* Wait until a callback under way has ended, but not for long: it may itself wait for this thread. */
		if (state.in_callback && state.callback_thread != self && (p || (call ? state.callback_call == call : state.callback_line == line))) {
			ULONGLONG now = GetTickCount64();
			if (now < until) {
				state_wait((DWORD)(until - now));
				continue;
			}
		}
		if (!p)
			break;
		s = complete_request(p->request, queued_result(p->request));
		if (state.in_callback) { /* within a callback on this thread, or beside one that does not end */
			state_unlock();
			deliver(&s);
			state_lock();
			continue;
		}
		callback_begin(&s);
		state_unlock();
		deliver(&s);
		state_lock();
		callback_end();
	}
	state_unlock();
}
