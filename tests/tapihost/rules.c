/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The rules by number. how says what checks a rule: m, the monitor in every run; s, a scenario; t, a test of another program. by names
 * the scenarios or tests. docs/develop/conformance.md has the same table. */
static const struct {
	int number;
	const char *how, *by, *title;
} table[] = {
	{1, "s", "loading the provider", "every needed export is there, undecorated and spelt right"},
	{2, "s", "session", "versions are negotiated for the provider as a whole"},
	{3, "s", "session", "versions are negotiated for each device"},
	{4, "s", "every session", "providerEnumDevices counts the lines before providerInit"},
	{5, "s", "session", "device ids are exactly those given"},
	{6, "s", "session", "no message comes after shutdown, and sessions repeat without leaks"},
	{7, "s", "silence, unreliable", "no function waits for the network"},
	{8, "s", "session", "a second providerInit changes nothing"},
	{9, "s", "session", "permanent line ids are the same in each session"},
	{10, "s", "session", "a second lineOpen of a device is refused"},
	{11, "s", "every lineOpen", "line handles are not 0 and not doubled"},
	{12, "m", "every message", "no message before lineOpen has returned or after lineClose has"},
	{13, "s", "session", "the extension id is 0"},
	{14, "s", "session", "providerUIIdentify gives a terminated path"},
	{15, "s", "structures", "a buffer of the fixed size gets the fixed part and no items"},
	{16, "s", "structures", "a buffer of the needed size gets everything"},
	{17, "s", "structures", "nothing is written behind the buffer, at any size"},
	{18, "s", "structures", "a buffer below the fixed size is not touched"},
	{19, "s", "structures", "no member newer than the version is written"},
	{20, "s", "structures", "dwTotalSize and TAPI's own members are not written"},
	{21, "s", "structures", "text items are complete, terminated UTF-16 texts"},
	{22, "s", "structures", "device classes are listed, with tapi/line"},
	{23, "s", "structures", "device capabilities make sense"},
	{24, "m", "every message", "messages have nothing that the capabilities do not announce"},
	{25, "m", "every message; inbound at versions 3.1, 2.2, 1.3", "messages have nothing that the negotiated version does not know"},
	{26, "s", "arguments", "call parameters are read no further than their size"},
	{27, "m", "every request", "an asynchronous function returns its request id or an error"},
	{28, "m", "every request", "an accepted request is completed once, a refused one never"},
	{29, "s", "silence, outbound", "a request without an answer ends in time"},
	{30, "s", "outbound", "arguments are copied"},
	{31, "m", "every callback; concurrent", "callbacks do not overlap"},
	{32, "s", "concurrent", "no lock is held in a callback"},
	{33, "m", "every message", "a callback may call back in"},
	{34, "s", "arguments", "unknown handles are refused"},
	{35, "s", "arguments", "missing pointers are refused"},
	{36, "s", "arguments", "functions that are not supported are refused at once"},
	{37, "m", "every message; outbound", "a call made here has no message before its completion"},
	{38, "s", "outbound", "a call made here is counted from its completion to its end"},
	{39, "s", "outbound", "a failed call has no message and can be closed"},
	{40, "s", "outbound", "a call has a status as soon as its request completes"},
	{41, "s", "arguments, outbound", "numbers to dial are cleaned or refused"},
	{42, "s", "outbound", "a call made directly after lineOpen is not lost"},
	{43, "s", "outbound", "the PBX's events of a call made here announce no second call"},
	{44, "m", "every message", "LINE_NEWCALL is the first message of a call, with all parameters"},
	{45, "s", "inbound", "a call that TAPI declines has no further message"},
	{46, "s", "inbound", "a new call's info can be read when it is announced"},
	{47, "m", "every message", "states fit the direction"},
	{48, "m", "every message", "each change of state is an allowed one"},
	{49, "m", "every message", "IDLE comes once and last"},
	{50, "m", "every message", "a state message has one state, a legal mode, a media mode"},
	{51, "m", "every message", "the call's status agrees with the message"},
	{52, "s", "inbound, features", "call features are the requests that can be made"},
	{53, "m", "every message", "DROP is a call feature in every live state"},
	{54, "m", "every message", "LINE_CALLINFO names what changed, and something changed"},
	{55, "m", "every message", "LINE_CALLINFO comes for every changed party"},
	{56, "m", "every message", "party flags agree with the members"},
	{57, "m", "every message", "RINGING comes only while a call is offered"},
	{58, "s", "inbound", "a call can be rejected"},
	{59, "s", "closing", "a call can be closed directly after lineDrop"},
	{60, "s", "closing, every message", "a call can be closed in every state"},
	{61, "s", "closing, every message", "a line can be closed with calls and requests open"},
	{62, "s", "inbound", "a reopened line shows its calls"},
	{63, "s", "inbound", "hold at the phone and through TAPI give the same states"},
	{64, "s", "transfer", "consultation transfer"},
	{65, "s", "inbound", "application data and media mode are kept"},
	{66, "s", "outage, killed, unreliable, --schedules", "the loss and the return of a session are shown"},
	{67, "t", "cmd/offhook TestWrongPassword", "a wrong password is tried five times"},
	{68, "t", "tests/wine TestStory, cmd/offhook TestLiveEqualsReplay", "a replay gives the same messages"},
	{69, "m", "inbound, every message", "counters follow the calls"},
	{70, "s", "inbound", "one call has one id"},
	{71, "s", "devices", "lines can be added and removed"},
	{72, "s", "load", "load"},
	{73, "s", "outbound", "the own phone's ring for a dialled call is not offered"},
};

enum { RULE_COUNT = sizeof table / sizeof *table, SHOWN = 3 };

