/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { STEP_WORDS = 16, WHY = 1000 };

/* step is a line of a script, split into its options and other words. */
struct step {
	char *word[STEP_WORDS], *rest; /* rest: the text behind the first word, as written */
	int words, line, options;
	DWORD ms, for_ms;
	const char *on, *result;
	unsigned call_number;
};

int default_line = -1;
static DWORD default_ms;

static const char *const verbs[] = {"line", "monitor", "within", "say", "sleep", "pbx", "daemon", "telephony", "close", "open", "forget", "expect", "maybe", "none",
	"in-service", "out-of-service"};

static int is_step(const char *verb)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i], verb) == 0)
			return 1;
	return is_action(verb);
}

/* read_step splits a line: options are "on LINE", "within TIME", "for TIME", result=NAME, and for actions call=N. */
static int read_step(char *text, struct step *s, char *why)
{
	char *all[STEP_WORDS * 2];
	int n;

	memset(s, 0, sizeof *s);
	s->ms = default_ms, s->line = default_line;
	s->rest = _strdup(text + strcspn(text, " \t"));
	n = split_words(text, all, STEP_WORDS * 2);
	if (n < 1 || !s->rest || !is_step(all[0])) {
		snprintf(why, WHY, n < 1 ? "an open quote, or too many words" : "no such step: %.60s", n < 1 ? "" : all[0]);
		return 0;
	}
	for (int i = 0; i < n; i++) {
		DWORD *time = strcmp(all[i], "within") == 0 ? &s->ms : strcmp(all[i], "for") == 0 ? &s->for_ms : NULL;
		if (i && i + 1 < n && strcmp(all[i], "on") == 0)
			s->on = all[++i];
		else if (i && time) {
			if (i + 1 >= n || !read_duration(all[++i], time)) {
				snprintf(why, WHY, "write a time such as 5s or 300ms behind %s", time == &s->ms ? "within" : "for");
				return 0;
			}
		} else if (strncmp(all[i], "result=", 7) == 0)
			s->result = all[i] + 7;
		else if (is_action(all[0]) && strncmp(all[i], "call=", 5) == 0)
			s->call_number = (unsigned)atoi(all[i] + 5);
		else if (s->words < STEP_WORDS)
			s->word[s->words++] = all[i];
		else {
			snprintf(why, WHY, "too many words");
			return 0;
		}
	}
	return 1;
}

static int wait_service(int line, int in, DWORD ms, char *why)
{
	DWORD from = ms_now();

	while (line_in_service(line) != in) {
		if (ms_now() - from >= ms) {
			snprintf(why, WHY, "line %s is %s service after %lu ms", lines[line].address, in ? "out of" : "in", ms);
			return 0;
		}
		receive_messages(100);
	}
	return 1;
}

/* do_line opens lines. It waits for a line that is still added (LINE_CREATE). */
static int do_line(struct step *s, DWORD privilege, char *why)
{
	for (int i = 1; i < s->words; i++) {
		DWORD from = ms_now();
		LONG err;
		while ((default_line = line_find(s->word[i])) < 0) {
			if (ms_now() - from >= s->ms) {
				snprintf(why, WHY, "there is no line %s", s->word[i]);
				return 0;
			}
			receive_messages(100);
		}
		err = line_open(default_line, privilege);
		if (err) {
			snprintf(why, WHY, "lineOpen of %s: %s", s->word[i], error_name(err));
			return 0;
		}
	}
	return s->words > 1;
}

static int do_action(struct step *s, char *why)
{
	struct action a = {.verb = s->word[0], .number = s->words > 1 ? s->word[1] : NULL, .line = s->line, .call_number = s->call_number};
	const char *expected = s->result ? s->result : "0", *name;
	LONG err = run_action(&a, s->ms, why, WHY);

	if (err == (LONG)~0u)
		return 0;
	name = err ? error_name(err) : "0";
	if (strcmp(name, expected) == 0 || (strncmp(name, "LINEERR_", 8) == 0 && strcmp(name + 8, expected) == 0))
		return 1;
	if (!*why)
		snprintf(why, WHY, "the reply is %s", name);
	return 0;
}

