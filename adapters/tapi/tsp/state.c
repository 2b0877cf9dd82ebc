/* SPDX-License-Identifier: MIT */
#include "tsp.h"

#include <stdlib.h>
#include <string.h>

/* A handle that TAPI gets is a number, never a pointer: the slot in the low 16 bits, from 1, its generation above, so that a
 * closed handle is not mistaken for the next one in its slot. */

enum { SLOTS = 0xFFFE };

State state = {SRWLOCK_INIT, CONDITION_VARIABLE_INIT, .last_message = &state.first_message};

void state_lock(void) { AcquireSRWLockExclusive(&state.lock); }

void state_unlock(void) { ReleaseSRWLockExclusive(&state.lock); }

int state_wait(DWORD ms) { return SleepConditionVariableSRW(&state.changed, &state.lock, ms, 0); }

/* ---- copies ---- */

Copy *copy_new(const Image *m)
{
	Copy *c = malloc(sizeof *c + m->all.size);
	Bytes in;

	if (!c)
		return NULL;
	c->references = 1;
	memcpy(c->bytes, m->all.at, m->all.size);
	in.at = c->bytes, in.size = m->all.size;
	image_read(&in, &c->image);
	return c;
}

Copy *copy_share(Copy *c)
{
	if (c)
		InterlockedIncrement(&c->references);
	return c;
}

void copy_release(Copy *c)
{
	if (c && InterlockedDecrement(&c->references) == 0)
		free(c);
}

/* ---- slots ---- */

/* slot_find gives the index of a free slot and adds slots when there is none; -1 without memory. */
static long slot_find(void **slots, DWORD *count, size_t size, int (*used)(const void *))
{
	DWORD old = *count, more = old ? old * 2 : 64;
	void *grown;

	for (DWORD i = 0; i < old; i++)
		if (!used((char *)*slots + i * size))
			return (long)i;
	if (more > SLOTS)
		more = SLOTS;
	if (old >= more)
		return -1;
	grown = realloc(*slots, more * size);
	if (!grown)
		return -1;
	memset((char *)grown + old * size, 0, (more - old) * size);
	*slots = grown, *count = more;
	return (long)old;
}

static int line_used(const void *l) { return ((const Line *)l)->used; }

static int call_used(const void *c) { return ((const Call *)c)->used; }

static DWORD handle_of(DWORD slot, WORD generation) { return (DWORD)generation << 16 | (slot + 1); }

Line *line_new(DWORD *handle)
{
	void *slots = state.lines;
	long i = slot_find(&slots, &state.lines_count, sizeof(Line), line_used);
	WORD generation;

	state.lines = slots;
	if (i < 0)
		return NULL;
	generation = (WORD)(state.lines[i].generation + 1);
	memset(&state.lines[i], 0, sizeof(Line));
	state.lines[i].generation = generation ? generation : 1;
	state.lines[i].used = 1;
	*handle = handle_of((DWORD)i, state.lines[i].generation);
	return &state.lines[i];
}

Call *call_new(DWORD *handle)
{
	void *slots = state.calls;
	long i = slot_find(&slots, &state.calls_count, sizeof(Call), call_used);
	WORD generation;

	state.calls = slots;
	if (i < 0)
		return NULL;
	generation = (WORD)(state.calls[i].generation + 1);
	memset(&state.calls[i], 0, sizeof(Call));
	state.calls[i].generation = generation ? generation : 1;
	state.calls[i].used = 1;
	*handle = handle_of((DWORD)i, state.calls[i].generation);
	return &state.calls[i];
}

DWORD line_handle(const Line *l) { return handle_of((DWORD)(l - state.lines), l->generation); }

DWORD call_handle(const Call *c) { return handle_of((DWORD)(c - state.calls), c->generation); }

Line *line_by_handle(DWORD handle)
{
	DWORD i = (handle & 0xFFFF) - 1;
	Line *l = i < state.lines_count ? &state.lines[i] : NULL;
	return l && l->used && l->generation == handle >> 16 ? l : NULL;
}

