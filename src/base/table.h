/* SPDX-License-Identifier: Apache-2.0 */
/* Tab-separated tables with a header line, '#' comments and '|' between variants in a cell. */
#ifndef SR_BASE_TABLE_H
#define SR_BASE_TABLE_H

#include "base/str.h"

/** Reads `path` and calls `row` for each line with its `columns` cells (borrowed, writable). A line with another number
 *  of cells, an empty cell or bad UTF-8 is SARAI_EINPUT with its number; a negative return of `row` stops. Returns the
 *  number of rows. */
int sr_table_read(const char *path, int columns, int (*row)(void *user, int line, char **cells), void *user,
                  struct sarai_error *error);

/** The next variant of a cell, trimmed; its length, or 0 at the end. `*p` moves behind it. */
size_t sr_table_variant(const char **p, const char **variant);

#endif
