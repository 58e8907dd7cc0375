/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every fifth of the intents is held back once, so that each example is judged by a head that never saw its intent:
 * these judgements give the figures, the temperature that calibrates confidence, and the verdict on the adapter. The
 * head that is written has seen everything.
 */
#include "learn/router_train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/lora.h"

#define FOLDS 5
#define KINDS_HIDDEN 48
#define INTENTS_HIDDEN 96
#define HARD_COUNTS 3.0f  /* a line that looks like what it is not, to the base */
#define ADAPTER_HARD 4.0f /* the same, to the adapter */
#define HELD_INTENTS 8    /* of the intents' examples one in so many is held back */
#define SEED 20261121

static const struct sr_lora_opts base_opts = {
    .epochs = 12, .batch = 64, .rate = 2e-3f, .decay = 2e-2f, .drop = 0.4f, .seed = SEED};
static const struct sr_lora_opts adapter_opts = {
    .epochs = 5, .batch = 64, .rate = 5e-4f, .decay = 2e-2f, .drop = 0.4f, .seed = SEED + 1};
static const struct sr_lora_opts intent_opts = {
    .epochs = 16, .batch = 64, .rate = 4e-3f, .decay = 2e-2f, .drop = 0.3f, .seed = SEED + 2};

struct trainer {
    const struct sr_router_corpus *corpus;
    const struct sr_router_lesson *lesson;
    struct sr_router router;
    struct sr_adapter adapter;
    float *points, *values;
    uint32_t *first;
    uint16_t *present, *kind, *intent;
    float *weight, *adapter_weight, *intent_weight;
    bool *held;
    float *logits[2]; /* of held-back examples: by the base, and with its adapter */
    double done;      /* part of the training */
};

static int tell_progress(struct trainer *t, double part) {
    return t->lesson->progress && t->lesson->progress(t->lesson->user, part) ? SARAI_ESTALE : SARAI_OK;
}

/* ------------------------------------------------------------------------------------------------------ features -- */

static int embed_all(struct trainer *t) {
    const size_t count = t->corpus->count;
    int status = SARAI_OK;
    for (size_t i = 0; i < count && status >= 0; i++) {
        float *point = t->points + i * SR_EMBED_SIZE;
        status = t->lesson->point(t->lesson->user, t->corpus->list[i].text, point);
        for (size_t k = 0; k < SR_EMBED_SIZE; k++)
            t->router.mean[k] += point[k] / (float)count;
        if (status >= 0 && i % 50 == 0)
            status = tell_progress(t, 0.7 * (double)i / (double)count);
    }
    return status;
}

static int look_at_all(struct trainer *t) {
    size_t all = 0;
    int status = SARAI_OK;
    for (size_t i = 0; i < t->corpus->count && status >= 0; i++) {
        const struct sr_router_example *e = &t->corpus->list[i];
        struct sr_router_features f;
        status = sr_router_look(t->router.mean, t->points + i * SR_EMBED_SIZE, e->text, &e->context, &f);
        if (status < 0)
            break;
        memcpy(t->values + i * SR_ROUTER_DENSE, f.values, sizeof f.values);
        memcpy(t->present + all, f.present, f.count * sizeof *f.present);
        t->first[i] = (uint32_t)all;
        all += f.count;
    }
    t->first[t->corpus->count] = (uint32_t)all;
    return status;
}

/* All kinds count the same together, lines that look like what they are not more than others. */
static void weigh(struct trainer *t) {
    double of[2][SR_SPEECH_KINDS] = {{0}};
    for (size_t i = 0; i < t->corpus->count; i++) {
        const struct sr_router_example *e = &t->corpus->list[i];
        t->weight[i] = e->hard ? HARD_COUNTS : 1;
        t->adapter_weight[i] = e->hard ? ADAPTER_HARD : 1;
        of[0][e->kind] += t->weight[i];
        of[1][e->kind] += t->adapter_weight[i];
    }
    for (size_t i = 0; i < t->corpus->count; i++) {
        const enum sr_speech kind = t->corpus->list[i].kind;
        t->weight[i] *= (float)((double)t->corpus->count / SR_SPEECH_KINDS / of[0][kind]);
        t->adapter_weight[i] *= (float)((double)t->corpus->count / SR_SPEECH_KINDS / of[1][kind]);
    }
}

