/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/homophones.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "model/paths.h"
#include "text/sound_es.h"
#include "text/word_list_es.h"

#define FILE_MAX ((size_t)4 << 20)
#define WORD_MAX SR_WORD_LIST_MAX
#define SHORT_LETTERS 3 /* so short a word is left alone */
#define LONG_LETTERS 6  /* from here on rr counts as r and z as s: hardly two words differ in nothing else */

struct word {
    uint64_t sound, fold, spelling; /* hashes of how it sounds, of its letters, and of those with their accents */
    uint32_t text;                  /* where it stands in `texts` */
    uint32_t seen;
};

struct sr_homophones {
    struct word *words; /* sorted by sound, letters, spelling */
    size_t count, room;
    struct sr_str texts;          /* each word ends in '\0' */
    struct sr_word_list_es *list; /* NULL: none */
};

/* --------------------------------------------------------------------------------------------------------- words -- */

struct heard {
    const char *start;
    bool capital;
    char lower[WORD_MAX + 1], folded[WORD_MAX + 1];
};

/* The next run of letters behind `*p`, which moves behind it; one that is too long for a word is "". */
static bool next_word(const char **p, const char *end, struct heard *word) {
    struct sr_str lower = {0}, folded = {0};
    const char *q = *p;
    *word = (struct heard){.start = NULL};
    for (const char *at = q; q < end; at = q) {
        const uint32_t c = sr_utf8_next(&q, end);
        const bool letter = sr_utf8_is_letter(c);
        if (!letter && word->start)
            break;
        *p = q;
        if (!letter)
            continue;
        if (!word->start) {
            word->start = at;
            word->capital = sr_utf8_is_upper(c);
        }
        sr_utf8_add(&lower, sr_utf8_lower(c));
    }
    if (word->start)
        sr_utf8_fold(lower.data, lower.len, &folded);
    if (lower.len <= WORD_MAX && folded.len && folded.len <= WORD_MAX && !lower.failed && !folded.failed) {
        memcpy(word->lower, lower.data, lower.len + 1);
        memcpy(word->folded, folded.data, folded.len + 1);
    }
    sr_str_deinit(&lower);
    sr_str_deinit(&folded);
    return word->start != NULL;
}

static uint64_t sound_of(const char *folded) {
    struct sr_str sound = {0};
    sr_sound_es(folded, strlen(folded) >= LONG_LETTERS, &sound);
    const uint64_t hash = sr_hash_bytes(SR_HASH_BEGIN, sound.data, sound.len);
    sr_str_deinit(&sound);
    return hash;
}

static int add_word(struct sr_homophones *h, const char *lower, const char *folded) {
    if (h->count == h->room) {
        const size_t room = h->room ? h->room * 2 : 4096;
        struct word *words = realloc(h->words, room * sizeof *words);
        if (!words)
            return SARAI_ENOMEM;
        h->words = words;
        h->room = room;
    }
    h->words[h->count++] = (struct word){.sound = sound_of(folded),
                                         .fold = sr_hash_text(SR_HASH_BEGIN, folded),
                                         .spelling = sr_hash_text(SR_HASH_BEGIN, lower),
                                         .text = (uint32_t)h->texts.len,
                                         .seen = 1};
    sr_str_add(&h->texts, lower, strlen(lower) + 1);
    return h->texts.failed ? SARAI_ENOMEM : SARAI_OK;
}

static int add_text(struct sr_homophones *h, const char *text) {
    const char *p = text, *end = text + strlen(text);
    struct heard word;
    int status = SARAI_OK;
    while (status >= 0 && next_word(&p, end, &word))
        if (strlen(word.folded) > SHORT_LETTERS)
            status = add_word(h, word.lower, word.folded);
    return status;
}

static int by_sound(const void *a, const void *b) {
    const struct word *const x = a, *const y = b;
    if (x->sound != y->sound)
        return x->sound < y->sound ? -1 : 1;
    if (x->fold != y->fold)
        return x->fold < y->fold ? -1 : 1;
    return (x->spelling > y->spelling) - (x->spelling < y->spelling);
}

