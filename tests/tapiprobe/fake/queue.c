/* SPDX-License-Identifier: MIT */
#include "fake.h"

#include <string.h>

enum { MAX_ITEMS = 8192 };

static struct item {
	LINEMESSAGE m;
	HCALL *handle_out, made;
} items[MAX_ITEMS];

static CRITICAL_SECTION queue_lock;
static HANDLE queue_event;
static DWORD first, count;

int queue_open(HANDLE *event)
{
	InitializeCriticalSection(&queue_lock);
	first = count = 0;
	*event = queue_event = CreateEventW(NULL, TRUE, FALSE, NULL); /* set while there are messages, as TAPI's event is */
	return queue_event != NULL;
}

void queue_close(void)
{
	CloseHandle(queue_event);
	DeleteCriticalSection(&queue_lock);
}

void queue_post(DWORD_PTR device, DWORD message, DWORD_PTR instance, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3, HCALL *handle_out, HCALL made)
{
	struct item i = {{(DWORD)device, message, instance, p1, p2, p3}, handle_out, made};

	EnterCriticalSection(&queue_lock);
	if (count < MAX_ITEMS)
		items[(first + count++) % MAX_ITEMS] = i;
	SetEvent(queue_event);
	LeaveCriticalSection(&queue_lock);
}

LONG WINAPI lineGetMessage(HLINEAPP app, LPLINEMESSAGE m, DWORD ms)
{
	LONG result = LINEERR_OPERATIONFAILED; /* TAPI returns this when no message comes in time */

	if (app != FAKE_APP)
		return LINEERR_INVALAPPHANDLE;
	WaitForSingleObject(queue_event, ms);
	EnterCriticalSection(&queue_lock);
	if (count) {
		struct item *i = &items[first];
		*m = i->m;
		if (i->handle_out)
			*i->handle_out = i->made;
		first = (first + 1) % MAX_ITEMS, count--;
		result = 0;
	}
	if (!count)
		ResetEvent(queue_event);
	LeaveCriticalSection(&queue_lock);
	return result;
}
