/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the audio bank comes about: its texts (bank_texts.h), as the configured voice says them. Each voice has a file of
 * its own, named by a key over its settings, its models and the tables of its reading, so that a change of any of them
 * makes another file. What an older file of the same voice holds is copied. Every now and then what is there is
 * completed and put to use, so that an interrupted rendering goes on where it was.
 */
#include "engine/bank.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "engine/bank_texts.h"

#define SOUND 2        /* counts on when the same settings and models come to sound different */
#define FIRST_ROUND 32 /* rendered before they are put to use; each next round twice as many */
#define SAMPLED_BLOCKS 16
#define BLOCK_BYTES 4096
#define TELL_US 300000
#define CALM_US 20000000 /* a session that ends sooner is not disturbed */

/* --------------------------------------------------------------------------------------------------------- key -- */

static void hash_bytes(uint64_t *h, const void *data, size_t len) {
    *h = sr_hash_bytes(*h, data, len);
}

/* Length and some blocks of a file: a model that was exchanged shows, and nobody waits for a sum of it all. */
static void hash_file(uint64_t *h, const char *path) {
    char block[BLOCK_BYTES];
    struct stat info;
    FILE *file = stat(path, &info) == 0 && S_ISREG(info.st_mode) ? fopen(path, "rbe") : NULL;
    if (!file)
        return;
    const int64_t bytes = info.st_size;
    hash_bytes(h, &bytes, sizeof bytes);
    for (int i = 0; i < SAMPLED_BLOCKS; i++) {
        const int64_t at = bytes > BLOCK_BYTES ? (bytes - BLOCK_BYTES) / (SAMPLED_BLOCKS - 1) * i : 0;
        if (fseek(file, (long)at, SEEK_SET) == 0)
            hash_bytes(h, block, fread(block, 1, sizeof block, file));
        if (bytes <= BLOCK_BYTES)
            break;
    }
    fclose(file);
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* The files of a folder whose name begins with `prefix`. */
static void hash_folder(uint64_t *h, const char *folder, const char *prefix) {
    struct dirent **entries = NULL;
    const int count = folder ? scandir(folder, &entries, NULL, by_name) : 0;
    for (int i = 0; i < count; i++) {
        char *path = sr_asprintf("%s/%s", folder, entries[i]->d_name);
        if (path && strncmp(entries[i]->d_name, prefix, strlen(prefix)) == 0) {
            hash_bytes(h, entries[i]->d_name, strlen(entries[i]->d_name));
            hash_file(h, path);
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
}

/* All options of the voice but those that only say how fast it computes, and the files that they name. */
static void hash_options(uint64_t *h, const struct sarai_config *config) {
    for (const struct sr_opt *opt = sr_tts_opts_table; opt->name; opt++) {
        struct sr_str value = {0};
        if (strcmp(opt->name, "threads") == 0 || strcmp(opt->name, "delay_ms") == 0 ||
            strcmp(opt->name, "fallback") == 0)
            continue;
        sr_opt_print(opt, &config->tts, &value);
        sr_str_adds(&value, "\n");
        hash_bytes(h, value.data ? value.data : "", value.len);
        if (opt->type == SR_OPT_STRING && value.len > 1) {
            sr_str_cut(&value, value.len - 1);
            char *path = sr_path_model(&config->model, value.data);
            if (path)
                hash_file(h, path);
            free(path);
        }
        sr_str_deinit(&value);
    }
}

static void hash_share(uint64_t *h, const struct sarai_config *config, const char *folder, const char *prefix) {
    char *path = sr_path_share(&config->model, folder);
    hash_folder(h, path, prefix);
    free(path);
}

static void voice_key(const struct sarai_engine *engine, char key[17]) {
    const struct sarai_config *config = engine->config;
    const int sound = SOUND;
    uint64_t h = SR_HASH_BEGIN;
    char *models = sr_path_model(&config->model, config->tts.backend);
    char *voices = sr_asprintf("%s/voices", models ? models : "");
    hash_bytes(&h, &sound, sizeof sound);
    hash_options(&h, config);
    hash_folder(&h, models, "");
    hash_folder(&h, voices, config->tts.voice);
    hash_share(&h, config, "es", "normalize_");
    hash_share(&h, config, "es", "phonemes");
    hash_share(&h, config, "es", "foreign");
    hash_share(&h, config, "en", "normalize_");
    hash_share(&h, config, "es", "styles");
    hash_share(&h, config, "en", "styles");
    if (!engine->voice.tts)
        hash_bytes(&h, "fallback", 8);
    free(models);
    free(voices);
    snprintf(key, 17, "%016llx", (unsigned long long)h);
}

/* The bank's file of that voice; NULL when out of memory or without a home. */
static char *bank_path(const struct sarai_engine *engine, const char *key) {
    const char *folder = engine->config->speech.bank_dir;
    if (folder[0])
        return sr_asprintf("%s/%s.bank", folder, key);
    char *name = sr_asprintf("bank/%s.bank", key), *path = name ? sr_path_cache(name) : NULL;
    free(name);
    return path;
}

/* Makes the folders of a path that are missing. */
static void make_folders(const char *path) {
    char *copy = sr_strdup(path);
    for (char *slash = copy ? strchr(copy + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(copy, 0777);
        *slash = '/';
    }
    free(copy);
}

/* --------------------------------------------------------------------------------------------------- rendering -- */

struct render {
    struct sarai_engine *engine;
    struct sr_bank_texts texts;
    char key[17], *path;
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
static int synthesize(struct render *r, const struct sr_bank_text *text, struct sr_tts_clip *clip) {
    struct sarai_engine *engine = r->engine;
    const int threads = engine->config->tts.threads;
    const struct sr_tts_job job = {.text = text->text,
                                   .style = text->kind == SR_BANK_HEAD ? SR_STYLE_AUTO : (enum sr_style)text->kind,
                                   .clock = engine->clock};
    struct sr_abort abort = r->abort;
    abort.also = is_to_end;
    abort.user = r;
    for (;;) {
        if (sr_sched_take(engine->sched, engine->clock, SR_LEARNING, threads, &r->abort) < 0)
            return SARAI_ESTALE;
        const int status = sr_voice_synthesize(&engine->voice, &job, &abort, clip, r->error);
        sr_sched_give(engine->sched, threads);
        if (status != SARAI_ESTALE || atomic_load(&r->stop) || sr_aborted(&r->abort))
            return status;
    }
}

static int add(struct render *r, struct sr_bank_writer *writer, const struct sr_bank_text *text) {
    const struct sr_bank *old = sr_bank_shelf_get(&r->engine->bank);
    struct sr_bank_clip there;
    struct sr_tts_clip clip = {0};
    if (sr_bank_find(old, text->text, text->kind, &there))
        return sr_bank_writer_copy(writer, text->text, text->kind, &there);
    int status = synthesize(r, text, &clip);
    if (status >= 0 && clip.count) {
        status = sr_bank_writer_add(writer, text->text, text->kind, clip.samples, clip.count, clip.rate_hz);
        r->made++;
    }
    free(clip.samples);
    return status;
}

static int put_to_use(struct render *r) {
    struct sr_bank *bank = NULL;
    const int status = sr_bank_open(r->path, r->key, &bank, r->error);
    if (status >= 0)
        sr_bank_shelf_put(&r->engine->bank, bank);
    return status;
}

/* Writes a bank with everything that is there and up to `most` new sentences. SARAI_ESTALE when it was stopped before
 * that; what was rendered is kept. */
static int round_of(struct render *r, size_t most) {
    struct sr_bank_writer *writer = NULL;
    const struct sr_bank *old = sr_bank_shelf_get(&r->engine->bank);
    const size_t goal = r->made + most;
    int status = sr_bank_writer_new(r->path, r->key, &writer, r->error), stopped = SARAI_OK;
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
        return r->error->text[0] ? status : sr_error(r->error, status, r->path, "%s", sarai_strerror(status));
    }
    status = sr_bank_writer_commit(writer, r->error);
    if (status >= 0)
        status = put_to_use(r);
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
    int status = sr_bank_texts_collect(r->engine, &r->texts);
    voice_key(r->engine, r->key);
    r->path = bank_path(r->engine, r->key);
    if (status < 0 || !r->path)
        return sr_error(r->error, SARAI_ENOMEM, "bank", "out of memory");
    make_folders(r->path);
    for (size_t most = FIRST_ROUND; status >= 0; most *= 2) {
        r->done = count_ready(r->engine, &r->texts);
        if (r->done == r->texts.count)
            break;
        const size_t before = r->made;
        status = round_of(r, most);
        if (status >= 0 && r->made == before)
            break; /* what is missing holds nothing to read */
    }
    return status;
}

static void render_deinit(struct render *r) {
    sr_bank_texts_deinit(&r->texts);
    free(r->path);
}

/* -------------------------------------------------------------------------------------------------- the engine -- */

static bool has_bank(const struct sarai_engine *engine) {
    return engine->brain.templates && (engine->voice.tts || engine->voice.fallback) &&
           strcmp(engine->config->speech.bank, "off") != 0;
}

void sr_engine_bank_open(struct sarai_engine *engine) {
    char key[17];
    struct sr_bank *bank = NULL;
    struct sarai_error error = {0};
    if (!has_bank(engine))
        return;
    voice_key(engine, key);
    char *path = bank_path(engine, key);
    const int status = path ? sr_bank_open(path, key, &bank, &error) : SARAI_ENOMEM;
    if (status >= 0)
        sr_bank_shelf_put(&engine->bank, bank);
    else
        sr_log(&engine->config->log, status == SARAI_EMODEL ? SARAI_LOG_INFO : SARAI_LOG_WARN, "bank", "%s: %s",
               error.where, error.text);
    free(path);
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
    render_deinit(&r);
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
    if (result && r.path) {
        stat(r.path, &info);
        *result = (struct sarai_bank){.sentences = r.texts.count,
                                      .ready = count_ready(engine, &r.texts),
                                      .rendered = r.made,
                                      .bytes = (uint64_t)info.st_size,
                                      .took_s = (double)(sr_clock_now_us(engine->clock) - start_us) / 1e6};
        snprintf(result->path, sizeof result->path, "%s", r.path);
    }
    render_deinit(&r);
    return status;
}
