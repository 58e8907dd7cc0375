/* SPDX-License-Identifier: Apache-2.0 */
#include "turn/turn_end.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "turn/turn_text.h"

#define VERSION 1
#define WEIGHT_MAX 1000.0f
#define USUAL_PACE_MS 400.0f
#define PACE_MIN_MS 100.0f
#define PACE_MAX_MS 1500.0f
#define AUDIO_MIN 0.12f /* Smart Turn is nearly always sure of the end in Spanish: how sure says little */
#define PACE_NEW 0.15f  /* what the newest pause counts */

const char *const sr_turn_input_names[SR_TURN_IN_COUNT] = {"bias",         "text",         "no_text",  "audio",
                                                           "no_audio",     "f0_slope",     "f0_final", "voiced_tail",
                                                           "voiced_share", "energy_slope", "no_voice", "pause"};

struct weight {
    char *name;
    float value;
};

/* A head that reads: with the meaning of the text, or by its words alone. */
struct reader {
    struct weight *list; /* sorted by name once loaded */
    size_t count, room;
    float bias;
    float meaning[SR_EMBED_SIZE];
};

struct sr_turn_end {
    struct sr_turn_text *text;
    struct reader meaning, words;
    float fuse[SR_TURN_IN_COUNT];
    /* while loading */
    bool seen[SR_TURN_IN_COUNT], versioned;
};

/* ------------------------------------------------------------------------------------------------------- loading -- */

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct weight *)a)->name, ((const struct weight *)b)->name);
}

static int add_weight(struct reader *reader, const char *name, float value) {
    char *end;
    if (strcmp(name, "bias") == 0) {
        reader->bias = value;
        return SARAI_OK;
    }
    if (*name == '@') { /* "@17": a coordinate of the meaning */
        const long i = strtol(name + 1, &end, 10);
        if (end == name + 1 || *end || i < 0 || i >= SR_EMBED_SIZE)
            return SARAI_EINPUT;
        reader->meaning[i] = value;
        return SARAI_OK;
    }
    if (reader->count == reader->room) {
        const size_t room = reader->room ? reader->room * 2 : 256;
        struct weight *list = realloc(reader->list, room * sizeof *list);
        if (!list)
            return SARAI_ENOMEM;
        reader->list = list;
        reader->room = room;
    }
    char *copy = sr_strdup(name);
    if (!copy)
        return SARAI_ENOMEM;
    reader->list[reader->count++] = (struct weight){copy, value};
    return SARAI_OK;
}

static int take_row(void *user, int line, char **cells) {
    (void)line;
    struct sr_turn_end *end = user;
    char *rest;
    const float value = strtof(cells[2], &rest);
    if (rest == cells[2] || *rest || !(fabsf(value) <= WEIGHT_MAX))
        return SARAI_EINPUT;
    if (strcmp(cells[0], "format") == 0) {
        end->versioned = value == VERSION;
        return end->versioned && strcmp(cells[1], "version") == 0 ? SARAI_OK : SARAI_EUNSUPPORTED;
    }
    if (strcmp(cells[0], "meaning") == 0)
        return add_weight(&end->meaning, cells[1], value);
    if (strcmp(cells[0], "words") == 0)
        return add_weight(&end->words, cells[1], value);
    for (int i = 0; strcmp(cells[0], "fuse") == 0 && i < SR_TURN_IN_COUNT; i++) {
        if (strcmp(cells[1], sr_turn_input_names[i]) == 0) {
            end->fuse[i] = value;
            end->seen[i] = true;
            return SARAI_OK;
        }
    }
    return SARAI_EINPUT;
}

static int check(const struct sr_turn_end *end, const char *path, struct sarai_error *error) {
    if (!end->versioned)
        return sr_error(error, SARAI_EINPUT, path, "has no row 'format version'; run: sarai learn train turn");
    for (int i = 0; i < SR_TURN_IN_COUNT; i++)
        if (!end->seen[i])
            return sr_error(error, SARAI_EINPUT, path, "has no row 'fuse %s'", sr_turn_input_names[i]);
    if (!(end->fuse[SR_TURN_IN_PAUSE] > 0))
        return sr_error(error, SARAI_EINPUT, path, "the weight of the pause must be above 0");
    return SARAI_OK;
}

static void sort(struct reader *reader) {
    if (reader->count)
        qsort(reader->list, reader->count, sizeof *reader->list, by_name);
}

int sr_turn_end_load(const struct sr_model_opts *models, const char *language, struct sr_turn_end **out,
                     struct sarai_error *error) {
    struct sr_turn_end *end = calloc(1, sizeof *end);
    char *file = sr_asprintf("%s/turn_end.tsv", language), *path = file ? sr_path_share(models, file) : NULL;
    int rc = end && path ? sr_table_read(path, 3, take_row, end, error)
                         : sr_error(error, SARAI_ENOMEM, "turn end", "out of memory");
    if (rc >= 0)
        rc = check(end, path, error);
    if (rc >= 0)
        rc = sr_turn_text_load(models, language, &end->text, error);
    if (rc >= 0) {
        sort(&end->meaning);
        sort(&end->words);
        *out = end;
    } else {
        sr_turn_end_free(end);
    }
    free(path);
    free(file);
    return rc < 0 ? rc : SARAI_OK;
}

static void drop(struct reader *reader) {
    for (size_t i = 0; i < reader->count; i++)
        free(reader->list[i].name);
    free(reader->list);
}

