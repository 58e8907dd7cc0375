/* SPDX-License-Identifier: Apache-2.0 */
/* A voice for tests: a tone as long as the text, at the pace, delay and failure that its options ask for. */
#include "base/utf8.h"
#include "speech/tts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 24000
#define AMPLITUDE 0.25
#define SLICE_US 10000
#define PI 3.14159265358979323846

struct sr_tts {
    /* immutable */
    struct sr_clock *clock;
    float speed;
    int delay_ms, ms_per_char, fail_after;
    /* atomic, any thread */
    atomic_int clauses;
};

static void close(struct sr_tts *tts) {
    free(tts);
}

static int open(const struct sr_tts_opts *opts, const struct sr_model_opts *models, struct sr_ort *ort,
                struct sr_clock *clock, struct sr_tts **out, struct sarai_error *error) {
    (void)models, (void)ort;
    struct sr_tts *tts = calloc(1, sizeof *tts);
    if (!tts)
        return sr_error(error, SARAI_ENOMEM, "null voice", "out of memory");
    tts->clock = clock;
    tts->speed = opts->speed;
    tts->delay_ms = opts->delay_ms;
    tts->ms_per_char = opts->ms_per_char;
    tts->fail_after = opts->fail_after;
    *out = tts;
    return SARAI_OK;
}

/* The characters of a text that has a letter or digit, else 0. */
static size_t readable_chars(const char *text) {
    size_t chars = 0;
    bool readable = false;
    for (const char *p = text, *end = p + strlen(p); p < end; chars++) {
        const uint32_t cp = sr_utf8_next(&p, end);
        readable = readable || sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp);
    }
    return readable ? chars : 0;
}

/* Another tone for another text, higher in a faster style, so that a test can tell by ear what it hears. */
static double pitch(const char *text) {
    unsigned sum = 0;
    for (; *text; text++)
        sum = sum * 31 + (unsigned char)*text;
    return 200 + sum % 100 * 10;
}

/* Takes its time in slices, so that an abort is noticed soon. */
static int work(const struct sr_tts *tts, struct sr_clock *clock, const struct sr_abort *abort) {
    const int64_t end = sr_clock_now_us(clock) + tts->delay_ms * INT64_C(1000);
    for (;;) {
        const int64_t now = sr_clock_now_us(clock);
        if (sr_aborted(abort))
            return SARAI_ESTALE;
        if (now >= end)
            return SARAI_OK;
        sr_clock_sleep_until(clock, end - now < SLICE_US ? end : now + SLICE_US);
    }
}

static int synthesize(struct sr_tts *tts, const struct sr_tts_job *job, const struct sr_abort *abort,
                      struct sr_tts_clip *clip, struct sarai_error *error) {
    const float speed = job->speed > 0 ? job->speed : tts->speed;
    *clip = (struct sr_tts_clip){.rate_hz = RATE_HZ};
    const int rc = work(tts, job->clock ? job->clock : tts->clock, abort);
    if (rc < 0)
        return rc;
    if (tts->fail_after && atomic_fetch_add(&tts->clauses, 1) >= tts->fail_after)
        return sr_error(error, SARAI_EINTERNAL, "null voice", "failed after %d clauses, as asked", tts->fail_after);
    const double seconds = (double)readable_chars(job->text) * tts->ms_per_char / 1000 / (double)speed;
    const size_t count = (size_t)(seconds * RATE_HZ);
    if (!count)
        return SARAI_OK;
    clip->samples = malloc(count * sizeof *clip->samples);
    if (!clip->samples)
        return sr_error(error, SARAI_ENOMEM, "null voice", "out of memory");
    const double tone_hz = pitch(job->text) * (double)sr_style_pace(job->style);
    for (size_t i = 0; i < count; i++)
        clip->samples[i] = (float)(AMPLITUDE * sin(2 * PI * tone_hz * (double)i / RATE_HZ));
    clip->count = count;
    return SARAI_OK;
}

const struct sr_tts_backend sr_tts_null = {
    .name = "null", .bare = true, .open = open, .close = close, .synthesize = synthesize};
