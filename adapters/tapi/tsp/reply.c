/* SPDX-License-Identifier: MIT */
#include "link.h"

#include <stdlib.h>
#include <string.h>

/* A request goes out on the thread that calls TSPI, which then waits; the link thread reads the reply and wakes it. */

typedef struct Waiter {
	struct Waiter *next;
	uint32_t id;
	int done; /* 1: the reply came, -1: the connection ended */
	CONDITION_VARIABLE done_changed; /* one for each waiter, so that a reply wakes that thread alone */
	DWORD line, call, request;
	ReceivedReply *reply;
} Waiter;

int send_frame(const uint8_t *frame, uint32_t n)
{
	Transport *t;
	int ok;

	state_lock();
	t = state.connected ? state.transport : NULL;
	if (t)
		state.writers++;
	state_unlock();
	if (!t || n == 0)
		return 0;
	ok = transport_write(t, frame, n, REPLY_TIMEOUT);
	state_lock();
	if (--state.writers == 0 && !state.connected)
		WakeAllConditionVariable(&state.changed); /* connection_ended waits for this */
	state_unlock();
	return ok;
}

static void waiter_remove(Waiter *w)
{
	for (Waiter **p = &state.waiters; *p; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			return;
		}
}

int daemon_request_handle(const Request *r, ReceivedReply *received, DWORD line, DWORD call)
{
	uint8_t *frame = malloc(WIRE_MAX_FRAME);
	Waiter w = {.line = line, .call = call, .request = r->request, .reply = received, .done_changed = CONDITION_VARIABLE_INIT};
	ULONGLONG until = GetTickCount64() + REPLY_TIMEOUT;
	uint32_t n;

	memset(received, 0, sizeof *received);
	if (!frame)
		return 0;
	state_lock();
	if (!state.connected) {
		state_unlock();
		free(frame);
		return 0;
	}
	w.id = ++state.next_frame_id ? state.next_frame_id : ++state.next_frame_id;
	w.next = state.waiters, state.waiters = &w;
	state_unlock();
	n = wire_request(frame, w.id, r);
	if (n == 0 || !send_frame(frame, n)) {
		state_lock();
		waiter_remove(&w);
		state_unlock();
		free(frame);
		reply_release(received);
		return 0;
	}
	free(frame);
	state_lock();
	while (!w.done) {
		ULONGLONG now = GetTickCount64();
		if (now >= until)
			break;
		SleepConditionVariableSRW(&w.done_changed, &state.lock, (DWORD)(until - now), 0);
	}
	waiter_remove(&w);
	if (!w.done && state.transport) {
		log_line(LOG_ERROR, "the daemon did not reply within %d ms; the connection is given up", REPLY_TIMEOUT);
		transport_end(state.transport);
	}
	state_unlock();
	if (w.done == 1)
		return 1;
	reply_release(received);
	return 0;
}

int daemon_request(const Request *r, ReceivedReply *received) { return daemon_request_handle(r, received, 0, 0); }

void reply_release(ReceivedReply *received)
{
	free(received->frame);
	received->frame = NULL;
}

/* reply_received passes a reply to the thread that waits for it, and enters the daemon's handle of a new line or call before
 * the next frame is read. */
int reply_received(uint32_t id, Message *m)
{
	ReceivedReply received;

	memset(&received, 0, sizeof received);
	if (!wire_read_reply((Bytes){m->bytes, m->size}, &received.reply)) {
		free(m);
		return 0;
	}
	state_lock();
	for (Waiter *w = state.waiters; w; w = w->next) {
		Line *l;
		Call *c;
		if (w->id != id)
			continue;
		*w->reply = received;
		w->reply->frame = (uint8_t *)m;
		w->done = 1;
		l = w->line ? line_by_handle(w->line) : NULL;
		if (l && received.reply.result == 0)
			l->daemon_handle = received.reply.values[0], l->opening = 0;
		c = w->call ? call_by_handle(w->call) : NULL;
		if (c && received.reply.result == 0)
			c->daemon_handle = received.reply.values[0];
		for (Pending *q = state.pending; q && w->request && received.reply.result == 0; q = q->next)
			if (q->request == w->request)
				q->accepted = 1;
		WakeConditionVariable(&w->done_changed);
		state_unlock();
		return 1;
	}
	state_unlock();
	free(m); /* the reply came too late: no thread waits for it any more */
	return 1;
}

/* fail_waiters wakes every thread that waits for a reply: the connection has ended. The lock is held. */
void fail_waiters(void)
{
	for (Waiter *w = state.waiters; w; w = w->next)
		if (!w->done) {
			w->done = -1;
			WakeConditionVariable(&w->done_changed);
		}
}
