/* SPDX-License-Identifier: Apache-2.0 */
#include "turn/turn_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"

#define WORD 20  /* bytes of a word that are looked at, with its NUL */
#define WORDS 64 /* words that are looked at, the last ones */
#define TAIL_WORDS 12

struct entry {
    char *key;   /* a word in lower case, or a folded utterance */
    char *value; /* the kind of the word; NULL for utterances */
};

struct entries {
    struct entry *list; /* sorted once loaded */
    size_t count, room;
};

struct sr_turn_text {
    struct entries words, phrases;
};

/* -------------------------------------------------------------------------------------------------- the tables -- */

static int add(struct entries *entries, char *key, char *value) {
    if (key && entries->count == entries->room) {
        const size_t room = entries->room ? entries->room * 2 : 256;
        struct entry *list = realloc(entries->list, room * sizeof *list);
        if (list) {
            entries->list = list;
            entries->room = room;
        }
    }
    if (!key || entries->count == entries->room) {
        free(key);
        free(value);
        return SARAI_ENOMEM;
    }
    entries->list[entries->count++] = (struct entry){key, value};
    return SARAI_OK;
}

static int by_key(const void *a, const void *b) {
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

static void sort(struct entries *entries) {
    if (entries->count)
        qsort(entries->list, entries->count, sizeof *entries->list, by_key);
}

static const struct entry *find(const struct entries *entries, const char *key) {
    const struct entry wanted = {(char *)key, NULL};
    return entries->count ? bsearch(&wanted, entries->list, entries->count, sizeof wanted, by_key) : NULL;
}

/* Is there an utterance that begins with the words of `key` and goes on? */
static bool begins_one(const struct entries *phrases, const char *key) {
    const size_t len = strlen(key);
    size_t low = 0, high = phrases->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (strcmp(phrases->list[middle].key, key) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < phrases->count && strncmp(phrases->list[low].key, key, len) == 0 && phrases->list[low].key[len] == ' ';
}

static int take_words(void *user, int line, char **cells) {
    (void)line;
    struct sr_turn_text *text = user;
    for (char *p = cells[1]; *p;) {
        const size_t len = strcspn(p, " ");
        if (len) {
            char *kind = sr_strdup(cells[0]);
            const int rc = kind ? add(&text->words, sr_strndup(p, len), kind) : SARAI_ENOMEM;
            if (rc < 0)
                return rc;
        }
        p += len + (p[len] == ' ');
    }
    return SARAI_OK;
}

static int take_phrases(void *user, int line, char **cells) {
    (void)line;
    struct sr_turn_text *text = user;
    const char *p = cells[1], *variant;
    for (size_t len; (len = sr_table_variant(&p, &variant));) {
        const int rc = add(&text->phrases, sr_utf8_folded(variant, len), NULL);
        if (rc < 0)
            return rc;
    }
    return SARAI_OK;
}

static int read_table(const struct sr_model_opts *models, const char *language, const char *name, int columns,
                      int (*row)(void *user, int line, char **cells), struct sr_turn_text *text,
                      struct sarai_error *error) {
    char *file = sr_asprintf("%s/%s", language, name);
    char *path = file ? sr_path_share(models, file) : NULL;
    const int rc =
        path ? sr_table_read(path, columns, row, text, error) : sr_error(error, SARAI_ENOMEM, name, "out of memory");
    free(path);
    free(file);
    return rc;
}

int sr_turn_text_load(const struct sr_model_opts *models, const char *language, struct sr_turn_text **out,
                      struct sarai_error *error) {
    struct sr_turn_text *text = calloc(1, sizeof *text);
    if (!text)
        return sr_error(error, SARAI_ENOMEM, language, "out of memory");
    int rc = read_table(models, language, "turn_words.tsv", 2, take_words, text, error);
    if (rc >= 0)
        rc = read_table(models, language, "templates.tsv", 3, take_phrases, text, error);
    if (rc < 0) {
        sr_turn_text_free(text);
        return rc;
    }
    sort(&text->words);
    sort(&text->phrases);
    *out = text;
    return SARAI_OK;
}

static void drop(struct entries *entries) {
    for (size_t i = 0; i < entries->count; i++) {
        free(entries->list[i].key);
        free(entries->list[i].value);
    }
    free(entries->list);
}

void sr_turn_text_free(struct sr_turn_text *text) {
    if (!text)
        return;
    drop(&text->words);
    drop(&text->phrases);
    free(text);
}

/* --------------------------------------------------------------------------------------------------- the words -- */

struct words {
    char list[WORDS][WORD]; /* lower case; a ring, the last word at (count - 1) % WORDS */
    size_t count;
    size_t since;    /* words since the last mark inside the sentence */
    size_t sentence; /* words of the last sentence */
    char mark;       /* the last mark of the draft: . ? ! , : - _ ("..."), or 'n' for none */
    bool capital, asks, marked;
};

static const char *word_at(const struct words *words, size_t back) {
    return back < words->count ? words->list[(words->count - 1 - back) % WORDS] : NULL;
}

static bool is_part(uint32_t cp) {
    return sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp);
}

static char mark_of(uint32_t cp) {
    return cp == 0x2026                             ? '_'
           : cp == ';'                              ? ','
           : cp == 0x2013 || cp == 0x2014           ? '-'
           : cp < 128 && strchr(".?!,:-", (char)cp) ? (char)cp
                                                    : 0;
}

/* Copies one word; `*p` stands at its first character. */
static void take_word(struct words *words, const char **p, const char *end) {
    char *out = words->list[words->count % WORDS];
    size_t len = 0;
    const char *next = *p;
    for (uint32_t cp; *p < end && is_part(cp = sr_utf8_next(&next, end)); *p = next) {
        char bytes[4];
        const size_t size = sr_utf8_put(sr_utf8_lower(cp), bytes);
        if (len + size < WORD) {
            memcpy(out + len, bytes, size);
            len += size;
        }
    }
    out[len] = '\0';
    words->count++;
    words->since++;
    words->sentence++;
    words->mark = 'n';
}

static bool ends_sentence(char mark) {
    return mark == '.' || mark == '?' || mark == '!' || mark == '_';
}

static void scan(const char *draft, struct words *words) {
    const char *p = draft, *end = draft + strlen(draft);
    *words = (struct words){.mark = 'n'};
    while (p < end) {
        const char *next = p;
        const uint32_t cp = sr_utf8_next(&next, end);
        if (is_part(cp)) {
            if (ends_sentence(words->mark)) /* a new sentence begins: forget how the one before it was */
                words->sentence = 0;
            if (words->mark != 'n' && words->count) {
                words->since = 0;
                words->marked = !ends_sentence(words->mark);
            }
            if (!words->sentence)
                words->capital = sr_utf8_is_upper(cp);
            take_word(words, &p, end);
            continue;
        }
        if (cp == 0xBF)
            words->asks = true;
        const char mark = mark_of(cp);
        if (mark == '?')
            words->asks = false;
        if (mark)
            words->mark = mark == '.' && (words->mark == '.' || words->mark == '_') ? '_' : mark;
        p = next;
    }
}

/* --------------------------------------------------------------------------------------------------- the kinds -- */

static bool ends_in(const char *word, const char *ending) {
    const size_t len = strlen(word), tail = strlen(ending);
    return len > tail + 1 && strcmp(word + len - tail, ending) == 0;
}

/* What a word that is in no list may be, by its ending. */
static const char *guess(const char *word) {
    static const struct {
        const char *ending, *kind;
    } endings[] = {{"mente", "adverb"}, {"ando", "doing"}, {"iendo", "doing"}, {"yendo", "doing"}, {"aron", "did"},
                   {"ieron", "did"},    {"aba", "did"},    {"aban", "did"},    {"ían", "did"},     {"ó", "did"},
                   {"aste", "did"},     {"iste", "did"},   {"amos", "did"},    {"emos", "did"},    {"imos", "did"},
                   {"ción", "thing"},   {"sión", "thing"}, {"dad", "thing"},   {"ado", "done"},    {"ido", "done"},
                   {"ada", "done"},     {"ida", "done"},   {"ados", "done"},   {"idos", "done"},   {"adas", "done"},
                   {"idas", "done"},    {"arme", "todo"},  {"erme", "todo"},   {"arlo", "todo"},   {"arla", "todo"},
                   {"erlo", "todo"},    {"irlo", "todo"},  {"ar", "todo"},     {"er", "todo"},     {"ir", "todo"}};
    if (*word >= '0' && *word <= '9')
        return "digits";
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_in(word, endings[i].ending))
            return endings[i].kind;
    return strlen(word) < 4 ? "short" : "other";
}

