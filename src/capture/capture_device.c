/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A microphone. The card's callback copies what it brings into a ring and raises an event; the capture thread takes it
 * out, brings it to 16 kHz and cuts it into frames. When the ring is full because the thread was kept from running, the
 * callback drops what came and counts it, and the next frame says that something is missing.
 *
 *   card's thread:  callback -> ring (card's rate)  |  capture thread:  ring -> resampler -> ready -> frame
 *
 * A lost device is closed and SARAI_EDEVICE; every later `read` tries once to open it again.
 */
#include "audio/device.h"
#include "audio/resample.h"
#include "capture/capture.h"
#include "flow/ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MS 10
#define RING_MS 500
#define LONGEST_WAIT_US 100000
#define PIECE 256 /* samples of the card at a time: at most 512 at 16 kHz, since no card is slower than 8 kHz */
#define CLOCK_JUMP_US 60000 /* the card's time and ours differ by more: sound is missing */
#define CLOCK_SHARE 16      /* of a smaller difference, a frame makes up for this part */

struct sr_capture {
    /* immutable after open */
    struct sr_clock *clock;
    struct sr_event arrived;
    /* capture thread only; while a device is open the callback uses `ring` */
    struct sr_device *device;
    struct sr_resampler *resampler;
    struct sr_ring ring;
    int rate_hz;
    char name[SR_DEVICE_NAME_MAX]; /* what to open: the user's choice, then the whole name of what it chose */
    float ready[SR_FRAME_SAMPLES + 4 * PIECE];
    size_t ready_count;
    int64_t frame_us; /* when the last sample of the last frame was captured; -1: no frame yet */
    uint64_t lost_seen;
    /* atomic, written by the callback */
    _Atomic uint64_t lost;  /* samples */
    _Atomic int64_t end_us; /* when the last sample in the ring was captured */
};

static void take(void *user, const float *in, float *out, size_t frames, int64_t latency_us,
                 bool broken) SR_NONBLOCKING {
    struct sr_capture *capture = user;
    const uint32_t count = (uint32_t)frames, taken = sr_ring_push_many(&capture->ring, in, count);
    const int64_t spent_us = (int64_t)taken * 1000000 / capture->rate_hz;
    (void)out;
    atomic_store_explicit(&capture->end_us, sr_clock_now_us(capture->clock) - latency_us + spent_us,
                          memory_order_relaxed);
    if (taken < count || broken)
        atomic_fetch_add_explicit(&capture->lost, broken ? 1 : count - taken, memory_order_relaxed);
    sr_event_raise(&capture->arrived);
}

static void close_device(struct sr_capture *capture) {
    sr_device_close(capture->device);
    sr_resampler_free(capture->resampler);
    sr_ring_deinit(&capture->ring);
    capture->device = NULL;
    capture->resampler = NULL;
}

/* A choice by number or part of a name holds for the device, whatever the list looks like when it is lost. */
static int open_device(struct sr_capture *capture, struct sarai_error *error) {
    const struct sr_device_request request = {
        .device = capture->name, .block_ms = BLOCK_MS, .callback = take, .user = capture};
    int rc = sr_device_open(&request, &capture->device, error);
    if (rc < 0)
        return rc;
    capture->rate_hz = sr_device_rate_hz(capture->device);
    rc = sr_ring_init(&capture->ring, (uint32_t)(capture->rate_hz * RING_MS / 1000), sizeof(float));
    if (rc == SARAI_OK)
        rc = sr_resampler_new(capture->rate_hz, SR_RATE_HZ, &capture->resampler);
    if (rc < 0)
        sr_error(error, rc, "capture", "%s", sarai_strerror(rc));
    else
        rc = sr_device_start(capture->device, error);
    if (rc < 0) {
        close_device(capture);
        return rc;
    }
    if (capture->name[0])
        snprintf(capture->name, sizeof capture->name, "%s", sr_device_name(capture->device));
    capture->ready_count = 0;
    capture->frame_us = -1;
    return SARAI_OK;
}

