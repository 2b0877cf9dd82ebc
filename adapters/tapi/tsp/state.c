#include "tsp.h"

#include <stdlib.h>
#include <string.h>

/* Handles towards TAPI: the slot in the low 16 bits, from 1, its generation above, so that a closed one is not taken for
 * the next. They are numbers, never pointers. */

enum { SLOTS = 0xFFFE };

State state = {SRWLOCK_INIT, CONDITION_VARIABLE_INIT, .last = &state.first};

void lock(void) { AcquireSRWLockExclusive(&state.lock); }

void unlock(void) { ReleaseSRWLockExclusive(&state.lock); }

int wait_changed(DWORD ms) { return SleepConditionVariableSRW(&state.changed, &state.lock, ms, 0); }

/* ---- copies ---- */

Copy *copy_new(const Image *m)
{
	Copy *c = malloc(sizeof *c + m->all.size);
	Bytes in;

	if (!c)
		return NULL;
	c->owners = 1;
	memcpy(c->bytes, m->all.at, m->all.size);
	in.at = c->bytes, in.size = m->all.size;
	image_read(&in, &c->image);
	return c;
}

Copy *copy_share(Copy *c)
{
	if (c)
		InterlockedIncrement(&c->owners);
	return c;
}

void copy_drop(Copy *c)
{
	if (c && InterlockedDecrement(&c->owners) == 0)
		free(c);
}

/* ---- slots ---- */

/* room finds a free slot, or makes one; -1 without memory. */
static long room(void **slots, DWORD *count, size_t size, int (*used)(const void *))
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
	long i = room(&slots, &state.lines_count, sizeof(Line), line_used);
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
	long i = room(&slots, &state.calls_count, sizeof(Call), call_used);
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

Line *line_at(DWORD handle)
{
	DWORD i = (handle & 0xFFFF) - 1;
	Line *l = i < state.lines_count ? &state.lines[i] : NULL;
	return l && l->used && l->generation == handle >> 16 ? l : NULL;
}

Call *call_at(DWORD handle)
{
	DWORD i = (handle & 0xFFFF) - 1;
	Call *c = i < state.calls_count ? &state.calls[i] : NULL;
	return c && c->used && c->generation == handle >> 16 ? c : NULL;
}

Line *line_on_wire(DWORD wire)
{
	for (DWORD i = 0; wire && i < state.lines_count; i++)
		if (state.lines[i].used && state.lines[i].wire == wire)
			return &state.lines[i];
	return NULL;
}

Call *call_on_wire(DWORD wire)
{
	for (DWORD i = 0; wire && i < state.calls_count; i++)
		if (state.calls[i].used && state.calls[i].wire == wire)
			return &state.calls[i];
	return NULL;
}

void line_free(Line *l) { l->used = 0; }

void call_free(Call *c)
{
	copy_drop(c->info);
	copy_drop(c->status);
	c->info = c->status = NULL;
	c->used = 0;
}

/* ---- devices ---- */

Device *device_at(DWORD id)
{
	for (DWORD i = 0; i < state.devices_count; i++)
		if (state.devices[i].id == id)
			return &state.devices[i];
	return NULL;
}

int device_add(DWORD id, DWORD permanent)
{
	if (state.devices_count == state.devices_room) {
		DWORD more = state.devices_room ? state.devices_room * 2 : 64;
		Device *grown = realloc(state.devices, more * sizeof *grown);
		if (!grown)
			return 0;
		state.devices = grown, state.devices_room = more;
	}
	state.devices[state.devices_count++] = (Device){id, permanent, 0};
	return 1;
}

/* ---- delivered copies ---- */

void call_take(Call *c, const Image *images, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++) {
		Copy **place = images[i].structure == S_CALLINFO ? &c->info : images[i].structure == S_CALLSTATUS ? &c->status : NULL;
		Copy *copy = place ? copy_new(&images[i]) : NULL;
		if (!copy)
			continue; /* without memory the older copy stays */
		copy_drop(*place);
		*place = copy;
	}
	if (c->info)
		c->id = image_u32(&c->info->image, FIELD_OFFSET(LINECALLINFO, dwCallID));
}

