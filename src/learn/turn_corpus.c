/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/turn_corpus.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"
#include "learn/random.h"
#include "text/split.h"

#define MAX_BYTES (4u << 20)
#define WORDS_MAX 64
#define TRIES 8

/* -------------------------------------------------------------------------------------------------------- reading --
 */

/* Takes over `text`. */
static int add(struct sr_turn_corpus *corpus, char *text, enum sr_utterance_kind kind) {
    if (text && corpus->count == corpus->room) {
        const size_t room = corpus->room ? corpus->room * 2 : 1024;
        struct sr_utterance_text *list = realloc(corpus->list, room * sizeof *list);
        if (list) {
            corpus->list = list;
            corpus->room = room;
        }
    }
    if (!text || corpus->count == corpus->room) {
        free(text);
        return SARAI_ENOMEM;
    }
    corpus->list[corpus->count++] = (struct sr_utterance_text){text, kind};
    return SARAI_OK;
}

static int read_sentences(struct sr_turn_corpus *corpus, const char *path, struct sarai_error *error) {
    char *text = NULL;
    int rc = sr_read_file(path, MAX_BYTES, &text, NULL, error);
    for (char *line = text, *next; rc >= 0 && line && *line; line = next) {
        const size_t len = strcspn(line, "\n");
        next = line + len + (line[len] == '\n');
        if (len && *line != '#' && !sr_utf8_valid(line, len))
            rc = sr_error(error, SARAI_EINPUT, path, "is not UTF-8; save the file as UTF-8");
        else if (len && *line != '#' && (rc = add(corpus, sr_strndup(line, len), SR_UTTERANCE_SAID)) < 0)
            sr_error(error, rc, path, "out of memory");
    }
    free(text);
    return rc;
}

/* "qué hora es" is written "¿Qué hora es?", "para" is "Para.". */
static char *punctuate(const char *phrase, size_t len) {
    static const char *const asking[] = {"qué ", "quién ", "cómo ", "cuándo ", "dónde ", "cuál ", "cuánto ", "cuánta "};
    bool asks = false;
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
        asks = asks || strncmp(phrase, asking[i], strlen(asking[i])) == 0;
    struct sr_str out = {0};
    const char *p = phrase, *end = phrase + len;
    const uint32_t first = sr_utf8_next(&p, end);
    if (asks)
        sr_str_adds(&out, "¿");
    sr_utf8_add(&out, first == 0xF1                  ? 0xD1
                      : first >= 0xE0                ? first - 32
                      : first >= 'a' && first <= 'z' ? first - 32
                                                     : first);
    sr_str_add(&out, p, (size_t)(end - p));
    sr_str_addc(&out, asks ? '?' : '.');
    return sr_str_take(&out);
}

static int take_phrases(void *user, int line, char **cells) {
    (void)line;
    const char *p = cells[1], *variant;
    int rc = SARAI_OK;
    for (size_t len; rc == SARAI_OK && (len = sr_table_variant(&p, &variant));)
        rc = add(user, punctuate(variant, len), SR_UTTERANCE_PHRASE);
    return rc;
}

