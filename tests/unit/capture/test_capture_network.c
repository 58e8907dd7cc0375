/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/capture.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>

#define TWO_PI 6.283185307179586

struct fixture {
    struct sr_clock *clock;
    struct sr_capture_opts opts;
    struct sr_capture *capture;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(sr_clock_new(true, &f->clock), SARAI_OK);
    assert_int_equal(sr_clock_join(f->clock), SARAI_OK);
    assert_int_equal(sr_opt_defaults(sr_capture_opts_table, &f->opts), SARAI_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_capture_network.close(f->capture);
    sr_opt_deinit(sr_capture_opts_table, &f->opts);
    sr_clock_leave(f->clock);
    sr_clock_free(f->clock);
    free(f);
    return 0;
}

static void open_capture(struct fixture *f) {
    assert_int_equal(sr_capture_network.open(&f->opts, f->clock, &f->capture, NULL), SARAI_OK);
}

static int push_tone(struct fixture *f, int64_t *at, size_t frames, int rate_hz, int channels) {
    float *samples = calloc(frames * (size_t)channels, sizeof *samples);
    for (size_t i = 0; i < frames; i++, ++*at)
        for (int c = 0; c < channels; c++)
            samples[i * (size_t)channels + (size_t)c] = 0.5f * (float)sin(TWO_PI * 500 * (double)*at / rate_hz);
    const int rc = sr_capture_network.push(f->capture, samples, frames, rate_hz, channels);
    free(samples);
    return rc;
}

static void packets_of_any_rate_and_width_become_frames_at_the_pace_of_the_clock(void **state) {
    struct fixture *f = *state;
    static const int rates[] = {8000, 11025, 16000, 24000, 48000, 96000};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        struct sr_frame frame;
        int64_t at = 0;
        double energy = 0;
        int frames = 0;
        open_capture(f);
        const int64_t start_us = sr_clock_now_us(f->clock);
        for (int packet = 0; packet < 100; packet++) { /* 20 ms each */
            assert_int_equal(push_tone(f, &at, (size_t)rates[r] / 50, rates[r], 1 + (int)r), SARAI_OK);
            sr_clock_sleep_until(f->clock, start_us + (packet + 1) * INT64_C(20000));
            while (frames * SR_FRAME_US < packet * 20000 - 100000) {
                assert_int_equal(sr_capture_network.read(f->capture, &frame), 1);
                assert_int_equal(frame.flags, 0);
                for (int i = 0; i < SR_FRAME_SAMPLES && frames; i++) /* the first has the filter's silence in front */
                    energy += (double)frame.samples[i] * (double)frame.samples[i];
                frames++;
            }
        }
        assert_in_range(frames, 58, 60);
        assert_true(fabs(energy / ((frames - 1) * SR_FRAME_SAMPLES) - 0.125) < 0.002);
        sr_capture_network.close(f->capture);
        f->capture = NULL;
    }
}

static void a_peer_that_sends_nothing_is_silence_at_the_pace_of_the_clock(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    int64_t at = 0;
    open_capture(f);
    assert_int_equal(push_tone(f, &at, 700, SR_RATE_HZ, 1), SARAI_OK); /* a frame and a bit */
    for (int i = 0; i < 30; i++) {
        assert_int_equal(sr_capture_network.read(f->capture, &frame), 1);
        assert_int_equal(frame.flags, 0);
        assert_true(fabsf(frame.samples[100]) > 0 || i > 1);
        assert_true(frame.samples[200] == 0 || i == 0);
    }
    assert_in_range(sr_clock_now_us(f->clock), 30 * SR_FRAME_US, 30 * SR_FRAME_US + 60000);
}

static void a_late_packet_is_waited_for(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    int64_t at = 0;
    open_capture(f);
    for (int i = 0; i < 20; i++) {
        const int64_t late_us = i % 3 * 20000;
        sr_clock_sleep_until(f->clock, (i + 1) * INT64_C(32000) + late_us);
        assert_int_equal(push_tone(f, &at, SR_FRAME_SAMPLES, SR_RATE_HZ, 1), SARAI_OK);
        assert_int_equal(sr_capture_network.read(f->capture, &frame), 1);
        assert_true(fabsf(frame.samples[SR_FRAME_SAMPLES - 9]) > 0);
        assert_true(sr_clock_now_us(f->clock) <= (i + 1) * INT64_C(32000) + 40000);
    }
}