/* Numbers the templates and skills as they come. */
static int number_intents(struct trainer *t) {
    size_t count = 0;
    t->router.names = calloc(SR_ROUTER_INTENTS, sizeof *t->router.names);
    if (!t->router.names)
        return SARAI_ENOMEM;
    for (size_t i = 0; i < t->corpus->count; i++) {
        const struct sr_router_example *e = &t->corpus->list[i];
        size_t k = 0;
        if (e->kind > SR_SPEECH_SKILL || strlen(e->intent) >= SR_ROUTER_NAME)
            continue;
        while (k < count && (t->router.names[k].kind != e->kind || strcmp(t->router.names[k].name, e->intent) != 0))
            k++;
        if (k == SR_ROUTER_INTENTS)
            return SARAI_EINPUT;
        if (k == count) {
            t->router.names[k].kind = e->kind;
            memcpy(t->router.names[k].name, e->intent, strlen(e->intent));
            count++;
        }
        t->intent[i] = (uint16_t)k;
        t->intent_weight[i] = 1;
    }
    int status =
        count ? sr_net_init(&t->router.intents, SR_ROUTER_DENSE, SR_ROUTER_WORDS, INTENTS_HIDDEN, count) : SARAI_EINPUT;
    if (status >= 0)
        status = sr_net_init(&t->router.kinds, SR_ROUTER_DENSE, SR_ROUTER_WORDS, KINDS_HIDDEN, SR_SPEECH_KINDS);
    return status < 0 ? status : sr_adapter_init(&t->adapter, &t->router.kinds);
}

static int prepare(struct trainer *t) {
    const size_t count = t->corpus->count;
    t->points = malloc((count + 1) * SR_EMBED_SIZE * sizeof *t->points);
    t->values = malloc((count + 1) * SR_ROUTER_DENSE * sizeof *t->values);
    t->first = calloc(count + 1, sizeof *t->first);
    t->present = calloc(count * SR_ROUTER_PRESENT + 1, sizeof *t->present);
    t->kind = calloc(count + 1, sizeof *t->kind);
    t->intent = calloc(count + 1, sizeof *t->intent);
    t->weight = calloc(count + 1, sizeof *t->weight);
    t->adapter_weight = calloc(count + 1, sizeof *t->adapter_weight);
    t->intent_weight = calloc(count + 1, sizeof *t->intent_weight);
    t->held = calloc(count + 1, sizeof *t->held);
    for (int i = 0; i < 2; i++)
        t->logits[i] = calloc(count * SR_SPEECH_KINDS + 1, sizeof *t->logits[i]);
    if (!t->points || !t->values || !t->first || !t->present || !t->kind || !t->intent || !t->weight ||
        !t->adapter_weight || !t->intent_weight || !t->held || !t->logits[0] || !t->logits[1])
        return SARAI_ENOMEM;
    for (size_t i = 0; i < count; i++)
        t->kind[i] = (uint16_t)t->corpus->list[i].kind;
    weigh(t);
    int status = number_intents(t);
    if (status >= 0)
        status = embed_all(t);
    return status < 0 ? status : look_at_all(t);
}

static void release(struct trainer *t) {
    sr_net_deinit(&t->router.kinds);
    sr_net_deinit(&t->router.intents);
    sr_adapter_deinit(&t->adapter);
    free(t->router.names);
    free(t->points);
    free(t->values);
    free(t->first);
    free(t->present);
    free(t->kind);
    free(t->intent);
    free(t->weight);
    free(t->adapter_weight);
    free(t->intent_weight);
    free(t->held);
    free(t->logits[0]);
    free(t->logits[1]);
}

static struct sr_lora_set set_of(const struct trainer *t, const uint16_t *label, const float *weight) {
    return (struct sr_lora_set){.count = t->corpus->count,
                                .dense = SR_ROUTER_DENSE,
                                .values = t->values,
                                .first = t->first,
                                .present = t->present,
                                .label = label,
                                .weight = weight};
}

/* ------------------------------------------------------------------------------------------------------- judging -- */

struct score {
    size_t count, right;
    double loss;
};

/* Adds one example's logits to its score. */
static void judge(struct score *score, const float *logits, size_t outputs, unsigned label, float temperature) {
    float part[SR_ROUTER_INTENTS];
    size_t best = 0;
    memcpy(part, logits, outputs * sizeof *part);
    sr_net_softmax(part, outputs, temperature);
    for (size_t k = 1; k < outputs; k++)
        best = part[k] > part[best] ? k : best;
    score->count++;
    score->right += best == label;
    score->loss -= log(part[label] > 1e-9f ? part[label] : 1e-9f);
}

