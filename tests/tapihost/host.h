/* tapihost plays the Windows Telephony service for a TAPI service provider: it loads the provider through its export table
 * only, calls it as TAPI would, and checks the conformance rules R-01 to R-73 (rules.c): a monitor judges every message, and
 * scenarios bring about what the rules speak of.
 *
 *	main.c      the command line; which scenarios run
 *	load.c      the DLL, its export table, its functions by name
 *	record.c    the total order of entries, returns, completions and messages
 *	host.c      lines and calls as TAPI keeps them, and the callbacks
 *	monitor.c   what every message must obey
 *	rules.c     the table of rules, verdicts, the report
 *	acts.c      what scenarios of calls have in common
 *	pbx.c       moves the PBX through its control port
 *	s_*.c       scenarios, by family of rules
 */
#ifndef TAPIHOST_H
#define TAPIHOST_H

#include <stdio.h>
#include <winsock2.h>
#include <windows.h>
#define TAPI_CURRENT_VERSION 0x00030001
#include <tapi.h>
#include <tspi.h>

#define WORDS 256
enum { PARTIES = 5 };

/* ---- record.c ---- */

enum kind { ENTER, RETURN, COMPLETION, EVENT, NOTE };

struct record {
	LONGLONG at; /* microseconds since the start */
	DWORD thread;
	enum kind kind;
	const char *name;
	DWORD line, call; /* ours: small numbers */
	DWORD request;
	LONG result;
	DWORD message;
	DWORD_PTR p1, p2, p3;
	char text[96];
};

void record_open(const char *log_file);
LONGLONG now_us(void);
long record(const struct record *r); /* gives its number */
long records(void);
void record_text(long number, char *out, size_t size);
void note(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));

/* ---- rules.c ---- */

enum { RULES = 74, CRASH_RULE = 34 }; /* CRASH_RULE: what a crash breaks that no scenario expected */

void rule_ran(int rule);                          /* it was put to the test */
void rule_not(int rule, const char *why);         /* it could not be */
void rule_fail(int rule, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));
int rule_wanted(int rule);
int rules_choose(const char *list);
int rules_until(const char *rule, void (*then)(void)); /* as soon as this rule has failed */
int rules_report(FILE *out, const char *json_file); /* number of rules that failed */
void rules_list(FILE *out);
int rule_failures(void);
void risk(int rule); /* a crash from now on breaks this rule; 0: none in particular */
extern int risked;

/* check puts a rule to the test. */
#define check(rule, holds, ...) do { rule_ran(rule); if (!(holds)) rule_fail(rule, __VA_ARGS__); } while (0)

/* ---- load.c ---- */

#define FUNCTIONS(X) \
	X(lineAnswer) X(lineBlindTransfer) X(lineClose) X(lineCloseCall) X(lineCompleteTransfer) X(lineConditionalMediaDetection) \
	X(lineDial) X(lineDrop) X(lineGetAddressCaps) X(lineGetAddressID) X(lineGetAddressStatus) X(lineGetCallAddressID) \
	X(lineGetCallInfo) X(lineGetCallStatus) X(lineGetDevCaps) X(lineGetExtensionID) X(lineGetID) X(lineGetLineDevStatus) \
	X(lineGetNumAddressIDs) X(lineHold) X(lineMakeCall) X(lineNegotiateTSPIVersion) X(lineOpen) X(linePickup) X(lineRedirect) \
	X(lineSetAppSpecific) X(lineSetDefaultMediaDetection) X(lineSetMediaMode) X(lineSetStatusMessages) X(lineSetupTransfer) \
	X(lineSwapHold) X(lineUnhold) X(providerCreateLineDevice) X(providerEnumDevices) X(providerInit) X(providerShutdown) \
	X(providerUIIdentify)

struct functions {
#define X(f) __typeof__(&TSPI_##f) f;
	FUNCTIONS(X)
#undef X
};

extern struct functions tsp;
int load(const char *dll);
FARPROC optional(const char *name); /* a function that a provider need not have */
void load_exports(void); /* rule R-01 */
void unload(void);
int reload(void);

/* ---- host.c: what TAPI keeps ---- */

enum { LINES = 1024, CALLS = 4096 };

struct line {
	int used, open, closed;
	DWORD device, version;
	HDRVLINE hd;
	int in_service, announced; /* LINEDEVSTATE: -1 unknown */
	char address[WORDS], name[WORDS];
};

struct call {
	int used, made, real, closed, failed;
	int decline;           /* its NEWCALL was left without a handle */
	DWORD line;            /* index into lines */
	HDRVCALL hd;
	DWORD state, mode, seen; /* seen: bits of states told */
	int idle, disconnected, expect_state;
	LONGLONG born, disconnected_at;
	DWORD id;
	int ringing, ring_count;
	DWORD origin;
	char party[PARTIES][WORDS], party_was[PARTIES][WORDS]; /* number and name as last seen */
	DWORD untold, tellable; /* LINECALLINFOSTATE bits of parties that changed: to be told, and free to be told */
	LONGLONG untold_since;
	DWORD told; /* LINECALLINFOSTATE bits told so far */
	ULONGLONG entered; /* tStateEntryTime of the last state */
};

