/* SPDX-License-Identifier: MIT */
#include "userlist.h"

#include <stdlib.h>
#include <string.h>

static DWORD *index_slot(UserList *c, const WCHAR *login)
{
	DWORD h = 2166136261u, i; /* FNV-1a */
	const WCHAR *p;

	for (p = login; *p; p++)
		h = (h ^ *p) * 16777619u;
	for (i = h % COUNT(c->index); c->index[i]; i = (i + 1) % COUNT(c->index))
		if (wcscmp(c->all[c->index[i] - 1].login, login) == 0)
			break;
	return &c->index[i]; /* there is always a free slot: MAX_USERS is less than a third of them */
}

static User *append_user(UserList *c, DWORD *slot, const WCHAR *login)
{
	User *p;

	if (c->count == c->capacity) {
		DWORD capacity = c->capacity ? 2 * c->capacity : 256;
		p = realloc(c->all, capacity * sizeof *p);
		if (!p)
			return NULL;
		c->all = p;
		c->capacity = capacity;
	}
	p = &c->all[c->count];
	memset(p, 0, sizeof *p);
	p->login = _wcsdup(login);
	if (!p->login)
		return NULL;
	*slot = ++c->count;
	return p;
}

/* set_shown_name sets "Full Name (extension)", or what is known of it. */
static int set_shown_name(User *p, const WCHAR *name, const WCHAR *extension)
{
	const WCHAR *first = *name ? name : p->login;
	size_t capacity = wcslen(first) + wcslen(extension) + 4;
	WCHAR *text = malloc(capacity * sizeof *text);

	if (!text)
		return 0;
	wcscpy(text, first);
	if (*extension) {
		wcscat(text, L" (");
		wcscat(text, extension);
		wcscat(text, L")");
	}
	free(p->shown_name);
	p->shown_name = text;
	return 1;
}

/* cut_at_tab ends the text at the next tab and gives the text behind it. */
static WCHAR *cut_at_tab(WCHAR *s)
{
	WCHAR *tab = wcschr(s, L'\t');

	if (!tab)
		return s + wcslen(s);
	*tab = 0;
	return tab + 1;
}

static int add_user(UserList *c, const WCHAR *text)
{
	WCHAR *login = _wcsdup(text), *extension, *name, *choice;
	DWORD *slot;
	User *p = NULL;
	int ok = 0;

	if (!login)
		return 0;
	extension = cut_at_tab(login);
	name = cut_at_tab(extension);
	choice = cut_at_tab(name);
	cut_at_tab(choice);
	slot = index_slot(c, login);
	if (*login == 0 || (*slot == 0 && c->count == MAX_USERS)) {
		ok = 1; /* the user is left out */
	} else if (*slot) {
		ok = set_shown_name(&c->all[*slot - 1], name, extension);
	} else {
		p = append_user(c, slot, login);
		if (p) {
			p->was_selected = p->selected = wcscmp(choice, L"selected") == 0;
			ok = set_shown_name(p, name, extension);
		}
	}
	free(login);
	return ok;
}

int userlist_add(UserList *c, const Answer *a)
{
	DWORD i;

	for (i = 0; i < a->count; i++)
		if (wcscmp(a->pairs[i].name, L"user") == 0 && !add_user(c, a->pairs[i].value))
			return 0;
	return 1;
}

int userlist_changed(const UserList *c)
{
	DWORD i;

	for (i = 0; i < c->count; i++)
		if (c->all[i].was_selected != c->all[i].selected)
			return 1;
	return 0;
}

void userlist_free(UserList *c)
{
	DWORD i;

	for (i = 0; i < c->count; i++) {
		free(c->all[i].login);
		free(c->all[i].shown_name);
	}
	free(c->all);
	free(c);
}
