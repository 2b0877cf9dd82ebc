/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

struct call calls[CALLS_MAX];

struct call *call_by_handle(HCALL h)
{
	for (int i = 0; h && i < CALLS_MAX; i++)
		if (calls[i].used && calls[i].h == h)
			return &calls[i];
	return NULL;
}

struct call *call_add(HCALL h, int line, DWORD privilege)
{
	struct call *c = call_by_handle(h);

	for (int i = 0; !c && h && i < CALLS_MAX; i++)
		if (!calls[i].used)
			c = &calls[i];
	if (!c || c->used)
		return c;
	*c = (struct call){.used = 1, .line = line, .h = h, .privilege = privilege};
	if (line >= 0)
		c->call_number = ++lines[line].calls_seen;
	return c;
}

void call_close(struct call *c)
{
	c->used = 0;
	lineDeallocateCall(c->h);
}

void calls_close(int line)
{
	for (int i = 0; i < CALLS_MAX; i++)
		if (calls[i].used && (line < 0 || calls[i].line == line))
			call_close(&calls[i]);
}

static LONG get_call_info(const void *of, void *into) { return lineGetCallInfoW(*(const HCALL *)of, into); }

LONG call_parties(HCALL h, struct parties *p)
{
	LONG err;
	LINECALLINFO *i = read_structure(get_call_info, &h, sizeof *i, 2048, &err);

	memset(p, 0, sizeof *p);
	if (!i)
		return err;
#define PARTY(f, word) \
	field_text(i, i->dw##f##IDOffset, i->dw##f##IDSize, p->word, sizeof p->word); \
	field_text(i, i->dw##f##IDNameOffset, i->dw##f##IDNameSize, p->word##_name, sizeof p->word##_name)
	PARTY(Caller, caller);
	PARTY(Called, called);
	PARTY(Connected, connected);
	PARTY(Redirecting, redirecting);
	PARTY(Redirection, redirection);
	field_text(i, i->dwDisplayOffset, i->dwDisplaySize, p->display, sizeof p->display);
	p->id = i->dwCallID, p->related = i->dwRelatedCallID, p->origin = i->dwOrigin, p->reason = i->dwReason;
	p->bearer = i->dwBearerMode, p->media = i->dwMediaMode;
	free(i);
	return 0;
}

static LONG get_status(const void *of, void *into) { return lineGetCallStatus(*(const HCALL *)of, into); }

LONG call_status(struct call *c, int how)
{
	LONG err;
	LINECALLSTATUS *s = read_structure(get_status, &c->h, sizeof *s, sizeof *s + 64, &err);

	if (!s)
		return err;
	c->features = s->dwCallFeatures, c->privilege = s->dwCallPrivilege;
	if (how) /* later states come from messages; the status may be ahead of them */
		c->state = s->dwCallState, c->mode = s->dwCallStateMode;
	free(s);
	return 0;
}

struct call *call_find(int line, DWORD states, unsigned call_number)
{
	struct call *best = NULL;

	for (int i = 0; i < CALLS_MAX; i++) {
		struct call *c = &calls[i];
		if (c->used && c->line == line && (c->state & states) && (call_number ? c->call_number == call_number : !best || c->call_number > best->call_number))
			best = c;
	}
	return best;
}

static LONG get_new_calls(const void *of, void *into) { return lineGetNewCalls(*(const HLINE *)of, 0, LINECALLSELECT_LINE, into); }

void calls_add_existing(int i)
{
	LONG err;
	LINECALLLIST *l = read_structure(get_new_calls, &lines[i].h, sizeof *l, 1024, &err);
	DWORD n = 0;

	if (l && l->dwCallsOffset <= l->dwUsedSize && l->dwCallsSize <= l->dwUsedSize - l->dwCallsOffset)
		n = l->dwCallsSize / sizeof(HCALL) < l->dwCallsNumEntries ? l->dwCallsSize / sizeof(HCALL) : l->dwCallsNumEntries;
	for (DWORD k = 0; k < n; k++) {
		struct parties *p = malloc(sizeof *p);
		HCALL h;
		struct call *c;
		memcpy(&h, (BYTE *)l + l->dwCallsOffset + k * sizeof h, sizeof h);
		c = call_add(h, i, LINECALLPRIVILEGE_MONITOR);
		if (c)
			call_status(c, 1);
		if (c && p && call_parties(h, p) == 0)
			c->id = p->id;
		free(p);
	}
	free(l);
}
