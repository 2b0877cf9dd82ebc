/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <stdlib.h>
#include <string.h>

/* This file has the text form of requests and answers. docs/operate/control.md describes it, internal/control/codec.go is the other side. */

static const char hex[] = "0123456789ABCDEF";

static void put_char(Request *q, char c)
{
	if (q->size < MAX_MESSAGE)
		q->bytes[q->size++] = c;
	else
		q->bad = 1;
}

static void put_text(Request *q, const char *s)
{
	while (*s)
		put_char(q, *s++);
}

int request_begin(Request *q, const char *verb)
{
	memset(q, 0, sizeof *q);
	q->bytes = malloc(MAX_MESSAGE);
	if (!q->bytes) {
		q->bad = 1;
		return 0;
	}
	put_text(q, "offhook 1 ");
	put_text(q, verb);
	put_char(q, '\n');
	return 1;
}

void request_add(Request *q, const char *name, const WCHAR *value)
{
	char utf8[3 * MAX_VALUE];
	int i, n;

	if (q->bad)
		return;
	n = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, value, -1, utf8, sizeof utf8, NULL, NULL);
	if (n == 0) /* too long, or half a surrogate pair */
		q->bad = 1;
	put_text(q, name);
	put_char(q, '=');
	for (i = 0; i + 1 < n; i++) {
		unsigned char c = (unsigned char)utf8[i];
		if (c == '%' || (c < ' ' && c != '\t') || c == 0x7f) {
			put_char(q, '%');
			put_char(q, hex[c >> 4]);
			put_char(q, hex[c & 15]);
		} else {
			put_char(q, (char)c);
		}
	}
	put_char(q, '\n');
	SecureZeroMemory(utf8, sizeof utf8);
}

int request_end(Request *q)
{
	if (q->bytes)
		put_char(q, '\n');
	return !q->bad;
}

void request_wipe(Request *q)
{
	if (q->bytes)
		SecureZeroMemory(q->bytes, MAX_MESSAGE);
	free(q->bytes);
	memset(q, 0, sizeof *q);
}

static int is_name(const char *s)
{
	size_t n = 0;

	for (; s[n]; n++)
		if (!((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= '0' && s[n] <= '9') || s[n] == '.' || s[n] == '-'))
			return 0;
	return n > 0 && n <= MAX_NAME;
}

static int hex_digit(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'f')
		c = (char)(c - 'a' + 'A');
	at = c ? strchr(hex, c) : NULL;
	return at ? (int)(at - hex) : -1;
}

/* unescape replaces each %XX by its byte, in place. It refuses a zero byte, which would hide the text behind it. */
static int unescape(char *s)
{
	char *to = s;

	for (; *s; s++, to++) {
		*to = *s;
		if (*s != '%')
			continue;
		if (hex_digit(s[1]) < 0 || hex_digit(s[2]) < 0)
			return 0;
		*to = (char)(hex_digit(s[1]) << 4 | hex_digit(s[2]));
		if (*to == 0)
			return 0;
		s += 2;
	}
	*to = 0;
	return 1;
}

/* next_line ends the next line with a zero and gives it; NULL when the line has no end or holds a control character. */
static char *next_line(char **at, const char *end)
{
	char *start = *at, *p;

	for (p = start; p < end && *p != '\n'; p++)
		if ((unsigned char)*p < ' ' && *p != '\t')
			return NULL;
	if (p == end)
		return NULL;
	*p = 0;
	*at = p + 1;
	return start;
}

/* store_text appends a text to the store. A text of n bytes has at most n characters, so the store is large enough. */
static const WCHAR *store_text(WCHAR **store, const char *s)
{
	WCHAR *out = *store;
	int n = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, s, -1, out, (int)strlen(s) + 1);

	if (n == 0)
		return NULL;
	*store += n;
	return out;
}

static int read_head(Answer *a, char *head, WCHAR **store)
{
	char *code, *text;

	if (!head)
		return 0;
	if (strcmp(head, "ok") == 0)
		return 1;
	if (strncmp(head, "error ", 6) != 0)
		return 0;
	code = head + 6;
	text = strchr(code, ' ');
	if (text)
		*text++ = 0;
	if (!is_name(code) || (text && !unescape(text)))
		return 0;
	a->outcome = OUTCOME_REFUSED;
	a->code = store_text(store, code);
	a->text = store_text(store, text ? text : "");
	return a->code && a->text;
}

static int read_pair(Answer *a, char *s, WCHAR **store)
{
	char *value = strchr(s, '=');
	Pair *p = &a->pairs[a->count];

	if (!value)
		return 0;
	*value++ = 0;
	if (!is_name(s) || !unescape(value))
		return 0;
	p->name = store_text(store, s);
	p->value = store_text(store, value);
	a->count++;
	return p->name && p->value;
}

static int read_message(Answer *a, char *bytes, DWORD size)
{
	const char *end = bytes + size;
	char *at = bytes;
	WCHAR *store;
	DWORD i, lines = 0;

	for (i = 0; i < size; i++)
		lines += bytes[i] == '\n';
	a->store = calloc((size_t)size + 2, sizeof *a->store);
	a->pairs = calloc((size_t)lines + 1, sizeof *a->pairs);
	if (!a->store || !a->pairs)
		return 0;
	store = a->store;
	if (!read_head(a, next_line(&at, end), &store))
		return 0;
	for (;;) {
		char *s = next_line(&at, end);
		if (!s)
			return 0;
		if (*s == 0)
			return 1;
		if (!read_pair(a, s, &store))
			return 0;
	}
}

void answer_read(Answer *a, char *bytes, DWORD size)
{
	a->outcome = OUTCOME_OK;
	a->code = a->text = L"";
	if (!read_message(a, bytes, size)) {
		a->outcome = OUTCOME_BAD_ANSWER;
		a->count = 0;
	}
}

void answer_free(Answer *a)
{
	free(a->pairs);
	free(a->store);
	memset(a, 0, sizeof *a);
}

const WCHAR *answer_get(const Answer *a, const WCHAR *name)
{
	DWORD i;

	for (i = 0; i < a->count; i++)
		if (wcscmp(a->pairs[i].name, name) == 0)
			return a->pairs[i].value;
	return L"";
}

int answer_is(const Answer *a, const WCHAR *name, const WCHAR *value)
{
	return wcscmp(answer_get(a, name), value) == 0;
}