/* do_open calls lineInitializeEx again, as a program must after the Telephony service has restarted. */
static int do_open(DWORD ms, char *why)
{
	DWORD from = ms_now();

	if (app)
		return 1;
	while (!tapi_start() || lines_number == 0) {
		tapi_stop();
		if (ms_now() - from >= ms) {
			snprintf(why, WHY, "TAPI has no lines after %lu ms", ms);
			return 0;
		}
		Sleep(200);
	}
	return 1;
}

static void do_forget(void)
{
	for (DWORD i = 0; i < received_count; i++)
		received_messages[i]->matched = 1;
}

static int do_pause(DWORD ms)
{
	for (DWORD from = ms_now(); ms_now() - from < ms;)
		receive_messages(ms - (ms_now() - from));
	return 1;
}

static int do_pbx(const char *rest, char *why)
{
	while (*rest == ' ' || *rest == '\t')
		rest++;
	if (!pbx_connected) {
		snprintf(why, WHY, "--pbx HOST:PORT is needed for this script");
		return 0;
	}
	return pbx_command(rest, why, WHY);
}

static int on_line(struct step *s, char *why)
{
	if (s->on && (s->line = line_find(s->on)) < 0) {
		snprintf(why, WHY, "there is no line %s", s->on);
		return 0;
	}
	if (s->line < 0 || (DWORD)s->line >= lines_number) {
		snprintf(why, WHY, "which line? write: line 41");
		return 0;
	}
	return 1;
}

static int do_step(struct step *s, char *why)
{
	const char *v = s->word[0];
	DWORD ms = 0;

	if (strcmp(v, "say") == 0 || strcmp(v, "forget") == 0) {
		if (*v == 'f')
			do_forget();
		return 1;
	}
	if (strcmp(v, "line") == 0 || strcmp(v, "monitor") == 0)
		return do_line(s, *v == 'l' ? LINECALLPRIVILEGE_MONITOR | LINECALLPRIVILEGE_OWNER : LINECALLPRIVILEGE_MONITOR, why);
	if (strcmp(v, "within") == 0 || strcmp(v, "sleep") == 0) {
		if (s->words != 2 || !read_duration(s->word[1], &ms))
			return snprintf(why, WHY, "write a time such as 5s or 300ms"), 0;
		return *v == 's' ? do_pause(ms) : (default_ms = ms, 1);
	}
	if (strcmp(v, "pbx") == 0)
		return do_pbx(s->rest, why);
	if (strcmp(v, "daemon") == 0 || strcmp(v, "telephony") == 0)
		return s->words == 2 && (strcmp(s->word[1], "stop") == 0 || strcmp(s->word[1], "start") == 0) &&
			service_step(*v == 'd' ? "offhook" : "tapisrv", s->word[1], s->ms, why, WHY);
	if (strcmp(v, "close") == 0)
		return do_forget(), tapi_stop(), default_line = -1, 1;
	if (strcmp(v, "open") == 0)
		return do_open(s->ms, why);
	if (!on_line(s, why))
		return 0;
	if (strcmp(v, "in-service") == 0 || strcmp(v, "out-of-service") == 0)
		return wait_service(s->line, *v == 'i', s->ms, why);
	if (strcmp(v, "none") == 0)
		return expect_no_message(s->word + 1, s->words - 1, s->line, s->for_ms ? s->for_ms : 1000, why, WHY);
	if (strcmp(v, "expect") == 0 || strcmp(v, "maybe") == 0)
		return expect_message(s->word + 1, s->words - 1, s->line, s->ms, *v == 'm', why, WHY);
	return do_action(s, why);
}

static void report(int number, const char *text, int ok, DWORD ms, const char *why)
{
	char plain[1400];

	if (as_json) {
		printf("{\"kind\":\"step\",\"n\":%d,\"text\":", number);
		json_string(stdout, text);
		printf(",\"result\":\"%s\",\"ms\":%lu", ok ? "pass" : "fail", ms);
		if (!ok)
			printf(",\"why\":"), json_string(stdout, why);
		printf("}\n");
	} else {
		printf("%s %3d  %s", ok ? "ok  " : "FAIL", number, text);
		text_plain(why, plain, sizeof plain);
		printf(ok ? "  (%lu ms)\n" : "  (%lu ms): %s\n", ms, plain);
	}
	fflush(stdout);
}