static void close(struct sr_capture *capture) {
    if (!capture)
        return;
    close_device(capture);
    sr_event_deinit(&capture->arrived);
    free(capture);
}

static int open(const struct sr_capture_opts *opts, struct sr_clock *clock, struct sr_capture **out,
                struct sarai_error *error) {
    if (sr_clock_is_virtual(clock))
        return sr_error(error, SARAI_EUSAGE, "capture.backend", "a microphone needs real time");
    struct sr_capture *capture = calloc(1, sizeof *capture);
    if (!capture)
        return sr_error(error, SARAI_ENOMEM, "capture", "out of memory");
    capture->clock = clock;
    snprintf(capture->name, sizeof capture->name, "%s", opts->device);
    int rc = sr_event_init(&capture->arrived, clock);
    if (rc < 0)
        sr_error(error, rc, "capture", "%s", sarai_strerror(rc));
    else
        rc = open_device(capture, error);
    if (rc < 0)
        close(capture);
    else
        *out = capture;
    return rc;
}

/* Moves what the ring holds to `ready` until a frame is there; false when there was not enough. */
static bool fill(struct sr_capture *capture) {
    float piece[PIECE];
    while (capture->ready_count < SR_FRAME_SAMPLES) {
        const uint32_t count = sr_ring_pop_many(&capture->ring, piece, PIECE);
        if (count == 0)
            return false;
        const int got = sr_resampler_feed(capture->resampler, piece, count, capture->ready + capture->ready_count,
                                          sizeof capture->ready / sizeof *capture->ready - capture->ready_count);
        capture->ready_count += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* When the last sample of the next frame was captured: what the callback noted less what is behind it. That jitters
 * with the callbacks, so a frame follows the one before after 32 ms and approaches the card's clock slowly. */
static int64_t date(struct sr_capture *capture, bool *jumped) {
    const int64_t behind_us = (int64_t)sr_ring_depth(&capture->ring) * 1000000 / capture->rate_hz +
                              (int64_t)(capture->ready_count - SR_FRAME_SAMPLES) * 1000000 / SR_RATE_HZ;
    const int64_t noted_us = atomic_load_explicit(&capture->end_us, memory_order_relaxed) - behind_us;
    const int64_t expected_us = capture->frame_us + SR_FRAME_US;
    *jumped = capture->frame_us >= 0 && noted_us - expected_us > CLOCK_JUMP_US;
    if (capture->frame_us < 0 || *jumped)
        return noted_us;
    const int64_t moved_us = (noted_us - expected_us) / CLOCK_SHARE;
    return expected_us + (moved_us > -SR_FRAME_US / 2 ? moved_us : -SR_FRAME_US / 2);
}

static void cut(struct sr_capture *capture, struct sr_frame *frame) {
    const uint64_t lost = atomic_load_explicit(&capture->lost, memory_order_relaxed);
    bool jumped;
    frame->time_us = capture->frame_us = date(capture, &jumped);
    frame->flags = lost != capture->lost_seen || jumped ? SR_FRAME_LOST : 0;
    capture->lost_seen = lost;
    memcpy(frame->samples, capture->ready, sizeof frame->samples);
    capture->ready_count -= SR_FRAME_SAMPLES;
    memmove(capture->ready, capture->ready + SR_FRAME_SAMPLES, capture->ready_count * sizeof *capture->ready);
}

static int read(struct sr_capture *capture, struct sr_frame *frame) {
    const int64_t deadline_us = sr_clock_now_us(capture->clock) + LONGEST_WAIT_US;
    if (!capture->device && open_device(capture, NULL) < 0)
        return SARAI_EDEVICE;
    while (!fill(capture)) {
        if (sr_event_wait(&capture->arrived, deadline_us))
            continue;
        if (sr_device_alive(capture->device))
            return 0;
        close_device(capture);
        return SARAI_EDEVICE;
    }
    cut(capture, frame);
    return 1;
}

const struct sr_capture_backend sr_capture_device = {.name = "device", .open = open, .read = read, .close = close};
