/* SPDX-License-Identifier: MIT */
/* Declarations that the files of the link share: link.c is its thread; reply.c, hello.c and queued_calls.c send. */
#ifndef LINK_H
#define LINK_H

#include "tsp.h"

/* send_hello sends every device, open line and live call to the daemon; 0 when that fails. */
int send_hello(Transport *t);

/* reply_received passes a reply to the thread that waits for it. It owns m from then on. 0 when the reply cannot be read. */
int reply_received(uint32_t id, Message *m);
void fail_waiters(void);

void send_queued_calls(void);   /* sends the MakeCalls that waited for a connection, from a thread of their own */
void expire_queued_calls(void); /* completes those that waited too long */

#endif
