/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_HEAD = 20, TABLE_FORMAT = 1, TABLE_IMAGES = 4 };

static uint32_t crc32_of(Bytes b)
{
	uint32_t crc = ~0u;

	for (uint32_t i = 0; i < b.size; i++) {
		crc ^= b.at[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1)));
	}
	return ~crc;
}

static int read_bytes(Bytes *in, uint32_t n, Bytes *piece)
{
	if (in->size < n)
		return 0;
	piece->at = in->at, piece->size = n;
	in->at += n, in->size -= n;
	return 1;
}

static int read_text(Bytes *in, char *out)
{
	Bytes length, b;

	if (!read_bytes(in, 1, &length) || !read_bytes(in, length.at[0], &b))
		return 0;
	memcpy(out, b.at, b.size);
	out[b.size] = 0;
	return 1;
}

static int skip_version(Bytes *in)
{
	Bytes b;
	Image m;

	if (!read_bytes(in, 4, &b))
		return 0;
	for (int i = 0; i < TABLE_IMAGES; i++)
		if (!image_read(in, &m))
			return 0;
	return 1;
}

static int read_line(Bytes *in, TableLine *l)
{
	Bytes b;

	if (!read_bytes(in, 4, &b))
		return 0;
	l->permanent = get_u32(b.at);
	if (!read_text(in, l->name) || !read_text(in, l->address) || !read_bytes(in, 1, &b))
		return 0;
	l->versions_count = b.at[0];
	l->versions = *in;
	for (uint8_t i = 0; i < l->versions_count; i++)
		if (!skip_version(in))
			return 0;
	l->versions.size -= in->size;
	return 1;
}

int table_read(Bytes file, Table *t)
{
	Bytes head, rest = file;

	memset(t, 0, sizeof *t);
	if (!read_bytes(&rest, TABLE_HEAD, &head) || memcmp(head.at, "OFHL", 4) != 0 || head.at[4] != TABLE_FORMAT || head.at[5] != 0)
		return 0;
	t->count = get_u32(head.at + 12);
	if (t->count > TABLE_MAX_LINES || get_u32(head.at + 16) != rest.size || get_u32(head.at + 8) != crc32_of(rest))
		goto damaged;
	t->lines = calloc(t->count ? t->count : 1, sizeof *t->lines);
	if (!t->lines)
		goto damaged;
	for (uint32_t i = 0; i < t->count; i++)
		if (!read_line(&rest, &t->lines[i]))
			goto damaged;
	if (rest.size == 0)
		return 1;
damaged:
	table_free(t);
	return 0;
}

void table_free(Table *t)
{
	free(t->lines);
	memset(t, 0, sizeof *t);
}

int table_image(const TableLine *l, uint32_t version, uint8_t structure, Image *m)
{
	Bytes in = l->versions, b;

	for (uint8_t i = 0; i < l->versions_count; i++) {
		if (!read_bytes(&in, 4, &b))
			return 0;
		for (int k = 0; k < TABLE_IMAGES; k++) {
			if (!image_read(&in, m))
				return 0;
			if (get_u32(b.at) == version && m->structure == structure)
				return 1;
		}
	}
	return 0;
}
