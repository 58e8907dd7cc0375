/* SPDX-License-Identifier: Apache-2.0 */
/* The real Smart Turn: fails, and does not skip, when the model is missing. */
#include "vad/smart_turn.h"

#include "model/ort.h"
#include "support/failing_alloc.h"
#include "support/signals.h"
#include "support/test.h"

#include <time.h>

#include "support/golden_smart_turn.h"

struct fixture {
    struct sr_ort *ort;
    struct sr_smart_turn_model *model;
    struct sr_smart_turn *st;
};

static float samples[12 * 16000];

static int setup(void **state) {
    static struct fixture f;
    struct sarai_error error = {0};
    *state = &f;
    if (sr_ort_open(NULL, &f.ort, &error) < 0 || sr_smart_turn_load(NULL, f.ort, &f.model, &error) < 0 ||
        sr_smart_turn_open(f.model, &f.st, &error) < 0) {
        print_error("%s: %s\n", error.where, error.text);
        return -1;
    }
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_smart_turn_close(f->st);
    sr_smart_turn_unload(f->model);
    sr_ort_close(f->ort);
    return 0;
}

static float judge(struct sr_smart_turn *st, int signal) {
    float probability = -1;
    test_signal_make(signal, samples);
    assert_int_equal(sr_smart_turn_judge(st, samples, test_signals[signal].count, &probability), SARAI_OK);
    return probability;
}

static void the_judgement_is_that_of_the_reference(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < test_signal_count; i++) {
        const float probability = judge(f->st, i);
        print_message("%s: %.4f, reference %.4f\n", golden[i].signal, probability, golden[i].probability);
        if (golden[i].steady)
            assert_float_equal(probability, golden[i].probability, 0.005);
    }
}

static void one_call_leaves_nothing_for_the_next(void **state) {
    struct fixture *f = *state;
    struct sr_smart_turn *other = NULL;
    assert_int_equal(sr_smart_turn_open(f->model, &other, NULL), SARAI_OK);
    const float expected = judge(other, test_signal_count - 1);
    judge(f->st, 0);
    assert_true(judge(f->st, test_signal_count - 1) == expected);
    sr_smart_turn_close(other);
}

static void a_judgement_is_made_within_the_shortest_pause(void **state) {
    struct fixture *f = *state;
    struct timespec from, to;
    judge(f->st, 1);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    for (int i = 0; i < 5; i++)
        judge(f->st, 1);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    const double ms = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 5e6;
    print_message("%.1f ms of one core a judgement\n", ms);
    assert_true(ms < 200);
}

static void a_missing_model_is_named_with_the_command_that_gets_it(void **state) {
    struct fixture *f = *state;
    char *folder = test_folder();
    struct sr_model_opts opts = {.dir = folder};
    struct sr_smart_turn_model *model = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_smart_turn_load(&opts, f->ort, &model, &error), SARAI_EMODEL);
    assert_null(model);
    assert_non_null(strstr(error.text, "sarai models pull smart-turn"));
    test_folder_remove(folder);
}

static void running_out_of_memory_is_told(void **state) {
    struct fixture *f = *state;
    for (int n = 1;; n++) {
        struct sr_smart_turn_model *model = NULL;
        struct sr_smart_turn *st = NULL;
        sr_fail_alloc_at(n);
        int rc = sr_smart_turn_load(NULL, f->ort, &model, NULL);
        if (rc == SARAI_OK)
            rc = sr_smart_turn_open(model, &st, NULL);
        sr_fail_alloc_off();
        assert_int_equal(rc, sr_fail_alloc_hit() ? SARAI_ENOMEM : SARAI_OK);
        sr_smart_turn_close(st);
        sr_smart_turn_unload(model);
        if (rc == SARAI_OK)
            break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_judgement_is_that_of_the_reference),
        cmocka_unit_test(one_call_leaves_nothing_for_the_next),
        cmocka_unit_test(a_judgement_is_made_within_the_shortest_pause),
        cmocka_unit_test(a_missing_model_is_named_with_the_command_that_gets_it),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
