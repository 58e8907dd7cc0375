/* SPDX-License-Identifier: Apache-2.0 */
#include "vad/mel.h"

#include "support/failing_alloc.h"
#include "support/signals.h"
#include "support/test.h"

#include "support/golden_smart_turn.h"

#define FEATURES (SR_MEL_BANDS * SR_MEL_FRAMES)
#define MOST (12 * 16000)

static struct sr_mel *mel;
static float features[FEATURES], others[FEATURES], samples[MOST];

static int setup(void **state) {
    (void)state;
    return sr_mel_new(&mel);
}

static int teardown(void **state) {
    (void)state;
    sr_mel_free(mel);
    return 0;
}

static void features_are_those_of_the_reference(void **state) {
    (void)state;
    assert_int_equal(test_signal_count, sizeof golden / sizeof *golden);
    for (int i = 0; i < test_signal_count; i++) {
        double sum = 0, squares = 0;
        assert_string_equal(golden[i].signal, test_signals[i].name);
        test_signal_make(i, samples);
        sr_mel_compute(mel, samples, test_signals[i].count, features);
        for (size_t k = 0; k < FEATURES; k++) {
            sum += features[k];
            squares += features[k] * features[k];
        }
        assert_float_equal(sum / FEATURES, golden[i].mean, 1e-6);
        assert_float_equal(squares / FEATURES, golden[i].mean_square, 1e-6);
        for (size_t k = 0; k < sizeof golden_places / sizeof *golden_places; k++)
            assert_float_equal(features[golden_places[k][0] * SR_MEL_FRAMES + golden_places[k][1]],
                               golden[i].features[k], 1e-6);
    }
}

static void only_the_last_8_seconds_count(void **state) {
    (void)state;
    const int longest = test_signal_count - 1;
    const size_t count = test_signals[longest].count;
    test_signal_make(longest, samples);
    assert_true(count > SR_MEL_SAMPLES);
    sr_mel_compute(mel, samples, count, features);
    sr_mel_compute(mel, samples + count - SR_MEL_SAMPLES, SR_MEL_SAMPLES, others);
    assert_memory_equal(features, others, sizeof features);
}

static void nothing_at_all_is_silence(void **state) {
    (void)state;
    memset(samples, 0, sizeof samples);
    sr_mel_compute(mel, samples, SR_MEL_SAMPLES, features);
    sr_mel_compute(mel, NULL, 0, others);
    assert_memory_equal(features, others, sizeof features);
}

static void a_softer_recording_gives_the_same_features(void **state) {
    (void)state;
    test_signal_make(2, samples);
    sr_mel_compute(mel, samples, test_signals[2].count, features);
    for (size_t i = 0; i < test_signals[2].count; i++)
        samples[i] *= 0.25f;
    sr_mel_compute(mel, samples, test_signals[2].count, others);
    for (size_t i = 0; i < FEATURES; i++)
        assert_float_equal(features[i], others[i], 1e-3);
}

static void without_memory_there_is_nothing(void **state) {
    (void)state;
    struct sr_mel *none = NULL;
    sr_fail_alloc_at(1);
    assert_int_equal(sr_mel_new(&none), SARAI_ENOMEM);
    sr_fail_alloc_off();
    assert_null(none);
    sr_mel_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_those_of_the_reference),
        cmocka_unit_test(only_the_last_8_seconds_count),
        cmocka_unit_test(nothing_at_all_is_silence),
        cmocka_unit_test(a_softer_recording_gives_the_same_features),
        cmocka_unit_test(without_memory_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
