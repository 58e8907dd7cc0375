/* SPDX-License-Identifier: Apache-2.0 */
/* How something is said: five styles, and the one that a sentence asks for by its words. */
#ifndef SR_TEXT_STYLE_H
#define SR_TEXT_STYLE_H

#include "base/status.h"

enum sr_style {
    SR_STYLE_AUTO, /* what the text asks for */
    SR_STYLE_NORMAL,
    SR_STYLE_EXPRESSIVE,
    SR_STYLE_MONOTONE,
    SR_STYLE_URGENT,
    SR_STYLE_CALM,
    SR_STYLES
};

/** What a style does to a voice. */
struct sr_style_effect {
    const char *en, *es; /* its names, variants between bars */
    float speed;         /* as MeloTTS counts it, whose normal is 1.2; see sr_style_pace */
    float melody;        /* of how far its pitch moves, 1 = as it does by itself */
    float variety;       /* of the noise that makes a VITS voice vary its sounds and their lengths */
};

/** The effect of a style; that of SR_STYLE_AUTO changes nothing. [any] */
const struct sr_style_effect *sr_style_effect(enum sr_style style);
/** How fast a style is said: 1 is the voice's own pace, that of SR_STYLE_NORMAL, at which it was trained and is
 *  understood best; the others are as much faster or slower as their speeds say. [any] */
float sr_style_pace(enum sr_style style);
/** The style of a name in English or Spanish ("auto" too; case, accents, '_' and '-' don't matter). SARAI_EUSAGE, with
 *  the names, for any other. [any] */
int sr_style_find(const char *name, enum sr_style *out, struct sarai_error *error);

/** The cues of a language: words and signs by which a sentence asks for a style. */
struct sr_style_cues;

/** Reads a table of two columns, a style's name and its cues, '|' between them: words and phrases, a sign ("!"), or
 *  ">30" for sentences of more words. The first row that fits wins. The caller owns `*out`. [init] */
int sr_style_cues_load(const char *path, struct sr_style_cues **out, struct sarai_error *error);
void sr_style_cues_free(struct sr_style_cues *cues);

/** `hint` when there is one, else the style that the sentence asks for, else SR_STYLE_NORMAL. `cues` may be NULL.
 *  [any] */
enum sr_style sr_style_of(const struct sr_style_cues *cues, const char *text, enum sr_style hint);

#endif
