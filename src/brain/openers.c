/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/openers.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"
#include "brain/templates.h"

#define WORDS_MAX 4 /* of one opening */

struct sr_openers {
    struct sr_templates *when;
    char *joined, *closing; /* variants */
};

static int take_row(void *user, int line, char **cells) {
    struct sr_openers *o = user;
    (void)line;
    char **kept = strcmp(cells[0], "joined") == 0 ? &o->joined : strcmp(cells[0], "closing") == 0 ? &o->closing : NULL;
    if (!kept)
        return SARAI_OK;
    if (*kept)
        return SARAI_EINPUT;
    *kept = sr_strdup(cells[1]);
    return *kept ? SARAI_OK : SARAI_ENOMEM;
}

int sr_openers_load(const char *path, struct sr_openers **out, struct sarai_error *error) {
    struct sr_openers *o = calloc(1, sizeof *o);
    int status = o ? SARAI_OK : sr_error(error, SARAI_ENOMEM, path, "out of memory");
    if (status >= 0)
        status = sr_table_read(path, 3, take_row, o, error);
    if (status >= 0 && (!o->joined || !o->closing))
        status = sr_error(error, SARAI_EINPUT, path, "needs the rows 'joined' and 'closing'");
    if (status >= 0)
        status = sr_templates_load_except(path, "joined|closing", &o->when, error);
    if (status < 0)
        sr_openers_free(o);
    else
        *out = o;
    return status < 0 ? status : SARAI_OK;
}

void sr_openers_free(struct sr_openers *o) {
    if (!o)
        return;
    sr_templates_free(o->when);
    free(o->joined);
    free(o->closing);
    free(o);
}

/* Where the first `words` words of `text` end; NULL when it has fewer, or nothing behind them. `*marked`: with a
 * comma, a stop or the like. */
static const char *after_words(const char *text, int words, bool *marked) {
    const char *p = text, *end = text + strlen(text), *last = text;
    bool inside = false;
    int count = 0;
    while (p < end) {
        const char *at = p;
        const uint32_t cp = sr_utf8_next(&p, end);
        const bool letter = sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp);
        if (letter && !inside && count++ == words) {
            *marked = false;
            for (const char *q = last; q < at; q++)
                *marked = *marked || strchr(",.;:!?", *q) || *q == '\xC2'; /* "¿" and "¡" begin so */
            while (at > last && (at[-1] == '\xBF' || at[-1] == '\xA1') && at[-2] == '\xC2')
                at -= 2; /* the rest keeps its opening mark */
            return at;
        }
        if (letter)
            last = p;
        inside = letter;
    }
    return NULL;
}

/* Is the end of a folded text one of the variants, as whole words? Its length. */
static size_t ends_with(const char *folded, const char *variants) {
    const size_t all = strlen(folded);
    const char *variant;
    size_t len, most = 0;
    while ((len = sr_table_variant(&variants, &variant))) {
        struct sr_str key = {0};
        sr_utf8_fold(variant, len, &key);
        if (!key.failed && key.len && key.len < all && key.len > most) {
            const bool same =
                memcmp(folded + all - key.len, key.data, key.len) == 0 && folded[all - key.len - 1] == ' ';
            most = same ? key.len : most;
        }
        sr_str_deinit(&key);
    }
    return most;
}

/* Is the next word one before which an unmarked opening has not ended? Accents tell "que" from "qué". */
static bool goes_on(const struct sr_openers *o, const char *rest) {
    const char *variants = o->joined, *variant;
    const size_t word = strcspn(rest, " ,.;:!?");
    for (size_t len; (len = sr_table_variant(&variants, &variant));)
        if (len == word && memcmp(variant, rest, len) == 0)
            return true;
    return false;
}

/* The longest opening of `text`: where the rest begins, or NULL. */
static const char *skip_opening(struct sr_openers *o, const char *text, char **say) {
    for (int words = WORDS_MAX; words > 0; words--) {
        bool marked = false;
        char *reply = NULL;
        const char *rest = after_words(text, words, &marked);
        char *first = rest ? sr_strndup(text, (size_t)(rest - text)) : NULL;
        const bool opens = first && sr_templates_match(o->when, first, &reply) && (marked || !goes_on(o, rest));
        free(first);
        if (opens && !*say && strcmp(reply, "-") != 0) {
            *say = reply;
            reply = NULL;
        }
        free(reply);
        if (opens)
            return rest;
    }
    return NULL;
}

/* Cuts "por favor" from the end; a question keeps its mark. */
static void cut_closing(const struct sr_openers *o, char *text) {
    char *folded = sr_utf8_folded(text, strlen(text));
    const size_t closing = folded ? ends_with(folded, o->closing) : 0;
    size_t words = closing > 0;
    for (const char *p = closing ? folded + strlen(folded) - closing : ""; *p; p++)
        words += *p == ' ';
    free(folded);
    if (!closing)
        return;
    const bool asks = strstr(text, "\xC2\xBF") != NULL;
    char *end = text + strlen(text);
    while (end > text && strchr(" .,!?;:", end[-1]))
        end--;
    for (; words && end > text; words--) {
        while (end > text && end[-1] != ' ' && end[-1] != ',')
            end--;
        while (end > text && strchr(" .,!;:", end[-1]))
            end--;
    }
    if (end == text)
        return;
    end[0] = asks && end[-1] != '?' ? '?' : '\0';
    end[1] = '\0';
}

char *sr_openers_strip(struct sr_openers *openers, const char *text, char **say) {
    const char *rest = text;
    *say = NULL;
    for (const char *next = text; openers && next; next = skip_opening(openers, rest, say))
        rest = next;
    char *left = sr_strdup(rest), *alone = NULL;
    if (left && openers && !sr_templates_match(openers->when, left, &alone))
        cut_closing(openers, left);
    free(alone);
    if (!left) {
        free(*say);
        *say = NULL;
    }
    return left;
}