/* Each word once, with how often it was seen. */
static int sort(struct sr_homophones *h) {
    struct sr_str texts = {0};
    size_t kept = 0;
    if (h->count)
        qsort(h->words, h->count, sizeof *h->words, by_sound);
    for (size_t i = 0; i < h->count; i++) {
        if (kept && by_sound(&h->words[kept - 1], &h->words[i]) == 0) {
            h->words[kept - 1].seen++;
            continue;
        }
        const char *text = h->texts.data + h->words[i].text;
        h->words[kept] = h->words[i];
        h->words[kept++].text = (uint32_t)texts.len;
        sr_str_add(&texts, text, strlen(text) + 1);
    }
    h->count = kept;
    sr_str_deinit(&h->texts);
    h->texts = texts;
    return texts.failed ? SARAI_ENOMEM : SARAI_OK;
}

int sr_homophones_of(const char *const *texts, size_t count, const char *list, struct sr_homophones **out) {
    struct sr_homophones *h = calloc(1, sizeof *h);
    int status = h ? SARAI_OK : SARAI_ENOMEM;
    if (h && list && sr_word_list_es_open(list, &h->list, NULL) == SARAI_ENOMEM)
        status = SARAI_ENOMEM;
    for (size_t i = 0; i < count && status >= 0; i++)
        status = add_text(h, texts[i]);
    if (status >= 0)
        status = sort(h);
    if (status < 0)
        sr_homophones_free(h);
    else
        *out = h;
    return status;
}

void sr_homophones_free(struct sr_homophones *h) {
    if (!h)
        return;
    free(h->words);
    sr_str_deinit(&h->texts);
    sr_word_list_es_close(h->list);
    free(h);
}

/* A table that is not there has no words. */
static int read_table(const char *name, const struct sr_model_opts *models, char **text, struct sarai_error *error) {
    char *path = sr_path_share(models, name);
    size_t len;
    const int status = !path                     ? sr_error(error, SARAI_ENOMEM, "stt", "out of memory")
                       : access(path, R_OK) != 0 ? SARAI_OK
                                                 : sr_read_file(path, FILE_MAX, text, &len, error);
    free(path);
    return status;
}

int sr_homophones_new(const char *language, const struct sr_model_opts *models, struct sr_homophones **out,
                      struct sarai_error *error) {
    static const char *const tables[] = {"es/knowledge.tsv", "es/templates.tsv", "es/commands.txt",
                                         "es/turn_sentences.txt", "es/phrases.tsv"};
    enum { TABLES = sizeof tables / sizeof *tables };
    char *texts[TABLES] = {NULL};
    const char *read[TABLES];
    size_t count = 0;
    int status = SARAI_OK;
    *out = NULL;
    if (strcmp(language, "es") != 0)
        return SARAI_OK;
    for (size_t i = 0; i < TABLES && status >= 0; i++) {
        status = read_table(tables[i], models, &texts[i], error);
        if (texts[i])
            read[count++] = texts[i];
    }
    char *list = sr_path_model(models, "es-words/words.txt");
    if (status >= 0 && (status = list ? sr_homophones_of(read, count, list, out) : SARAI_ENOMEM) < 0)
        sr_error(error, status, "stt", "out of memory");
    free(list);
    for (size_t i = 0; i < TABLES; i++)
        free(texts[i]);
    return status;
}

/* ------------------------------------------------------------------------------------------------------ spelling -- */

/* The word that sounds like the one that was heard and is seen most; NULL: there is none. `itself`: that one is in the
 * tables. */
static const struct word *find(const struct sr_homophones *h, const char *folded, bool *itself) {
    const uint64_t sound = sound_of(folded), fold = sr_hash_text(SR_HASH_BEGIN, folded);
    const struct word *best = NULL;
    size_t low = 0, high = h->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (h->words[middle].sound < sound)
            low = middle + 1;
        else
            high = middle;
    }
    for (*itself = false; low < h->count && h->words[low].sound == sound; low++) {
        *itself |= h->words[low].fold == fold;
        if (!best || h->words[low].seen > best->seen)
            best = &h->words[low];
    }
    return strlen(folded) > SHORT_LETTERS ? best : NULL;
}

/* The list has no verb with pronouns behind it: "llamaos", "dámelo". */
static bool is_listed(const struct sr_word_list_es *list, const char *folded) {
    static const char *const pronouns[] = {"me", "te", "se", "nos", "os", "lo", "la", "los", "las", "le", "les"};
    char verb[WORD_MAX + 1];
    if (sr_word_list_es_has(list, folded))
        return true;
    for (size_t i = 0; i < sizeof pronouns / sizeof *pronouns; i++) {
        const size_t len = strlen(folded), tail = strlen(pronouns[i]);
        if (len <= tail || strcmp(folded + len - tail, pronouns[i]) != 0)
            continue;
        memcpy(verb, folded, len - tail);
        verb[len - tail] = '\0';
        if (is_listed(list, verb))
            return true;
    }
    return false;
}

