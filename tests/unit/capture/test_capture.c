/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/level.h"
#include "audio/wav.h"
#include "capture/capture.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>
#include <unistd.h>

struct fixture {
    struct sr_clock *clock;
    struct sr_capture_opts opts;
    struct sr_capture *capture;
    char *folder;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = test_folder();
    assert_int_equal(sr_clock_new(true, &f->clock), SARAI_OK);
    assert_int_equal(sr_clock_join(f->clock), SARAI_OK);
    assert_int_equal(sr_opt_defaults(sr_capture_opts_table, &f->opts), SARAI_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_capture_file.close(NULL);
    sr_capture_null.close(NULL);
    sr_opt_deinit(sr_capture_opts_table, &f->opts);
    sr_clock_leave(f->clock);
    sr_clock_free(f->clock);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static void open_null(struct fixture *f, const char *script) {
    assert_int_equal(sr_opt_set(sr_opt_find(sr_capture_opts_table, "script"), &f->opts, script, "test", NULL),
                     SARAI_OK);
    assert_int_equal(sr_capture_null.open(&f->opts, f->clock, &f->capture, NULL), SARAI_OK);
}

/* A file of `count` samples of one value. */
static char *level_file(struct fixture *f, const char *name, size_t count, float value) {
    char *path = sr_asprintf("%s/%s", f->folder, name);
    struct sr_wav *wav = NULL;
    assert_int_equal(sr_wav_create(path, SR_RATE_HZ, 1, &wav, NULL), SARAI_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(sr_wav_write(wav, &value, 1), SARAI_OK);
    assert_int_equal(sr_wav_commit(wav, NULL), SARAI_OK);
    return path;
}

static int hear(struct fixture *f, const char *name, size_t count, float value) {
    char *path = level_file(f, name, count, value);
    int rc = sr_capture_file.hear_file(f->capture, path, NULL);
    free(path);
    return rc;
}

static bool is_all(const struct sr_frame *frame, size_t from, size_t to, float value) {
    for (size_t i = from; i < to; i++)
        if (fabsf(frame->samples[i] - value) > 0.001f)
            return false;
    return true;
}

/* ------------------------------------------------------------------------------------------------------ files -- */

static void silence_comes_at_the_pace_of_the_clock_when_there_is_no_file(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    assert_int_equal(sr_capture_file.open(&f->opts, f->clock, &f->capture, NULL), SARAI_OK);
    sr_clock_sleep_until(f->clock, 777);
    for (int64_t n = 0; n < 100000; n++) {
        assert_int_equal(sr_capture_file.read(f->capture, &frame), 1);
        assert_int_equal(frame.time_us, 777 + (n + 1) * SR_FRAME_US);
        assert_int_equal(sr_clock_now_us(f->clock), frame.time_us);
    }
    assert_true(is_all(&frame, 0, SR_FRAME_SAMPLES, 0));
    assert_int_equal(frame.flags, 0);
    sr_capture_file.close(f->capture);
}

static void files_follow_each_other_without_a_gap_and_the_end_of_the_last_is_marked(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    assert_int_equal(sr_capture_file.open(&f->opts, f->clock, &f->capture, NULL), SARAI_OK);
    assert_int_equal(hear(f, "a.wav", 2 * SR_FRAME_SAMPLES, 0.25f), SARAI_OK);
    assert_int_equal(hear(f, "b.wav", SR_FRAME_SAMPLES + 100, 0.5f), SARAI_OK);
    const float expected[] = {0.25f, 0.25f, 0.5f};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sr_capture_file.read(f->capture, &frame), 1);
        assert_int_equal(frame.flags, 0);
        assert_true(is_all(&frame, 0, SR_FRAME_SAMPLES, expected[i]));
    }
    assert_int_equal(sr_capture_file.read(f->capture, &frame), 1);
    assert_true(is_all(&frame, 0, 100, 0.5f));
    assert_true(is_all(&frame, 100, SR_FRAME_SAMPLES, 0));
    assert_int_equal(frame.flags, SR_FRAME_END);
    assert_int_equal(hear(f, "c.wav", 100, 0.75f), SARAI_OK); /* shorter than a frame */
    assert_int_equal(sr_capture_file.read(f->capture, &frame), 1);
    assert_int_equal(frame.flags, SR_FRAME_END);
    assert_int_equal(sr_capture_file.read(f->capture, &frame), 1);
    assert_int_equal(frame.flags, 0);
    assert_int_equal(hear(f, "d.wav", SR_FRAME_SAMPLES, 0.75f), SARAI_OK);
    sr_capture_file.close(f->capture); /* with a file that nobody heard */
}

static void a_late_reader_catches_up_without_sleeping(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    assert_int_equal(sr_capture_file.open(&f->opts, f->clock, &f->capture, NULL), SARAI_OK);
    assert_int_equal(sr_capture_file.read(f->capture, &frame), 1);
    sr_clock_sleep_until(f->clock, 1000000);
    for (int64_t n = 2; n <= 31; n++) {
        assert_int_equal(sr_capture_file.read(f->capture, &frame), 1);
        assert_int_equal(frame.time_us, n * SR_FRAME_US);
        assert_int_equal(sr_clock_now_us(f->clock), 1000000);
    }
    assert_int_equal(sr_capture_file.read(f->capture, &frame), 1);
    assert_int_equal(sr_clock_now_us(f->clock), 32 * SR_FRAME_US);
    sr_capture_file.close(f->capture);
}

static void a_bad_file_is_refused_at_once_and_harms_nothing(void **state) {
    struct fixture *f = *state;
    struct sarai_error error = {0};
    char *text = test_file(f->folder, "text.wav", "no sound");
    assert_int_equal(sr_capture_file.open(&f->opts, f->clock, &f->capture, NULL), SARAI_OK);
    assert_int_equal(sr_capture_file.hear_file(f->capture, text, &error), SARAI_EINPUT);
    assert_string_equal(error.where, text);
    assert_int_equal(hear(f, "silent.wav", 0, 0), SARAI_EINPUT); /* a header and nothing else */
    sr_capture_file.close(f->capture);
    free(text);
}

static void a_file_that_breaks_off_is_heard_up_to_there(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    char *path = level_file(f, "cut.wav", 16000, 0.5f);
    assert_int_equal(truncate(path, 44 + 2 * 600), 0);
    assert_int_equal(sr_capture_file.open(&f->opts, f->clock, &f->capture, NULL), SARAI_OK);
    assert_int_equal(sr_capture_file.hear_file(f->capture, path, NULL), SARAI_OK);
    uint32_t flags = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sr_capture_file.read(f->capture, &frame), 1);
        flags |= frame.flags;
    }
    assert_true(is_all(&frame, 0, SR_FRAME_SAMPLES, 0));
    assert_int_equal(flags, SR_FRAME_END);
    sr_capture_file.close(f->capture);
    free(path);
}

