/* fuzz DIR SECONDS SEED: frames as a hostile daemon may send them, and line tables as a hostile file may hold them, to the
 * provider's readers. They grow out of the golden files: bytes changed, words made extreme, pieces cut out, doubled, put into
 * each other. Whatever is taken must lie within what was given, and must copy into buffers of any size without a byte too far.
 * Memory is of exactly the size that counts; built with sanitizers, nothing slips through. */
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GROWN = 1 << 15 };

static const char *const names[] = {"welcome", "reply-makecall", "reply-refused", "reply-addressstatus", "reply-dialog", "completion",
	"completion-failed", "notification-newcall", "notification-offering", "heartbeat", "error", "linetable"};

enum { NAMES = sizeof names / sizeof names[0] };

static Bytes seeds[NAMES];
static uint64_t state;
static unsigned long taken, refused;

static uint32_t rnd(uint32_t below)
{
	state ^= state << 13, state ^= state >> 7, state ^= state << 17;
	return below ? (uint32_t)(state >> 16) % below : 0;
}

static void must(int holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "not so: %s\n", what);
		abort();
	}
}

static void inside(Bytes piece, Bytes all, const char *what)
{
	must(!piece.at || (piece.at >= all.at && piece.size <= all.size && (size_t)(piece.at - all.at) <= all.size - piece.size), what);
}

/* copied puts an image into buffers of TAPI's: too small, of some size, and large enough for all. */
static void copied(const Image *m, Bytes all)
{
	uint32_t sizes[4] = {12 + rnd(400), m->fixed, m->fixed + rnd(m->all.size + 8), m->fixed + m->all.size + 4 * MAX_ITEMS};

	inside(m->all, all, "an image lies in its frame");
	inside(m->part, m->all, "the fixed part lies in the image");
	inside(m->ranges, m->all, "the ranges lie in the image");
	inside(m->items, m->all, "the items lie in the image");
	must(m->fixed >= 12 && m->items_count <= MAX_ITEMS && m->ranges_count <= MAX_RANGES, "an image keeps its bounds");
	for (int i = 0; i < 4; i++) {
		uint8_t *buffer = calloc(sizes[i], 1);
		int32_t err;
		if (!buffer)
			abort();
		put_u32(buffer, sizes[i]);
		err = image_copy(m, buffer);
		must(err == 0 || (err == IMAGE_TOO_SMALL && sizes[i] < m->fixed), "an image that fits is copied");
		must(get_u32(buffer) == sizes[i], "dwTotalSize stays");
		must(err || (get_u32(buffer + 8) <= sizes[i] && get_u32(buffer + 8) <= get_u32(buffer + 4)), "used is at most needed and total");
		must(i < 3 || get_u32(buffer + 8) == get_u32(buffer + 4), "everything fits where there is room");
		free(buffer);
	}
}

static void images(const Image *all, uint16_t count, Bytes in)
{
	must(count <= MAX_IMAGES, "a frame has at most two images");
	for (uint16_t i = 0; i < count; i++)
		copied(&all[i], in);
}

static int body(uint8_t kind, Bytes in)
{
	Welcome w;
	Reply r;
	Completion c;
	Notification n;
	uint64_t tick;
	uint16_t code;
	char text[64];

	switch (kind) {
	case KIND_WELCOME:
		if (!wire_read_welcome(in, &w))
			return 0;
		must(strlen(w.journal) <= MAX_ID && w.heartbeat > 0 && w.resume <= 2, "a welcome keeps its bounds");
		return 1;
	case KIND_REPLY:
		if (!wire_read_reply(in, &r))
			return 0;
		inside(r.block, in, "a block lies in its frame");
		images(r.images, r.count, in);
		return 1;
	case KIND_COMPLETION:
		if (!wire_read_completion(in, &c))
			return 0;
		images(c.images, c.count, in);
		return 1;
	case KIND_NOTIFICATION:
		if (!wire_read_notification(in, &n))
			return 0;
		images(n.images, n.count, in);
		return 1;
	case KIND_HEARTBEAT:
		return wire_read_heartbeat(in, &tick);
	case KIND_ERROR:
		if (!wire_read_error(in, &code, text, 1 + rnd(sizeof text)))
			return 0;
		must(strlen(text) < sizeof text, "a text ends");
		return 1;
	}
	return 0;
}

