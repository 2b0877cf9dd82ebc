/* SPDX-License-Identifier: MIT */
/* offhook.tsp is the TAPI service provider. It encodes TSPI calls as frames for the offhook daemon and passes the daemon's
 * messages to TAPI. It keeps handles, and for each call the last delivered copy of its status and info; nothing else.
 *
 * Threads: TAPI's own; the link thread (link.c), which keeps the connection and reads frames; the dispatch thread
 * (dispatch.c), the only one that calls TAPI. One lock guards the state; no thread holds it during a callback, while it
 * waits for the daemon, or while it writes to the pipe. */
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

/* The SID of the account NT SERVICE\\offhook, which the daemon runs as. Windows derives it from the name. */
#define SERVICE_SID L"S-1-5-80-1229188647-634337039-2933102804-2843107500-1992629934"

/* Times in milliseconds. */
enum {
	REPLY_TIMEOUT = 1000,        /* the connection is closed when the daemon does not reply to a request within this time */
	FIRST_CONNECT_TIMEOUT = 400, /* how long the first TSPI function waits for a first connection */
	GRACE_PERIOD = 5000,         /* from the loss of the connection until lines are shown out of service */
	QUEUED_CALL_TIMEOUT = 60000, /* how long a MakeCall waits for a daemon that is not connected */
	OPEN_DELAY = 30,             /* after lineOpen, before the first message for the line (rule R-12) */
	CLOSE_TIMEOUT = 60,          /* how long closing a line or call waits for a callback under way */
	RETRY_FIRST = 100, RETRY_LAST = 2000
};

/* ---- log.c ---- */

enum { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_line(int level, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));
int log_enabled(int level);
void log_close(void);
const char *message_name(DWORD message);

/* ---- settings.c ---- */

typedef struct {
	WCHAR pipe[MAX_PATH], table[MAX_PATH], log[MAX_PATH];
} Settings;

const Settings *settings(void);
void settings_reset(void);
int settings_trace(void); /* HKLM\SOFTWARE\offhook\Provider, Trace */

/* ---- transport.c: one connection's bytes ---- */

typedef struct Transport Transport;

Transport *transport_open(HANDLE stop);
/* transport_read reads exactly n bytes. It gives 1 when they are read, 0 when that took longer than ms (what was read is
 * kept for the next call), -1 when the connection has ended. */
int transport_read(Transport *t, uint8_t *to, uint32_t n, DWORD ms);
int transport_write(Transport *t, const uint8_t *from, uint32_t n, DWORD ms);
void transport_end(Transport *t); /* makes reads and writes fail; any thread may call it */
void transport_close(Transport *t);

/* ---- state.c ---- */

/* Copy is an image with memory of its own. It counts its references, since TAPI's buffers are filled without the lock. */
typedef struct {
	LONG references;
	Image image;
	uint8_t bytes[];
} Copy;

Copy *copy_new(const Image *m);
Copy *copy_share(Copy *c);
void copy_release(Copy *c);

typedef struct {
	DWORD id, permanent;
	int removed;
} Device;

typedef struct {
	WORD generation;
	int used, closing, opening;
	HTAPILINE tapi_handle;
	LINEEVENT event_proc;
	DWORD device, permanent, version, daemon_handle, media, line_states, address_states;
	int in_service;          /* what TAPI was last told */
	ULONGLONG messages_from; /* TAPI gets no message for the line before this tick */
} Line;

typedef struct {
	WORD generation;
	int used, closing, opening;
	int announced; /* TAPI knows the call: it took the NEWCALL, or the request that makes the call completed */
	int failed;    /* the request that makes the call failed; only CloseCall is left */
	HTAPICALL tapi_handle;
	DWORD line; /* the provider's own handle */
	DWORD daemon_handle, id, state, mode;
	Copy *info, *status;
} Call;

/* Pending is an asynchronous TSPI function that TAPI has no completion for yet. */
typedef struct Pending {
	struct Pending *next;
	DWORD request, line, call; /* the provider's own handles; call is 0 when the function concerns the line alone */
	int accepted, makes_call, queued;
	ULONGLONG deadline; /* of a queued MakeCall */
	Request to_send;    /* of a queued MakeCall; its texts lie behind this struct */
} Pending;

/* Message is a completion or an event that waits for the dispatch thread. */
typedef struct Message {
	struct Message *next;
	enum { M_COMPLETION, M_NOTIFICATION, M_OWN_COMPLETION, M_LINE_OUT_OF_SERVICE, M_CALL_UNKNOWN } kind;
	Completion completion;
	Notification notification;
	DWORD handle; /* the provider's own: M_LINE_OUT_OF_SERVICE, M_CALL_UNKNOWN */
	DWORD request;
	LONG result;
	Image images[MAX_IMAGES];
	uint32_t size;
	uint8_t bytes[]; /* the frame that the images point into */
} Message;

