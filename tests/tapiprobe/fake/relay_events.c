/* SPDX-License-Identifier: MIT */
#include "relay.h"

DWORD call_new(DWORD line)
{
	static DWORD next = 1;
	DWORD i;

	EnterCriticalSection(&lock);
	i = next++ % CALLS;
	if (i == 0)
		i = next++ % CALLS;
	calls[i] = (struct call){.used = 1, .line = line};
	LeaveCriticalSection(&lock);
	return i;
}

struct creation {
	DWORD_PTR temporary;
	DWORD device;
};

static DWORD WINAPI create_device(void *with)
{
	struct creation *c = with;

	if (tsp.providerCreateLineDevice(c->temporary, c->device) == 0)
		queue_post(0, LINE_CREATE, 0, c->device, 0, 0, NULL, 0);
	HeapFree(GetProcessHeap(), 0, c);
	return 0;
}

/* on_device_created calls the provider on another thread, as tapisrv does. */
static void on_device_created(DWORD_PTR temporary)
{
	struct creation *c = HeapAlloc(GetProcessHeap(), 0, sizeof *c);
	HANDLE thread;

	if (!c)
		return;
	c->temporary = temporary, c->device = devices++;
	thread = CreateThread(NULL, 0, create_device, c, 0, NULL);
	if (thread)
		CloseHandle(thread);
}

static void on_new_call(DWORD l, DWORD_PTR hd, HTAPICALL *handle_out)
{
	DWORD i = call_new(l);

	calls[i].hd = (HDRVCALL)hd;
	*handle_out = TSPI_CALL(i);
	queue_post((DWORD_PTR)APP_LINE(l), LINE_APPNEWCALL, lines[l].instance, 0, (DWORD_PTR)APP_CALL(i), lines[l].privilege, NULL, 0);
}

void CALLBACK on_event(HTAPILINE hl, HTAPICALL hc, DWORD message, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	ULONG_PTR l = (ULONG_PTR)hl - 0x10000, i = (ULONG_PTR)hc - 0x20000;

	if (message == LINE_CREATE)
		on_device_created(p2);
	else if (message == LINE_REMOVE)
		queue_post(0, LINE_REMOVE, 0, p1, 0, 0, NULL, 0);
	else if (l >= LINES || !lines[l].open)
		return;
	else if (message == LINE_NEWCALL)
		on_new_call((DWORD)l, p1, (HTAPICALL *)p2);
	else if (!hc)
		queue_post((DWORD_PTR)APP_LINE(l), message, lines[l].instance, p1, p2, p3, NULL, 0);
	else if (i < CALLS && calls[i].used) {
		if (message == LINE_CALLSTATE) { /* p3 is the media mode for TAPI, and the privilege for a program, in its first state only */
			p3 = calls[i].state_told ? 0 : lines[l].privilege;
			calls[i].state_told = 1;
		}
		queue_post((DWORD_PTR)APP_CALL(i), message, lines[l].instance, p1, p2, p3, NULL, 0);
	}
}

void CALLBACK on_completion(DRV_REQUESTID id, LONG result)
{
	struct request *r = &requests[id % REQUESTS];

	if (r->id != (DWORD)id)
		return;
	if (r->call)
		calls[r->call].state_told = 1; /* the program knows that it owns the call */
	queue_post(0, LINE_REPLY, lines[r->line].instance, id, (DWORD_PTR)result, 0, result == 0 ? r->handle_out : NULL, r->call ? APP_CALL(r->call) : 0);
	r->id = 0;
}
