/* SPDX-License-Identifier: Apache-2.0 */
/* The two device backends over a card that this program plays itself: it takes the place of audio/device.c. */
#include "audio/device.h"
#include "capture/capture.h"
#include "playback/playback.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>
#include <pthread.h>
#include <time.h>

#define CARD_HZ 48000
#define BLOCK (CARD_HZ / 100)
#define TWO_PI 6.283185307179586

struct sr_device {
    struct sr_device_request request;
};

static struct {
    int rate_hz; /* that it insists on; 0: takes any */
    bool absent, dead;
    int opened, closed, started;
    char asked_for[SR_DEVICE_NAME_MAX];
    struct sr_device *device;
} card;

int sr_device_open(const struct sr_device_request *request, struct sr_device **out, struct sarai_error *error) {
    snprintf(card.asked_for, sizeof card.asked_for, "%s", request->device);
    if (card.absent)
        return sr_error(error, SARAI_EDEVICE, "microphone", "there is none");
    struct sr_device *device = calloc(1, sizeof *device);
    if (!device)
        return sr_error(error, SARAI_ENOMEM, "sound devices", "out of memory");
    device->request = *request;
    card.opened++;
    card.dead = false;
    *out = card.device = device;
    return SARAI_OK;
}

int sr_device_start(struct sr_device *device, struct sarai_error *error) {
    (void)device, (void)error;
    card.started++;
    return SARAI_OK;
}

void sr_device_close(struct sr_device *device) {
    card.closed += device != NULL;
    free(device);
}

int sr_device_rate_hz(const struct sr_device *device) {
    return card.rate_hz ? card.rate_hz : device->request.rate_hz;
}

const char *sr_device_name(const struct sr_device *device) {
    (void)device;
    return "USB Audio: Mic (hw:3,0)";
}

bool sr_device_alive(const struct sr_device *device) {
    (void)device;
    return !card.dead;
}

static void bring(const float *in, size_t frames, bool broken) {
    card.device->request.callback(card.device->request.user, in, NULL, frames, 0, broken);
}

static void ask(float *out, size_t frames, int64_t latency_us) {
    card.device->request.callback(card.device->request.user, NULL, out, frames, latency_us, false);
}