static void real_time_does_not_drift(void **state) {
    struct fixture *f = *state;
    struct sr_clock *clock = NULL;
    struct sr_frame frame;
    assert_int_equal(sr_clock_new(false, &clock), SARAI_OK);
    assert_int_equal(sr_capture_file.open(&f->opts, clock, &f->capture, NULL), SARAI_OK);
    int64_t start = sr_clock_now_us(clock);
    for (int i = 0; i < 10; i++)
        assert_int_equal(sr_capture_file.read(f->capture, &frame), 1);
    int64_t took = sr_clock_now_us(clock) - start;
    assert_true(took >= 10 * SR_FRAME_US && took < 11 * SR_FRAME_US + 100000);
    sr_capture_file.close(f->capture);
    sr_clock_free(clock);
}

/* ------------------------------------------------------------------------------------------------------- null -- */

static void the_script_speaks_and_pauses_in_turn(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    open_null(f, "64,96");
    for (int i = 0; i < 100; i++) {
        assert_int_equal(sr_capture_null.read(f->capture, &frame), 1);
        float db = sr_level_db(frame.samples, SR_FRAME_SAMPLES);
        assert_true(i % 5 < 2 ? fabsf(db + 20) < 1 : db == -120);
        assert_int_equal(frame.time_us, (i + 1) * SR_FRAME_US);
    }
    sr_capture_null.close(f->capture);
}

