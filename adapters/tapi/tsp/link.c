/* SPDX-License-Identifier: MIT */
#include "link.h"

#include <stdlib.h>
#include <string.h>

/* The link thread connects to the daemon, sends hello, reads frames until the connection ends, and connects again. It passes
 * replies to the threads that wait for them, everything else to the dispatch thread. */

static int read_frame(Transport *t, Head *h, Message **m, DWORD ms)
{
	static uint8_t head[WIRE_HEAD]; /* only the link thread uses it */
	int r = transport_read(t, head, WIRE_HEAD, ms);

	if (r <= 0)
		return r;
	if (!wire_head(head, h)) {
		log_line(LOG_ERROR, "the daemon sent something that is not a frame of version %d; the connection is given up", WIRE_VERSION);
		return -1;
	}
	*m = message_new(h->length);
	if (!*m)
		return -1;
	do
		r = transport_read(t, (*m)->bytes, h->length, REPLY_TIMEOUT * 5);
	while (r == 0 && h->length == 0);
	if (r <= 0) {
		free(*m);
		return -1;
	}
	return 1;
}

static int route_frame(const Head *h, Message *m)
{
	Bytes in = {m->bytes, m->size};
	uint64_t tick;
	uint16_t code;
	char text[256];

	switch (h->kind) {
	case KIND_REPLY:
		return reply_received(h->id, m);
	case KIND_COMPLETION:
		m->kind = M_COMPLETION;
		if (!wire_read_completion(in, &m->completion))
			break;
		state_lock();
		message_queue(m);
		state_unlock();
		return 1;
	case KIND_NOTIFICATION:
		m->kind = M_NOTIFICATION;
		if (!wire_read_notification(in, &m->notification))
			break;
		state_lock();
		message_queue(m);
		state_unlock();
		return 1;
	case KIND_HEARTBEAT:
		if (!wire_read_heartbeat(in, &tick))
			break;
		free(m);
		return 1;
	case KIND_ERROR:
		if (wire_read_error(in, &code, text, sizeof text))
			log_line(code == WIRE_STOPPING ? LOG_INFO : LOG_WARN, "the daemon ends the connection: %u %s", code, text);
		free(m);
		return 0;
	}
	log_line(LOG_ERROR, "the daemon sent a frame of kind %u that cannot be read; the connection is given up", h->kind);
	free(m);
	return 0;
}

/* read_welcome waits for the daemon's welcome. */
static int read_welcome(Transport *t, Welcome *w)
{
	Head h;
	Message *m;
	int ok;

	if (read_frame(t, &h, &m, REPLY_TIMEOUT * 10) != 1)
		return 0;
	if (h.kind == KIND_ERROR) {
		route_frame(&h, m);
		return 0;
	}
	ok = h.kind == KIND_WELCOME && wire_read_welcome((Bytes){m->bytes, m->size}, w);
	free(m);
	return ok;
}

/* read_until_end reads frames until the connection ends. It ends the connection when the daemon sends nothing for three
 * intervals. */
static void read_until_end(Transport *t, DWORD interval)
{
	ULONGLONG received_at = GetTickCount64(), sent_at = received_at;
	uint8_t heartbeat[64];

	for (;;) {
		Head h;
		Message *m;
		ULONGLONG now;
		int r = read_frame(t, &h, &m, interval / 2 + 1);

		now = GetTickCount64();
		if (r < 0)
			return;
		if (r > 0) {
			received_at = now;
			if (!route_frame(&h, m))
				return;
		} else if (now - received_at > 3ull * interval) {
			log_line(LOG_WARN, "the daemon is silent; the connection is given up");
			return;
		}
		if (now - sent_at >= interval) {
			sent_at = now;
			if (!transport_write(t, heartbeat, wire_heartbeat(heartbeat, now), REPLY_TIMEOUT))
				return;
		}
	}
}

/* connection_ended fails requests under way, completes the accepted ones with OPERATIONFAILED, and drops messages not yet
 * delivered, since the next hello names the last one that TAPI got. */
static void connection_ended(Transport *t)
{
	state_lock();
	if (state.connected)
		state.lost_at = GetTickCount64();
	state.connected = 0;
	fail_waiters();
	while (state.first_message) {
		Message *m = state.first_message;
		state.first_message = m->next;
		free(m);
	}
	state.last_message = &state.first_message;
	for (Pending *p = state.pending; p; p = p->next)
		if (p->accepted)
			queue_completion(p->request, LINEERR_OPERATIONFAILED);
	WakeAllConditionVariable(&state.changed);
	while (state.writers > 0)
		state_wait(100);
	state.transport = NULL;
	state_unlock();
	transport_close(t);
}

/* wait_until_delivered waits until every queued message is delivered, so that hello sends what TAPI knows. 0 when stopping. */
static int wait_until_delivered(void)
{
	int ok;

	state_lock();
	while (!state.stopping && (state.first_message || state.in_callback))
		state_wait(200);
	ok = !state.stopping;
	state_unlock();
	return ok;
}

