/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <string.h>

/* ---- little-endian words ---- */

static uint16_t get_u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

uint32_t get_u32(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

void put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v, p[1] = (uint8_t)(v >> 8), p[2] = (uint8_t)(v >> 16), p[3] = (uint8_t)(v >> 24);
}

/* ---- reading: from the first fault on, ok is 0 and every member reads as 0 ---- */

typedef struct {
	Bytes in;
	int ok;
} Reader;

static const uint8_t *read_bytes(Reader *r, uint32_t n)
{
	const uint8_t *at = r->in.at;

	if (!r->ok || r->in.size < n) {
		r->ok = 0;
		return NULL;
	}
	r->in.at += n, r->in.size -= n;
	return at;
}

static uint8_t r8(Reader *r)
{
	const uint8_t *p = read_bytes(r, 1);
	return p ? p[0] : 0;
}

static uint16_t r16(Reader *r)
{
	const uint8_t *p = read_bytes(r, 2);
	return p ? get_u16(p) : (uint16_t)0;
}

static uint32_t r32(Reader *r)
{
	const uint8_t *p = read_bytes(r, 4);
	return p ? get_u32(p) : 0;
}

static uint64_t r64(Reader *r)
{
	uint64_t low = r32(r);
	return low | (uint64_t)r32(r) << 32;
}

static uint8_t rflag(Reader *r)
{
	uint8_t v = r8(r);
	if (v > 1)
		r->ok = 0;
	return v;
}

static void rtext(Reader *r, char *out, uint32_t most)
{
	uint32_t n = r8(r);
	const uint8_t *p;

	out[0] = 0;
	if (n > most)
		r->ok = 0;
	p = read_bytes(r, n);
	if (p) {
		memcpy(out, p, n);
		out[n] = 0;
	}
}

static Bytes rblock(Reader *r)
{
	Bytes b = {NULL, 0};
	uint32_t n = r32(r);

	if (!r->ok || n == 0xFFFFFFFFu)
		return b;
	b.at = read_bytes(r, n);
	b.size = b.at ? n : 0;
	return b;
}

static Position rposition(Reader *r)
{
	Position p;
	p.seq = r64(r);
	p.index = r32(r);
	return p;
}

static uint16_t rimages(Reader *r, Image *images)
{
	uint16_t n = r16(r);

	if (n > MAX_IMAGES)
		r->ok = 0;
	for (uint16_t i = 0; r->ok && i < n; i++)
		r->ok = image_read(&r->in, &images[i]);
	return r->ok ? n : (uint16_t)0;
}

static int read_to_end(const Reader *r) { return r->ok && r->in.size == 0; }

int wire_head(const uint8_t *in, Head *h)
{
	h->kind = in[5];
	h->id = get_u32(in + 8);
	h->length = get_u32(in + 12);
	return memcmp(in, "OFHK", 4) == 0 && in[4] == WIRE_VERSION && get_u16(in + 6) == 0 && h->kind >= KIND_HELLO &&
		h->kind <= KIND_ERROR && h->length <= WIRE_MAX_PAYLOAD;
}

int wire_read_welcome(Bytes in, Welcome *w)
{
	Reader r = {in, 1};

	w->wire = r8(&r);
	w->resume = r8(&r);
	w->heartbeat = r32(&r);
	rtext(&r, w->journal, MAX_ID);
	w->position = rposition(&r);
	return read_to_end(&r) && w->wire == WIRE_VERSION && w->resume <= 2 && w->heartbeat > 0;
}

int wire_read_reply(Bytes in, Reply *p)
{
	Reader r = {in, 1};

	p->function = r16(&r);
	p->result = (int32_t)r32(&r);
	for (int i = 0; i < 4; i++)
		p->values[i] = r32(&r);
	p->block = rblock(&r);
	p->count = rimages(&r, p->images);
	return read_to_end(&r);
}

int wire_read_completion(Bytes in, Completion *c)
{
	Reader r = {in, 1};

	c->position = rposition(&r);
	c->request = r32(&r);
	c->result = (int32_t)r32(&r);
	c->call = r32(&r);
	c->count = rimages(&r, c->images);
	return read_to_end(&r);
}

int wire_read_notification(Bytes in, Notification *n)
{
	Reader r = {in, 1};

	n->position = rposition(&r);
	n->bridging = rflag(&r);
	n->message = r32(&r);
	n->line = r32(&r);
	n->call = r32(&r);
	n->p1 = r64(&r);
	n->p2 = r64(&r);
	n->p3 = r64(&r);
	n->count = rimages(&r, n->images);
	return read_to_end(&r);
}

int wire_read_heartbeat(Bytes in, uint64_t *tick)
{
	Reader r = {in, 1};

	*tick = r64(&r);
	return read_to_end(&r);
}

