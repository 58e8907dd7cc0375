/* SPDX-License-Identifier: Apache-2.0 */
#include "vad/prosody.h"

#include "support/test.h"

#include <math.h>
#include <time.h>

#define RATE_HZ 16000
#define SECONDS 3
#define COUNT (SECONDS * RATE_HZ)
#define TWO_PI 6.283185307179586

static float samples[COUNT];

static float noise(uint32_t *random) {
    *random = *random * 1664525u + 1013904223u;
    return (float)(*random >> 8) / 8388608.0f - 1;
}

/* A voice of ten harmonics: `hz` at its end, its pitch and level changing steadily. Adds to [from, to). */
static void speak(size_t from, size_t to, double hz, double slope_st_per_s, double slope_db_per_s) {
    double phase = 0;
    for (size_t i = from; i < to; i++) {
        const double left_s = (double)(to - i) / RATE_HZ;
        phase += TWO_PI * hz * pow(2, -slope_st_per_s * left_s / 12) / RATE_HZ;
        for (int harmonic = 1; harmonic <= 10; harmonic++)
            samples[i] += (float)(0.1 * pow(10, -slope_db_per_s * left_s / 20) * sin(phase * harmonic) / harmonic);
    }
}

static void add_noise(size_t from, size_t to, float level) {
    uint32_t random = 7;
    for (size_t i = from; i < to; i++)
        samples[i] += level * noise(&random);
}

static struct sr_prosody measure(size_t speech_end) {
    struct sr_prosody prosody;
    sr_prosody_measure(samples, COUNT, speech_end, &prosody);
    return prosody;
}

static int clear(void **state) {
    (void)state;
    memset(samples, 0, sizeof samples);
    return 0;
}

static void a_glide_has_its_slope(void **state) {
    static const double slopes[] = {-12, -5, 0, 4, 9}, pitches_hz[] = {110, 150, 200, 240};
    for (size_t i = 0; i < sizeof slopes / sizeof *slopes; i++)
        for (size_t k = 0; k < sizeof pitches_hz / sizeof *pitches_hz; k++) {
            clear(state);
            speak(2 * RATE_HZ, COUNT, pitches_hz[k], slopes[i], 0);
            const struct sr_prosody prosody = measure(COUNT);
            assert_true(prosody.voiced);
            assert_float_equal(prosody.f0_slope_st_per_s, slopes[i], 0.3);
            assert_float_equal(prosody.voiced_tail_ms, 1000, 40);
            assert_float_equal(prosody.voiced_share, 1, 0.05);
        }
}

static void the_final_pitch_is_told_from_the_speaker_s_own(void **state) {
    (void)state;
    speak(1 * RATE_HZ, COUNT - RATE_HZ / 5, 160, 0, 0);
    speak(COUNT - RATE_HZ / 5, COUNT, 120, 0, 0);
    assert_float_equal(measure(COUNT).f0_final_st, 12 * log2(120.0 / 160), 0.3);
}

static void a_fading_voice_has_its_slope(void **state) {
    static const double slopes[] = {-25, -10, 0, 15};
    for (size_t i = 0; i < sizeof slopes / sizeof *slopes; i++) {
        clear(state);
        speak(2 * RATE_HZ, COUNT, 150, 0, slopes[i]);
        assert_float_equal(measure(COUNT).energy_slope_db_per_s, slopes[i], 2);
    }
}

static void only_the_last_voiced_stretch_is_the_tail(void **state) {
    (void)state;
    speak(RATE_HZ, COUNT - RATE_HZ / 2, 140, 0, 0);
    add_noise(COUNT - RATE_HZ / 2, COUNT - RATE_HZ / 5, 0.02f);
    speak(COUNT - RATE_HZ / 5, COUNT, 140, 0, 0);
    const struct sr_prosody prosody = measure(COUNT);
    assert_float_equal(prosody.voiced_tail_ms, 200, 40);
    assert_float_equal(prosody.voiced_share, 0.4, 0.1);
}

