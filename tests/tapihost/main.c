#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"tapihost plays the Windows Telephony service for a TAPI service provider and checks the conformance rules.\n"
	"\n"
	"  tapihost --dll PROVIDER.tsp [--pbx HOST:PORT] [--harness HOST:PORT] [options]\n"
	"\n"
	"  --dll FILE        the provider, loaded through its export table only\n"
	"  --pbx ADDRESS     control port that moves the PBX; without it many rules are not run\n"
	"  --harness ADDRESS control port that kills and starts the provider's server\n"
	"  --rules LIST      report these rules only, as R-15,R-16\n"
	"  --scenario LIST   run these only: session,structures,arguments,outbound,inbound,transfer,features,closing,concurrent,\n"
	"                    silence,outage,killed,devices,load,story,unreliable\n"
	"  --until-fail RULE end as soon as this rule has failed\n"
	"  --load-lines N, --load-calls N   for the scenario load (500, 2)\n"
	"  --random N, --seed N             N random steps under the monitor's eyes, instead of the scenarios\n"
	"  --schedules N, --seed N          N times some random steps in which the server is killed and comes back\n"
	"  --json FILE       the report as JSON, too\n"
	"  --log FILE        every entry, return, completion and message\n"
	"  --messages FILE   every message in a form to compare\n"
	"  --patience MS     how long something may take to arrive (5000)\n"
	"  --limit MS        how long a request may stay open that the PBX never answers (20000)\n"
	"  --repeats N       how often rule R-59's race is tried (100)\n"
	"  --list            the rules and how each is checked\n"
	"\n"
	"Exit code: 0 no rule failed; 1 a rule failed; 2 a wrong command line; 3 the provider or a port cannot be reached.\n"
	"What the ports speak, and what each rule means: docs/develop/conformance.md.\n";

static const char *dll, *control, *house, *rules, *scenarios, *until, *json, *log_file, *facts;
static DWORD load_lines = 500, load_calls = 2, steps, schedules, seed = 1;

static const struct {
	const char *name;
	const char **text;
	DWORD *number;
} options[] = {
	{"--dll", &dll, NULL}, {"--pbx", &control, NULL}, {"--harness", &house, NULL}, {"--rules", &rules, NULL},
	{"--scenario", &scenarios, NULL}, {"--until-fail", &until, NULL}, {"--json", &json, NULL}, {"--log", &log_file, NULL},
	{"--messages", &facts, NULL}, {"--load-lines", NULL, &load_lines}, {"--load-calls", NULL, &load_calls}, {"--random", NULL, &steps},
	{"--schedules", NULL, &schedules}, {"--seed", NULL, &seed}, {"--patience", NULL, &patience}, {"--limit", NULL, &request_limit},
	{"--repeats", NULL, &repeats}};

/* ---- the end before the end ---- */

/* give_up reports and ends the process, whatever its threads are doing. */
static void give_up(void)
{
	static volatile LONG once;

	if (InterlockedExchange(&once, 1))
		Sleep(INFINITE);
	rules_report(stdout, json);
	fflush(stdout);
	fflush(stderr);
	TerminateProcess(GetCurrentProcess(), 1);
}

/* A crash of the provider is the worst verdict: it would take all telephony down. */
static LONG CALLBACK crashed(EXCEPTION_POINTERS *e)
{
	DWORD code = e->ExceptionRecord->ExceptionCode;
	void *at = e->ExceptionRecord->ExceptionAddress;

	if (code != EXCEPTION_ACCESS_VIOLATION && code != EXCEPTION_STACK_OVERFLOW && code != EXCEPTION_ILLEGAL_INSTRUCTION)
		return EXCEPTION_CONTINUE_SEARCH;
	fprintf(stderr, "tapihost: the provider crashed: exception 0x%lx at %p\n", code, at);
	for (long i = records() > 6 ? records() - 6 : 0; i < records(); i++) {
		char line[300];
		record_text(i, line, sizeof line);
		fprintf(stderr, "  %s\n", line);
	}
	rule_fail(risked ? risked : CRASH_RULE, "the provider crashed here: exception 0x%lx at %p", code, at);
	give_up();
	return EXCEPTION_CONTINUE_SEARCH;
}

/* ---- scenarios ---- */

static void load_all(void) { s_load(load_lines, load_calls); }

