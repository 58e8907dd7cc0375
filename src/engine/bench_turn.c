/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long somebody waits for an answer, and how evenly it is spoken. A session in real time on network backends: one
 * of our own voices asks what a template answers and what an explanation answers, then an answer of ten sentences is
 * spoken, beside the same sentences synthesized one after the other before any is heard. The moment of each sample on
 * both sides is known, because this is the peer.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/level.h"
#include "audio/resample.h"
#include "base/table.h"
#include "engine/session.h"

#define STEP 160 /* samples: 10 ms */
#define STEP_US 10000
#define VOICE_DB -24.0f
#define ROOM_GAIN 0.0006f
#define QUESTIONS_MAX 8
#define ROUNDS 2 /* of all questions of a kind */
#define SENTENCES 10
#define WAIT_MS 30000
#define LEARNED 5 /* clauses after which the prediction is judged */

struct cue {
    float *samples;
    size_t count;
};

struct list {
    struct cue cues[QUESTIONS_MAX];
    int count;
};

struct bench {
    struct sarai_engine *engine;
    struct sarai_session *session;
    struct sarai_error *error;
    struct list fixed, open; /* questions for templates, and for explanations */
    char *answer;
    int64_t start_us, steps;
    uint32_t random;
    const struct cue *cue;
    size_t said; /* samples of it */
    bool audible;
    struct sarai_turn *turn; /* the last one that ended */
    /* the sentences, synthesized one after the other */
    int64_t synth_us, audio_us;
    double pace_error;
};

struct figures {
    double values[SARAI_GAPS_MAX];
    int count;
};

static void add(struct figures *figures, double value) {
    if (figures->count < SARAI_GAPS_MAX)
        figures->values[figures->count++] = value;
}

/* -------------------------------------------------------------------------------------------------------- cues -- */

/* A question begins and ends with its sound: what is quieter than -45 dB comes off. */
static void trim(struct cue *cue) {
    size_t first = 0, last = cue->count;
    sr_level_trim(cue->samples, SR_RATE_HZ, -45, &first, &last);
    memmove(cue->samples, cue->samples + first, (last - first) * sizeof *cue->samples);
    cue->count = last - first;
    const float gain = powf(10, (VOICE_DB - sr_level_db(cue->samples, cue->count)) / 20);
    for (size_t i = 0; i < cue->count; i++)
        cue->samples[i] *= gain;
}

static int add_voice(struct bench *b, struct list *list, const char *text) {
    const struct sr_tts_job job = {.text = text, .voice = "em_alex"};
    struct sr_tts_clip clip = {0};
    struct cue *cue = &list->cues[list->count];
    int status = sr_voice_synthesize(&b->engine->voice, &job, NULL, &clip, b->error);
    if (status >= 0)
        status = sr_resample(clip.samples, clip.count, clip.rate_hz, SR_RATE_HZ, &cue->samples, &cue->count);
    free(clip.samples);
    if (status < 0)
        return status;
    trim(cue);
    list->count++;
    return SARAI_OK;
}

static int add_row(void *user, int line, char **cells) {
    struct bench *b = user;
    struct list *list = strcmp(cells[0], "fixed") == 0 ? &b->fixed : strcmp(cells[0], "open") == 0 ? &b->open : NULL;
    const char *p = cells[1], *variant;
    int status = SARAI_OK;
    (void)line;
    if (strcmp(cells[0], "answer") == 0)
        return (b->answer = sr_strdup(cells[1])) ? SARAI_OK : SARAI_ENOMEM;
    for (size_t len; list && status >= 0 && list->count < QUESTIONS_MAX && (len = sr_table_variant(&p, &variant));) {
        char *text = sr_strndup(variant, len);
        status = text ? add_voice(b, list, text) : SARAI_ENOMEM;
        free(text);
    }
    return status;
}

/* -------------------------------------------------------------------------------------------------------- steps -- */

static void take_events(struct bench *b) {
    struct sarai_event event;
    while (sarai_session_next_event(b->session, &event, 0) > 0) {
        if (event.type == SARAI_EVENT_AUDIO_STARTED)
            b->audible = true;
        if (event.turn) {
            sr_turn_free(b->turn);
            b->turn = event.turn;
            event.turn = NULL;
        }
        sarai_event_deinit(&event);
    }
}

/* 10 ms: what the microphone heard goes in, what the loudspeaker plays comes out. */
static int step(struct bench *b) {
    float heard[STEP], played[STEP];
    for (int i = 0; i < STEP; i++) {
        b->random = b->random * 1664525u + 1013904223u;
        heard[i] = (float)(int32_t)b->random / 2147483648.0f * ROOM_GAIN;
        if (b->cue && b->said < b->cue->count)
            heard[i] += b->cue->samples[b->said++];
    }
    b->steps++;
    sr_clock_sleep_until(b->session->clock, b->start_us + b->steps * STEP_US);
    const int status = sarai_session_push_audio(b->session, heard, STEP, SR_RATE_HZ, 1);
    const int64_t pulled = sarai_session_pull_audio(b->session, played, STEP, 0);
    take_events(b);
    return pulled < 0 ? (int)pulled : status == SARAI_EFULL ? SARAI_OK : status;
}

