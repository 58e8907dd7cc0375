/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A WAV file as a loudspeaker, at the pace of the clock. What was written up to now lasts exactly as long as the time
 * since the first block, so the file is a true recording, silences included. A block counts as heard when `write`
 * returns.
 */
#include "audio/wav.h"
#include "playback/playback.h"

#include <stdlib.h>

struct sr_playback {
    struct sr_clock *clock;
    struct sr_wav *wav; /* NULL: the sound is dropped */
    int rate_hz;
    bool started;
    int64_t start_us, written;
};

static int open(const struct sr_playback_opts *opts, const char *path, struct sr_clock *clock, struct sr_playback **out,
                struct sarai_error *error) {
    struct sr_playback *playback = calloc(1, sizeof *playback);
    if (!playback)
        return sr_error(error, SARAI_ENOMEM, "playback", "out of memory");
    playback->clock = clock;
    playback->rate_hz = opts->rate_hz;
    int rc = path ? sr_wav_create(path, opts->rate_hz, 1, &playback->wav, error) : SARAI_OK;
    if (rc < 0) {
        free(playback);
        return rc;
    }
    *out = playback;
    return SARAI_OK;
}

static int write(struct sr_playback *playback, const float *samples, size_t count) {
    if (!playback->started) {
        playback->started = true;
        playback->start_us = sr_clock_now_us(playback->clock);
    }
    if (playback->wav)
        (void)sr_wav_write(playback->wav, samples, count); /* remembers a failure until `close` tells it */
    playback->written += (int64_t)count;
    sr_clock_sleep_until(playback->clock, playback->start_us + playback->written * 1000000 / playback->rate_hz);
    return SARAI_OK;
}

static size_t delay(const struct sr_playback *playback) {
    (void)playback;
    return 0;
}

static int close(struct sr_playback *playback, struct sarai_error *error) {
    if (!playback)
        return SARAI_OK;
    int rc = playback->wav ? sr_wav_commit(playback->wav, error) : SARAI_OK;
    free(playback);
    return rc;
}

const struct sr_playback_backend sr_playback_file = {
    .name = "file", .open = open, .write = write, .delay = delay, .close = close};
