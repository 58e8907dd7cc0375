/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Answers to sounds that come again: the least recently used ones go when their bytes pass a bound. The key is the
 * sound itself, compared to the last sample; a hash only finds candidates.
 */
#ifndef SR_OMNI_CACHE_H
#define SR_OMNI_CACHE_H

#include "base/status.h"

struct sr_omni_entry;

/** Zero-initialize but for `most_bytes`; 0 keeps nothing. [one] */
struct sr_omni_cache {
    uint64_t most_bytes;
    uint64_t bytes, hits, misses;
    size_t count;
    struct sr_omni_entry *newest, *oldest;
};

/** The answer to these samples in that mode, borrowed until the next call; NULL when there is none. Does not count. */
const struct sarai_omni_result *sr_omni_cache_find(struct sr_omni_cache *cache, const float *samples, size_t count,
                                                   const char *mode);
/** Keeps a deep copy, unless it alone would pass the bound or memory is short. `mode` strings must be literals. */
void sr_omni_cache_add(struct sr_omni_cache *cache, const float *samples, size_t count,
                       const struct sarai_omni_result *result);
void sr_omni_cache_deinit(struct sr_omni_cache *cache);

#endif