static struct {
	int ran, failed, chosen;
	char why[200], text[400];
	char last_records[4][260];
	int last_records_count;
} verdicts[RULES];

static int choosing, stop_at;
static void (*stop_now)(void);
static SRWLOCK rules_lock = SRWLOCK_INIT;

int crash_rule;

void set_crash_rule(int rule) { crash_rule = rule; }

void rule_ran(int rule) { verdicts[rule].ran++; }

void rule_not_run(int rule, const char *why)
{
	if (!verdicts[rule].why[0])
		snprintf(verdicts[rule].why, sizeof verdicts[rule].why, "%s", why);
}

int rule_wanted(int rule) { return !choosing || verdicts[rule].chosen; }

void rule_fail(int rule, const char *format, ...)
{
	va_list args;
	long n = records();

	AcquireSRWLockExclusive(&rules_lock);
	verdicts[rule].ran++;
	if (!verdicts[rule].failed++) {
		va_start(args, format);
		vsnprintf(verdicts[rule].text, sizeof verdicts[rule].text, format, args);
		va_end(args);
		for (long i = n > 4 ? n - 4 : 0; i < n; i++)
			record_text(i, verdicts[rule].last_records[verdicts[rule].last_records_count++], sizeof verdicts[rule].last_records[0]);
	}
	ReleaseSRWLockExclusive(&rules_lock);
	note("R-%02d FAILS: %.80s", rule, verdicts[rule].text);
	if (rule == stop_at)
		stop_now();
}

int rules_stop_at(const char *rule, void (*then)(void))
{
	char *end;

	stop_at = (int)strtol(rule + (strncmp(rule, "R-", 2) == 0 ? 2 : 0), &end, 10);
	stop_now = then;
	return *end == 0 && stop_at >= 1 && stop_at < RULES;
}

int rules_choose(const char *list)
{
	for (const char *p = list; *p;) {
		char *end;
		long n;
		if ((p[0] == 'R' || p[0] == 'r') && p[1] == '-')
			p += 2;
		n = strtol(p, &end, 10);
		if (end == p || n < 1 || n >= RULES)
			return 0;
		verdicts[n].chosen = choosing = 1;
		p = *end == ',' ? end + 1 : end;
		if (*end && *end != ',')
			return 0;
	}
	return choosing;
}

static const char *how_name(char c) { return c == 'm' ? "monitor" : c == 's' ? "scenario" : "beside"; }

void rules_list(FILE *out)
{
	for (int i = 0; i < RULE_COUNT; i++)
		fprintf(out, "R-%02d  %-8s  %s\n      %s\n", table[i].number, how_name(table[i].how[0]), table[i].title, table[i].by);
}

int rule_failures(void)
{
	int n = 0;

	for (int i = 0; i < RULE_COUNT; i++)
		n += verdicts[table[i].number].failed && rule_wanted(table[i].number);
	return n;
}

static const char *verdict_of(int rule)
{
	return verdicts[rule].failed ? "fail" : verdicts[rule].ran ? "pass" : "not run";
}

/* not_run_reason writes why a rule was not checked. */
static void not_run_reason(int i, char *out, size_t size)
{
	const char *why = verdicts[table[i].number].why;

	if (why[0])
		snprintf(out, size, "%s", why);
	else if (table[i].how[0] == 't')
		snprintf(out, size, "a test of another program checks it: %s", table[i].by);
	else
		snprintf(out, size, "this run did not check it; it needs: %s", table[i].by);
}

static void json_text(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', out);
		if ((unsigned char)*s < ' ')
			fprintf(out, "\\u%04x", *s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

static void write_json(const char *file)
{
	FILE *out = fopen(file, "w");

	if (!out) {
		fprintf(stderr, "tapihost: %s cannot be written\n", file);
		return;
	}
	fprintf(out, "[\n");
	for (int i = 0; i < RULE_COUNT; i++) {
		int r = table[i].number;
		char why[400];
		not_run_reason(i, why, sizeof why);
		fprintf(out, "%s{\"rule\":\"R-%02d\",\"title\":", i ? ",\n" : "", r);
		json_text(out, table[i].title);
		fprintf(out, ",\"how\":\"%s\",\"by\":", how_name(table[i].how[0]));
		json_text(out, table[i].by);
		fprintf(out, ",\"verdict\":\"%s\",\"checks\":%d,\"failures\":%d,\"why\":", verdict_of(r), verdicts[r].ran, verdicts[r].failed);
		json_text(out, verdicts[r].failed ? verdicts[r].text : verdicts[r].ran ? "" : why);
		fprintf(out, "}");
	}
	fprintf(out, "\n]\n");
	fclose(out);
}

int rules_report(FILE *out, const char *json_file)
{
	int pass = 0, fail = 0, none = 0;

	for (int i = 0; i < RULE_COUNT; i++) {
		int r = table[i].number;
		if (!rule_wanted(r))
			continue;
		fprintf(out, "R-%02d  %-7s  %s\n", r, verdict_of(r), table[i].title);
		if (verdicts[r].failed) {
			fail++;
			fprintf(out, "      %s (%d times)\n", verdicts[r].text, verdicts[r].failed);
			for (int k = 0; k < verdicts[r].last_records_count; k++)
				fprintf(out, "      %s\n", verdicts[r].last_records[k]);
		} else if (verdicts[r].ran)
			pass++;
		else {
			char why[400];
			none++;
			not_run_reason(i, why, sizeof why);
			fprintf(out, "      %s\n", why);
		}
	}
	fprintf(out, "%d rules pass, %d fail, %d were not run\n", pass, fail, none);
	if (json_file)
		write_json(json_file);
	return fail;
}