static int run_connection(void)
{
	Transport *t;
	Welcome w;

	if (!wait_until_delivered() || !(t = transport_open(state.stop)))
		return 0;
	if (!send_hello(t) || !read_welcome(t, &w)) {
		transport_close(t);
		return 0;
	}
	state_lock();
	memcpy(state.journal, w.journal, sizeof state.journal);
	state.transport = t;
	state.connected = state.connect_tried = 1;
	state.shown_out_of_service = 0;
	WakeAllConditionVariable(&state.changed);
	state_unlock();
	log_line(LOG_INFO, "connected to the daemon: journal %s, resume %u", w.journal, w.resume);
	send_queued_calls();
	read_until_end(t, w.heartbeat);
	connection_ended(t);
	log_line(LOG_INFO, "the connection to the daemon has ended");
	return 1;
}

/* show_out_of_service tells TAPI, when the grace period is over, that lines are out of service and calls unknown. */
static void show_out_of_service(void)
{
	state_lock();
	if (!state.connected && !state.shown_out_of_service && state.initialized && GetTickCount64() - state.lost_at >= GRACE_PERIOD) {
		state.shown_out_of_service = 1;
		for (DWORD i = 0; i < state.lines_count; i++) {
			Message *m = state.lines[i].used && !state.lines[i].closing && state.lines[i].in_service ? message_new(0) : NULL;
			if (!m)
				continue;
			m->kind = M_LINE_OUT_OF_SERVICE, m->handle = line_handle(&state.lines[i]);
			message_queue(m);
		}
		for (DWORD i = 0; i < state.calls_count; i++) {
			Call *c = &state.calls[i]; /* p call without a state yet cannot become UNKNOWN (rule R-37) */
			int live = c->used && c->announced && !c->failed && !c->closing && c->state && c->state != LINECALLSTATE_IDLE &&
				c->state != LINECALLSTATE_DISCONNECTED && c->state != LINECALLSTATE_UNKNOWN;
			Message *m = live ? message_new(0) : NULL;
			if (!m)
				continue;
			m->kind = M_CALL_UNKNOWN, m->handle = call_handle(c);
			message_queue(m);
		}
	}
	state_unlock();
}

static DWORD WINAPI link_run(LPVOID unused)
{
	DWORD wait = RETRY_FIRST;

	(void)unused;
	for (;;) {
		int was_connected = run_connection();
		DWORD r;

		state_lock();
		state.connect_tried = 1;
		WakeAllConditionVariable(&state.changed);
		state_unlock();
		wait = was_connected ? RETRY_FIRST : wait * 2 > RETRY_LAST ? RETRY_LAST : wait * 2;
		show_out_of_service();
		expire_queued_calls();
		{
			HANDLE any[2] = {state.stop, state.reconnect};
			r = WaitForMultipleObjects(2, any, FALSE, wait);
		}
		if (r == WAIT_OBJECT_0)
			return 0;
	}
}

int link_start(void)
{
	int ok;

	state_lock();
	if (!state.link_thread) {
		state.stopping = 0;
		state.lost_at = GetTickCount64() - GRACE_PERIOD;
		state.stop = CreateEventW(NULL, TRUE, FALSE, NULL);
		state.reconnect = CreateEventW(NULL, FALSE, FALSE, NULL);
		if (state.stop && state.reconnect) {
			state.dispatch_thread = CreateThread(NULL, 0, dispatch_run, NULL, 0, NULL);
			state.link_thread = CreateThread(NULL, 0, link_run, NULL, 0, NULL);
		}
	}
	ok = state.link_thread && state.dispatch_thread;
	state_unlock();
	return ok;
}

void link_wait_first(void)
{
	ULONGLONG until = GetTickCount64() + FIRST_CONNECT_TIMEOUT;

	state_lock();
	while (!state.connect_tried && GetTickCount64() < until)
		state_wait((DWORD)(until - GetTickCount64()) + 1);
	state_unlock();
}

void link_reconnect(void)
{
	if (state.transport)
		transport_end(state.transport);
	if (state.reconnect)
		SetEvent(state.reconnect);
}

/* link_stop ends both threads; when it returns, the provider does not call TAPI any more. */
void link_stop(void)
{
	HANDLE threads[2];
	DWORD n = 0;

	state_lock();
	state.stopping = 1;
	if (state.stop)
		SetEvent(state.stop);
	WakeAllConditionVariable(&state.changed);
	if (state.link_thread)
		threads[n++] = state.link_thread;
	if (state.dispatch_thread)
		threads[n++] = state.dispatch_thread;
	state_unlock();
	while (n > 0 && WaitForMultipleObjects(n, threads, TRUE, 250) == WAIT_TIMEOUT)
		CancelSynchronousIo(threads[0]); /* the link thread may be opening the pipe of a machine that does not reply */
	state_lock();
	while (state.sending_queued)
		state_wait(100);
	state_unlock();
	for (DWORD i = 0; i < n; i++)
		CloseHandle(threads[i]);
	if (state.stop)
		CloseHandle(state.stop);
	if (state.reconnect)
		CloseHandle(state.reconnect);
	state.link_thread = state.dispatch_thread = state.stop = state.reconnect = NULL;
}
