/* SPDX-License-Identifier: MIT */
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
	"  --random N, --seed N             N random steps, checked by the monitor, instead of the scenarios\n"
	"  --schedules N, --seed N          N times some random steps during which the server is killed and started\n"
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

static const char *dll, *pbx_address, *harness_address, *rules, *scenario_list, *until_rule, *json, *log_file, *messages_file;
static DWORD load_lines = 500, load_calls = 2, steps, schedules, seed = 1;

static const struct {
	const char *name;
	const char **text;
	DWORD *number;
} options[] = {
	{"--dll", &dll, NULL}, {"--pbx", &pbx_address, NULL}, {"--harness", &harness_address, NULL}, {"--rules", &rules, NULL},
	{"--scenario", &scenario_list, NULL}, {"--until-fail", &until_rule, NULL}, {"--json", &json, NULL}, {"--log", &log_file, NULL},
	{"--messages", &messages_file, NULL}, {"--load-lines", NULL, &load_lines}, {"--load-calls", NULL, &load_calls}, {"--random", NULL, &steps},
	{"--schedules", NULL, &schedules}, {"--seed", NULL, &seed}, {"--patience", NULL, &patience}, {"--limit", NULL, &request_limit},
	{"--repeats", NULL, &repeats}};

/* ---- ending early ---- */

/* report_and_exit prints the report and ends the process, while its threads run. */
static void report_and_exit(void)
{
	static volatile LONG once;

	if (InterlockedExchange(&once, 1))
		Sleep(INFINITE);
	rules_report(stdout, json);
	fflush(stdout);
	fflush(stderr);
	TerminateProcess(GetCurrentProcess(), 1);
}

/* on_exception reports a crash of the provider, which would end the Telephony service. */
static LONG CALLBACK on_exception(EXCEPTION_POINTERS *e)
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
	rule_fail(crash_rule ? crash_rule : CRASH_RULE, "the provider crashed here: exception 0x%lx at %p", code, at);
	report_and_exit();
	return EXCEPTION_CONTINUE_SEARCH;
}

/* ---- scenarios ---- */

static void run_load(void) { scenario_load(load_lines, load_calls); }

/* scenarios has all scenarios; the last three run only when --scenario names them. */
static const struct {
	const char *name;
	void (*run)(void);
	int only_when_named;
} scenarios[] = {
	{"session", scenario_session, 0}, {"structures", scenario_structures, 0}, {"arguments", scenario_arguments, 0}, {"outbound", scenario_outbound, 0},
	{"inbound", scenario_inbound, 0}, {"transfer", scenario_transfer, 0}, {"features", scenario_features, 0}, {"closing", scenario_closing, 0},
	{"concurrent", scenario_concurrent, 0}, {"silence", scenario_silence, 0}, {"outage", scenario_outage, 0}, {"killed", scenario_killed, 0},
	{"devices", scenario_devices, 0}, {"load", run_load, 1}, {"story", scenario_story, 1}, {"unreliable", scenario_unreliable, 1}};

enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

static int is_listed(const char *name, const char *list)
{
	size_t n = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += n)
		if ((at == list || at[-1] == ',') && (at[n] == 0 || at[n] == ','))
			return 1;
	return 0;
}

static void run_all(void)
{
	for (int i = 0; i < SCENARIOS; i++) {
		LONGLONG began = now_us();
		if (scenario_list ? !is_listed(scenarios[i].name, scenario_list) : scenarios[i].only_when_named)
			continue;
		note("scenario %s", scenarios[i].name);
		scenarios[i].run();
		fprintf(stderr, "scenario %-12s %6.1f s\n", scenarios[i].name, (double)(now_us() - began) / 1e6);
		fflush(stderr);
	}
	if (!scenario_list)
		rule_not_run(72, "run it with --scenario load");
}

/* scenarios_exist says whether every name in a list is a scenario. */
static int scenarios_exist(const char *list)
{
	char word[64];
	int any = 0;

	for (const char *p = list; *p; any = 1) {
		size_t n = strcspn(p, ",");
		int found = 0;
		snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), p);
		for (int i = 0; i < SCENARIOS; i++)
			found |= strcmp(scenarios[i].name, word) == 0;
		if (!found)
			return 0;
		p += n + (p[n] == ',');
	}
	return any;
}

/* ---- the command line ---- */

static int usage_error(const char *what, const char *which)
{
	fprintf(stderr, "tapihost: %s%s; see --help\n", what, which);
	return 2;
}

/* read_options gives -1, or the exit code when the program has to end. */
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
			return usage_error("unknown option ", argv[i]);
		if (++i == argc)
			return usage_error("no value for ", argv[i - 1]);
		if (options[k].text) {
			*options[k].text = argv[i];
		} else {
			char *end;
			*options[k].number = (DWORD)strtoul(argv[i], &end, 10);
			if (end == argv[i] || *end)
				return usage_error("a number is needed for ", argv[i - 1]);
		}
	}
	if (!dll)
		return usage_error("--dll is needed", "");
	if (rules && !rules_choose(rules))
		return usage_error("--rules: write for example R-15,R-16, not ", rules);
	if (until_rule && !rules_stop_at(until_rule, report_and_exit))
		return usage_error("--until-fail: write for example R-15, not ", until_rule);
	if (scenario_list && !scenarios_exist(scenario_list))
		return usage_error("--scenario: there is no such in ", scenario_list);
	return -1;
}

int main(int argc, char **argv)
{
	int code = read_options(argc, argv);

	if (code >= 0)
		return code;
	InitializeCriticalSection(&host_lock);
	message_came = CreateEventW(NULL, FALSE, FALSE, NULL);
	record_open(log_file);
	AddVectoredExceptionHandler(1, on_exception);
	if (messages_file)
		monitor_messages(messages_file);
	if (!load_provider(dll)) {
		fprintf(stderr, "tapihost: %s cannot be loaded: error %lu\n", dll, GetLastError());
		return 3;
	}
	check_exports();
	if (!tsp.lineNegotiateTSPIVersion || !tsp.providerEnumDevices || !tsp.providerInit || !tsp.providerShutdown || !tsp.lineOpen) {
		fprintf(stderr, "tapihost: %s lacks what a provider must have (rule R-01)\n", dll);
		rules_report(stdout, json);
		return 1;
	}
	if (pbx_address && !pbx_connect(pbx_address)) {
		fprintf(stderr, "tapihost: nothing answers at the PBX's control port %s\n", pbx_address);
		return 3;
	}
	if (harness_address && !harness_connect(harness_address)) {
		fprintf(stderr, "tapihost: nothing answers at the harness' port %s\n", harness_address);
		return 3;
	}
	if (steps)
		scenario_random(steps, seed);
	if (schedules)
		scenario_schedules(schedules, seed);
	if (!steps && !schedules)
		run_all();
	unload_provider();
	fflush(stderr);
	return rules_report(stdout, json) ? 1 : 0;
}
