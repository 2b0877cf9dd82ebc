/* SPDX-License-Identifier: MIT */
/* Functions that the tests of the provider's portable sources share: golden files, and memory of exactly the size in use. */
#ifndef OFFHOOK_TEST_GOLDENFILE_H
#define OFFHOOK_TEST_GOLDENFILE_H

#include "../table.h"
#include "../wire.h"

/* golden_read gives the bytes of DIR/NAME.golden, which has hexadecimal lines with comments, in memory of exactly that size.
 * Section 0 is the whole file, section n the lines behind the n-th line that is a comment. It ends the program when there are
 * no bytes. */
Bytes golden_read(const char *dir, const char *name, int section);

/* exact_copy copies n bytes into memory of exactly that size, so that a sanitizer finds a read beyond it. */
uint8_t *exact_copy(const uint8_t *from, uint32_t n);

#endif
