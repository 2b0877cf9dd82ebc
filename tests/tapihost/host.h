/* SPDX-License-Identifier: MIT */
/* tapihost plays the Windows Telephony service for a TAPI service provider. It loads the provider through its export table only,
 * calls it as TAPI does, and checks the conformance rules R-01 to R-73 (rules.c): a monitor checks every message, and scenarios
 * create the situations that the rules are about.
 *
 *	main.c      the command line and the choice of scenarios
 *	load.c      the DLL, its export table, its functions by name
 *	record.c    one ordered list of entries, returns, completions and messages
 *	host.c      lines and calls as TAPI keeps them, and the callbacks
 *	monitor.c   the checks of every message
 *	rules.c     the table of rules, verdicts, the report
 *	callsteps.c steps that scenarios of calls share
 *	pbx.c       the control ports of the PBX and of the harness
 *	scenario_*.c  the scenarios
 */
#ifndef TAPIHOST_H
#define TAPIHOST_H

#include <stdio.h>
#include <winsock2.h>
#include <windows.h>
#define TAPI_CURRENT_VERSION 0x00030001
#include <tapi.h>
#include <tspi.h>

#define TEXT_SIZE 256
enum { PARTIES = 5 };

/* ---- record.c ---- */

enum kind { RECORD_ENTER, RECORD_RETURN, RECORD_COMPLETION, RECORD_EVENT, RECORD_NOTE };

struct record {
	LONGLONG at; /* microseconds since the start */
	DWORD thread;
	enum kind kind;
	const char *name;
	DWORD line, call; /* indexes into lines and calls */
	DWORD request;
	LONG result;
	DWORD message;
	DWORD_PTR p1, p2, p3;
	char text[96];
};

void record_open(const char *log_file);
LONGLONG now_us(void);
long record(const struct record *r); /* gives the record's number */
long records(void);
void record_text(long number, char *out, size_t size);
void note(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));

/* ---- rules.c ---- */

enum { RULES = 74, CRASH_RULE = 34 }; /* CRASH_RULE: the rule that an unexpected crash breaks */

void rule_ran(int rule);                          /* the rule was checked */
void rule_not_run(int rule, const char *why);         /* the rule could not be checked */
void rule_fail(int rule, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));
int rule_wanted(int rule);
int rules_choose(const char *list);
int rules_stop_at(const char *rule, void (*then)(void)); /* calls then when the rule has failed */
int rules_report(FILE *out, const char *json_file); /* number of rules that failed */
void rules_list(FILE *out);
int rule_failures(void);
void set_crash_rule(int rule); /* the rule that a crash breaks from now on; 0: CRASH_RULE */
extern int crash_rule;

/* check checks a rule: it fails when holds is 0. */
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
int load_provider(const char *dll);
FARPROC optional_function(const char *name); /* NULL when the provider does not export the function */
void check_exports(void); /* rule R-01 */
void unload_provider(void);
int reload_provider(void);

/* ---- host.c: the state that TAPI keeps ---- */

enum { LINES = 1024, CALLS = 4096 };

struct line {
	int used, open, closed;
	DWORD device, version;
	HDRVLINE hd;
	int in_service; /* by LINE_LINEDEVSTATE; -1: unknown */
	char address[TEXT_SIZE], name[TEXT_SIZE];
};

struct call {
	int used, made_here, announced, closed, failed;
	int declined;           /* the host gave its NEWCALL no handle */
	DWORD line;            /* index into lines */
	HDRVCALL hd;
	DWORD state, mode, states_seen; /* states_seen: bits of all states so far */
	int idle, disconnected, expect_state;
	LONGLONG created_at, disconnected_at;
	DWORD id;
	int ringing, ring_count;
	DWORD origin;
	char party[PARTIES][TEXT_SIZE], previous_party[PARTIES][TEXT_SIZE]; /* number and name as last read */
	DWORD untold_parties, tellable_parties; /* LINECALLINFOSTATE bits of changed parties: LINE_CALLINFO must name them; it may name them */
	LONGLONG untold_since;
	DWORD told_info; /* LINECALLINFOSTATE bits told so far */
	ULONGLONG state_entered_at; /* tStateEntryTime of the last state */
};

struct request {
	int used, completed, returned;
	LONG result, return_value;
	DWORD line, call;
	const char *name;
	LONGLONG asked_at, completed_at;
};

enum { REQUESTS = 65536 };

extern struct line lines[LINES];
extern struct call calls[CALLS];
extern struct request requests[REQUESTS];
extern CRITICAL_SECTION host_lock;
extern DWORD line_base, lines_number, host_version;
extern DWORD created_device, removed_device;     /* the temporary id of the last LINE_CREATE and the device id of the last LINE_REMOVE */
extern int callback_delay;  /* ms that every callback lasts: rule R-31 */
extern void (*callback_hook)(DWORD message, DWORD line, DWORD call); /* set by a scenario; called without the lock */
extern int decline_next;    /* how many of the next NEWCALLs get no handle */
extern HANDLE message_came;      /* set with every message */

