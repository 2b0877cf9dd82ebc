/* SPDX-License-Identifier: MIT */
#include "goldenfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t *exact_copy(const uint8_t *from, uint32_t n)
{
	uint8_t *p = malloc(n ? n : 1);

	if (!p)
		abort();
	if (n)
		memcpy(p, from, n);
	return p;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789ABCDEF", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* append_hex_line adds the bytes of a line, up to the comment. */
static void append_hex_line(const char *line, uint8_t *out, uint32_t *n)
{
	for (; hex_digit(line[0]) >= 0 && hex_digit(line[1]) >= 0; line += line[2] == ' ' ? 3 : 2)
		out[(*n)++] = (uint8_t)(hex_digit(line[0]) << 4 | hex_digit(line[1]));
}

Bytes golden_read(const char *dir, const char *name, int section)
{
	static uint8_t all[1 << 18];
	char path[1024], line[256];
	uint32_t n = 0;
	int at = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.golden", dir, name);
	f = fopen(path, "r");
	if (!f) {
		fprintf(stderr, "%s cannot be read\n", path);
		exit(2);
	}
	while (fgets(line, sizeof line, f) && n < sizeof all - 64)
		if (line[0] == '#')
			at++;
		else if (!section || at == section)
			append_hex_line(line, all, &n);
	fclose(f);
	if (!n) {
		fprintf(stderr, "%s holds nothing\n", path);
		exit(2);
	}
	return (Bytes){exact_copy(all, n), n};
}