/* item is the variable part of an image whose Size member is at the offset. */
static Bytes item(const Image *m, uint16_t offset)
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

static int same_item(const Image *a, const Image *b, uint16_t offset)
{
	Bytes x = item(a, offset), y = item(b, offset);

	return x.size == y.size && (x.size == 0 || memcmp(x.at, y.at, x.size) == 0);
}

/* call_differs gives the bits of LINE_CALLINFO for the parties that images change in the delivered copy. A party has five members:
 * flags, size and offset of the number, size and offset of the name. */
DWORD call_differs(const Call *c, const Image *images, uint16_t count)
{
	DWORD bits = 0;

	for (uint16_t i = 0; c->info && i < count; i++)
		for (uint16_t k = 0; images[i].structure == S_CALLINFO && k < 5; k++) {
			uint16_t at = (uint16_t)(FIELD_OFFSET(LINECALLINFO, dwCallerIDFlags) + 20 * k);
			if (image_u32(&c->info->image, at) != image_u32(&images[i], at) || !same_item(&c->info->image, &images[i], at + 4) ||
				!same_item(&c->info->image, &images[i], at + 12))
				bits |= LINECALLINFOSTATE_CALLERID << k;
		}
	return bits;
}

/* call_patch_unknown gives the copy of the status the state UNKNOWN, without what could be done in the state before. */
void call_patch_unknown(Call *c)
{
	Copy *copy = c->status ? copy_new(&c->status->image) : NULL;
	uint8_t *part;

	c->state = LINECALLSTATE_UNKNOWN, c->mode = 0;
	if (!copy)
		return;
	part = copy->bytes + (copy->image.part.at - copy->bytes);
	put_u32(part + FIELD_OFFSET(LINECALLSTATUS, dwCallState), LINECALLSTATE_UNKNOWN);
	put_u32(part + FIELD_OFFSET(LINECALLSTATUS, dwCallStateMode), 0);
	put_u32(part + FIELD_OFFSET(LINECALLSTATUS, dwCallFeatures), 0);
	copy_drop(c->status);
	c->status = copy;
}

/* ---- what is asked, what is to be said ---- */

void asked_add(Asked *a)
{
	a->next = state.asked;
	state.asked = a;
}

Asked *asked_take(DWORD request)
{
	for (Asked **p = &state.asked; *p; p = &(*p)->next)
		if ((*p)->request == request) {
			Asked *a = *p;
			*p = a->next;
			return a;
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

void message_put(Message *m)
{
	m->next = NULL;
	*state.last = m;
	state.last = &m->next;
	WakeAllConditionVariable(&state.changed);
}

void fail_later(DWORD request, LONG result)
{
	Message *m = message_new(0);
	if (!m)
		return;
	m->what = M_FAIL, m->request = request, m->result = result;
	message_put(m);
}

/* state_reset forgets a session of TAPI; nothing runs any more. */
void state_reset(void)
{
	while (state.first) {
		Message *m = state.first;
		state.first = m->next;
		free(m);
	}
	state.last = &state.first;
	while (state.asked) {
		Asked *a = state.asked;
		state.asked = a->next;
		free(a);
	}
	for (DWORD i = 0; i < state.calls_count; i++)
		if (state.calls[i].used)
			call_free(&state.calls[i]);
	free(state.calls);
	free(state.lines);
	free(state.devices);
	table_free(&state.table);
	free(state.file);
	memset(&state.initialized, 0, sizeof state - offsetof(State, initialized));
	state.last = &state.first;
}

TableLine *table_line(DWORD permanent)
{
	for (uint32_t i = 0; i < state.table.count; i++)
		if (state.table.lines[i].permanent == permanent)
			return &state.table.lines[i];
	return NULL;
}

/* table_load reads the line table anew if it can be read; else the one from before stays. */
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
		free(state.file);
		state.file = bytes, state.table = t;
	} else {
		log_line(LOG_WARN, "the line table is damaged and not used; the daemon writes a new one");
		free(bytes);
	}
	CloseHandle(f);
}
