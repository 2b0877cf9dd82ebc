/* SPDX-License-Identifier: MIT */
/* fuzz DIR SECONDS SEED gives hostile frames and line tables to the provider's readers. It makes them from the golden files: it
 * changes bytes, writes extreme values, cuts pieces out, doubles them, and mixes files. What a reader accepts must lie within
 * the input and must copy into buffers of any size without a write beyond them. Every input lies in memory of exactly its size,
 * so that the sanitizers find each access beyond it. */
#include "goldenfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MUTATED_MAX = 1 << 15 };

static const char *const names[] = {"welcome", "reply-makecall", "reply-refused", "reply-addressstatus", "reply-dialog", "completion",
	"completion-failed", "notification-newcall", "notification-offering", "heartbeat", "error", "linetable"};

enum { NAMES = sizeof names / sizeof names[0] };

static Bytes seeds[NAMES];
static uint64_t random_state;
static unsigned long accepted, refused;

static uint32_t random_below(uint32_t below)
{
	random_state ^= random_state << 13, random_state ^= random_state >> 7, random_state ^= random_state << 17;
	return below ? (uint32_t)(random_state >> 16) % below : 0;
}

static void require(int holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "not true: %s\n", what);
		abort();
	}
}

static void require_inside(Bytes piece, Bytes all, const char *what)
{
	require(!piece.at || (piece.at >= all.at && piece.size <= all.size && (size_t)(piece.at - all.at) <= all.size - piece.size), what);
}

/* check_image copies an image into buffers as TAPI has them: too small, of random size, and large enough for all. */
static void check_image(const Image *m, Bytes all)
{
	uint32_t sizes[4] = {12 + random_below(400), m->fixed_size, m->fixed_size + random_below(m->all.size + 8), m->fixed_size + m->all.size + 4 * MAX_ITEMS};

	require_inside(m->all, all, "an image lies in its frame");
	require_inside(m->fixed_part, m->all, "the fixed part lies in the image");
	require_inside(m->ranges, m->all, "the ranges lie in the image");
	require_inside(m->items, m->all, "the items lie in the image");
	require(m->fixed_size >= 12 && m->items_count <= MAX_ITEMS && m->ranges_count <= MAX_RANGES, "an image keeps its bounds");
	for (int i = 0; i < 4; i++) {
		uint8_t *buffer = calloc(sizes[i], 1);
		int32_t err;
		if (!buffer)
			abort();
		put_u32(buffer, sizes[i]);
		err = image_copy(m, buffer);
		require(err == 0 || (err == IMAGE_TOO_SMALL && sizes[i] < m->fixed_size), "an image that fits is copied");
		require(get_u32(buffer) == sizes[i], "dwTotalSize stays");
		require(err || (get_u32(buffer + 8) <= sizes[i] && get_u32(buffer + 8) <= get_u32(buffer + 4)), "used is at most needed and total");
		require(i < 3 || get_u32(buffer + 8) == get_u32(buffer + 4), "everything fits where there is room");
		free(buffer);
	}
}

static void check_images(const Image *all, uint16_t count, Bytes in)
{
	require(count <= MAX_IMAGES, "a frame has at most two images");
	for (uint16_t i = 0; i < count; i++)
		check_image(&all[i], in);
}

static int read_payload(uint8_t kind, Bytes in)
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
		require(strlen(w.journal) <= MAX_ID && w.heartbeat > 0 && w.resume <= 2, "a welcome keeps its bounds");
		return 1;
	case KIND_REPLY:
		if (!wire_read_reply(in, &r))
			return 0;
		require_inside(r.block, in, "a block lies in its frame");
		check_images(r.images, r.count, in);
		return 1;
	case KIND_COMPLETION:
		if (!wire_read_completion(in, &c))
			return 0;
		check_images(c.images, c.count, in);
		return 1;
	case KIND_NOTIFICATION:
		if (!wire_read_notification(in, &n))
			return 0;
		check_images(n.images, n.count, in);
		return 1;
	case KIND_HEARTBEAT:
		return wire_read_heartbeat(in, &tick);
	case KIND_ERROR:
		if (!wire_read_error(in, &code, text, 1 + random_below(sizeof text)))
			return 0;
		require(strlen(text) < sizeof text, "a text ends");
		return 1;
	}
	return 0;
}

