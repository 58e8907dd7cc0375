/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/capture.h"
#include "support/failing_alloc.h"
#include "support/fake_card.h"

#include <math.h>

#define TWO_PI 6.283185307179586

struct fixture {
    struct sr_clock *clock;
    struct sr_capture_opts opts;
    struct sr_capture *capture;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    memset(&card, 0, sizeof card);
    card.rate_hz = CARD_HZ;
    assert_int_equal(sr_clock_new(false, &f->clock), SARAI_OK);
    assert_int_equal(sr_opt_defaults(sr_capture_opts_table, &f->opts), SARAI_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_capture_device.close(f->capture);
    assert_int_equal(card.opened, card.closed);
    sr_opt_deinit(sr_capture_opts_table, &f->opts);
    sr_clock_free(f->clock);
    free(f);
    return 0;
}

static void choose(struct fixture *f, const char *device) {
    assert_int_equal(sr_opt_set(sr_opt_find(sr_capture_opts_table, "device"), &f->opts, device, "test", NULL),
                     SARAI_OK);
}

static void open_capture(struct fixture *f) {
    assert_int_equal(sr_capture_device.open(&f->opts, f->clock, &f->capture, NULL), SARAI_OK);
}

/* `count` blocks of a tone, going on from `*at`. */
static void bring_tone(int64_t *at, int blocks, int rate_hz) {
    float block[BLOCK * 4];
    const size_t frames = (size_t)rate_hz / 100;
    for (int b = 0; b < blocks; b++) {
        for (size_t i = 0; i < frames; i++)
            block[i] = 0.5f * (float)sin(TWO_PI * 1000 * (double)(*at)++ / rate_hz);
        bring(block, frames, false);
    }
}

static void a_tone_arrives_as_frames_at_16_khz(void **state) {
    struct fixture *f = *state;
    static const int rates[] = {8000, 16000, 44100, 48000, 96000, 192000};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        card.rate_hz = rates[r];
        open_capture(f);
        struct sr_frame frame;
        int64_t at = 0, before_us = INT64_MIN;
        int frames = 0, crossings = 0;
        float last = 0, peak = 0;
        for (int tenth = 0; tenth < 20; tenth++) {
            bring_tone(&at, 10, rates[r]);
            while (frames < (tenth + 1) * 3 && sr_capture_device.read(f->capture, &frame) == 1) {
                assert_true(frame.time_us > before_us);
                assert_int_equal(frame.flags, 0);
                before_us = frame.time_us;
                frames++;
                for (int i = 0; i < SR_FRAME_SAMPLES; i++) {
                    crossings += last < 0 && frame.samples[i] >= 0;
                    last = frame.samples[i];
                    peak = fmaxf(peak, fabsf(last));
                }
            }
        }
        assert_int_equal(frames, 60); /* of 1.92 s */
        assert_in_range(crossings, 1910, 1925);
        assert_true(peak > 0.45f && peak < 0.6f);
        sr_capture_device.close(f->capture);
        f->capture = NULL;
    }
}

static void sound_that_found_no_room_is_told_with_the_next_frame(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    int64_t at = 0;
    int frames = 0;
    open_capture(f);
    bring_tone(&at, 200, CARD_HZ); /* 2 s, of which half a second fits */
    while (sr_capture_device.read(f->capture, &frame) == 1)
        assert_int_equal(frame.flags, frames++ == 0 ? SR_FRAME_LOST : 0);
    assert_in_range(frames, 14, 16);
    bring((const float[BLOCK]){0}, BLOCK, true); /* the card itself lost some */
    bring_tone(&at, 6, CARD_HZ);
    assert_int_equal(sr_capture_device.read(f->capture, &frame), 1);
    assert_int_equal(frame.flags & SR_FRAME_LOST, SR_FRAME_LOST);
}

static void a_silent_card_that_lives_gives_nothing_and_is_asked_again(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    open_capture(f);
    const int64_t start_us = sr_clock_now_us(f->clock);
    assert_int_equal(sr_capture_device.read(f->capture, &frame), 0);
    const int64_t waited_us = sr_clock_now_us(f->clock) - start_us;
    assert_true(waited_us >= 99000 && waited_us < 5000000);
}

static void a_lost_microphone_is_opened_again_under_its_name(void **state) {
    struct fixture *f = *state;
    struct sr_frame frame;
    int64_t at = 0;
    choose(f, "3");
    open_capture(f);
    assert_string_equal(card.asked_for, "3");
    card.dead = card.absent = true;
    assert_int_equal(sr_capture_device.read(f->capture, &frame), SARAI_EDEVICE);
    assert_int_equal(card.closed, 1);
    assert_int_equal(sr_capture_device.read(f->capture, &frame), SARAI_EDEVICE);
    assert_string_equal(card.asked_for, "USB Audio: Mic (hw:3,0)");
    card.absent = false;
    card.rate_hz = 16000; /* another than before */
    assert_int_equal(sr_capture_device.read(f->capture, &frame), 0);
    bring_tone(&at, 10, 16000);
    assert_int_equal(sr_capture_device.read(f->capture, &frame), 1);
    assert_int_equal(card.opened, 2);
}

static void without_a_device_nothing_opens(void **state) {
    struct fixture *f = *state;
    struct sarai_error error = {0};
    card.absent = true;
    assert_int_equal(sr_capture_device.open(&f->opts, f->clock, &f->capture, &error), SARAI_EDEVICE);
    assert_string_equal(error.text, "there is none");
    assert_null(f->capture);
}

static void virtual_time_is_refused(void **state) {
    struct fixture *f = *state;
    struct sr_clock *clock = NULL;
    assert_int_equal(sr_clock_new(true, &clock), SARAI_OK);
    assert_int_equal(sr_capture_device.open(&f->opts, clock, &f->capture, NULL), SARAI_EUSAGE);
    sr_clock_free(clock);
}

static void running_out_of_memory_leaves_nothing(void **state) {
    struct fixture *f = *state;
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        const int rc = sr_capture_device.open(&f->opts, f->clock, &f->capture, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            break;
        }
        assert_int_equal(rc, SARAI_ENOMEM);
        assert_int_equal(card.opened, card.closed);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_tone_arrives_as_frames_at_16_khz),
        TEST(sound_that_found_no_room_is_told_with_the_next_frame),
        TEST(a_silent_card_that_lives_gives_nothing_and_is_asked_again),
        TEST(a_lost_microphone_is_opened_again_under_its_name),
        TEST(without_a_device_nothing_opens),
        TEST(virtual_time_is_refused),
        TEST(running_out_of_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
