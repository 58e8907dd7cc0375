/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a with 64 bits (Fowler, Noll and Vo 1991): short and evenly spread, and no defense against anybody who looks for
 * two texts of one hash. */
#ifndef SR_BASE_HASH_H
#define SR_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Where a hash begins: not FNV's own number, but the one that files and caches were written with. */
#define SR_HASH_BEGIN UINT64_C(1469598103934665603)

/** `h`, gone on with `len` bytes. [any] */
static inline uint64_t sr_hash_bytes(uint64_t h, const void *bytes, size_t len) {
    for (const unsigned char *p = bytes; len; len--)
        h = (h ^ *p++) * UINT64_C(1099511628211);
    return h;
}

/** `h`, gone on with a text. [any] */
static inline uint64_t sr_hash_text(uint64_t h, const char *text) {
    return sr_hash_bytes(h, text, strlen(text));
}

#endif
