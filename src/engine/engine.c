/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"
#include "engine/omni_api.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/bank.h"
#include "model/ort.h"
#include "model/paths.h"
#include "vad/smart_turn.h"

#define MOST_NAMES 200 /* of things that tools know, each of which makes hundreds of phrases */

static int no_backend(const char *section, const char *name, struct sarai_error *error) {
    return sr_error(error, SARAI_EUSAGE, section, "there is no backend '%s'; see: sarai config", name);
}

static int open_vad(struct sarai_engine *engine, struct sarai_error *error) {
    const struct sarai_config *config = engine->config;
    engine->vad_backend = sr_find_vad(config->vad.backend);
    if (!engine->vad_backend)
        return no_backend("vad.backend", config->vad.backend, error);
    return engine->vad_backend->load(&config->model, engine->ort, &engine->vad, error);
}

struct names {
    struct sr_str text;
    size_t count;
};

static int add_name(void *user, const char *name) {
    struct names *names = user;
    if (names->count++ < MOST_NAMES && !strchr(name, ','))
        sr_str_addf(&names->text, ",%s", name);
    return names->text.failed ? SARAI_ENOMEM : SARAI_OK;
}

/* The user's words, and the names of what the user's tools know. */
static int expect_names(struct sarai_engine *engine) {
    char **const prompt = &engine->config->stt.prompt;
    const bool spaces = !strchr(*prompt, ',');
    struct names names = {0};
    for (const char *p = *prompt; *p; p++)
        sr_str_addc(&names.text, spaces && *p == ' ' ? ',' : *p);
    int status = sr_talk_names(&engine->talk, add_name, &names);
    if (status >= 0 && names.count) {
        free(*prompt);
        *prompt = sr_str_take(&names.text);
    }
    sr_str_deinit(&names.text);
    return status;
}

static int open_stt(struct sarai_engine *engine, struct sarai_error *error) {
    const struct sarai_config *config = engine->config;
    engine->stt_backend = sr_find_stt(config->stt.backend);
    if (!engine->stt_backend)
        return no_backend("stt.backend", config->stt.backend, error);
    if (engine->talk.brain && expect_names(engine) < 0)
        return sr_error(error, SARAI_ENOMEM, "stt", "out of memory");
    return engine->stt_backend->load(&config->stt, &config->model, &engine->stt, error);
}

static int open_remarks(struct sarai_engine *engine, struct sarai_error *error) {
    const struct sarai_config *config = engine->config;
    char *path = sr_path_table(&config->model, config->brain.language, config->turn.remarks, "remarks.tsv");
    const int status = path ? sr_remarks_load(path, &engine->remarks, error)
                            : sr_error(error, SARAI_ENOMEM, "turn.remarks", "out of memory");
    free(path);
    return status;
}

static void do_without(const struct sarai_engine *engine, const char *what, int status,
                       const struct sarai_error *missing) {
    if (status < 0)
        sr_log(&engine->config->log, SARAI_LOG_WARN, "engine", "without %s: %s: %s", what, missing->where,
               missing->text);
}

/* Without one of these a turn still ends, only less wisely. */
static int open_turn_end(struct sarai_engine *engine, struct sarai_error *error) {
    const struct sarai_config *config = engine->config;
    struct sarai_error missing = {0};
    int status = engine->ort ? SARAI_OK : sr_ort_open(&config->model, &engine->ort, &missing);
    (void)error;
    if (status >= 0)
        status = sr_smart_turn_load(&config->model, engine->ort, &engine->smart_turn, &missing);
    do_without(engine, "Smart Turn", status, &missing);
    status = sr_turn_end_load(&config->model, config->brain.language, &engine->turn_end, &missing);
    do_without(engine, "a head, so turns end after turn.end_ms", status, &missing);
    return SARAI_OK;
}

/* Without them turns end less wisely, and passages are found by their words alone. */
static int open_embed(struct sarai_engine *engine, struct sarai_error *error) {
    struct sarai_error missing = {0};
    (void)error;
    do_without(engine, "embeddings", sr_embed_load(&engine->config->model, &engine->embed, &missing), &missing);
    return SARAI_OK;
}

/* Without one, or with one that can't be read, everything else is answered as ever. */
static int open_llm(struct sarai_engine *engine, struct sarai_error *error) {
    const struct sarai_config *config = engine->config;
    if (strcmp(config->llm.backend, "none") == 0)
        return SARAI_OK;
    const struct sr_llm_backend *backend = sr_find_llm(config->llm.backend);
    if (!backend)
        return no_backend("llm.backend", config->llm.backend, error);
    engine->brain.llm_backend = backend;
    struct sarai_error missing = {0};
    const int status = backend->open(&config->llm, &config->model, engine->sched, &engine->brain.llm, &missing);
    if (status == SARAI_EUSAGE || status == SARAI_ENOMEM)
        return sr_error(error, status, missing.where, "%s", missing.text);
    if (status < 0)
        sr_log(&config->log, SARAI_LOG_ERROR, "llm", "going on without a language model: %s: %s", missing.where,
               missing.text);
    engine->other_brain.llm_backend = backend;
    engine->other_brain.llm = engine->brain.llm;
    return SARAI_OK;
}

