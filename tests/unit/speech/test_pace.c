/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/pace.h"

#include "support/test.h"

#include <string.h>

static uint32_t random_state = 1;

/* -1 to 1 */
static double noise(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (double)(random_state >> 8) / 8388608.0 - 1;
}

static double off(const struct sr_pace *pace, double truth) {
    const double error = pace->us_per_unit / truth - 1;
    return error < 0 ? -error : error;
}

static void it_is_within_a_tenth_after_five_clauses(void **state) {
    (void)state;
    for (int machine = 0; machine < 1000; machine++) {
        struct sr_pace pace = {0};
        const double truth = 4000 + 10 * machine;
        for (int i = 0; i < 5; i++) {
            const int units = 20 + (i * 37 + machine) % 120;
            sr_pace_add(&pace, units, (int64_t)(truth * units * (1 + 0.1 * noise())), 0);
        }
        if (off(&pace, truth) > 0.1)
            fail_msg("%g of %g", pace.us_per_unit, truth);
    }
}

static void a_machine_that_becomes_busy_is_followed(void **state) {
    (void)state;
    struct sr_pace pace = {0};
    for (int i = 0; i < 10; i++)
        sr_pace_add(&pace, 50, 50 * 10000, 0);
    double before = off(&pace, 30000);
    for (int i = 0; i < 12; i++) {
        sr_pace_add(&pace, 50, 50 * 30000, 0);
        assert_true(off(&pace, 30000) < before);
        before = off(&pace, 30000);
    }
    assert_true(before < 0.02);
}

static void a_clause_that_took_no_time_or_held_nothing_is_harmless(void **state) {
    (void)state;
    struct sr_pace pace = {0};
    assert_int_equal(sr_pace_predict_us(&pace, 100), 0);
    sr_pace_add(&pace, 0, 1000, 1000);
    sr_pace_add(&pace, 10, -1, 1);
    sr_pace_add(&pace, 10, 1, -1);
    assert_int_equal(pace.clauses, 0);
    sr_pace_add(&pace, 10, 0, 0);
    assert_int_equal(sr_pace_chars(&pace, 1000000), 0);
    assert_int_equal(sr_pace_predict_us(&pace, 100), 0);
    assert_true(sr_pace_units("") > 0);
    assert_true(sr_pace_units("En 1492") > sr_pace_units("En casa"));
    assert_int_equal(sr_pace_units("año"), sr_pace_units("ano"));
}

static void the_chance_of_an_interruption_grows_with_the_answer_and_with_what_is_heard(void **state) {
    (void)state;
    const struct sr_pace_answer brief = {.sentences_left = 0}, longer = {.sentences_left = 3},
                                lecture = {.sentences_left = 6}, ducked = {.yield = SR_YIELD_DUCK},
                                held = {.yield = SR_YIELD_HOLD};
    assert_float_equal(sr_pace_interrupt(&brief), 0.2, 1e-6);
    assert_true(sr_pace_interrupt(&longer) > 0.2f && sr_pace_interrupt(&longer) < 0.6f);
    assert_float_equal(sr_pace_interrupt(&lecture), 0.6, 1e-6);
    assert_true(sr_pace_interrupt(&ducked) > 0.7f && sr_pace_interrupt(&ducked) <= 0.9f);
    assert_true(sr_pace_interrupt(&held) > 0.9f);
    assert_int_equal(sr_pace_depth(0.7f), 3);
    assert_int_equal(sr_pace_depth(0.71f), 2);
    assert_int_equal(sr_pace_depth(0.91f), 0);
}

static void the_next_clause_begins_just_in_time(void **state) {
    (void)state;
    struct sr_pace pace = {0};
    struct sr_pace_answer answer = {0};
    sr_pace_add(&pace, 100, 1000000, 6000000);
    assert_int_equal(sr_pace_wait_us(&pace, 100, &answer), 0); /* nothing to hear: at once */
    answer.ahead_us = 2000000;
    assert_int_equal(sr_pace_wait_us(&pace, 100, &answer), 0);
    answer.ahead_us = 20000000;
    const int64_t wait_us = sr_pace_wait_us(&pace, 100, &answer);
    assert_true(wait_us > 0 && 20000000 - wait_us > 1000000); /* it will be ready before it is needed */
    assert_true(sr_pace_wait_us(&pace, 200, &answer) < wait_us);
    answer.yield = SR_YIELD_DUCK;
    assert_true(sr_pace_wait_us(&pace, 100, &answer) > wait_us);
}

