/* golden DIR: the provider's half of the wire against the golden files in DIR. What the DLL sends is written from the values that stand
 * here and must be those bytes; what it receives is read from the bytes and must be these values. No Windows in it. */
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *dir, *about;
static int checks, faults;

#define EQ(got, want) \
	do { \
		long long g = (long long)(got), w = (long long)(want); \
		checks++; \
		if (g != w && ++faults) \
			fprintf(stderr, "%s:%d: %s: %s is 0x%llx, not 0x%llx\n", __FILE__, __LINE__, about, #got, g, w); \
	} while (0)

#define CALL 0x20003u
#define LINE 0x10001u

static const Position at = {0x1122334455, 2};

static Bytes text16(const char *s)
{
	static uint8_t wide[256];
	uint32_t n = 0;

	for (; *s; s++)
		wide[n++] = (uint8_t)*s, wide[n++] = 0;
	return (Bytes){wide, n};
}

/* ---- what the DLL sends ---- */

static void sent(const char *name, const uint8_t *frame, uint32_t n)
{
	Bytes want = golden_read(dir, name, 0);

	about = name;
	EQ(n, want.size);
	EQ(n == want.size && memcmp(frame, want.at, n) == 0, 1);
	for (uint32_t i = 0; i < n && i < want.size; i++)
		if (frame[i] != want.at[i]) {
			fprintf(stderr, "%s: byte %u is %02X, not %02X\n", name, i, frame[i], want.at[i]);
			break;
		}
	free((void *)want.at);
}

static void send_all(void)
{
	static uint8_t frame[WIRE_MAX_FRAME];
	const uint8_t nothing = 0;
	HelloLine lines[2] = {{LINE, 7, 99, 0x20001, 4, 2, 0x20, 1}, {0, 8, 100, 0, 0, 0, 0, 0}};
	HelloCall calls[2] = {{LINE, 0x20001, 12, 0x100, 1}, {LINE, 0x20002, 13, 0x400, 0}};
	Hello first = {.bits = 64, .process = 4242, .product = "offhook.tsp 1.0"};
	Hello again = {.bits = 32, .more = 1, .initialized = 1, .process = 4242, .version = 0x30001, .provider = 3, .line_base = 7,
		.lines_number = 2, .product = "offhook.tsp 1.0", .journal = "j-1", .position = at, .lines = lines, .calls = calls,
		.lines_count = 2, .calls_count = 2};
	Request negotiate = {.function = 26, .device = 0xFFFFFFFF, .values = {0x10003, 0x30001}};
	Request make = {.function = 25, .request = 0x7FFFFFFF, .line = LINE, .text = text16("+49 30"), .block = {&nothing, 0}};
	Request pickup = {.function = 28, .request = 5, .line = LINE, .group = {&nothing, 0}};

	sent("hello-first", frame, wire_hello(frame, &first));
	sent("hello-again", frame, wire_hello(frame, &again));
	sent("request-negotiate", frame, wire_request(frame, 1, &negotiate));
	sent("request-makecall", frame, wire_request(frame, 2, &make));
	sent("request-pickup", frame, wire_request(frame, 3, &pickup));
	sent("newcall-answer", frame, wire_newcall_answer(frame, CALL, 1));
	sent("heartbeat", frame, wire_heartbeat(frame, 0x0102030405060708));
	sent("error", frame, wire_error(frame, WIRE_TOO_SLOW, "fell out of the ring"));
}

/* ---- what it receives ---- */

static Bytes payload(const char *name, int kind, uint32_t id)
{
	Bytes b = golden_read(dir, name, 0);
	Head h = {0, 0, 0};

	about = name;
	EQ(wire_head(b.at, &h), 1);
	EQ(h.kind, kind);
	EQ(h.id, id);
	EQ(h.length, b.size - WIRE_HEAD);
	return (Bytes){b.at + WIRE_HEAD, b.size - WIRE_HEAD};
}

static void done(Bytes b) { free((void *)(b.at - WIRE_HEAD)); }

static void position(Position p)
{
	EQ(p.seq, at.seq);
	EQ(p.index, at.index);
}

/* LINECALLSTATUS of an offered call; the same at 2.1 and 3.1. */
static void offered(const Image *m)
{
	EQ(m->structure, S_CALLSTATUS);
	EQ(m->fixed, 56);
	EQ(m->ranges_count, 2);
	EQ(m->items_count, 0);
	EQ(image_u32(m, 12), 2);
	EQ(image_u32(m, 16), 1);
	EQ(image_u32(m, 24), 0x84);
	EQ(image_u32(m, 53), 0); /* none there */
}

static void caller(const Image *m)
{
	EQ(m->structure, S_CALLINFO);
	EQ(m->fixed, 344);
	EQ(m->ranges_count, 4);
	EQ(m->items_count, 3);
	EQ(image_u32(m, 16), 7);
	EQ(image_u32(m, 40), 12);
}

static void receive_replies(void)
{
	Reply r;
	Bytes b = payload("reply-makecall", KIND_REPLY, 2);

	EQ(wire_read_reply(b, &r), 1);
	EQ(r.function, 25);
	EQ(r.result, 0);
	EQ(r.values[0], CALL);
	EQ(r.values[1] | r.values[2] | r.values[3], 0);
	EQ(r.block.at == NULL, 1);
	EQ(r.count, 0);
	done(b);
	b = payload("reply-refused", KIND_REPLY, 3);
	EQ(wire_read_reply(b, &r), 1);
	EQ(r.result, (int32_t)0x80000010);
	done(b);
	b = payload("reply-addressstatus", KIND_REPLY, 4);
	EQ(wire_read_reply(b, &r), 1);
	EQ(r.count, 1);
	EQ(r.images[0].structure, S_ADDRESSSTATUS);
	EQ(r.images[0].fixed, 64);
	EQ(image_u32(&r.images[0], 12), 1);
	done(b);
	b = payload("reply-dialog", KIND_REPLY, 5);
	EQ(wire_read_reply(b, &r), 1);
	EQ(r.function, 132);
	EQ(r.block.size, 4);
	EQ(r.block.at && memcmp(r.block.at, "back", 4) == 0, 1);
	done(b);
}

static void receive_messages(void)
{
	Completion c;
	Notification n;
	Bytes b = payload("completion", KIND_COMPLETION, 0);

	EQ(wire_read_completion(b, &c), 1);
	position(c.position);
	EQ(c.request, 0x7FFFFFFF);
	EQ(c.result, 0);
	EQ(c.call, CALL);
	EQ(c.count, 1);
	offered(&c.images[0]);
	done(b);
	b = payload("completion-failed", KIND_COMPLETION, 0);
	EQ(wire_read_completion(b, &c), 1);
	EQ(c.request, 5);
	EQ(c.result, (int32_t)0x80000048);
	EQ(c.count, 0);
	done(b);
	b = payload("notification-newcall", KIND_NOTIFICATION, 0);
	EQ(wire_read_notification(b, &n), 1);
	position(n.position);
	EQ(n.bridging, 0);
	EQ(n.message, 500);
	EQ(n.line, LINE);
	EQ(n.call, 0);
	EQ(n.p1, CALL);
	EQ(n.p2 | n.p3, 0);
	done(b);
	b = payload("notification-offering", KIND_NOTIFICATION, 0);
	EQ(wire_read_notification(b, &n), 1);
	EQ(n.bridging, 1);
	EQ(n.message, 2);
	EQ(n.call, CALL);
	EQ(n.p1, 2);
	EQ(n.p2, 1);
	EQ(n.p3, 4);
	EQ(n.count, 2);
	offered(&n.images[0]);
	caller(&n.images[1]);
	done(b);
}

static void receive_rest(void)
{
	Welcome w;
	uint64_t tick = 0;
	uint16_t code = 0;
	char text[256], cut[5];
	Bytes b = payload("welcome", KIND_WELCOME, 0);

	EQ(wire_read_welcome(b, &w), 1);
	EQ(w.wire, 1);
	EQ(w.resume, 2);
	EQ(w.heartbeat, 5000);
	EQ(strcmp(w.journal, "j-1"), 0);
	position(w.position);
	done(b);
	b = payload("heartbeat", KIND_HEARTBEAT, 0);
	EQ(wire_read_heartbeat(b, &tick), 1);
	EQ(tick, 0x0102030405060708);
	done(b);
	b = payload("error", KIND_ERROR, 0);
	EQ(wire_read_error(b, &code, text, sizeof text), 1);
	EQ(code, WIRE_TOO_SLOW);
	EQ(strcmp(text, "fell out of the ring"), 0);
	EQ(wire_read_error(b, &code, cut, sizeof cut), 1);
	EQ(strcmp(cut, "fell"), 0);
	done(b);
}

/* A frame cut short anywhere, or longer by a byte, is refused. */
static void cuts(void)
{
	static const char *const names[] = {"welcome", "reply-addressstatus", "completion", "notification-offering", "heartbeat", "error"};
	Bytes all[6];

	for (int i = 0; i < 6; i++) {
		all[i] = golden_read(dir, names[i], 0);
		about = names[i];
		for (uint32_t n = 0; n <= all[i].size - WIRE_HEAD + 1; n++) {
			uint8_t *part = calloc(n ? n : 1, 1);
			uint32_t whole = all[i].size - WIRE_HEAD;
			Bytes b;
			union { Welcome w; Reply r; Completion c; Notification n; uint64_t tick; uint16_t code; } out;
			char text[256];
			int ok = 0;

			if (!part)
				abort();
			memcpy(part, all[i].at + WIRE_HEAD, n < whole ? n : whole);
			b = (Bytes){part, n};
			switch (all[i].at[5]) {
			case KIND_WELCOME: ok = wire_read_welcome(b, &out.w); break;
			case KIND_REPLY: ok = wire_read_reply(b, &out.r); break;
			case KIND_COMPLETION: ok = wire_read_completion(b, &out.c); break;
			case KIND_NOTIFICATION: ok = wire_read_notification(b, &out.n); break;
			case KIND_HEARTBEAT: ok = wire_read_heartbeat(b, &out.tick); break;
			case KIND_ERROR: ok = wire_read_error(b, &out.code, text, sizeof text); break;
			}
			EQ(ok, n == whole);
			free(part);
		}
		free((void *)all[i].at);
	}
}

/* Headers that are none: every other value of each byte that has but one, and too long a payload. */
static void heads(void)
{
	Bytes b = golden_read(dir, "heartbeat", 0);
	uint8_t head[WIRE_HEAD];
	Head h;

	about = "heads";
	for (int i = 0; i < 8; i++)
		for (int v = 0; v < 256; v++) {
			memcpy(head, b.at, WIRE_HEAD);
			head[i] = (uint8_t)v;
			EQ(wire_head(head, &h), i == 5 ? v >= KIND_HELLO && v <= KIND_ERROR : v == b.at[i]);
		}
	for (uint32_t n = WIRE_MAX_PAYLOAD - 1; n < WIRE_MAX_PAYLOAD + 3; n++) {
		memcpy(head, b.at, WIRE_HEAD);
		put_u32(head + 12, n);
		EQ(wire_head(head, &h), n <= WIRE_MAX_PAYLOAD);
	}
	free((void *)b.at);
}

/* ---- images into TAPI's buffers ---- */

static void copies(void)
{
	Notification n;
	Bytes b = payload("notification-offering", KIND_NOTIFICATION, 0);

	EQ(wire_read_notification(b, &n), 1);
	for (int section = 2; section <= 7; section++) {
		Bytes want = golden_read(dir, "copy-callinfo", section);
		uint8_t *buffer = sized(want.at, want.size);

		about = "copy-callinfo";
		memset(buffer, 0xCC, want.size);
		put_u32(buffer, want.size);
		EQ(image_copy(&n.images[1], buffer), want.size < 344 ? IMAGE_TOO_SMALL : 0);
		EQ(memcmp(buffer, want.at, want.size), 0);
		free(buffer);
		free((void *)want.at);
	}
	done(b);
}

/* ---- the line table ---- */

static void line_table(void)
{
	static const uint32_t versions[] = {0x10003, 0x10004, 0x20000, 0x20001, 0x20002, 0x30000, 0x30001};
	Bytes file = golden_read(dir, "linetable", 0);
	Table t;
	Image m;

	about = "linetable";
	EQ(table_read(file, &t), 1);
	EQ(t.count, 2);
	if (t.count == 2) {
		EQ(t.lines[0].permanent, 1);
		EQ(strcmp(t.lines[0].name, "Ida Lund (41)"), 0);
		EQ(strcmp(t.lines[0].address, "41"), 0);
		EQ(t.lines[1].permanent, 7);
		EQ(strcmp(t.lines[1].name, "J\xC3\xB6rg Vogel (45)"), 0);
		EQ(t.lines[1].versions_count, 7);
		for (int i = 0; i < 7; i++) {
			EQ(table_image(&t.lines[1], versions[i], S_DEVCAPS, &m), 1);
			EQ(image_u32(&m, 28), 7); /* dwPermanentLineID */
			EQ(table_image(&t.lines[1], versions[i], S_ADDRESSCAPS, &m), 1);
			EQ(table_image(&t.lines[1], versions[i], S_CALLINFO, &m), 0);
		}
		EQ(table_image(&t.lines[1], 0x40000, S_DEVCAPS, &m), 0);
	}
	table_free(&t);
	for (uint32_t i = 0; i < file.size; i += i < 600 ? 1 : 97) { /* a changed byte is a damaged file */
		uint8_t *other = sized(file.at, file.size);
		int meant = i == 6 || i == 7; /* reserved, not looked at */
		other[i] ^= 1;
		EQ(table_read((Bytes){other, file.size}, &t), meant);
		table_free(&t);
		free(other);
	}
	free((void *)file.at);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	dir = argv[1];
	send_all();
	receive_replies();
	receive_messages();
	receive_rest();
	cuts();
	heads();
	copies();
	line_table();
	printf("%d checks, %d faults\n", checks, faults);
	return faults > 0;
}