struct fixture {
    struct sr_clock *clock;
    struct sr_capture_opts in;
    struct sr_playback_opts out;
    struct sr_capture *capture;
    struct sr_playback *playback;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    memset(&card, 0, sizeof card);
    card.rate_hz = CARD_HZ;
    assert_int_equal(sr_clock_new(false, &f->clock), SARAI_OK);
    assert_int_equal(sr_opt_defaults(sr_capture_opts_table, &f->in), SARAI_OK);
    assert_int_equal(sr_opt_defaults(sr_playback_opts_table, &f->out), SARAI_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_capture_device.close(f->capture);
    assert_int_equal(sr_playback_device.close(f->playback, NULL), SARAI_OK);
    assert_int_equal(card.opened, card.closed);
    sr_opt_deinit(sr_capture_opts_table, &f->in);
    sr_opt_deinit(sr_playback_opts_table, &f->out);
    sr_clock_free(f->clock);
    free(f);
    return 0;
}

static void choose(const struct sr_opt *table, void *opts, const char *device) {
    assert_int_equal(sr_opt_set(sr_opt_find(table, "device"), opts, device, "test", NULL), SARAI_OK);
}

/* --------------------------------------------------------------------------------------------------- microphone -- */

static void open_capture(struct fixture *f) {
    assert_int_equal(sr_capture_device.open(&f->in, f->clock, &f->capture, NULL), SARAI_OK);
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
    choose(sr_capture_opts_table, &f->in, "3");
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
    assert_int_equal(sr_capture_device.open(&f->in, f->clock, &f->capture, &error), SARAI_EDEVICE);
    assert_int_equal(sr_playback_device.open(&f->out, NULL, f->clock, &f->playback, &error), SARAI_EDEVICE);
    assert_string_equal(error.text, "there is none");
    assert_null(f->capture);
    assert_null(f->playback);
}

static void virtual_time_is_refused(void **state) {
    struct fixture *f = *state;
    struct sr_clock *clock = NULL;
    assert_int_equal(sr_clock_new(true, &clock), SARAI_OK);
    assert_int_equal(sr_capture_device.open(&f->in, clock, &f->capture, NULL), SARAI_EUSAGE);
    assert_int_equal(sr_playback_device.open(&f->out, NULL, clock, &f->playback, NULL), SARAI_EUSAGE);
    sr_clock_free(clock);
}

/* -------------------------------------------------------------------------------------------------- loudspeaker -- */

static void open_playback(struct fixture *f) {
    f->out.rate_hz = CARD_HZ;
    assert_int_equal(sr_playback_device.open(&f->out, NULL, f->clock, &f->playback, NULL), SARAI_OK);
}

static int write_level(struct fixture *f, float value) {
    float block[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = value;
    return sr_playback_device.write(f->playback, block, BLOCK);
}

static void what_was_written_is_heard_and_then_silence(void **state) {
    struct fixture *f = *state;
    float out[3 * BLOCK];
    open_playback(f);
    assert_int_equal(write_level(f, 0.25f), SARAI_OK);
    assert_int_equal(write_level(f, 0.5f), SARAI_OK);
    assert_int_equal(sr_playback_device.delay(f->playback), 2 * BLOCK);
    ask(out, 3 * BLOCK, 30000);
    for (size_t i = 0; i < 3 * BLOCK; i++)
        assert_float_equal(out[i], i < BLOCK ? 0.25f : i < 2 * BLOCK ? 0.5f : 0, 0);
    const size_t delay = sr_playback_device.delay(f->playback); /* 30 ms in the card and the 20 ms it took */
    assert_in_range(delay, CARD_HZ * 30 / 1000, CARD_HZ * 50 / 1000);
}

struct asker {
    size_t heard, wrong;
};

/* A card that asks at its own pace until it heard a tenth of a second. */
static void *run_card(void *arg) {
    struct asker *asker = arg;
    float out[BLOCK / 2], expected = 1;
    while (asker->heard < CARD_HZ / 10) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        ask(out, BLOCK / 2, 0);
        for (size_t i = 0; i < BLOCK / 2; i++) {
            if (out[i] == 0)
                continue;
            asker->wrong += out[i] != expected;
            asker->heard++;
            expected = out[i] + 1;
        }
    }
    return NULL;
}

static void the_card_paces_the_writer_and_nothing_is_lost(void **state) {
    struct fixture *f = *state;
    struct asker asker = {0};
    pthread_t thread;
    float block[BLOCK], next = 1;
    open_playback(f);
    assert_int_equal(pthread_create(&thread, NULL, run_card, &asker), 0);
    for (int b = 0; b < 10; b++) {
        for (size_t i = 0; i < BLOCK; i++)
            block[i] = next++;
        assert_int_equal(sr_playback_device.write(f->playback, block, BLOCK), SARAI_OK);
    }
    pthread_join(thread, NULL);
    assert_int_equal(asker.heard, CARD_HZ / 10);
    assert_int_equal(asker.wrong, 0);
}

static void each_underrun_makes_room_for_one_more_block(void **state) {
    struct fixture *f = *state;
    float out[20 * BLOCK];
    open_playback(f);
    ask(out, BLOCK, 0); /* before anything was written: no underrun */
    for (size_t blocks = 2; blocks <= 12; blocks++) {
        const size_t fit = blocks < 10 ? blocks : 10;
        for (size_t i = 0; i < fit; i++)
            assert_int_equal(write_level(f, 1), SARAI_OK); /* would wait if it did not fit */
        assert_int_equal(sr_playback_device.delay(f->playback), fit * BLOCK);
        ask(out, fit * BLOCK, -1000000);
        ask(out, 1, -1000000);
    }
}

static void a_card_of_another_rate_hears_the_same(void **state) {
    struct fixture *f = *state;
    float block[240], out[BLOCK];
    double energy = 0;
    assert_int_equal(f->out.rate_hz, 24000);
    assert_int_equal(sr_playback_device.open(&f->out, NULL, f->clock, &f->playback, NULL), SARAI_OK);
    for (int b = 0; b < 100; b++) {
        for (size_t i = 0; i < 240; i++)
            block[i] = (float)sin(TWO_PI * 500 * (double)(b * 240 + (int)i) / 24000);
        assert_int_equal(sr_playback_device.write(f->playback, block, 240), SARAI_OK);
        ask(out, BLOCK, -1000000);
        for (size_t i = 0; i < BLOCK; i++)
            energy += (double)out[i] * (double)out[i];
    }
    assert_true(fabs(energy / CARD_HZ - 0.5) < 0.02);
}

static void a_lost_loudspeaker_is_opened_again_under_its_name(void **state) {
    struct fixture *f = *state;
    float out[BLOCK];
    choose(sr_playback_opts_table, &f->out, "usb");
    open_playback(f);
    assert_int_equal(write_level(f, 1), SARAI_OK);
    assert_int_equal(write_level(f, 1), SARAI_OK);
    card.dead = card.absent = true;
    assert_int_equal(write_level(f, 1), SARAI_EDEVICE);
    assert_int_equal(sr_playback_device.delay(f->playback), 0);
    assert_int_equal(write_level(f, 1), SARAI_EDEVICE);
    card.absent = false;
    assert_int_equal(write_level(f, 0.5f), SARAI_OK);
    assert_string_equal(card.asked_for, "USB Audio: Mic (hw:3,0)");
    ask(out, BLOCK, 0);
    assert_float_equal(out[0], 0.5f, 0); /* nothing from before */
}

static void running_out_of_memory_leaves_nothing(void **state) {
    struct fixture *f = *state;
    for (int kind = 0, n = 1; kind < 2; n++) {
        sr_fail_alloc_at(n);
        const int rc = kind ? sr_playback_device.open(&f->out, NULL, f->clock, &f->playback, NULL)
                            : sr_capture_device.open(&f->in, f->clock, &f->capture, NULL);
        sr_fail_alloc_off();
        if (sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_ENOMEM);
            assert_int_equal(card.opened, card.closed + kind);
            continue;
        }
        assert_int_equal(rc, SARAI_OK);
        kind++;
        n = 0;
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
        TEST(what_was_written_is_heard_and_then_silence),
        TEST(the_card_paces_the_writer_and_nothing_is_lost),
        TEST(each_underrun_makes_room_for_one_more_block),
        TEST(a_card_of_another_rate_hears_the_same),
        TEST(a_lost_loudspeaker_is_opened_again_under_its_name),
        TEST(running_out_of_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
