#include "link.h"

#include <stdlib.h>
#include <string.h>

/* The link: one thread that connects to the daemon, says hello, reads frames until the connection ends, and connects
 * again. Replies go to who waits for them, everything else to the dispatcher. */

static int frame_read(Transport *t, Head *h, Message **m, DWORD ms)
{
	static uint8_t head[WIRE_HEAD]; /* the link thread's alone */
	int r = transport_read(t, head, WIRE_HEAD, ms);

	if (r <= 0)
		return r;
	if (!wire_head(head, h)) {
		log_line(LOG_ERROR, "the daemon sent what is no frame of version %d; the connection is given up", WIRE_VERSION);
		return -1;
	}
	*m = message_new(h->length);
	if (!*m)
		return -1;
	do
		r = transport_read(t, (*m)->bytes, h->length, ANSWER_TIME * 5);
	while (r == 0 && h->length == 0);
	if (r <= 0) {
		free(*m);
		return -1;
	}
	return 1;
}

static int came(const Head *h, Message *m)
{
	Bytes in = {m->bytes, m->size};
	uint64_t tick;
	uint16_t code;
	char text[256];

	switch (h->kind) {
	case KIND_REPLY:
		return answered(h->id, m);
	case KIND_COMPLETION:
		m->what = M_COMPLETION;
		if (!wire_read_completion(in, &m->completion))
			break;
		lock();
		message_put(m);
		unlock();
		return 1;
	case KIND_NOTIFICATION:
		m->what = M_NOTIFICATION;
		if (!wire_read_notification(in, &m->notification))
			break;
		lock();
		message_put(m);
		unlock();
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

/* welcomed waits for the answer to hello. */
static int welcomed(Transport *t, Welcome *w)
{
	Head h;
	Message *m;
	int ok;

	if (frame_read(t, &h, &m, ANSWER_TIME * 10) != 1)
		return 0;
	if (h.kind == KIND_ERROR) {
		came(&h, m);
		return 0;
	}
	ok = h.kind == KIND_WELCOME && wire_read_welcome((Bytes){m->bytes, m->size}, w);
	free(m);
	return ok;
}

/* stream reads until the connection ends. A side that is silent for three intervals is gone. */
static void stream(Transport *t, DWORD interval)
{
	ULONGLONG heard = GetTickCount64(), said = heard;
	uint8_t beat[64];

	for (;;) {
		Head h;
		Message *m;
		ULONGLONG now;
		int r = frame_read(t, &h, &m, interval / 2 + 1);

		now = GetTickCount64();
		if (r < 0)
			return;
		if (r > 0) {
			heard = now;
			if (!came(&h, m))
				return;
		} else if (now - heard > 3ull * interval) {
			log_line(LOG_WARN, "the daemon is silent; the connection is given up");
			return;
		}
		if (now - said >= interval) {
			said = now;
			if (!transport_write(t, beat, wire_heartbeat(beat, now), ANSWER_TIME))
				return;
		}
	}
}

/* ended gives up what the connection carried: requests under way fail, those accepted complete with OPERATIONFAILED, and
 * messages not yet delivered are dropped, since the next hello says how far TAPI got. */
static void ended(Transport *t)
{
	lock();
	if (state.connected)
		state.lost = GetTickCount64();
	state.connected = 0;
	asks_ended();
	while (state.first) {
		Message *m = state.first;
		state.first = m->next;
		free(m);
	}
	state.last = &state.first;
	for (Asked *a = state.asked; a; a = a->next)
		if (a->accepted)
			fail_later(a->request, LINEERR_OPERATIONFAILED);
	WakeAllConditionVariable(&state.changed);
	while (state.users > 0)
		wait_changed(100);
	state.transport = NULL;
	unlock();
	transport_close(t);
}

/* quiet waits until everything queued is delivered, so that hello tells what TAPI knows. 0 when stopping. */
static int quiet(void)
{
	int ok;

	lock();
	while (!state.stopping && (state.first || state.calling))
		wait_changed(200);
	ok = !state.stopping;
	unlock();
	return ok;
}

static int connect_once(void)
{
	Transport *t;
	Welcome w;

	if (!quiet() || !(t = transport_open(state.stop)))
		return 0;
	if (!hello(t) || !welcomed(t, &w)) {
		transport_close(t);
		return 0;
	}
	lock();
	memcpy(state.journal, w.journal, sizeof state.journal);
	state.transport = t;
	state.connected = state.tried = 1;
	state.told_out = 0;
	WakeAllConditionVariable(&state.changed);
	unlock();
	log_line(LOG_INFO, "connected to the daemon: journal %s, resume %u", w.journal, w.resume);
	send_queued();
	stream(t, w.heartbeat);
	ended(t);
	log_line(LOG_INFO, "the connection to the daemon has ended");
	return 1;
}

/* show_out tells TAPI, once the grace time is over, that lines are out of service and calls unknown. */
static void show_out(void)
{
	lock();
	if (!state.connected && !state.told_out && state.initialized && GetTickCount64() - state.lost >= GRACE_TIME) {
		state.told_out = 1;
		for (DWORD i = 0; i < state.lines_count; i++) {
			Message *m = state.lines[i].used && !state.lines[i].closing && state.lines[i].in_service ? message_new(0) : NULL;
			if (!m)
				continue;
			m->what = M_LINE_STATE, m->handle = line_handle(&state.lines[i]);
			message_put(m);
		}
		for (DWORD i = 0; i < state.calls_count; i++) {
			Call *c = &state.calls[i]; /* one without a state yet has none that could become unknown (rule R-37) */
			int live = c->used && c->announced && !c->dead && !c->closing && c->state && c->state != LINECALLSTATE_IDLE &&
				c->state != LINECALLSTATE_DISCONNECTED && c->state != LINECALLSTATE_UNKNOWN;
			Message *m = live ? message_new(0) : NULL;
			if (!m)
				continue;
			m->what = M_CALL_UNKNOWN, m->handle = call_handle(c);
			message_put(m);
		}
	}
	unlock();
}

static DWORD WINAPI link_run(LPVOID unused)
{
	DWORD wait = RETRY_FIRST;

	(void)unused;
	for (;;) {
		int was = connect_once();
		DWORD r;

		lock();
		state.tried = 1;
		WakeAllConditionVariable(&state.changed);
		unlock();
		wait = was ? RETRY_FIRST : wait * 2 > RETRY_LAST ? RETRY_LAST : wait * 2;
		show_out();
		give_up();
		{
			HANDLE any[2] = {state.stop, state.again};
			r = WaitForMultipleObjects(2, any, FALSE, wait);
		}
		if (r == WAIT_OBJECT_0)
			return 0;
	}
}

int link_start(void)
{
	int ok;

	lock();
	if (!state.link) {
		state.stopping = 0;
		state.lost = GetTickCount64() - GRACE_TIME;
		state.stop = CreateEventW(NULL, TRUE, FALSE, NULL);
		state.again = CreateEventW(NULL, FALSE, FALSE, NULL);
		if (state.stop && state.again) {
			state.dispatcher = CreateThread(NULL, 0, dispatch_run, NULL, 0, NULL);
			state.link = CreateThread(NULL, 0, link_run, NULL, 0, NULL);
		}
	}
	ok = state.link && state.dispatcher;
	unlock();
	return ok;
}

void link_first(void)
{
	ULONGLONG until = GetTickCount64() + FIRST_TIME;

	lock();
	while (!state.tried && GetTickCount64() < until)
		wait_changed((DWORD)(until - GetTickCount64()) + 1);
	unlock();
}

void link_renew(void)
{
	if (state.transport)
		transport_end(state.transport);
	if (state.again)
		SetEvent(state.again);
}

/* link_stop ends both threads; after it nothing calls TAPI. */
void link_stop(void)
{
	HANDLE threads[2];
	DWORD n = 0;

	lock();
	state.stopping = 1;
	if (state.stop)
		SetEvent(state.stop);
	WakeAllConditionVariable(&state.changed);
	if (state.link)
		threads[n++] = state.link;
	if (state.dispatcher)
		threads[n++] = state.dispatcher;
	unlock();
	while (n > 0 && WaitForMultipleObjects(n, threads, TRUE, 250) == WAIT_TIMEOUT)
		CancelSynchronousIo(threads[0]); /* the link may be opening the pipe of a machine that does not answer */
	lock();
	while (state.sending)
		wait_changed(100);
	unlock();
	for (DWORD i = 0; i < n; i++)
		CloseHandle(threads[i]);
	if (state.stop)
		CloseHandle(state.stop);
	if (state.again)
		CloseHandle(state.again);
	state.link = state.dispatcher = state.stop = state.again = NULL;
}
