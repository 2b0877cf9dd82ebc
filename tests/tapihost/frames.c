/* frames plays a daemon gone mad before the parts of the provider DLL that read: it changes good frames and line tables at random
 * and has them read, each at the very end of its memory, with what was read copied into buffers that end as sharply. Nothing may be
 * touched outside. Unchanged they must be read.
 *
 *	frames SEEDS COUNT [SEED]
 *
 * SEEDS holds the good ones, each behind a letter (F frame, T line table) and its length, four bytes, low first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../adapters/tapi/tsp/table.h"
#include "../../adapters/tapi/tsp/wire.h"

/* ---- memory with a forbidden page behind it ---- */

enum { ROOM = 1 << 17, PAGE = 1 << 16 };

#ifdef _WIN32
#include <windows.h>
static uint8_t *fenced(void)
{
	uint8_t *p = VirtualAlloc(NULL, ROOM + PAGE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
	DWORD old;

	return p && VirtualProtect(p + ROOM, PAGE, PAGE_NOACCESS, &old) ? p : NULL;
}
#else
#include <sys/mman.h>
static uint8_t *fenced(void)
{
	uint8_t *p = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && mprotect(p + ROOM, PAGE, PROT_NONE) == 0 ? p : NULL;
}
#endif

static uint8_t *in_room, *out_room;
static uint64_t rnd;
static unsigned long taken, refused, copied;

static uint32_t dice(uint32_t sides)
{
	rnd = rnd * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(rnd >> 33) % sides;
}

/* ---- reading ---- */

static void copies(const Image *m)
{
	uint32_t sizes[] = {4, m->fixed, m->fixed + 1u, m->all.size, dice(4096) + 4};

	for (int i = 0; i < 5; i++) {
		uint32_t total = sizes[i] < 4 ? 4 : sizes[i] > ROOM ? ROOM : sizes[i];
		uint8_t *to = out_room + ROOM - total;
		if (total < 12 && total >= m->fixed)
			continue;
		put_u32(to, total);
		if (image_copy(m, to) == 0 && (get_u32(to + 8) > total || get_u32(to + 8) > get_u32(to + 4)))
			abort();
		copied++;
	}
	for (int i = 0; i < 8; i++)
		image_u32(m, (uint16_t)dice(65536));
}

static int images(int ok, const Image *all, uint16_t count)
{
	for (uint16_t i = 0; ok && i < count; i++)
		copies(&all[i]);
	return ok;
}

static int payload(uint8_t kind, Bytes in)
{
	Welcome w;
	Reply r;
	Completion c;
	Notification n;
	uint64_t tick;
	uint16_t code;
	char text[64];
	int ok;

	memset(&r, 0, sizeof r), memset(&c, 0, sizeof c), memset(&n, 0, sizeof n);
	switch (kind) {
	case KIND_WELCOME: return wire_read_welcome(in, &w);
	case KIND_REPLY: ok = wire_read_reply(in, &r); return images(ok, r.images, r.count);
	case KIND_COMPLETION: ok = wire_read_completion(in, &c); return images(ok, c.images, c.count);
	case KIND_NOTIFICATION: ok = wire_read_notification(in, &n); return images(ok, n.images, n.count);
	case KIND_HEARTBEAT: return wire_read_heartbeat(in, &tick);
	case KIND_ERROR: return wire_read_error(in, &code, text, sizeof text);
	}
	return -1; /* a frame that only the DLL sends */
}

static int frame(const uint8_t *at, uint32_t size)
{
	Head h;

	if (size < WIRE_HEAD || !wire_head(at, &h) || h.length > size - WIRE_HEAD)
		return 0;
	return payload(h.kind, (Bytes){at + size - h.length, h.length});
}

static int table(const uint8_t *at, uint32_t size)
{
	Table t;

	if (!table_read((Bytes){at, size}, &t))
		return 0;
	for (uint32_t i = 0; i < t.count; i++)
		for (uint8_t s = 0; s < 10; s++)
			for (int v = 0; v < 7; v++) {
				static const uint32_t versions[] = {0x10003, 0x10004, 0x20000, 0x20001, 0x20002, 0x30000, 0x30001};
				Image m;
				if (table_image(&t.lines[i], versions[v], s, &m))
					copies(&m);
			}
	table_free(&t);
	return 1;
}

/* ---- changing ---- */

static uint32_t crc(const uint8_t *p, uint32_t n)
{
	uint32_t c = ~0u;

	while (n--) {
		c ^= *p++;
		for (int k = 0; k < 8; k++)
			c = c >> 1 ^ (0xEDB88320u & -(c & 1));
	}
	return ~c;
}

/* changed spoils one to four places: a byte, a word that is likely to hurt, a piece cut out or doubled. */
static uint32_t changed(uint8_t *b, uint32_t n)
{
	static const uint32_t bad[] = {0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 65520, 65536};

	for (uint32_t times = 1 + dice(4); times > 0; times--) {
		uint32_t at = n ? dice(n) : 0, piece = n ? dice(n - at) : 0;
		switch (dice(5)) {
		case 0: case 1: if (n) b[at] = (uint8_t)dice(256); break;
		case 2: if (at + 4 <= n) put_u32(b + at, bad[dice(11)]); break;
		case 3: memmove(b + at, b + at + piece, n - at - piece), n -= piece; break;
		default: if (n + piece <= ROOM / 2) memmove(b + at + piece, b + at, n - at), n += piece;
		}
	}
	return n;
}

static void one(char what, const uint8_t *seed, uint32_t n)
{
	static uint8_t b[ROOM];
	uint8_t *at;
	int r;

	memcpy(b, seed, n);
	n = changed(b, n);
	if (what == 'F' && n >= WIRE_HEAD && dice(8)) /* mostly past the head */
		memcpy(b, seed, 12), put_u32(b + 12, n - WIRE_HEAD);
	if (what == 'T' && n >= 16 && dice(8))
		memcpy(b, seed, 8), put_u32(b + 8, crc(b + 16, n - 16));
	at = in_room + ROOM - n;
	memcpy(at, b, n);
	r = what == 'F' ? frame(at, n) : table(at, n);
	if (r > 0)
		taken++;
	else
		refused++;
}

int main(int argc, char **argv)
{
	static uint8_t all[1 << 20];
	FILE *f = argc > 2 ? fopen(argv[1], "rb") : NULL;
	size_t size = f ? fread(all, 1, sizeof all, f) : 0;
	long count = argc > 2 ? atol(argv[2]) : 0;

	if (!size || count < 1) {
		fprintf(stderr, "usage: frames SEEDS COUNT [SEED]\n");
		return 2;
	}
	fclose(f);
	in_room = fenced(), out_room = fenced();
	if (!in_room || !out_room)
		return 2;
	rnd = argc > 3 ? (uint64_t)atoll(argv[3]) : 1;
	for (size_t at = 0; at + 5 <= size; at += 5 + get_u32(all + at + 1))
		if (all[at] == 'F' ? !frame(all + at + 5, get_u32(all + at + 1)) : !table(all + at + 5, get_u32(all + at + 1))) {
			fprintf(stderr, "a good one at %lu is refused\n", (unsigned long)at);
			return 1;
		}
	for (long i = 0; i < count;)
		for (size_t at = 0; at + 5 <= size && i < count; at += 5 + get_u32(all + at + 1), i++)
			one((char)all[at], all + at + 5, get_u32(all + at + 1));
	printf("%ld changed: %lu taken, %lu refused, %lu copies\n", count, taken, refused, copied);
	return taken && refused && copied ? 0 : 1;
}
