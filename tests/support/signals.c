/* SPDX-License-Identifier: Apache-2.0 */
#include "support/signals.h"

#define SECOND 16000u
#define CYCLE 4294967296.0 /* a phase goes round once in 2^32 */
#define STEP(hz) ((uint32_t)((hz) * (CYCLE / SECOND)))

static int32_t noise(uint32_t *random) {
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    return (int32_t)(*random >> 16) - 32768;
}

/* A sine to the ear: two parabolas, -16384 to 16384. */
static int32_t wave(uint32_t phase) {
    const int32_t x = (int32_t)(phase >> 16) - 32768;
    return x * (32768 - (x < 0 ? -x : x)) / 16384;
}

/* Loudness of a syllable: up and down `a_second` times a second, 0 to 256. */
static int32_t syllable(uint32_t i, uint32_t a_second) {
    const int32_t at = (int32_t)(i % (SECOND / a_second) * 512 / (SECOND / a_second));
    return at < 256 ? at : 512 - at;
}

/* Six harmonics that grow weaker; the pitch goes from one frequency to the other in `length` samples, over and over. */
static int16_t voice(uint32_t *phase, uint32_t i, uint32_t from, uint32_t to, uint32_t length, uint32_t syllables) {
    int32_t sum = 0;
    *phase += from + (uint32_t)(((int64_t)to - from) * (i % length) / length);
    for (uint32_t harmonic = 1; harmonic <= 6; harmonic++)
        sum += wave(*phase * harmonic) / (int32_t)harmonic;
    return (int16_t)(sum / 4 * syllable(i, syllables) / 256);
}

static int16_t silence(uint32_t *random, uint32_t *phase, uint32_t i) {
    (void)random, (void)phase, (void)i;
    return 0;
}

static int16_t click(uint32_t *random, uint32_t *phase, uint32_t i) {
    (void)random, (void)phase;
    return i == 60 ? 20000 : 0;
}

static int16_t modulated_noise(uint32_t *random, uint32_t *phase, uint32_t i) {
    (void)phase;
    return (int16_t)(noise(random) / 4 * syllable(i, 4) / 256);
}

/* 50 Hz to 7 kHz in 8 s. */
static int16_t chirp(uint32_t *random, uint32_t *phase, uint32_t i) {
    (void)random;
    *phase += STEP(50) + STEP(6950) / (8 * SECOND) * i;
    return (int16_t)(wave(*phase) / 2);
}

/* Speaks, then is quiet but for the room. */
static int16_t falling_voice(uint32_t *random, uint32_t *phase, uint32_t i) {
    const int32_t room = noise(random) / 512;
    return (int16_t)((i < 11 * SECOND / 4 ? voice(phase, i, STEP(160), STEP(80), 11 * SECOND / 4, 4) : 0) + room);
}

static int16_t rising_voice(uint32_t *random, uint32_t *phase, uint32_t i) {
    const int32_t room = noise(random) / 256;
    return (int16_t)((i < SECOND ? voice(phase, i, STEP(150), STEP(300), SECOND, 2) : 0) + room);
}

static int16_t endless_voice(uint32_t *random, uint32_t *phase, uint32_t i) {
    return (int16_t)(voice(phase, i, STEP(160), STEP(140), 4 * SECOND, 4) + noise(random) / 256);
}

const struct test_signal test_signals[] = {
    {"silence", 5 * SECOND, silence},
    {"click", 100, click},
    {"modulated noise", 3 * SECOND, modulated_noise},
    {"chirp", 8 * SECOND, chirp},
    {"falling voice", 3 * SECOND, falling_voice},
    {"rising voice", 13 * SECOND / 10, rising_voice},
    {"endless voice", 11 * SECOND + 77, endless_voice},
};

const int test_signal_count = sizeof test_signals / sizeof *test_signals;

void test_signal_make(int index, float *samples) {
    const struct test_signal *signal = &test_signals[index];
    uint32_t random = 2463534242u, phase = 0;
    for (uint32_t i = 0; i < signal->count; i++)
        samples[i] = (float)signal->at(&random, &phase, i) / 32768.0f;
}
