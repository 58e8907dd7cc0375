/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the machine falls silent when somebody wants the turn, and how often it does when nobody does. A session in
 * virtual time on network backends: our own voices interrupt a long answer, nod to it, and doors slam, while the
 * microphone hears the answer as an echo all the time, and that echo changes. The moment of each sample on both sides
 * is known, because this is the peer. What models compute takes no virtual time: the words of a nod are known at once,
 * but nothing else that is measured here waits for a model.
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
#define CLICK (5 * STEP)
#define ECHO_STEPS_MAX 32
#define ECHO_STEPS 8      /* the room's delay, */
#define ECHO_GAIN 0.1f    /* and how much of the answer's level it keeps */
#define ROOM_GAIN 0.0006f /* noise of the microphone */
#define VOICE_DB -24.0f
/* Trials of each kind. Of those that should not stop it there are more than 50, so that one in them is 2 %. */
#define REMARKS 17
#define BUTTONS 10
#define INTERRUPTIONS 12
#define TRIALS (3 * REMARKS + BUTTONS + INTERRUPTIONS)
#define SETTLE_MS 1200 /* after this a remark has been dealt with */
#define ANSWER_MAX_MS 20000
#define CUES_MAX 24

struct cue {
    float *samples;
    size_t count;
};

struct list {
    struct cue cues[CUES_MAX];
    int count;
};

struct figures {
    double values[TRIALS];
    int count;
};

struct bench {
    struct sarai_engine *engine;
    struct sarai_session *session;
    char *answer;   /* a long one, to be nodded to */
    char *sentence; /* its first, to be interrupted */
    struct list nods, interruptions, noises;
    sarai_progress *progress;
    void *user;
    int trials; /* done, of all kinds */
    int64_t start_us, steps;
    float played[ECHO_STEPS_MAX][STEP];
    int echo_steps;
    float echo_gain;
    uint32_t random;
    const struct cue *cue;
    size_t said; /* samples of it */
    /* what happened since it was cleared */
    bool audible, ducked, interrupted, idle;
    int64_t ducked_us;
    int64_t decided_us, stopped_us;
};

/* -------------------------------------------------------------------------------------------------------- cues -- */

static void set_level(struct cue *cue, float db) {
    const float gain = powf(10, (db - sr_level_db(cue->samples, cue->count)) / 20);
    for (size_t i = 0; i < cue->count; i++)
        cue->samples[i] *= gain;
}

/* A cue begins with its first sound: what is quieter than -45 dB comes off, and so does a click of the voice's that is
 * over before a mouth could open. */
static void trim(struct cue *cue) {
    size_t from = 0, loud = 0; /* samples in a row */
    while (from + loud + STEP < cue->count && loud < CLICK) {
        const bool quiet = sr_level_db(cue->samples + from + loud, STEP) < -45;
        from = quiet ? from + loud + STEP : from;
        loud = quiet ? 0 : loud + STEP;
    }
    memmove(cue->samples, cue->samples + from, (cue->count - from) * sizeof *cue->samples);
    cue->count -= from;
}

static int add_voice(struct bench *b, struct list *list, const char *text, struct sarai_error *error) {
    static const char *const voices[] = {"em_alex", "ef_dora", "em_santa"};
    const struct sr_tts_job job = {.text = text, .voice = voices[list->count % 3]};
    struct sr_tts_clip clip = {0};
    struct cue *cue = &list->cues[list->count];
    int status = sr_voice_synthesize(&b->engine->voice, &job, NULL, &clip, error);
    if (status >= 0)
        status = sr_resample(clip.samples, clip.count, clip.rate_hz, SR_RATE_HZ, &cue->samples, &cue->count);
    free(clip.samples);
    if (status < 0)
        return status;
    trim(cue);
    set_level(cue, VOICE_DB);
    list->count++;
    return SARAI_OK;
}

static float next_random(struct bench *b) {
    b->random = b->random * 1664525u + 1013904223u;
    return (float)(int32_t)b->random / 2147483648.0f;
}

/* Doors and dropped things: noise that dies away, longer and shorter, louder and softer. */
static int make_noises(struct bench *b) {
    static const struct {
        int ms;
        float db;
    } kinds[] = {{60, -12}, {120, -20}, {250, -18}, {500, -24}, {900, -30}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct cue *cue = &b->noises.cues[b->noises.count++];
        cue->count = (size_t)kinds[k].ms * SR_RATE_HZ / 1000;
        cue->samples = calloc(cue->count, sizeof *cue->samples);
        if (!cue->samples)
            return SARAI_ENOMEM;
        for (size_t i = 0; i < cue->count; i++)
            cue->samples[i] = next_random(b) * expf(-5 * (float)i / (float)cue->count);
        set_level(cue, kinds[k].db);
    }
    return SARAI_OK;
}