static int open_reading(struct sarai_engine *engine, struct sarai_error *error) {
    char *folder = sr_path_share(&engine->config->model, "");
    const int status = folder ? sr_voice_init(&engine->voice, &engine->config->tts, folder, error)
                              : sr_error(error, SARAI_ENOMEM, "tts", "out of memory");
    free(folder);
    return status;
}

/* The configured voice, and espeak to stand in for it. */
static int open_voice(struct sarai_engine *engine, struct sarai_error *error) {
    const struct sarai_config *config = engine->config;
    struct sr_voice *voice = &engine->voice;
    const int reading = open_reading(engine, error);
    if (reading < 0)
        return reading;
    voice->backend = sr_find_tts(config->tts.backend);
    if (!voice->backend)
        return no_backend("tts.backend", config->tts.backend, error);
    int status = voice->backend->open(&config->tts, &config->model, engine->ort, engine->clock, &voice->tts, error);
    if (config->tts.fallback && voice->backend != &sr_tts_espeak && voice->backend != &sr_tts_null) {
        voice->fallback_backend = &sr_tts_espeak;
        const int stand_in =
            sr_tts_espeak.open(&config->tts, &config->model, engine->ort, engine->clock, &voice->fallback, NULL);
        if (status == SARAI_EMODEL && stand_in == SARAI_OK)
            status = SARAI_OK;
    }
    return status;
}

static int open_ort(struct sarai_engine *engine, struct sarai_error *error) {
    return sr_ort_open(&engine->config->model, &engine->ort, error);
}

static int point_of(void *user, const char *kind, const char *text, float out[SR_POINT_SIZE]) {
    _Static_assert(SR_POINT_SIZE == SR_EMBED_SIZE, "a memory's points are embeddings");
    return sr_embed_text(user, kind, text, out);
}

static bool finds_by_meaning(const struct sarai_config *config) {
    return strcmp(config->brain.meaning, "embed") == 0;
}

/* Not every language has a table of skills. */
static int open_skills(const struct sarai_config *config, struct sr_brain *brain, struct sarai_error *error) {
    const char *language = brain->opts->language;
    char *table = sr_path_table(&config->model, language, "", "skills.tsv");
    char *data = sr_path_share(&config->model, "");
    int status = table && data ? SARAI_OK : sr_error(error, SARAI_ENOMEM, "skills", "out of memory");
    if (status >= 0 && access(table, R_OK) == 0)
        status = sr_skills_open(data, language, &brain->skills, error);
    free(table);
    free(data);
    return status;
}

/* 1: there is another language, and a folder of it. */
static int has_other(const struct sarai_config *config) {
    const char *other = config->brain.other;
    if (strcmp(other, "none") == 0 || strcmp(other, config->brain.language) == 0)
        return 0;
    char *folder = sr_path_share(&config->model, other);
    const int has = folder ? access(folder, R_OK) == 0 : SARAI_ENOMEM;
    free(folder);
    return has;
}

/* The other language has the tables that come with it and no tools but its own. */
static int open_other(struct sarai_engine *engine, struct sarai_error *error) {
    const struct sarai_config *config = engine->config;
    static char none[] = "none", empty[] = "";
    const struct sr_tools_opts tools = {.home = none, .file = empty};
    struct sr_brain_opts *opts = &engine->other_opts;
    int status = has_other(config);
    if (status <= 0)
        return status < 0 ? sr_error(error, status, "brain", "out of memory") : SARAI_OK;
    *opts = config->brain;
    opts->language = config->brain.other;
    opts->templates = opts->knowledge = opts->phrases = opts->fillers = empty;
    status = sr_brain_open(&engine->other_brain, opts, &config->model,
                           engine->brain.meaning.point ? &engine->brain.meaning : NULL, error);
    if (status >= 0)
        status = open_skills(config, &engine->other_brain, error);
    if (status >= 0)
        status = sr_talk_init(&engine->other_talk, &engine->other_brain, &tools, &config->model, &config->log, error);
    if (status >= 0)
        sr_talk_pair(&engine->talk, &engine->other_talk);
    return status;
}

static int open_brain(struct sarai_engine *engine, struct sarai_error *error) {
    const struct sarai_config *config = engine->config;
    const bool by_meaning = engine->embed && finds_by_meaning(config);
    const struct sr_meaning meaning = {.point = point_of, .user = engine->embed, .model = SR_EMBED_MODEL};
    int status = sr_brain_open(&engine->brain, &config->brain, &config->model, by_meaning ? &meaning : NULL, error);
    const int missing = status < 0 ? 0 : sr_memory_unindexed(engine->brain.memory);
    if (by_meaning && missing > 0)
        sr_log(&config->log, SARAI_LOG_WARN, "brain",
               "%d passages are found by their words only; run: sarai memory index", missing);
    if (status >= 0)
        status = open_skills(config, &engine->brain, error);
    if (status >= 0)
        status = sr_talk_init(&engine->talk, &engine->brain, &config->tools, &config->model, &config->log, error);
    return status < 0 ? status : open_other(engine, error);
}

