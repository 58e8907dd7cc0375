/* SPDX-License-Identifier: Apache-2.0 */
#include "support/loopback.h"

#include <math.h>

#include "audio/resample.h"
#include "engine/registry.h"
#include "support/test.h"

#define LONGEST (240 * SR_RATE_HZ)

struct loopback *loopback;

struct sr_playback {
    struct sr_clock *clock;
    struct sr_resampler *resampler;
    int rate_hz;
    int64_t written;
};

struct sr_capture {
    struct sr_clock *clock;
    const struct room *room; /* whose impulse it has */
    float impulse[ROOM_IMPULSE_MAX];
    size_t taps;
    uint32_t random;
};

/* The first of both to be opened makes the sounds. */
static void prepare(void) {
    if (loopback->played)
        return;
    loopback->played = calloc(LONGEST, sizeof(float));
    loopback->heard = calloc(LONGEST, sizeof(float));
    assert_true(loopback->played && loopback->heard);
}

void loopback_deinit(struct loopback *loop) {
    free(loop->played);
    free(loop->heard);
    loop->played = loop->heard = NULL;
    loop->played_count = loop->heard_count = 0;
}

/* ------------------------------------------------------------------------------------------------- loudspeaker -- */

static int open_playback(const struct sr_playback_opts *opts, const char *path, struct sr_clock *clock,
                         struct sr_playback **out, struct sarai_error *error) {
    struct sr_playback *playback = calloc(1, sizeof *playback);
    (void)path, (void)error;
    assert_non_null(playback);
    prepare();
    playback->clock = clock;
    playback->rate_hz = opts->rate_hz;
    assert_int_equal(sr_resampler_new(opts->rate_hz, SR_RATE_HZ, &playback->resampler), SARAI_OK);
    *out = playback;
    return SARAI_OK;
}

static int write_playback(struct sr_playback *playback, const float *samples, size_t count) {
    float *to = loopback->played + loopback->played_count;
    const int got = sr_resampler_feed(playback->resampler, samples, count, to, LONGEST - loopback->played_count);
    assert_true(got >= 0);
    for (int i = 0; loopback->room.drive > 0 && i < got; i++)
        to[i] = tanhf(to[i] * loopback->room.drive) / loopback->room.drive;
    loopback->played_count += (size_t)got;
    playback->written += (int64_t)count;
    sr_clock_sleep_until(playback->clock, playback->written * 1000000 / playback->rate_hz);
    return SARAI_OK;
}

static size_t delay_playback(const struct sr_playback *playback) {
    return (size_t)(loopback->told_ms * playback->rate_hz / 1000);
}

static int close_playback(struct sr_playback *playback, struct sarai_error *error) {
    (void)error;
    sr_resampler_free(playback->resampler);
    free(playback);
    return SARAI_OK;
}

/* -------------------------------------------------------------------------------------------------- microphone -- */

static void enter(struct sr_capture *capture, const struct room *room) {
    const float gain = powf(10, room->echo_db / 20);
    capture->room = room;
    capture->taps = room_impulse(room, capture->impulse);
    for (size_t i = 0; i < capture->taps; i++)
        capture->impulse[i] *= gain;
}

static const struct room *room_at(size_t sample) {
    const size_t number = loopback->later ? sample / loopback->room_samples : 0;
    if (number == 0)
        return &loopback->room;
    return &loopback->later[number <= loopback->later_count ? number - 1 : loopback->later_count - 1];
}

static int open_capture(const struct sr_capture_opts *opts, struct sr_clock *clock, struct sr_capture **out,
                        struct sarai_error *error) {
    struct sr_capture *capture = calloc(1, sizeof *capture);
    (void)opts, (void)error;
    assert_non_null(capture);
    prepare();
    capture->clock = clock;
    enter(capture, &loopback->room);
    capture->random = loopback->room.seed;
    *out = capture;
    return SARAI_OK;
}

static float echo_at(const struct sr_capture *capture, int64_t at) {
    float sum = 0;
    const int64_t newest = at - (int64_t)(loopback->told_ms + capture->room->delay_ms) * SR_RATE_HZ / 1000;
    for (int64_t k = 0; k < (int64_t)capture->taps && k <= newest; k++)
        if (newest - k < (int64_t)loopback->played_count)
            sum += capture->impulse[k] * loopback->played[newest - k];
    return sum;
}

static int read_capture(struct sr_capture *capture, struct sr_frame *frame) {
    struct room noise = {.noise_db = loopback->room.noise_db, .seed = capture->random++};
    const size_t from = loopback->heard_count;
    if (room_at(from) != capture->room)
        enter(capture, room_at(from));
    frame->flags = 0;
    frame->time_us = (int64_t)(from + SR_FRAME_SAMPLES) * 1000000 / SR_RATE_HZ;
    sr_clock_sleep_until(capture->clock, frame->time_us);
    assert_true(from + SR_FRAME_SAMPLES <= LONGEST);
    for (size_t i = 0; i < SR_FRAME_SAMPLES; i++)
        frame->samples[i] =
            echo_at(capture, (int64_t)(from + i)) + (from + i < loopback->user_count ? loopback->user[from + i] : 0);
    room_noise(&noise, frame->samples, SR_FRAME_SAMPLES);
    memcpy(loopback->heard + from, frame->samples, sizeof frame->samples);
    loopback->heard_count += SR_FRAME_SAMPLES;
    return 1;
}

static void close_capture(struct sr_capture *capture) {
    free(capture);
}

/* -------------------------------------------------------------------------------------------------- the registry -- */

/* The linker sends the engine's look-ups here (--wrap, see tests/CMakeLists.txt). */
const struct sr_capture_backend *__real_sr_find_capture(const char *name);
const struct sr_playback_backend *__real_sr_find_playback(const char *name);
const struct sr_capture_backend *__wrap_sr_find_capture(const char *name);
const struct sr_playback_backend *__wrap_sr_find_playback(const char *name);

const struct sr_capture_backend *__wrap_sr_find_capture(const char *name) {
    static const struct sr_capture_backend backend = {
        .name = "null", .open = open_capture, .read = read_capture, .close = close_capture};
    return loopback && strcmp(name, "null") == 0 ? &backend : __real_sr_find_capture(name);
}

const struct sr_playback_backend *__wrap_sr_find_playback(const char *name) {
    static const struct sr_playback_backend backend = {.name = "null",
                                                       .open = open_playback,
                                                       .write = write_playback,
                                                       .delay = delay_playback,
                                                       .close = close_playback};
    return loopback && strcmp(name, "null") == 0 ? &backend : __real_sr_find_playback(name);
}
