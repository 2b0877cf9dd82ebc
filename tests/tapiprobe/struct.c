#include "probe.h"

#include <stdlib.h>
#include <string.h>

/* All of TAPI's variable structures begin so. */
struct head {
	DWORD total, needed, used;
};

/* grown: TAPI answers 0 and dwNeededSize > dwTotalSize when the fixed part fits and the rest does not, STRUCTURETOOSMALL when
 * not even that fits. What is needed may be more again by the next time, so the rounds are bounded, and so is the size, since
 * a broken provider may ask for anything. What was given by then is taken as it is. */
void *grown(asks ask, const void *of, DWORD fixed, DWORD first, LONG *err)
{
	DWORD size = first < fixed ? fixed : first;
	BYTE *room = NULL;

	for (int round = 0;; round++) {
		struct head *h;
		BYTE *larger = realloc(room, size + 4); /* and a NUL behind it */
		if (!larger) {
			free(room);
			*err = LINEERR_NOMEM;
			return NULL;
		}
		room = larger, h = (struct head *)larger;
		memset(room, 0, size + 4);
		h->total = size;
		*err = ask(of, room);
		h->total = size; /* whatever the other side wrote there */
		if (h->used > size)
			h->used = size;
		if ((*err == 0 || *err == (LONG)LINEERR_STRUCTURETOOSMALL) && round < GROWTH_ROUNDS && size < GROWTH_LIMIT &&
			(h->needed > size || *err)) {
			DWORD needed = h->needed > size ? h->needed : size * 2;
			size = needed > GROWTH_LIMIT ? GROWTH_LIMIT : needed;
			continue;
		}
		if (*err == 0)
			return room;
		free(room);
		return NULL;
	}
}

void field_text(const void *structure, DWORD offset, DWORD size, char *out, size_t room)
{
	const struct head *h = structure;
	WCHAR copy[WORDS];
	DWORD units = size / 2;

	out[0] = 0;
	if (!size || !offset || offset > h->used || size > h->used - offset)
		return;
	if (units > WORDS)
		units = WORDS;
	memcpy(copy, (const BYTE *)structure + offset, units * 2); /* it may lie at an odd address */
	text_from(copy, units, out, room);
}