static void two_runs_hear_the_same(void **state) {
    struct fixture *f = *state;
    struct sr_frame a[20], b[20];
    f->opts.jitter_ms = 20;
    for (int run = 0; run < 2; run++) {
        open_null(f, "200,100");
        for (int i = 0; i < 20; i++)
            assert_int_equal(sr_capture_null.read(f->capture, run ? &b[i] : &a[i]), 1);
        sr_capture_null.close(f->capture);
    }
    for (int i = 0; i < 20; i++)
        assert_memory_equal(a[i].samples, b[i].samples, sizeof a[i].samples);
}

static void late_frames_never_make_a_read_wait_longer_than_100_ms(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    int frames = 0, late = 0;
    f->opts.jitter_ms = 400;
    open_null(f, "");
    while (frames < 200) {
        int64_t before = sr_clock_now_us(f->clock);
        int rc = sr_capture_null.read(f->capture, &frame);
        int64_t now = sr_clock_now_us(f->clock);
        assert_true(rc == 0 || rc == 1);
        assert_true(now - before <= 100000);
        if (rc == 0)
            continue;
        frames++;
        assert_int_equal(frame.time_us, frames * SR_FRAME_US);
        assert_true(now >= frame.time_us);
        late += now > frame.time_us;
    }
    assert_true(late > 100);
    assert_true(sr_clock_now_us(f->clock) <= 200 * SR_FRAME_US + 400000);
    sr_capture_null.close(f->capture);
}

static void a_lost_device_comes_back_on_the_time_line_and_says_that_frames_are_missing(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    f->opts.fail_after = 3;
    f->opts.return_ms = 500;
    open_null(f, "");
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++) {
            assert_int_equal(sr_capture_null.read(f->capture, &frame), 1);
            assert_int_equal(frame.flags, round > 0 && i == 0 ? SR_FRAME_LOST : 0);
            assert_int_equal(frame.time_us % SR_FRAME_US, 0);
            assert_int_equal(frame.time_us, sr_clock_now_us(f->clock));
        }
        int64_t lost = sr_clock_now_us(f->clock);
        assert_int_equal(sr_capture_null.read(f->capture, &frame), SARAI_EDEVICE);
        sr_clock_sleep_until(f->clock, lost + 499999);
        assert_int_equal(sr_capture_null.read(f->capture, &frame), SARAI_EDEVICE);
        sr_clock_sleep_until(f->clock, lost + 500000);
    }
    sr_capture_null.close(f->capture);
}

static void a_device_that_never_returns_stays_lost(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    f->opts.fail_after = 1;
    open_null(f, "");
    assert_int_equal(sr_capture_null.read(f->capture, &frame), 1);
    for (int i = 1; i < 5; i++) {
        assert_int_equal(sr_capture_null.read(f->capture, &frame), SARAI_EDEVICE);
        sr_clock_sleep_until(f->clock, i * INT64_C(1000000000));
    }
    sr_capture_null.close(f->capture);
}

static void a_clock_that_drifts_brings_more_or_fewer_frames(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    static const int drifts[] = {-100000, -200, 200, 100000};
    for (size_t d = 0; d < sizeof drifts / sizeof *drifts; d++) {
        f->opts.drift_ppm = drifts[d];
        open_null(f, "");
        const int64_t start_us = sr_clock_now_us(f->clock);
        for (int i = 0; i < 10000; i++)
            assert_int_equal(sr_capture_null.read(f->capture, &frame), 1);
        const int64_t took_us = sr_clock_now_us(f->clock) - start_us;
        assert_int_equal(took_us, 10000 * (int64_t)SR_FRAME_US * 1000000 / (1000000 + drifts[d]));
        sr_capture_null.close(f->capture);
    }
}

