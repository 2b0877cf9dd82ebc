/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <string.h>

/* An image holds a structure without a buffer: the fixed part, the ranges of it that the provider fills, and the items of
 * variable size with the offset of their Size and Offset members. See docs/integrate/wire.md, "Images". */

enum { OWN_FIRST = 12 }; /* image_copy alone writes the three sizes before it */

static uint16_t get_u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

static int read_bytes(Bytes *in, uint32_t n, Bytes *piece)
{
	if (in->size < n)
		return 0;
	piece->at = in->at, piece->size = n;
	in->at += n, in->size -= n;
	return 1;
}

/* in_fixed_part says that length bytes at offset lie in the fixed part behind the sizes. */
static int in_fixed_part(const Image *m, uint32_t offset, uint32_t length)
{
	return offset >= OWN_FIRST && offset + length <= m->fixed_size;
}

int image_read(Bytes *in, Image *m)
{
	Bytes rest = *in, b;

	if (!read_bytes(&rest, 5, &b))
		return 0;
	m->fixed_size = get_u16(b.at);
	m->structure = b.at[2];
	m->ranges_count = get_u16(b.at + 3);
	if (m->fixed_size < OWN_FIRST || m->ranges_count > MAX_RANGES || !read_bytes(&rest, 4u * m->ranges_count, &m->ranges))
		return 0;
	for (uint16_t i = 0; i < m->ranges_count; i++)
		if (!in_fixed_part(m, get_u16(m->ranges.at + 4 * i), get_u16(m->ranges.at + 4 * i + 2)))
			return 0;
	if (!read_bytes(&rest, m->fixed_size, &m->fixed_part) || !read_bytes(&rest, 2, &b))
		return 0;
	m->items_count = get_u16(b.at);
	if (m->items_count > MAX_ITEMS)
		return 0;
	m->items = rest;
	for (uint16_t i = 0; i < m->items_count; i++) {
		Bytes item;
		if (!read_bytes(&rest, 6, &b) || !in_fixed_part(m, get_u16(b.at), 8) || !read_bytes(&rest, get_u32(b.at + 2), &item) || item.size == 0)
			return 0;
	}
	m->items.size -= rest.size;
	m->all.at = in->at, m->all.size = in->size - rest.size;
	*in = rest;
	return 1;
}

int32_t image_copy(const Image *m, uint8_t *buffer)
{
	uint32_t total = get_u32(buffer), used = m->fixed_size, needed = used;
	const uint8_t *at = m->items.at;

	if (total < m->fixed_size)
		return IMAGE_TOO_SMALL;
	for (uint16_t i = 0; i < m->ranges_count; i++) {
		uint16_t offset = get_u16(m->ranges.at + 4 * i), length = get_u16(m->ranges.at + 4 * i + 2);
		memcpy(buffer + offset, m->fixed_part.at + offset, length);
	}
	for (uint16_t i = 0; i < m->items_count; i++) {
		uint16_t member = get_u16(at);
		uint32_t size = get_u32(at + 2), from = (used + 3) & ~3u;

		at += 6;
		needed = ((needed + 3) & ~3u) + size;
		if (from <= total && size <= total - from) {
			memset(buffer + used, 0, from - used);
			memcpy(buffer + from, at, size);
			put_u32(buffer + member, size);
			put_u32(buffer + member + 4, from);
			used = from + size;
		} else {
			put_u32(buffer + member, 0);
			put_u32(buffer + member + 4, 0);
		}
		at += size;
	}
	put_u32(buffer + 4, needed);
	put_u32(buffer + 8, used);
	return 0;
}

uint32_t image_u32(const Image *m, uint16_t offset)
{
	return offset + 4u <= m->fixed_size ? get_u32(m->fixed_part.at + offset) : 0;
}
