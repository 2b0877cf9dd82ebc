/* offhook.tsp: the TAPI service provider. It marshals TSPI calls into frames to the offhook daemon and hands the daemon's
 * messages to TAPI. It keeps handles, and of each call the last delivered copy of its status and info; nothing else.
 *
 * Threads: TAPI's own; the link (link.c), which keeps the connection and reads frames; the dispatcher (dispatch.c), the
 * only one that calls TAPI. One lock guards the state; it is never held over a callback, a wait for the daemon, or a
 * write to the pipe. */
#ifndef OFFHOOK_TSP_H
#define OFFHOOK_TSP_H

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <tapi.h>
#include <tspi.h>

#include "table.h"
#include "wire.h"

#ifndef VERSION_TEXT
#define VERSION_TEXT "dev"
#endif

/* The account NT SERVICE\\offhook, which the daemon runs as: its SID follows from the name. */
#define SERVICE_SID L"S-1-5-80-1229188647-634337039-2933102804-2843107500-1992629934"

/* Times in milliseconds. */
enum {
	ANSWER_TIME = 1000,    /* a daemon that does not answer a request in this time counts as gone */
	FIRST_TIME = 400,      /* how long the first TSPI function waits for a first connection */
	GRACE_TIME = 5000,     /* after the daemon's end, until lines are shown out of service */
	QUEUE_TIME = 60000,    /* how long a MakeCall waits for a daemon that is not there */
	OPEN_TIME = 30,        /* after lineOpen, before the first message for the line (rule R-12) */
	CLOSE_TIME = 60,       /* how long closing waits for a callback under way */
	RETRY_FIRST = 100, RETRY_LAST = 2000,
	STOP_TIME = 5000
};

/* ---- log.c ---- */

enum { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_line(int level, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));
int log_on(int level);
void log_close(void);
const char *message_name(DWORD message);

/* ---- settings.c ---- */

typedef struct {
	WCHAR pipe[MAX_PATH], table[MAX_PATH], log[MAX_PATH];
} Settings;

const Settings *settings(void);
void settings_forget(void);
int settings_trace(void); /* HKLM\SOFTWARE\offhook\Provider, Trace */

/* ---- transport.c: one connection's bytes ---- */

typedef struct Transport Transport;

Transport *transport_open(HANDLE stop);
/* transport_read reads exactly n bytes. 1: done; 0: it took longer than ms, nothing is lost; -1: the connection ended. */
int transport_read(Transport *t, uint8_t *to, uint32_t n, DWORD ms);
int transport_write(Transport *t, const uint8_t *from, uint32_t n, DWORD ms);
void transport_end(Transport *t); /* makes reads and writes fail, from any thread */
void transport_close(Transport *t);

/* ---- state.c ---- */

/* Copy is an image with its own memory, shared by who copies it into TAPI's buffers. */
typedef struct {
	LONG owners;
	Image image;
	uint8_t bytes[];
} Copy;

Copy *copy_new(const Image *m);
Copy *copy_share(Copy *c);
void copy_drop(Copy *c);

typedef struct {
	DWORD id, permanent;
	int removed;
} Device;

typedef struct {
	WORD generation;
	int used, closing, opening;
	HTAPILINE ht;
	LINEEVENT event;
	DWORD device, permanent, version, wire, media, line_states, address_states;
	int in_service;      /* what TAPI was last told */
	ULONGLONG ready;     /* no message before this tick */
} Line;

typedef struct {
	WORD generation;
	int used, closing, opening;
	int announced;  /* TAPI knows it: NEWCALL was taken, or its request completed */
	int dead;       /* its request failed; only CloseCall is left */
	HTAPICALL ht;
	DWORD line;     /* own handle */
	DWORD wire, id, state, mode;
	Copy *info, *status;
} Call;

/* Asked is an asynchronous function whose completion is due. */
typedef struct Asked {
	struct Asked *next;
	DWORD request, line, call; /* own handles; call 0 when the line alone is concerned */
	int accepted, makes_call, queued;
	ULONGLONG deadline;        /* of a queued MakeCall */
	Request what;              /* of a queued MakeCall, with its own memory behind */
} Asked;

