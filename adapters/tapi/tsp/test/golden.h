/* What the tests of the portable half of the provider share: golden files and memory of exactly the size that counts. */
#ifndef OFFHOOK_TEST_GOLDEN_H
#define OFFHOOK_TEST_GOLDEN_H

#include "../table.h"
#include "../wire.h"

/* golden_read gives the bytes of DIR/NAME.golden, hexadecimal lines with comments, in memory of exactly that size. It ends
 * the program if there are none. From the n-th comment that begins a line on (0: from the start) to the next. */
Bytes golden_read(const char *dir, const char *name, int section);

/* sized is a copy in memory of exactly its size, so that a read beyond it is found. */
uint8_t *sized(const uint8_t *from, uint32_t n);

#endif
