/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loudspeaker. `write` brings a block to the card's rate and puts it into a ring; the card's callback empties it and
 * raises an event; silence where there was nothing. Little waits in the ring: two blocks, and one more each time the
 * card found it empty, up to ten.
 *
 *   playback thread:  write -> resampler -> ring (card's rate)  |  card's thread:  ring -> callback
 *
 * At a barge-in `drop` marks the place in the ring up to which everything is stale. The callback, next time it comes,
 * fades out what is in front of it, skips the rest and says how much it was; `drop` waits for that, at most one turn of
 * the card. A new epoch also ends a wait of `write`, whose rest then goes into the ring above the limit.
 *
 * A lost device is closed and SARAI_EDEVICE; every later `write` tries once to open it again.
 */
#include "audio/device.h"
#include "audio/resample.h"
#include "flow/ring.h"
#include "playback/playback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MS 10
#define BLOCKS_FIRST 2
#define BLOCKS_MOST 10
#define BLOCKS_SPARE 2 /* for what is left of a `write` that was woken */
#define LONGEST_WAIT_US 100000
#define PIECE 128 /* samples resampled at a time */
#define RATIO_MAX 24

struct sr_playback {
    /* immutable after open */
    struct sr_clock *clock;
    int rate_hz; /* of what is written */
    struct sr_event asked;
    /* playback thread only; while a device is open the callback uses `ring` */
    struct sr_device *device;
    struct sr_resampler *resampler; /* NULL: the card takes our rate */
    struct sr_ring ring;
    int card_hz;
    int blocks;                    /* that the ring may hold */
    uint32_t most;                 /* the same in samples, for the `write` that is going on */
    char name[SR_DEVICE_NAME_MAX]; /* what to open: the user's choice, then the whole name of what it chose */
    unsigned underruns_seen;
    /* atomic, written by the callback */
    atomic_bool begun;              /* something was played since it opened or was cut */
    atomic_uint underruns;          /* times the ring was empty after that */
    _Atomic int64_t silent_from_us; /* when the last sample that was taken will have been heard */
    /* atomic: asked for by the playback thread (released by `cuts`), answered by the callback (by `cuts_done`) */
    atomic_uint cuts, cuts_done;
    _Atomic uint32_t cut_until, cut_fade; /* place in the ring; samples */
    _Atomic uint32_t cut_faded, cut_dropped;
    /* callback only */
    uint32_t faded; /* of the cut that is going on */
};

/* Puts the part of a cut that still sounds into `out` and skips the rest; returns how many samples that was. */
static uint32_t cut(struct sr_playback *playback, float *out, uint32_t count) SR_NONBLOCKING {
    const unsigned cuts = atomic_load_explicit(&playback->cuts, memory_order_acquire);
    if (cuts == atomic_load_explicit(&playback->cuts_done, memory_order_relaxed))
        return 0;
    const uint32_t fade = atomic_load_explicit(&playback->cut_fade, memory_order_relaxed);
    const uint32_t until = atomic_load_explicit(&playback->cut_until, memory_order_relaxed);
    const int32_t before = (int32_t)(until - sr_ring_popped(&playback->ring));
    const uint32_t stale = before > 0 ? (uint32_t)before : 0, left = fade - playback->faded;
    uint32_t got = stale < left ? stale : left;
    got = sr_ring_pop_many(&playback->ring, out, got < count ? got : count);
    for (uint32_t i = 0; i < got; i++)
        out[i] *= 1 - (float)(playback->faded + i + 1) / (float)fade;
    playback->faded += got;
    if (got < left && got < stale)
        return got; /* the card took less than the fade: it goes on next time */
    atomic_store_explicit(&playback->cut_dropped, sr_ring_skip(&playback->ring, stale - got), memory_order_relaxed);
    atomic_store_explicit(&playback->cut_faded, playback->faded, memory_order_relaxed);
    playback->faded = 0;
    atomic_store_explicit(&playback->begun, false, memory_order_relaxed); /* an empty ring is no underrun now */
    atomic_store_explicit(&playback->cuts_done, cuts, memory_order_release);
    return got;
}

static void give(void *user, const float *in, float *out, size_t frames, int64_t latency_us,
                 bool broken) SR_NONBLOCKING {
    struct sr_playback *playback = user;
    const uint32_t count = (uint32_t)frames, last = cut(playback, out, count);
    const uint32_t got = last + sr_ring_pop_many(&playback->ring, out + last, count - last);
    (void)in;
    memset(out + got, 0, (count - got) * sizeof *out);
    if (got > last)
        atomic_store_explicit(&playback->begun, true, memory_order_relaxed);
    if (broken || (got < count && atomic_load_explicit(&playback->begun, memory_order_relaxed)))
        atomic_fetch_add_explicit(&playback->underruns, 1, memory_order_relaxed);
    atomic_store_explicit(&playback->silent_from_us,
                          sr_clock_now_us(playback->clock) + latency_us + (int64_t)got * 1000000 / playback->card_hz,
                          memory_order_relaxed);
    sr_event_raise(&playback->asked);
}

static void close_device(struct sr_playback *playback) {
    sr_device_close(playback->device);
    sr_resampler_free(playback->resampler);
    sr_ring_deinit(&playback->ring);
    playback->device = NULL;
    playback->resampler = NULL;
}

static uint32_t block_frames(const struct sr_playback *playback) {
    return (uint32_t)(playback->card_hz * BLOCK_MS / 1000);
}

static int prepare(struct sr_playback *playback) {
    playback->card_hz = sr_device_rate_hz(playback->device);
    if (playback->card_hz > RATIO_MAX * playback->rate_hz)
        return SARAI_EUNSUPPORTED;
    int rc = sr_ring_init(&playback->ring, (BLOCKS_MOST + BLOCKS_SPARE) * block_frames(playback), sizeof(float));
    if (rc == SARAI_OK && playback->card_hz != playback->rate_hz)
        rc = sr_resampler_new(playback->rate_hz, playback->card_hz, &playback->resampler);
    playback->blocks = BLOCKS_FIRST;
    playback->underruns_seen = atomic_load(&playback->underruns);
    atomic_store(&playback->begun, false);
    atomic_store(&playback->silent_from_us, 0);
    atomic_store(&playback->cuts_done, atomic_load(&playback->cuts));
    playback->faded = 0;
    return rc;
}

/* A choice by number or part of a name holds for the device, whatever the list looks like when it is lost. */
static int open_device(struct sr_playback *playback, struct sarai_error *error) {
    const struct sr_device_request request = {.output = true,
                                              .device = playback->name,
                                              .rate_hz = playback->rate_hz,
                                              .block_ms = BLOCK_MS,
                                              .callback = give,
                                              .user = playback};
    int rc = sr_device_open(&request, &playback->device, error);
    if (rc < 0)
        return rc;
    if ((rc = prepare(playback)) < 0)
        sr_error(error, rc, "playback", "%s", sarai_strerror(rc));
    else
        rc = sr_device_start(playback->device, error);
    if (rc < 0) {
        close_device(playback);
        return rc;
    }
    if (playback->name[0])
        snprintf(playback->name, sizeof playback->name, "%s", sr_device_name(playback->device));
    return SARAI_OK;
}

static int close(struct sr_playback *playback, struct sarai_error *error) {
    (void)error;
    if (!playback)
        return SARAI_OK;
    close_device(playback);
    sr_event_deinit(&playback->asked);
    free(playback);
    return SARAI_OK;
}

static int open(const struct sr_playback_opts *opts, const char *path, struct sr_clock *clock, struct sr_playback **out,
                struct sarai_error *error) {
    (void)path;
    if (sr_clock_is_virtual(clock))
        return sr_error(error, SARAI_EUSAGE, "playback.backend", "a loudspeaker needs real time");
    struct sr_playback *playback = calloc(1, sizeof *playback);
    if (!playback)
        return sr_error(error, SARAI_ENOMEM, "playback", "out of memory");
    playback->clock = clock;
    playback->rate_hz = opts->rate_hz;
    snprintf(playback->name, sizeof playback->name, "%s", opts->device);
    int rc = sr_event_init(&playback->asked, clock);
    if (rc < 0)
        sr_error(error, rc, "playback", "%s", sarai_strerror(rc));
    else
        rc = open_device(playback, error);
    if (rc < 0)
        close(playback, NULL);
    else
        *out = playback;
    return rc;
}

/* How much the ring may hold now. */
static uint32_t limit(struct sr_playback *playback) {
    const unsigned underruns = atomic_load_explicit(&playback->underruns, memory_order_relaxed);
    if (underruns != playback->underruns_seen && playback->blocks < BLOCKS_MOST)
        playback->blocks++;
    playback->underruns_seen = underruns;
    return (uint32_t)playback->blocks * block_frames(playback);
}

/* Puts samples of the card's rate into the ring as room comes, or when woken. */
static int queue(struct sr_playback *playback, const float *samples, size_t count) {
    for (;;) {
        const uint32_t depth = sr_ring_depth(&playback->ring),
                       room = playback->most > depth ? playback->most - depth : 0;
        const uint32_t put = sr_ring_push_many(&playback->ring, samples, room < count ? room : (uint32_t)count);
        samples += put;
        count -= put;
        if (count == 0)
            return SARAI_OK;
        if (sr_event_wait(&playback->asked, sr_clock_now_us(playback->clock) + LONGEST_WAIT_US)) {
            if (sr_ring_depth(&playback->ring) >= playback->most)
                playback->most = UINT32_MAX; /* raised by somebody else than the card, which makes room */
        } else if (!sr_device_alive(playback->device)) {
            return SARAI_EDEVICE;
        }
    }
}

static int write(struct sr_playback *playback, const float *samples, size_t count) {
    if (!playback->device && open_device(playback, NULL) < 0)
        return SARAI_EDEVICE;
    playback->most = limit(playback);
    sr_event_wait(&playback->asked, 0); /* what was raised before is no news */
    int rc = playback->resampler ? SARAI_OK : queue(playback, samples, count);
    for (size_t done = 0; playback->resampler && rc == SARAI_OK && done < count; done += PIECE) {
        float piece[RATIO_MAX * PIECE];
        const size_t part = count - done < PIECE ? count - done : PIECE;
        const int got =
            sr_resampler_feed(playback->resampler, samples + done, part, piece, sizeof piece / sizeof *piece);
        rc = got < 0 ? SARAI_EDEVICE : queue(playback, piece, (size_t)got);
    }
    if (rc < 0)
        close_device(playback);
    return rc;
}

static size_t delay(const struct sr_playback *playback) {
    if (!playback->device)
        return 0;
    const int64_t silent_from_us = atomic_load_explicit(&playback->silent_from_us, memory_order_relaxed);
    const int64_t card_us = silent_from_us - sr_clock_now_us(playback->clock);
    const int64_t queued = (int64_t)sr_ring_depth(&playback->ring) * playback->rate_hz / playback->card_hz;
    return (size_t)(queued + (card_us > 0 ? card_us * playback->rate_hz / 1000000 : 0));
}

/* Samples of the card's rate as ours. */
static size_t ours(const struct sr_playback *playback, uint32_t samples) {
    return (size_t)((uint64_t)samples * (uint64_t)playback->rate_hz / (uint64_t)playback->card_hz);
}

static size_t drop(struct sr_playback *playback, size_t fade, size_t *faded) {
    *faded = 0;
    if (!playback->device)
        return 0;
    const int64_t deadline_us = sr_clock_now_us(playback->clock) + LONGEST_WAIT_US;
    const uint32_t waiting = sr_ring_depth(&playback->ring);
    const unsigned number = atomic_load(&playback->cuts) + 1;
    atomic_store_explicit(&playback->cut_until, sr_ring_pushed(&playback->ring), memory_order_relaxed);
    atomic_store_explicit(&playback->cut_fade, (uint32_t)(fade * (size_t)playback->card_hz / (size_t)playback->rate_hz),
                          memory_order_relaxed);
    atomic_store_explicit(&playback->cuts, number, memory_order_release);
    float tail[RATIO_MAX * PIECE];
    for (int i = 0; playback->resampler && i < 2; i++) /* its filter must forget, too */
        sr_resampler_feed(playback->resampler, (const float[PIECE]){0}, PIECE, tail, sizeof tail / sizeof *tail);
    while (atomic_load_explicit(&playback->cuts_done, memory_order_acquire) != number)
        if (!sr_event_wait(&playback->asked, deadline_us))
            return ours(playback, waiting); /* a card that stopped asking plays nothing of it */
    *faded = ours(playback, atomic_load_explicit(&playback->cut_faded, memory_order_relaxed));
    return ours(playback, atomic_load_explicit(&playback->cut_dropped, memory_order_relaxed));
}

static struct sr_event *wake(struct sr_playback *playback) {
    return &playback->asked;
}

const struct sr_playback_backend sr_playback_device = {
    .name = "device", .open = open, .write = write, .delay = delay, .drop = drop, .wake = wake, .close = close};