static void a_frame_that_nobody_took_in_time_is_missing_and_told(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    f->opts.overrun = 5;
    f->opts.jitter_ms = 200;
    open_null(f, "");
    for (int i = 0, n = 0; n < 40; i++) {
        if (sr_capture_null.read(f->capture, &frame) == 0)
            continue;
        const int64_t number = frame.time_us / SR_FRAME_US - 1;
        assert_int_equal(number, n + n / 4);
        assert_int_equal(frame.flags, n && n % 4 == 0 ? SR_FRAME_LOST : 0);
        n++;
    }
    sr_capture_null.close(f->capture);
}

static void a_bad_script_is_named(void **state) {
    struct fixture *f = *state;
    static const char *const scripts[] = {"x", "100,", ",100", "100;200", "-5", "0,0", "0", "99999999999999999999"};
    const struct sr_opt *row = sr_opt_find(sr_capture_opts_table, "script");
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct sarai_error error = {0};
        assert_int_equal(sr_opt_set(row, &f->opts, scripts[i], "test", NULL), SARAI_OK);
        assert_int_equal(sr_capture_null.open(&f->opts, f->clock, &f->capture, &error), SARAI_EINPUT);
        assert_string_equal(error.where, "capture.script");
        assert_non_null(strstr(error.text, scripts[i]));
    }
}

static void running_out_of_memory_is_told(void **state) {
    struct fixture *f = *state;
    const struct sr_capture_backend *backends[] = {&sr_capture_file, &sr_capture_null};
    assert_int_equal(sr_opt_set(sr_opt_find(sr_capture_opts_table, "script"), &f->opts, "10,10", "test", NULL), 0);
    for (int i = 0; i < 2; i++)
        for (int n = 1;; n++) {
            struct sr_capture *capture = NULL;
            sr_fail_alloc_at(n);
            int rc = backends[i]->open(&f->opts, f->clock, &capture, NULL);
            sr_fail_alloc_off();
            if (!sr_fail_alloc_hit()) {
                assert_int_equal(rc, SARAI_OK);
                backends[i]->close(capture);
                break;
            }
            assert_int_equal(rc, SARAI_ENOMEM);
            assert_null(capture);
        }
}

static void running_out_of_memory_while_taking_a_file_harms_nothing(void **state) {
    struct fixture *f = *state;
    char *path = level_file(f, "a.wav", 1000, 0.5f);
    assert_int_equal(sr_capture_file.open(&f->opts, f->clock, &f->capture, NULL), SARAI_OK);
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        int rc = sr_capture_file.hear_file(f->capture, path, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            break;
        }
        assert_int_equal(rc, SARAI_ENOMEM);
    }
    sr_capture_file.close(f->capture);
    free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(silence_comes_at_the_pace_of_the_clock_when_there_is_no_file),
        TEST(files_follow_each_other_without_a_gap_and_the_end_of_the_last_is_marked),
        TEST(a_late_reader_catches_up_without_sleeping),
        TEST(a_bad_file_is_refused_at_once_and_harms_nothing),
        TEST(a_file_that_breaks_off_is_heard_up_to_there),
        TEST(real_time_does_not_drift),
        TEST(the_script_speaks_and_pauses_in_turn),
        TEST(two_runs_hear_the_same),
        TEST(late_frames_never_make_a_read_wait_longer_than_100_ms),
        TEST(a_lost_device_comes_back_on_the_time_line_and_says_that_frames_are_missing),
        TEST(a_device_that_never_returns_stays_lost),
        TEST(a_clock_that_drifts_brings_more_or_fewer_frames),
        TEST(a_frame_that_nobody_took_in_time_is_missing_and_told),
        TEST(a_bad_script_is_named),
        TEST(running_out_of_memory_is_told),
        TEST(running_out_of_memory_while_taking_a_file_harms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
