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
	"  --pbx ADDRESS     control port that moves the PBX (README.md); without it only some rules run\n"
	"  --harness ADDRESS control port that kills and starts the provider's server\n"
	"  --rules LIST      report these rules only, as R-15,R-16\n"
	"  --scenario LIST   run these only: session,structures,arguments,outbound,inbound,transfer,features,closing,concurrent,silence,outage,devices,load,story\n"
	"  --load-lines N, --load-calls N   for the scenario load (500, 2)\n"
	"  --random N, --seed N             N random steps under the monitor's eyes\n"
	"  --schedules N                    N times some random steps in which the server is killed and comes back\n"
	"  --json FILE       the report as JSON, too\n"
	"  --log FILE        every entry, return, completion and message\n"
	"  --messages FILE   every message in a form to compare\n"
	"  --patience MS     how long something may take to arrive (5000)\n"
	"  --list            the rules and how each is checked\n"
	"\n"
	"Exit code: 0 no rule failed; 1 a rule failed; 2 a wrong command line; 3 the provider or a port cannot be reached.\n";

static const char *scenarios;

static int wanted(const char *name)
{
	const char *at = scenarios ? strstr(scenarios, name) : NULL;
	size_t n = strlen(name);

	return !scenarios || (at && (at == scenarios || at[-1] == ',') && (at[n] == 0 || at[n] == ','));
}

static const char *json;

static void rule_failed_by_crash(DWORD code, void *at)
{
	if (risked)
		rule_fail(risked, "the provider crashed here: exception 0x%lx at %p", code, at);
}

/* A crash of the provider is the worst verdict: it would take all telephony down. */
static LONG CALLBACK crashed(EXCEPTION_POINTERS *e)
{
	DWORD code = e->ExceptionRecord->ExceptionCode;

	if (code != EXCEPTION_ACCESS_VIOLATION && code != EXCEPTION_STACK_OVERFLOW && code != EXCEPTION_ILLEGAL_INSTRUCTION)
		return EXCEPTION_CONTINUE_SEARCH;
	rule_failed_by_crash(code, e->ExceptionRecord->ExceptionAddress);
	fprintf(stderr, "tapihost: the provider crashed: exception 0x%lx at %p\n", code, e->ExceptionRecord->ExceptionAddress);
	for (long i = records() > 6 ? records() - 6 : 0; i < records(); i++) {
		char line[300];
		record_text(i, line, sizeof line);
		fprintf(stderr, "  %s\n", line);
	}
	rules_report(stdout, json);
	fflush(stdout);
	fflush(stderr);
	TerminateProcess(GetCurrentProcess(), 1);
	return EXCEPTION_CONTINUE_SEARCH;
}

#define RUN(name, call) do { if (wanted(name)) { note("scenario %s", name); fprintf(stderr, "scenario %s\n", name); call; } } while (0)

int main(int argc, char **argv)
{
	const char *dll = NULL, *control = NULL, *house = NULL, *log_file = NULL, *facts = NULL, *rules = NULL;
	unsigned load_lines = 500, load_calls = 2, steps = 0, schedules = 0, seed = 1;

	for (int i = 1; i < argc; i++) {
		const char *v = i + 1 < argc ? argv[i + 1] : NULL;
		if (strcmp(argv[i], "--list") == 0) {
			rules_list(stdout);
			return 0;
		}
		if (strcmp(argv[i], "--help") == 0 || !v) {
			fputs(help, strcmp(argv[i], "--help") == 0 ? stdout : stderr);
			return strcmp(argv[i], "--help") == 0 ? 0 : 2;
		}
		i++;
		if (strcmp(argv[i - 1], "--dll") == 0) dll = v;
		else if (strcmp(argv[i - 1], "--pbx") == 0) control = v;
		else if (strcmp(argv[i - 1], "--harness") == 0) house = v;
		else if (strcmp(argv[i - 1], "--rules") == 0) rules = v;
		else if (strcmp(argv[i - 1], "--scenario") == 0) scenarios = v;
		else if (strcmp(argv[i - 1], "--json") == 0) json = v;
		else if (strcmp(argv[i - 1], "--log") == 0) log_file = v;
		else if (strcmp(argv[i - 1], "--messages") == 0) facts = v;
		else if (strcmp(argv[i - 1], "--load-lines") == 0) load_lines = (unsigned)atoi(v);
		else if (strcmp(argv[i - 1], "--load-calls") == 0) load_calls = (unsigned)atoi(v);
		else if (strcmp(argv[i - 1], "--random") == 0) steps = (unsigned)atoi(v);
		else if (strcmp(argv[i - 1], "--schedules") == 0) schedules = (unsigned)atoi(v);
		else if (strcmp(argv[i - 1], "--seed") == 0) seed = (unsigned)atoi(v);
		else if (strcmp(argv[i - 1], "--patience") == 0) patience = (DWORD)atoi(v);
		else {
			fprintf(stderr, "tapihost: unknown option %s; see --help\n", argv[i - 1]);
			return 2;
		}
	}
	if (!dll || (rules && !rules_choose(rules))) {
		fputs(dll ? "tapihost: --rules: write for example R-15,R-16\n" : "tapihost: --dll is needed; see --help\n", stderr);
		return 2;
	}
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
	if (steps || schedules) {
		if (steps)
			s_random(steps, seed);
		if (schedules)
			s_schedules(schedules, seed);
	} else {
		RUN("session", s_session());
		RUN("structures", s_structures());
		RUN("arguments", s_arguments());
		RUN("outbound", s_outbound());
		RUN("inbound", s_inbound());
		RUN("transfer", s_transfer());
		RUN("features", s_features());
		RUN("closing", s_closing());
		RUN("concurrent", s_concurrent());
		RUN("silence", s_matrix());
		RUN("outage", s_outage());
		RUN("devices", s_devices());
		if (scenarios) {
			RUN("load", s_load(load_lines, load_calls));
			RUN("story", s_story());
		} else
			rule_not(72, "run it with --scenario load");
	}
	unload();
	fflush(stderr);
	return rules_report(stdout, json) ? 1 : 0;
}