static void a_detector_that_is_late_changes_nothing(void **state) {
    (void)state;
    speak(RATE_HZ, 2 * RATE_HZ, 150, -6, -10);
    add_noise(0, COUNT, 0.0005f);
    const struct sr_prosody exact = measure(2 * RATE_HZ), late = measure(2 * RATE_HZ + RATE_HZ / 4);
    assert_float_equal(late.f0_slope_st_per_s, exact.f0_slope_st_per_s, 0.2);
    assert_float_equal(late.f0_final_st, exact.f0_final_st, 0.2);
    assert_float_equal(late.energy_slope_db_per_s, exact.energy_slope_db_per_s, 3);
    assert_float_equal(late.voiced_tail_ms, exact.voiced_tail_ms, 20);
}

static void noise_is_unvoiced(void **state) {
    (void)state;
    add_noise(0, COUNT, 0.1f);
    const struct sr_prosody prosody = measure(COUNT);
    assert_false(prosody.voiced);
    assert_true(prosody.f0_slope_st_per_s == 0 && prosody.f0_final_st == 0 && prosody.voiced_tail_ms == 0 &&
                prosody.voiced_share == 0);
    assert_float_equal(prosody.energy_slope_db_per_s, 0, 2);
}

static void silence_is_nothing(void **state) {
    (void)state;
    static const struct sr_prosody nothing;
    const struct sr_prosody prosody = measure(COUNT);
    assert_memory_equal(&prosody, &nothing, sizeof nothing);
}

static void very_short_sounds_are_measured_or_nothing(void **state) {
    (void)state;
    static const struct sr_prosody nothing;
    struct sr_prosody prosody;
    sr_prosody_measure(NULL, 0, 0, &prosody);
    assert_memory_equal(&prosody, &nothing, sizeof nothing);
    speak(0, COUNT, 200, 0, 0);
    for (size_t count = 0; count < 3000; count += 37) {
        float *copy = malloc(count * sizeof *copy + 1); /* so that a memory checker sees its end */
        memcpy(copy, samples, count * sizeof *copy);
        for (size_t end = 0; end <= count + 500; end += 113) {
            sr_prosody_measure(copy, count, end, &prosody);
            assert_true(isfinite(prosody.f0_slope_st_per_s) && isfinite(prosody.energy_slope_db_per_s));
            if (end < 800 || count < 800)
                assert_memory_equal(&prosody, &nothing, sizeof nothing);
        }
        free(copy);
    }
}

static void loudness_does_not_matter(void **state) {
    (void)state;
    speak(RATE_HZ, 2 * RATE_HZ, 170, -8, -15);
    add_noise(0, COUNT, 0.001f);
    const struct sr_prosody loud = measure(2 * RATE_HZ);
    for (size_t i = 0; i < COUNT; i++)
        samples[i] *= 0.03f;
    const struct sr_prosody soft = measure(2 * RATE_HZ);
    assert_true(loud.voiced && soft.voiced);
    assert_float_equal(soft.f0_slope_st_per_s, loud.f0_slope_st_per_s, 0.01);
    assert_float_equal(soft.f0_final_st, loud.f0_final_st, 0.01);
    assert_float_equal(soft.energy_slope_db_per_s, loud.energy_slope_db_per_s, 0.01);
    assert_float_equal(soft.voiced_tail_ms, loud.voiced_tail_ms, 1);
    assert_float_equal(soft.voiced_share, loud.voiced_share, 0.01);
}

static void a_measurement_costs_less_than_a_frame(void **state) {
    (void)state;
    struct timespec from, to;
    speak(0, COUNT, 100, 0, 0);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    for (int i = 0; i < 20; i++)
        measure(COUNT);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    const double us = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 20e3;
    print_message("%.0f us of one core a measurement\n", us);
    assert_true(us < 32000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_glide_has_its_slope, clear),
        cmocka_unit_test_setup(the_final_pitch_is_told_from_the_speaker_s_own, clear),
        cmocka_unit_test_setup(a_fading_voice_has_its_slope, clear),
        cmocka_unit_test_setup(only_the_last_voiced_stretch_is_the_tail, clear),
        cmocka_unit_test_setup(a_detector_that_is_late_changes_nothing, clear),
        cmocka_unit_test_setup(noise_is_unvoiced, clear),
        cmocka_unit_test_setup(silence_is_nothing, clear),
        cmocka_unit_test_setup(very_short_sounds_are_measured_or_nothing, clear),
        cmocka_unit_test_setup(loudness_does_not_matter, clear),
        cmocka_unit_test_setup(a_measurement_costs_less_than_a_frame, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
