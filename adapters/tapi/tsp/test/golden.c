/* SPDX-License-Identifier: MIT */
/* golden DIR compares the provider's side of the wire protocol with the golden files in DIR. It writes each frame that the DLL
 * sends from the values in this file and must get those bytes; it reads each frame that the DLL receives and must get these
 * values. It needs no Windows. */
#include "goldenfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *dir, *current_file;
static int checks, faults;

#define EXPECT(got, want) \
	do { \
		long long g = (long long)(got), w = (long long)(want); \
		checks++; \
		if (g != w && ++faults) \
			fprintf(stderr, "%s:%d: %s: %s is 0x%llx, not 0x%llx\n", __FILE__, __LINE__, current_file, #got, g, w); \
	} while (0)

#define CALL 0x20003u
#define LINE 0x10001u

static const Position expected_position = {0x1122334455, 2};

static Bytes text16(const char *s)
{
	static uint8_t wide[256];
	uint32_t n = 0;

	for (; *s; s++)
		wide[n++] = (uint8_t)*s, wide[n++] = 0;
	return (Bytes){wide, n};
}

/* ---- what the DLL sends ---- */

static void check_written(const char *name, const uint8_t *frame, uint32_t n)
{
	Bytes want = golden_read(dir, name, 0);

	current_file = name;
	EXPECT(n, want.size);
	EXPECT(n == want.size && memcmp(frame, want.at, n) == 0, 1);
	for (uint32_t i = 0; i < n && i < want.size; i++)
		if (frame[i] != want.at[i]) {
			fprintf(stderr, "%s: byte %u is %02X, not %02X\n", name, i, frame[i], want.at[i]);
			break;
		}
	free((void *)want.at);
}

static void check_sent_frames(void)
{
	static uint8_t frame[WIRE_MAX_FRAME];
	const uint8_t nothing = 0;
	HelloLine lines[2] = {{LINE, 7, 99, 0x20001, 4, 2, 0x20, 1}, {0, 8, 100, 0, 0, 0, 0, 0}};
	HelloCall calls[2] = {{LINE, 0x20001, 12, 0x100, 1}, {LINE, 0x20002, 13, 0x400, 0}};
	Hello first = {.bits = 64, .process = 4242, .product = "offhook.tsp 1.0"};
	Hello again = {.bits = 32, .more = 1, .initialized = 1, .process = 4242, .version = 0x30001, .provider = 3, .line_base = 7,
		.lines_number = 2, .product = "offhook.tsp 1.0", .journal = "j-1", .position = expected_position, .lines = lines, .calls = calls,
		.lines_count = 2, .calls_count = 2};
	Request negotiate = {.function = 26, .device = 0xFFFFFFFF, .values = {0x10003, 0x30001}};
	Request make = {.function = 25, .request = 0x7FFFFFFF, .line = LINE, .text = text16("+49 30"), .block = {&nothing, 0}};
	Request pickup = {.function = 28, .request = 5, .line = LINE, .group = {&nothing, 0}};

	check_written("hello-first", frame, wire_hello(frame, &first));
	check_written("hello-again", frame, wire_hello(frame, &again));
	check_written("request-negotiate", frame, wire_request(frame, 1, &negotiate));
	check_written("request-makecall", frame, wire_request(frame, 2, &make));
	check_written("request-pickup", frame, wire_request(frame, 3, &pickup));
	check_written("newcall-answer", frame, wire_newcall_answer(frame, CALL, 1));
	check_written("heartbeat", frame, wire_heartbeat(frame, 0x0102030405060708));
	check_written("error", frame, wire_error(frame, WIRE_TOO_SLOW, "fell out of the ring"));
}

/* ---- what it receives ---- */

static Bytes read_golden_payload(const char *name, int kind, uint32_t id)
{
	Bytes b = golden_read(dir, name, 0);
	Head h = {0, 0, 0};

	current_file = name;
	EXPECT(wire_head(b.at, &h), 1);
	EXPECT(h.kind, kind);
	EXPECT(h.id, id);
	EXPECT(h.length, b.size - WIRE_HEAD);
	return (Bytes){b.at + WIRE_HEAD, b.size - WIRE_HEAD};
}

static void free_payload(Bytes b) { free((void *)(b.at - WIRE_HEAD)); }

static void check_position(Position p)
{
	EXPECT(p.seq, expected_position.seq);
	EXPECT(p.index, expected_position.index);
}

/* check_offered_status checks the LINECALLSTATUS of an offered call, which is the same at 2.1 and 3.1. */
static void check_offered_status(const Image *m)
{
	EXPECT(m->structure, S_CALLSTATUS);
	EXPECT(m->fixed_size, 56);
	EXPECT(m->ranges_count, 2);
	EXPECT(m->items_count, 0);
	EXPECT(image_u32(m, 12), 2);
	EXPECT(image_u32(m, 16), 1);
	EXPECT(image_u32(m, 24), 0x84);
	EXPECT(image_u32(m, 53), 0); /* beyond the fixed part */
}

static void check_caller_info(const Image *m)
{
	EXPECT(m->structure, S_CALLINFO);
	EXPECT(m->fixed_size, 344);
	EXPECT(m->ranges_count, 4);
	EXPECT(m->items_count, 3);
	EXPECT(image_u32(m, 16), 7);
	EXPECT(image_u32(m, 40), 12);
}

static void check_replies(void)
{
	Reply r;
	Bytes b = read_golden_payload("reply-makecall", KIND_REPLY, 2);

	EXPECT(wire_read_reply(b, &r), 1);
	EXPECT(r.function, 25);
	EXPECT(r.result, 0);
	EXPECT(r.values[0], CALL);
	EXPECT(r.values[1] | r.values[2] | r.values[3], 0);
	EXPECT(r.block.at == NULL, 1);
	EXPECT(r.count, 0);
	free_payload(b);
	b = read_golden_payload("reply-refused", KIND_REPLY, 3);
	EXPECT(wire_read_reply(b, &r), 1);
	EXPECT(r.result, (int32_t)0x80000010);
	free_payload(b);
	b = read_golden_payload("reply-addressstatus", KIND_REPLY, 4);
	EXPECT(wire_read_reply(b, &r), 1);
	EXPECT(r.count, 1);
	EXPECT(r.images[0].structure, S_ADDRESSSTATUS);
	EXPECT(r.images[0].fixed_size, 64);
	EXPECT(image_u32(&r.images[0], 12), 1);
	free_payload(b);
	b = read_golden_payload("reply-dialog", KIND_REPLY, 5);
	EXPECT(wire_read_reply(b, &r), 1);
	EXPECT(r.function, 132);
	EXPECT(r.block.size, 4);
	EXPECT(r.block.at && memcmp(r.block.at, "back", 4) == 0, 1);
	free_payload(b);
}

static void check_messages(void)
{
	Completion c;
	Notification n;
	Bytes b = read_golden_payload("completion", KIND_COMPLETION, 0);

	EXPECT(wire_read_completion(b, &c), 1);
	check_position(c.position);
	EXPECT(c.request, 0x7FFFFFFF);
	EXPECT(c.result, 0);
	EXPECT(c.call, CALL);
	EXPECT(c.count, 1);
	check_offered_status(&c.images[0]);
	free_payload(b);
	b = read_golden_payload("completion-failed", KIND_COMPLETION, 0);
	EXPECT(wire_read_completion(b, &c), 1);
	EXPECT(c.request, 5);
	EXPECT(c.result, (int32_t)0x80000048);
	EXPECT(c.count, 0);
	free_payload(b);
	b = read_golden_payload("notification-newcall", KIND_NOTIFICATION, 0);
	EXPECT(wire_read_notification(b, &n), 1);
	check_position(n.position);
	EXPECT(n.bridging, 0);
	EXPECT(n.message, 500);
	EXPECT(n.line, LINE);
	EXPECT(n.call, 0);
	EXPECT(n.p1, CALL);
	EXPECT(n.p2 | n.p3, 0);
	free_payload(b);
	b = read_golden_payload("notification-offering", KIND_NOTIFICATION, 0);
	EXPECT(wire_read_notification(b, &n), 1);
	EXPECT(n.bridging, 1);
	EXPECT(n.message, 2);
	EXPECT(n.call, CALL);
	EXPECT(n.p1, 2);
	EXPECT(n.p2, 1);
	EXPECT(n.p3, 4);
	EXPECT(n.count, 2);
	check_offered_status(&n.images[0]);
	check_caller_info(&n.images[1]);
	free_payload(b);
}

static void check_other_frames(void)
{
	Welcome w;
	uint64_t tick = 0;
	uint16_t code = 0;
	char text[256], cut[5];
	Bytes b = read_golden_payload("welcome", KIND_WELCOME, 0);

	EXPECT(wire_read_welcome(b, &w), 1);
	EXPECT(w.wire, 1);
	EXPECT(w.resume, 2);
	EXPECT(w.heartbeat, 5000);
	EXPECT(strcmp(w.journal, "j-1"), 0);
	check_position(w.position);
	free_payload(b);
	b = read_golden_payload("heartbeat", KIND_HEARTBEAT, 0);
	EXPECT(wire_read_heartbeat(b, &tick), 1);
	EXPECT(tick, 0x0102030405060708);
	free_payload(b);
	b = read_golden_payload("error", KIND_ERROR, 0);
	EXPECT(wire_read_error(b, &code, text, sizeof text), 1);
	EXPECT(code, WIRE_TOO_SLOW);
	EXPECT(strcmp(text, "fell out of the ring"), 0);
	EXPECT(wire_read_error(b, &code, cut, sizeof cut), 1);
	EXPECT(strcmp(cut, "fell"), 0);
	free_payload(b);
}

/* check_cut_frames checks that a frame cut short anywhere, or longer by a byte, is refused. */
static void check_cut_frames(void)
{
	static const char *const names[] = {"welcome", "reply-addressstatus", "completion", "notification-offering", "heartbeat", "error"};
	Bytes all[6];

	for (int i = 0; i < 6; i++) {
		all[i] = golden_read(dir, names[i], 0);
		current_file = names[i];
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
			EXPECT(ok, n == whole);
			free(part);
		}
		free((void *)all[i].at);
	}
}

