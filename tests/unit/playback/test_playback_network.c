/* SPDX-License-Identifier: Apache-2.0 */
#include "playback/playback.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#define RATE_HZ 24000
#define BLOCK 240

struct fixture {
    struct sr_clock *clock;
    struct sr_playback_opts opts;
    struct sr_playback *playback;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(sr_clock_new(true, &f->clock), SARAI_OK);
    assert_int_equal(sr_clock_join(f->clock), SARAI_OK);
    assert_int_equal(sr_opt_defaults(sr_playback_opts_table, &f->opts), SARAI_OK);
    f->opts.latency_ms = 40;
    assert_int_equal(sr_playback_network.open(&f->opts, NULL, f->clock, &f->playback, NULL), SARAI_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    assert_int_equal(sr_playback_network.close(f->playback, NULL), SARAI_OK);
    sr_opt_deinit(sr_playback_opts_table, &f->opts);
    sr_clock_leave(f->clock);
    sr_clock_free(f->clock);
    free(f);
    return 0;
}

static void write_level(struct fixture *f, float value) {
    float block[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = value;
    assert_int_equal(sr_playback_network.write(f->playback, block, BLOCK), SARAI_OK);
}

static void what_is_written_can_be_pulled_at_the_pace_of_the_clock(void **state) {
    struct fixture *f = *state;
    float got[2 * BLOCK];
    for (int b = 1; b <= 10; b++) {
        write_level(f, (float)b / 10);
        assert_int_equal(sr_clock_now_us(f->clock), b * 10000);
        assert_int_equal(sr_playback_network.pull(f->playback, got, 100, 0), 100);
        assert_int_equal(sr_playback_network.pull(f->playback, got + 100, sizeof got / sizeof *got - 100, 0), 140);
        assert_float_equal(got[0], (float)b / 10, 0);
        assert_float_equal(got[BLOCK - 1], (float)b / 10, 0);
    }
    assert_int_equal(sr_playback_network.delay(f->playback), RATE_HZ * 40 / 1000);
    assert_int_equal(sr_playback_network.pull(f->playback, got, 1, 30), 0); /* waits in vain */
    assert_int_equal(sr_clock_now_us(f->clock), 130000);
    assert_int_equal(sr_playback_network.dropped(f->playback), 0);
}

static void what_was_not_pulled_is_taken_back(void **state) {
    struct fixture *f = *state;
    float got[10 * BLOCK];
    size_t faded = 0;
    for (int b = 0; b < 8; b++)
        write_level(f, 0.5f);
    assert_int_equal(sr_playback_network.pull(f->playback, got, 3 * BLOCK, 0), 3 * BLOCK);
    assert_int_equal(sr_playback_network.delay(f->playback),
                     5 * BLOCK + RATE_HZ * 40 / 1000 < 8 * BLOCK ? 5 * BLOCK + RATE_HZ * 40 / 1000 : 8 * BLOCK);
    assert_int_equal(sr_playback_network.drop(f->playback, 120, &faded), 5 * BLOCK - 120);
    assert_int_equal(faded, 120);
    assert_int_equal(sr_playback_network.pull(f->playback, got, sizeof got / sizeof *got, 0), 120);
    for (int i = 0; i < 120; i++)
        assert_float_equal(got[i], 0.5f * (1 - (float)(i + 1) / 120), 1e-6);
}

static void what_nobody_pulls_is_bounded_and_counted(void **state) {
    struct fixture *f = *state;
    static float got[2 * RATE_HZ];
    for (int b = 0; b < 150; b++)
        write_level(f, 1);
    assert_int_equal(sr_playback_network.dropped(f->playback), RATE_HZ / 2);
    assert_int_equal(sr_playback_network.pull(f->playback, got, 2 * RATE_HZ, 0), RATE_HZ);
}

static void running_out_of_memory_leaves_nothing(void **state) {
    struct fixture *f = *state;
    for (int n = 1;; n++) {
        struct sr_playback *playback = NULL;
        sr_fail_alloc_at(n);
        const int rc = sr_playback_network.open(&f->opts, NULL, f->clock, &playback, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(sr_playback_network.close(playback, NULL), SARAI_OK);
            break;
        }
        assert_int_equal(rc, SARAI_ENOMEM);
        assert_null(playback);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_can_be_pulled_at_the_pace_of_the_clock),
        TEST(what_was_not_pulled_is_taken_back),
        TEST(what_nobody_pulls_is_bounded_and_counted),
        TEST(running_out_of_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
