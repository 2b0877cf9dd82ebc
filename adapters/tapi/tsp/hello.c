/* SPDX-License-Identifier: MIT */
#include "link.h"

#include <stdlib.h>
#include <string.h>

/* The hello frame lists every device, open line and live call, so that the daemon continues where TAPI stands. */

/* collect_lines fills lines with the devices, each with the line that is open on it; the lock is held. */
static DWORD collect_lines(HelloLine *lines)
{
	DWORD n = 0;

	for (DWORD i = 0; state.initialized && i < state.devices_count; i++) {
		HelloLine *o = &lines[n];
		if (state.devices[i].removed)
			continue;
		memset(o, 0, sizeof *o);
		o->device = state.devices[i].id, o->permanent = state.devices[i].permanent;
		for (DWORD k = 0; k < state.lines_count; k++) {
			Line *l = &state.lines[k];
			if (!l->used || l->closing || l->opening || l->device != o->device)
				continue;
			if (!l->daemon_handle) /* opened while no daemon was connected: the provider chooses the handle */
				l->daemon_handle = 0xFFF00000u | (k + 1);
			o->line = l->daemon_handle, o->version = l->version, o->media = l->media;
			o->line_states = l->line_states, o->address_states = l->address_states, o->in_service = (uint8_t)l->in_service;
		}
		n++;
	}
	return n;
}

/* collect_calls fills calls with the calls that TAPI has; the lock is held. */
static DWORD collect_calls(HelloCall *calls)
{
	DWORD n = 0;

	for (DWORD i = 0; i < state.calls_count; i++) {
		Call *c = &state.calls[i];
		Line *l = c->used ? line_by_handle(c->line) : NULL;
		if (!l || !c->announced || c->failed || c->closing || !c->daemon_handle || !c->id || c->state == LINECALLSTATE_IDLE) {
			c->daemon_handle = 0; /* the daemon does not learn of this call, and may give its handle to another one */
			continue;
		}
		calls[n] = (HelloCall){l->daemon_handle, c->daemon_handle, c->id, c->state, c->mode};
		if (!c->state && c->info && image_u32(&c->info->image, FIELD_OFFSET(LINECALLINFO, dwOrigin)) == LINECALLORIGIN_OUTBOUND)
			calls[n].mode = HELLO_OUTBOUND;
		n++;
	}
	return n;
}

/* write_hello_frames sends lines and calls in as many frames as they need, calls behind the last lines. */
static int write_hello_frames(Transport *t, uint8_t *frame, Hello *h, DWORD lines, DWORD calls)
{
	const HelloLine *line = h->lines, *last_line = h->lines + lines;
	const HelloCall *call = h->calls, *last_call = h->calls + calls;

	do {
		DWORD nl = (DWORD)(last_line - line), nc = (DWORD)(last_call - call);
		if (nl > MAX_HELLO_LINES)
			nl = MAX_HELLO_LINES;
		if (nc > MAX_HELLO_CALLS)
			nc = MAX_HELLO_CALLS;
		if (line + nl < last_line)
			nc = 0;
		h->lines = line, h->lines_count = (uint16_t)nl, line += nl;
		h->calls = call, h->calls_count = (uint16_t)nc, call += nc;
		h->more = line < last_line || call < last_call;
		if (!transport_write(t, frame, wire_hello(frame, h), REPLY_TIMEOUT))
			return 0;
	} while (h->more);
	return 1;
}

/* send_hello holds the lock while it collects, not while it sends. */
int send_hello(Transport *t)
{
	Hello h = {.bits = sizeof(void *) * 8, .process = GetCurrentProcessId(), .product = "offhook.tsp " VERSION_TEXT};
	uint8_t *frame = malloc(WIRE_MAX_FRAME);
	HelloLine *lines;
	HelloCall *calls;
	DWORD nl = 0, nc = 0;
	int ok;

	state_lock();
	lines = malloc((state.devices_count + 1) * sizeof *lines);
	calls = malloc((state.calls_count + 1) * sizeof *calls);
	ok = frame && lines && calls;
	if (ok) {
		h.initialized = state.initialized != 0;
		h.version = state.version, h.provider = state.provider, h.line_base = state.line_base, h.lines_number = state.lines_number;
		memcpy(h.journal, state.journal, sizeof h.journal);
		h.position = state.delivered;
		nl = collect_lines(lines), nc = collect_calls(calls);
		h.lines = lines, h.calls = calls;
	}
	state_unlock();
	ok = ok && write_hello_frames(t, frame, &h, nl, nc);
	free(frame);
	free(lines);
	free(calls);
	return ok;
}