static void tell(const struct trainer *t, const char *head, const char *kind, const struct score *score) {
    const double count = score->count ? (double)score->count : 1;
    const struct sr_router_report report = {head, kind, score->count, (double)score->right / count,
                                            score->loss / count};
    if (score->count && t->lesson->report)
        t->lesson->report(t->lesson->user, &report);
}

static double loss_of(const struct trainer *t, const float *logits, float temperature) {
    double loss = 0;
    for (size_t i = 0; i < t->corpus->count; i++) {
        struct score one = {0};
        judge(&one, logits + i * SR_SPEECH_KINDS, SR_SPEECH_KINDS, t->kind[i], temperature);
        loss += one.loss * (double)t->weight[i];
    }
    return loss / (double)t->corpus->count;
}

/* The temperature with the least loss, by golden section on its logarithm. */
static float calibrate(const struct trainer *t, const float *logits) {
    double low = log(0.3), high = log(6);
    for (int i = 0; i < 20; i++) {
        const double a = high - 0.618 * (high - low), b = low + 0.618 * (high - low);
        if (loss_of(t, logits, (float)exp(a)) < loss_of(t, logits, (float)exp(b)))
            high = b;
        else
            low = a;
    }
    return (float)exp((low + high) / 2);
}

/* What the held-back judgements say, kind by kind. */
static void tell_kinds(const struct trainer *t, const char *head, const float *logits, float temperature) {
    struct score all = {0}, of[SR_SPEECH_KINDS] = {{0}};
    for (size_t i = 0; i < t->corpus->count; i++) {
        judge(&all, logits + i * SR_SPEECH_KINDS, SR_SPEECH_KINDS, t->kind[i], temperature);
        judge(&of[t->kind[i]], logits + i * SR_SPEECH_KINDS, SR_SPEECH_KINDS, t->kind[i], temperature);
    }
    for (int k = 0; k < SR_SPEECH_KINDS; k++)
        tell(t, head, sr_speech_names[k], &of[k]);
    tell(t, head, "all", &all);
}

/* The same for the file. */
static struct sr_router_record record_of(const struct trainer *t, const float *logits) {
    struct sr_router_record record = {.examples = (uint32_t)t->corpus->count};
    for (size_t i = 0; i < t->corpus->count; i++) {
        const float *of_it = logits + i * SR_SPEECH_KINDS;
        unsigned best = 0;
        for (unsigned k = 1; k < SR_SPEECH_KINDS; k++)
            best = of_it[k] > of_it[best] ? k : best;
        const bool open = t->kind[i] == SR_SPEECH_KNOWLEDGE || t->kind[i] == SR_SPEECH_LLM;
        const bool open_best = best == SR_SPEECH_KNOWLEDGE || best == SR_SPEECH_LLM;
        record.right += best == t->kind[i] || (open && open_best);
        record.skills += t->kind[i] == SR_SPEECH_SKILL;
        record.skills_right += t->kind[i] == SR_SPEECH_SKILL && best == SR_SPEECH_SKILL;
        record.open += open;
        record.open_swallowed += open && best <= SR_SPEECH_SKILL;
    }
    return record;
}

/* ------------------------------------------------------------------------------------------------------ training -- */

/* The base, then the adapter over it, without what is held back. */
static int fit_kinds(struct trainer *t, const bool *held) {
    const struct sr_lora_set plain = set_of(t, t->kind, t->weight), hard = set_of(t, t->kind, t->adapter_weight);
    memset(t->router.kinds.first, 0, sr_net_size(&t->router.kinds) * sizeof(float));
    sr_lora_begin(&t->router.kinds, SEED);
    const int status = sr_lora_fit(&plain, held, &base_opts, &t->router.kinds, NULL);
    return status < 0 ? status : sr_lora_fit(&hard, held, &adapter_opts, &t->router.kinds, &t->adapter);
}