static int run_line(int number, const char *text, char *why)
{
	char *copy = _strdup(text);
	struct step s;
	DWORD from = ms_now();
	int ok;

	why[0] = 0;
	ok = copy && read_step(copy, &s, why) && do_step(&s, why);
	report(number, text, ok, ms_now() - from, why);
	free(s.rest);
	free(copy);
	return ok;
}

static char *read_script(const char *file)
{
	WCHAR name[MAX_PATH];
	FILE *f = text_to(file, name, MAX_PATH) ? _wfopen(name, L"rb") : NULL;
	size_t n = 0, room = 1 << 20;
	char *text = f ? malloc(room + 1) : NULL;

	if (text) {
		n = fread(text, 1, room, f);
		text[n] = 0;
	}
	if (f)
		fclose(f);
	return text;
}

/* for_each_line calls a function with every line that is not empty; it ends when that gives 0. */
static int for_each_line(const char *text, int (*with)(int, const char *, char *), char *why)
{
	int number = 1, ok = 1;

	if (strncmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	for (; ok && *text; number++) {
		size_t n = strcspn(text, "\n"), from = strspn(text, " \t");
		char line[1024];
		if (n - (from > n ? n : from) >= sizeof line)
			return snprintf(why, WHY, "line %d is longer than %d", number, (int)sizeof line), 0;
		from = from > n ? n : from;
		snprintf(line, sizeof line, "%.*s", (int)(n - from), text + from);
		for (size_t k = strlen(line); k && (line[k - 1] == '\r' || line[k - 1] == ' ' || line[k - 1] == '\t');)
			line[--k] = 0;
		if (*line && *line != '#')
			ok = with(number, line, why);
		text += n + (text[n] == '\n');
	}
	return ok;
}

static int check_line(int number, const char *line, char *why)
{
	char *copy = _strdup(line);
	struct step s;
	int ok = copy && read_step(copy, &s, why);

	if (!ok)
		fprintf(stderr, "tapiprobe: line %d: %s\n", number, why);
	free(s.rest);
	free(copy);
	return ok;
}

/* clean_up ends all calls, so that the next script begins without any. */
static void clean_up(void)
{
	char answer[4096];

	clear_maybes();
	suppress_output = 1;
	if (pbx_connected) {
		pbx_command("all hangup", answer, sizeof answer);
		pbx_command("all decline", answer, sizeof answer);
	}
	if (app)
		drop_all_calls(3000);
}

int run_script(const char *file, DWORD patience)
{
	char *text = read_script(file), why[WHY] = "";
	int ok;

	if (!text) {
		fprintf(stderr, "tapiprobe: %s cannot be read\n", file);
		return EXIT_USAGE;
	}
	default_ms = patience;
	if (!for_each_line(text, check_line, why)) {
		if (*why && strncmp(why, "line", 4) == 0)
			fprintf(stderr, "tapiprobe: %s\n", why);
		free(text);
		return EXIT_USAGE;
	}
	keep_messages = 1;
	ok = for_each_line(text, run_line, why);
	if (ok) {
		receive_messages(200);
		ok = check_unmatched_states(why, sizeof why);
	}
	clean_up();
	if (as_json) {
		printf("{\"kind\":\"result\",\"script\":");
		json_string(stdout, file);
		printf(",\"result\":\"%s\",\"messages\":%lu,\"why\":", ok ? "pass" : "fail", received_count);
		json_string(stdout, ok ? "" : why);
		printf("}\n");
	} else
		printf("%s %s%s%s\n", ok ? "PASS" : "FAIL", file, ok ? "" : ": ", ok ? "" : why);
	free(text);
	return ok ? EXIT_OK : EXIT_FAILED;
}
