#include "link.h"

#include <stdlib.h>
#include <string.h>

/* Asking the daemon: a request goes out on the caller's thread, the link's thread hands over the reply. */

typedef struct Wait {
	struct Wait *next;
	uint32_t id;
	int done; /* 1: answered, -1: the connection ended */
	CONDITION_VARIABLE told; /* done changed; its own, so that a reply wakes nobody else */
	DWORD line, call, request;
	Answer *answer;
} Wait;

int send_frame(const uint8_t *frame, uint32_t n)
{
	Transport *t;
	int ok;

	lock();
	t = state.connected ? state.transport : NULL;
	if (t)
		state.users++;
	unlock();
	if (!t || n == 0)
		return 0;
	ok = transport_write(t, frame, n, ANSWER_TIME);
	lock();
	if (--state.users == 0 && !state.connected)
		WakeAllConditionVariable(&state.changed); /* the connection's end waits for it */
	unlock();
	return ok;
}

static void forget(Wait *w)
{
	for (Wait **p = &state.waits; *p; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			return;
		}
}

int ask_new(const Request *r, Answer *a, DWORD line, DWORD call)
{
	uint8_t *frame = malloc(WIRE_MAX_FRAME);
	Wait w = {.line = line, .call = call, .request = r->request, .answer = a, .told = CONDITION_VARIABLE_INIT};
	ULONGLONG until = GetTickCount64() + ANSWER_TIME;
	uint32_t n;

	memset(a, 0, sizeof *a);
	if (!frame)
		return 0;
	lock();
	if (!state.connected) {
		unlock();
		free(frame);
		return 0;
	}
	w.id = ++state.next_id ? state.next_id : ++state.next_id;
	w.next = state.waits, state.waits = &w;
	unlock();
	n = wire_request(frame, w.id, r);
	if (n == 0 || !send_frame(frame, n)) {
		lock();
		forget(&w);
		unlock();
		free(frame);
		answer_drop(a);
		return 0;
	}
	free(frame);
	lock();
	while (!w.done) {
		ULONGLONG now = GetTickCount64();
		if (now >= until)
			break;
		SleepConditionVariableSRW(&w.told, &state.lock, (DWORD)(until - now), 0);
	}
	forget(&w);
	if (!w.done && state.transport) {
		log_line(LOG_ERROR, "the daemon does not answer within %d ms; the connection is given up", ANSWER_TIME);
		transport_end(state.transport);
	}
	unlock();
	if (w.done == 1)
		return 1;
	answer_drop(a);
	return 0;
}

int ask(const Request *r, Answer *a) { return ask_new(r, a, 0, 0); }

void answer_drop(Answer *a)
{
	free(a->frame);
	a->frame = NULL;
}

/* answered hands a reply over, and enters the daemon's handle of a new line or call before anything later is read. */
int answered(uint32_t id, Message *m)
{
	Answer a;

	memset(&a, 0, sizeof a);
	if (!wire_read_reply((Bytes){m->bytes, m->size}, &a.reply)) {
		free(m);
		return 0;
	}
	lock();
	for (Wait *w = state.waits; w; w = w->next) {
		Line *l;
		Call *c;
		if (w->id != id)
			continue;
		*w->answer = a;
		w->answer->frame = (uint8_t *)m;
		w->done = 1;
		l = w->line ? line_at(w->line) : NULL;
		if (l && a.reply.result == 0)
			l->wire = a.reply.values[0], l->opening = 0;
		c = w->call ? call_at(w->call) : NULL;
		if (c && a.reply.result == 0)
			c->wire = a.reply.values[0];
		for (Asked *q = state.asked; q && w->request && a.reply.result == 0; q = q->next)
			if (q->request == w->request)
				q->accepted = 1;
		WakeConditionVariable(&w->told);
		unlock();
		return 1;
	}
	unlock();
	free(m); /* too late: nobody waits any more */
	return 1;
}

/* asks_ended tells those who wait that the connection is gone; the lock is held. */
void asks_ended(void)
{
	for (Wait *w = state.waits; w; w = w->next)
		if (!w->done) {
			w->done = -1;
			WakeConditionVariable(&w->told);
		}
}
