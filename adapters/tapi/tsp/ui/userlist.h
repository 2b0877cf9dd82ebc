/* SPDX-License-Identifier: MIT */
/* The list of the PBX's users: what the daemon says about them, and which of them are selected to get lines. */
#ifndef OFFHOOK_UI_USERLIST_H
#define OFFHOOK_UI_USERLIST_H

#include "ui.h"

#define MAX_USERS 20000 /* twice as many as a daemon lists */

typedef struct {
	WCHAR *login, *shown_name; /* shown_name: Full Name (extension) */
	int was_selected, selected, highlighted; /* highlighted in its list box */
} User;

typedef struct {
	User *all;
	DWORD count, capacity;
	DWORD index[1 << 16]; /* hash table by login: index in all + 1; 0 is free */
} UserList;

/* userlist_add adds the users of an answer. A user who is in the list keeps the selection made here. 0: out of memory. */
int userlist_add(UserList *c, const Answer *a);
int userlist_changed(const UserList *c);
void userlist_free(UserList *c);

#endif
