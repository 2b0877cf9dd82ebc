/* SPDX-License-Identifier: MIT */
/* The people whose lines can be had: what the daemon says of them and what the user chose. */
#ifndef OFFHOOK_UI_CROWD_H
#define OFFHOOK_UI_CROWD_H

#include "ui.h"

#define MAX_PEOPLE 20000 /* twice what a daemon gives */

typedef struct {
	WCHAR *login, *shown; /* shown: Full Name (extension) */
	int was, selected, lit; /* lit: highlighted in its list */
} Person;

typedef struct {
	Person *all;
	DWORD count, room;
	DWORD index[1 << 16]; /* by login: place + 1; 0 is free */
} Crowd;

/* crowd_learn takes the users of an answer; what was chosen for those already known stays. 0: out of memory. */
int crowd_learn(Crowd *c, const Answer *a);
int crowd_changed(const Crowd *c);
void crowd_free(Crowd *c);

#endif