static int pass(struct bench *b, int ms) {
    int status = SARAI_OK;
    for (int i = 0; i < ms / 10 && status >= 0; i++)
        status = step(b);
    return status;
}

/* Until the record of a turn has come. */
static int await_turn(struct bench *b, int most_ms) {
    int status = SARAI_OK;
    for (int waited = 0; !b->turn && waited < most_ms && status >= 0; waited += 10)
        status = step(b);
    return status < 0 ? status : b->turn ? SARAI_OK : SARAI_ETIMEOUT;
}

static void forget(struct bench *b) {
    sr_turn_free(b->turn);
    b->turn = NULL;
    b->audible = false;
}

/* Asks, and stops the answer when its beginning was heard: that is all that is asked of it here. */
static int ask(struct bench *b, const struct cue *cue, struct figures *ttfa, struct figures *clip) {
    int status = pass(b, 700);
    forget(b);
    b->cue = cue;
    b->said = 0;
    const int64_t end_us = b->start_us + b->steps * STEP_US + (int64_t)cue->count * 1000000 / SR_RATE_HZ;
    for (int waited = 0; !b->audible && !b->turn && waited < WAIT_MS && status >= 0; waited += 10)
        status = step(b);
    if (status >= 0)
        status = pass(b, 300);
    if (!b->turn)
        sarai_session_interrupt(b->session);
    if (status >= 0)
        status = await_turn(b, WAIT_MS);
    if (status >= 0 && b->turn->first_audio_us >= 0) {
        add(ttfa, (double)(b->turn->first_audio_us - end_us) / 1000);
        if (clip && strcmp(b->turn->route, "template") == 0)
            add(clip, (double)(b->turn->first_clip_us - b->turn->route_us) / 1000);
    }
    return status;
}

/* The first sentences of the answer as one text; each is synthesized on the way, as who waits for all of them would. */
static int synthesize_all(struct bench *b, struct sr_str *text) {
    struct sr_split *split = NULL;
    struct sr_pace pace = {0};
    double predicted_us = 0, took_us = 0;
    const char *sentence;
    enum sr_split_end end;
    int status = sr_speech_sentences_new(&b->engine->config->model, &split, b->error);
    if (status >= 0)
        status = sr_split_feed(split, b->answer, strlen(b->answer));
    if (status >= 0)
        sr_split_flush(split);
    for (int i = 0; i < SENTENCES && status >= 0 && sr_split_next(split, &sentence, &end) > 0; i++) {
        const struct sr_tts_job job = {.text = sentence};
        struct sr_tts_clip clip = {0};
        const int64_t start_us = sr_clock_now_us(b->engine->clock);
        status = sr_voice_synthesize(&b->engine->voice, &job, NULL, &clip, b->error);
        const int64_t us = sr_clock_now_us(b->engine->clock) - start_us;
        sr_str_addf(text, "%s%s", text->len ? " " : "", sentence);
        free(clip.samples);
        if (status < 0)
            break;
        const int64_t sound_us = (int64_t)clip.count * 1000000 / clip.rate_hz;
        b->synth_us += us;
        b->audio_us += sound_us + b->engine->config->speech.pause_ms * 1000;
        if (pace.clauses >= LEARNED) {
            predicted_us += (double)sr_pace_predict_us(&pace, sr_pace_units(sentence));
            took_us += (double)us;
        }
        sr_pace_add(&pace, sr_pace_units(sentence), us, sound_us);
    }
    b->pace_error = took_us > 0 ? fabs(predicted_us / took_us - 1) : NAN;
    sr_split_free(split);
    return status < 0 ? status : text->failed ? SARAI_ENOMEM : SARAI_OK;
}

static int speak_answer(struct bench *b, const char *text, struct figures *gaps, double *total_us) {
    int status = pass(b, 500);
    forget(b);
    const int64_t start_us = sr_clock_now_us(b->session->clock);
    if (status >= 0)
        status = sarai_session_say(b->session, SARAI_PRIORITY_NORMAL, text);
    if (status >= 0)
        status = await_turn(b, 300000);
    if (status < 0)
        return status;
    for (int i = 0; i < b->turn->gap_count; i++)
        add(gaps, b->turn->gaps_ms[i]);
    *total_us = (double)(b->turn->last_audio_us - start_us) + b->engine->config->speech.pause_ms * 1000;
    return SARAI_OK;
}

/* ------------------------------------------------------------------------------------------------------- report -- */

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value that this part of all don't exceed. */
static double quantile(struct figures *figures, double part) {
    qsort(figures->values, (size_t)figures->count, sizeof *figures->values, by_value);
    return figures->count ? figures->values[(int)ceil(part * figures->count) - 1] : NAN;
}

struct row {
    const char *figure, *unit, *baseline;
    double value, against;
    int runs;
    bool is_ratio; /* the ratio is the figure */
};

