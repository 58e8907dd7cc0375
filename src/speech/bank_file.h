/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an audio bank's file, for those who read and write it. */
#ifndef SR_SPEECH_BANK_FILE_H
#define SR_SPEECH_BANK_FILE_H

#include "speech/bank.h"
#include "speech/bank_pack.h"

#include <string.h>

#define SR_BANK_MAGIC "SARAIBNK"
#define SR_BANK_ORDER UINT32_C(0x01020304)
#define SR_BANK_VOICE_LEN 32

struct sr_bank_header {
    char magic[8];
    uint32_t order, version; /* bytes in another order, or another version: refused */
    char voice[SR_BANK_VOICE_LEN];
    uint64_t tables;   /* what the texts were read with */
    uint64_t bytes;    /* of the whole file */
    uint64_t index_at; /* entries by the hash of their text, then texts, each with its NUL, up to the end */
    uint64_t count;    /* of entries */
    uint64_t hash;     /* of the index, and of this header with a zero in its place */
};

struct sr_bank_entry {
    uint64_t text_hash, samples_hash, given;
    uint64_t samples_at, text_at; /* in the file */
    uint32_t samples, rate_hz, text_len, kind, cut_count, unused;
    uint32_t cuts[SR_BANK_CUTS];
};

#define SR_BANK_HASH_START UINT64_C(1469598103934665603)

/* FNV-1a, eight bytes at a time. */
static inline uint64_t sr_bank_hash(uint64_t h, const void *data, size_t len) {
    const uint8_t *bytes = data;
    for (; len >= 8; len -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        h = (h ^ word) * UINT64_C(1099511628211);
        h ^= h >> 29;
    }
    for (; len; len--)
        h = (h ^ *bytes++) * UINT64_C(1099511628211);
    return h;
}

static inline uint64_t sr_bank_hash_index(const struct sr_bank_header *header, const void *index) {
    struct sr_bank_header plain = *header;
    plain.hash = 0;
    return sr_bank_hash(sr_bank_hash(SR_BANK_HASH_START, &plain, sizeof plain), index,
                        (size_t)(header->bytes - header->index_at));
}

#endif
