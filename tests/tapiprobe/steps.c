#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS = 8, MAYBES = 8 };

/* want is what a step expects of a message: words as written, which stay the caller's. */
struct want {
	DWORD message;
	const char *what, *mode, *field[FIELDS];
	int fields, line;
	unsigned order;
};

static struct want maybes[MAYBES];
static char *maybe_words[MAYBES][FIELDS + 4];
static int maybes_number;

int duration(const char *word, DWORD *ms)
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

/* read_want takes the words MESSAGE [STATE or BITS] [MODE] [KEY=VALUE…]. */
static int read_want(char **word, int n, int line, struct want *w, char *why, size_t size)
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
			w->order = (unsigned)atoi(word[i] + 5);
		else if (strchr(word[i], '=') && w->fields < FIELDS)
			w->field[w->fields++] = word[i];
		else if (!strchr(word[i], '=') && !w->what)
			w->what = word[i];
		else if (!strchr(word[i], '=') && !w->mode)
			w->mode = word[i];
		else {
			snprintf(why, size, "%s cannot be read", word[i]);
			return 0;
		}
	}
	return 1;
}

/* among says whether a word is one of several with | between them; * is any but none. */
static int among(const char *all, const char *word)
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

/* holds says whether every word of a+b is among the names. */
static int holds(const char *words, const char *names)
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

static int what_fits(const struct want *w, const struct message *m)
{
	char names[800];

	switch (m->message) {
	case LINE_CALLSTATE:
		return (!w->what || among(w->what, state_name((DWORD)m->p1))) && (!w->mode || among(w->mode, mode_name((DWORD)m->p1, (DWORD)m->p2)));
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
	return !w->what || holds(w->what, names);
}

static const char *party(const struct message *m, const char *key)
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

static int field_fits(const struct message *m, const char *field)
{
	const char *eq = strchr(field, '='), *value;
	char key[40], names[800];

	snprintf(key, sizeof key, "%.*s", (int)(eq - field), field);
	if (strcmp(key, "features") == 0) {
		bit_names(CALL_FEATURE, m->features, ' ', names, sizeof names);
		return holds(eq + 1, names);
	}
	value = m->info ? party(m, key) : NULL;
	return value && (strcmp(eq + 1, "*") == 0 ? *value != 0 : strcmp(eq + 1, value) == 0);
}

static int about(const struct want *w, const struct message *m)
{
	return !m->taken && !m->from_tapi && m->message == w->message && (w->line < 0 || m->line == w->line) && (!w->order || m->order == w->order);
}

static int fits(const struct want *w, const struct message *m)
{
	if (!about(w, m) || !what_fits(w, m))
		return 0;
	for (int i = 0; i < w->fields; i++)
		if (!field_fits(m, w->field[i]))
			return 0;
	return 1;
}

static int fits_maybe(const struct message *m)
{
	for (int i = 0; i < maybes_number; i++)
		if (fits(&maybes[i], m))
			return 1;
	return 0;
}

static void came(const struct message *m, char *out, size_t size)
{
	const char *mode = m->message == LINE_CALLSTATE ? mode_name((DWORD)m->p1, (DWORD)m->p2) : "";
	const struct parties *p = m->info;

	snprintf(out, size, "%s %s%s%s on line %s, call %u", message_name(m->message), m->message == LINE_CALLSTATE ? state_name((DWORD)m->p1) : "", *mode ? " " : "", mode,
		m->line >= 0 ? lines[m->line].address : "?", m->order);
	if (p && strlen(out) < size)
		snprintf(out + strlen(out), size - strlen(out), " (caller=%.60s callerName=%.60s called=%.60s connected=%.60s)", p->caller, p->caller_name, p->called, p->connected);
}

/* look: 1 found and taken, 0 not there yet, -1 something else came. Call states must come in exactly the order of the script;
 * of other messages those that do not fit are passed over. */
static int look(const struct want *w, char *why, size_t size)
{
	for (DWORD i = 0; i < heard_number; i++) {
		struct message *m = heard[i];
		char text[700];
		if (!about(w, m))
			continue;
		if (fits(w, m)) {
			m->taken = 1;
			return 1;
		}
		if (m->message != LINE_CALLSTATE)
			continue;
		if (!fits_maybe(m)) {
			came(m, text, sizeof text);
			snprintf(why, size, "instead came %s", text);
			return -1;
		}
		m->taken = 1;
	}
	return 0;
}

static int remember(char **word, int n, int line, char *why, size_t size)
{
	if (maybes_number == MAYBES || n > FIELDS + 3) {
		snprintf(why, size, "too many maybes");
		return 0;
	}
	for (int i = 0; i < n; i++)
		if (!(maybe_words[maybes_number][i] = _strdup(word[i])))
			return 0;
	return read_want(maybe_words[maybes_number], n, line, &maybes[maybes_number], why, size) && ++maybes_number;
}

void maybes_forget(void)
{
	for (int i = 0; i < MAYBES; i++)
		for (int k = 0; k < FIELDS + 4; k++) {
			free(maybe_words[i][k]);
			maybe_words[i][k] = NULL;
		}
	maybes_number = 0;
}

int expectation(char **word, int n, int line, DWORD ms, int maybe, char *why, size_t size)
{
	struct want w;
	DWORD from = ms_now();
	int found;

	if (maybe)
		return remember(word, n, line, why, size);
	if (!read_want(word, n, line, &w, why, size))
		return 0;
	snprintf(why, size, "it did not come within %lu ms", ms);
	while ((found = look(&w, why, size)) == 0 && ms_now() - from < ms)
		pump(ms - (ms_now() - from));
	maybes_forget();
	return found == 1;
}

int silence(char **word, int n, int line, DWORD ms, char *why, size_t size)
{
	struct want w;
	DWORD from = ms_now(), i = 0;
	char text[700];

	if (!read_want(word, n, line, &w, why, size))
		return 0;
	for (;;) {
		for (; i < heard_number; i++)
			if (fits(&w, heard[i])) {
				came(heard[i], text, sizeof text);
				snprintf(why, size, "it came: %s", text);
				return 0;
			}
		if (ms_now() - from >= ms)
			return 1;
		pump(ms - (ms_now() - from));
	}
}

int leftovers(char *why, size_t size)
{
	char text[700];

	for (DWORD i = 0; i < heard_number; i++)
		if (heard[i]->message == LINE_CALLSTATE && !heard[i]->taken && !heard[i]->from_tapi && !fits_maybe(heard[i])) {
			came(heard[i], text, sizeof text);
			snprintf(why, size, "no step expected %s", text);
			return 0;
		}
	return 1;
}
