/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/turn_train.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "learn/random.h"

#define FOLDS 5
#define RARE 3            /* a feature seen less often is not learned */
#define HEARD_COUNTS 2.0f /* what a heard draft counts against a made-up one */
#define MOMENTS 12        /* of the pause behind each heard sample */
#define CAUTION 5.0f      /* cutting somebody off counts so many times as much as making him wait */
#define SEED 20261121

struct name {
    char text[SR_TURN_NAME];
    uint32_t count;
};

struct trainer {
    const struct sr_turn_samples *samples;
    struct name *names; /* sorted; after choose_names only those that are learned */
    size_t name_count;
    float *points; /* count x SR_EMBED_SIZE */
    uint32_t *first, *present;
    uint8_t *label;
    float *weight;
    bool *held;
    float *logits; /* of the reader with meaning, by weights that did not see the sample */
    void (*report)(void *user, const struct sr_turn_report *report);
    void *user;
};

int sr_turn_samples_add(struct sr_turn_samples *samples, struct sr_turn_sample sample) {
    if (samples->count == samples->room) {
        const size_t room = samples->room ? samples->room * 2 : 1024;
        struct sr_turn_sample *list = realloc(samples->list, room * sizeof *list);
        if (list) {
            samples->list = list;
            samples->room = room;
        }
    }
    if (!sample.draft || !sample.source || samples->count == samples->room) {
        free(sample.draft);
        free(sample.source);
        return SARAI_ENOMEM;
    }
    samples->list[samples->count++] = sample;
    return SARAI_OK;
}

void sr_turn_samples_deinit(struct sr_turn_samples *samples) {
    for (size_t i = 0; i < samples->count; i++) {
        free(samples->list[i].draft);
        free(samples->list[i].source);
    }
    free(samples->list);
    *samples = (struct sr_turn_samples){0};
}

/* --------------------------------------------------------------------------------------------------- the features --
 */

static int by_text(const void *a, const void *b) {
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static int by_name(const void *a, const void *b) {
    return strcmp(a, ((const struct name *)b)->text);
}

/* Counts every name and keeps those that are not rare. */
static int choose_names(struct trainer *t, const struct sr_turn_text *text) {
    char names[SR_TURN_FEATURES][SR_TURN_NAME];
    const size_t most = t->samples->count * SR_TURN_FEATURES;
    size_t all = 0;
    t->names = calloc(most + 1, sizeof *t->names);
    if (!t->names)
        return SARAI_ENOMEM;
    for (size_t i = 0; i < t->samples->count; i++) {
        const size_t count = sr_turn_text_features(text, t->samples->list[i].draft, names);
        for (size_t j = 0; j < count; j++)
            memcpy(t->names[all++].text, names[j], SR_TURN_NAME);
    }
    qsort(t->names, all, sizeof *t->names, by_text);
    for (size_t i = 0, next; i < all; i = next) {
        for (next = i + 1; next < all && strcmp(t->names[i].text, t->names[next].text) == 0; next++) {
        }
        if (next - i >= RARE && t->names[i].text[0] != '@')
            t->names[t->name_count++] = t->names[i];
    }
    return SARAI_OK;
}

static int index_features(struct trainer *t, const struct sr_turn_text *text) {
    char names[SR_TURN_FEATURES][SR_TURN_NAME];
    size_t all = 0;
    for (size_t i = 0; i < t->samples->count; i++) {
        const size_t count = sr_turn_text_features(text, t->samples->list[i].draft, names);
        t->first[i] = (uint32_t)all;
        for (size_t j = 0; j < count; j++) {
            const struct name *found = bsearch(names[j], t->names, t->name_count, sizeof *t->names, by_name);
            if (found)
                t->present[all++] = (uint32_t)(found - t->names);
        }
    }
    t->first[t->samples->count] = (uint32_t)all;
    return SARAI_OK;
}

static int embed_all(struct trainer *t, struct sr_embed *embed, sarai_progress *progress) {
    for (size_t i = 0; i < t->samples->count; i++) {
        const int rc =
            sr_embed_text(embed, "query", sr_turn_text_tail(t->samples->list[i].draft), t->points + i * SR_EMBED_SIZE);
        if (rc < 0)
            return rc;
        if (progress && i % 50 == 0 && progress(t->user, (double)i / (double)t->samples->count))
            return SARAI_ESTALE;
    }
    return SARAI_OK;
}

/* Which fifth a sample belongs to: that of its utterance. */
static unsigned fold_of(const struct sr_turn_sample *sample) {
    return (unsigned)(sr_hash_text(SR_HASH_BEGIN, sample->source) >> 32) % FOLDS;
}

static int prepare(struct trainer *t, const struct sr_turn_text *text) {
    const size_t count = t->samples->count;
    double of[2] = {0};
    t->points = malloc((count + 1) * SR_EMBED_SIZE * sizeof *t->points);
    t->first = calloc(count + 1, sizeof *t->first);
    t->present = calloc(count * SR_TURN_FEATURES + 1, sizeof *t->present);
    t->label = calloc(count + 1, sizeof *t->label);
    t->weight = calloc(count + 1, sizeof *t->weight);
    t->held = calloc(count + 1, sizeof *t->held);
    t->logits = calloc(count + 1, sizeof *t->logits);
    if (!t->points || !t->first || !t->present || !t->label || !t->weight || !t->held || !t->logits ||
        choose_names(t, text) < 0)
        return SARAI_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        t->label[i] = t->samples->list[i].over;
        t->weight[i] = t->samples->list[i].heard ? HEARD_COUNTS : 1;
        of[t->label[i]] += t->weight[i];
    }
    for (size_t i = 0; i < count; i++) /* both answers count the same */
        t->weight[i] *= (float)((of[0] + of[1]) / (2 * of[t->label[i]]));
    return index_features(t, text);
}

