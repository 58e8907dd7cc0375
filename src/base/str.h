/* SPDX-License-Identifier: Apache-2.0 */
/* A growable UTF-8 string. */
#ifndef SR_BASE_STR_H
#define SR_BASE_STR_H

#include "base/status.h"

/** Zero-initialize, then add; `data` is NULL or NUL-terminated. After a failed add `failed` is set and the contents
 *  stay as they were, so that a chain of adds needs one check at its end. */
struct sr_str {
    char *data;
    size_t len, cap;
    bool failed;
};

void sr_str_add(struct sr_str *s, const char *bytes, size_t len);
void sr_str_adds(struct sr_str *s, const char *text);
void sr_str_addf(struct sr_str *s, const char *format, ...) SR_PRINTF(2, 3);
void sr_str_addc(struct sr_str *s, char c);
/** Empties it and keeps the memory. */
void sr_str_clear(struct sr_str *s);
/** Keeps the first `len` bytes. */
void sr_str_cut(struct sr_str *s, size_t len);
/** Removes the first `n` bytes. */
void sr_str_shift(struct sr_str *s, size_t n);
void sr_str_deinit(struct sr_str *s);
/** Hands the text over to the caller, who frees it (never NULL unless an add failed), and empties `s`. */
char *sr_str_take(struct sr_str *s);

/** malloc'd copies; NULL when out of memory. `sr_strdup(NULL)` is NULL. */
char *sr_strdup(const char *text);
char *sr_strndup(const char *text, size_t len);
char *sr_asprintf(const char *format, ...) SR_PRINTF(1, 2);

/** Reads a whole file of at most `max_bytes` into a malloc'd NUL-terminated buffer. */
int sr_read_file(const char *path, size_t max_bytes, char **out, size_t *len, struct sarai_error *error);

/** Edit distance (insert, delete, replace) between two short ASCII names; used to suggest the nearest one. */
unsigned sr_edit_distance(const char *a, const char *b);
/** The fewest letters to be changed in `part` until it stands somewhere in `whole` (P. H. Sellers, The Theory and
 *  Computation of Evolutionary Distances, 1980); SIZE_MAX: out of memory. */
size_t sr_edits_within(const char *part, const char *whole);

#endif
