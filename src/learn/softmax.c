/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/softmax.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/adam.h"
#include "learn/random.h"

#define OUTPUTS_MAX 4096

void sr_learn_logits(const struct sr_learn_set *set, size_t i, size_t outputs, const float *weights, float *logits) {
    const size_t width = sr_learn_width(set);
    for (size_t k = 0; k < outputs; k++) {
        const float *w = weights + k * width;
        float sum = w[width - 1];
        for (size_t j = 0; j < set->dense; j++)
            sum += w[j] * set->values[i * set->dense + j];
        for (size_t j = set->sparse ? set->first[i] : 0; set->sparse && j < set->first[i + 1]; j++)
            sum += w[set->dense + set->present[j]];
        logits[k] = sum;
    }
}

/* Logits to probabilities; the loss of the right label. */
static double probabilities(float *logits, size_t outputs, unsigned label) {
    if (outputs == 1) {
        const double margin = label ? logits[0] : -logits[0];
        logits[0] = 1 / (1 + expf(-logits[0]));
        return margin > 0 ? log1p(exp(-margin)) : log1p(exp(margin)) - margin;
    }
    float most = logits[0], sum = 0;
    for (size_t k = 1; k < outputs; k++)
        most = logits[k] > most ? logits[k] : most;
    for (size_t k = 0; k < outputs; k++)
        sum += logits[k] = expf(logits[k] - most);
    for (size_t k = 0; k < outputs; k++)
        logits[k] /= sum;
    return -log(logits[label] > 1e-30f ? logits[label] : 1e-30f);
}

struct fit {
    const struct sr_learn_set *set;
    const struct sr_learn_opts *opts;
    size_t width, size; /* of one output, of all */
    struct sr_adam adam;
    float *weights, *logits;
    uint32_t *order;
    size_t count; /* examples to train on */
};

static void add_gradient(struct fit *f, size_t i, float share) {
    const struct sr_learn_set *set = f->set;
    const float counts = (set->weight ? set->weight[i] : 1) * share;
    sr_learn_logits(set, i, f->opts->outputs, f->weights, f->logits);
    probabilities(f->logits, f->opts->outputs, set->label[i]);
    for (size_t k = 0; k < f->opts->outputs; k++) {
        const bool right = f->opts->outputs == 1 ? set->label[i] : set->label[i] == k;
        const float error = (f->logits[k] - (right ? 1.0f : 0.0f)) * counts;
        float *g = f->adam.gradient + k * f->width;
        for (size_t j = 0; j < set->dense; j++)
            g[j] += error * set->values[i * set->dense + j];
        for (size_t j = set->sparse ? set->first[i] : 0; set->sparse && j < set->first[i + 1]; j++)
            g[set->dense + set->present[j]] += error;
        g[f->width - 1] += error;
    }
}

static void step(struct fit *f, float rate) {
    sr_adam_step(&f->adam);
    for (size_t i = 0; i < f->size; i++) {
        const size_t j = i % f->width;
        const float decay = j + 1 == f->width ? 0 : j < f->set->dense ? f->opts->dense_decay : f->opts->sparse_decay;
        f->weights[i] -= rate * (sr_adam_move(&f->adam, i) + decay * f->weights[i]);
    }
}

static void train(struct fit *f) {
    const size_t batch = f->opts->batch > 0 ? (size_t)f->opts->batch : 1;
    const size_t steps = (f->count + batch - 1) / batch * (size_t)f->opts->epochs;
    uint64_t seed = f->opts->seed;
    size_t done = 0;
    for (int epoch = 0; epoch < f->opts->epochs; epoch++) {
        sr_random_shuffle(f->order, f->count, &seed);
        for (size_t from = 0; from < f->count; from += batch, done++) {
            const size_t to = from + batch < f->count ? from + batch : f->count;
            memset(f->adam.gradient, 0, f->size * sizeof *f->adam.gradient);
            for (size_t i = from; i < to; i++)
                add_gradient(f, f->order[i], 1 / (float)(to - from));
            step(f, f->opts->rate * (1 - (float)done / (float)steps));
        }
    }
}

int sr_learn_fit(const struct sr_learn_set *set, const bool *held, const struct sr_learn_opts *opts, float *weights) {
    if (!opts->outputs || opts->outputs > OUTPUTS_MAX)
        return SARAI_EUSAGE;
    struct fit f = {.set = set, .opts = opts, .width = sr_learn_width(set), .weights = weights};
    f.size = f.width * opts->outputs;
    float *room = calloc(f.size * 3 + opts->outputs, sizeof *room);
    f.order = calloc(set->count + 1, sizeof *f.order);
    int rc = room && f.order ? SARAI_OK : SARAI_ENOMEM;
    for (size_t i = 0; rc == SARAI_OK && i < set->count; i++)
        if (!held || !held[i])
            f.order[f.count++] = (uint32_t)i;
    if (rc == SARAI_OK) {
        f.adam = sr_adam_begin(room, f.size);
        f.logits = room + 3 * f.size;
        train(&f);
    }
    free(f.order);
    free(room);
    return rc;
}

struct sr_learn_score sr_learn_judge(const struct sr_learn_set *set, const bool *held, size_t outputs,
                                     const float *weights) {
    struct sr_learn_score score = {0};
    size_t right_of[2] = {0}, count_of[2] = {0}, right = 0;
    double weight = 0;
    float logits[OUTPUTS_MAX];
    for (size_t i = 0; i < set->count; i++) {
        if (held && !held[i])
            continue;
        const float counts = set->weight ? set->weight[i] : 1;
        sr_learn_logits(set, i, outputs, weights, logits);
        score.loss += counts * probabilities(logits, outputs, set->label[i]);
        unsigned best = outputs == 1 && logits[0] >= 0.5f;
        for (unsigned k = 1; k < outputs; k++)
            best = logits[k] > logits[best] ? k : best;
        right += best == set->label[i];
        if (set->label[i] < 2) {
            count_of[set->label[i]]++;
            right_of[set->label[i]] += best == set->label[i];
        }
        weight += counts;
        score.count++;
    }
    score.loss /= weight > 0 ? weight : 1;
    score.right = score.count ? (double)right / (double)score.count : 0;
    for (int i = 0; i < 2; i++)
        score.right_of[i] = count_of[i] ? (double)right_of[i] / (double)count_of[i] : 0;
    return score;
}
