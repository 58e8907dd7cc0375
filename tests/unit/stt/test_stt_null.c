/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/stt.h"
#include "support/failing_alloc.h"
#include "support/test.h"

struct fixture {
    struct sr_clock *clock;
    struct sr_stt_opts opts;
    struct sr_stt_model *model;
    struct sr_stt *stt;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    const struct sr_opt *script = sr_opt_find(sr_stt_opts_table, "script");
    assert_int_equal(sr_clock_new(true, &f->clock), SARAI_OK);
    assert_int_equal(sr_clock_join(f->clock), SARAI_OK);
    assert_int_equal(sr_opt_defaults(sr_stt_opts_table, &f->opts), SARAI_OK);
    assert_int_equal(sr_opt_set(script, &f->opts, "hola|qué hora es", "test", NULL), SARAI_OK);
    assert_int_equal(sr_stt_null.load(&f->opts, NULL, &f->model, NULL), SARAI_OK);
    assert_int_equal(sr_stt_null.open(f->model, &f->opts, f->clock, &f->stt, NULL), SARAI_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_stt_null.close(f->stt);
    sr_stt_null.unload(f->model);
    sr_opt_deinit(sr_stt_opts_table, &f->opts);
    sr_clock_leave(f->clock);
    sr_clock_free(f->clock);
    free(f);
    return 0;
}

static void expect(struct fixture *f, bool draft, const char *text) {
    struct sr_stt_result result = {0};
    assert_int_equal(sr_stt_null.decode(f->stt, NULL, 16000, draft, NULL, &result), SARAI_OK);
    assert_string_equal(result.text, text);
    assert_string_equal(result.language, "es");
    assert_int_equal(result.count, 1);
    assert_string_equal(result.segments[0].text, text);
    assert_int_equal(result.segments[0].end_ms, 1000);
    sr_stt_result_deinit(&result);
    assert_null(result.text);
    sr_stt_result_deinit(&result);
}

static void the_texts_come_in_turn_and_drafts_see_the_final_one(void **state) {
    struct fixture *f = *state;
    expect(f, true, "hola");
    expect(f, true, "hola");
    expect(f, false, "hola");
    expect(f, false, "qué hora es");
    expect(f, true, "hola");
}

static void a_decoding_takes_its_time_on_the_clock(void **state) {
    struct fixture *f = *state;
    f->opts.delay_ms = 125;
    expect(f, false, "hola");
    assert_int_equal(sr_clock_now_us(f->clock), 125000);
}

struct barge_in {
    struct sr_clock *clock;
    struct sr_epoch *epoch;
    int64_t at_us;
};

static void interrupt(void *arg) {
    struct barge_in *b = arg;
    sr_clock_sleep_until(b->clock, b->at_us);
    sr_epoch_open(b->epoch);
}

static void an_abort_is_obeyed_within_10_ms(void **state) {
    struct fixture *f = *state;
    struct sr_epoch epoch;
    struct sr_stt_result result = {0};
    struct sr_thread thread = {0};
    sr_epoch_init(&epoch, f->clock);
    f->opts.delay_ms = 1000;
    struct barge_in b = {.clock = f->clock, .epoch = &epoch, .at_us = 333333};
    const struct sr_abort abort = {.epoch = &epoch, .stamp = sr_epoch_stamp(&epoch)};
    assert_int_equal(sr_thread_start(&thread, f->clock, "barge-in", interrupt, &b), SARAI_OK);
    assert_int_equal(sr_stt_null.decode(f->stt, NULL, 16000, false, &abort, &result), SARAI_ESTALE);
    assert_true(sr_clock_now_us(f->clock) >= 333333 && sr_clock_now_us(f->clock) <= 343333);
    assert_null(result.text);
    sr_thread_join(&thread);
}

static void it_fails_when_told_to_and_then_works_again(void **state) {
    struct fixture *f = *state;
    struct sr_stt_result result = {0};
    f->opts.fail_after = 2;
    for (int i = 0; i < 3; i++) {
        expect(f, false, "hola");
        expect(f, false, "qué hora es");
        assert_int_equal(sr_stt_null.decode(f->stt, NULL, 16000, false, NULL, &result), SARAI_EINTERNAL);
        assert_null(result.text);
    }
}

static void running_out_of_memory_is_told(void **state) {
    struct fixture *f = *state;
    for (int n = 1;; n++) {
        struct sr_stt_model *model = NULL;
        struct sr_stt *stt = NULL;
        struct sr_stt_result result = {0};
        sr_fail_alloc_at(n);
        int rc = sr_stt_null.load(&f->opts, NULL, &model, NULL);
        if (rc == SARAI_OK)
            rc = sr_stt_null.open(model, &f->opts, f->clock, &stt, NULL);
        if (rc == SARAI_OK)
            rc = sr_stt_null.decode(stt, NULL, 16000, true, NULL, &result);
        sr_fail_alloc_off();
        assert_int_equal(rc, sr_fail_alloc_hit() ? SARAI_ENOMEM : SARAI_OK);
        assert_true(rc == SARAI_OK || !result.text);
        sr_stt_result_deinit(&result);
        sr_stt_null.close(stt);
        sr_stt_null.unload(model);
        if (rc == SARAI_OK)
            break;
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_texts_come_in_turn_and_drafts_see_the_final_one),
        TEST(a_decoding_takes_its_time_on_the_clock),
        TEST(an_abort_is_obeyed_within_10_ms),
        TEST(it_fails_when_told_to_and_then_works_again),
        TEST(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
