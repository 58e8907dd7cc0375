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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_is_relative_to_full_scale),
        cmocka_unit_test(silence_at_both_ends_is_trimmed_to_5_ms),
        cmocka_unit_test(a_silent_clip_becomes_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
