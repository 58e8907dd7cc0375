/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loudspeaker somewhere else: the application pulls the sound, silence included, and sends it to a peer. `write` is
 * paced by the clock, so what was pulled was sent at the pace of speech, and a peer that plays it at once hears it
 * playback.latency_ms later: that is the heard cursor. What nobody pulls is bounded; beyond it, sound is dropped and
 * counted. At a barge-in what was not pulled yet is taken back.
 *
 * The mutex is held for copies, never during a wait.
 */
#include "flow/ring.h"
#include "playback/playback.h"

#include <pthread.h>
#include <stdlib.h>

#define HELD_MS 1000 /* what waits at most for somebody to pull it */

struct sr_playback {
    /* immutable after open */
    struct sr_clock *clock;
    struct sr_event written;
    int rate_hz;
    size_t latency; /* samples */
    /* playback thread only */
    bool started;
    int64_t start_us, count; /* samples since `start_us` */
    /* under the lock */
    pthread_mutex_t lock;
    struct sr_ring ring;
    /* atomic */
    _Atomic uint64_t lost; /* samples */
};

static int close(struct sr_playback *playback, struct sarai_error *error) {
    (void)error;
    if (!playback)
        return SARAI_OK;
    sr_ring_deinit(&playback->ring);
    sr_event_deinit(&playback->written);
    pthread_mutex_destroy(&playback->lock);
    free(playback);
    return SARAI_OK;
}

static int open(const struct sr_playback_opts *opts, const char *path, struct sr_clock *clock, struct sr_playback **out,
                struct sarai_error *error) {
    (void)path;
    struct sr_playback *playback = aligned_alloc(SR_CACHE_LINE, sizeof *playback);
    if (!playback)
        return sr_error(error, SARAI_ENOMEM, "playback", "out of memory");
    *playback = (struct sr_playback){.clock = clock, .rate_hz = opts->rate_hz};
    playback->latency = (size_t)((int64_t)opts->latency_ms * opts->rate_hz / 1000);
    pthread_mutex_init(&playback->lock, NULL);
    int rc = sr_event_init(&playback->written, clock);
    if (rc == SARAI_OK)
        rc = sr_ring_init(&playback->ring, (uint32_t)(opts->rate_hz * (HELD_MS / 1000)), sizeof(float));
    if (rc < 0) {
        close(playback, NULL);
        return sr_error(error, rc, "playback", "%s", sarai_strerror(rc));
    }
    *out = playback;
    return SARAI_OK;
}

static int write(struct sr_playback *playback, const float *samples, size_t count) {
    if (!playback->started) {
        playback->started = true;
        playback->start_us = sr_clock_now_us(playback->clock);
    }
    pthread_mutex_lock(&playback->lock);
    const uint32_t put = sr_ring_push_many(&playback->ring, samples, (uint32_t)count);
    pthread_mutex_unlock(&playback->lock);
    if (put < count)
        atomic_fetch_add(&playback->lost, count - put);
    sr_event_raise(&playback->written);
    playback->count += (int64_t)count;
    sr_clock_sleep_until(playback->clock, playback->start_us + playback->count * 1000000 / playback->rate_hz);
    return SARAI_OK;
}

static size_t delay(const struct sr_playback *playback) {
    const size_t behind = sr_ring_depth(&playback->ring) + playback->latency;
    return behind < (size_t)playback->count ? behind : (size_t)playback->count;
}

static size_t drop(struct sr_playback *playback, size_t fade, size_t *faded) {
    float last[SR_PLAYBACK_FADE_MAX];
    pthread_mutex_lock(&playback->lock);
    const uint32_t waiting = sr_ring_depth(&playback->ring);
    const uint32_t most = fade < SR_PLAYBACK_FADE_MAX ? (uint32_t)fade : SR_PLAYBACK_FADE_MAX;
    const uint32_t kept = sr_ring_pop_many(&playback->ring, last, most);
    for (uint32_t i = 0; i < kept; i++)
        last[i] *= 1 - (float)(i + 1) / (float)fade;
    const uint32_t gone = sr_ring_skip(&playback->ring, waiting);
    sr_ring_push_many(&playback->ring, last, kept);
    pthread_mutex_unlock(&playback->lock);
    *faded = kept;
    return gone;
}

static int64_t pull(struct sr_playback *playback, float *samples, size_t count, int timeout_ms) {
    const int64_t deadline_us = sr_clock_now_us(playback->clock) + (int64_t)timeout_ms * 1000;
    for (;;) {
        pthread_mutex_lock(&playback->lock);
        const uint32_t got =
            sr_ring_pop_many(&playback->ring, samples, count < UINT32_MAX ? (uint32_t)count : UINT32_MAX);
        pthread_mutex_unlock(&playback->lock);
        if (got || !sr_event_wait(&playback->written, deadline_us))
            return got;
    }
}

static uint64_t dropped(const struct sr_playback *playback) {
    return atomic_load(&playback->lost);
}

const struct sr_playback_backend sr_playback_network = {.name = "network",
                                                        .open = open,
                                                        .write = write,
                                                        .delay = delay,
                                                        .drop = drop,
                                                        .pull = pull,
                                                        .dropped = dropped,
                                                        .close = close};