/* The last three run only when they are named. */
static const struct {
	const char *name;
	void (*run)(void);
	int named;
} all[] = {
	{"session", s_session, 0}, {"structures", s_structures, 0}, {"arguments", s_arguments, 0}, {"outbound", s_outbound, 0},
	{"inbound", s_inbound, 0}, {"transfer", s_transfer, 0}, {"features", s_features, 0}, {"closing", s_closing, 0},
	{"concurrent", s_concurrent, 0}, {"silence", s_silence, 0}, {"outage", s_outage, 0}, {"killed", s_killed, 0},
	{"devices", s_devices, 0}, {"load", load_all, 1}, {"story", s_story, 1}, {"unreliable", s_unreliable, 1}};

enum { ALL = sizeof all / sizeof *all };

static int listed(const char *name, const char *list)
{
	size_t n = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += n)
		if ((at == list || at[-1] == ',') && (at[n] == 0 || at[n] == ','))
			return 1;
	return 0;
}

static void run_all(void)
{
	for (int i = 0; i < ALL; i++) {
		LONGLONG began = now_us();
		if (scenarios ? !listed(all[i].name, scenarios) : all[i].named)
			continue;
		note("scenario %s", all[i].name);
		all[i].run();
		fprintf(stderr, "scenario %-12s %6.1f s\n", all[i].name, (double)(now_us() - began) / 1e6);
		fflush(stderr);
	}
	if (!scenarios)
		rule_not(72, "run it with --scenario load");
}

/* known says whether every word of a list is a scenario. */
static int known(const char *list)
{
	char word[64];
	int any = 0;

	for (const char *p = list; *p; any = 1) {
		size_t n = strcspn(p, ",");
		int found = 0;
		snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), p);
		for (int i = 0; i < ALL; i++)
			found |= strcmp(all[i].name, word) == 0;
		if (!found)
			return 0;
		p += n + (p[n] == ',');
	}
	return any;
}

/* ---- the command line ---- */

static int wrong(const char *what, const char *which)
{
	fprintf(stderr, "tapihost: %s%s; see --help\n", what, which);
	return 2;
}

/* read_options gives -1 to go on, or the exit code. */
static int read_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t k = 0;
		if (strcmp(argv[i], "--list") == 0) {
			rules_list(stdout);
			return 0;
		}
		if (strcmp(argv[i], "--help") == 0) {
			fputs(help, stdout);
			return 0;
		}
		while (k < sizeof options / sizeof *options && strcmp(argv[i], options[k].name) != 0)
			k++;
		if (k == sizeof options / sizeof *options)
			return wrong("unknown option ", argv[i]);
		if (++i == argc)
			return wrong("no value for ", argv[i - 1]);
		if (options[k].text) {
			*options[k].text = argv[i];
		} else {
			char *end;
			*options[k].number = (DWORD)strtoul(argv[i], &end, 10);
			if (end == argv[i] || *end)
				return wrong("a number is needed for ", argv[i - 1]);
		}
	}
	if (!dll)
		return wrong("--dll is needed", "");
	if (rules && !rules_choose(rules))
		return wrong("--rules: write for example R-15,R-16, not ", rules);
	if (until && !rules_until(until, give_up))
		return wrong("--until-fail: write for example R-15, not ", until);
	if (scenarios && !known(scenarios))
		return wrong("--scenario: there is no such in ", scenarios);
	return -1;
}

int main(int argc, char **argv)
{
	int code = read_options(argc, argv);

	if (code >= 0)
		return code;
	InitializeCriticalSection(&host_lock);
	changed = CreateEventW(NULL, FALSE, FALSE, NULL);
	record_open(log_file);
	AddVectoredExceptionHandler(1, crashed);
	if (facts)
		monitor_messages(facts);
	if (!load(dll)) {
		fprintf(stderr, "tapihost: %s cannot be loaded: error %lu\n", dll, GetLastError());
		return 3;
	}
	load_exports();
	if (!tsp.lineNegotiateTSPIVersion || !tsp.providerEnumDevices || !tsp.providerInit || !tsp.providerShutdown || !tsp.lineOpen) {
		fprintf(stderr, "tapihost: %s lacks what a provider must have (rule R-01)\n", dll);
		rules_report(stdout, json);
		return 1;
	}
	if (control && !pbx_connect(control)) {
		fprintf(stderr, "tapihost: nothing answers at the PBX's control port %s\n", control);
		return 3;
	}
	if (house && !harness_connect(house)) {
		fprintf(stderr, "tapihost: nothing answers at the harness' port %s\n", house);
		return 3;
	}
	if (steps)
		s_random(steps, seed);
	if (schedules)
		s_schedules(schedules, seed);
	if (!steps && !schedules)
		run_all();
	unload();
	fflush(stderr);
	return rules_report(stdout, json) ? 1 : 0;
}
