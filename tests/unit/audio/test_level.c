/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/level.h"
#include "support/test.h"

#include <math.h>

static void a_level_is_relative_to_full_scale(void **state) {
    (void)state;
    float samples[100];
    for (int i = 0; i < 100; i++)
        samples[i] = i % 2 ? 0.1f : -0.1f;
    assert_true(fabsf(sr_level_db(samples, 100) + 20) < 0.01f);
    memset(samples, 0, sizeof samples);
    assert_true(sr_level_db(samples, 100) == -120);
    assert_true(sr_level_db(NULL, 0) == -120);
}

static void silence_at_both_ends_is_trimmed_to_5_ms(void **state) {
    (void)state;
    float samples[1600] = {0};
    for (int i = 500; i < 900; i++)
        samples[i] = 0.5f;
    size_t first = 0, last = 1600;
    sr_level_trim(samples, 16000, -40, &first, &last);
    assert_true(first <= 500 && first > 500 - 80);
    assert_true(last >= 900 && last < 900 + 80);
}

static void a_silent_clip_becomes_empty(void **state) {
    (void)state;
    float samples[1000] = {0};
    for (size_t count = 0; count <= 1000; count += 37) {
        size_t first = 0, last = count;
        sr_level_trim(samples, 16000, -40, &first, &last);
        assert_int_equal(first, last);
    }
}

static void fill_with_sine(float *samples, int count, double hz, int rate_hz, double amplitude, double phase) {
    for (int i = 0; i < count; i++)
        samples[i] = (float)(amplitude * sin(2 * 3.14159265358979 * hz * i / rate_hz + phase));
}

/* EBU Tech 3341: a sine of 1 kHz at -23 dB on both channels measures -23 LUFS; one channel alone is 3 LU less. */
/* A head of `click_ms` at `click` of full scale, `gap_ms` of quiet, and half a second of speech. */
static size_t behind(int click_ms, double click, int gap_ms) {
    static float samples[24000];
    memset(samples, 0, sizeof samples);
    fill_with_sine(samples + 2400, click_ms * 24, 300, 24000, click, 0);
    fill_with_sine(samples + 2400 + (click_ms + gap_ms) * 24, 12000, 300, 24000, 0.5, 0);
    return sr_level_behind_click(samples, 24000, 24000, 80);
}

static void a_click_and_the_quiet_behind_it_are_told_from_a_syllable(void **state) {
    (void)state;
    const size_t at = behind(40, 0.1, 60);
    assert_in_range(at, 2400 + 40 * 24, 2400 + 100 * 24);
    assert_int_equal(behind(40, 0.5, 60), 0);  /* as loud as speech */
    assert_int_equal(behind(120, 0.1, 60), 0); /* as long as a syllable */
    assert_int_equal(behind(40, 0.1, 15), 0);  /* no closure behind it */
    assert_int_equal(behind(0, 0, 0), 0);
    assert_int_equal(sr_level_behind_click(NULL, 0, 24000, 80), 0);
}

static void a_sine_of_1_khz_is_as_loud_as_its_level_at_any_rate(void **state) {
    (void)state;
    static const int rates[] = {16000, 22050, 24000, 44100, 48000};
    float *samples = malloc(48000 * sizeof *samples);
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        fill_with_sine(samples, rates[i], 997, rates[i], pow(10, -20 / 20.0), 0);
        assert_true(fabsf(sr_level_loudness_db(samples, (size_t)rates[i], rates[i]) + 23) < 0.1f);
    }
    free(samples);
}

static void pauses_and_length_do_not_change_the_loudness(void **state) {
    (void)state;
    float *samples = calloc(5 * 24000, sizeof *samples);
    fill_with_sine(samples + 24000, 24000, 440, 24000, 0.2, 0);
    const float alone = sr_level_loudness_db(samples + 24000, 24000, 24000);
    assert_true(fabsf(sr_level_loudness_db(samples, (size_t)5 * 24000, 24000) - alone) < 1.5f);
    assert_true(fabsf(sr_level_loudness_db(samples + 24000, 2400, 24000) - alone) < 1);
    memset(samples, 0, 24000 * sizeof *samples);
    assert_true(sr_level_loudness_db(samples, 24000, 24000) == -120);
    assert_true(sr_level_loudness_db(samples, 0, 24000) == -120);
    free(samples);
}

static void low_sounds_count_less_than_high_ones(void **state) {
    (void)state;
    float samples[16000];
    fill_with_sine(samples, 16000, 40, 16000, 0.2, 0);
    const float low = sr_level_loudness_db(samples, 16000, 16000);
    fill_with_sine(samples, 16000, 4000, 16000, 0.2, 0);
    assert_true(sr_level_loudness_db(samples, 16000, 16000) > low + 5);
}

/* At a quarter of the rate the samples of this sine miss its peaks by 3 dB. */
static void a_peak_between_two_samples_is_found(void **state) {
    (void)state;
    float samples[4000];
    fill_with_sine(samples, 4000, 4000, 16000, 0.5, 3.14159265358979 / 4);
    assert_true(fabsf(sr_level_true_peak_db(samples, 4000) + 6.02f) < 0.3f);
    assert_true(sr_level_true_peak_db(NULL, 0) == -120);
    memset(samples, 0, sizeof samples);
    samples[2000] = -0.5f;
    assert_true(fabsf(sr_level_true_peak_db(samples, 4000) + 6.02f) < 0.1f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sine_of_1_khz_is_as_loud_as_its_level_at_any_rate),
        cmocka_unit_test(pauses_and_length_do_not_change_the_loudness),
        cmocka_unit_test(low_sounds_count_less_than_high_ones),
        cmocka_unit_test(a_peak_between_two_samples_is_found),
        cmocka_unit_test(a_level_is_relative_to_full_scale),
        cmocka_unit_test(silence_at_both_ends_is_trimmed_to_5_ms),
        cmocka_unit_test(a_silent_clip_becomes_empty),
        cmocka_unit_test(a_click_and_the_quiet_behind_it_are_told_from_a_syllable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
