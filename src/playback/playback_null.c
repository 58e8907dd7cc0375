/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loudspeaker that misbehaves on purpose: it answers late, goes and comes back.
 *
 *   write -> buffer (can be taken back) -> card, at the pace of the clock -> heard after its latency
 */
#include "playback/playback.h"

#include <stdlib.h>

struct sr_playback {
    /* immutable after open */
    struct sr_clock *clock;
    int rate_hz, fail_after;
    int64_t return_us;
    size_t latency, buffer; /* samples */
    /* playback thread only */
    bool started, lost;
    int64_t start_us, lost_us;
    int64_t written; /* samples since `start_us`, less those taken back */
    int blocks;      /* since it opened or came back */
};

static int open(const struct sr_playback_opts *opts, const char *path, struct sr_clock *clock, struct sr_playback **out,
                struct sarai_error *error) {
    (void)path;
    struct sr_playback *playback = calloc(1, sizeof *playback);
    if (!playback)
        return sr_error(error, SARAI_ENOMEM, "playback", "out of memory");
    playback->clock = clock;
    playback->rate_hz = opts->rate_hz;
    playback->fail_after = opts->fail_after;
    playback->return_us = (int64_t)opts->return_ms * 1000;
    playback->latency = (size_t)((int64_t)opts->latency_ms * opts->rate_hz / 1000);
    playback->buffer = (size_t)((int64_t)opts->buffer_ms * opts->rate_hz / 1000);
    *out = playback;
    return SARAI_OK;
}

static bool came_back(struct sr_playback *playback, int64_t now) {
    if (playback->return_us == 0 || now - playback->lost_us < playback->return_us)
        return false;
    playback->lost = playback->started = false;
    return true;
}

static int write(struct sr_playback *playback, const float *samples, size_t count) {
    (void)samples;
    int64_t now = sr_clock_now_us(playback->clock);
    if (playback->lost && !came_back(playback, now))
        return SARAI_EDEVICE;
    if (!playback->started) {
        playback->started = true;
        playback->start_us = now;
        playback->written = 0;
        playback->blocks = 0;
    }
    if (playback->fail_after > 0 && playback->blocks == playback->fail_after) {
        playback->lost = true;
        playback->lost_us = now;
        return SARAI_EDEVICE;
    }
    playback->blocks++;
    playback->written += (int64_t)count;
    const int64_t to_take = playback->written - (int64_t)playback->buffer;
    if (to_take > 0)
        sr_clock_sleep_until(playback->clock, playback->start_us + to_take * 1000000 / playback->rate_hz);
    return SARAI_OK;
}

/* Written, but not yet taken by the card. */
static size_t waiting(const struct sr_playback *playback) {
    if (!playback->started)
        return 0;
    const int64_t us = sr_clock_now_us(playback->clock) - playback->start_us;
    const int64_t left = playback->written - us * playback->rate_hz / 1000000;
    return left > 0 ? (size_t)left : 0;
}

static size_t delay(const struct sr_playback *playback) {
    const size_t written = (size_t)playback->written, behind = waiting(playback) + playback->latency;
    return written < behind ? written : behind;
}

static size_t drop(struct sr_playback *playback, size_t fade, size_t *faded) {
    const size_t left = waiting(playback);
    *faded = left < fade ? left : fade;
    playback->written -= (int64_t)(left - *faded);
    return left - *faded;
}

static int close(struct sr_playback *playback, struct sarai_error *error) {
    (void)error;
    free(playback);
    return SARAI_OK;
}

const struct sr_playback_backend sr_playback_null = {
    .name = "null", .open = open, .write = write, .delay = delay, .drop = drop, .close = close};