/* How TSPI_providerEnumDevices counted the lines. */
enum { ENUMERATED_FROM_TABLE = 1, ENUMERATED_BY_DAEMON };

typedef struct {
	SRWLOCK lock;
	CONDITION_VARIABLE changed; /* wakes every thread that waits for a change of the state */

	/* TAPI's session, from providerEnumDevices to providerShutdown */
	int initialized, enumerated;
	DWORD version, provider, line_base, lines_number;
	ASYNC_COMPLETION completion_proc;
	LINEEVENT create_proc; /* gets LINE_CREATE and LINE_REMOVE */
	HPROVIDER provider_handle;
	Device *devices;
	DWORD devices_count, devices_capacity;
	Line *lines;
	DWORD lines_count;
	Call *calls;
	DWORD calls_count;
	Pending *pending;

	/* messages */
	Message *first_message, **last_message;
	int in_callback; /* a callback is under way */
	DWORD callback_thread;
	DWORD callback_line, callback_call;
	Position delivered; /* of the last message that TAPI got */

	/* the link */
	HANDLE link_thread, dispatch_thread, stop, reconnect;
	int stopping, connected, connect_tried, shown_out_of_service;
	int writers;        /* threads that write to the transport */
	int sending_queued; /* a thread sends queued MakeCalls */
	ULONGLONG lost_at;
	Transport *transport;
	char journal[MAX_ID + 1];
	uint32_t next_frame_id;
	struct Waiter *waiters;

	/* the line table */
	uint8_t *table_bytes;
	Table table;
} State;

extern State state;
extern HINSTANCE module;

void state_lock(void);
void state_unlock(void);
int state_wait(DWORD ms); /* waits for a change, with the lock held; 0 after ms */

/* Look-ups by handle or number; the lock is held. NULL when there is none. */
Line *line_by_handle(DWORD handle);
Call *call_by_handle(DWORD handle);
Line *line_by_daemon_handle(DWORD handle);
Call *call_by_daemon_handle(DWORD handle);
Device *device_by_id(DWORD id);
TableLine *table_line_of(DWORD permanent);

Line *line_new(DWORD *handle);
Call *call_new(DWORD *handle);
DWORD line_handle(const Line *l);
DWORD call_handle(const Call *c);
void line_free(Line *l);
void call_free(Call *c);
int device_add(DWORD id, DWORD permanent);
DWORD call_changed_parties(const Call *c, const Image *images, uint16_t count);
void call_set_copies(Call *c, const Image *images, uint16_t count); /* makes the images the delivered copy */
void call_set_unknown(Call *c);

void pending_add(Pending *p);
Pending *pending_remove(DWORD request);
void message_queue(Message *m); /* the lock is held */
Message *message_new(uint32_t size);
void queue_completion(DWORD request, LONG result); /* queues a completion of the provider's own; the lock is held */
void state_reset(void);

/* table_load reads the line table from its file; the lock is held. */
void table_load(void);

/* ---- link.c, reply.c ---- */

/* ReceivedReply is a reply with the frame that it points into. */
typedef struct {
	Reply reply;
	uint8_t *frame;
} ReceivedReply;

/* daemon_request sends a request and waits for its reply. It gives 1 when there is a reply, which reply_release frees; 0
 * without a connection or without a reply in time. The caller does not hold the lock. */
int daemon_request(const Request *r, ReceivedReply *received);
/* daemon_request_handle does the same for a request that opens a line or makes a call: the reply's first value is the
 * daemon's handle of it, and is entered before the link thread reads the next frame. */
int daemon_request_handle(const Request *r, ReceivedReply *received, DWORD line, DWORD call);
void reply_release(ReceivedReply *received);
int send_frame(const uint8_t *frame, uint32_t n);
int link_start(void);
void link_stop(void);
void link_reconnect(void);  /* ends the connection and connects again with another hello; the lock is held */
void link_wait_first(void); /* waits until the first attempt to connect has ended */

/* ---- dispatch.c ---- */

DWORD WINAPI dispatch_run(LPVOID unused);
/* finish_callbacks completes what is pending for a call, or for a line and its calls, and returns when TAPI will get no
 * further callback for it. */
void finish_callbacks(DWORD line, DWORD call);

/* ---- request.c: the forms of TSPI functions ---- */

LONG request_async(Request *r, DWORD request, DWORD line, DWORD call, DWORD new_call);
LONG request_sync(Request *r, ReceivedReply *received);
LONG image_copy_checked(const Image *m, LPVOID buffer);

Bytes utf16_block(LPCWSTR text);

#define STORE_HANDLE(p, h) (*(p) = (void *)(ULONG_PTR)(h))
#define HANDLE_NUMBER(h) ((DWORD)(ULONG_PTR)(h))

#endif
