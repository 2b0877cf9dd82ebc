/* SPDX-License-Identifier: MIT */
/* This header declares the message queue of the two tapi32.dll in this directory. The tests use them, since Wine's tapi32.dll has no
 * Telephony service. */
#ifndef FAKE_H
#define FAKE_H

#include <windows.h>
#include <tapi.h>

#define FAKE_APP ((HLINEAPP)0x77)

int queue_open(HANDLE *event);
void queue_close(void);
/* queue_post queues a message for the program. When the program reads a LINE_REPLY, *handle_out gets the handle of the new call. */
void queue_post(DWORD_PTR device, DWORD message, DWORD_PTR instance, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3, HCALL *handle_out, HCALL made);

#endif
