/* What the files of the link have in common: link.c is its thread, ask.c, hello.c and queued.c are what goes out. */
#ifndef LINK_H
#define LINK_H

#include "tsp.h"

/* hello tells the daemon every device, open line and live call. 0: it could not be sent. */
int hello(Transport *t);

/* answered hands a reply over, and enters the daemon's handle of a new line or call before anything later is read. 0: the
 * reply cannot be read. It takes m. */
int answered(uint32_t id, Message *m);
void asks_ended(void);

void send_queued(void); /* sends the MakeCalls that waited, from a thread of their own */
void give_up(void);     /* completes those that waited too long */

#endif
