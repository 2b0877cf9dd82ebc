/* SPDX-License-Identifier: MIT */
/* tapiprobe is a TAPI 2 client that lists, watches and controls lines through tapi32, for any provider.
 *
 * One thread does everything: it calls TAPI, and between its requests gets TAPI's messages with lineGetMessage when the event of
 * LINEINITIALIZEEXOPTION_USEEVENT is set. Texts are UTF-8 inside. What TAPI and providers return is used only as far as it lies
 * within its buffer. */
#ifndef PROBE_H
#define PROBE_H

#include <winsock2.h>
#include <windows.h>
#include <tapi.h>
#include <stdio.h>

enum {
	TEXT_SIZE = 256,             /* bytes of a name, a number or a party with the NUL; a longer one is cut */
	LINES_MAX = 10000,       /* lines that are read */
	CALLS_MAX = 4096,        /* calls at a time */
	GROWTH_LIMIT = 1 << 20,  /* bytes of the largest structure that is read from TAPI */
	GROWTH_ROUNDS = 8,       /* how often a structure that grew meanwhile is read again */
	MESSAGES_MAX = 20000     /* messages that a script keeps */
};

#define API_LOW  0x00010004
#define API_HIGH 0x00020002

/* Exit codes. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_TAPI = 3 };

/* ---- names.c: names for the numbers of tapi.h ---- */

const char *error_name(LONG err);   /* "LINEERR_NODEVICE", or "0x80000123" */
const char *error_advice(LONG err); /* what to do about it, or "" */
const char *message_name(DWORD message);      /* as offhook replay names it: LINE_NEWCALL, ASYNC_COMPLETION, … */
const char *message_tapi_name(DWORD message); /* as tapi.h names it: LINE_APPNEWCALL, LINE_REPLY, … */
DWORD message_number(const char *name);       /* of a name in either form; ~0 for none */
const char *state_name(DWORD state);
const char *mode_name(DWORD state, DWORD mode); /* "" for none */
/* bit_names writes the names of all bits with a character between them. An unknown bit is written as 0x… */
enum family { CALL_INFO, LINE_STATE, ADDRESS_STATE, CALL_FEATURE, CALL_ORIGIN, CALL_REASON, MEDIA_MODE, LINE_FEATURE, ADDRESS_FEATURE,
	CALL_STATE, PRIVILEGE, PARTY_FLAGS, DEVICE_STATUS };
void bit_names(enum family f, DWORD bits, char between, char *out, size_t size);

/* ---- text.c ---- */

void text_from(const WCHAR *s, size_t n, char *out, size_t size); /* at most n units, to the first NUL; never cuts a character in two */
int text_to(const char *s, WCHAR *out, int size);                 /* 0 when s is no UTF-8 or too long */
void text_plain(const char *s, char *out, size_t size);           /* control characters as \xNN, for a terminal */
void json_string(FILE *out, const char *s);
int split_words(char *line, char **word, int max); /* splits in place; "quoted parts" with \" and \\; -1 for an open quote */
void clock_text(FILETIME at, int date, char *out, size_t size);

/* ---- struct.c: TAPI's variable structures ---- */

typedef LONG (*structure_reader)(const void *of, void *into);
/* read_structure reads a structure until everything fits; the caller frees it. NULL and *err when TAPI refuses. */
void *read_structure(structure_reader read, const void *of, DWORD fixed, DWORD first, LONG *err);
/* field_text copies the text at an offset when it lies within the structure; else out is empty. */
void field_text(const void *structure, DWORD offset, DWORD size, char *out, size_t room);

/* ---- lines.c ---- */

struct line {
	DWORD device, api, permanent, media;
	HLINE h;
	int known, open, removed; /* known: caps were read */
	LONG refused;             /* why the caps could not be read */
	DWORD privilege;
	unsigned calls_seen; /* calls seen since it was opened */
	char name[TEXT_SIZE], address[TEXT_SIZE], provider[TEXT_SIZE];
};

extern struct line *lines;
extern DWORD lines_number;
extern HLINEAPP app;
extern HANDLE tapi_event;
extern DWORD api_high;

