/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/tts.h"

#include "support/failing_alloc.h"
#include "support/test.h"

struct fixture {
    struct sr_clock *clock;
    struct sr_epoch epoch;
    struct sr_tts *tts;
};

static void start(struct fixture *f, int delay_ms, int fail_after) {
    const struct sr_tts_opts opts = {.speed = 1, .delay_ms = delay_ms, .ms_per_char = 50, .fail_after = fail_after};
    assert_int_equal(sr_clock_new(true, &f->clock), SARAI_OK);
    assert_int_equal(sr_clock_join(f->clock), SARAI_OK);
    sr_epoch_init(&f->epoch, f->clock);
    assert_int_equal(sr_tts_null.open(&opts, NULL, NULL, f->clock, &f->tts, NULL), SARAI_OK);
}

static void stop(struct fixture *f) {
    sr_tts_null.close(f->tts);
    sr_clock_leave(f->clock);
    sr_clock_free(f->clock);
}

static int say(struct fixture *f, const char *text, float speed, struct sr_tts_clip *clip) {
    const struct sr_abort abort = {.epoch = &f->epoch, .stamp = sr_epoch_stamp(&f->epoch)};
    const struct sr_tts_job job = {.text = text, .speed = speed};
    return sr_tts_null.synthesize(f->tts, &job, &abort, clip, NULL);
}

static void a_clip_is_as_long_as_its_text(void **state) {
    (void)state;
    struct fixture f;
    struct sr_tts_clip clip = {0}, again = {0};
    start(&f, 0, 0);
    assert_int_equal(say(&f, "años", 0, &clip), SARAI_OK);
    assert_int_equal(clip.rate_hz, 24000);
    assert_int_equal(clip.count, 24000 * 4 * 50 / 1000);
    assert_int_equal(say(&f, "años", 0, &again), SARAI_OK);
    assert_memory_equal(clip.samples, again.samples, clip.count * sizeof(float));
    free(again.samples);
    assert_int_equal(say(&f, "años", 2, &again), SARAI_OK);
    assert_int_equal(again.count, clip.count / 2);
    free(again.samples);
    free(clip.samples);
    assert_int_equal(say(&f, "... 😀", 0, &clip), SARAI_OK);
    assert_null(clip.samples);
    stop(&f);
}

static void it_takes_the_time_it_was_told(void **state) {
    (void)state;
    struct fixture f;
    struct sr_tts_clip clip = {0};
    start(&f, 123, 0);
    const int64_t begin = sr_clock_now_us(f.clock);
    assert_int_equal(say(&f, "sí", 0, &clip), SARAI_OK);
    assert_int_equal(sr_clock_now_us(f.clock) - begin, 123000);
    free(clip.samples);
    stop(&f);
}

static void interrupt(void *arg) {
    struct fixture *f = arg;
    sr_clock_sleep_until(f->clock, 50000);
    sr_epoch_open(&f->epoch);
}

static void an_interrupted_clause_stops_within_a_slice(void **state) {
    (void)state;
    struct fixture f;
    struct sr_thread thread = {0};
    struct sr_tts_clip clip = {0};
    start(&f, 10000, 0);
    assert_int_equal(sr_thread_start(&thread, f.clock, "interrupt", interrupt, &f), SARAI_OK);
    assert_int_equal(say(&f, "sí", 0, &clip), SARAI_ESTALE);
    assert_true(sr_clock_now_us(f.clock) <= 60000);
    assert_null(clip.samples);
    sr_thread_join(&thread);
    stop(&f);
}

static void it_fails_after_as_many_clauses_as_asked(void **state) {
    (void)state;
    struct fixture f;
    struct sr_tts_clip clip = {0};
    start(&f, 0, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(say(&f, "sí", 0, &clip), SARAI_OK);
        free(clip.samples);
    }
    assert_int_equal(say(&f, "sí", 0, &clip), SARAI_EINTERNAL);
    assert_int_equal(say(&f, "sí", 0, &clip), SARAI_EINTERNAL);
    stop(&f);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    const struct sr_tts_opts opts = {.speed = 1, .ms_per_char = 50};
    struct sr_clock *clock = NULL;
    assert_int_equal(sr_clock_new(false, &clock), SARAI_OK);
    for (int n = 1;; n++) {
        const struct sr_tts_job job = {.text = "sí"};
        const struct sr_abort never = {0};
        struct sr_tts *tts = NULL;
        struct sr_tts_clip clip = {0};
        sr_fail_alloc_at(n);
        int rc = sr_tts_null.open(&opts, NULL, NULL, clock, &tts, NULL);
        if (rc == SARAI_OK)
            rc = sr_tts_null.synthesize(tts, &job, &never, &clip, NULL);
        sr_fail_alloc_off();
        free(clip.samples);
        sr_tts_null.close(tts);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            break;
        }
        assert_int_equal(rc, SARAI_ENOMEM);
    }
    sr_clock_free(clock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clip_is_as_long_as_its_text),
        cmocka_unit_test(it_takes_the_time_it_was_told),
        cmocka_unit_test(an_interrupted_clause_stops_within_a_slice),
        cmocka_unit_test(it_fails_after_as_many_clauses_as_asked),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
