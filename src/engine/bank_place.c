/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bank_place.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "engine/engine.h"

#define SOUND 3 /* counts on when the same settings and models come to sound different */
#define SAMPLED_BLOCKS 16
#define BLOCK_BYTES 4096
#define KEPT_FILES 4

/* --------------------------------------------------------------------------------------------------------- key -- */

/* A hash that knows whether memory ran out on its way: half of a key would be another key. */
struct sum {
    uint64_t h;
    bool failed;
};

static void add(struct sum *sum, const void *data, size_t len) {
    sum->h = sr_hash_bytes(sum->h, data, len);
}

/* Length and some blocks of a file, if there is one: a model that was exchanged shows, and nobody waits for a sum of it
 * all. Tables are shorter than the blocks. */
static void add_file(struct sum *sum, const char *path) {
    char block[BLOCK_BYTES];
    struct stat info;
    FILE *file = stat(path, &info) == 0 && S_ISREG(info.st_mode) ? fopen(path, "rbe") : NULL;
    if (!file)
        return;
    const int64_t bytes = info.st_size;
    add(sum, &bytes, sizeof bytes);
    for (int i = 0; i < SAMPLED_BLOCKS; i++) {
        const int64_t at = bytes > BLOCK_BYTES ? (bytes - BLOCK_BYTES) / (SAMPLED_BLOCKS - 1) * i : 0;
        if (fseek(file, (long)at, SEEK_SET) == 0)
            add(sum, block, fread(block, 1, sizeof block, file));
        if (bytes <= BLOCK_BYTES)
            break;
    }
    fclose(file);
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* The files of a folder whose name begins with `prefix`. Takes `folder`, which is NULL when memory ran out. */
static void add_folder(struct sum *sum, char *folder, const char *prefix) {
    struct dirent **entries = NULL;
    const int count = folder ? scandir(folder, &entries, NULL, by_name) : 0;
    sum->failed = sum->failed || !folder;
    for (int i = 0; i < count; i++) {
        if (strncmp(entries[i]->d_name, prefix, strlen(prefix)) == 0) {
            char *path = sr_asprintf("%s/%s", folder, entries[i]->d_name);
            sum->failed = sum->failed || !path;
            add(sum, entries[i]->d_name, strlen(entries[i]->d_name));
            if (path)
                add_file(sum, path);
            free(path);
        }
        free(entries[i]);
    }
    free(entries);
    free(folder);
}

/* The options of the voice that shape its sound, and the files that they name. */
static void add_options(struct sum *sum, const struct sarai_config *config) {
    static const char *const others[] = {"threads", "delay_ms", "fallback", "other"};
    for (const struct sr_opt *opt = sr_tts_opts_table; opt->name; opt++) {
        struct sr_str value = {0};
        bool shapes = true;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            shapes = shapes && strcmp(opt->name, others[i]) != 0;
        if (!shapes)
            continue;
        sr_opt_print(opt, &config->tts, &value);
        sr_str_adds(&value, "\n");
        sum->failed = sum->failed || value.failed;
        if (!value.failed)
            add(sum, value.data, value.len);
        if (!value.failed && opt->type == SR_OPT_STRING && value.len > 1) {
            sr_str_cut(&value, value.len - 1);
            char *path = sr_path_model(&config->model, value.data);
            sum->failed = sum->failed || !path;
            if (path)
                add_file(sum, path);
            free(path);
        }
        sr_str_deinit(&value);
    }
}

static struct sum voice_sum(const struct sarai_engine *engine) {
    const struct sarai_config *config = engine->config;
    const int begin[] = {SOUND, SR_BANK_VERSION, !engine->voice.tts};
    char *models = sr_path_model(&config->model, config->tts.backend);
    struct sum sum = {.h = SR_HASH_BEGIN};
    add(&sum, begin, sizeof begin);
    add_options(&sum, config);
    add_folder(&sum, models ? sr_asprintf("%s/voices", models) : NULL, config->tts.voice);
    add_folder(&sum, models, strcmp(config->tts.backend, "vits") == 0 ? config->tts.voice : "");
    return sum;
}

static struct sum table_sum(const struct sarai_config *config) {
    static const char *const prefixes[] = {"normalize_", "phonemes", "foreign", "styles"};
    struct sum sum = {.h = SR_HASH_BEGIN};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        add_folder(&sum, sr_path_share(&config->model, "es"), prefixes[i]);
        add_folder(&sum, sr_path_share(&config->model, "en"), prefixes[i]);
    }
    return sum;
}

/* -------------------------------------------------------------------------------------------------------- file -- */

int sr_bank_place_init(const struct sarai_engine *engine, struct sr_bank_place *place) {
    const char *folder = engine->config->speech.bank_dir;
    const struct sum voice = voice_sum(engine), tables = table_sum(engine->config);
    *place = (struct sr_bank_place){.tables = tables.h};
    snprintf(place->key, sizeof place->key, "%016llx", (unsigned long long)voice.h);
    char *name = sr_asprintf("%s/%s.bank", folder[0] ? folder : "bank", place->key);
    place->path = !name || folder[0] ? name : sr_path_cache(name);
    if (name != place->path)
        free(name);
    if (voice.failed || tables.failed)
        sr_bank_place_deinit(place);
    return place->path ? SARAI_OK : SARAI_ENOMEM;
}

void sr_bank_place_deinit(struct sr_bank_place *place) {
    free(place->path);
    place->path = NULL;
}

void sr_bank_place_touch(const struct sr_bank_place *place) {
    utimensat(AT_FDCWD, place->path, NULL, 0);
}

/* "0123456789abcdef.bank", or with ".part" what an ended program left of one. */
static int is_bank(const struct dirent *entry) {
    const char *name = entry->d_name;
    return strspn(name, "0123456789abcdef") == 16 &&
           (strcmp(name + 16, ".bank") == 0 || strcmp(name + 16, ".bank.part") == 0);
}

struct used {
    char *path;
    struct timespec at;
};

static int by_use(const void *a, const void *b) {
    const struct timespec *x = &((const struct used *)a)->at, *y = &((const struct used *)b)->at;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? 1 : -1;
    return (x->tv_nsec < y->tv_nsec) - (x->tv_nsec > y->tv_nsec);
}

void sr_bank_place_tidy(const struct sr_bank_place *place) {
    char *folder = sr_strndup(place->path, (size_t)(strrchr(place->path, '/') - place->path));
    struct dirent **entries = NULL;
    const int count = folder ? scandir(folder, &entries, is_bank, NULL) : 0;
    struct used *files = count > 0 ? calloc((size_t)count, sizeof *files) : NULL;
    int known = 0;
    for (int i = 0; i < count; i++) {
        char *path = sr_asprintf("%s/%s", folder, entries[i]->d_name);
        struct stat info;
        if (files && path && stat(path, &info) == 0)
            files[known++] = (struct used){.path = path, .at = info.st_mtim};
        else
            free(path);
        free(entries[i]);
    }
    if (files)
        qsort(files, (size_t)known, sizeof *files, by_use);
    for (int i = 0; i < known; i++) {
        if (i >= KEPT_FILES && strcmp(files[i].path, place->path) != 0)
            unlink(files[i].path);
        free(files[i].path);
    }
    free(files);
    free(entries);
    free(folder);
}