void sr_turn_end_free(struct sr_turn_end *end) {
    if (!end)
        return;
    drop(&end->meaning);
    drop(&end->words);
    sr_turn_text_free(end->text);
    free(end);
}

/* ------------------------------------------------------------------------------------------------------- reading -- */

static float weight_of(const struct reader *reader, const char *name) {
    const struct weight wanted = {(char *)name, 0};
    const struct weight *found =
        reader->count ? bsearch(&wanted, reader->list, reader->count, sizeof wanted, by_name) : NULL;
    return found ? found->value : 0;
}

int sr_turn_end_text(const struct sr_turn_end *end, struct sr_embed *embed, const char *draft, float *logit) {
    char names[SR_TURN_FEATURES][SR_TURN_NAME];
    float point[SR_EMBED_SIZE];
    int rc = embed ? sr_embed_text(embed, "query", sr_turn_text_tail(draft), point) : SARAI_EMODEL;
    if (rc == SARAI_ENOMEM)
        return rc;
    const struct reader *reader = rc == SARAI_OK ? &end->meaning : &end->words;
    float sum = reader->bias;
    for (size_t i = 0; rc == SARAI_OK && i < SR_EMBED_SIZE; i++)
        sum += reader->meaning[i] * point[i];
    const size_t count = sr_turn_text_features(end->text, draft, names);
    for (size_t i = 0; i < count; i++)
        sum += weight_of(reader, names[i]);
    *logit = sum;
    return SARAI_OK;
}

/* ------------------------------------------------------------------------------------------------------- weighing --
 */

struct sr_turn_cues sr_turn_cues_none(float pause_ms, float pace_ms) {
    return (struct sr_turn_cues){.pause_ms = pause_ms,
                                 .pace_ms = pace_ms,
                                 .text = NAN,
                                 .audio = NAN,
                                 .f0_slope_st_per_s = NAN,
                                 .f0_final_st = NAN,
                                 .voiced_tail_ms = NAN,
                                 .voiced_share = NAN,
                                 .energy_slope_db_per_s = NAN};
}

static float within(float value, float low, float high) {
    return value < low ? low : value > high ? high : value; /* NAN stays */
}

/* What is not known counts nothing; a few loud outliers must not decide. */
static float known(float value, float unit, float most) {
    return isnan(value) ? 0 : within(value / unit, -most, most);
}

void sr_turn_inputs(const struct sr_turn_cues *cues, float out[SR_TURN_IN_COUNT]) {
    const float audio = within(cues->audio, AUDIO_MIN, 1 - AUDIO_MIN);
    out[SR_TURN_IN_BIAS] = 1;
    out[SR_TURN_IN_TEXT] = known(cues->text, 1, 6);
    out[SR_TURN_IN_NO_TEXT] = isnan(cues->text);
    out[SR_TURN_IN_AUDIO] = isnan(audio) ? 0 : logf(audio / (1 - audio));
    out[SR_TURN_IN_NO_AUDIO] = isnan(audio);
    out[SR_TURN_IN_F0_SLOPE] = known(cues->f0_slope_st_per_s, 10, 1);
    out[SR_TURN_IN_F0_FINAL] = known(cues->f0_final_st, 6, 1);
    out[SR_TURN_IN_VOICED_TAIL] = known(cues->voiced_tail_ms, 300, 1);
    out[SR_TURN_IN_VOICED_SHARE] = known(cues->voiced_share, 1, 1);
    out[SR_TURN_IN_ENERGY_SLOPE] = known(cues->energy_slope_db_per_s, 30, 1);
    out[SR_TURN_IN_NO_VOICE] = isnan(cues->f0_slope_st_per_s);
    out[SR_TURN_IN_PAUSE] = within(cues->pause_ms, 0, 60000) / within(cues->pace_ms, PACE_MIN_MS, PACE_MAX_MS);
}

static float weigh(const struct sr_turn_end *end, const float inputs[SR_TURN_IN_COUNT]) {
    float sum = 0;
    for (int i = 0; i < SR_TURN_IN_COUNT; i++)
        sum += end->fuse[i] * inputs[i];
    return sum;
}

float sr_turn_end_over(const struct sr_turn_end *end, const struct sr_turn_cues *cues) {
    float inputs[SR_TURN_IN_COUNT];
    sr_turn_inputs(cues, inputs);
    return 1 / (1 + expf(-weigh(end, inputs)));
}

int sr_turn_end_wait_ms(const struct sr_turn_end *end, const struct sr_turn_cues *cues,
                        const struct sr_turn_opts *opts) {
    float inputs[SR_TURN_IN_COUNT];
    struct sr_turn_cues at_once = *cues;
    at_once.pause_ms = 0;
    sr_turn_inputs(&at_once, inputs);
    const float pace_ms = within(cues->pace_ms, PACE_MIN_MS, PACE_MAX_MS);
    const float wait_ms = -weigh(end, inputs) / end->fuse[SR_TURN_IN_PAUSE] * pace_ms;
    return (int)lrintf(within(wait_ms, (float)opts->end_min_ms, (float)opts->end_max_ms));
}

void sr_turn_pace_init(struct sr_turn_pace *pace) {
    pace->mean_ms = USUAL_PACE_MS;
}

void sr_turn_pace_add(struct sr_turn_pace *pace, float pause_ms) {
    pace->mean_ms += PACE_NEW * (within(pause_ms, PACE_MIN_MS, PACE_MAX_MS) - pace->mean_ms);
}
