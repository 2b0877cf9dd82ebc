/* Stand-ins for tapi32.dll under Wine, which has none that works: the queue of messages that both have. */
#ifndef FAKE_H
#define FAKE_H

#include <windows.h>
#include <tapi.h>

#define FAKE_APP ((HLINEAPP)0x77)

int queue_open(HANDLE *event);
void queue_close(void);
/* queue_post hands a message to the program. TAPI writes a made call's handle when its reply is taken: *place = made. */
void queue_post(DWORD_PTR device, DWORD message, DWORD_PTR instance, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3, HCALL *place, HCALL made);

#endif
