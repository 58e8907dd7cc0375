/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vosk through libvosk, opened while running, so that nobody needs it who doesn't use it. A recognizer of Vosk takes
 * sound as it comes; our interface hands over the utterance so far, again and again. So what was fed is remembered, and
 * of an utterance that begins with it only the new samples are fed. Sound goes in in blocks of one size from the
 * beginning of the utterance, because what Vosk hears depends on them: only so is a text that was heard as it grew the
 * same as that of a whole file. Reading the final text ends the recognizer's utterance; whoever goes on after a draft
 * is heard again from the start.
 */
#include "base/str.h"
#include "model/paths.h"
#include "stt/stt.h"
#include "stt/stt_text.h"

#include <cjson/cJSON.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "vosk"
#define MODEL "vosk-es"
#define COUNT_MAX (30 * SR_RATE_HZ)
#define BLOCK (SR_RATE_HZ / 5)

/* From src/vosk_api.h of alphacep/vosk-api 0.3.45 (Apache-2.0); the package that has the library has no header. */
struct api {
    void *library;
    void *(*model_new)(const char *path);
    void (*model_free)(void *model);
    void *(*recognizer_new)(void *model, float rate_hz);
    void (*recognizer_free)(void *recognizer);
    void (*set_words)(void *recognizer, int words);
    int (*accept)(void *recognizer, const short *samples, int count); /* 1: a result is complete, -1: failed */
    const char *(*result)(void *recognizer);                          /* these three: JSON, until the next call */
    const char *(*partial)(void *recognizer);
    const char *(*final)(void *recognizer);
    void (*reset)(void *recognizer);
    void (*set_log_level)(int level);
};

struct sr_stt_model {
    struct api api;
    void *model;
};

struct sr_stt {
    const struct api *api;
    const struct sr_stt_opts *opts;
    void *recognizer;
    short *fed; /* COUNT_MAX; what the recognizer has heard */
    short *now; /* COUNT_MAX; the utterance */
    size_t fed_count;
    struct sr_stt_result done; /* results that are complete; the text may be NULL */
};

/* ------------------------------------------------------------------------------------------------------ opening -- */

static int open_library(struct api *api, const char *path, struct sarai_error *error) {
    api->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!api->library)
        return sr_error(error, SARAI_EMODEL, path, "can't be opened (%s); run: sarai models pull " LIBRARY, dlerror());
    const struct {
        const char *name;
        void **function;
    } wanted[] = {
        {"vosk_model_new", (void **)&api->model_new},
        {"vosk_model_free", (void **)&api->model_free},
        {"vosk_recognizer_new", (void **)&api->recognizer_new},
        {"vosk_recognizer_free", (void **)&api->recognizer_free},
        {"vosk_recognizer_set_words", (void **)&api->set_words},
        {"vosk_recognizer_accept_waveform_s", (void **)&api->accept},
        {"vosk_recognizer_result", (void **)&api->result},
        {"vosk_recognizer_partial_result", (void **)&api->partial},
        {"vosk_recognizer_final_result", (void **)&api->final},
        {"vosk_recognizer_reset", (void **)&api->reset},
        {"vosk_set_log_level", (void **)&api->set_log_level},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!(*wanted[i].function = dlsym(api->library, wanted[i].name)))
            return sr_error(error, SARAI_EMODEL, path, "has no %s; run: sarai models pull " LIBRARY, wanted[i].name);
    api->set_log_level(-1);
    return SARAI_OK;
}

static void unload(struct sr_stt_model *model) {
    if (!model)
        return;
    if (model->model)
        model->api.model_free(model->model);
    if (model->api.library)
        dlclose(model->api.library);
    free(model);
}

static int load(const struct sr_stt_opts *opts, const struct sr_model_opts *models, struct sr_stt_model **out,
                struct sarai_error *error) {
    struct sr_stt_model *model = calloc(1, sizeof *model);
    char *library = sr_path_model(models, "vosk/libvosk.so"), *folder = sr_path_model(models, opts->vosk);
    char *acoustic = folder ? sr_asprintf("%s/am/final.mdl", folder) : NULL;
    int rc = model && library && acoustic ? sr_path_check_model(library, LIBRARY, error)
                                          : sr_error(error, SARAI_ENOMEM, LIBRARY, "out of memory");
    if (rc == SARAI_OK)
        rc = sr_path_check_model(acoustic, MODEL, error);
    if (rc == SARAI_OK)
        rc = open_library(&model->api, library, error);
    if (rc == SARAI_OK && !(model->model = model->api.model_new(folder)))
        rc = sr_error(error, SARAI_EMODEL, folder, "is damaged or no Vosk model; run: sarai models pull " MODEL);
    if (rc == SARAI_OK)
        *out = model;
    else
        unload(model);
    free(acoustic);
    free(folder);
    free(library);
    return rc;
}

static void close(struct sr_stt *stt) {
    if (!stt)
        return;
    if (stt->recognizer)
        stt->api->recognizer_free(stt->recognizer);
    sr_stt_result_deinit(&stt->done);
    free(stt->fed);
    free(stt->now);
    free(stt);
}

static int open(struct sr_stt_model *model, const struct sr_stt_opts *opts, struct sr_clock *clock, struct sr_stt **out,
                struct sarai_error *error) {
    (void)clock;
    struct sr_stt *stt = calloc(1, sizeof *stt);
    if (!stt)
        return sr_error(error, SARAI_ENOMEM, LIBRARY, "out of memory");
    stt->api = &model->api;
    stt->opts = opts;
    stt->fed = malloc(COUNT_MAX * sizeof *stt->fed);
    stt->now = malloc(COUNT_MAX * sizeof *stt->now);
    if (stt->fed && stt->now)
        stt->recognizer = stt->api->recognizer_new(model->model, (float)SR_RATE_HZ);
    if (!stt->recognizer) {
        close(stt);
        return sr_error(error, SARAI_ENOMEM, LIBRARY, "out of memory");
    }
    stt->api->set_words(stt->recognizer, 1);
    *out = stt;
    return SARAI_OK;
}