int tapi_start(void); /* 1, or 0 after an error text */
void tapi_stop(void);
int line_read_caps(DWORD device); /* reads a device's capabilities; 0 when there is no such device */
int line_find(const char *word); /* by address, name or device number ("#3"); -1 */
LONG line_open(int i, DWORD privilege); /* adds the calls that the line has, too */
void line_close(int i);
int line_in_service(int i);
int line_by_handle(HLINE h); /* -1 */
int tapi_alive(void); /* 0: the Telephony service is gone */
int list_devices(int json);   /* list.c */

/* ---- calls.c ---- */

struct call {
	int used, line;
	HCALL h;
	DWORD id, state, mode, privilege, features;
	unsigned call_number; /* 1 for the line's first call since it was opened */
};

struct parties {
	DWORD id, related, origin, reason, bearer, media;
	char caller[TEXT_SIZE], caller_name[TEXT_SIZE], called[TEXT_SIZE], called_name[TEXT_SIZE], connected[TEXT_SIZE], connected_name[TEXT_SIZE],
		redirecting[TEXT_SIZE], redirecting_name[TEXT_SIZE], redirection[TEXT_SIZE], redirection_name[TEXT_SIZE], display[TEXT_SIZE];
};

extern struct call calls[CALLS_MAX];

struct call *call_by_handle(HCALL h);
struct call *call_add(HCALL h, int line, DWORD privilege);
void call_close(struct call *c); /* deallocates the handle */
void calls_close(int line);      /* all calls of a line that is closed; -1: of all lines */
LONG call_parties(HCALL h, struct parties *p);
LONG call_status(struct call *c, int how); /* reads its features; how: its state as well */
struct call *call_find(int line, DWORD states, unsigned call_number); /* the newest call in one of the states; call_number 0: any */
void calls_add_existing(int i); /* adds the calls that a line has when it is opened */

/* ---- watch.c: messages ---- */

struct message {
	FILETIME at;
	DWORD message, call, request;
	DWORD_PTR device, p1, p2, p3;
	int line;         /* -1: none */
	unsigned call_number;   /* of the call on its line; 0: none */
	int from_tapi;    /* TAPI itself sent it, not a provider */
	LONG result;
	struct parties *info; /* with CALLSTATE and CALLINFO */
	DWORD features;
	int matched;
};

extern struct message **received_messages; /* in a script: every message, in order */
extern DWORD received_count;
extern int keep_messages, as_json, suppress_output;
extern int telephony_restarts; /* the Telephony service restarts: programs must call lineInitializeEx again */

void print_table_head(void);
DWORD receive_messages(DWORD ms); /* reads messages until some came, or until ms; gives how many */
DWORD ms_now(void);

/* ---- actions.c ---- */

struct action {
	const char *verb, *number; /* number NULL: none */
	int line;
	unsigned call_number; /* 0: the newest call that fits */
};

int is_action(const char *verb);
/* run_action makes a request and waits for its reply. It gives the reply's result, or the error that the function returned, or ~0 with a text
 * in why. */
LONG run_action(const struct action *a, DWORD ms, char *why, size_t size);
int action_makes_call(const char *verb); /* 1: the verb makes a call */
void drop_all_calls(DWORD ms);

/* ---- script.c, steps.c ---- */

int run_script(const char *file, DWORD patience);
int expect_message(char **word, int n, int line, DWORD ms, int maybe, char *why, size_t size);
int expect_no_message(char **word, int n, int line, DWORD ms, char *why, size_t size);
int check_unmatched_states(char *why, size_t size);
void clear_maybes(void);
int read_duration(const char *word, DWORD *ms);
extern int default_line; /* the line of steps without "on"; -1: none */

/* ---- environment.c: what a script controls besides TAPI ---- */

int pbx_connect(const char *address);
int pbx_command(const char *line, char *answer, size_t size);
int harness_connect(const char *address);
int service_step(const char *name, const char *verb, DWORD ms, char *why, size_t size);
extern int pbx_connected, harness_connected;

#endif
