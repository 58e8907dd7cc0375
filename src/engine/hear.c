/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hears a turn as the live engine does at a pause: from a little before the speech to a little behind it, however much
 * silence the recording has.
 */
#include "engine/hear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vad/pause.h"

#define MOST_SAMPLES (28 * SR_RATE_HZ)
#define SHORT_FRAMES 4    /* fewer in a row are a click */
#define LEAST_VOICE 0.08f /* a best moment below this is no voice at all */

int sr_hearer_open(struct sarai_engine *engine, const char *where, struct sr_hearer *out, struct sarai_error *error) {
    struct sr_hearer hearer = {.engine = engine};
    if (!engine->vad || !engine->stt)
        return sr_error(error, SARAI_EUSAGE, where, "needs an engine made with SARAI_USE_VAD and SARAI_USE_STT");
    int status = engine->vad_backend->open(engine->vad, &hearer.vad, error);
    if (status >= 0)
        status = engine->stt_backend->open(engine->stt, &engine->config->stt, engine->clock, &hearer.stt, error);
    if (status >= 0 && engine->smart_turn)
        status = sr_smart_turn_open(engine->smart_turn, &hearer.smart_turn, error);
    if (status >= 0)
        *out = hearer;
    else
        sr_hearer_close(&hearer);
    return status;
}

void sr_hearer_close(struct sr_hearer *hearer) {
    if (hearer->smart_turn)
        sr_smart_turn_close(hearer->smart_turn);
    if (hearer->stt)
        hearer->engine->stt_backend->close(hearer->stt);
    if (hearer->vad)
        hearer->engine->vad_backend->close(hearer->vad);
    *hearer = (struct sr_hearer){0};
}

struct span {
    size_t start, end; /* samples; both 0: nobody spoke */
};

/* Where the first frame of speech begins and the last one ends. That somebody speaks is known, so a voice that the
 * detector half believes in is measured by its own best moment. */
static int find_speech(struct sr_hearer *h, const float *samples, size_t count, struct span *out) {
    const struct sr_vad_opts *opts = &h->engine->config->vad;
    float frame[SR_FRAME_SAMPLES], probabilities[MOST_SAMPLES / SR_FRAME_SAMPLES + 1], best = LEAST_VOICE;
    const size_t frames = (count + SR_FRAME_SAMPLES - 1) / SR_FRAME_SAMPLES;
    h->engine->vad_backend->reset(h->vad);
    for (size_t i = 0; i < frames; i++) {
        const size_t at = i * SR_FRAME_SAMPLES, got = count - at < SR_FRAME_SAMPLES ? count - at : SR_FRAME_SAMPLES;
        memset(frame, 0, sizeof frame);
        memcpy(frame, samples + at, got * sizeof *frame);
        const int status = h->engine->vad_backend->feed(h->vad, frame, &probabilities[i]);
        if (status < 0)
            return status;
        best = probabilities[i] > best ? probabilities[i] : best;
    }
    bool speech = false;
    size_t run = 0; /* frames of speech in a row */
    *out = (struct span){0};
    for (size_t i = 0; i < frames; i++) {
        speech = probabilities[i] >= (speech ? opts->release : opts->threshold) * best;
        run = speech ? run + 1 : 0;
        if (run < SHORT_FRAMES)
            continue;
        if (!out->end)
            out->start = (i + 1 - run) * SR_FRAME_SAMPLES;
        out->end = (i + 1) * SR_FRAME_SAMPLES < count ? (i + 1) * SR_FRAME_SAMPLES : count;
    }
    return SARAI_OK;
}

static int write_draft(struct sr_hearer *h, const float *samples, size_t count, char **draft) {
    const int threads = h->engine->config->stt.threads;
    struct sr_stt_result result = {0};
    int status = sr_sched_take(h->engine->sched, h->engine->clock, SR_STT_DRAFT, threads, NULL);
    if (status < 0)
        return status;
    const struct sr_abort never = {0};
    status = h->engine->stt_backend->decode(h->stt, samples, count, SR_DRAFT, &never, &result);
    sr_sched_give(h->engine->sched, threads);
    if (status >= 0 && !(*draft = sr_strdup(result.text)))
        status = SARAI_ENOMEM;
    sr_stt_result_deinit(&result);
    return status;
}

int sr_hear_turn(struct sr_hearer *hearer, const float *samples, size_t count, char **draft, struct sr_turn_cues *cues,
                 struct sarai_error *error) {
    const struct sr_turn_opts *opts = &hearer->engine->config->turn;
    const size_t before = (size_t)opts->preroll_ms * SR_RATE_HZ / 1000,
                 behind = (size_t)opts->draft_ms * SR_RATE_HZ / 1000;
    struct span span;
    char *text = NULL;
    if (count > MOST_SAMPLES) {
        samples += count - MOST_SAMPLES;
        count = MOST_SAMPLES;
    }
    int status = find_speech(hearer, samples, count, &span);
    if (status < 0)
        return sr_error(error, status, "vad", "voice activity detection failed: %s", sarai_strerror(status));
    *cues = sr_turn_cues_none((float)(count - span.end) * 1000 / SR_RATE_HZ, NAN);
    const size_t start = span.start > before ? span.start - before : 0;
    const size_t end = span.end + behind < count ? span.end + behind : count;
    if (span.end)
        status = write_draft(hearer, samples + start, end - start, &text);
    else if (!(text = sr_strdup("")))
        status = SARAI_ENOMEM;
    if (status < 0)
        return sr_error(error, status, "stt", "speech recognition failed: %s", sarai_strerror(status));
    if (span.end)
        sr_pause_listen(hearer->smart_turn, samples + start, end - start, span.end - start, cues);
    *draft = text;
    return SARAI_OK;
}
