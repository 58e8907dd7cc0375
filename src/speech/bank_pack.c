/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/bank_pack.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define ORDERS 3  /* nothing, the sample before, a line through the two before */
#define SHIFTS 10 /* steps of 1 to 512 */

/* The last two samples as they come back. */
struct past {
    int32_t one, two;
};

static int32_t clamp(int32_t value, int32_t least, int32_t most) {
    return value < least ? least : value > most ? most : value;
}

static int32_t predict(const struct past *past, int order) {
    return order == 0 ? 0 : order == 1 ? past->one : clamp(2 * past->one - past->two, INT16_MIN, INT16_MAX);
}

static int32_t restore(struct past *past, int order, int shift, int32_t missed) {
    const int32_t value = clamp(predict(past, order) + missed * (1 << shift), INT16_MIN, INT16_MAX);
    past->two = past->one;
    past->one = value;
    return value;
}

static int32_t nearest(int32_t difference, int shift) {
    const int32_t half = shift ? 1 << (shift - 1) : 0;
    return difference < 0 ? -((-difference + half) >> shift) : (difference + half) >> shift;
}

/* Tries one way; false when the steps are too small for what is missed. `*noise` becomes the energy of the error. */
static bool try_block(const int32_t *block, size_t count, int order, int shift, struct past *past, int8_t *missed,
                      int64_t *noise) {
    *noise = 0;
    for (size_t i = 0; i < count; i++) {
        const int32_t q = nearest(block[i] - predict(past, order), shift);
        if (q < INT8_MIN || q > INT8_MAX)
            return false;
        missed[i] = (int8_t)q;
        const int64_t error = block[i] - restore(past, order, shift, q);
        *noise += error * error;
    }
    return true;
}

static void pack_block(const int32_t *block, size_t count, struct past *past, uint8_t *packed) {
    const struct past before = *past;
    int64_t least = INT64_MAX, noise;
    int8_t missed[SR_BANK_BLOCK];
    for (int order = 0; order < ORDERS; order++)
        for (int shift = 0; shift < SHIFTS; shift++) {
            struct past after = before;
            if (!try_block(block, count, order, shift, &after, missed, &noise))
                continue;
            if (noise < least) {
                least = noise;
                packed[0] = (uint8_t)(order << 4 | shift);
                memcpy(packed + 1, missed, count);
                *past = after;
            }
            break;
        }
}

void sr_bank_pack(const float *samples, size_t count, uint8_t *packed) {
    struct past past = {0};
    int32_t block[SR_BANK_BLOCK];
    for (size_t at = 0; at < count; at += SR_BANK_BLOCK) {
        const size_t left = count - at, here = left < SR_BANK_BLOCK ? left : SR_BANK_BLOCK;
        for (size_t i = 0; i < here; i++)
            block[i] = (int32_t)lrintf(fminf(fmaxf(samples[at + i], -1), 1) * INT16_MAX);
        pack_block(block, here, &past, packed);
        packed += here + 1;
    }
}

void sr_bank_unpack(const uint8_t *packed, size_t count, float *samples) {
    struct past past = {0};
    for (size_t at = 0; at < count; at += SR_BANK_BLOCK, packed += SR_BANK_BLOCK + 1) {
        const size_t left = count - at, here = left < SR_BANK_BLOCK ? left : SR_BANK_BLOCK;
        const int order = packed[0] >> 4, shift = packed[0] & 15;
        for (size_t i = 0; i < here; i++)
            samples[at + i] = (float)restore(&past, order, shift, (int8_t)packed[1 + i]) / INT16_MAX;
    }
}