static const char *kind_of(const struct sr_turn_text *text, const char *word) {
    const struct entry *entry = word ? find(&text->words, word) : NULL;
    return entry ? entry->value : word ? guess(word) : "start";
}

static const char *bucket(size_t count) {
    static const char *const names[] = {"0", "1", "2", "3", "4", "5", "6", "8", "8", "11", "11", "11"};
    return count < sizeof names / sizeof *names ? names[count] : count < 16 ? "15" : count < 24 ? "23" : "more";
}

/* The last two or three letters, from a letter's first byte on. */
static const char *ending(const char *word, size_t letters) {
    const char *p = word + strlen(word);
    while (p > word && letters) {
        p--;
        if (((unsigned char)*p & 0xC0) != 0x80)
            letters--;
    }
    return p;
}

static bool is_verb(const char *kind) {
    static const char *const kinds[] = {"be", "have", "will", "want", "order", "did"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

/* ------------------------------------------------------------------------------------------------ the features -- */

struct features {
    char (*names)[SR_TURN_NAME];
    size_t count;
};

static void put(struct features *f, const char *format, ...) SR_PRINTF(2, 3);

static void put(struct features *f, const char *format, ...) {
    if (f->count == SR_TURN_FEATURES)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(f->names[f->count++], SR_TURN_NAME, format, args);
    va_end(args);
}

/* Something known as a whole, or the beginning of it. */
static void put_known(struct features *f, const struct sr_turn_text *text, const char *draft) {
    struct sr_str folded = {0};
    sr_utf8_fold(draft, strlen(draft), &folded);
    if (!folded.failed && folded.len) {
        const bool whole = find(&text->phrases, folded.data) != NULL;
        const bool begins = begins_one(&text->phrases, folded.data);
        if (whole || begins)
            put(f, "known=%s", whole && begins ? "both" : whole ? "whole" : "begins");
    }
    sr_str_deinit(&folded);
}

static void put_words(struct features *f, const struct sr_turn_text *text, const struct words *words) {
    const char *w1 = word_at(words, 0), *w2 = word_at(words, 1), *w3 = word_at(words, 2);
    const char *k1 = kind_of(text, w1), *k2 = kind_of(text, w2), *k3 = kind_of(text, w3);
    /* Only words of the lists by name: what the others mean is the embedding's part, and by heart they deceive. */
    if (find(&text->words, w1))
        put(f, "1=%s", w1);
    if (w2 && find(&text->words, w2))
        put(f, "2=%s", w2);
    if (find(&text->words, w1))
        put(f, "12=%s_%s", w2 ? w2 : "", w1);
    put(f, "e2=%s", ending(w1, 2));
    put(f, "e3=%s", ending(w1, 3));
    put(f, "k1=%s", k1);
    put(f, "k2=%s", k2);
    put(f, "k3=%s", k3);
    put(f, "k21=%s_%s", k2, k1);
    put(f, "k321=%s_%s_%s", k3, k2, k1);
    bool verb = false;
    const size_t sentence = words->sentence < WORDS ? words->sentence : WORDS;
    for (size_t i = 0; i < sentence; i++)
        verb = verb || is_verb(kind_of(text, word_at(words, i)));
    const char *first = word_at(words, sentence - 1);
    put(f, "verb=%d", verb);
    put(f, "verb_n=%d_%s", verb, bucket(words->sentence));
    put(f, "first=%s", kind_of(text, first));
    put(f, "first_n=%s_%s", kind_of(text, first), bucket(words->sentence));
    put(f, "first_k1=%s_%s", kind_of(text, first), k1);
}

static void put_marks(struct features *f, const struct words *words) {
    const char *n = bucket(words->sentence);
    put(f, "mark=%c", words->mark);
    put(f, "mark_n=%c_%s", words->mark, n);
    put(f, "mark_capital=%c_%d", words->mark, words->capital);
    put(f, "mark_asks=%c_%d", words->mark, words->asks);
    put(f, "mark_inside=%c_%d", words->mark, words->marked);
    put(f, "n=%s", n);
    put(f, "since=%s", bucket(words->since));
    if (words->sentence < words->count)
        put(f, "sentences");
}

size_t sr_turn_text_features(const struct sr_turn_text *text, const char *draft,
                             char names[SR_TURN_FEATURES][SR_TURN_NAME]) {
    struct features f = {.names = names};
    struct words words;
    scan(draft, &words);
    if (!words.count) {
        put(&f, "empty");
        return f.count;
    }
    put_words(&f, text, &words);
    put_marks(&f, &words);
    put_known(&f, text, draft);
    return f.count;
}

const char *sr_turn_text_tail(const char *draft) {
    const char *starts[TAIL_WORDS] = {draft}, *end = draft + strlen(draft), *p = draft;
    size_t count = 0;
    bool inside = false, closed = false;
    while (p < end) {
        const char *here = p;
        const uint32_t cp = sr_utf8_next(&p, end);
        if (cp == '.' || cp == '?' || cp == '!' || cp == 0x2026) {
            closed = true;
        } else if (is_part(cp) && !inside) {
            if (closed)
                count = 0;
            closed = false;
            starts[count++ % TAIL_WORDS] = here;
        }
        inside = is_part(cp);
    }
    return count < TAIL_WORDS ? starts[0] : starts[count % TAIL_WORDS];
}