struct reading {
    struct bench *bench;
    struct sarai_error *error;
};

static int add_row(void *user, int line, char **cells) {
    struct reading *reading = user;
    struct bench *b = reading->bench;
    struct list *list = strcmp(cells[0], "nod") == 0            ? &b->nods
                        : strcmp(cells[0], "interruption") == 0 ? &b->interruptions
                                                                : NULL;
    const char *p = cells[1], *variant;
    (void)line;
    if (strcmp(cells[0], "answer") == 0) {
        b->answer = sr_strdup(cells[1]);
        b->sentence = sr_strndup(cells[1], strcspn(cells[1], ".") + 1);
        return b->answer && b->sentence ? SARAI_OK : SARAI_ENOMEM;
    }
    for (size_t len; list && (len = sr_table_variant(&p, &variant)) && list->count < CUES_MAX;) {
        char *text = sr_strndup(variant, len);
        const int status = text ? add_voice(b, list, text, reading->error) : SARAI_ENOMEM;
        free(text);
        if (status < 0)
            return status;
    }
    return SARAI_OK;
}

/* -------------------------------------------------------------------------------------------------------- steps -- */

static void take_events(struct bench *b) {
    struct sarai_event event;
    while (sarai_session_next_event(b->session, &event, 0) > 0) {
        if (event.type == SARAI_EVENT_AUDIO_STARTED)
            b->audible = true;
        if (event.type == SARAI_EVENT_DUCKED && !b->ducked) {
            b->ducked = true;
            b->ducked_us = event.time_us + STEP_US; /* by the end of the block it is soft */
        }
        if (event.turn) {
            b->audible = false;
            b->interrupted = b->interrupted || event.turn->interrupted;
            if (event.turn->interrupted && event.turn->stopped_us >= 0) {
                b->decided_us = event.turn->stop_decided_us;
                b->stopped_us = event.turn->stopped_us;
            }
        }
        sarai_event_deinit(&event);
    }
}

/* 10 ms: what the microphone heard goes in, what the loudspeaker plays comes out. */
static int step(struct bench *b) {
    float heard[STEP], *now = b->played[b->steps % ECHO_STEPS_MAX];
    const float *echo = b->played[(b->steps + ECHO_STEPS_MAX - b->echo_steps) % ECHO_STEPS_MAX];
    for (int i = 0; i < STEP; i++) {
        heard[i] = echo[i] * b->echo_gain + next_random(b) * ROOM_GAIN;
        if (b->cue && b->said < b->cue->count)
            heard[i] += b->cue->samples[b->said++];
    }
    b->steps++;
    sr_clock_sleep_until(b->session->clock, b->start_us + b->steps * STEP_US);
    const int status = sarai_session_push_audio(b->session, heard, STEP, SR_RATE_HZ, 1);
    memset(now, 0, STEP * sizeof *now);
    if (sarai_session_pull_audio(b->session, now, STEP, 0) < 0)
        return SARAI_EUNSUPPORTED;
    take_events(b);
    return status == SARAI_EFULL ? SARAI_OK : status;
}

static int pass(struct bench *b, int ms) {
    int status = SARAI_OK;
    for (int i = 0; i < ms / 10 && status >= 0; i++)
        status = step(b);
    return status;
}

/* Until an answer has been heard for a while: the one that is going on, or `text`. */
static int have_it_speak(struct bench *b, const char *text, int ms) {
    int status = SARAI_OK;
    for (int waited = 0; sarai_session_busy(b->session) && !b->audible && waited < ANSWER_MAX_MS && status >= 0;
         waited += 10)
        status = step(b);
    if (status >= 0 && !sarai_session_busy(b->session))
        status = sarai_session_say(b->session, SARAI_PRIORITY_NORMAL, text);
    for (int waited = 0; !b->audible && waited < ANSWER_MAX_MS && status >= 0; waited += 10)
        status = step(b);
    return status < 0 ? status : pass(b, ms);
}

static void forget(struct bench *b) {
    b->ducked = b->interrupted = false;
    b->decided_us = b->stopped_us = -1;
}

