/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

/* head is the beginning of each of TAPI's variable structures. */
struct head {
	DWORD total, needed, used;
};

/* read_structure reads again with a larger buffer while TAPI needs more: it returns 0 and dwNeededSize > dwTotalSize when only the fixed
 * part fits, STRUCTURETOOSMALL when not even that fits. The needed size may grow between two reads, and a broken provider may need any
 * size, so rounds and size are limited; the last structure is used as it is. */
void *read_structure(structure_reader read, const void *of, DWORD fixed, DWORD first, LONG *err)
{
	DWORD size = first < fixed ? fixed : first;
	BYTE *buffer = NULL;

	for (int round = 0;; round++) {
		struct head *h;
		BYTE *larger = realloc(buffer, size + 4); /* and a NUL behind it */
		if (!larger) {
			free(buffer);
			*err = LINEERR_NOMEM;
			return NULL;
		}
		buffer = larger, h = (struct head *)larger;
		memset(buffer, 0, size + 4);
		h->total = size;
		*err = read(of, buffer);
		h->total = size; /* the provider may have overwritten it */
		if (h->used > size)
			h->used = size;
		if ((*err == 0 || *err == (LONG)LINEERR_STRUCTURETOOSMALL) && round < GROWTH_ROUNDS && size < GROWTH_LIMIT &&
			(h->needed > size || *err)) {
			DWORD needed = h->needed > size ? h->needed : size * 2;
			size = needed > GROWTH_LIMIT ? GROWTH_LIMIT : needed;
			continue;
		}
		if (*err == 0)
			return buffer;
		free(buffer);
		return NULL;
	}
}

void field_text(const void *structure, DWORD offset, DWORD size, char *out, size_t buffer)
{
	const struct head *h = structure;
	WCHAR copy[TEXT_SIZE];
	DWORD units = size / 2;

	out[0] = 0;
	if (!size || !offset || offset > h->used || size > h->used - offset)
		return;
	if (units > TEXT_SIZE)
		units = TEXT_SIZE;
	memcpy(copy, (const BYTE *)structure + offset, units * 2); /* the text may be unaligned */
	text_from(copy, units, out, buffer);
}
