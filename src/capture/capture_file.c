/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as a microphone: they are heard one after the other at the pace of the clock, with silence before, between and
 * behind them.
 *
 * `hear_file` opens the file in its caller's thread and hangs the decoder on the list; `read` takes the first one off
 * once the one before is used up, and decodes as it goes. The mutex is held for a pointer's change, never during a wait
 * or a decoding.
 */
#include "audio/decode.h"
#include "capture/capture.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct waiting_file {
    struct sr_decoder *decoder;
    struct waiting_file *next;
};

struct sr_capture {
    /* immutable after open */
    struct sr_clock *clock;
    /* capture thread only */
    bool started;
    int64_t start_us, frames;
    struct sr_decoder *playing;
    /* under lock */
    pthread_mutex_t lock;
    struct waiting_file *first, **last;
    /* atomic, any thread */
    atomic_int unheard; /* files given and not yet played to their end */
};

static int open(const struct sr_capture_opts *opts, struct sr_clock *clock, struct sr_capture **out,
                struct sarai_error *error) {
    (void)opts;
    struct sr_capture *capture = calloc(1, sizeof *capture);
    if (!capture)
        return sr_error(error, SARAI_ENOMEM, "capture", "out of memory");
    capture->clock = clock;
    capture->last = &capture->first;
    pthread_mutex_init(&capture->lock, NULL);
    *out = capture;
    return SARAI_OK;
}

static void close(struct sr_capture *capture) {
    if (!capture)
        return;
    sr_decoder_close(capture->playing);
    while (capture->first) {
        struct waiting_file *file = capture->first;
        capture->first = file->next;
        sr_decoder_close(file->decoder);
        free(file);
    }
    pthread_mutex_destroy(&capture->lock);
    free(capture);
}

static int hear_file(struct sr_capture *capture, const char *path, struct sarai_error *error) {
    struct waiting_file *file = calloc(1, sizeof *file);
    if (!file)
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    int rc = sr_decoder_open(path, SR_RATE_HZ, &file->decoder, error);
    if (rc < 0) {
        free(file);
        return rc;
    }
    atomic_fetch_add(&capture->unheard, 1);
    pthread_mutex_lock(&capture->lock);
    *capture->last = file;
    capture->last = &file->next;
    pthread_mutex_unlock(&capture->lock);
    return SARAI_OK;
}

/* Makes the next file the playing one; false when none waits. */
static bool next_file(struct sr_capture *capture) {
    pthread_mutex_lock(&capture->lock);
    struct waiting_file *file = capture->first;
    if (file) {
        capture->first = file->next;
        if (!capture->first)
            capture->last = &capture->first;
    }
    pthread_mutex_unlock(&capture->lock);
    if (!file)
        return false;
    capture->playing = file->decoder;
    free(file);
    return true;
}

/* The next samples of the files; how many there were. A file that breaks in the middle simply ends there. */
static size_t play(struct sr_capture *capture, float *samples) {
    int64_t got = 0;
    while (got == 0 && (capture->playing || next_file(capture))) {
        got = sr_decoder_read(capture->playing, samples, SR_FRAME_SAMPLES, NULL);
        if (got < 0)
            got = 0;
        if (got == SR_FRAME_SAMPLES)
            break;
        sr_decoder_close(capture->playing);
        capture->playing = NULL;
        atomic_fetch_sub(&capture->unheard, 1);
    }
    return (size_t)got;
}

static int read(struct sr_capture *capture, struct sr_frame *frame) {
    if (!capture->started) {
        capture->started = true;
        capture->start_us = sr_clock_now_us(capture->clock);
    }
    frame->time_us = capture->start_us + ++capture->frames * SR_FRAME_US;
    frame->flags = 0;
    sr_clock_sleep_until(capture->clock, frame->time_us);
    size_t got = play(capture, frame->samples);
    memset(frame->samples + got, 0, (SR_FRAME_SAMPLES - got) * sizeof *frame->samples);
    return 1;
}

static bool drained(struct sr_capture *capture) {
    return atomic_load(&capture->unheard) == 0;
}

const struct sr_capture_backend sr_capture_file = {"file", open, read, hear_file, drained, close};