int session_begin(DWORD base, DWORD version);
void session_end(void);
DWORD open_line(DWORD device, DWORD version); /* index into lines; ~0 on failure */
LONG close_line(DWORD line);
LONG close_call(DWORD call);
DWORD find_line(const char *address);

DWORD request_new(const char *name, DWORD line, DWORD call);
LONG request_returned(DWORD id, LONG return_value);
/* These functions make requests as applications do, without waiting. They return what the provider's function returned. */
LONG make_call(DWORD line, LPCWSTR to, LPLINECALLPARAMS params, DWORD *call, DWORD *request);
LONG pick_up(DWORD line, LPCWSTR from, DWORD *call, DWORD *request);
LONG setup_transfer(DWORD call, DWORD *consult, DWORD *request);
LONG call_request(const char *name, LONG (TSPIAPI *f)(DRV_REQUESTID, HDRVCALL), DWORD call, DWORD *request);
LONG answer_call(DWORD call, DWORD *request);
LONG drop_call(DWORD call, DWORD *request);
LONG hold_call(DWORD call, DWORD *request);
LONG unhold_call(DWORD call, DWORD *request);
LONG blind_transfer(DWORD call, LPCWSTR to, DWORD *request);

/* These functions wait for something; they give 1, or 0 after ms. */
int wait_completed(DWORD request, DWORD ms);
int wait_state(DWORD call, DWORD states, DWORD ms);
int wait_new_call(DWORD line, DWORD after, DWORD *call, DWORD ms); /* waits for a NEWCALL on the line with an index above after */
int wait_service(DWORD line, int in, DWORD ms);
int wait_device(const DWORD *what, DWORD was, DWORD ms); /* waits until created_device or removed_device changes */
void wait_quiet(DWORD ms); /* waits until no message came for ms */
DWORD last_call(void);

DWORD call_features(DWORD call, DWORD *state, DWORD *mode);
int fetch_info(DWORD call, LINECALLINFO **info); /* to be freed */

/* ---- monitor.c ---- */

void monitor_event(struct line *l, struct call *c, DWORD message, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3);
void monitor_end(void);
void monitor_messages(const char *file);
void monitor_mark(void); /* writes a line "mark" among the messages */
void monitor_write_message(struct line *l, struct call *c, DWORD message, DWORD_PTR p1, DWORD_PTR p2);
void monitor_completion(struct line *l, DWORD request, LONG result);

/* ---- pbx.c ---- */

int pbx_connect(const char *address);
int pbx_connected(void);
int pbx_command(const char *format, ...) __attribute__((format(gnu_printf, 1, 2))); /* 1: done; 0: refused */
int pbx_count_commands(const char *name); /* how many such commands the PBX got since the last call */
int pbx_commands_contain(const char *word);    /* whether the commands counted last contain the word */
int harness_connect(const char *address);
int harness_connected(void);
extern LONGLONG server_disturbed_at; /* when the harness last disturbed the provider's server; 0: never */
int harness_command(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));

/* ---- callsteps.c: steps that scenarios of calls share ---- */

extern DWORD test_line;                                /* the line that the scenario uses */
int begin_with_line(DWORD version);                            /* begins a session with the first line open and in service */
int ring_line(DWORD line, const char *number, DWORD *call); /* makes a call from outside to the line */
int connect_call(DWORD line, DWORD *call);                /* brings a call to CONNECTED */
int wait_idle(DWORD call);                                /* waits for IDLE */
void check_call_counts(int rule, DWORD line);             /* compares the line's counters with its calls: rules */

/* ---- scenarios ---- */

void scenario_session(void);
void scenario_structures(void);
void scenario_arguments(void);
void scenario_outbound(void);
void scenario_inbound(void);
void scenario_closing(void);
void scenario_concurrent(void);
void scenario_silence(void);
void scenario_outage(void);
void scenario_killed(void);
void scenario_unreliable(void);
void scenario_devices(void);
void scenario_story(void);
void scenario_transfer(void);
void scenario_features(void);
void scenario_load(DWORD lines, DWORD calls);
void scenario_random(unsigned steps, unsigned seed);
void scenario_schedules(unsigned schedules, unsigned seed);

extern DWORD patience;      /* ms within which an action at the PBX must reach TAPI */
extern DWORD repeats;       /* how often the race of rule R-59 is tried */
extern DWORD request_limit; /* ms within which a request must end that the PBX never answers */

#endif
