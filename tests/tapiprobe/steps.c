/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS = 8, MAYBES = 8 };

/* expected is the message that a step expects, in words of the script, which the caller owns. */
struct expected {
	DWORD message;
	const char *detail, *mode, *field[FIELDS];
	int fields, line;
	unsigned call_number;
};

static struct expected maybes[MAYBES];
static char *maybe_words[MAYBES][FIELDS + 4];
static int maybes_number;

int read_duration(const char *word, DWORD *ms)
{
	char *end;
	double n = strtod(word, &end);

	if (end == word || n < 0 || n > 86400)
		return 0;
	if (strcmp(end, "s") == 0)
		n *= 1000;
	else if (strcmp(end, "ms") != 0)
		return 0;
	return (*ms = (DWORD)n) <= 3600000;
}

/* read_expected reads the words MESSAGE [STATE or BITS] [MODE] [KEY=VALUE…]. */
static int read_expected(char **word, int n, int line, struct expected *w, char *why, size_t size)
{
	memset(w, 0, sizeof *w);
	w->line = line;
	w->message = n ? message_number(word[0]) : ~0u;
	if (w->message == ~0u) {
		snprintf(why, size, "%s is no message", n ? word[0] : "nothing");
		return 0;
	}
	for (int i = 1; i < n; i++) {
		if (strncmp(word[i], "call=", 5) == 0)
			w->call_number = (unsigned)atoi(word[i] + 5);
		else if (strchr(word[i], '=') && w->fields < FIELDS)
			w->field[w->fields++] = word[i];
		else if (!strchr(word[i], '=') && !w->detail)
			w->detail = word[i];
		else if (!strchr(word[i], '=') && !w->mode)
			w->mode = word[i];
		else {
			snprintf(why, size, "%s cannot be read", word[i]);
			return 0;
		}
	}
	return 1;
}

/* matches_one_of says whether a word is one of several with | between them; * is any word that is not empty. */
static int matches_one_of(const char *all, const char *word)
{
	size_t n = strlen(word);

	if (strcmp(all, "*") == 0)
		return n > 0;
	for (;;) {
		size_t len = strcspn(all, "|");
		if (len == n && strncmp(all, word, n) == 0)
			return 1;
		if (!all[len])
			return 0;
		all += len + 1;
	}
}

/* has_all_words says whether each word of "a+b" is one of the names. */
static int has_all_words(const char *words, const char *names)
{
	char all[900], one[80];

	snprintf(all, sizeof all, " %s ", names);
	while (*words) {
		size_t len = strcspn(words, "+");
		snprintf(one, sizeof one, " %.*s ", (int)(len > 60 ? 60 : len), words);
		if (!strstr(all, one))
			return 0;
		words += len + (words[len] == '+');
	}
	return 1;
}

static int detail_matches(const struct expected *w, const struct message *m)
{
	char names[800];

	switch (m->message) {
	case LINE_CALLSTATE:
		return (!w->detail || matches_one_of(w->detail, state_name((DWORD)m->p1))) && (!w->mode || matches_one_of(w->mode, mode_name((DWORD)m->p1, (DWORD)m->p2)));
	case LINE_CALLINFO:
		bit_names(CALL_INFO, (DWORD)m->p1, ' ', names, sizeof names);
		break;
	case LINE_LINEDEVSTATE:
		bit_names(LINE_STATE, (DWORD)m->p1, ' ', names, sizeof names);
		break;
	case LINE_ADDRESSSTATE:
		bit_names(ADDRESS_STATE, (DWORD)m->p2, ' ', names, sizeof names);
		break;
	case LINE_REPLY:
		snprintf(names, sizeof names, "%s", m->result ? error_name(m->result) : "0");
		break;
	default:
		names[0] = 0;
	}
	return !w->detail || has_all_words(w->detail, names);
}

static const char *party_value(const struct message *m, const char *key)
{
	static char words[800];
	const struct parties *p = m->info;
	const struct {
		const char *key, *value;
	} all[] = {{"caller", p->caller}, {"callerName", p->caller_name}, {"called", p->called}, {"calledName", p->called_name},
		{"connected", p->connected}, {"connectedName", p->connected_name}, {"redirecting", p->redirecting}, {"redirection", p->redirection},
		{"display", p->display}};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].key, key) == 0)
			return all[i].value;
	if (strcmp(key, "origin") == 0)
		bit_names(CALL_ORIGIN, p->origin, '|', words, sizeof words);
	else if (strcmp(key, "reason") == 0)
		bit_names(CALL_REASON, p->reason, '|', words, sizeof words);
	else
		return NULL;
	return words;
}

