#include "tsp.h"

#include <stdlib.h>
#include <string.h>

/* The link: one thread that connects to the daemon, says hello, reads frames until the connection ends, and connects
 * again. Replies go to who waits for them, everything else to the dispatcher. */

typedef struct Wait {
	struct Wait *next;
	uint32_t id;
	int done; /* 1: answered, -1: the connection ended */
	DWORD line, call, request;
	Answer *answer;
} Wait;

/* ---- asking ---- */

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
	state.users--;
	WakeAllConditionVariable(&state.changed);
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
	Wait w = {.line = line, .call = call, .request = r->request, .answer = a};
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
		if (now >= until || !wait_changed((DWORD)(until - now)))
			if (GetTickCount64() >= until)
				break;
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

/* ---- hello ---- */

/* hellos tells the daemon every device, open line and live call, in as many frames as it takes. The lock is held while the
 * frames are made, not while they are sent. */
static int hellos(Transport *t)
{
	HelloLine *lines;
	HelloCall *calls;
	DWORD nl = 0, nc = 0, il = 0, ic = 0;
	uint8_t *frame = malloc(WIRE_MAX_FRAME);
	Hello h = {.bits = sizeof(void *) * 8, .process = GetCurrentProcessId(), .product = "offhook.tsp " VERSION_TEXT};
	int ok = 1;

	lock();
	lines = malloc((state.devices_count + 1) * sizeof *lines);
	calls = malloc((state.calls_count + 1) * sizeof *calls);
	if (!frame || !lines || !calls) {
		unlock();
		ok = 0;
		goto done;
	}
	h.initialized = state.initialized != 0;
	h.version = state.version, h.provider = state.provider, h.line_base = state.line_base, h.lines_number = state.lines_number;
	memcpy(h.journal, state.journal, sizeof h.journal);
	h.position = state.delivered;
	for (DWORD i = 0; state.initialized && i < state.devices_count; i++) {
		HelloLine *o = &lines[nl];
		if (state.devices[i].removed)
			continue;
		memset(o, 0, sizeof *o);
		o->device = state.devices[i].id, o->permanent = state.devices[i].permanent;
		for (DWORD k = 0; k < state.lines_count; k++) {
			Line *l = &state.lines[k];
			if (!l->used || l->closing || l->opening || l->device != o->device)
				continue;
			if (!l->wire) /* opened while the daemon was away: the number is ours to choose */
				l->wire = 0xFFF00000u | (k + 1);
			o->line = l->wire, o->version = l->version, o->media = l->media;
			o->line_states = l->line_states, o->address_states = l->address_states, o->in_service = (uint8_t)l->in_service;
		}
		nl++;
	}
	for (DWORD i = 0; i < state.calls_count; i++) {
		Call *c = &state.calls[i];
		Line *l = c->used ? line_at(c->line) : NULL;
		if (!l || !c->announced || c->dead || c->closing || !c->wire || !c->id || c->state == LINECALLSTATE_IDLE) {
			c->wire = 0; /* the next daemon does not hear of it, and may give its number to another call */
			continue;
		}
		calls[nc++] = (HelloCall){l->wire, c->wire, c->id, c->state, c->mode};
		if (!c->state && c->info && image_u32(&c->info->image, FIELD_OFFSET(LINECALLINFO, dwOrigin)) == LINECALLORIGIN_OUTBOUND)
			calls[nc - 1].mode = HELLO_OUTBOUND;
	}
	unlock();
	do {
		h.lines = lines + il, h.lines_count = (uint16_t)(nl - il > MAX_HELLO_LINES ? MAX_HELLO_LINES : nl - il);
		il += h.lines_count;
		h.calls = calls + ic, h.calls_count = (uint16_t)(il < nl ? 0 : nc - ic > MAX_HELLO_CALLS ? MAX_HELLO_CALLS : nc - ic);
		if (h.lines_count + h.calls_count > MAX_HELLO_LINES)
			h.calls_count = (uint16_t)(MAX_HELLO_LINES - h.lines_count);
		ic += h.calls_count;
		h.more = il < nl || ic < nc;
		ok = transport_write(t, frame, wire_hello(frame, &h), ANSWER_TIME);
	} while (ok && h.more);
done:
	free(frame);
	free(lines);
	free(calls);
	return ok;
}

/* ---- frames that come ---- */

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

/* replied hands a reply over, and enters the daemon's handle of a new line or call before anything later is read. */
static int replied(uint32_t id, Message *m)
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
		WakeAllConditionVariable(&state.changed);
		unlock();
		return 1;
	}
	unlock();
	free(m); /* too late: nobody waits any more */
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
		return replied(h->id, m);
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

/* ---- the connection's life ---- */

static void send_queued(void);

/* ended gives up what the connection carried: requests under way fail, those accepted complete with OPERATIONFAILED, and
 * messages not yet delivered are dropped, since the next hello says how far TAPI got. */
static void ended(Transport *t)
{
	lock();
	if (state.connected)
		state.lost = GetTickCount64();
	state.connected = 0;
	for (Wait *w = state.waits; w; w = w->next)
		if (!w->done)
			w->done = -1;
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
	if (!hellos(t) || !welcomed(t, &w)) {
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
			Call *c = &state.calls[i];
			int live = c->used && c->announced && !c->dead && !c->closing && c->state != LINECALLSTATE_IDLE &&
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

/* give_up completes MakeCalls that waited too long for the daemon. */
static void give_up(void)
{
	ULONGLONG now = GetTickCount64();

	lock();
	for (Asked *a = state.asked; a; a = a->next)
		if (a->queued && now >= a->deadline) {
			a->queued = 0;
			fail_later(a->request, LINEERR_OPERATIONFAILED);
		}
	unlock();
}

static DWORD WINAPI queued_run(LPVOID unused)
{
	(void)unused;
	for (;;) {
		Asked *a;
		Request r;
		DWORD request, call;
		Line *l;
		Answer answer;
		LONG result = LINEERR_OPERATIONFAILED;

		lock();
		for (a = state.asked; a && !a->queued; a = a->next)
			;
		if (!a || !state.connected || state.stopping) {
			state.sending = 0;
			WakeAllConditionVariable(&state.changed);
			unlock();
			return 0;
		}
		a->queued = 0, a->accepted = 1; /* from now on an end of the connection completes it */
		r = a->what;
		request = a->request, call = a->call;
		l = line_at(a->line);
		r.line = l ? l->wire : 0;
		unlock();
		if (!ask_new(&r, &answer, 0, call))
			continue; /* the end of the connection has completed it; it is never sent again */
		result = answer.reply.result;
		answer_drop(&answer);
		if (result != 0) {
			lock();
			fail_later(request, result);
			unlock();
		}
	}
}

/* send_queued sends the MakeCalls that waited, from a thread of their own, since the link has to read their replies. */
static void send_queued(void)
{
	HANDLE t;
	int any = 0;

	lock();
	for (Asked *a = state.asked; a; a = a->next)
		any |= a->queued;
	if (any && !state.sending)
		state.sending = 1;
	else
		any = 0;
	unlock();
	if (any && (t = CreateThread(NULL, 0, queued_run, NULL, 0, NULL)))
		CloseHandle(t);
	else if (any) {
		lock();
		state.sending = 0;
		unlock();
	}
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
	if (n > 0)
		WaitForMultipleObjects(n, threads, TRUE, INFINITE);
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
