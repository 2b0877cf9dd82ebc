/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <string.h>

/* text_from converts a text of TAPI, which has a length and mostly a NUL before it. A lone surrogate becomes U+FFFD. */
void text_from(const WCHAR *s, size_t n, char *out, size_t size)
{
	size_t used = 0, done = 0;

	out[0] = 0;
	while (used < n && s[used])
		used++;
	while (done < used) { /* character by character, so that a long text is cut between two characters */
		size_t step = done + 1 < used && IS_HIGH_SURROGATE(s[done]) && IS_LOW_SURROGATE(s[done + 1]) ? 2 : 1;
		char one[8];
		int len = WideCharToMultiByte(CP_UTF8, 0, s + done, (int)step, one, sizeof one, NULL, NULL);
		if (step == 1 && (s[done] & 0xF800) == 0xD800)
			memcpy(one, "\xEF\xBF\xBD", 3), len = 3;
		if (len <= 0 || (size_t)len >= size)
			return;
		memcpy(out, one, (size_t)len);
		out += len, size -= (size_t)len, done += step;
		*out = 0;
	}
}

int text_to(const char *s, WCHAR *out, int size)
{
	return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, s, -1, out, size) > 0;
}

void text_plain(const char *s, char *out, size_t size)
{
	size_t n = 0;

	for (; *s && n + 5 < size; s++) {
		unsigned char c = (unsigned char)*s;
		if (c < 0x20 || c == 0x7F)
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", c);
		else
			out[n++] = (char)c;
	}
	out[n] = 0;
}

void json_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7F)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static char *word_end(char *in, char **open)
{
	char *to = in;
	int quoted = 0;

	for (; *in && (quoted || (*in != ' ' && *in != '\t')); in++) {
		if (*in == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *in == '\\' && (in[1] == '"' || in[1] == '\\'))
			in++;
		*to++ = *in;
	}
	*open = quoted ? in : NULL;
	if (*in)
		in++;
	*to = 0;
	return in;
}

int split_words(char *line, char **word, int max)
{
	int n = 0;

	for (;;) {
		char *open;
		while (*line == ' ' || *line == '\t')
			line++;
		if (!*line || *line == '#')
			return n;
		if (n == max)
			return -1;
		word[n++] = line;
		line = word_end(line, &open);
		if (open)
			return -1;
	}
}

void clock_text(FILETIME at, int date, char *out, size_t size)
{
	SYSTEMTIME t;

	FileTimeToSystemTime(&at, &t);
	if (date)
		snprintf(out, size, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", t.wYear, t.wMonth, t.wDay, t.wHour, t.wMinute, t.wSecond, t.wMilliseconds);
	else
		snprintf(out, size, "%02u:%02u:%02u.%03u", t.wHour, t.wMinute, t.wSecond, t.wMilliseconds);
}