static int field_matches(const struct message *m, const char *field)
{
	const char *eq = strchr(field, '='), *value;
	char key[40], names[800];

	snprintf(key, sizeof key, "%.*s", (int)(eq - field), field);
	if (strcmp(key, "features") == 0) {
		bit_names(CALL_FEATURE, m->features, ' ', names, sizeof names);
		return has_all_words(eq + 1, names);
	}
	value = m->info ? party_value(m, key) : NULL;
	return value && (strcmp(eq + 1, "*") == 0 ? *value != 0 : strcmp(eq + 1, value) == 0);
}

static int is_candidate(const struct expected *w, const struct message *m)
{
	return !m->matched && !m->from_tapi && m->message == w->message && (w->line < 0 || m->line == w->line) && (!w->call_number || m->call_number == w->call_number);
}

static int message_matches(const struct expected *w, const struct message *m)
{
	if (!is_candidate(w, m) || !detail_matches(w, m))
		return 0;
	for (int i = 0; i < w->fields; i++)
		if (!field_matches(m, w->field[i]))
			return 0;
	return 1;
}

static int matches_maybe(const struct message *m)
{
	for (int i = 0; i < maybes_number; i++)
		if (message_matches(&maybes[i], m))
			return 1;
	return 0;
}

static void describe_message(const struct message *m, char *out, size_t size)
{
	const char *mode = m->message == LINE_CALLSTATE ? mode_name((DWORD)m->p1, (DWORD)m->p2) : "";
	const struct parties *p = m->info;

	snprintf(out, size, "%s %s%s%s on line %s, call %u", message_name(m->message), m->message == LINE_CALLSTATE ? state_name((DWORD)m->p1) : "", *mode ? " " : "", mode,
		m->line >= 0 ? lines[m->line].address : "?", m->call_number);
	if (p && strlen(out) < size)
		snprintf(out + strlen(out), size - strlen(out), " (caller=%.60s callerName=%.60s called=%.60s connected=%.60s)", p->caller, p->caller_name, p->called, p->connected);
}

/* find_match gives 1 when the expected message came, 0 when it did not come yet, -1 when another call state came. Call states must
 * come in exactly the order of the script; other messages that do not match are skipped. */
static int find_match(const struct expected *w, char *why, size_t size)
{
	for (DWORD i = 0; i < received_count; i++) {
		struct message *m = received_messages[i];
		char text[700];
		if (!is_candidate(w, m))
			continue;
		if (message_matches(w, m)) {
			m->matched = 1;
			return 1;
		}
		if (m->message != LINE_CALLSTATE)
			continue;
		if (!matches_maybe(m)) {
			describe_message(m, text, sizeof text);
			snprintf(why, size, "instead came %s", text);
			return -1;
		}
		m->matched = 1;
	}
	return 0;
}

static int add_maybe(char **word, int n, int line, char *why, size_t size)
{
	if (maybes_number == MAYBES || n > FIELDS + 3) {
		snprintf(why, size, "too many maybes");
		return 0;
	}
	for (int i = 0; i < n; i++)
		if (!(maybe_words[maybes_number][i] = _strdup(word[i])))
			return 0;
	return read_expected(maybe_words[maybes_number], n, line, &maybes[maybes_number], why, size) && ++maybes_number;
}

void clear_maybes(void)
{
	for (int i = 0; i < MAYBES; i++)
		for (int k = 0; k < FIELDS + 4; k++) {
			free(maybe_words[i][k]);
			maybe_words[i][k] = NULL;
		}
	maybes_number = 0;
}

int expect_message(char **word, int n, int line, DWORD ms, int maybe, char *why, size_t size)
{
	struct expected w;
	DWORD from = ms_now();
	int found;

	if (maybe)
		return add_maybe(word, n, line, why, size);
	if (!read_expected(word, n, line, &w, why, size))
		return 0;
	snprintf(why, size, "it did not come within %lu ms", ms);
	while ((found = find_match(&w, why, size)) == 0 && ms_now() - from < ms)
		receive_messages(ms - (ms_now() - from));
	clear_maybes();
	return found == 1;
}

int expect_no_message(char **word, int n, int line, DWORD ms, char *why, size_t size)
{
	struct expected w;
	DWORD from = ms_now(), i = 0;
	char text[700];

	if (!read_expected(word, n, line, &w, why, size))
		return 0;
	for (;;) {
		for (; i < received_count; i++)
			if (message_matches(&w, received_messages[i])) {
				describe_message(received_messages[i], text, sizeof text);
				snprintf(why, size, "it came: %s", text);
				return 0;
			}
		if (ms_now() - from >= ms)
			return 1;
		receive_messages(ms - (ms_now() - from));
	}
}

int check_unmatched_states(char *why, size_t size)
{
	char text[700];

	for (DWORD i = 0; i < received_count; i++)
		if (received_messages[i]->message == LINE_CALLSTATE && !received_messages[i]->matched && !received_messages[i]->from_tapi && !matches_maybe(received_messages[i])) {
			describe_message(received_messages[i], text, sizeof text);
			snprintf(why, size, "no step expected %s", text);
			return 0;
		}
	return 1;
}
