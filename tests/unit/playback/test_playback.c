/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/decode.h"
#include "playback/playback.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <unistd.h>

#define RATE_HZ 24000
#define BLOCK 480 /* 20 ms */

struct fixture {
    struct sr_clock *clock;
    struct sr_playback_opts opts;
    struct sr_playback *playback;
    char *folder, *path;
    float block[BLOCK];
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = test_folder();
    f->path = sr_asprintf("%s/reply.wav", f->folder);
    assert_int_equal(sr_clock_new(true, &f->clock), SARAI_OK);
    assert_int_equal(sr_clock_join(f->clock), SARAI_OK);
    assert_int_equal(sr_opt_defaults(sr_playback_opts_table, &f->opts), SARAI_OK);
    assert_int_equal(f->opts.rate_hz, RATE_HZ);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    assert_int_equal(sr_playback_file.close(NULL, NULL), SARAI_OK);
    assert_int_equal(sr_playback_null.close(NULL, NULL), SARAI_OK);
    sr_opt_deinit(sr_playback_opts_table, &f->opts);
    sr_clock_leave(f->clock);
    sr_clock_free(f->clock);
    test_folder_remove(f->folder);
    free(f->path);
    free(f);
    return 0;
}

static void fill(struct fixture *f, float value) {
    for (size_t i = 0; i < BLOCK; i++)
        f->block[i] = value;
}

static void the_file_is_as_long_as_the_time_that_passed(void **state) {
    struct fixture *f = *state;
    float *samples = NULL;
    size_t count = 0;
    sr_clock_sleep_until(f->clock, 123);
    assert_int_equal(sr_playback_file.open(&f->opts, f->path, f->clock, &f->playback, NULL), SARAI_OK);
    for (int64_t k = 0; k < 500; k++) {
        assert_int_equal(sr_clock_now_us(f->clock), 123 + k * 20000);
        fill(f, k % 2 ? 0.5f : 0);
        assert_int_equal(sr_playback_file.write(f->playback, f->block, BLOCK), SARAI_OK);
        assert_int_equal(sr_playback_file.delay(f->playback), 0);
    }
    assert_int_equal(sr_playback_file.close(f->playback, NULL), SARAI_OK);
    assert_int_equal(sr_decode_file(f->path, RATE_HZ, &samples, &count, NULL), SARAI_OK);
    assert_int_equal(count, 500 * BLOCK);
    for (size_t i = 0; i < count; i++)
        assert_true(i / BLOCK % 2 ? samples[i] > 0.49f : samples[i] == 0);
    assert_int_equal(test_folder_count(f->folder), 1);
    free(samples);
}

static void odd_blocks_do_not_drift(void **state) {
    struct fixture *f = *state;
    f->opts.rate_hz = 22050;
    assert_int_equal(sr_playback_file.open(&f->opts, NULL, f->clock, &f->playback, NULL), SARAI_OK);
    for (int64_t k = 1; k <= 22050; k++) {
        assert_int_equal(sr_playback_file.write(f->playback, f->block, 7), SARAI_OK);
        assert_int_equal(sr_clock_now_us(f->clock), k * 7 * 1000000 / 22050);
    }
    assert_int_equal(sr_clock_now_us(f->clock), 7000000);
    assert_int_equal(sr_playback_file.close(f->playback, NULL), SARAI_OK);
}

static void a_late_writer_catches_up_without_sleeping(void **state) {
    struct fixture *f = *state;
    const struct sr_playback_backend *backends[] = {&sr_playback_file, &sr_playback_null};
    for (int i = 0; i < 2; i++) {
        int64_t start = sr_clock_now_us(f->clock);
        assert_int_equal(backends[i]->open(&f->opts, NULL, f->clock, &f->playback, NULL), SARAI_OK);
        assert_int_equal(backends[i]->write(f->playback, f->block, BLOCK), SARAI_OK);
        sr_clock_sleep_until(f->clock, start + 100000);
        for (int k = 0; k < 4; k++)
            assert_int_equal(backends[i]->write(f->playback, f->block, BLOCK), SARAI_OK);
        assert_int_equal(sr_clock_now_us(f->clock), start + 100000);
        assert_int_equal(backends[i]->write(f->playback, f->block, BLOCK), SARAI_OK);
        assert_int_equal(sr_clock_now_us(f->clock), start + 120000);
        assert_int_equal(backends[i]->close(f->playback, NULL), SARAI_OK);
    }
}

static void a_place_that_cannot_be_written_is_told_at_open(void **state) {
    struct fixture *f = *state;
    struct sarai_error error = {0};
    assert_int_equal(sr_playback_file.open(&f->opts, f->folder, f->clock, &f->playback, &error), SARAI_EIO);
    assert_non_null(strstr(error.text, "folder"));
    assert_null(f->playback);
}

static void a_folder_that_vanishes_is_told_at_close(void **state) {
    struct fixture *f = *state;
    struct sarai_error error = {0};
    char *folder = test_folder(), *path = sr_asprintf("%s/reply.wav", folder);
    assert_int_equal(sr_playback_file.open(&f->opts, path, f->clock, &f->playback, NULL), SARAI_OK);
    test_folder_remove(folder);
    assert_int_equal(sr_playback_file.write(f->playback, f->block, BLOCK), SARAI_OK);
    assert_int_equal(sr_playback_file.close(f->playback, &error), SARAI_EIO);
    assert_string_equal(error.where, path);
    free(path);
}