Call *call_by_handle(DWORD handle)
{
	DWORD i = (handle & 0xFFFF) - 1;
	Call *c = i < state.calls_count ? &state.calls[i] : NULL;
	return c && c->used && c->generation == handle >> 16 ? c : NULL;
}

Line *line_by_daemon_handle(DWORD handle)
{
	for (DWORD i = 0; handle && i < state.lines_count; i++)
		if (state.lines[i].used && state.lines[i].daemon_handle == handle)
			return &state.lines[i];
	return NULL;
}

Call *call_by_daemon_handle(DWORD handle)
{
	for (DWORD i = 0; handle && i < state.calls_count; i++)
		if (state.calls[i].used && state.calls[i].daemon_handle == handle)
			return &state.calls[i];
	return NULL;
}

void line_free(Line *l) { l->used = 0; }

void call_free(Call *c)
{
	copy_release(c->info);
	copy_release(c->status);
	c->info = c->status = NULL;
	c->used = 0;
}

/* ---- devices ---- */

Device *device_by_id(DWORD id)
{
	for (DWORD i = 0; i < state.devices_count; i++)
		if (state.devices[i].id == id)
			return &state.devices[i];
	return NULL;
}

int device_add(DWORD id, DWORD permanent)
{
	if (state.devices_count == state.devices_capacity) {
		DWORD more = state.devices_capacity ? state.devices_capacity * 2 : 64;
		Device *grown = realloc(state.devices, more * sizeof *grown);
		if (!grown)
			return 0;
		state.devices = grown, state.devices_capacity = more;
	}
	state.devices[state.devices_count++] = (Device){id, permanent, 0};
	return 1;
}

/* ---- delivered copies ---- */

void call_set_copies(Call *c, const Image *images, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++) {
		Copy **kept = images[i].structure == S_CALLINFO ? &c->info : images[i].structure == S_CALLSTATUS ? &c->status : NULL;
		Copy *copy = kept ? copy_new(&images[i]) : NULL;
		if (!copy)
			continue; /* without memory the older copy stays */
		copy_release(*kept);
		*kept = copy;
	}
	if (c->info)
		c->id = image_u32(&c->info->image, FIELD_OFFSET(LINECALLINFO, dwCallID));
}

/* variable_part gives the variable part of an image whose Size member is at the offset. */
static Bytes variable_part(const Image *m, uint16_t offset)
{
	const uint8_t *at = m->items.at;

	for (uint16_t i = 0; i < m->items_count; i++) {
		Bytes b = {at + 6, get_u32(at + 2)};
		if ((at[0] | at[1] << 8) == offset)
			return b;
		at = b.at + b.size;
	}
	return (Bytes){NULL, 0};
}

static int same_variable_part(const Image *a, const Image *b, uint16_t offset)
{
	Bytes x = variable_part(a, offset), y = variable_part(b, offset);

	return x.size == y.size && (x.size == 0 || memcmp(x.at, y.at, x.size) == 0);
}

/* call_changed_parties gives the bits of LINE_CALLINFO for the parties that images change in the delivered copy. A party has five members:
 * flags, size and offset of the number, size and offset of the name. */
DWORD call_changed_parties(const Call *c, const Image *images, uint16_t count)
{
	DWORD bits = 0;

	for (uint16_t i = 0; c->info && i < count; i++)
		for (uint16_t k = 0; images[i].structure == S_CALLINFO && k < 5; k++) {
			uint16_t at = (uint16_t)(FIELD_OFFSET(LINECALLINFO, dwCallerIDFlags) + 20 * k);
			if (image_u32(&c->info->image, at) != image_u32(&images[i], at) || !same_variable_part(&c->info->image, &images[i], at + 4) ||
				!same_variable_part(&c->info->image, &images[i], at + 12))
				bits |= LINECALLINFOSTATE_CALLERID << k;
		}
	return bits;
}