static int judge_held(struct trainer *t) {
    const struct sr_lora_set set = set_of(t, t->kind, t->weight);
    struct sr_net with = {0};
    int status = sr_net_init(&with, SR_ROUTER_DENSE, SR_ROUTER_WORDS, KINDS_HIDDEN, SR_SPEECH_KINDS);
    if (status >= 0) {
        memcpy(with.first, t->router.kinds.first, sr_net_size(&with) * sizeof(float));
        sr_net_merge(&with, &t->adapter);
    }
    for (size_t i = 0; i < set.count && status >= 0; i++) {
        const struct sr_net_input input = sr_lora_input(&set, i);
        if (t->held[i]) {
            sr_net_logits(&t->router.kinds, &input, t->logits[0] + i * SR_SPEECH_KINDS);
            sr_net_logits(&with, &input, t->logits[1] + i * SR_SPEECH_KINDS);
        }
    }
    sr_net_deinit(&with);
    return status;
}

static int train_kinds(struct trainer *t) {
    int status = SARAI_OK;
    for (unsigned fold = 0; fold < FOLDS && status >= 0; fold++) {
        for (size_t i = 0; i < t->corpus->count; i++)
            t->held[i] = (t->corpus->list[i].group >> 32) % FOLDS == fold;
        status = fit_kinds(t, t->held);
        if (status >= 0)
            status = judge_held(t);
        if (status >= 0)
            status = tell_progress(t, 0.7 + 0.15 * (fold + 1) / FOLDS);
    }
    if (status < 0)
        return status;
    float temperature[2];
    for (int i = 0; i < 2; i++) {
        temperature[i] = calibrate(t, t->logits[i]);
        tell_kinds(t, i ? "adapter" : "base", t->logits[i], temperature[i]);
    }
    const bool better = loss_of(t, t->logits[1], temperature[1]) < loss_of(t, t->logits[0], temperature[0]);
    status = fit_kinds(t, NULL);
    t->router.temperature = temperature[better];
    t->router.record = record_of(t, t->logits[better]);
    if (!better)
        memset(t->adapter.first_down, 0, sr_adapter_size(&t->router.kinds) * sizeof(float));
    return status;
}

/* Which template or skill: one in HELD_INTENTS is held back for the figures and the temperature. */
static int train_intents(struct trainer *t) {
    const struct sr_lora_set set = set_of(t, t->intent, t->intent_weight);
    float logits[SR_ROUTER_INTENTS];
    int status = SARAI_OK;
    for (int final = 0; final < 2 && status >= 0; final++) {
        size_t place = 0;
        for (size_t i = 0; i < set.count; i++) {
            const bool speaks = set.weight[i] > 0;
            t->held[i] = !speaks || (!final && place++ % HELD_INTENTS == 0);
        }
        memset(t->router.intents.first, 0, sr_net_size(&t->router.intents) * sizeof(float));
        sr_lora_begin(&t->router.intents, SEED);
        status = sr_lora_fit(&set, t->held, &intent_opts, &t->router.intents, NULL);
        if (final || status < 0)
            break;
        struct score best = {0};
        t->router.intent_temperature = 1;
        for (float temperature = 0.5f; temperature < 4; temperature *= 1.15f) {
            struct score score = {0};
            for (size_t i = 0; i < set.count; i++) {
                const struct sr_net_input input = sr_lora_input(&set, i);
                if (!t->held[i] || !(set.weight[i] > 0))
                    continue;
                sr_net_logits(&t->router.intents, &input, logits);
                judge(&score, logits, t->router.intents.outputs, t->intent[i], temperature);
            }
            if (!best.count || score.loss < best.loss) {
                best = score;
                t->router.intent_temperature = temperature;
            }
        }
        tell(t, "intents", "all", &best);
        status = tell_progress(t, 0.95);
    }
    return status;
}

int sr_router_train(const struct sr_router_corpus *corpus, const struct sr_router_lesson *lesson, const char *path,
                    struct sarai_error *error) {
    struct trainer *t = calloc(1, sizeof *t);
    if (!t)
        return sr_error(error, SARAI_ENOMEM, "learn router", "out of memory");
    t->corpus = corpus;
    t->lesson = lesson;
    int status = corpus->count ? prepare(t) : SARAI_EINPUT;
    if (status >= 0)
        status = train_kinds(t);
    if (status >= 0)
        status = train_intents(t);
    status = status < 0 ? sr_error(error, status, "learn router", "%s", sarai_strerror(status))
                        : sr_router_save(&t->router, &t->adapter, path, error);
    release(t);
    free(t);
    return status;
}
