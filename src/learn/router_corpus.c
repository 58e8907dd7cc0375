/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pattern is a text with {slots}; a slot's variants stand in the same table (class `slot`) and may have slots
 * themselves. {topic} is a name of knowledge.tsv: each name is asked about once, in one of the patterns that have it.
 * A text may begin with what went before: "[skill] y la del pasillo", "[asked] sí".
 */
#include "learn/router_corpus.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/table.h"
#include "base/utf8.h"
#include "brain/requests.h"
#include "learn/random.h"

#define SEED 20261121
#define DEPTH_MAX 5
#define SAMPLES_MAX 6
#define TOPIC "{topic}"

struct slot {
    char *name, *variants;
    size_t count;
};

struct loading {
    struct sr_router_corpus *corpus;
    struct slot *slots;
    size_t slot_count, slot_room;
    struct sr_requests *requests;
    char **topical; /* patterns with {topic} */
    size_t topical_count, topical_room;
    uint64_t chance;
    bool english;
    enum sr_speech kind; /* of the rows at hand */
    struct sarai_error problem;
};

/* Room for one more of `size` bytes; NULL when out of memory. */
static void *grow(void **list, size_t *count, size_t *room, size_t size) {
    if (*count == *room) {
        const size_t more = *room ? *room * 2 : 64;
        void *bigger = realloc(*list, more * size);
        if (!bigger)
            return NULL;
        *list = bigger;
        *room = more;
    }
    void *item = (char *)*list + *count * size;
    memset(item, 0, size);
    ++*count;
    return item;
}

/* --------------------------------------------------------------------------------------------------- one example -- */

/* What went before, as the brackets say or as chance has it, for most things may follow upon anything. */
static const char *read_context(struct loading *l, const char *text, struct sr_router_context *context) {
    *context = (struct sr_router_context){.english = l->english};
    const char *close = *text == '[' ? strchr(text, ']') : NULL;
    if (!close) {
        context->has_last = sr_random_below(&l->chance, 2);
        context->last = (enum sr_speech)sr_random_below(&l->chance, SR_SPEECH_NOT_FOR_ME);
        context->asked = sr_random_below(&l->chance, 10) == 0;
        return text;
    }
    context->asked = strncmp(text, "[asked]", 7) == 0;
    for (int i = 0; i < SR_SPEECH_KINDS; i++)
        if (strncmp(text + 1, sr_speech_names[i], (size_t)(close - text) - 1) == 0) {
            context->has_last = true;
            context->last = (enum sr_speech)i;
        }
    return close + 1 + strspn(close + 1, " ");
}