static int take_knowledge(void *user, int line, char **cells) {
    (void)line;
    struct sr_split *split = NULL;
    const char *sentence;
    enum sr_split_end end;
    int rc = sr_split_new(NULL, NULL, &split, NULL);
    if (rc >= 0)
        rc = sr_split_feed(split, cells[2], strlen(cells[2]));
    if (rc >= 0)
        sr_split_flush(split);
    while (rc >= 0 && (rc = sr_split_next(split, &sentence, &end)) > 0)
        rc = add(user, sr_strdup(sentence), SR_UTTERANCE_READ);
    sr_split_free(split);
    return rc;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int index_known(struct sr_turn_corpus *corpus) {
    corpus->known = calloc(corpus->count + 1, sizeof *corpus->known);
    if (!corpus->known)
        return SARAI_ENOMEM;
    for (size_t i = 0; i < corpus->count; i++)
        if (!(corpus->known[i] = sr_utf8_folded(corpus->list[i].text, strlen(corpus->list[i].text))))
            return SARAI_ENOMEM;
    qsort(corpus->known, corpus->count, sizeof *corpus->known, by_text);
    return SARAI_OK;
}

int sr_turn_corpus_load(const struct sr_model_opts *models, const char *language, struct sr_turn_corpus **out,
                        struct sarai_error *error) {
    struct sr_turn_corpus *corpus = calloc(1, sizeof *corpus);
    static const char *const names[] = {"turn_sentences.txt", "templates.tsv", "knowledge.tsv"};
    int rc = corpus ? SARAI_OK : sr_error(error, SARAI_ENOMEM, language, "out of memory");
    for (int i = 0; i < 3 && rc >= 0; i++) {
        char *file = sr_asprintf("%s/%s", language, names[i]), *path = file ? sr_path_share(models, file) : NULL;
        if (!path)
            rc = sr_error(error, SARAI_ENOMEM, names[i], "out of memory");
        else
            rc = i == 0 ? read_sentences(corpus, path, error)
                        : sr_table_read(path, 3, i == 1 ? take_phrases : take_knowledge, corpus, error);
        free(path);
        free(file);
    }
    if (rc >= 0 && (rc = index_known(corpus)) < 0)
        sr_error(error, rc, language, "out of memory");
    if (rc >= 0)
        *out = corpus;
    else
        sr_turn_corpus_free(corpus);
    return rc < 0 ? rc : SARAI_OK;
}

void sr_turn_corpus_free(struct sr_turn_corpus *corpus) {
    if (!corpus)
        return;
    for (size_t i = 0; i < corpus->count; i++) {
        free(corpus->list[i].text);
        if (corpus->known)
            free(corpus->known[i]);
    }
    free(corpus->known);
    free(corpus->list);
    free(corpus);
}

/* --------------------------------------------------------------------------------------------------------- drafts --
 */

/* Words with their marks, and where a pause is natural. */
struct pieces {
    const char *start[WORDS_MAX], *end[WORDS_MAX];
    bool pause[WORDS_MAX]; /* behind the word */
    size_t count;
};

static void cut_words(const char *text, struct pieces *pieces) {
    *pieces = (struct pieces){.count = 0};
    for (const char *p = text; *p && pieces->count < WORDS_MAX;) {
        const size_t len = strcspn(p, " ");
        if (len == 1 && *p == '/') {
            if (pieces->count)
                pieces->pause[pieces->count - 1] = true;
        } else if (len) {
            pieces->start[pieces->count] = p;
            pieces->end[pieces->count++] = p + len;
        }
        p += len + (p[len] == ' ');
    }
}

static bool is_known(const struct sr_turn_corpus *corpus, const char *text) {
    char *folded = sr_utf8_folded(text, strlen(text));
    const bool known = folded && bsearch(&folded, corpus->known, corpus->count, sizeof *corpus->known, by_text) != NULL;
    free(folded);
    return known;
}

/* The first `count` words; of the last one `drop` letters fewer. */
static char *join(const struct pieces *pieces, size_t count, size_t drop) {
    struct sr_str out = {0};
    sr_str_adds(&out, "");
    for (size_t i = 0; i < count; i++) {
        const char *end = pieces->end[i];
        for (size_t left = i + 1 == count ? drop : 0; left && end > pieces->start[i]; left--)
            while (end > pieces->start[i] && ((unsigned char)*--end & 0xC0) == 0x80) {
            }
        if (i)
            sr_str_addc(&out, ' ');
        sr_str_add(&out, pieces->start[i], (size_t)(end - pieces->start[i]));
    }
    return sr_str_take(&out);
}

char *sr_turn_corpus_text(const struct sr_turn_corpus *corpus, size_t i) {
    struct pieces pieces;
    cut_words(corpus->list[i].text, &pieces);
    return join(&pieces, pieces.count, 0);
}

static void strip_mark(char *text) {
    size_t len = strlen(text);
    while (len && strchr(".,;:?!", text[len - 1]))
        text[--len] = '\0';
}

/* What a recognizer makes of it: sometimes the mark it should have, sometimes another or none, sometimes neither
 * capitals nor marks. The shares are those of Whisper's drafts of our own voices. */
static char *dress(char *text, bool over, uint64_t *seed) {
    struct sr_str out = {0};
    const float chance = sr_random_part(seed);
    const bool asks = strstr(text, "¿") != NULL, bare = sr_random_part(seed) < 0.15f;
    const size_t len = strlen(text);
    const char mark = len ? text[len - 1] : 0;
    strip_mark(text);
    if (bare) {
        const char *p = text, *end = text + strlen(text);
        while (p < end) {
            const uint32_t cp = sr_utf8_next(&p, end);
            if (cp == ' ' || sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp))
                sr_utf8_add(&out, sr_utf8_lower(cp));
        }
    } else {
        sr_str_adds(&out, text);
        if (over && chance < 0.85f)
            sr_str_addc(&out, strchr(".?!", mark) ? mark : '.');
        else if (!over && chance < 0.45f)
            sr_str_addc(&out, asks ? '?' : '.');
        else if (!over && chance < 0.55f)
            sr_str_adds(&out, "...");
        else if (!over && chance < 0.62f)
            sr_str_addc(&out, ',');
    }
    free(text);
    return sr_str_take(&out);
}

/* At a natural pause, behind any word, or inside one. NULL in `*out` when chance found nothing. */
static int cut(const struct sr_turn_corpus *corpus, const struct pieces *pieces, uint64_t *seed, char **out) {
    *out = NULL;
    for (int i = 0; i < TRIES && !*out && pieces->count; i++) {
        const float kind = sr_random_part(seed);
        const bool inside = kind<0.15f, natural = kind> 0.55f;
        const size_t count = 1 + sr_random_below(seed, pieces->count);
        const size_t bytes = (size_t)(pieces->end[count - 1] - pieces->start[count - 1]);
        if ((natural && !pieces->pause[count - 1]) || (!inside && count == pieces->count) || (inside && bytes < 5))
            continue;
        char *text = join(pieces, count, inside ? 1 + sr_random_below(seed, bytes - 3) : 0);
        if (!text)
            return SARAI_ENOMEM;
        if (is_known(corpus, text))
            free(text);
        else
            *out = text;
    }
    return SARAI_OK;
}

int sr_turn_corpus_draft(const struct sr_turn_corpus *corpus, size_t i, bool over, uint64_t *seed, char **out) {
    struct pieces pieces;
    char *text = NULL;
    cut_words(corpus->list[i].text, &pieces);
    if (over)
        text = join(&pieces, pieces.count, 0);
    else if (cut(corpus, &pieces, seed, &text) == SARAI_OK && !text) {
        *out = NULL;
        return SARAI_OK;
    }
    *out = text ? dress(text, over, seed) : NULL;
    return *out ? SARAI_OK : SARAI_ENOMEM;
}
