/* SPDX-License-Identifier: Apache-2.0 */
/* The same chance every time: splitmix64 (Steele, Lea, Flood 2014). */
#ifndef SR_LEARN_RANDOM_H
#define SR_LEARN_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t sr_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/** From 0 to 1, 1 excluded. */
static inline float sr_random_part(uint64_t *state) {
    return (float)(sr_random(state) >> 40) / (float)(1 << 24);
}

/** From 0 to `count` - 1. */
static inline size_t sr_random_below(uint64_t *state, size_t count) {
    return (size_t)(sr_random(state) % count);
}

static inline void sr_random_shuffle(uint32_t *order, size_t count, uint64_t *state) {
    for (size_t i = count; i > 1; i--) {
        const size_t j = sr_random_below(state, i);
        const uint32_t other = order[j];
        order[j] = order[i - 1];
        order[i - 1] = other;
    }
}

#endif
