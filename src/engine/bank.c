/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the audio bank comes about: its texts (bank_texts.h), as the configured voice says them. Each voice has a file of
 * its own (bank_place.h). What an older file of the same voice holds is copied, if the voice would still be given the
 * same: where the tables of reading have changed, all texts of the file are read again, which takes far less time than
 * to speak one, and those that come out otherwise are not found until they were rendered. Every now and then what is
 * there is completed and put to use, so that an interrupted rendering goes on where it was.
 */
#include "engine/bank.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/folder.h"
#include "engine/bank_texts.h"

#define FIRST_ROUND 32 /* rendered before they are put to use; each next round twice as many */
#define TELL_US 300000
#define CALM_US 20000000 /* a session that ends sooner is not disturbed */

static struct sr_tts_job job_of(const struct sarai_engine *engine, const char *text, int kind) {
    return (struct sr_tts_job){
        .text = text, .style = kind == SR_BANK_HEAD ? SR_STYLE_AUTO : (enum sr_style)kind, .clock = engine->clock};
}

static bool is_same(void *user, const char *text, int kind, uint64_t given) {
    const struct sarai_engine *engine = user;
    const struct sr_tts_job job = job_of(engine, text, kind);
    uint64_t now;
    return sr_voice_read(&engine->voice, &job, &now, NULL) >= 0 && now == given;
}

/* Puts the bank in the file on the shelf, without what would be read otherwise now; that is looked at when the tables
 * say so, or to be `sure`. */
static int open_bank(struct sarai_engine *engine, bool sure, struct sarai_error *error) {
    const struct sr_bank_place *place = &engine->bank_place;
    struct sr_bank *bank = NULL;
    const int status = sr_bank_open(place->path, place->key, &bank, error);
    if (status < 0)
        return status;
    if (sure || sr_bank_tables(bank) != place->tables)
        sr_bank_review(bank, is_same, engine);
    sr_bank_place_touch(place);
    sr_bank_shelf_put(&engine->bank, bank);
    return SARAI_OK;
}

/* --------------------------------------------------------------------------------------------------- rendering -- */

struct render {
    struct sarai_engine *engine;
    struct sr_bank_texts texts;
    atomic_bool stop;
    struct sr_abort abort;
    sarai_progress *progress;
    void *user;
    int64_t told_us; /* when progress was told last */
    size_t done, made;
    struct sarai_error *error;
};

static void tell(struct render *r) {
    r->told_us = sr_clock_now_us(r->engine->clock);
    if (r->progress && r->progress(r->user, (double)r->done / (double)r->texts.count))
        atomic_store(&r->stop, true);
}

/* Asked all the time while a sentence is synthesized. */
static bool is_to_end(void *user) {
    struct render *r = user;
    if (sr_clock_now_us(r->engine->clock) - r->told_us > TELL_US)
        tell(r);
    return atomic_load(&r->stop) || sr_sched_wanted(r->engine->sched, SR_LEARNING);
}

/* As the sessions do it, but whoever else wants to compute comes first. */
static int synthesize(struct render *r, const struct sr_tts_job *job, struct sr_tts_clip *clip) {
    struct sarai_engine *engine = r->engine;
    const int threads = engine->config->tts.threads;
    struct sr_abort abort = r->abort;
    abort.also = is_to_end;
    abort.user = r;
    for (;;) {
        if (sr_sched_take(engine->sched, engine->clock, SR_LEARNING, threads, &r->abort) < 0)
            return SARAI_ESTALE;
        const int status = sr_voice_synthesize(&engine->voice, job, &abort, clip, r->error);
        sr_sched_give(engine->sched, threads);
        if (status != SARAI_ESTALE || atomic_load(&r->stop) || sr_aborted(&r->abort))
            return status;
    }
}

static int add(struct render *r, struct sr_bank_writer *writer, const struct sr_bank_text *text) {
    const struct sr_bank *old = sr_bank_shelf_get(&r->engine->bank);
    struct sr_bank_clip there;
    const struct sr_tts_job job = job_of(r->engine, text->text, text->kind);
    struct sr_tts_clip clip = {0};
    uint64_t given;
    if (sr_bank_find(old, text->text, text->kind, &there))
        return sr_bank_writer_copy(writer, text->text, text->kind, &there);
    int status = sr_voice_read(&r->engine->voice, &job, &given, r->error);
    if (status >= 0)
        status = synthesize(r, &job, &clip);
    if (status >= 0 && clip.count) {
        status = sr_bank_writer_add(writer, text->text, text->kind, given, clip.samples, clip.count, clip.rate_hz);
        r->made++;
    }
    free(clip.samples);
    return status;
}

/* Writes a bank with everything that is there and up to `most` new sentences. SARAI_ESTALE when it was stopped before
 * that; what was rendered is kept. */
static int round_of(struct render *r, size_t most) {
    const struct sr_bank_place *place = &r->engine->bank_place;
    struct sr_bank_writer *writer = NULL;
    const struct sr_bank *old = sr_bank_shelf_get(&r->engine->bank);
    const size_t goal = r->made + most;
    int status = sr_bank_writer_new(place->path, place->key, place->tables, &writer, r->error), stopped = SARAI_OK;
    r->done = 0;
    for (size_t i = 0; i < r->texts.count && status >= 0; i++) {
        const struct sr_bank_text *text = &r->texts.list[i];
        struct sr_bank_clip there;
        const bool wanted = stopped == SARAI_OK && r->made < goal;
        if (!wanted && !sr_bank_find(old, text->text, text->kind, &there))
            continue;
        status = add(r, writer, text);
        r->done += status >= 0;
        if (status == SARAI_ESTALE)
            stopped = status, status = SARAI_OK;
        tell(r);
        if (atomic_load(&r->stop))
            stopped = SARAI_ESTALE;
    }
    if (status < 0) {
        sr_bank_writer_abandon(writer);
        return r->error->text[0] ? status : sr_error(r->error, status, place->path, "%s", sarai_strerror(status));
    }
    status = sr_bank_writer_commit(writer, r->error);
    if (status >= 0)
        status = open_bank(r->engine, false, r->error);
    return status < 0 ? status : stopped;
}