static void what_comes_all_at_once_leaves_faster_but_not_in_one_heap(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    int64_t at = 0;
    open_capture(f);
    assert_int_equal(push_tone(f, &at, 100 * SR_FRAME_SAMPLES, SR_RATE_HZ, 1), SARAI_OK);
    for (int i = 0; i < 100; i++)
        assert_int_equal(sr_capture_network.read(f->capture, &frame), 1);
    assert_in_range(sr_clock_now_us(f->clock), 100 * SR_FRAME_US / 4, 100 * SR_FRAME_US / 2);
    assert_true(fabsf(frame.samples[SR_FRAME_SAMPLES - 9]) > 0);
}

static void what_finds_no_room_is_counted_and_told_with_the_next_frame(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    int64_t at = 0;
    f->opts.buffer_ms = 200;
    open_capture(f);
    assert_int_equal(push_tone(f, &at, SR_RATE_HZ, SR_RATE_HZ, 1), SARAI_EFULL);
    assert_int_equal(sr_capture_network.dropped(f->capture), SR_RATE_HZ * 800 / 1000);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(sr_capture_network.read(f->capture, &frame), 1);
        assert_int_equal(frame.flags, i ? 0 : SR_FRAME_LOST);
    }
}

static void nonsense_is_refused_and_what_is_no_sample_is_silence(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    float bad[SR_FRAME_SAMPLES] = {NAN, INFINITY, -INFINITY, 7, -7};
    open_capture(f);
    assert_int_equal(sr_capture_network.push(f->capture, bad, 1, 0, 1), SARAI_EUSAGE);
    assert_int_equal(sr_capture_network.push(f->capture, bad, 1, 1000000, 1), SARAI_EUSAGE);
    assert_int_equal(sr_capture_network.push(f->capture, bad, 1, SR_RATE_HZ, 0), SARAI_EUSAGE);
    assert_int_equal(sr_capture_network.push(f->capture, bad, 1, SR_RATE_HZ, 65), SARAI_EUSAGE);
    assert_int_equal(sr_capture_network.push(f->capture, bad, 0, SR_RATE_HZ, 1), SARAI_OK);
    assert_int_equal(sr_capture_network.push(f->capture, bad, SR_FRAME_SAMPLES, SR_RATE_HZ, 1), SARAI_OK);
    assert_int_equal(sr_capture_network.read(f->capture, &frame), 1);
    const float expected[] = {0, 0, 0, 1, -1, 0};
    for (int i = 0; i < 6; i++)
        assert_float_equal(frame.samples[i], expected[i], 0);
}

static void running_out_of_memory_leaves_nothing(void **state) {
    struct fixture *f = *state;
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        const int rc = sr_capture_network.open(&f->opts, f->clock, &f->capture, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit())
            break;
        assert_int_equal(rc, SARAI_ENOMEM);
        assert_null(f->capture);
    }
    sr_fail_alloc_at(1);
    assert_int_equal(sr_capture_network.push(f->capture, (float[]){0}, 1, 48000, 1), SARAI_ENOMEM);
    sr_fail_alloc_off();
    assert_int_equal(sr_capture_network.push(f->capture, (float[]){0}, 1, 48000, 1), SARAI_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(packets_of_any_rate_and_width_become_frames_at_the_pace_of_the_clock),
        TEST(a_peer_that_sends_nothing_is_silence_at_the_pace_of_the_clock),
        TEST(a_late_packet_is_waited_for),
        TEST(what_comes_all_at_once_leaves_faster_but_not_in_one_heap),
        TEST(what_finds_no_room_is_counted_and_told_with_the_next_frame),
        TEST(nonsense_is_refused_and_what_is_no_sample_is_silence),
        TEST(running_out_of_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
