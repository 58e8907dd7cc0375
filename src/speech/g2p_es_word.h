/* SPDX-License-Identifier: Apache-2.0 */
/* One word of Spanish: letters to sounds, sounds to syllables, syllables to stress. Used by g2p_es.c. */
#ifndef SR_SPEECH_G2P_ES_WORD_H
#define SR_SPEECH_G2P_ES_WORD_H

#include "base/str.h"

#define SR_ES_LETTERS 64 /* a longer word is read in parts */

/** Sounds. Vowels first, then diphthongs that fall, then consonants. */
enum sr_es_sound {
    SR_ES_A,
    SR_ES_E,
    SR_ES_I,
    SR_ES_O,
    SR_ES_U,
    SR_ES_AI,
    SR_ES_EI,
    SR_ES_OI,
    SR_ES_AU,
    SR_ES_EU,
    SR_ES_LAST_VOWEL = SR_ES_EU,
    SR_ES_J,
    SR_ES_W,
    SR_ES_P,
    SR_ES_T,
    SR_ES_K,
    SR_ES_B,
    SR_ES_D,
    SR_ES_G,
    SR_ES_F,
    SR_ES_TH,
    SR_ES_S,
    SR_ES_X,
    SR_ES_CH,
    SR_ES_SH,
    SR_ES_TS,
    SR_ES_M,
    SR_ES_N,
    SR_ES_NY,
    SR_ES_NG,
    SR_ES_L,
    SR_ES_LL,
    SR_ES_R,
    SR_ES_RR,
    SR_ES_Y
};

struct sr_es_segment {
    unsigned char sound; /* enum sr_es_sound */
    bool acute;          /* a vowel with a written accent */
    bool weak;           /* i or u before the vowel of the same syllable, and yet a vowel: "cruel" */
    bool open;           /* the e of "gente" */
    char stress;         /* 0, 1 or 2 */
};

/** A letter in lower case without accents: a to z, and 'N' for ñ. */
struct sr_es_letter {
    char c;
    bool acute, diaeresis;
};

struct sr_es_word {
    struct sr_es_segment segments[2 * SR_ES_LETTERS];
    size_t count;
};

/** Reads the next letters of [*p, end) that are Latin, at most SR_ES_LETTERS; `*p` moves behind them. Combining accents
 *  belong to their letter. Returns how many. [any] */
size_t sr_es_letters(const char **p, const char *end, struct sr_es_letter letters[SR_ES_LETTERS]);
/** A Spanish mouth can say it: it has a vowel. */
bool sr_es_sayable(const struct sr_es_letter *letters, size_t count);
/** The sounds of a word with their stress. [any] */
void sr_es_word_read(const struct sr_es_letter *letters, size_t count, struct sr_es_word *word);
/** The stress of a word in a sentence: 0 none, 2 a weak one in place of the strong. */
void sr_es_word_weaken(struct sr_es_word *word, int stress);
/** Adds the IPA. `before` is the last sound before this word, `behind` the first one after it, -1 at a pause. Returns
 *  the last sound. */
int sr_es_word_say(const struct sr_es_word *word, int before, int behind, bool seseo, struct sr_str *out);

#endif