/* check_heads checks that a header is refused with any other value in a byte that allows one value only, and with a payload
 * that is too long. */
static void check_heads(void)
{
	Bytes b = golden_read(dir, "heartbeat", 0);
	uint8_t head[WIRE_HEAD];
	Head h;

	current_file = "heads";
	for (int i = 0; i < 8; i++)
		for (int v = 0; v < 256; v++) {
			memcpy(head, b.at, WIRE_HEAD);
			head[i] = (uint8_t)v;
			EXPECT(wire_head(head, &h), i == 5 ? v >= KIND_HELLO && v <= KIND_ERROR : v == b.at[i]);
		}
	for (uint32_t n = WIRE_MAX_PAYLOAD - 1; n < WIRE_MAX_PAYLOAD + 3; n++) {
		memcpy(head, b.at, WIRE_HEAD);
		put_u32(head + 12, n);
		EXPECT(wire_head(head, &h), n <= WIRE_MAX_PAYLOAD);
	}
	free((void *)b.at);
}

/* ---- images into TAPI's buffers ---- */

static void check_image_copies(void)
{
	Notification n;
	Bytes b = read_golden_payload("notification-offering", KIND_NOTIFICATION, 0);

	EXPECT(wire_read_notification(b, &n), 1);
	for (int section = 2; section <= 7; section++) {
		Bytes want = golden_read(dir, "copy-callinfo", section);
		uint8_t *buffer = exact_copy(want.at, want.size);

		current_file = "copy-callinfo";
		memset(buffer, 0xCC, want.size);
		put_u32(buffer, want.size);
		EXPECT(image_copy(&n.images[1], buffer), want.size < 344 ? IMAGE_TOO_SMALL : 0);
		EXPECT(memcmp(buffer, want.at, want.size), 0);
		free(buffer);
		free((void *)want.at);
	}
	free_payload(b);
}