static int read_frame(Bytes b)
{
	Head h;

	if (b.size < WIRE_HEAD || !wire_head(b.at, &h))
		return 0;
	require(h.length <= WIRE_MAX_PAYLOAD, "a length keeps its bound");
	if (random_below(2)) /* in half of the frames the length is right, so that the payload is read */
		h.length = b.size - WIRE_HEAD;
	return h.length <= b.size - WIRE_HEAD && read_payload(h.kind, (Bytes){b.at + WIRE_HEAD, h.length});
}

static uint32_t crc32_of(const uint8_t *at, uint32_t n)
{
	uint32_t v = ~0u;

	for (uint32_t i = 0; i < n; i++) {
		v ^= at[i];
		for (int k = 0; k < 8; k++)
			v = v >> 1 ^ (0xEDB88320u & (0u - (v & 1)));
	}
	return ~v;
}

static int read_line_table(uint8_t *at, uint32_t n)
{
	Bytes all = {at, n};
	Table t;
	Image m;

	if (n >= 20 && random_below(8)) { /* a hostile file can have the right checksum */
		put_u32(at + 16, n - 20);
		put_u32(at + 8, crc32_of(at + 20, n - 20));
	}
	if (!table_read(all, &t))
		return 0;
	require(t.count <= TABLE_MAX_LINES, "a table keeps its bound");
	for (uint32_t i = 0; i < t.count; i++) {
		require_inside(t.lines[i].versions, all, "a line's images lie in the file");
		require(strlen(t.lines[i].name) < 256 && strlen(t.lines[i].address) < 256, "names end");
		if (table_image(&t.lines[i], 0x20001, (uint8_t)random_below(10), &m))
			check_image(&m, all);
	}
	table_free(&t);
	return 1;
}

static const uint32_t extremes[] = {0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF};

/* mutate changes something in n bytes, which lie in a buffer of MUTATED_MAX, and gives the new length. */
static uint32_t mutate(uint8_t *b, uint32_t n)
{
	uint32_t at = random_below(n), k = random_below(n - at) % 600 + 1, v = extremes[random_below(sizeof extremes / sizeof extremes[0])];
	const Bytes *other = &seeds[random_below(NAMES)];

	if (k > n - at)
		k = n - at;
	switch (random_below(8)) {
	case 0:
		b[at] ^= (uint8_t)(1u << random_below(8));
		return n;
	case 1:
		b[at] = (uint8_t)random_below(256);
		return n;
	case 2: /* a word of two or four bytes */
		for (uint32_t i = 0; i < 2 + 2 * random_below(2) && at + i < n; i++)
			b[at + i] = (uint8_t)(v >> 8 * i);
		return n;
	case 3: /* cut out */
		memmove(b + at, b + at + k, n - at - k);
		return n - k > 0 ? n - k : 1;
	case 4: /* doubled */
		if (n + k > MUTATED_MAX)
			return n;
		memmove(b + at + k, b + at, n - at);
		return n + k;
	case 5: /* cut off */
		return at > 0 ? at : 1;
	case 6: /* a piece of another frame */
		k = random_below(other->size < n - at ? other->size : n - at);
		memcpy(b + at, other->at + random_below(other->size - k), k);
		return n;
	}
	return n;
}

int main(int argc, char **argv)
{
	static uint8_t mutated[MUTATED_MAX];
	clock_t end;

	if (argc != 4)
		return 2;
	for (int i = 0; i < NAMES; i++)
		seeds[i] = golden_read(argv[1], names[i], 0);
	random_state = 0x9E3779B97F4A7C15u ^ strtoull(argv[3], NULL, 10);
	end = clock() + (clock_t)(atof(argv[2]) * CLOCKS_PER_SEC);
	do {
		for (int i = 0; i < 1000; i++) {
			int which = (int)random_below(NAMES);
			uint32_t n = seeds[which].size, times = random_below(5);
			uint8_t *b;
			memcpy(mutated, seeds[which].at, n);
			while (times-- > 0)
				n = mutate(mutated, n);
			b = exact_copy(mutated, n);
			*(which == NAMES - 1 ? (read_line_table(b, n) ? &accepted : &refused) : (read_frame((Bytes){b, n}) ? &accepted : &refused)) += 1;
			free(b);
		}
	} while (clock() < end);
	printf("%lu accepted, %lu refused\n", accepted, refused);
	return accepted == 0 || refused == 0;
}