static void release(struct trainer *t) {
    free(t->names);
    free(t->points);
    free(t->first);
    free(t->present);
    free(t->label);
    free(t->weight);
    free(t->held);
    free(t->logits);
}

/* ---------------------------------------------------------------------------------------------------- the readers --
 */

static struct sr_learn_set reader_set(const struct trainer *t, bool meaning) {
    return (struct sr_learn_set){.count = t->samples->count,
                                 .dense = meaning ? SR_EMBED_SIZE : 0,
                                 .sparse = t->name_count,
                                 .values = t->points,
                                 .first = t->first,
                                 .present = t->present,
                                 .label = t->label,
                                 .weight = t->weight};
}

static void tell(struct trainer *t, const char *head, struct sr_learn_score score) {
    const struct sr_turn_report report = {head, score};
    if (score.count)
        t->report(t->user, &report);
}

/* The held-out logits of every sample, judged; apart for those that were heard. */
static void tell_reader(struct trainer *t, bool meaning, const float *logits) {
    static const float identity[] = {1, 0};
    struct sr_learn_set set = {
        .count = t->samples->count, .dense = 1, .values = logits, .label = t->label, .weight = t->weight};
    tell(t, meaning ? "meaning" : "words", sr_learn_judge(&set, NULL, 1, identity));
    for (size_t i = 0; i < set.count; i++)
        t->held[i] = t->samples->list[i].heard;
    tell(t, meaning ? "meaning, heard" : "words, heard", sr_learn_judge(&set, t->held, 1, identity));
}