/* Message is something for TAPI, waiting for the dispatcher. */
typedef struct Message {
	struct Message *next;
	enum { M_COMPLETION, M_NOTIFICATION, M_FAIL, M_LINE_STATE, M_CALL_UNKNOWN } what;
	Completion completion;
	Notification notification;
	DWORD handle; /* own: M_LINE_STATE, M_CALL_UNKNOWN */
	DWORD request;
	LONG result;
	Image images[MAX_IMAGES];
	uint32_t size;
	uint8_t bytes[]; /* the frame that the images point into */
} Message;

typedef struct {
	SRWLOCK lock;
	CONDITION_VARIABLE changed; /* anything that somebody waits for */

	/* the session of TAPI */
	int initialized, enumerated;
	DWORD version, provider, line_base, lines_number;
	ASYNC_COMPLETION completion;
	LINEEVENT create;
	HPROVIDER handle;
	Device *devices;
	DWORD devices_count, devices_room;
	Line *lines;
	DWORD lines_count;
	Call *calls;
	DWORD calls_count;
	Asked *asked;

	/* messages */
	Message *first, **last;
	int calling;          /* a callback is under way */
	DWORD caller;         /* thread that makes it */
	DWORD calling_line, calling_call;
	Position delivered;

	/* the link */
	HANDLE link, dispatcher, stop, again;
	int stopping, connected, tried, told_out;
	int users;   /* threads that write to the transport */
	int sending; /* a thread sends queued MakeCalls */
	ULONGLONG lost;
	Transport *transport;
	char journal[MAX_ID + 1];
	uint32_t next_id;
	struct Wait *waits;

	/* the line table */
	uint8_t *file;
	Table table;
} State;

extern State state;
extern HINSTANCE module;

void lock(void);
void unlock(void);
int wait_changed(DWORD ms); /* with the lock held; 0 after ms */

/* Lookups by handle or number; the lock is held. NULL when there is none. */
Line *line_at(DWORD handle);
Call *call_at(DWORD handle);
Line *line_on_wire(DWORD wire);
Call *call_on_wire(DWORD wire);
Device *device_at(DWORD id);
TableLine *table_line(DWORD permanent);

Line *line_new(DWORD *handle);
Call *call_new(DWORD *handle);
DWORD line_handle(const Line *l);
DWORD call_handle(const Call *c);
void line_free(Line *l);
void call_free(Call *c);
int device_add(DWORD id, DWORD permanent);
DWORD call_differs(const Call *c, const Image *images, uint16_t count);
void call_take(Call *c, const Image *images, uint16_t count); /* makes images the delivered copy */
void call_patch_unknown(Call *c);

void asked_add(Asked *a);
Asked *asked_take(DWORD request);
void message_put(Message *m); /* the lock is held */
Message *message_new(uint32_t size);
void fail_later(DWORD request, LONG result); /* queues a completion; the lock is held */
void state_reset(void);

/* table.c's file; the lock is held */
void table_load(void);

/* ---- link.c, ask.c ---- */

/* ask sends a request and waits for its reply. 1: reply is filled, to be let go with reply_drop; 0: no connection, or no
 * answer. Called without the lock. */
typedef struct {
	Reply reply;
	uint8_t *frame;
} Answer;

int ask(const Request *r, Answer *a);
/* ask_new: the reply's first value is the wire handle of the line or call that is made, and is entered before any message behind it
 * is looked at. */
int ask_new(const Request *r, Answer *a, DWORD line, DWORD call);
void answer_drop(Answer *a);
int send_frame(const uint8_t *frame, uint32_t n);
int link_start(void);
void link_stop(void);
void link_renew(void); /* end the connection and come back with another hello; the lock is held */
void link_first(void); /* waits until the first attempt to connect has ended */

/* ---- dispatch.c ---- */

DWORD WINAPI dispatch_run(LPVOID unused);
/* settle makes sure that nothing more is said of a call, or a line and its calls, and completes what is open of them. */
void settle(DWORD line, DWORD call);

/* ---- request.c: the forms of TSPI functions ---- */

LONG go_async(Request *r, DWORD request, DWORD line, DWORD call, DWORD new_call);
LONG go_sync(Request *r, Answer *a);
LONG copy_out(const Image *m, LPVOID buffer);

Bytes wide(LPCWSTR text);

#define OUT_HANDLE(p, h) (*(p) = (void *)(ULONG_PTR)(h))
#define IN_HANDLE(h) ((DWORD)(ULONG_PTR)(h))

#endif
