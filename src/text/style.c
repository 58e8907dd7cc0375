/* SPDX-License-Identifier: Apache-2.0 */
#include "text/style.h"

#include "base/table.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static const struct sr_style_effect effects[SR_STYLES] = {
    [SR_STYLE_AUTO] = {"auto|automatic", "automático", 1.2f, 1, 1},
    [SR_STYLE_NORMAL] = {"normal", "normal", 1.2f, 1, 1},
    [SR_STYLE_EXPRESSIVE] = {"expressive|very expressive", "expresivo|muy expresivo|expresiva", 1.3f, 1.6f, 1.2f},
    [SR_STYLE_MONOTONE] = {"monotone", "monótono|monótona", 1, 0.3f, 0.3f},
    [SR_STYLE_URGENT] = {"urgent", "urgente", 1.5f, 1.2f, 0.8f},
    [SR_STYLE_CALM] = {"calm", "calmado|tranquilo|calmada|tranquila", 0.9f, 0.8f, 0.7f},
};

const struct sr_style_effect *sr_style_effect(enum sr_style style) {
    return &effects[style < SR_STYLES ? style : SR_STYLE_AUTO];
}

float sr_style_pace(enum sr_style style) {
    return sr_style_effect(style)->speed / effects[SR_STYLE_NORMAL].speed;
}

/* `name`, folded, is one of the variants. */
static bool is_named(const char *names, const char *name) {
    const char *variant;
    size_t len;
    bool same = false;
    while (!same && (len = sr_table_variant(&names, &variant)) > 0) {
        struct sr_str folded = {0};
        sr_utf8_fold(variant, len, &folded);
        same = folded.len && strcmp(folded.data, name) == 0;
        sr_str_deinit(&folded);
    }
    return same;
}

int sr_style_find(const char *name, enum sr_style *out, struct sarai_error *error) {
    struct sr_str folded = {0};
    int style = SR_STYLES;
    sr_utf8_fold(name, strlen(name), &folded);
    for (int i = 0; i < SR_STYLES && folded.len && style == SR_STYLES; i++)
        if (is_named(effects[i].en, folded.data) || is_named(effects[i].es, folded.data))
            style = i;
    sr_str_deinit(&folded);
    if (style == SR_STYLES)
        return sr_error(error, SARAI_EUSAGE, "tts.style",
                        "there is no style '%.40s'; there are: auto, normal, expressive, monotone, urgent, calm", name);
    *out = (enum sr_style)style;
    return SARAI_OK;
}

/* -------------------------------------------------------------------------------------------------------- cues -- */

struct cue {
    enum sr_style style;
    char sign;    /* '!', or '\0' */
    int words;    /* the sentence has more than so many, or 0 */
    char *phrase; /* folded, a space on both sides, or NULL */
};

struct sr_style_cues {
    struct cue *cues;
    size_t count;
};

struct reading {
    struct sr_style_cues *cues;
    const char *path;
    struct sarai_error *error;
};

/* " lo siento ", so that a word is found whole. */
static char *spaced(const char *text, size_t len) {
    struct sr_str folded = {0};
    sr_utf8_fold(text, len, &folded);
    char *out = folded.failed ? NULL : sr_asprintf(" %s ", folded.data ? folded.data : "");
    sr_str_deinit(&folded);
    return out;
}

static int add_cue(struct sr_style_cues *cues, enum sr_style style, const char *text, size_t len) {
    struct cue *grown = realloc(cues->cues, (cues->count + 1) * sizeof *grown), cue = {.style = style};
    if (!grown)
        return SARAI_ENOMEM;
    cues->cues = grown;
    if (len == 1 && strchr("!?", text[0]))
        cue.sign = text[0];
    else if (text[0] == '>')
        cue.words = (int)strtol(text + 1, NULL, 10);
    else if (!(cue.phrase = spaced(text, len)))
        return SARAI_ENOMEM;
    grown[cues->count++] = cue;
    return SARAI_OK;
}

static int add_row(void *user, int line, char **cells) {
    struct reading *reading = user;
    enum sr_style style;
    const char *cell = cells[1], *variant;
    size_t len;
    int rc = sr_style_find(cells[0], &style, NULL);
    if (rc < 0)
        return sr_error(reading->error, SARAI_EINPUT, reading->path, "line %d: there is no style '%.40s'", line,
                        cells[0]);
    while (rc == SARAI_OK && (len = sr_table_variant(&cell, &variant)) > 0)
        rc = add_cue(reading->cues, style, variant, len);
    return rc < 0 ? sr_error(reading->error, rc, reading->path, "out of memory") : SARAI_OK;
}

int sr_style_cues_load(const char *path, struct sr_style_cues **out, struct sarai_error *error) {
    struct sr_style_cues *cues = calloc(1, sizeof *cues);
    if (!cues)
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    struct reading reading = {.cues = cues, .path = path, .error = error};
    const int rc = sr_table_read(path, 2, add_row, &reading, error);
    if (rc < 0)
        sr_style_cues_free(cues);
    else
        *out = cues;
    return rc < 0 ? rc : SARAI_OK;
}

void sr_style_cues_free(struct sr_style_cues *cues) {
    if (!cues)
        return;
    for (size_t i = 0; i < cues->count; i++)
        free(cues->cues[i].phrase);
    free(cues->cues);
    free(cues);
}

static int words_in(const char *folded) {
    int words = 0;
    for (; *folded; folded++)
        words += folded[0] == ' ' && folded[1] != ' ' && folded[1] != '\0';
    return words;
}

enum sr_style sr_style_of(const struct sr_style_cues *cues, const char *text, enum sr_style hint) {
    enum sr_style style = SR_STYLE_NORMAL;
    if (hint != SR_STYLE_AUTO || !cues)
        return hint != SR_STYLE_AUTO ? hint : style;
    char *folded = spaced(text, strlen(text));
    for (size_t i = 0; folded && i < cues->count && style == SR_STYLE_NORMAL; i++) {
        const struct cue *cue = &cues->cues[i];
        if (cue->sign     ? strchr(text, cue->sign) != NULL
            : cue->phrase ? strstr(folded, cue->phrase) != NULL
                          : words_in(folded) > cue->words)
            style = cue->style;
    }
    free(folded);
    return style;
}
