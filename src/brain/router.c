/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/router.h"

#include <string.h>

#include "base/utf8.h"

#define STRETCH 8.0f /* centered points are short */
#define WORDS_MAX 40
#define SHORT_WORDS 2
#define LONG_WORDS 12

const char *const sr_speech_names[SR_SPEECH_KINDS] = {"template", "skill", "knowledge", "llm", "not_for_me"};

struct word {
    const char *text;
    size_t len;
};

static void add_feature(struct sr_router_features *f, char place, struct word a, struct word b) {
    uint32_t hash = 2166136261u ^ (unsigned char)place; /* FNV-1a */
    for (size_t i = 0; i < a.len; i++)
        hash = (hash * 16777619u) ^ (unsigned char)a.text[i];
    hash = (hash * 16777619u) ^ ' ';
    for (size_t i = 0; i < b.len; i++)
        hash = (hash * 16777619u) ^ (unsigned char)b.text[i];
    hash = (hash * 16777619u);
    const uint16_t bucket = (uint16_t)((hash ^ hash >> 15) % SR_ROUTER_WORDS);
    for (size_t i = 0; i < f->count; i++)
        if (f->present[i] == bucket)
            return;
    if (f->count < SR_ROUTER_PRESENT)
        f->present[f->count++] = bucket;
}

/* Any number is the same word. */
static size_t cut_words(const char *folded, struct word *words) {
    size_t count = 0;
    for (const char *p = folded; *p && count < WORDS_MAX;) {
        const size_t len = strcspn(p, " ");
        words[count++] = *p >= '0' && *p <= '9' ? (struct word){"#", 1} : (struct word){p, len};
        p += len;
        p += *p == ' ';
    }
    return count;
}

static void look_at_words(struct sr_router_features *f, const struct word *words, size_t count) {
    static const struct word none = {"", 0};
    if (count) {
        add_feature(f, '^', words[0], none);
        add_feature(f, '^', words[0], count > 1 ? words[1] : none);
        add_feature(f, '$', words[count - 1], none);
    }
    for (size_t i = 0; i < count; i++) {
        add_feature(f, 'w', words[i], none);
        if (i + 1 < count)
            add_feature(f, 'p', words[i], words[i + 1]);
    }
}

int sr_router_look(const float mean[SR_EMBED_SIZE], const float point[SR_EMBED_SIZE], const char *text,
                   const struct sr_router_context *context, struct sr_router_features *features) {
    struct word words[WORDS_MAX];
    struct sr_str folded = {0};
    sr_utf8_fold(text, strlen(text), &folded);
    if (folded.failed)
        return SARAI_ENOMEM;
    const size_t count = cut_words(folded.data ? folded.data : "", words);
    for (size_t i = 0; i < SR_EMBED_SIZE; i++)
        features->values[i] = STRETCH * (point[i] - mean[i]);
    const bool cues[SR_ROUTER_CUES] = {context->asked,
                                       context->has_last && context->last == SR_SPEECH_TEMPLATE,
                                       context->has_last && context->last == SR_SPEECH_SKILL,
                                       context->has_last && context->last == SR_SPEECH_KNOWLEDGE,
                                       context->has_last && context->last == SR_SPEECH_LLM,
                                       count <= SHORT_WORDS,
                                       count >= LONG_WORDS,
                                       strchr(text, '?') != NULL,
                                       !context->english,
                                       context->english};
    for (size_t i = 0; i < SR_ROUTER_CUES; i++)
        features->values[SR_EMBED_SIZE + i] = cues[i] ? 1 : 0;
    features->count = 0;
    look_at_words(features, words, count);
    sr_str_deinit(&folded);
    return SARAI_OK;
}

/* The two likeliest intents of each kind, among all. */
static void name_intents(const struct sr_router *router, const struct sr_net_input *input,
                         struct sr_router_verdict *verdict) {
    float part[SR_ROUTER_INTENTS];
    sr_net_logits(&router->intents, input, part);
    sr_net_softmax(part, router->intents.outputs, router->intent_temperature);
    for (size_t i = 0; i < router->intents.outputs; i++) {
        const enum sr_speech kind = router->names[i].kind;
        if (part[i] > verdict->intent_part[kind]) {
            verdict->intent_next[kind] = verdict->intent_part[kind];
            verdict->intent_part[kind] = part[i];
            verdict->intent[kind] = router->names[i].name;
        } else if (part[i] > verdict->intent_next[kind]) {
            verdict->intent_next[kind] = part[i];
        }
    }
}

int sr_router_decide(const struct sr_router *router, const float point[SR_EMBED_SIZE], const char *text,
                     const struct sr_router_context *context, struct sr_router_verdict *verdict) {
    struct sr_router_features features;
    const int status = sr_router_look(router->mean, point, text, context, &features);
    if (status < 0)
        return status;
    const struct sr_net_input input = {features.values, features.present, features.count};
    *verdict = (struct sr_router_verdict){0};
    sr_net_logits(&router->kinds, &input, verdict->part);
    sr_net_softmax(verdict->part, SR_SPEECH_KINDS, router->temperature);
    for (int i = 1; i < SR_SPEECH_KINDS; i++)
        if (verdict->part[i] > verdict->part[verdict->kind])
            verdict->kind = (enum sr_speech)i;
    name_intents(router, &input, verdict);
    return SARAI_OK;
}
