#include "wire.h"

#include <string.h>

/* An image carries a structure without a buffer: the fixed part, which ranges of it are the provider's, and the items of
 * variable size with the place of their Size and Offset members. See docs/wire.md, "Images". */

enum { OWN_FROM = 12 }; /* the three sizes before it are written by image_copy alone */

static uint16_t word(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

static int cut(Bytes *in, uint32_t n, Bytes *piece)
{
	if (in->size < n)
		return 0;
	piece->at = in->at, piece->size = n;
	in->at += n, in->size -= n;
	return 1;
}

/* within says that length bytes at offset lie in the fixed part behind the sizes. */
static int within(const Image *m, uint32_t offset, uint32_t length)
{
	return offset >= OWN_FROM && offset + length <= m->fixed;
}

int image_read(Bytes *in, Image *m)
{
	Bytes rest = *in, b;

	if (!cut(&rest, 5, &b))
		return 0;
	m->fixed = word(b.at);
	m->structure = b.at[2];
	m->ranges_count = word(b.at + 3);
	if (m->fixed < OWN_FROM || m->ranges_count > MAX_RANGES || !cut(&rest, 4u * m->ranges_count, &m->ranges))
		return 0;
	for (uint16_t i = 0; i < m->ranges_count; i++)
		if (!within(m, word(m->ranges.at + 4 * i), word(m->ranges.at + 4 * i + 2)))
			return 0;
	if (!cut(&rest, m->fixed, &m->part) || !cut(&rest, 2, &b))
		return 0;
	m->items_count = word(b.at);
	if (m->items_count > MAX_ITEMS)
		return 0;
	m->items = rest;
	for (uint16_t i = 0; i < m->items_count; i++) {
		Bytes item;
		if (!cut(&rest, 6, &b) || !within(m, word(b.at), 8) || !cut(&rest, get_u32(b.at + 2), &item) || item.size == 0)
			return 0;
	}
	m->items.size -= rest.size;
	m->all.at = in->at, m->all.size = in->size - rest.size;
	*in = rest;
	return 1;
}

int32_t image_copy(const Image *m, uint8_t *buffer)
{
	uint32_t total = get_u32(buffer), used = m->fixed, needed = used;
	const uint8_t *at = m->items.at;

	if (total < m->fixed)
		return IMAGE_TOO_SMALL;
	for (uint16_t i = 0; i < m->ranges_count; i++) {
		uint16_t offset = word(m->ranges.at + 4 * i), length = word(m->ranges.at + 4 * i + 2);
		memcpy(buffer + offset, m->part.at + offset, length);
	}
	for (uint16_t i = 0; i < m->items_count; i++) {
		uint16_t member = word(at);
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
	return offset + 4u <= m->fixed ? get_u32(m->part.at + offset) : 0;
}