/* The h that are not heard. */
static size_t silent(const char *folded) {
    size_t count = 0;
    for (const char *p = folded; *p; p++)
        count += *p == 'h' && (p == folded || p[-1] != 'c');
    return count;
}

/* The only word of the list that sounds like one that is not in it, not even when rr and z are r and s: of a short word
 * that may be two, and then neither is written. The list leaves out what has a k or a w, "kilo" and "web" too, so it
 * can't say that there is no such word; and nobody writes by ear an h that he can't hear. */
static bool find_in_list(const struct sr_homophones *h, const struct heard *heard, char found[WORD_MAX + 1]) {
    const char *folded = heard->folded;
    const bool lower = strncmp(heard->start, heard->lower, strlen(heard->lower)) == 0;
    if (!h->list || !lower || strlen(folded) <= SHORT_LETTERS || strpbrk(folded, "kw") || is_listed(h->list, folded))
        return false;
    struct sr_str sound = {0};
    sr_sound_es(folded, true, &sound);
    const bool one = !sound.failed && sr_word_list_es_sounding(h->list, sound.data, true, found) == 1;
    sr_str_deinit(&sound);
    return one && silent(found) >= silent(folded);
}

/* The accented vowel that was heard for the vowel `plain`, as the sound of that index; 0: none. */
static uint32_t accent_heard(const struct heard *heard, uint32_t plain, size_t sound) {
    const char *lower = heard->lower, *folded = heard->folded;
    const char *const lower_end = lower + strlen(lower), *const end = folded + strlen(folded);
    while (folded < end) {
        const size_t before = (size_t)(folded - heard->folded);
        const uint32_t letter = sr_utf8_next(&lower, lower_end), bare = sr_utf8_next(&folded, end);
        if (bare == plain && letter >= 0xE0 && letter < 0x100 &&
            sr_sound_es_count(heard->folded, before, true) == sound)
            return letter;
    }
    return 0;
}

/* A word of the list with the accents that were heard. */
static void add_accented(const char *word, const struct heard *heard, struct sr_str *out) {
    for (const char *p = word; *p; p++) {
        const size_t before = (size_t)(p - word);
        const uint32_t accented =
            sr_utf8_is_vowel(*p) ? accent_heard(heard, (unsigned char)*p, sr_sound_es_count(word, before, true)) : 0;
        if (accented)
            sr_utf8_add(out, accented);
        else
            sr_str_addc(out, *p);
    }
}

/* A word begins as it was heard, with a capital or without. */
static void add_spelled(const char *word, bool capital, struct sr_str *out) {
    const char *end = word + strlen(word);
    const uint32_t first = sr_utf8_next(&word, end);
    sr_utf8_add(out, capital ? sr_utf8_upper(first) : first);
    sr_str_adds(out, word);
}

bool sr_homophones_spell(const struct sr_homophones *h, const char *text, struct sr_str *out) {
    const char *p = text, *done = text, *const end = text + strlen(text);
    struct heard heard;
    char listed[WORD_MAX + 1];
    bool changed = false, begins = true; /* a sentence */
    while (h && next_word(&p, end, &heard)) {
        bool itself = false, glued = false;
        const struct word *word = heard.capital && !begins ? NULL : find(h, heard.folded, &itself);
        if (!word && begins && heard.folded[0] == 'i') /* "Ineptuno": "y" and the next word */
            glued = (word = find(h, heard.folded + 1, &itself));
        begins = p < end && strchr(".?!", *p);
        if (!glued && h->list && sr_word_list_es_has(h->list, heard.folded))
            continue;
        const bool of_list = !word && find_in_list(h, &heard, listed);
        if (!of_list && (!word || (itself && !glued)))
            continue;
        sr_str_add(out, done, (size_t)(heard.start - done));
        if (glued)
            sr_str_adds(out, heard.capital ? "Y " : "y ");
        if (of_list)
            add_accented(listed, &heard, out);
        else
            add_spelled(h->texts.data + word->text, heard.capital && !glued, out);
        done = p;
        changed = true;
    }
    sr_str_adds(out, done);
    return changed;
}
