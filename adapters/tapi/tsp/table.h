/* SPDX-License-Identifier: MIT */
/* The line table (lines.tbl) is the file with the lines that the provider shows while no daemon is connected; the daemon
 * writes it. Portable C, without Windows. */
#ifndef OFFHOOK_TABLE_H
#define OFFHOOK_TABLE_H

#include "wire.h"

enum { TABLE_MAX_LINES = 10000, TABLE_MAX_BYTES = 64 << 20 };

typedef struct {
	uint32_t permanent;
	char name[256], address[256];
	Bytes versions; /* the images of the line's structures, for each negotiated version */
	uint8_t versions_count;
} TableLine;

typedef struct {
	TableLine *lines; /* from malloc */
	uint32_t count;
} Table;

/* table_read reads the file's bytes, which must outlive the table. It gives 0 for a damaged file; then there is nothing to free. */
int table_read(Bytes file, Table *t);
void table_free(Table *t);

/* table_image finds a structure of a line for a negotiated version. */
int table_image(const TableLine *l, uint32_t version, uint8_t structure, Image *m);

#endif