static void nothing_is_made_for_an_answer_that_is_held(void **state) {
    (void)state;
    struct sr_pace pace = {0};
    struct sr_pace_answer answer = {.yield = SR_YIELD_HOLD, .ahead_us = 1000};
    assert_true(sr_pace_wait_us(&pace, 100, &answer) > 0);
    answer = (struct sr_pace_answer){.yield = SR_YIELD_DUCK, .clips_ahead = 2, .ahead_us = 1000};
    assert_true(sr_pace_wait_us(&pace, 100, &answer) > 0);
    answer.yield = SR_YIELD_NOTHING;
    assert_int_equal(sr_pace_wait_us(&pace, 100, &answer), 0);
    answer.clips_ahead = 3;
    assert_true(sr_pace_wait_us(&pace, 100, &answer) > 0);
}

/* A long answer spoken by the rule: how long each clause waits for the one before, and how much was made but not heard
 * when it is cut at any moment. */
static void on_time_there_is_no_gap_and_little_is_wasted(void **state) {
    (void)state;
    struct sr_pace pace = {0};
    int64_t now_us = 0, heard_until_us = 0, most_ahead_us = 0, gap_us = 0;
    for (int i = 0; i < 60; i++) {
        const int chars = sr_pace_chars(&pace, heard_until_us - now_us), wanted = 30 + i * 53 % 120;
        const int units = chars && chars < wanted ? chars : wanted;
        const int64_t audio_us = units * 60000, cost_us = (int64_t)(units * 18000 * (1 + 0.3 * noise()));
        struct sr_pace_answer answer = {.sentences_left = 60 - i,
                                        .ahead_us = heard_until_us > now_us ? heard_until_us - now_us : 0};
        now_us += sr_pace_wait_us(&pace, units, &answer);
        now_us += cost_us;
        sr_pace_add(&pace, units, cost_us, audio_us);
        if (i && now_us > heard_until_us)
            gap_us += now_us - heard_until_us;
        heard_until_us = (now_us > heard_until_us ? now_us : heard_until_us) + audio_us;
        if (heard_until_us - now_us > most_ahead_us)
            most_ahead_us = heard_until_us - now_us;
    }
    assert_int_equal(gap_us, 0);
    assert_true(most_ahead_us < 15000000);
}

/* Clauses of the size it says, by a voice of some real-time factor. */
static void a_clause_is_as_long_as_can_be_made_while_the_one_before_is_heard(void **state) {
    (void)state;
    const double sound_us = 50000;
    for (double rtf = 0.1; rtf < 0.7; rtf += 0.05) {
        struct sr_pace pace = {0};
        int64_t ahead_us = 30 * (int64_t)sound_us;
        sr_pace_add(&pace, 30, (int64_t)(30 * rtf * sound_us), 30 * (int64_t)sound_us);
        for (int i = 0; i < 40 && ahead_us < 60000000; i++) {
            char text[10001];
            const int chars = sr_pace_chars(&pace, ahead_us);
            assert_in_range(chars, 1, sizeof text - 1);
            memset(text, 'a', (size_t)chars);
            text[chars] = '\0';
            const int units = sr_pace_units(text);
            const int64_t cost_us = (int64_t)(units * rtf * sound_us * (1 + 0.08 * noise()));
            assert_true(cost_us <= ahead_us);
            ahead_us += units * (int64_t)sound_us - cost_us;
            sr_pace_add(&pace, units, cost_us, units * (int64_t)sound_us);
        }
        assert_true(ahead_us > 5000000); /* and the clauses grow */
    }
}

static void a_machine_slower_than_speech_does_not_chop_it(void **state) {
    (void)state;
    struct sr_pace pace = {0};
    assert_int_equal(sr_pace_chars(&pace, 1000000), 0);
    sr_pace_add(&pace, 30, 1100000, 1000000);
    assert_int_equal(sr_pace_chars(&pace, 1000000), 0);
    pace = (struct sr_pace){0};
    sr_pace_add(&pace, 30, 900000, 1000000);
    assert_int_equal(sr_pace_chars(&pace, 0), 0); /* nothing is heard: nothing to be in time for */
    assert_int_equal(sr_pace_chars(&pace, 100), 1);
    assert_true(sr_pace_chars(&pace, INT64_MAX) > 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_within_a_tenth_after_five_clauses),
        cmocka_unit_test(a_machine_that_becomes_busy_is_followed),
        cmocka_unit_test(a_clause_that_took_no_time_or_held_nothing_is_harmless),
        cmocka_unit_test(the_chance_of_an_interruption_grows_with_the_answer_and_with_what_is_heard),
        cmocka_unit_test(the_next_clause_begins_just_in_time),
        cmocka_unit_test(nothing_is_made_for_an_answer_that_is_held),
        cmocka_unit_test(a_clause_is_as_long_as_can_be_made_while_the_one_before_is_heard),
        cmocka_unit_test(a_machine_slower_than_speech_does_not_chop_it),
        cmocka_unit_test(on_time_there_is_no_gap_and_little_is_wasted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