static bool is_question(const char *text) {
    static const char *const words[] = {"qué ",     "quién",     "cómo ",   "cuándo ", "dónde ", "cuál",    "cuánt",
                                        "por qué ", "para qué ", "de qué ", "en qué ", "a qué ", "adónde ", "what ",
                                        "who ",     "how ",      "when ",   "where ",  "which ", "why "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(text, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

/* As speech recognition writes it: a capital, and marks at the end. */
static char *as_heard(const char *text) {
    struct sr_str out = {0};
    const char *p = text, *end = text + strlen(text);
    const uint32_t first = sr_utf8_next(&p, end);
    const bool marked = end > text && strchr(".?!", end[-1]), asks = !marked && is_question(text);
    if (asks)
        sr_str_adds(&out, "¿");
    sr_utf8_add(&out, sr_utf8_upper(first));
    sr_str_adds(&out, p);
    if (!marked)
        sr_str_adds(&out, asks ? "?" : ".");
    return sr_str_take(&out);
}

/* As people type: without marks. */
static char *as_typed(const char *text) {
    struct sr_str out = {0};
    sr_str_adds(&out, "");
    for (const char *p = text, *end = text + strlen(text); p < end;) {
        const uint32_t cp = sr_utf8_next(&p, end);
        if (cp != 0xBF && cp != 0xA1 && !strchr(",.?!;:", (int)(cp < 128 ? cp : 'a')))
            sr_utf8_add(&out, sr_utf8_lower(cp));
    }
    return sr_str_take(&out);
}

/* Takes over `text`. */
static int add(struct loading *l, char *text, const char *intent, struct sr_router_context context, uint64_t group,
               bool hard) {
    struct sr_router_corpus *c = l->corpus;
    struct sr_router_example *e = text ? grow((void **)&c->list, &c->count, &c->room, sizeof *e) : NULL;
    if (!e) {
        free(text);
        return SARAI_ENOMEM;
    }
    *e = (struct sr_router_example){
        .text = text, .intent = sr_strdup(intent), .kind = l->kind, .context = context, .group = group, .hard = hard};
    return e->intent ? SARAI_OK : SARAI_ENOMEM;
}

static uint64_t group_of(const struct loading *l, const char *intent, const char *text) {
    const bool by_intent = l->kind == SR_SPEECH_TEMPLATE || l->kind == SR_SPEECH_SKILL;
    return sr_hash_text(SR_HASH_BEGIN + (uint64_t)l->kind, by_intent ? intent : text);
}

/* A text in one of its forms, or in two. */
static int add_forms(struct loading *l, const char *text, const char *intent, uint64_t group, bool both) {
    struct sr_router_context context;
    const char *said = read_context(l, text, &context);
    const bool typed = sr_random_below(&l->chance, 2);
    int status = SARAI_OK;
    if (both || typed)
        status = add(l, as_typed(said), intent, context, group, both);
    if (status >= 0 && (both || !typed))
        status = add(l, as_heard(said), intent, context, group, both);
    return status;
}

/* ------------------------------------------------------------------------------------------------------ patterns -- */

static const struct slot *find_slot(const struct loading *l, const char *name, size_t len) {
    for (size_t i = 0; i < l->slot_count; i++)
        if (strlen(l->slots[i].name) == len && memcmp(l->slots[i].name, name, len) == 0)
            return &l->slots[i];
    return NULL;
}

static size_t count_variants(const char *cell) {
    const char *variant;
    size_t count = 0;
    while (sr_table_variant(&cell, &variant))
        count++;
    return count;
}

/* Fills the slots of [text, text + len) as chance has it; an unknown slot is SARAI_EINPUT. */
static int fill(struct loading *l, const char *text, size_t len, int depth, struct sr_str *out) {
    const char *end = text + len;
    while (text < end) {
        const char *open = memchr(text, '{', (size_t)(end - text));
        const char *close = open ? memchr(open, '}', (size_t)(end - open)) : NULL;
        if (!close) {
            sr_str_add(out, text, (size_t)(end - text));
            break;
        }
        const struct slot *slot = find_slot(l, open + 1, (size_t)(close - open) - 1);
        if (!slot || depth == DEPTH_MAX) {
            sr_error(&l->problem, SARAI_EINPUT, NULL, "there is no slot %.*s", (int)(close - open + 1), open);
            return SARAI_EINPUT;
        }
        sr_str_add(out, text, (size_t)(open - text));
        const char *cell = slot->variants, *variant = "";
        size_t wanted = sr_random_below(&l->chance, slot->count), size;
        while ((size = sr_table_variant(&cell, &variant)) && wanted-- > 0) {
        }
        const int status = fill(l, variant, size, depth + 1, out);
        if (status < 0)
            return status;
        text = close + 1;
    }
    return SARAI_OK;
}

/* How many different texts a pattern is worth. */
static size_t samples_of(const struct loading *l, const char *pattern, size_t len) {
    size_t count = 1;
    for (const char *p = pattern; (p = memchr(p, '{', len - (size_t)(p - pattern))); p++) {
        const char *close = memchr(p, '}', len - (size_t)(p - pattern));
        const struct slot *slot = close ? find_slot(l, p + 1, (size_t)(close - p) - 1) : NULL;
        count *= slot ? slot->count : 1;
        if (count >= SAMPLES_MAX)
            return SAMPLES_MAX;
    }
    return count;
}

static int add_pattern(struct loading *l, const char *pattern, size_t len, const char *intent, size_t samples) {
    char *line = sr_strndup(pattern, len);
    int status = line ? SARAI_OK : SARAI_ENOMEM;
    for (size_t i = 0; i < samples && status >= 0; i++) {
        struct sr_str text = {0};
        status = fill(l, pattern, len, 0, &text);
        char *filled = sr_str_take(&text);
        if (status >= 0)
            status = filled ? add_forms(l, filled, intent, group_of(l, intent, line), false) : SARAI_ENOMEM;
        free(filled);
    }
    free(line);
    return status;
}

static int keep_topical(struct loading *l, const char *pattern, size_t len) {
    char **kept = grow((void **)&l->topical, &l->topical_count, &l->topical_room, sizeof *kept);
    if (!kept)
        return SARAI_ENOMEM;
    *kept = sr_strndup(pattern, len);
    return *kept ? SARAI_OK : SARAI_ENOMEM;
}

static int kind_of(const char *name, enum sr_speech *kind) {
    for (int i = 0; i < SR_SPEECH_KINDS; i++)
        if (strcmp(name, sr_speech_names[i]) == 0) {
            *kind = (enum sr_speech)i;
            return SARAI_OK;
        }
    return SARAI_EINPUT;
}

static int take_slot(void *user, int line, char **cells) {
    struct loading *l = user;
    (void)line;
    if (strcmp(cells[0], "slot") != 0)
        return SARAI_OK;
    struct slot *slot = grow((void **)&l->slots, &l->slot_count, &l->slot_room, sizeof *slot);
    if (!slot)
        return SARAI_ENOMEM;
    *slot =
        (struct slot){.name = sr_strdup(cells[1]), .variants = sr_strdup(cells[2]), .count = count_variants(cells[2])};
    return slot->name && slot->variants ? SARAI_OK : SARAI_ENOMEM;
}

static int take_patterns(void *user, int line, char **cells) {
    struct loading *l = user;
    (void)line;
    if (strcmp(cells[0], "slot") == 0)
        return SARAI_OK;
    int status = kind_of(cells[0], &l->kind);
    const char *p = cells[2], *pattern;
    size_t len;
    while (status >= 0 && (len = sr_table_variant(&p, &pattern))) {
        const char *topic = strstr(pattern, TOPIC);
        status = topic && topic < pattern + len ? keep_topical(l, pattern, len)
                                                : add_pattern(l, pattern, len, cells[1], samples_of(l, pattern, len));
    }
    return status;
}

/* ---------------------------------------------------------------------------------------------------- the tables -- */

static int take_template(void *user, int line, char **cells) {
    struct loading *l = user;
    const char *p = cells[1], *phrase;
    size_t len;
    int status = SARAI_OK;
    (void)line;
    /* what stands in for a skill or a topic is an example of that */
    const char *skill = sr_requests_intent(l->requests, cells[0]), *intent = skill ? skill : cells[0];
    l->kind = !skill ? SR_SPEECH_TEMPLATE : strcmp(skill, SR_REQUEST_FACT) == 0 ? SR_SPEECH_KNOWLEDGE : SR_SPEECH_SKILL;
    while (status >= 0 && (len = sr_table_variant(&p, &phrase))) {
        char *text = sr_strndup(phrase, len);
        status = text ? add_forms(l, text, intent, group_of(l, intent, text), false) : SARAI_ENOMEM;
        free(text);
    }
    return status;
}

static int take_skill(void *user, int line, char **cells) {
    struct loading *l = user;
    const char *p = cells[1], *phrase;
    size_t len;
    int status = SARAI_OK;
    (void)line;
    l->kind = SR_SPEECH_SKILL;
    if (strcmp(cells[0], "polite") == 0 || strcmp(cells[1], "-") == 0)
        return SARAI_OK;
    while (status >= 0 && (len = sr_table_variant(&p, &phrase)))
        status = add_pattern(l, phrase, len, cells[0], memchr(phrase, '{', len) ? 2 : 1);
    return status;
}

/* "Marte": one of the patterns with {topic}; "cómo se hace el queso": as it stands. */
static int take_topic(void *user, int line, char **cells) {
    struct loading *l = user;
    const char *p = cells[1], *name;
    size_t len;
    int status = SARAI_OK;
    (void)line;
    l->kind = SR_SPEECH_KNOWLEDGE;
    while (status >= 0 && (len = sr_table_variant(&p, &name))) {
        struct sr_str text = {0};
        sr_str_add(&text, name, len);
        if (!text.failed && !is_question(text.data) && l->topical_count) {
            const char *pattern = l->topical[sr_random_below(&l->chance, l->topical_count)];
            const char *slot = strstr(pattern, TOPIC);
            sr_str_clear(&text);
            sr_str_add(&text, pattern, (size_t)(slot - pattern));
            sr_str_add(&text, name, len);
            sr_str_adds(&text, slot + strlen(TOPIC));
        }
        status = text.failed ? SARAI_ENOMEM : add_forms(l, text.data, cells[0], group_of(l, cells[0], cells[0]), false);
        sr_str_deinit(&text);
    }
    return status;
}

static int take_line(void *user, int line, char **cells) {
    struct loading *l = user;
    (void)line;
    const int status = kind_of(cells[1], &l->kind);
    return status < 0 ? status : add_forms(l, cells[0], cells[2], group_of(l, cells[2], cells[0]), true);
}

static int read_table(struct loading *l, const struct sr_model_opts *models, const char *language, const char *name,
                      int (*row)(void *user, int line, char **cells), struct sarai_error *error) {
    char *path = sr_path_table(models, language, "", name);
    l->problem.text[0] = '\0';
    int status = path ? sr_table_read(path, 3, row, l, error) : sr_error(error, SARAI_ENOMEM, name, "out of memory");
    if (status == SARAI_EINPUT && l->problem.text[0])
        sr_error(error, status, path, "%s", l->problem.text);
    free(path);
    return status;
}

int sr_router_corpus_load(const struct sr_model_opts *models, const char *language, struct sr_router_corpus **out,
                          struct sarai_error *error) {
    static const struct {
        const char *name;
        int (*row)(void *user, int line, char **cells);
    } tables[] = {{"router_patterns.tsv", take_slot}, {"router_patterns.tsv", take_patterns},
                  {"templates.tsv", take_template},   {"skills.tsv", take_skill},
                  {"knowledge.tsv", take_topic},      {"router.tsv", take_line}};
    struct loading l = {.chance = SEED, .english = strcmp(language, "en") == 0};
    l.corpus = calloc(1, sizeof *l.corpus);
    char *requests = sr_path_table(models, language, "", "requests.tsv");
    int status = l.corpus && requests ? sr_requests_load(requests, &l.requests, error)
                                      : sr_error(error, SARAI_ENOMEM, "router", "out of memory");
    free(requests);
    for (size_t i = 0; i < sizeof tables / sizeof *tables && status >= 0; i++)
        status = read_table(&l, models, language, tables[i].name, tables[i].row, error);
    for (size_t i = 0; i < l.slot_count; i++) {
        free(l.slots[i].name);
        free(l.slots[i].variants);
    }
    for (size_t i = 0; i < l.topical_count; i++)
        free(l.topical[i]);
    sr_requests_free(l.requests);
    free(l.slots);
    free(l.topical);
    if (status < 0)
        sr_router_corpus_free(l.corpus);
    else
        *out = l.corpus;
    return status < 0 ? status : SARAI_OK;
}

void sr_router_corpus_free(struct sr_router_corpus *corpus) {
    if (!corpus)
        return;
    for (size_t i = 0; i < corpus->count; i++) {
        free(corpus->list[i].text);
        free(corpus->list[i].intent);
    }
    free(corpus->list);
    free(corpus);
}