/* Trains a reader on all samples; before, one for each fifth to judge by. */
static int train_reader(struct trainer *t, bool meaning, float *weights, float *logits) {
    const struct sr_learn_set set = reader_set(t, meaning);
    const struct sr_learn_opts opts = {.outputs = 1,
                                       .epochs = 12,
                                       .batch = 64,
                                       .rate = 0.01f,
                                       .dense_decay = 0.002f,
                                       .sparse_decay = 0.5f,
                                       .seed = SEED};
    const size_t size = sr_learn_width(&set) * sizeof *weights;
    int rc = SARAI_OK;
    for (unsigned fold = 0; fold < FOLDS && rc == SARAI_OK; fold++) {
        for (size_t i = 0; i < set.count; i++)
            t->held[i] = fold_of(&t->samples->list[i]) == fold;
        memset(weights, 0, size);
        rc = sr_learn_fit(&set, t->held, &opts, weights);
        for (size_t i = 0; i < set.count; i++)
            if (t->held[i])
                sr_learn_logits(&set, i, 1, weights, &logits[i]);
    }
    if (rc != SARAI_OK)
        return rc;
    tell_reader(t, meaning, logits);
    memset(weights, 0, size);
    return sr_learn_fit(&set, NULL, &opts, weights);
}

/* ---------------------------------------------------------------------------------------------------- the weigher --
 */

/* One moment of the pause behind a sample. Of a heard one something is now and then not known; of one that was only
 * written nothing but its text is, and it is what keeps the text's weight from being that of our own voices alone. */
static struct sr_turn_cues moment(const struct trainer *t, size_t i, uint64_t *seed) {
    struct sr_turn_cues cues = t->samples->list[i].cues;
    cues.pace_ms = 250 + 450 * sr_random_part(seed);
    const float most_ms = t->label[i] ? 1300 : -cues.pace_ms * logf(1 - sr_random_part(seed));
    const float pause_ms = 100 + 1200 * sr_random_part(seed);
    cues.pause_ms = pause_ms < most_ms ? pause_ms : -1; /* this pause was over by then */
    cues.text = !t->samples->list[i].heard || sr_random_part(seed) < 0.9f ? t->logits[i] : NAN;
    if (sr_random_part(seed) < 0.1f)
        cues.audio = NAN;
    return cues;
}

static int train_fuse(struct trainer *t, float fuse[SR_TURN_IN_COUNT]) {
    const size_t most = t->samples->count * MOMENTS;
    /* The bias is the trainer's own, so the first input is left out. */
    struct sr_learn_set set = {.dense = SR_TURN_IN_COUNT - 1};
    float *values = malloc((most + 1) * set.dense * sizeof *values), weights[SR_TURN_IN_COUNT] = {0};
    uint8_t *label = malloc(most + 1);
    float *weight = malloc((most + 1) * sizeof *weight);
    bool *held = malloc((most + 1) * sizeof *held);
    int rc = values && label && weight && held ? SARAI_OK : SARAI_ENOMEM;
    uint64_t seed = SEED;
    for (size_t i = 0; rc == SARAI_OK && i < t->samples->count; i++) {
        for (int k = t->samples->list[i].heard ? MOMENTS : 1; k > 0; k--) {
            float inputs[SR_TURN_IN_COUNT];
            const struct sr_turn_cues cues = moment(t, i, &seed);
            if (cues.pause_ms < 0)
                continue;
            sr_turn_inputs(&cues, inputs);
            memcpy(values + set.count * set.dense, inputs + 1, set.dense * sizeof *values);
            held[set.count] = fold_of(&t->samples->list[i]) == 0;
            weight[set.count] = t->label[i] ? 1 : CAUTION;
            label[set.count++] = t->label[i];
        }
    }
    set.values = values;
    set.label = label;
    set.weight = weight;
    const struct sr_learn_opts opts = {
        .outputs = 1, .epochs = 20, .batch = 64, .rate = 0.02f, .dense_decay = 0.1f, .seed = SEED};
    if (rc == SARAI_OK)
        rc = sr_learn_fit(&set, held, &opts, weights);
    if (rc == SARAI_OK) {
        tell(t, "fuse", sr_learn_judge(&set, held, 1, weights));
        rc = sr_learn_fit(&set, NULL, &opts, weights);
    }
    memcpy(fuse + 1, weights, set.dense * sizeof *fuse);
    fuse[SR_TURN_IN_BIAS] = weights[set.dense];
    if (rc == SARAI_OK && !(fuse[SR_TURN_IN_PAUSE] > 0)) /* too few samples to tell */
        rc = SARAI_EINPUT;
    free(values);
    free(label);
    free(weight);
    free(held);
    return rc;
}