static size_t count_ready(const struct sarai_engine *engine, const struct sr_bank_texts *texts) {
    const struct sr_bank *bank = sr_bank_shelf_get(&engine->bank);
    struct sr_bank_clip clip;
    size_t ready = 0;
    for (size_t i = 0; i < texts->count; i++)
        ready += sr_bank_find(bank, texts->list[i].text, texts->list[i].kind, &clip);
    return ready;
}

static int render(struct render *r) {
    const struct sr_bank_place *place = &r->engine->bank_place;
    struct sarai_error ignored;
    int status = sr_bank_texts_collect(r->engine, &r->texts);
    if (!place->path || status < 0)
        return sr_error(r->error, SARAI_ENOMEM, "bank", "out of memory");
    sr_folder_make_for(place->path);
    open_bank(r->engine, true, &ignored); /* for want of one, all is rendered */
    for (size_t most = FIRST_ROUND; status >= 0; most *= 2) {
        r->done = count_ready(r->engine, &r->texts);
        if (r->done == r->texts.count && sr_bank_tables(sr_bank_shelf_get(&r->engine->bank)) == place->tables)
            break;
        const size_t before = r->made;
        status = round_of(r, most);
        if (status >= 0 && r->made == before)
            break; /* what is missing holds nothing to read */
    }
    if (status >= 0)
        sr_bank_place_tidy(place);
    return status;
}

/* -------------------------------------------------------------------------------------------------- the engine -- */

static bool has_bank(const struct sarai_engine *engine) {
    return engine->brain.templates && (engine->voice.tts || engine->voice.fallback) &&
           strcmp(engine->config->speech.bank, "off") != 0;
}

void sr_engine_bank_open(struct sarai_engine *engine) {
    struct sarai_error error = {.where = "bank", .text = "out of memory"};
    if (!has_bank(engine))
        return;
    int status = sr_bank_place_init(engine, &engine->bank_place);
    if (status >= 0)
        status = open_bank(engine, false, &error);
    if (status < 0)
        sr_log(&engine->config->log, status == SARAI_EMODEL ? SARAI_LOG_INFO : SARAI_LOG_WARN, "bank", "%s: %s",
               error.where, error.text);
}

static void render_in_background(void *arg) {
    struct sarai_engine *engine = arg;
    struct sarai_error error = {0};
    struct render r = {.engine = engine, .abort = {.stop = &engine->bank_stop}, .error = &error};
    setpriority(PRIO_PROCESS, 0, 19); /* of this thread */
    const int64_t from_us = sr_clock_now_us(engine->clock) + CALM_US;
    while (sr_clock_now_us(engine->clock) < from_us && !atomic_load(&engine->bank_stop))
        sr_clock_sleep_until(engine->clock, sr_clock_now_us(engine->clock) + 100000);
    const int status = atomic_load(&engine->bank_stop) ? SARAI_ESTALE : render(&r);
    if (status < 0 && status != SARAI_ESTALE)
        sr_log(&engine->config->log, SARAI_LOG_WARN, "bank", "%s: %s", error.where, error.text);
    else
        sr_log(&engine->config->log, SARAI_LOG_INFO, "bank", "%zu of %zu sentences, %zu new", r.done, r.texts.count,
               r.made);
    sr_bank_texts_deinit(&r.texts);
}

void sr_engine_bank_start(struct sarai_engine *engine) {
    const struct sarai_config *config = engine->config;
    if (!has_bank(engine) || strcmp(config->speech.bank, "auto") != 0 || strcmp(config->tts.backend, "null") == 0 ||
        atomic_exchange(&engine->bank_started, true))
        return;
    sr_thread_start(&engine->bank_thread, engine->clock, "sarai-bank", render_in_background, engine);
}

void sr_engine_bank_close(struct sarai_engine *engine) {
    atomic_store(&engine->bank_stop, true);
    sr_thread_join(&engine->bank_thread);
    sr_bank_shelf_clear(&engine->bank);
    sr_bank_place_deinit(&engine->bank_place);
}

int sarai_bank_build(struct sarai_engine *engine, sarai_progress *progress, void *user, struct sarai_bank *result,
                     struct sarai_error *error) {
    struct sarai_error ignored = {0};
    struct render r = {.engine = engine, .progress = progress, .user = user, .error = error ? error : &ignored};
    if (!has_bank(engine))
        return sr_error(error, SARAI_EUSAGE, "bank",
                        "needs an engine made with SARAI_USE_BRAIN and SARAI_USE_TTS, and speech.bank other than off");
    const int64_t start_us = sr_clock_now_us(engine->clock);
    const int status = render(&r);
    struct stat info = {0};
    if (result && engine->bank_place.path) {
        stat(engine->bank_place.path, &info);
        *result = (struct sarai_bank){.sentences = r.texts.count,
                                      .ready = count_ready(engine, &r.texts),
                                      .rendered = r.made,
                                      .bytes = (uint64_t)info.st_size,
                                      .took_s = (double)(sr_clock_now_us(engine->clock) - start_us) / 1e6};
        snprintf(result->path, sizeof result->path, "%s", engine->bank_place.path);
    }
    sr_bank_texts_deinit(&r.texts);
    return status;
}
