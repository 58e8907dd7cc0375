/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A microphone that misbehaves on purpose: speech and pauses by a script, a clock that drifts, late frames, lost
 * frames, a device that goes and comes back. The speech is noise of about -20 dB from a generator with a fixed seed, so
 * that every run hears the same.
 */
#include "capture/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_WAIT_US 100000
#define PIECE_MS_MAX 3600000
#define NOISE_PEAK 0.1732f /* uniform noise of that peak has an RMS of 0.1: -20 dB */

struct sr_capture {
    /* immutable after open */
    struct sr_clock *clock;
    int64_t jitter_us, return_us;
    int fail_after, drift_ppm, overrun;
    int *script; /* speech, pause, speech, ... in samples */
    size_t script_count;
    /* capture thread only */
    bool started, lost, skipped;
    int64_t start_us, next; /* `next` counts frames on the time line, those missed too */
    int64_t ready_us;       /* when frame `next` is there; -1: not decided */
    int64_t lost_us;        /* when the device went */
    int since_return;       /* frames delivered since it opened or came back */
    size_t piece;           /* of the script */
    int piece_left;         /* samples */
    uint32_t random;
};

static uint32_t next_random(struct sr_capture *capture) {
    uint32_t x = capture->random; /* xorshift32 */
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return capture->random = x;
}

static int bad_script(const char *text, struct sarai_error *error) {
    return sr_error(error, SARAI_EINPUT, "capture.script",
                    "must be SPEECH_MS,PAUSE_MS,... with at least one piece that is not 0, not '%s'", text);
}

static int parse_script(struct sr_capture *capture, const char *text, struct sarai_error *error) {
    size_t pieces = 1;
    int64_t total = 0;
    if (!*text)
        return SARAI_OK;
    for (const char *p = text; *p; p++)
        pieces += *p == ',';
    capture->script = calloc(pieces, sizeof *capture->script);
    if (!capture->script)
        return sr_error(error, SARAI_ENOMEM, "capture", "out of memory");
    for (const char *p = text;; p++) {
        char *end;
        errno = 0;
        long ms = strtol(p, &end, 10);
        if (end == p || errno || ms < 0 || ms > PIECE_MS_MAX || (*end && *end != ','))
            return bad_script(text, error);
        capture->script[capture->script_count++] = (int)ms * (SR_RATE_HZ / 1000);
        total += ms;
        p = end;
        if (!*p)
            break;
    }
    if (total == 0)
        return bad_script(text, error);
    capture->piece_left = capture->script[0];
    return SARAI_OK;
}

static void close(struct sr_capture *capture) {
    if (!capture)
        return;
    free(capture->script);
    free(capture);
}

static int open(const struct sr_capture_opts *opts, struct sr_clock *clock, struct sr_capture **out,
                struct sarai_error *error) {
    struct sr_capture *capture = calloc(1, sizeof *capture);
    if (!capture)
        return sr_error(error, SARAI_ENOMEM, "capture", "out of memory");
    capture->clock = clock;
    capture->jitter_us = (int64_t)opts->jitter_ms * 1000;
    capture->return_us = (int64_t)opts->return_ms * 1000;
    capture->fail_after = opts->fail_after;
    capture->drift_ppm = opts->drift_ppm;
    capture->overrun = opts->overrun;
    capture->ready_us = -1;
    capture->random = 2463534242u;
    int rc = parse_script(capture, opts->script ? opts->script : "", error);
    if (rc < 0) {
        close(capture);
        return rc;
    }
    *out = capture;
    return SARAI_OK;
}

/* The script goes on while nobody listens: `samples` NULL. */
static void speak(struct sr_capture *capture, float *samples) {
    for (int i = 0; i < SR_FRAME_SAMPLES; i++) {
        while (capture->script && capture->piece_left == 0) {
            capture->piece = (capture->piece + 1) % capture->script_count;
            capture->piece_left = capture->script[capture->piece];
        }
        bool speech = capture->script && capture->piece % 2 == 0;
        float value = speech ? ((float)next_random(capture) / 2147483648.0f - 1) * NOISE_PEAK : 0;
        if (samples)
            samples[i] = value;
        if (capture->script)
            capture->piece_left--;
    }
}

static int64_t due_us(const struct sr_capture *capture, int64_t frame) {
    return capture->start_us + (frame + 1) * SR_FRAME_US * 1000000 / (1000000 + capture->drift_ppm);
}

/* After its time away the device goes on with the frame that is running then. */
static bool came_back(struct sr_capture *capture) {
    int64_t now = sr_clock_now_us(capture->clock);
    if (capture->return_us == 0 || now - capture->lost_us < capture->return_us)
        return false;
    for (; due_us(capture, capture->next) < now; capture->next++)
        speak(capture, NULL);
    capture->lost = false;
    capture->skipped = true;
    capture->since_return = 0;
    return true;
}

/* Now and then nobody takes a frame in time. */
static void overrun(struct sr_capture *capture) {
    if (capture->overrun == 0 || capture->next % capture->overrun != capture->overrun - 1)
        return;
    speak(capture, NULL);
    capture->next++;
    capture->skipped = true;
}

static int read(struct sr_capture *capture, struct sr_frame *frame) {
    int64_t now = sr_clock_now_us(capture->clock);
    if (!capture->started) {
        capture->started = true;
        capture->start_us = now;
    }
    if (capture->lost && !came_back(capture))
        return SARAI_EDEVICE;
    if (capture->fail_after > 0 && capture->since_return == capture->fail_after) {
        capture->lost = true;
        capture->lost_us = now;
        return SARAI_EDEVICE;
    }
    if (capture->ready_us < 0) {
        overrun(capture);
        capture->ready_us =
            due_us(capture, capture->next) + (capture->jitter_us ? next_random(capture) % (capture->jitter_us + 1) : 0);
    }
    if (capture->ready_us > now + LONGEST_WAIT_US) {
        sr_clock_sleep_until(capture->clock, now + LONGEST_WAIT_US);
        return 0;
    }
    sr_clock_sleep_until(capture->clock, capture->ready_us);
    frame->time_us = due_us(capture, capture->next++);
    frame->flags = capture->skipped ? SR_FRAME_LOST : 0;
    speak(capture, frame->samples);
    capture->ready_us = -1;
    capture->skipped = false;
    capture->since_return++;
    return 1;
}

const struct sr_capture_backend sr_capture_null = {.name = "null", .open = open, .read = read, .close = close};