static void latency_is_what_is_written_and_not_yet_heard(void **state) {
    struct fixture *f = *state;
    f->opts.latency_ms = 50;
    assert_int_equal(sr_playback_null.open(&f->opts, NULL, f->clock, &f->playback, NULL), SARAI_OK);
    assert_int_equal(sr_playback_null.delay(f->playback), 0);
    const size_t expected[] = {480, 960, 1200, 1200};
    for (int k = 0; k < 4; k++) {
        assert_int_equal(sr_playback_null.write(f->playback, f->block, BLOCK), SARAI_OK);
        assert_int_equal(sr_playback_null.delay(f->playback), expected[k]);
    }
    assert_int_equal(sr_playback_null.close(f->playback, NULL), SARAI_OK);
}

static void what_waits_in_front_of_the_card_can_be_taken_back(void **state) {
    struct fixture *f = *state;
    size_t faded = 0;
    f->opts.latency_ms = 50;
    f->opts.buffer_ms = 40;
    assert_int_equal(sr_playback_null.open(&f->opts, NULL, f->clock, &f->playback, NULL), SARAI_OK);
    assert_int_equal(sr_playback_null.drop(f->playback, 120, &faded), 0);
    assert_int_equal(faded, 0);
    const int64_t expected_us[] = {0, 0, 20000, 40000, 60000};
    for (int k = 0; k < 5; k++) {
        assert_int_equal(sr_playback_null.write(f->playback, f->block, BLOCK), SARAI_OK);
        assert_int_equal(sr_clock_now_us(f->clock), expected_us[k]);
    }
    assert_int_equal(sr_playback_null.delay(f->playback), RATE_HZ * 90 / 1000);
    assert_int_equal(sr_playback_null.drop(f->playback, 120, &faded), RATE_HZ * 40 / 1000 - 120);
    assert_int_equal(faded, 120);
    assert_int_equal(sr_playback_null.delay(f->playback), RATE_HZ * 50 / 1000 + 120);
    assert_int_equal(sr_playback_null.drop(f->playback, 240, &faded), 0); /* what fades is all that is left */
    assert_int_equal(faded, 120);
    assert_int_equal(sr_playback_null.write(f->playback, f->block, BLOCK), SARAI_OK);
    assert_int_equal(sr_clock_now_us(f->clock), 60000); /* there is room again */
    assert_int_equal(sr_playback_null.close(f->playback, NULL), SARAI_OK);
}

static void a_lost_device_comes_back_after_its_time(void **state) {
    struct fixture *f = *state;
    f->opts.fail_after = 2;
    f->opts.return_ms = 300;
    assert_int_equal(sr_playback_null.open(&f->opts, NULL, f->clock, &f->playback, NULL), SARAI_OK);
    for (int round = 0; round < 3; round++) {
        int64_t start = sr_clock_now_us(f->clock);
        assert_int_equal(sr_playback_null.write(f->playback, f->block, BLOCK), SARAI_OK);
        assert_int_equal(sr_playback_null.write(f->playback, f->block, BLOCK), SARAI_OK);
        assert_int_equal(sr_clock_now_us(f->clock), start + 40000);
        assert_int_equal(sr_playback_null.write(f->playback, f->block, BLOCK), SARAI_EDEVICE);
        sr_clock_sleep_until(f->clock, start + 40000 + 299999);
        assert_int_equal(sr_playback_null.write(f->playback, f->block, BLOCK), SARAI_EDEVICE);
        sr_clock_sleep_until(f->clock, start + 40000 + 300000);
    }
    assert_int_equal(sr_playback_null.close(f->playback, NULL), SARAI_OK);
}

static void running_out_of_memory_leaves_nothing(void **state) {
    struct fixture *f = *state;
    const struct sr_playback_backend *backends[] = {&sr_playback_file, &sr_playback_null};
    for (int i = 0; i < 2; i++)
        for (int n = 1;; n++) {
            struct sr_playback *playback = NULL;
            sr_fail_alloc_at(n);
            int rc = backends[i]->open(&f->opts, f->path, f->clock, &playback, NULL);
            sr_fail_alloc_off();
            if (!sr_fail_alloc_hit()) {
                assert_int_equal(rc, SARAI_OK);
                assert_int_equal(backends[i]->close(playback, NULL), SARAI_OK);
                unlink(f->path);
                break;
            }
            assert_int_equal(rc, SARAI_ENOMEM);
            assert_null(playback);
            assert_int_equal(test_folder_count(f->folder), 0);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_file_is_as_long_as_the_time_that_passed),
        TEST(odd_blocks_do_not_drift),
        TEST(a_late_writer_catches_up_without_sleeping),
        TEST(a_place_that_cannot_be_written_is_told_at_open),
        TEST(a_folder_that_vanishes_is_told_at_close),
        TEST(latency_is_what_is_written_and_not_yet_heard),
        TEST(what_waits_in_front_of_the_card_can_be_taken_back),
        TEST(a_lost_device_comes_back_after_its_time),
        TEST(running_out_of_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