struct request {
	int used, done, returned;
	LONG result, answer;
	DWORD line, call;
	const char *name;
	LONGLONG asked, completed;
};

enum { REQUESTS = 65536 };

extern struct line lines[LINES];
extern struct call calls[CALLS];
extern struct request requests[REQUESTS];
extern CRITICAL_SECTION host_lock;
extern DWORD line_base, lines_number, host_version;
extern DWORD created, removed;     /* the latest LINE_CREATE's temporary id and LINE_REMOVE's device id */
extern int callback_sleep;  /* ms that every callback takes: rule R-31 */
extern void (*in_callback)(DWORD message, DWORD line, DWORD call); /* a scenario's own, called without the lock */
extern int decline_next;    /* how many NEWCALLs are to be left without a handle */
extern HANDLE changed;      /* pulsed with every message */

int session_begin(DWORD base, DWORD version);
void session_end(void);
DWORD open_line(DWORD device, DWORD version); /* index into lines; ~0 on failure */
LONG close_line(DWORD line);
LONG close_call(DWORD call);
DWORD find_line(const char *address);

DWORD request_new(const char *name, DWORD line, DWORD call);
LONG request_returned(DWORD id, LONG answer);
/* Requests as applications make them; each waits for nothing. The answer is the function's. */
LONG make_call(DWORD line, LPCWSTR to, LPLINECALLPARAMS params, DWORD *call, DWORD *request);
LONG pick_up(DWORD line, LPCWSTR from, DWORD *call, DWORD *request);
LONG setup_transfer(DWORD call, DWORD *consult, DWORD *request);
LONG ask1(const char *name, LONG (TSPIAPI *f)(DRV_REQUESTID, HDRVCALL), DWORD call, DWORD *request);
LONG answer_call(DWORD call, DWORD *request);
LONG drop_call(DWORD call, DWORD *request);
LONG hold_call(DWORD call, DWORD *request);
LONG unhold_call(DWORD call, DWORD *request);
LONG blind_transfer(DWORD call, LPCWSTR to, DWORD *request);

/* Waiting. Each gives 1, or 0 after ms. */
int wait_done(DWORD request, DWORD ms);
int wait_state(DWORD call, DWORD states, DWORD ms);
int wait_new(DWORD line, DWORD after, DWORD *call, DWORD ms); /* a call announced on the line, its index above after */
int wait_service(DWORD line, int in, DWORD ms);
int wait_device(const DWORD *what, DWORD was, DWORD ms); /* until created or removed changes */
void quiet(DWORD ms); /* until nothing came for that long */
DWORD last_call(void);

DWORD call_features(DWORD call, DWORD *state, DWORD *mode);
int fetch_info(DWORD call, LINECALLINFO **info); /* to be freed */

/* ---- monitor.c ---- */

void monitor_event(struct line *l, struct call *c, DWORD message, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3);
void monitor_end(void);
void monitor_messages(const char *file);
void monitor_mark(void); /* a line "mark" among the messages */
void monitor_fact(struct line *l, struct call *c, DWORD message, DWORD_PTR p1, DWORD_PTR p2);
void monitor_completion(struct line *l, DWORD request, LONG result);

/* ---- pbx.c ---- */

int pbx_connect(const char *address);
int pbx_there(void);
int pbx(const char *format, ...) __attribute__((format(gnu_printf, 1, 2))); /* 1: done; 0: refused */
int pbx_commands(const char *name); /* how many such commands came since the last time */
int pbx_heard(const char *word);    /* whether the commands counted last have the word */
int harness_connect(const char *address);
int harness_there(void);
extern LONGLONG shaken; /* when the harness last shook the server; 0: never */
int harness(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));

/* ---- acts.c: what scenarios of calls have in common ---- */

extern DWORD at_hand;                                /* the line that they use */
int ready(DWORD version);                            /* begins a session with the first line open and in service */
int ring(DWORD line, const char *number, DWORD *call); /* lets somebody call the line */
int talking(DWORD line, DWORD *call);                /* brings a call to CONNECTED */
int over(DWORD call);                                /* waits for IDLE */
void counts_agree(int rule, DWORD line);             /* compares the line's counters with its calls: rules */

/* ---- scenarios ---- */

void s_session(void);
void s_structures(void);
void s_arguments(void);
void s_outbound(void);
void s_inbound(void);
void s_closing(void);
void s_concurrent(void);
void s_silence(void);
void s_outage(void);
void s_killed(void);
void s_unreliable(void);
void s_devices(void);
void s_story(void);
void s_transfer(void);
void s_features(void);
void s_load(DWORD lines, DWORD calls);
void s_random(unsigned steps, unsigned seed);
void s_schedules(unsigned schedules, unsigned seed);

extern DWORD patience;      /* ms in which the PBX's doing must have reached TAPI */
extern DWORD repeats;       /* how often what races is tried */
extern DWORD request_limit; /* ms in which a request ends that the PBX never answers */

#endif