static void add(struct figures *figures, int64_t us) {
    if (figures->count < TRIALS)
        figures->values[figures->count++] = (double)us / 1000;
}

static int count_trial(struct bench *b) {
    const double part = (double)++b->trials / TRIALS;
    return b->progress && b->progress(b->user, part) != 0 ? SARAI_ECLOSED : SARAI_OK;
}

/* Says a cue into the answer; gives when it began. */
static int say(struct bench *b, const char *over, const struct cue *cue, int trial, int64_t *onset_us) {
    int status = have_it_speak(b, over, 300 + trial * 137 % 500);
    forget(b);
    b->cue = cue;
    b->said = 0;
    *onset_us = b->start_us + b->steps * STEP_US;
    if (status >= 0)
        status = pass(b, (int)(cue->count * 1000 / SR_RATE_HZ) + SETTLE_MS);
    return status < 0 ? status : count_trial(b);
}

/* ------------------------------------------------------------------------------------------------------- trials -- */

/* Until it has answered what the interruption asked. */
static int let_it_answer(struct bench *b) {
    int status = SARAI_OK;
    sarai_session_interrupt(b->session);
    for (int waited = 0; sarai_session_busy(b->session) && waited < ANSWER_MAX_MS && status >= 0; waited += 10)
        status = step(b);
    b->audible = false;
    return status;
}

static int try_buttons(struct bench *b, struct figures *silence) {
    int status = SARAI_OK;
    for (int i = 0; i < BUTTONS && status >= 0; i++) {
        status = have_it_speak(b, b->sentence, 200 + i * 137 % 500);
        forget(b);
        sarai_session_interrupt(b->session);
        if (status >= 0)
            status = pass(b, 200);
        if (status >= 0)
            status = count_trial(b);
        if (b->stopped_us >= 0)
            add(silence, b->stopped_us - b->decided_us);
    }
    return status;
}

static int try_interruptions(struct bench *b, struct figures *duck, struct figures *stop, struct figures *silence) {
    int status = SARAI_OK;
    for (int i = 0; i < INTERRUPTIONS && status >= 0; i++) {
        int64_t onset_us;
        status = say(b, b->sentence, &b->interruptions.cues[i % b->interruptions.count], i, &onset_us);
        if (b->ducked)
            add(duck, b->ducked_us - onset_us);
        if (b->stopped_us >= 0) {
            add(stop, b->stopped_us - onset_us);
            add(silence, b->stopped_us - b->decided_us);
        }
        if (status >= 0)
            status = let_it_answer(b);
    }
    return status;
}

/* Remarks and noises that want nothing; counts those that were met with silence for good. */
static int try_list(struct bench *b, const struct list *list, int *ducks, int *stops) {
    int status = SARAI_OK;
    for (int i = 0; i < REMARKS && status >= 0; i++) {
        int64_t onset_us;
        status = say(b, b->answer, &list->cues[i % list->count], i, &onset_us);
        *ducks += b->ducked;
        *stops += b->interrupted;
        if (b->interrupted && status >= 0)
            status = let_it_answer(b);
    }
    return status;
}

/* Nobody says anything, but the echo becomes louder or softer, sooner or later. */
static int try_echoes(struct bench *b, int *ducks, int *stops) {
    static const float gains[] = {0.5f, 0.05f, 0.9f, 0.2f, 0.03f};
    static const int delays[] = {3, 20, 8, 12};
    static const struct cue nothing = {.count = 0};
    int status = SARAI_OK;
    for (int i = 0; i < REMARKS && status >= 0; i++) {
        int64_t onset_us;
        b->echo_gain = gains[i % 5];
        b->echo_steps = delays[i % 4];
        status = say(b, b->answer, &nothing, i, &onset_us);
        *ducks += b->ducked;
        *stops += b->interrupted;
        if (b->interrupted && status >= 0)
            status = let_it_answer(b);
    }
    b->echo_gain = ECHO_GAIN;
    b->echo_steps = ECHO_STEPS;
    return status;
}

/* ------------------------------------------------------------------------------------------------------- report -- */

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double p99(struct figures *figures) {
    qsort(figures->values, (size_t)figures->count, sizeof *figures->values, by_value);
    return figures->count ? figures->values[(int)ceil(0.99 * figures->count) - 1] : NAN;
}

