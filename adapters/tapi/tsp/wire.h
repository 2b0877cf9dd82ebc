/* SPDX-License-Identifier: MIT */
/* This header declares the frames of docs/integrate/wire.md, version 1: reading and writing, with every length bounded. Portable C,
 * without Windows. */
#ifndef OFFHOOK_WIRE_H
#define OFFHOOK_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum { WIRE_VERSION = 1, WIRE_HEAD = 16, WIRE_MAX_PAYLOAD = 65520, WIRE_MAX_FRAME = WIRE_HEAD + WIRE_MAX_PAYLOAD };

enum {
	KIND_HELLO = 1, KIND_WELCOME, KIND_REQUEST, KIND_REPLY, KIND_COMPLETION, KIND_NOTIFICATION, KIND_NEWCALL_ANSWER,
	KIND_HEARTBEAT, KIND_ERROR
};

enum { WIRE_BAD_FRAME = 1, WIRE_BAD_VERSION, WIRE_OUT_OF_ORDER, WIRE_TOO_SLOW, WIRE_STOPPING, WIRE_TAKEN, WIRE_TIMEOUT };

enum {
	MAX_IMAGES = 2, MAX_RANGES = 32, MAX_ITEMS = 16, MAX_HELLO_LINES = 1024, MAX_HELLO_CALLS = 1536, MAX_ID = 64
};

#define HELLO_OUTBOUND 1u /* mode of a call that has no state yet: a TAPI program made it */
#define MSG_IMAGES 0xFFFFFFFFu /* the notification only replaces the delivered copy of a call; TAPI gets no message */

/* Structure numbers of images. */
enum { S_DEVCAPS, S_ADDRESSCAPS, S_CALLINFO, S_CALLSTATUS, S_DEVSTATUS, S_ADDRESSSTATUS, S_VARSTRING = 7, S_CALLHUBTRACKING = 9 };

typedef struct {
	uint8_t kind;
	uint32_t id;
	uint32_t length;
} Head;

/* Bytes points into memory that something else owns; at is NULL when there is none. */
typedef struct {
	const uint8_t *at;
	uint32_t size;
} Bytes;

/* Image is an encoded TAPI structure. Its members point into the frame it came in. */
typedef struct {
	uint8_t structure;
	uint16_t fixed_size;
	Bytes all;    /* the whole image */
	Bytes ranges; /* pairs of u16 */
	Bytes fixed_part;
	Bytes items;
	uint16_t ranges_count, items_count;
} Image;

typedef struct {
	uint64_t seq;
	uint32_t index;
} Position;

typedef struct {
	uint8_t wire, resume;
	uint32_t heartbeat;
	char journal[MAX_ID + 1];
	Position position;
} Welcome;

typedef struct {
	uint16_t function;
	int32_t result;
	uint32_t values[4];
	Bytes block;
	Image images[MAX_IMAGES];
	uint16_t count;
} Reply;

typedef struct {
	Position position;
	uint32_t request;
	int32_t result;
	uint32_t call;
	Image images[MAX_IMAGES];
	uint16_t count;
} Completion;

typedef struct {
	Position position;
	uint8_t bridging;
	uint32_t message, line, call;
	uint64_t p1, p2, p3;
	Image images[MAX_IMAGES];
	uint16_t count;
} Notification;

typedef struct {
	uint16_t function;
	uint32_t request, line, call, other, device;
	uint32_t values[4];
	Bytes text, group, block; /* UTF-16LE, UTF-16LE, bytes; at NULL is NULL */
} Request;

typedef struct {
	uint32_t line, device, permanent, version, media, line_states, address_states;
	uint8_t in_service;
} HelloLine;

typedef struct {
	uint32_t line, call, id, state, mode;
} HelloCall;

typedef struct {
	uint8_t bits, more, initialized;
	uint32_t process, version, provider, line_base, lines_number;
	const char *product;
	char journal[MAX_ID + 1];
	Position position;
	const HelloLine *lines;
	const HelloCall *calls;
	uint16_t lines_count, calls_count;
} Hello;

/* These functions write a frame of at most WIRE_MAX_FRAME bytes and give its length; 0 when it does not fit. */
uint32_t wire_hello(uint8_t *out, const Hello *h);
uint32_t wire_request(uint8_t *out, uint32_t id, const Request *r);
uint32_t wire_newcall_answer(uint8_t *out, uint32_t call, uint8_t accepted);
uint32_t wire_heartbeat(uint8_t *out, uint64_t tick);
uint32_t wire_error(uint8_t *out, uint16_t code, const char *text);

/* These functions read a frame and give 1, or 0 for a frame that breaks the protocol. */
int wire_head(const uint8_t *in, Head *h);
int wire_read_welcome(Bytes in, Welcome *w);
int wire_read_reply(Bytes in, Reply *r);
int wire_read_completion(Bytes in, Completion *c);
int wire_read_notification(Bytes in, Notification *n);
int wire_read_error(Bytes in, uint16_t *code, char *text, size_t size);
int wire_read_heartbeat(Bytes in, uint64_t *tick);

/* image_read reads one image and moves in behind it. */
int image_read(Bytes *in, Image *m);

/* image_copy returns 0 or this. */
#define IMAGE_TOO_SMALL ((int32_t)0x8000004D) /* LINEERR_STRUCTURETOOSMALL */

/* image_copy fills TAPI's buffer by the rule of docs/integrate/wire.md; its first word is dwTotalSize. */
int32_t image_copy(const Image *m, uint8_t *buffer);

/* image_u32 gives the word at an offset of the fixed part; 0 when the part is shorter. */
uint32_t image_u32(const Image *m, uint16_t offset);

uint32_t get_u32(const uint8_t *p);
void put_u32(uint8_t *p, uint32_t v);

#endif