/* ---------------------------------------------------------------------------------------------------- the table -- */

static void write_reader(FILE *file, const struct trainer *t, bool meaning, const float *weights) {
    const char *head = meaning ? "meaning" : "words";
    const size_t dense = meaning ? SR_EMBED_SIZE : 0;
    fprintf(file, "%s\tbias\t%.4f\n", head, weights[dense + t->name_count]);
    for (size_t i = 0; i < t->name_count; i++)
        if (fabsf(weights[dense + i]) >= 0.00005f)
            fprintf(file, "%s\t%s\t%.4f\n", head, t->names[i].text, weights[dense + i]);
    for (size_t i = 0; i < dense; i++)
        fprintf(file, "%s\t@%zu\t%.4f\n", head, i, weights[i]);
}

static int write_table(const struct trainer *t, const char *path, const float *meaning, const float *words,
                       const float fuse[SR_TURN_IN_COUNT], struct sarai_error *error) {
    char *part = sr_asprintf("%s.part", path);
    FILE *file = part ? fopen(part, "w") : NULL;
    if (!file) {
        const int rc = part ? sr_error_errno(error, SARAI_EIO, part, "can't be written")
                            : sr_error(error, SARAI_ENOMEM, path, "out of memory");
        free(part);
        return rc;
    }
    fprintf(file,
            "head\tfeature\tweight\n"
            "# When is a turn over? Written by: sarai learn train turn. A weight above 0 speaks for the end.\n"
            "# fuse: weighs everything. meaning: reads the draft; @N is a coordinate of its embedding. words: the "
            "same without one.\n"
            "# 1 2 3: the last words, counted backwards; k: their kinds (turn_words.tsv); e: endings; mark: final "
            "mark, n for none, _ for dots;\n"
            "# n: words of the last sentence; first: kind of its first word; since: words behind the last comma.\n"
            "format\tversion\t1\n");
    for (int i = 0; i < SR_TURN_IN_COUNT; i++)
        fprintf(file, "fuse\t%s\t%.4f\n", sr_turn_input_names[i], fuse[i]);
    write_reader(file, t, true, meaning);
    write_reader(file, t, false, words);
    const bool failed = ferror(file) | (fclose(file) != 0) | (rename(part, path) != 0);
    const int rc = failed ? sr_error_errno(error, SARAI_EIO, path, "can't be written") : SARAI_OK;
    if (failed)
        unlink(part);
    free(part);
    return rc;
}

int sr_turn_train(const struct sr_turn_samples *samples, const struct sr_turn_text *text, struct sr_embed *embed,
                  const char *path, void (*report)(void *user, const struct sr_turn_report *report),
                  sarai_progress *progress, void *user, struct sarai_error *error) {
    struct trainer t = {.samples = samples, .report = report, .user = user};
    float fuse[SR_TURN_IN_COUNT] = {0};
    int rc = samples->count ? prepare(&t, text) : SARAI_EINPUT;
    float *meaning = calloc(SR_EMBED_SIZE + t.name_count + 1, sizeof *meaning);
    float *words = calloc(t.name_count + 1, sizeof *words), *spare = calloc(samples->count + 1, sizeof *spare);
    if (rc == SARAI_OK && (!meaning || !words || !spare))
        rc = SARAI_ENOMEM;
    if (rc == SARAI_OK)
        rc = embed_all(&t, embed, progress);
    if (rc == SARAI_OK)
        rc = train_reader(&t, true, meaning, t.logits);
    if (rc == SARAI_OK)
        rc = train_reader(&t, false, words, spare);
    if (rc == SARAI_OK)
        rc = train_fuse(&t, fuse);
    rc = rc == SARAI_OK ? write_table(&t, path, meaning, words, fuse, error)
                        : sr_error(error, rc, "learn turn", "%s", sarai_strerror(rc));
    free(meaning);
    free(words);
    free(spare);
    release(&t);
    return rc;
}