static int open_omni(struct sarai_engine *engine, struct sarai_error *error) {
    struct sr_omni_home home;
    sr_omni_home_of(engine->config, engine->ort, engine->clock, &home);
    return sr_omni_new(&home, &engine->omni, error);
}

/* Opens one part and notes how long that took. */
static int load(struct sarai_engine *engine, const char *module,
                int (*open)(struct sarai_engine *engine, struct sarai_error *error), struct sarai_error *error) {
    const int64_t start_us = sr_clock_now_us(engine->clock);
    const int status = open(engine, error);
    const double ms = (double)(sr_clock_now_us(engine->clock) - start_us) / 1000;
    if (status < 0)
        sr_log(&engine->config->log, SARAI_LOG_INFO, module, "failed after %.0f ms: %s", ms, sarai_strerror(status));
    else
        sr_log(&engine->config->log, SARAI_LOG_INFO, module, "ready after %.0f ms", ms);
    return status;
}

int sarai_engine_new(const struct sarai_config *config, unsigned use, struct sarai_engine **out,
                     struct sarai_error *error) {
    struct sarai_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return sr_error(error, SARAI_ENOMEM, "engine", "out of memory");
    int status = sr_config_copy(config, &engine->config, error);
    if (status < 0)
        goto out;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const int threads = engine->config->model.threads ? engine->config->model.threads : (int)(cores > 0 ? cores : 1);
    int *const wanted[] = {&engine->config->stt.threads, &engine->config->llm.threads, &engine->config->tts.threads};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (*wanted[i] > threads)
            *wanted[i] = threads;
    const bool vad_needs_ort = (use & SARAI_USE_VAD) && strcmp(engine->config->vad.backend, "silero") == 0;
    const bool tts_needs_ort = (use & SARAI_USE_TTS) && (strcmp(engine->config->tts.backend, "kokoro") == 0 ||
                                                         strcmp(engine->config->tts.backend, "vits") == 0);
    if ((status = sr_clock_new(false, &engine->clock)) < 0 || (status = sr_sched_new(threads, &engine->sched)) < 0) {
        sr_error(error, status, "engine", "out of memory");
        goto out;
    }
    const bool by_meaning = (use & SARAI_USE_BRAIN) && finds_by_meaning(engine->config);
    const bool turn_end = (use & SARAI_USE_TURN) && strcmp(engine->config->turn.end, "head") == 0;
    if (vad_needs_ort || tts_needs_ort || (use & SARAI_USE_OMNI))
        status = load(engine, "onnxruntime", open_ort, error);
    if (status >= 0 && (use & SARAI_USE_VAD))
        status = load(engine, "vad", open_vad, error);
    if (status >= 0 && (use & SARAI_USE_TURN) && (use & SARAI_USE_BRAIN)) /* for a session */
        status = load(engine, "remarks", open_remarks, error);
    if (status >= 0 && (turn_end || by_meaning))
        status = load(engine, "embed", open_embed, error);
    if (status >= 0 && turn_end)
        status = load(engine, "turn", open_turn_end, error);
    if (status >= 0 && (use & SARAI_USE_BRAIN))
        status = load(engine, "brain", open_brain, error);
    if (status >= 0 && (use & SARAI_USE_STT)) /* after the brain, whose tools have names to be expected */
        status = load(engine, "stt", open_stt, error);
    if (status >= 0 && (use & SARAI_USE_LLM))
        status = load(engine, "llm", open_llm, error);
    if (status >= 0 && (use & SARAI_USE_TTS))
        status = load(engine, "tts", open_voice, error);
    if (status >= 0 && (use & SARAI_USE_OMNI))
        status = load(engine, "omni", open_omni, error);
    if (status >= 0)
        sr_engine_bank_open(engine);
out:
    if (status < 0)
        sarai_engine_free(engine);
    else
        *out = engine;
    return status < 0 ? status : SARAI_OK;
}

void sarai_engine_free(struct sarai_engine *engine) {
    if (!engine)
        return;
    sr_engine_bank_close(engine);
    sr_omni_free(engine->omni);
    sr_voice_deinit(&engine->voice);
    if (engine->brain.llm)
        engine->brain.llm_backend->close(engine->brain.llm);
    sr_talk_deinit(&engine->other_talk);
    sr_brain_close(&engine->other_brain);
    sr_talk_deinit(&engine->talk);
    sr_engine_free_own_tools(engine);
    sr_brain_close(&engine->brain);
    sr_remarks_free(engine->remarks);
    sr_turn_end_free(engine->turn_end);
    sr_embed_unload(engine->embed);
    sr_smart_turn_unload(engine->smart_turn);
    if (engine->stt)
        engine->stt_backend->unload(engine->stt);
    if (engine->vad)
        engine->vad_backend->unload(engine->vad);
    sr_ort_close(engine->ort);
    sr_sched_free(engine->sched);
    sr_clock_free(engine->clock);
    sarai_config_free(engine->config);
    free(engine);
}
