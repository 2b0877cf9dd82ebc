/* SPDX-License-Identifier: MIT */
#include "link.h"

/* A MakeCall that comes while no daemon is connected waits for a connection, for a bounded time, and is sent once. */

/* expire_queued_calls completes the MakeCalls that waited too long for a connection. */
void expire_queued_calls(void)
{
	ULONGLONG now = GetTickCount64();

	state_lock();
	for (Pending *p = state.pending; p; p = p->next)
		if (p->queued && now >= p->deadline) {
			p->queued = 0;
			queue_completion(p->request, LINEERR_OPERATIONFAILED);
		}
	state_unlock();
}

static DWORD WINAPI send_queued_run(LPVOID unused)
{
	(void)unused;
	for (;;) {
		Pending *p;
		Request r;
		DWORD request, call;
		Line *l;
		ReceivedReply received;
		LONG result = LINEERR_OPERATIONFAILED;

		state_lock();
		for (p = state.pending; p && !p->queued; p = p->next)
			;
		if (!p || !state.connected || state.stopping) {
			state.sending_queued = 0;
			WakeAllConditionVariable(&state.changed);
			state_unlock();
			return 0;
		}
		p->queued = 0, p->accepted = 1; /* from here on the end of the connection completes it */
		r = p->to_send;
		request = p->request, call = p->call;
		l = line_by_handle(p->line);
		r.line = l ? l->daemon_handle : 0;
		state_unlock();
		if (!daemon_request_handle(&r, &received, 0, call))
			continue; /* the end of the connection completed it; it is never sent again */
		result = received.reply.result;
		reply_release(&received);
		if (result != 0) {
			state_lock();
			queue_completion(request, result);
			state_unlock();
		}
	}
}

/* send_queued_calls sends the MakeCalls that waited, from a thread of their own, since the link thread has to read the
 * replies. */
void send_queued_calls(void)
{
	HANDLE t;
	int any = 0;

	state_lock();
	for (Pending *p = state.pending; p; p = p->next)
		any |= p->queued;
	if (any && !state.sending_queued)
		state.sending_queued = 1;
	else
		any = 0;
	state_unlock();
	if (any && (t = CreateThread(NULL, 0, send_queued_run, NULL, 0, NULL)))
		CloseHandle(t);
	else if (any) {
		state_lock();
		state.sending_queued = 0;
		state_unlock();
	}
}