static int frame(Bytes b)
{
	Head h;

	if (b.size < WIRE_HEAD || !wire_head(b.at, &h))
		return 0;
	must(h.length <= WIRE_MAX_PAYLOAD, "a length keeps its bound");
	if (rnd(2)) /* the length is believed only as far as bytes came; here it is as it should be */
		h.length = b.size - WIRE_HEAD;
	return h.length <= b.size - WIRE_HEAD && body(h.kind, (Bytes){b.at + WIRE_HEAD, h.length});
}

static uint32_t crc(const uint8_t *at, uint32_t n)
{
	uint32_t v = ~0u;

	for (uint32_t i = 0; i < n; i++) {
		v ^= at[i];
		for (int k = 0; k < 8; k++)
			v = v >> 1 ^ (0xEDB88320u & (0u - (v & 1)));
	}
	return ~v;
}

static int table(uint8_t *at, uint32_t n)
{
	Bytes all = {at, n};
	Table t;
	Image m;

	if (n >= 20 && rnd(8)) { /* a checksum keeps out accidents, not somebody who means it */
		put_u32(at + 16, n - 20);
		put_u32(at + 8, crc(at + 20, n - 20));
	}
	if (!table_read(all, &t))
		return 0;
	must(t.count <= TABLE_MAX_LINES, "a table keeps its bound");
	for (uint32_t i = 0; i < t.count; i++) {
		inside(t.lines[i].versions, all, "a line's images lie in the file");
		must(strlen(t.lines[i].name) < 256 && strlen(t.lines[i].address) < 256, "names end");
		if (table_image(&t.lines[i], 0x20001, (uint8_t)rnd(10), &m))
			copied(&m, all);
	}
	table_free(&t);
	return 1;
}

static const uint32_t extremes[] = {0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF};

/* mutate changes something of the n bytes, of which there is room for GROWN. */
static uint32_t mutate(uint8_t *b, uint32_t n)
{
	uint32_t at = rnd(n), k = rnd(n - at) % 600 + 1, v = extremes[rnd(sizeof extremes / sizeof extremes[0])];
	const Bytes *other = &seeds[rnd(NAMES)];

	if (k > n - at)
		k = n - at;
	switch (rnd(8)) {
	case 0:
		b[at] ^= (uint8_t)(1u << rnd(8));
		return n;
	case 1:
		b[at] = (uint8_t)rnd(256);
		return n;
	case 2: /* a word of two or four bytes */
		for (uint32_t i = 0; i < 2 + 2 * rnd(2) && at + i < n; i++)
			b[at + i] = (uint8_t)(v >> 8 * i);
		return n;
	case 3: /* cut out */
		memmove(b + at, b + at + k, n - at - k);
		return n - k > 0 ? n - k : 1;
	case 4: /* doubled */
		if (n + k > GROWN)
			return n;
		memmove(b + at + k, b + at, n - at);
		return n + k;
	case 5: /* cut off */
		return at > 0 ? at : 1;
	case 6: /* a piece of another frame */
		k = rnd(other->size < n - at ? other->size : n - at);
		memcpy(b + at, other->at + rnd(other->size - k), k);
		return n;
	}
	return n;
}

int main(int argc, char **argv)
{
	static uint8_t grown[GROWN];
	clock_t end;

	if (argc != 4)
		return 2;
	for (int i = 0; i < NAMES; i++)
		seeds[i] = golden_read(argv[1], names[i], 0);
	state = 0x9E3779B97F4A7C15u ^ strtoull(argv[3], NULL, 10);
	end = clock() + (clock_t)(atof(argv[2]) * CLOCKS_PER_SEC);
	do {
		for (int i = 0; i < 1000; i++) {
			int which = (int)rnd(NAMES);
			uint32_t n = seeds[which].size, times = rnd(5);
			uint8_t *b;
			memcpy(grown, seeds[which].at, n);
			while (times-- > 0)
				n = mutate(grown, n);
			b = sized(grown, n);
			*(which == NAMES - 1 ? (table(b, n) ? &taken : &refused) : (frame((Bytes){b, n}) ? &taken : &refused)) += 1;
			free(b);
		}
	} while (clock() < end);
	printf("%lu taken, %lu refused\n", taken, refused);
	return taken == 0 || refused == 0;
}