/* ------------------------------------------------------------------------------------------------------ results -- */

static int64_t time_ms(const cJSON *word, const char *name) {
    const cJSON *time = cJSON_GetObjectItemCaseSensitive(word, name);
    return cJSON_IsNumber(time) ? (int64_t)llround(time->valuedouble * 1000) : 0;
}

/* Appends what one of Vosk's answers says, {"text": ..., "result": [words with times]} or {"partial": ...}. */
static int append(struct sr_stt_result *all, const char *json, const char *key) {
    cJSON *answer = cJSON_Parse(json ? json : "");
    const cJSON *said = cJSON_GetObjectItemCaseSensitive(answer, key);
    const cJSON *words = cJSON_GetObjectItemCaseSensitive(answer, "result");
    struct sr_str piece = {0}, text = {0};
    int rc = SARAI_OK;
    if (cJSON_IsString(said))
        sr_stt_clean(said->valuestring, &piece);
    if (piece.len > 0) {
        struct sr_stt_segment *segments = realloc(all->segments, (all->count + 1) * sizeof *segments);
        if (segments)
            all->segments = segments;
        sr_str_addf(&text, "%s%s%s", all->text ? all->text : "", all->text && *all->text ? " " : "", piece.data);
        if (!segments || text.failed || piece.failed) {
            rc = SARAI_ENOMEM;
        } else {
            free(all->text);
            all->text = sr_str_take(&text);
            segments[all->count++] = (struct sr_stt_segment){
                .start_ms = time_ms(cJSON_GetArrayItem(words, 0), "start"),
                .end_ms = time_ms(cJSON_GetArrayItem(words, cJSON_GetArraySize(words) - 1), "end"),
                .text = sr_str_take(&piece)};
        }
    }
    sr_str_deinit(&piece);
    sr_str_deinit(&text);
    cJSON_Delete(answer);
    return rc;
}

static int copy(const struct sr_stt_result *from, struct sr_stt_result *to) {
    *to = (struct sr_stt_result){.text = sr_strdup(from->text ? from->text : "")};
    to->segments = calloc(from->count + 1, sizeof *to->segments);
    int rc = to->text && to->segments ? SARAI_OK : SARAI_ENOMEM;
    for (size_t i = 0; i < from->count && rc == SARAI_OK; i++) {
        to->segments[i] = from->segments[i];
        to->segments[i].text = sr_strdup(from->segments[i].text);
        if (to->segments[i].text)
            to->count++;
        else
            rc = SARAI_ENOMEM;
    }
    if (rc < 0)
        sr_stt_result_deinit(to);
    return rc;
}

/* ----------------------------------------------------------------------------------------------------- decoding -- */

static void start_again(struct sr_stt *stt) {
    stt->api->reset(stt->recognizer);
    sr_stt_result_deinit(&stt->done);
    stt->fed_count = 0;
}

static int feed(struct sr_stt *stt, size_t count) {
    memcpy(stt->fed + stt->fed_count, stt->now + stt->fed_count, count * sizeof *stt->fed);
    const int complete = stt->api->accept(stt->recognizer, stt->fed + stt->fed_count, (int)count);
    stt->fed_count += count;
    if (complete < 0)
        return SARAI_EINTERNAL;
    return complete ? append(&stt->done, stt->api->result(stt->recognizer), "text") : SARAI_OK;
}

/* Whole blocks; of an utterance that is over also the rest. */
static int feed_new(struct sr_stt *stt, size_t count, bool all, const struct sr_abort *abort) {
    if (stt->fed_count > count || memcmp(stt->fed, stt->now, stt->fed_count * sizeof *stt->fed) != 0)
        start_again(stt);
    while (stt->fed_count < count) {
        const size_t left = count - stt->fed_count;
        if (left < BLOCK && !all)
            break;
        if (sr_aborted(abort))
            return SARAI_ESTALE;
        const int rc = feed(stt, left < BLOCK ? left : BLOCK);
        if (rc < 0)
            return rc;
    }
    return SARAI_OK;
}

static int decode(struct sr_stt *stt, const float *samples, size_t count, enum sr_purpose purpose,
                  const struct sr_abort *abort, struct sr_stt_result *result) {
    const bool partial = purpose == SR_PARTIAL;
    struct sr_stt_result found = {0};
    if (sr_aborted(abort))
        return SARAI_ESTALE;
    if (count > COUNT_MAX)
        return SARAI_EINPUT;
    for (size_t i = 0; i < count; i++) {
        const float value = samples[i] < -1 ? -1 : samples[i] > 1 ? 1 : samples[i];
        stt->now[i] = (short)lrintf(value * 32767);
    }
    int rc = feed_new(stt, count, !partial, abort);
    if (rc == SARAI_OK)
        rc = copy(&stt->done, &found);
    if (rc == SARAI_OK && partial)
        rc = append(&found, stt->api->partial(stt->recognizer), "partial");
    else if (rc == SARAI_OK)
        rc = append(&found, stt->api->final(stt->recognizer), "text");
    if (rc != SARAI_ESTALE && (rc < 0 || !partial))
        start_again(stt);
    if (rc < 0) {
        sr_stt_result_deinit(&found);
        return rc;
    }
    snprintf(found.language, sizeof found.language, "%s",
             strcmp(stt->opts->language, "auto") ? stt->opts->language : "");
    *result = found;
    return SARAI_OK;
}

const struct sr_stt_backend sr_stt_vosk = {"vosk", load, unload, open, close, decode, NULL};
