#include "link.h"

/* MakeCalls that are asked for while the daemon is away wait for it, for a bounded time, and are sent once. */

/* give_up completes MakeCalls that waited too long for the daemon. */
void give_up(void)
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
void send_queued(void)
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