int wire_read_error(Bytes in, uint16_t *code, char *text, size_t size)
{
	Reader r = {in, 1};
	char all[256];

	*code = r16(&r);
	rtext(&r, all, 255);
	if (size > 0) {
		size_t n = strlen(all);
		if (n >= size)
			n = size - 1;
		memcpy(text, all, n);
		text[n] = 0;
	}
	return read_to_end(&r);
}

/* ---- writing: ok is 0 when the frame is full ---- */

typedef struct {
	uint8_t *out;
	uint32_t n;
	int ok;
} Writer;

static void write_bytes(Writer *w, const void *from, uint32_t n)
{
	if (!w->ok || n > WIRE_MAX_FRAME - w->n) {
		w->ok = 0;
		return;
	}
	if (n > 0)
		memcpy(w->out + w->n, from, n);
	w->n += n;
}

static void w8(Writer *w, uint8_t v) { write_bytes(w, &v, 1); }

static void w16(Writer *w, uint16_t v)
{
	uint8_t b[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
	write_bytes(w, b, 2);
}

static void w32(Writer *w, uint32_t v)
{
	uint8_t b[4];
	put_u32(b, v);
	write_bytes(w, b, 4);
}

static void w64(Writer *w, uint64_t v)
{
	w32(w, (uint32_t)v);
	w32(w, (uint32_t)(v >> 32));
}

static void wtext(Writer *w, const char *text, size_t most)
{
	size_t n = strlen(text);
	if (n > most)
		n = most;
	w8(w, (uint8_t)n);
	write_bytes(w, text, (uint32_t)n);
}

static void wblock(Writer *w, Bytes b)
{
	if (!b.at) {
		w32(w, 0xFFFFFFFFu);
		return;
	}
	w32(w, b.size);
	write_bytes(w, b.at, b.size);
}

static Writer frame_begin(uint8_t *out, uint8_t kind, uint32_t id)
{
	Writer w = {out, 0, 1};
	uint8_t head[8] = {'O', 'F', 'H', 'K', WIRE_VERSION, kind, 0, 0};

	write_bytes(&w, head, sizeof head);
	w32(&w, id);
	w32(&w, 0);
	return w;
}

static uint32_t frame_end(Writer *w)
{
	if (!w->ok)
		return 0;
	put_u32(w->out + 12, w->n - WIRE_HEAD);
	return w->n;
}

uint32_t wire_hello(uint8_t *out, const Hello *h)
{
	Writer w = frame_begin(out, KIND_HELLO, 0);

	w8(&w, WIRE_VERSION);
	w8(&w, WIRE_VERSION);
	w8(&w, h->bits);
	w8(&w, h->more);
	w32(&w, h->process);
	wtext(&w, h->product, MAX_ID);
	wtext(&w, h->journal, MAX_ID);
	w64(&w, h->position.seq);
	w32(&w, h->position.index);
	w8(&w, h->initialized);
	w32(&w, h->version);
	w32(&w, h->provider);
	w32(&w, h->line_base);
	w32(&w, h->lines_number);
	w16(&w, h->lines_count);
	for (uint16_t i = 0; i < h->lines_count; i++) {
		const HelloLine *l = &h->lines[i];
		w32(&w, l->line);
		w32(&w, l->device);
		w32(&w, l->permanent);
		w32(&w, l->version);
		w32(&w, l->media);
		w32(&w, l->line_states);
		w32(&w, l->address_states);
		w8(&w, l->in_service);
	}
	w16(&w, h->calls_count);
	for (uint16_t i = 0; i < h->calls_count; i++) {
		const HelloCall *c = &h->calls[i];
		w32(&w, c->line);
		w32(&w, c->call);
		w32(&w, c->id);
		w32(&w, c->state);
		w32(&w, c->mode);
	}
	return frame_end(&w);
}

uint32_t wire_request(uint8_t *out, uint32_t id, const Request *r)
{
	Writer w = frame_begin(out, KIND_REQUEST, id);

	w16(&w, r->function);
	w32(&w, r->request);
	w32(&w, r->line);
	w32(&w, r->call);
	w32(&w, r->other);
	w32(&w, r->device);
	for (int i = 0; i < 4; i++)
		w32(&w, r->values[i]);
	wblock(&w, r->text);
	wblock(&w, r->group);
	wblock(&w, r->block);
	return frame_end(&w);
}

uint32_t wire_newcall_answer(uint8_t *out, uint32_t call, uint8_t accepted)
{
	Writer w = frame_begin(out, KIND_NEWCALL_ANSWER, 0);

	w32(&w, call);
	w8(&w, accepted);
	return frame_end(&w);
}

uint32_t wire_heartbeat(uint8_t *out, uint64_t tick)
{
	Writer w = frame_begin(out, KIND_HEARTBEAT, 0);

	w64(&w, tick);
	return frame_end(&w);
}

uint32_t wire_error(uint8_t *out, uint16_t code, const char *text)
{
	Writer w = frame_begin(out, KIND_ERROR, 0);

	w16(&w, code);
	wtext(&w, text, 255);
	return frame_end(&w);
}
