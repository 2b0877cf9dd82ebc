/* SPDX-License-Identifier: MIT */
#include "crowd.h"

#include <stdlib.h>
#include <string.h>

static DWORD *slot(Crowd *c, const WCHAR *login)
{
	DWORD h = 2166136261u, i; /* FNV-1a */
	const WCHAR *p;

	for (p = login; *p; p++)
		h = (h ^ *p) * 16777619u;
	for (i = h % COUNT(c->index); c->index[i]; i = (i + 1) % COUNT(c->index))
		if (wcscmp(c->all[c->index[i] - 1].login, login) == 0)
			break;
	return &c->index[i]; /* there is always a free one: MAX_PEOPLE is less than a third */
}

static Person *add(Crowd *c, DWORD *place, const WCHAR *login)
{
	Person *p;

	if (c->count == c->room) {
		DWORD room = c->room ? 2 * c->room : 256;
		p = realloc(c->all, room * sizeof *p);
		if (!p)
			return NULL;
		c->all = p;
		c->room = room;
	}
	p = &c->all[c->count];
	memset(p, 0, sizeof *p);
	p->login = _wcsdup(login);
	if (!p->login)
		return NULL;
	*place = ++c->count;
	return p;
}

/* show makes "Full Name (extension)" of what is known. */
static int show(Person *p, const WCHAR *name, const WCHAR *extension)
{
	const WCHAR *first = *name ? name : p->login;
	size_t room = wcslen(first) + wcslen(extension) + 4;
	WCHAR *text = malloc(room * sizeof *text);

	if (!text)
		return 0;
	wcscpy(text, first);
	if (*extension) {
		wcscat(text, L" (");
		wcscat(text, extension);
		wcscat(text, L")");
	}
	free(p->shown);
	p->shown = text;
	return 1;
}

/* cut ends the text before the next tab and gives what follows it. */
static WCHAR *cut(WCHAR *s)
{
	WCHAR *tab = wcschr(s, L'\t');

	if (!tab)
		return s + wcslen(s);
	*tab = 0;
	return tab + 1;
}

static int learn_one(Crowd *c, const WCHAR *text)
{
	WCHAR *login = _wcsdup(text), *extension, *name, *choice;
	DWORD *place;
	Person *p = NULL;
	int ok = 0;

	if (!login)
		return 0;
	extension = cut(login);
	name = cut(extension);
	choice = cut(name);
	cut(choice);
	place = slot(c, login);
	if (*login == 0 || (*place == 0 && c->count == MAX_PEOPLE)) {
		ok = 1; /* passed over */
	} else if (*place) {
		ok = show(&c->all[*place - 1], name, extension);
	} else {
		p = add(c, place, login);
		if (p) {
			p->was = p->selected = wcscmp(choice, L"selected") == 0;
			ok = show(p, name, extension);
		}
	}
	free(login);
	return ok;
}

int crowd_learn(Crowd *c, const Answer *a)
{
	DWORD i;

	for (i = 0; i < a->count; i++)
		if (wcscmp(a->pairs[i].name, L"user") == 0 && !learn_one(c, a->pairs[i].value))
			return 0;
	return 1;
}

int crowd_changed(const Crowd *c)
{
	DWORD i;

	for (i = 0; i < c->count; i++)
		if (c->all[i].was != c->all[i].selected)
			return 1;
	return 0;
}

void crowd_free(Crowd *c)
{
	DWORD i;

	for (i = 0; i < c->count; i++) {
		free(c->all[i].login);
		free(c->all[i].shown);
	}
	free(c->all);
	free(c);
}