/* ---- the line table ---- */

static void check_line_table(void)
{
	static const uint32_t versions[] = {0x10003, 0x10004, 0x20000, 0x20001, 0x20002, 0x30000, 0x30001};
	Bytes file = golden_read(dir, "linetable", 0);
	Table t;
	Image m;

	current_file = "linetable";
	EXPECT(table_read(file, &t), 1);
	EXPECT(t.count, 2);
	if (t.count == 2) {
		EXPECT(t.lines[0].permanent, 1);
		EXPECT(strcmp(t.lines[0].name, "Ida Lund (41)"), 0);
		EXPECT(strcmp(t.lines[0].address, "41"), 0);
		EXPECT(t.lines[1].permanent, 7);
		EXPECT(strcmp(t.lines[1].name, "J\xC3\xB6rg Vogel (45)"), 0);
		EXPECT(t.lines[1].versions_count, 7);
		for (int i = 0; i < 7; i++) {
			EXPECT(table_image(&t.lines[1], versions[i], S_DEVCAPS, &m), 1);
			EXPECT(image_u32(&m, 28), 7); /* dwPermanentLineID */
			EXPECT(table_image(&t.lines[1], versions[i], S_ADDRESSCAPS, &m), 1);
			EXPECT(table_image(&t.lines[1], versions[i], S_CALLINFO, &m), 0);
		}
		EXPECT(table_image(&t.lines[1], 0x40000, S_DEVCAPS, &m), 0);
	}
	table_free(&t);
	for (uint32_t i = 0; i < file.size; i += i < 600 ? 1 : 97) { /* a changed byte is a damaged file */
		uint8_t *other = exact_copy(file.at, file.size);
		int ignored = i == 6 || i == 7; /* reserved bytes */
		other[i] ^= 1;
		EXPECT(table_read((Bytes){other, file.size}, &t), ignored);
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
	check_sent_frames();
	check_replies();
	check_messages();
	check_other_frames();
	check_cut_frames();
	check_heads();
	check_image_copies();
	check_line_table();
	printf("%d checks, %d faults\n", checks, faults);
	return faults > 0;
}
