/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A microphone somewhere else: the application pushes what a peer sent, in pieces of any size, rate and channel count.
 *
 *   application's thread:  push -> mix -> resampler -> ring (16 kHz)  |  capture thread:  ring -> frame
 *
 * Frames leave at the pace of the clock. What comes late is waited for a moment, then there is silence instead, so that
 * a turn ends although its peer sends nothing more. What comes too early, or late and all at once, waits in the ring
 * and leaves at several times that pace, slow enough for the stages behind. A full ring drops what comes and counts it.
 */
#include "audio/resample.h"
#include "capture/capture.h"
#include "flow/ring.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 256 /* frames of the peer at a time */
#define RATE_MIN 1000
#define RATE_MAX 768000
#define CHANNELS_MAX 64
#define PIECE_ROOM (PIECE * (SR_RATE_HZ / RATE_MIN))
#define PATIENCE_US 60000 /* a packet may be so late before silence takes its place */
#define LONGEST_WAIT_US 100000
#define BACKLOG_FRAMES 6 /* from here on it leaves faster */
#define FAST_US (SR_FRAME_US / 4)

struct sr_capture {
    /* immutable after open */
    struct sr_clock *clock;
    struct sr_event arrived;
    struct sr_ring ring;
    /* application's thread only */
    struct sr_resampler *resampler;
    int rate_hz;
    /* capture thread only */
    int64_t due_us; /* when the next frame should leave; -1: none has */
    uint64_t lost_seen;
    /* atomic, written by the application's thread */
    _Atomic uint64_t lost; /* samples */
};

static void close(struct sr_capture *capture) {
    if (!capture)
        return;
    sr_resampler_free(capture->resampler);
    sr_ring_deinit(&capture->ring);
    sr_event_deinit(&capture->arrived);
    free(capture);
}

static int open(const struct sr_capture_opts *opts, struct sr_clock *clock, struct sr_capture **out,
                struct sarai_error *error) {
    struct sr_capture *capture = aligned_alloc(SR_CACHE_LINE, sizeof *capture);
    if (!capture)
        return sr_error(error, SARAI_ENOMEM, "capture", "out of memory");
    *capture = (struct sr_capture){.clock = clock, .due_us = -1};
    const uint32_t room = (uint32_t)((int64_t)opts->buffer_ms * SR_RATE_HZ / 1000);
    int rc = sr_event_init(&capture->arrived, clock);
    if (rc == SARAI_OK)
        rc = sr_ring_init(&capture->ring, room, sizeof(float));
    if (rc < 0) {
        close(capture);
        return sr_error(error, rc, "capture", "%s", sarai_strerror(rc));
    }
    *out = capture;
    return SARAI_OK;
}

/* The mean of the channels; what is no sample at all is silence. */
static void mix(const float *in, size_t frames, int channels, float *out) {
    for (size_t i = 0; i < frames; i++) {
        float sum = 0;
        for (int c = 0; c < channels; c++)
            sum += in[i * (size_t)channels + (size_t)c];
        out[i] = isfinite(sum) ? fmaxf(-1, fminf(sum / (float)channels, 1)) : 0;
    }
}

static int at_rate(struct sr_capture *capture, int rate_hz) {
    if (rate_hz == capture->rate_hz)
        return SARAI_OK;
    sr_resampler_free(capture->resampler);
    capture->resampler = NULL;
    capture->rate_hz = 0;
    const int rc = rate_hz == SR_RATE_HZ ? SARAI_OK : sr_resampler_new(rate_hz, SR_RATE_HZ, &capture->resampler);
    if (rc == SARAI_OK)
        capture->rate_hz = rate_hz;
    return rc;
}

static int push(struct sr_capture *capture, const float *samples, size_t frames, int rate_hz, int channels) {
    if (rate_hz < RATE_MIN || rate_hz > RATE_MAX || channels < 1 || channels > CHANNELS_MAX)
        return SARAI_EUSAGE;
    int rc = at_rate(capture, rate_hz);
    uint64_t lost = 0;
    for (size_t done = 0; rc >= 0 && done < frames; done += PIECE) {
        const size_t part = frames - done < PIECE ? frames - done : PIECE;
        float mono[PIECE], ready[PIECE_ROOM];
        mix(samples + done * (size_t)channels, part, channels, mono);
        int count = (int)part;
        if (capture->resampler)
            rc = count = sr_resampler_feed(capture->resampler, mono, part, ready, PIECE_ROOM);
        if (count > 0)
            lost +=
                (uint32_t)count - sr_ring_push_many(&capture->ring, capture->resampler ? ready : mono, (uint32_t)count);
    }
    if (lost)
        atomic_fetch_add(&capture->lost, lost);
    sr_event_raise(&capture->arrived);
    return rc < 0 ? rc : lost ? SARAI_EFULL : SARAI_OK;
}

static uint64_t dropped(const struct sr_capture *capture) {
    return atomic_load(&capture->lost);
}

static int read(struct sr_capture *capture, struct sr_frame *frame) {
    const int64_t start_us = sr_clock_now_us(capture->clock), give_up_us = start_us + LONGEST_WAIT_US;
    if (capture->due_us < 0)
        capture->due_us = start_us + SR_FRAME_US;
    const bool behind = sr_ring_depth(&capture->ring) >= BACKLOG_FRAMES * SR_FRAME_SAMPLES;
    sr_clock_sleep_until(capture->clock, capture->due_us - (behind ? SR_FRAME_US - FAST_US : 0));
    while (sr_ring_depth(&capture->ring) < SR_FRAME_SAMPLES) {
        const int64_t patience_us = capture->due_us + PATIENCE_US;
        if (!sr_event_wait(&capture->arrived, patience_us < give_up_us ? patience_us : give_up_us) &&
            sr_clock_now_us(capture->clock) < patience_us)
            return 0;
        if (sr_clock_now_us(capture->clock) >= patience_us)
            break;
    }
    const uint32_t got = sr_ring_pop_many(&capture->ring, frame->samples, SR_FRAME_SAMPLES);
    memset(frame->samples + got, 0, (SR_FRAME_SAMPLES - got) * sizeof *frame->samples);
    const uint64_t lost = dropped(capture);
    frame->flags = lost != capture->lost_seen ? SR_FRAME_LOST : 0;
    capture->lost_seen = lost;
    /* The pace goes on from when this frame was due, unless it left early or its reader was kept from running. */
    const int64_t now_us = sr_clock_now_us(capture->clock);
    const int64_t due_us = capture->due_us;
    capture->due_us = (now_us < due_us || now_us - due_us > 2 * PATIENCE_US ? now_us : due_us) + SR_FRAME_US;
    frame->time_us = now_us;
    return 1;
}

const struct sr_capture_backend sr_capture_network = {
    .name = "network", .open = open, .read = read, .push = push, .dropped = dropped, .close = close};
