/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/join.h"

#include "support/test.h"

#include <math.h>

#define RATE 24000

/* A tone with quiet noise around it, as a voice gives it. */
static size_t voice(float *out, size_t before, size_t sound, size_t behind) {
    const size_t count = before + sound + behind;
    uint32_t random = 1;
    for (size_t i = 0; i < count; i++) {
        random = random * 1664525u + 1013904223u;
        out[i] = (float)(int32_t)random / 2147483648.0f * 2e-4f;
        if (i >= before && i < before + sound) {
            const size_t edge = i - before < before + sound - i ? i - before : before + sound - i;
            out[i] += 0.4f * fminf((float)edge / 100, 1) * sinf((float)i * 0.12f + 1);
        }
    }
    return count;
}

static float steepest(const float *samples, size_t count) {
    float most = 0;
    for (size_t i = 1; i < count; i++)
        most = fmaxf(most, fabsf(samples[i] - samples[i - 1]));
    return most;
}

static void both_ends_of_any_clip_are_silent(void **state) {
    (void)state;
    float samples[3000];
    for (unsigned joins = 0; joins < 4; joins++) {
        const size_t count = sr_join_edges(samples, voice(samples, 0, 3000, 0), RATE, joins);
        assert_int_equal(count, 3000);
        assert_true(fabsf(samples[0]) < 0.01f && fabsf(samples[count - 1]) < 0.01f);
    }
}

static void quiet_is_cut_away_only_where_the_sentence_goes_on(void **state) {
    (void)state;
    float samples[8000];
    const size_t whole = 1500 + 4000 + 2500;
    assert_int_equal(sr_join_edges(samples, voice(samples, 1500, 4000, 2500), RATE, 0), whole);
    const size_t tail = sr_join_edges(samples, voice(samples, 1500, 4000, 2500), RATE, SR_JOIN_BEHIND);
    assert_true(tail >= 1500 + 4000 && tail < 1500 + 4000 + RATE / 50);
    const size_t head = sr_join_edges(samples, voice(samples, 1500, 4000, 2500), RATE, SR_JOIN_BEFORE);
    assert_true(head >= 4000 + 2500 && head < 4000 + 2500 + RATE / 50);
    const size_t both = sr_join_edges(samples, voice(samples, 1500, 4000, 2500), RATE, SR_JOIN_BEFORE | SR_JOIN_BEHIND);
    assert_true(both >= 4000 && both < 4000 + RATE / 25);
}

static void two_joined_clips_overlap_without_a_jump(void **state) {
    (void)state;
    float first[5000], second[5000], all[10000] = {0};
    const size_t a = sr_join_edges(first, voice(first, 300, 4000, 700), RATE, SR_JOIN_BEHIND);
    const size_t b = sr_join_edges(second, voice(second, 500, 4000, 500), RATE, SR_JOIN_BEFORE);
    const size_t overlap = sr_join_overlap(RATE), at = a - overlap;
    assert_true(overlap >= RATE / 500 && overlap <= RATE / 100);
    for (size_t i = 0; i < a; i++)
        all[i] += first[i];
    for (size_t i = 0; i < b; i++)
        all[at + i] += second[i];
    assert_true(steepest(all + at - 200, overlap + 400) <= 1.1f * steepest(first + 1000, 2000));
}

static void a_clip_of_nothing_stays_nothing(void **state) {
    (void)state;
    float samples[10] = {0};
    assert_int_equal(sr_join_edges(samples, 0, RATE, SR_JOIN_BEFORE | SR_JOIN_BEHIND), 0);
    assert_true(sr_join_edges(samples, 10, RATE, SR_JOIN_BEFORE | SR_JOIN_BEHIND) <= 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_of_any_clip_are_silent),
        cmocka_unit_test(quiet_is_cut_away_only_where_the_sentence_goes_on),
        cmocka_unit_test(two_joined_clips_overlap_without_a_jump),
        cmocka_unit_test(a_clip_of_nothing_stays_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
