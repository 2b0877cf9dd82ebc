#include "fake.h"

#include <string.h>

enum { ROOM = 8192 };

static struct item {
	LINEMESSAGE m;
	HCALL *place, made;
} items[ROOM];

static CRITICAL_SECTION lock;
static HANDLE some;
static DWORD first, number;

int queue_open(HANDLE *event)
{
	InitializeCriticalSection(&lock);
	first = number = 0;
	*event = some = CreateEventW(NULL, TRUE, FALSE, NULL); /* set as long as there is something, as TAPI's */
	return some != NULL;
}

void queue_close(void)
{
	CloseHandle(some);
	DeleteCriticalSection(&lock);
}

void queue_post(DWORD_PTR device, DWORD message, DWORD_PTR instance, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3, HCALL *place, HCALL made)
{
	struct item i = {{(DWORD)device, message, instance, p1, p2, p3}, place, made};

	EnterCriticalSection(&lock);
	if (number < ROOM)
		items[(first + number++) % ROOM] = i;
	SetEvent(some);
	LeaveCriticalSection(&lock);
}

LONG WINAPI lineGetMessage(HLINEAPP app, LPLINEMESSAGE m, DWORD ms)
{
	LONG result = LINEERR_OPERATIONFAILED; /* what TAPI says when nothing comes in time */

	if (app != FAKE_APP)
		return LINEERR_INVALAPPHANDLE;
	WaitForSingleObject(some, ms);
	EnterCriticalSection(&lock);
	if (number) {
		struct item *i = &items[first];
		*m = i->m;
		if (i->place)
			*i->place = i->made;
		first = (first + 1) % ROOM, number--;
		result = 0;
	}
	if (!number)
		ResetEvent(some);
	LeaveCriticalSection(&lock);
	return result;
}