static void tell(void (*each)(void *user, const struct sarai_figure *figure), void *user, const struct row *row) {
    const double ratio = row->value / row->against;
    const struct sarai_figure figure = {.bench = "turn",
                                        .figure = row->figure,
                                        .unit = row->unit,
                                        .value = row->is_ratio ? ratio : row->value,
                                        .baseline = row->baseline,
                                        .ratio = ratio,
                                        .runs = row->runs};
    each(user, &figure);
}

static int run(struct bench *b, void (*each)(void *user, const struct sarai_figure *figure), void *user) {
    struct figures fixed = {.count = 0}, open = {.count = 0}, clip = {.count = 0}, gaps = {.count = 0};
    struct sr_str text = {0};
    double total_us = NAN;
    int status = synthesize_all(b, &text);
    const double blocking_us = (double)(b->synth_us + b->audio_us), synth_us = (double)b->synth_us;
    const double pause_ms = b->engine->config->speech.pause_ms;
    b->start_us = sr_clock_now_us(b->session->clock);
    if (status >= 0)
        status = speak_answer(b, text.data, &gaps, &total_us);
    sr_str_deinit(&text);
    if (status < 0)
        return status;
    const struct row spoken[] = {
        {"rtf", "s/s", "real time", synth_us / (double)b->audio_us, 1, SENTENCES, false},
        {"pace_error", "of the time taken", "the bar", b->pace_error, 0.1, SENTENCES - LEARNED, false},
        {"gap_p99_ms", "ms", "a written pause", quantile(&gaps, 0.99), pause_ms, gaps.count, false},
        {"total_vs_blocking", "of the baseline", "synthesizing all, then playing", total_us, blocking_us, 1, true},
    };
    for (size_t i = 0; i < sizeof spoken / sizeof *spoken; i++)
        tell(each, user, &spoken[i]);
    const uint64_t before = atomic_load(&b->session->flow->metrics.synthesized);
    for (int i = 0; i < ROUNDS * b->fixed.count && status >= 0; i++)
        status = ask(b, &b->fixed.cues[i % b->fixed.count], &fixed, &clip);
    const uint64_t made = atomic_load(&b->session->flow->metrics.synthesized) - before;
    for (int i = 0; i < ROUNDS * b->open.count && status >= 0; i++)
        status = ask(b, &b->open.cues[i % b->open.count], &open, NULL);
    if (status < 0)
        return status;
    const struct row asked[] = {
        {"ttfa_template_ms", "ms", "the bar", quantile(&fixed, 0.5), 450, fixed.count, false},
        {"template_synthesized", "clips", "questions asked: the bank is missing", (double)made, fixed.count,
         fixed.count, false},
        {"template_clip_p99_ms", "ms", "the bar, from the decision", quantile(&clip, 0.99), 10, clip.count, false},
        {"ttfa_answer_ms", "ms", "the bar", quantile(&open, 0.5), 1000, open.count, false},
        {"wait_vs_blocking", "of the baseline", "synthesizing ten sentences", quantile(&open, 0.5), synth_us / 1000,
         open.count, true},
    };
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        tell(each, user, &asked[i]);
    return SARAI_OK;
}

static void free_list(struct list *list) {
    for (int i = 0; i < list->count; i++)
        free(list->cues[i].samples);
}

int sarai_bench_turn(struct sarai_engine *engine, void (*each)(void *user, const struct sarai_figure *figure),
                     void *user, struct sarai_error *error) {
    const struct sarai_config *config = engine->config;
    struct sarai_error ignored = {0};
    if (strcmp(config->capture.backend, "network") != 0 || strcmp(config->playback.backend, "network") != 0 ||
        config->playback.rate_hz != SR_RATE_HZ)
        return sr_error(error, SARAI_EUSAGE, "bench turn",
                        "needs capture.backend=network, playback.backend=network, playback.rate_hz=16000");
    struct bench *b = calloc(1, sizeof *b);
    char *path = sr_path_table(&config->model, config->brain.language, "", "bench.tsv");
    int status = b && path ? SARAI_OK : sr_error(error, SARAI_ENOMEM, "bench turn", "out of memory");
    if (status >= 0) {
        b->engine = engine;
        b->error = error ? error : &ignored;
        b->random = 1;
        status = sr_table_read(path, 2, add_row, b, error);
    }
    if (status >= 0 && (!b->answer || !b->fixed.count || !b->open.count))
        status = sr_error(error, SARAI_EINPUT, path, "needs the rows answer, fixed and open");
    if (status >= 0)
        status = sarai_session_new(engine, NULL, &b->session, error);
    if (status >= 0 && (status = run(b, each, user)) < 0)
        sr_error(error, status, "bench turn", "%s", sarai_strerror(status));
    if (b) {
        sarai_session_free(b->session);
        sr_turn_free(b->turn);
        free_list(&b->fixed);
        free_list(&b->open);
        free(b->answer);
    }
    free(b);
    free(path);
    return status < 0 ? status : SARAI_OK;
}