static void tell(void (*each)(void *user, const struct sarai_figure *figure), void *user, const char *name,
                 struct figures *figures, const char *baseline, double baseline_ms) {
    const double value = p99(figures);
    const struct sarai_figure figure = {.bench = "stop",
                                        .figure = name,
                                        .unit = "ms",
                                        .value = value,
                                        .baseline = baseline,
                                        .ratio = value / baseline_ms,
                                        .runs = figures->count};
    each(user, &figure);
}

static int run(struct bench *b, void (*each)(void *user, const struct sarai_figure *figure), void *user) {
    struct figures duck = {.count = 0}, stop = {.count = 0}, silence = {.count = 0};
    const int trials = 3 * REMARKS;
    int ducks = 0, stops = 0, status;
    b->start_us = sr_clock_now_us(b->session->clock);
    b->echo_gain = ECHO_GAIN;
    b->echo_steps = ECHO_STEPS;
    if ((status = pass(b, 500)) < 0 || (status = try_list(b, &b->nods, &ducks, &stops)) < 0 ||
        (status = try_list(b, &b->noises, &ducks, &stops)) < 0 || (status = try_echoes(b, &ducks, &stops)) < 0 ||
        (status = try_buttons(b, &silence)) < 0 || (status = try_interruptions(b, &duck, &stop, &silence)) < 0)
        return status;
    const struct sarai_figure false_stops = {.bench = "stop",
                                             .figure = "false_stop_rate",
                                             .unit = "of nods, noises and echoes",
                                             .value = (double)stops / trials,
                                             .baseline = "stopping for whatever ducks",
                                             .ratio = ducks ? (double)stops / ducks : 0,
                                             .runs = trials};
    const struct sarai_figure missed = {.bench = "stop",
                                        .figure = "missed_interruption_rate",
                                        .unit = "of interruptions",
                                        .value = 1 - (double)stop.count / INTERRUPTIONS,
                                        .baseline = "never stopping",
                                        .ratio = 1 - (double)stop.count / INTERRUPTIONS,
                                        .runs = INTERRUPTIONS};
    tell(each, user, "decision_to_silence_p99_ms", &silence, "two blocks of 10 ms", 20);
    tell(each, user, "onset_to_duck_p99_ms", &duck, "a frame of 32 ms", 32);
    tell(each, user, "onset_to_stop_p99_ms", &stop, "turn.confirm_ms", b->engine->config->turn.confirm_ms);
    each(user, &false_stops);
    each(user, &missed);
    return SARAI_OK;
}

static void free_list(struct list *list) {
    for (int i = 0; i < list->count; i++)
        free(list->cues[i].samples);
}

int sarai_bench_stop(struct sarai_engine *engine, void (*each)(void *user, const struct sarai_figure *figure),
                     sarai_progress *progress, void *user, struct sarai_error *error) {
    const struct sarai_session_options options = {.struct_size = sizeof options, .virtual_time = true};
    const struct sarai_config *config = engine->config;
    if (strcmp(config->capture.backend, "network") != 0 || strcmp(config->playback.backend, "network") != 0 ||
        config->playback.rate_hz != SR_RATE_HZ)
        return sr_error(error, SARAI_EUSAGE, "bench stop",
                        "needs capture.backend=network, playback.backend=network, playback.rate_hz=16000");
    struct bench *b = calloc(1, sizeof *b);
    char *path = sr_path_table(&config->model, config->brain.language, "", "bench.tsv");
    int status = b && path ? SARAI_OK : sr_error(error, SARAI_ENOMEM, "bench stop", "out of memory");
    if (status >= 0) {
        b->engine = engine;
        b->random = 1;
        b->progress = progress;
        b->user = user;
        status = sr_table_read(path, 2, add_row, &(struct reading){b, error}, error);
    }
    if (status >= 0 && (!b->answer || !b->nods.count || !b->interruptions.count))
        status = sr_error(error, SARAI_EINPUT, path, "needs the rows answer, nod and interruption");
    if (status >= 0)
        status = make_noises(b);
    if (status >= 0)
        status = sarai_session_new(engine, &options, &b->session, error);
    if (status >= 0 && (status = run(b, each, user)) < 0)
        sr_error(error, status, "bench stop", "%s", sarai_strerror(status));
    if (b) {
        sarai_session_free(b->session);
        free_list(&b->nods);
        free_list(&b->interruptions);
        free_list(&b->noises);
        free(b->answer);
        free(b->sentence);
    }
    free(b);
    free(path);
    return status < 0 ? status : SARAI_OK;
}