/* call_set_unknown sets the state in the copy of the status to UNKNOWN, without any call feature. */
void call_set_unknown(Call *c)
{
	Copy *copy = c->status ? copy_new(&c->status->image) : NULL;
	uint8_t *part;

	c->state = LINECALLSTATE_UNKNOWN, c->mode = 0;
	if (!copy)
		return;
	part = copy->bytes + (copy->image.fixed_part.at - copy->bytes);
	put_u32(part + FIELD_OFFSET(LINECALLSTATUS, dwCallState), LINECALLSTATE_UNKNOWN);
	put_u32(part + FIELD_OFFSET(LINECALLSTATUS, dwCallStateMode), 0);
	put_u32(part + FIELD_OFFSET(LINECALLSTATUS, dwCallFeatures), 0);
	copy_release(c->status);
	c->status = copy;
}

/* ---- pending requests, queued messages ---- */

void pending_add(Pending *p)
{
	p->next = state.pending;
	state.pending = p;
}

Pending *pending_remove(DWORD request)
{
	for (Pending **p = &state.pending; *p; p = &(*p)->next)
		if ((*p)->request == request) {
			Pending *found = *p;
			*p = found->next;
			return found;
		}
	return NULL;
}

Message *message_new(uint32_t size)
{
	Message *m = malloc(sizeof *m + size);
	if (m) {
		memset(m, 0, sizeof *m);
		m->size = size;
	}
	return m;
}

void message_queue(Message *m)
{
	m->next = NULL;
	*state.last_message = m;
	state.last_message = &m->next;
	WakeAllConditionVariable(&state.changed);
}

void queue_completion(DWORD request, LONG result)
{
	Message *m = message_new(0);
	if (!m)
		return;
	m->kind = M_OWN_COMPLETION, m->request = request, m->result = result;
	message_queue(m);
}

/* state_reset frees everything of TAPI's session; no thread runs any more. */
void state_reset(void)
{
	while (state.first_message) {
		Message *m = state.first_message;
		state.first_message = m->next;
		free(m);
	}
	state.last_message = &state.first_message;
	while (state.pending) {
		Pending *p = state.pending;
		state.pending = p->next;
		free(p);
	}
	for (DWORD i = 0; i < state.calls_count; i++)
		if (state.calls[i].used)
			call_free(&state.calls[i]);
	free(state.calls);
	free(state.lines);
	free(state.devices);
	table_free(&state.table);
	free(state.table_bytes);
	memset(&state.initialized, 0, sizeof state - offsetof(State, initialized));
	state.last_message = &state.first_message;
}

TableLine *table_line_of(DWORD permanent)
{
	for (uint32_t i = 0; i < state.table.count; i++)
		if (state.table.lines[i].permanent == permanent)
			return &state.table.lines[i];
	return NULL;
}

/* table_load reads the line table from its file; when that fails the previous one stays. */
void table_load(void)
{
	HANDLE f = CreateFileW(settings()->table, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
	LARGE_INTEGER size;
	DWORD n = 0;
	uint8_t *bytes;
	Table t;

	if (f == INVALID_HANDLE_VALUE) {
		log_line(LOG_INFO, "no line table: error %lu", GetLastError());
		return;
	}
	if (!GetFileSizeEx(f, &size) || size.QuadPart > TABLE_MAX_BYTES || !(bytes = malloc((size_t)size.QuadPart + 1))) {
		CloseHandle(f);
		return;
	}
	if (ReadFile(f, bytes, (DWORD)size.QuadPart, &n, NULL) && table_read((Bytes){bytes, n}, &t)) {
		table_free(&state.table);
		free(state.table_bytes);
		state.table_bytes = bytes, state.table = t;
	} else {
		log_line(LOG_WARN, "the line table is damaged and not used; the daemon writes a new one");
		free(bytes);
	}
	CloseHandle(f);
}
