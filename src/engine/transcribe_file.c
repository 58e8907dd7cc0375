/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of any length is read once. What lies between long silences is gathered into stretches of up to 28 s, cut at a
 * pause where there is one, and each stretch is decoded by itself. Silence is never decoded: that is where speech
 * recognition makes things up.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "engine/listen.h"

#define LEAD_FRAMES 10                   /* kept from before the speech */
#define TAIL_FRAMES 4                    /* kept from behind it, as of a draft: noise there is misheard as words */
#define LEAST_FRAMES 3                   /* of speech; less is a click */
#define PAUSE_FRAMES 13                  /* 0.4 s: a good place to cut once ... */
#define ENOUGH_SAMPLES (15 * SR_RATE_HZ) /* ... there is this much */
#define SILENCE_FRAMES 47                /* 1.5 s: the stretch is over in any case */
#define MOST_SAMPLES (28 * SR_RATE_HZ)

struct transcriber {
    struct sarai_engine *engine;
    struct sr_stt *stt;
    struct sr_abort abort;
    float *audio; /* MOST_SAMPLES */
    size_t count;
    int64_t position; /* of the frame being taken, in samples */
    int64_t start;    /* of the stretch */
    int speech;       /* frames of the stretch that hold speech */
    int silence;      /* frames since the last speech */
    struct sr_str text;
    struct sarai_segment *segments;
    size_t segment_count, room;
    char language[8];
    int64_t decode_us;
    double part; /* of the file that was read */
    sarai_progress *progress;
    void *progress_user;
    int status;
};

static int add_segment(struct transcriber *t, const struct sr_stt_segment *segment) {
    if (t->segment_count == t->room) {
        const size_t room = t->room ? t->room * 2 : 16;
        struct sarai_segment *segments = realloc(t->segments, room * sizeof *segments);
        if (!segments)
            return SARAI_ENOMEM;
        t->segments = segments;
        t->room = room;
    }
    char *text = sr_strdup(segment->text);
    if (!text)
        return SARAI_ENOMEM;
    const double start_s = (double)t->start / SR_RATE_HZ;
    t->segments[t->segment_count++] = (struct sarai_segment){.start_s = start_s + (double)segment->start_ms / 1000,
                                                             .end_s = start_s + (double)segment->end_ms / 1000,
                                                             .text = text};
    return SARAI_OK;
}

static int decode_stretch(struct transcriber *t) {
    struct sr_stt_result result = {0};
    const int64_t before_us = sr_clock_now_us(t->engine->clock);
    const int threads = t->engine->config->stt.threads;
    int status = sr_sched_take(t->engine->sched, t->engine->clock, SR_STT_FINAL, threads, &t->abort);
    if (status < 0)
        return status;
    status = t->engine->stt_backend->decode(t->stt, t->audio, t->count, SR_FINAL, &t->abort, &result);
    sr_sched_give(t->engine->sched, threads);
    t->decode_us += sr_clock_now_us(t->engine->clock) - before_us;
    if (status >= 0 && *result.text) {
        sr_str_addf(&t->text, "%s%s", t->text.len ? " " : "", result.text);
        if (!*t->language)
            memcpy(t->language, result.language, sizeof t->language);
        for (size_t i = 0; i < result.count && status >= 0; i++)
            status = add_segment(t, &result.segments[i]);
    }
    sr_stt_result_deinit(&result);
    return status;
}

static int end_stretch(struct transcriber *t) {
    int status = SARAI_OK;
    if (t->silence > TAIL_FRAMES && t->speech > 0)
        t->count -= (size_t)(t->silence - TAIL_FRAMES) * SR_FRAME_SAMPLES;
    if (t->speech >= LEAST_FRAMES)
        status = decode_stretch(t);
    if (status >= 0 && t->progress && t->progress(t->progress_user, t->part))
        status = SARAI_ESTALE;
    t->count = 0;
    t->speech = 0;
    t->silence = 0;
    return status;
}

static int take_frame(void *user, const float *samples, bool speech, double part) {
    struct transcriber *t = user;
    t->part = part;
    if (t->speech == 0 && t->count >= LEAD_FRAMES * SR_FRAME_SAMPLES) { /* only a lead is kept */
        memmove(t->audio, t->audio + SR_FRAME_SAMPLES, (t->count - SR_FRAME_SAMPLES) * sizeof *t->audio);
        t->count -= SR_FRAME_SAMPLES;
    }
    memcpy(t->audio + t->count, samples, SR_FRAME_SAMPLES * sizeof *samples);
    if (t->speech == 0)
        t->start = t->position - (int64_t)t->count;
    t->count += SR_FRAME_SAMPLES;
    t->position += SR_FRAME_SAMPLES;
    t->speech += speech;
    t->silence = speech ? 0 : t->silence + 1;
    const bool pause = t->silence == PAUSE_FRAMES && t->count >= ENOUGH_SAMPLES;
    const bool over = t->silence >= SILENCE_FRAMES || t->count + SR_FRAME_SAMPLES > MOST_SAMPLES;
    if (t->speech > 0 && (pause || over))
        t->status = end_stretch(t);
    return t->status < 0;
}

static void deinit(struct transcriber *t) {
    for (size_t i = 0; i < t->segment_count; i++)
        free((char *)t->segments[i].text);
    free(t->segments);
    free(t->audio);
    sr_str_deinit(&t->text);
    if (t->stt)
        t->engine->stt_backend->close(t->stt);
}

int sarai_transcribe_file(struct sarai_engine *engine, const char *path,
                          void (*done)(void *user, const struct sarai_transcript *result), void *user,
                          sarai_progress *progress, void *progress_user, struct sarai_error *error) {
    struct transcriber t = {.engine = engine, .progress = progress, .progress_user = progress_user};
    if (!engine->stt)
        return sr_error(error, SARAI_EUSAGE, path, "needs an engine made with SARAI_USE_STT");
    const struct sr_listen listen = {.frame = take_frame, .user = &t};
    int64_t samples = 0, vad_us;
    t.audio = malloc(MOST_SAMPLES * sizeof *t.audio);
    int status = t.audio ? engine->stt_backend->open(engine->stt, &engine->config->stt, engine->clock, &t.stt, error)
                         : sr_error(error, SARAI_ENOMEM, path, "out of memory");
    if (status >= 0)
        status = sr_listen_file(engine, path, &listen, &samples, &vad_us, error);
    if (status >= 0)
        t.status = end_stretch(&t);
    if (t.status < 0)
        status = sr_error(error, t.status, path, "speech recognition failed: %s", sarai_strerror(t.status));
    if (status >= 0) {
        sr_str_add(&t.text, "", 0);
        const struct sarai_transcript result = {.text = t.text.data ? t.text.data : "",
                                                .language = *t.language ? t.language : engine->config->stt.language,
                                                .duration_s = (double)samples / SR_RATE_HZ,
                                                .decode_s = (double)t.decode_us / 1e6,
                                                .count = t.segment_count,
                                                .segments = t.segments};
        done(user, &result);
    }
    deinit(&t);
    return status;
}
