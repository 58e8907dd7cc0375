/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The text is read in stretches between punctuation signs, as a reader breathes: within one, the last word keeps its
 * stress whatever it is, small words before it lose theirs, and sounds look at their neighbors across the spaces. A
 * word is looked up in the table of foreign words, which says how a Spaniard would write what is said; one that nobody
 * can say is spelled.
 */
#include "speech/g2p_es.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "speech/g2p_es_word.h"
#include "text/lexicon.h"

struct sr_g2p_es {
    struct sr_lexicon *words;
    bool seseo;
};

/* A word that waits for the one behind it. */
struct pending {
    struct sr_es_word word;
    int weak; /* the stress it keeps before another word: 1 all of it; -1: it never has any */
    bool there;
};

struct reader {
    const struct sr_g2p_es *g2p;
    struct sr_str *out;
    struct pending pending;
    int before;  /* the last sound said, -1 after a pause */
    bool joined; /* the next word goes on without a space */
    bool inside; /* the name of a letter that has two words */
    bool said;   /* a word, at last */
    bool gap;    /* a space behind the word that waits */
};

int sr_g2p_es_new(const char *folder, bool seseo, struct sr_g2p_es **out, struct sarai_error *error) {
    static const char *const names[] = {"phonemes.tsv", "foreign.tsv"};
    struct sr_g2p_es *g2p = calloc(1, sizeof *g2p);
    if (!g2p)
        return sr_error(error, SARAI_ENOMEM, "phonemes", "out of memory");
    g2p->seseo = seseo;
    const int rc = sr_lexicon_load(folder, names, 2, &g2p->words, error);
    if (rc < 0)
        sr_g2p_es_free(g2p);
    else
        *out = g2p;
    return rc;
}

void sr_g2p_es_free(struct sr_g2p_es *g2p) {
    if (!g2p)
        return;
    sr_lexicon_free(g2p->words);
    free(g2p);
}

static void add_space(struct sr_str *out) {
    if (out->len && out->data[out->len - 1] != ' ')
        sr_str_addc(out, ' ');
}

/* Says the word that waits; `behind` is the first sound of the next one, -1 at a pause. */
static void say_pending(struct reader *reader, int behind) {
    struct pending *pending = &reader->pending;
    if (!pending->there)
        return;
    if (behind >= 0 && pending->weak != 1 && pending->weak >= 0)
        sr_es_word_weaken(&pending->word, pending->weak);
    reader->before = sr_es_word_say(&pending->word, reader->before, behind, reader->g2p->seseo, reader->out);
    pending->there = false;
}

/* The sounds of a word now wait; the one before it is said. */
static void queue(struct reader *reader, const struct sr_es_letter *letters, size_t count, int weak) {
    struct sr_es_word word;
    sr_es_word_read(letters, count, &word);
    if (!word.count)
        return;
    if (weak < 0)
        sr_es_word_weaken(&word, 0);
    /* An n is said before a written k as before g. */
    say_pending(reader, letters[0].c == 'k' ? SR_ES_NG : word.segments[0].sound);
    if (reader->before >= 0 && !reader->joined)
        add_space(reader->out);
    reader->joined = reader->gap = false;
    reader->pending = (struct pending){.word = word, .weak = weak, .there = true};
    reader->said = true;
}

static void queue_text(struct reader *reader, const char *text, size_t len, int weak, bool spelled) {
    struct sr_es_letter letters[SR_ES_LETTERS];
    for (const char *p = text, *end = text + len; p < end;) {
        const size_t count = sr_es_letters(&p, end, letters);
        if (!count) {
            sr_utf8_next(&p, end);
            continue;
        }
        queue(reader, letters, count, weak);
        /* The names of letters have an open e: efe, zeta. */
        struct sr_es_word *word = &reader->pending.word;
        for (size_t i = 0; spelled && i + 2 < word->count; i++)
            word->segments[i].open = word->segments[i].sound == SR_ES_E && word->segments[i].stress == 1;
    }
}

