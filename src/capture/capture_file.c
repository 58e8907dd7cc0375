/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as a microphone: they are heard one after the other at the pace of the clock, with silence before, between and
 * behind them.
 *
 * `hear_file` opens the file in its caller's thread, reads its beginning and hangs it on the list; `read` takes the
 * first one off once the one before is used up, and decodes as it goes. The mutex is held for a pointer's change, never
 * during a wait or a decoding.
 */
#include "audio/decode.h"
#include "capture/capture.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct file {
    struct sr_decoder *decoder;
    float head[SR_FRAME_SAMPLES]; /* read by `hear_file`, to know that there is sound */
    size_t head_count;
    struct file *next;
};

struct sr_capture {
    /* immutable after open */
    struct sr_clock *clock;
    /* capture thread only */
    bool started;
    int64_t start_us, frames;
    struct file *playing;
    /* under lock */
    pthread_mutex_t lock;
    struct file *first, **last;
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

static void close_file(struct file *file) {
    if (!file)
        return;
    sr_decoder_close(file->decoder);
    free(file);
}

static void close(struct sr_capture *capture) {
    if (!capture)
        return;
    close_file(capture->playing);
    while (capture->first) {
        struct file *file = capture->first;
        capture->first = file->next;
        close_file(file);
    }
    pthread_mutex_destroy(&capture->lock);
    free(capture);
}

static int hear_file(struct sr_capture *capture, const char *path, struct sarai_error *error) {
    struct file *file = calloc(1, sizeof *file);
    if (!file)
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    int rc = sr_decoder_open(path, SR_RATE_HZ, &file->decoder, error);
    int64_t got = rc < 0 ? rc : sr_decoder_read(file->decoder, file->head, SR_FRAME_SAMPLES, error);
    if (got <= 0) {
        close_file(file);
        return got < 0 ? (int)got : sr_error(error, SARAI_EINPUT, path, "holds no sound");
    }
    file->head_count = (size_t)got;
    pthread_mutex_lock(&capture->lock);
    *capture->last = file;
    capture->last = &file->next;
    pthread_mutex_unlock(&capture->lock);
    return SARAI_OK;
}

/* Makes the next file the playing one; false when none waits. */
static bool next_file(struct sr_capture *capture) {
    pthread_mutex_lock(&capture->lock);
    struct file *file = capture->first;
    if (file) {
        capture->first = file->next;
        if (!capture->first)
            capture->last = &capture->first;
    }
    pthread_mutex_unlock(&capture->lock);
    capture->playing = file;
    return file != NULL;
}

static int64_t read_file(struct file *file, float *samples) {
    const size_t count = file->head_count;
    if (!count)
        return sr_decoder_read(file->decoder, samples, SR_FRAME_SAMPLES, NULL);
    memcpy(samples, file->head, count * sizeof *samples);
    file->head_count = 0;
    return (int64_t)count;
}

/* Fills the frame with the next samples of the files, then silence. A file that breaks in the middle ends there. */
static void play(struct sr_capture *capture, struct sr_frame *frame) {
    int64_t got = 0;
    while (got == 0 && (capture->playing || next_file(capture))) {
        got = read_file(capture->playing, frame->samples);
        if (got < 0)
            got = 0;
        if (got == SR_FRAME_SAMPLES)
            return;
        close_file(capture->playing);
        if (!next_file(capture))
            frame->flags |= SR_FRAME_END;
    }
    memset(frame->samples + got, 0, (size_t)(SR_FRAME_SAMPLES - got) * sizeof *frame->samples);
}

static int read(struct sr_capture *capture, struct sr_frame *frame) {
    if (!capture->started) {
        capture->started = true;
        capture->start_us = sr_clock_now_us(capture->clock);
    }
    frame->time_us = capture->start_us + ++capture->frames * SR_FRAME_US;
    frame->flags = 0;
    sr_clock_sleep_until(capture->clock, frame->time_us);
    play(capture, frame);
    return 1;
}

const struct sr_capture_backend sr_capture_file = {
    .name = "file", .open = open, .read = read, .hear_file = hear_file, .close = close};
