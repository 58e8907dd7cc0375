/* SPDX-License-Identifier: Apache-2.0 */
/* Sounds that come out the same, bit for bit, on every machine: integers all the way to the last division. */
#ifndef SR_TESTS_SIGNALS_H
#define SR_TESTS_SIGNALS_H

#include <stddef.h>
#include <stdint.h>

struct test_signal {
    const char *name;
    size_t count; /* samples at 16 kHz */
    int16_t (*at)(uint32_t *random, uint32_t *phase, uint32_t i);
};

extern const struct test_signal test_signals[];
extern const int test_signal_count;

/** Writes the `count` samples of signal `index`, -1 to 1. */
void test_signal_make(int index, float *samples);

#endif