/* A word that can't be said: the names of its letters. */
static void spell(struct reader *reader, const char *text, size_t len) {
    for (const char *p = text, *end = text + len; p < end;) {
        const char *letter = p;
        sr_utf8_next(&p, end);
        const char *name = sr_lexicon_find(reader->g2p->words, SR_LEX_LETTER, letter, (size_t)(p - letter));
        for (const char *space; name; name = space ? space + 1 : NULL) {
            space = strchr(name, ' '); /* "uve doble" */
            reader->joined = letter > text && !reader->inside;
            queue_text(reader, name, space ? (size_t)(space - name) : strlen(name), space || p < end ? 2 : 1, true);
            reader->inside = space != NULL;
        }
    }
    reader->joined = false;
}

static int weakness(const struct sr_g2p_es *g2p, const char *text, size_t len) {
    const char *found = sr_lexicon_find(g2p->words, SR_LEX_WEAK, text, len);
    return found ? *found - '0' : 1;
}

static void read_word(struct reader *reader, const char *text, size_t len) {
    const struct sr_lexicon *words = reader->g2p->words;
    struct sr_es_letter letters[SR_ES_LETTERS];
    const char *p = text, *foreign = sr_lexicon_find(words, SR_LEX_FOREIGN, text, len);
    if (foreign) {
        queue_text(reader, foreign, strlen(foreign), 1, false);
        return;
    }
    const size_t count = sr_es_letters(&p, text + len, letters);
    if (p == text + len && count &&
        (!sr_es_sayable(letters, count) || (count == 1 && letters[0].c != 'y' && !strchr("aeiou", letters[0].c))))
        spell(reader, text, len);
    else if (p == text + len && count)
        queue(reader, letters, count, count == 1 && letters[0].c == 'y' ? -1 : weakness(reader->g2p, text, len));
    else
        queue_text(reader, text, len, 1, false);
}

static bool is_letter(uint32_t cp) {
    return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') ||
           (cp >= 0xC0 && cp < 0x180 && cp != 0xD7 && cp != 0xF7) || (cp >= 0x300 && cp < 0x370) || cp == 0xAD;
}

static bool is_digit(uint32_t cp) {
    return sr_utf8_is_digit(cp);
}

static bool is_sign(uint32_t cp) {
    return (cp < 0x80 && cp && strchr(".,:;!?\"()", (int)cp)) || cp == 0xA1 || cp == 0xBF || cp == 0x2014 ||
           cp == 0x2013 || cp == 0x2026 || cp == 0xAB || cp == 0xBB || cp == 0x201C || cp == 0x201D;
}

static void pause_at(struct reader *reader, uint32_t sign) {
    say_pending(reader, -1);
    if (reader->gap)
        add_space(reader->out);
    reader->gap = reader->joined = false;
    sr_utf8_add(reader->out, sign);
    reader->before = -1;
}

int sr_g2p_es(const struct sr_g2p_es *g2p, const char *text, struct sr_str *out) {
    struct reader reader = {.g2p = g2p, .out = out, .before = -1};
    const size_t start_len = out->len;
    const char *end = text + strlen(text);
    for (const char *p = text; p < end;) {
        const char *start = p;
        const uint32_t cp = sr_utf8_next(&p, end);
        if (is_letter(cp)) {
            while (p < end) {
                const char *next = p;
                if (!is_letter(sr_utf8_next(&next, end)))
                    break;
                p = next;
            }
            read_word(&reader, start, (size_t)(p - start));
        } else if (is_digit(cp)) {
            spell(&reader, start, (size_t)(p - start));
        } else if (is_sign(cp)) {
            pause_at(&reader, cp);
        } else if (reader.pending.there) {
            /* "folk-rock" is one breath. */
            const bool hyphen = cp == '-' && p < end && start > text && sr_utf8_is_letter((unsigned char)p[0]);
            reader.joined = hyphen && !reader.gap;
            reader.gap = !reader.joined;
        } else if (reader.before < 0) {
            add_space(out);
        }
    }
    say_pending(&reader, -1);
    sr_str_add(out, "", 0);
    if (!reader.said && out->data) /* signs alone */
        out->data[out->len = start_len] = '\0';
    const bool failed = out->failed;
    out->failed = false;
    return failed ? SARAI_ENOMEM : SARAI_OK;
}
