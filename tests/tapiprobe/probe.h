/* tapiprobe: a TAPI 2 client that lists, watches and drives lines through tapi32, for any provider.
 *
 * One thread does everything: it asks TAPI, and between its requests takes TAPI's messages by lineGetMessage when the event
 * of LINEINITIALIZEEXOPTION_USEEVENT says that there are some. Texts are UTF-8 inside. What TAPI and providers hand out is
 * believed only as far as it lies within the buffer it came in. */
#ifndef PROBE_H
#define PROBE_H

#include <winsock2.h>
#include <windows.h>
#include <tapi.h>
#include <stdio.h>

enum {
	WORDS = 256,             /* the longest text kept of a name, a number, a party; the rest is cut */
	LINES_MAX = 10000,       /* lines looked at */
	CALLS_MAX = 4096,        /* calls alive at a time */
	GROWTH_LIMIT = 1 << 20,  /* the largest structure that is taken from TAPI */
	GROWTH_ROUNDS = 8,       /* how often one that grows meanwhile is asked for again */
	MESSAGES_MAX = 20000     /* messages that a script can look at */
};

#define API_LOW  0x00010004
#define API_HIGH 0x00020002

/* Exit codes. */
enum { OK = 0, FAILED = 1, USAGE = 2, NO_TAPI = 3 };

/* ---- names.c: numbers of tapi.h in words ---- */

const char *error_name(LONG err);   /* "LINEERR_NODEVICE", or "0x80000123" */
const char *error_advice(LONG err); /* what to do about it, or "" */
const char *message_name(DWORD message);      /* as offhook replay has it: LINE_NEWCALL, ASYNC_COMPLETION, … */
const char *message_tapi_name(DWORD message); /* as tapi.h has it: LINE_APPNEWCALL, LINE_REPLY, … */
DWORD message_number(const char *name);       /* of either form; ~0 for none */
const char *state_name(DWORD state);
const char *mode_name(DWORD state, DWORD mode); /* "" for none */
/* Names of all bits with a character between them. An unknown bit shows as 0x… */
enum family { CALL_INFO, LINE_STATE, ADDRESS_STATE, CALL_FEATURE, CALL_ORIGIN, CALL_REASON, MEDIA_MODE, LINE_FEATURE, ADDRESS_FEATURE,
	CALL_STATE, PRIVILEGE, PARTY_FLAGS, DEVICE_STATUS };
void bit_names(enum family f, DWORD bits, char between, char *out, size_t size);

/* ---- text.c ---- */

void text_from(const WCHAR *s, size_t n, char *out, size_t size); /* at most n units, to the first NUL; never cuts a character in two */
int text_to(const char *s, WCHAR *out, int size);                 /* 0 when it is no UTF-8 or too long */
void text_plain(const char *s, char *out, size_t size);           /* control characters as \xNN, for a terminal */
void json_string(FILE *out, const char *s);
int words_of(char *line, char **word, int max); /* splits in place; "quoted parts" with \" and \\; -1 for an open quote */
void clock_text(FILETIME at, int date, char *out, size_t size);

/* ---- struct.c: TAPI's variable structures ---- */

typedef LONG (*asks)(const void *of, void *into);
/* grown asks until everything fits. NULL and *err when TAPI refuses; free() what comes. */
void *grown(asks ask, const void *of, DWORD fixed, DWORD first, LONG *err);
/* field_text copies the text at an offset if it lies within the structure, else leaves out empty. */
void field_text(const void *structure, DWORD offset, DWORD size, char *out, size_t room);

/* ---- lines.c ---- */

struct line {
	DWORD device, api, permanent, media;
	HLINE h;
	int known, open, removed; /* known: caps were read */
	LONG refused;             /* why the caps could not be read */
	DWORD privilege;
	unsigned orders; /* calls seen since it was opened */
	char name[WORDS], address[WORDS], provider[WORDS];
};

extern struct line *lines;
extern DWORD lines_number;
extern HLINEAPP app;
extern HANDLE tapi_event;
extern DWORD api_high;

int tapi_start(void); /* 1, or 0 after saying why not */
void tapi_stop(void);
int lines_learn(DWORD device); /* reads or rereads what a device says of itself; 0 when it is not there */
int line_find(const char *word); /* by address, name or device number ("#3"); -1 */
LONG line_open(int i, DWORD privilege); /* and takes the calls that are there already */
void line_close(int i);
int line_in_service(int i);
int line_of(HLINE h); /* -1 */
int tapi_alive(void); /* 0: the Telephony service is gone */
int list(int json);   /* list.c */

/* ---- calls.c ---- */

struct call {
	int used, line;
	HCALL h;
	DWORD id, state, mode, privilege, features;
	unsigned order; /* 1 for the line's first call since it was opened */
};

struct parties {
	DWORD id, related, origin, reason, bearer, media;
	char caller[WORDS], caller_name[WORDS], called[WORDS], called_name[WORDS], connected[WORDS], connected_name[WORDS],
		redirecting[WORDS], redirecting_name[WORDS], redirection[WORDS], redirection_name[WORDS], display[WORDS];
};

extern struct call calls[CALLS_MAX];

struct call *call_of(HCALL h);
struct call *call_add(HCALL h, int line, DWORD privilege);
void call_end(struct call *c); /* gives the handle back */
void calls_end(int line);      /* all of a line that is closed; -1: of all lines */
LONG call_parties(HCALL h, struct parties *p);
LONG call_status(struct call *c, int how); /* what may be done with it; how: its state as well */
struct call *call_choose(int line, DWORD states, unsigned order); /* the newest in one of the states; order 0: any */
void calls_there(int i); /* those that a line has when it is opened */

/* ---- watch.c: messages ---- */

struct message {
	FILETIME at;
	DWORD message, call, request;
	DWORD_PTR device, p1, p2, p3;
	int line;         /* -1: none */
	unsigned order;   /* of the call on its line; 0: none */
	int from_tapi;    /* TAPI itself said it, no provider */
	LONG result;
	struct parties *info; /* with CALLSTATE and CALLINFO */
	DWORD features;
	int taken;
};

extern struct message **heard; /* in a script: everything, in order */
extern DWORD heard_number;
extern int keep, as_json, quiet;
extern int reinit; /* TAPI asked its programs to begin anew */

void watch_head(void);
DWORD pump(DWORD ms); /* handles what comes; back after the first, or after ms */
DWORD ms_now(void);

/* ---- actions.c ---- */

struct action {
	const char *verb, *number; /* number NULL: none */
	int line;
	unsigned order; /* of the call on its line; 0: the newest that fits */
};

int action_known(const char *verb);
/* action_do asks and waits for the reply. The answer is the reply's result, or what the function refused with; ~0 words in why. */
LONG action_do(const struct action *a, DWORD ms, char *why, size_t size);
int action_calls(const char *verb); /* 1: it makes a call */
void drop_all(DWORD ms);

/* ---- script.c, steps.c ---- */

int script(const char *file, DWORD patience);
int expectation(char **word, int n, int line, DWORD ms, int maybe, char *why, size_t size);
int silence(char **word, int n, int line, DWORD ms, char *why, size_t size);
int leftovers(char *why, size_t size);
void maybes_forget(void);
int duration(const char *word, DWORD *ms);
extern int ok_line; /* the line that steps without "on" mean; -1 none */

/* ---- place.c: what a script moves besides TAPI ---- */

int pbx_reach(const char *address);
int pbx_say(const char *line, char *answer, size_t size);
int house_reach(const char *address);
int service_step(const char *name, const char *verb, DWORD ms, char *why, size_t size);
extern int pbx_there, house_there;

#endif
