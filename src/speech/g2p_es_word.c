/* SPDX-License-Identifier: Apache-2.0 */
/* Syllables, stress, and the sounds that depend on their neighbors. */
#include "speech/g2p_es_word.h"

#include <string.h>

static bool is_vowel(const struct sr_es_segment *segment) {
    return segment->sound <= SR_ES_LAST_VOWEL;
}

/* ------------------------------------------------------------------------------------------------------- stress -- */

/* The segments that are vowels, in order. A weak one counts as a syllable of its own, but not when it is decided where
 * the strong stress is. */
struct syllables {
    size_t at[2 * SR_ES_LETTERS];
    size_t count;
};

static void find_syllables(const struct sr_es_word *word, size_t from, size_t to, struct syllables *syllables) {
    syllables->count = 0;
    for (size_t i = from; i < to; i++)
        if (is_vowel(&word->segments[i]))
            syllables->at[syllables->count++] = i;
}

static bool is_weak(const struct sr_es_word *word, const struct syllables *syllables, size_t i) {
    return word->segments[syllables->at[i]].weak;
}

/* The syllable with the strong stress: the accent's, else the last but one behind a vowel, n or s, else the last. */
static size_t strong(const struct sr_es_word *word, const struct syllables *syllables, bool penultimate) {
    for (size_t i = 0; i < syllables->count; i++)
        if (word->segments[syllables->at[i]].acute)
            return i;
    size_t i = syllables->count - 1;
    if (penultimate && i) {
        i--;
        if (is_weak(word, syllables, i) && i)
            i--;
        else if (is_weak(word, syllables, i))
            i++;
    }
    return i;
}

/* Every second syllable from the first one on has a weak stress, up to the strong one and not beside it; and every
 * second one behind it but the last. A close vowel before another one has none and passes it on. */
static void stress(struct sr_es_word *word, size_t from, size_t to, bool penultimate) {
    struct syllables syllables;
    find_syllables(word, from, to, &syllables);
    if (!syllables.count)
        return;
    const size_t primary = strong(word, &syllables, penultimate);
    word->segments[syllables.at[primary]].stress = 1;
    for (size_t i = 0; i + 1 < primary; i += 2) {
        i += is_weak(word, &syllables, i);
        if (i + 1 < primary)
            word->segments[syllables.at[i]].stress = 2;
    }
    for (size_t i = primary + 2; i + 1 < syllables.count; i += 2)
        word->segments[syllables.at[i]].stress = 2;
}

/* The e of "gente" is open: stressed without a written accent, before an n that another consonant follows. */
static void open_e(struct sr_es_word *word, size_t from, size_t to) {
    for (size_t i = from; i + 2 < to; i++) {
        struct sr_es_segment *segment = &word->segments[i];
        segment->open = segment->sound == SR_ES_E && segment->stress == 1 && !segment->acute &&
                        (segment[1].sound == SR_ES_N || segment[1].sound == SR_ES_NG) && segment[2].sound > SR_ES_W;
    }
}

static size_t vowels(const struct sr_es_word *word, size_t to) {
    size_t count = 0;
    for (size_t i = 0; i < to; i++)
        count += is_vowel(&word->segments[i]);
    return count;
}

void sr_es_sounds(const struct sr_es_letter *letters, size_t count, struct sr_es_word *word);

static bool ends_in(const struct sr_es_letter *letters, size_t count, const char *ending) {
    const size_t len = strlen(ending);
    if (count < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (letters[count - len + i].c != ending[i] || letters[count - len + i].acute)
            return false;
    return true;
}

/* Behind which letters the last syllable but one is the strong one: a vowel, and n, m or s behind a vowel. */
static bool is_penultimate(const struct sr_es_letter *letters, size_t count) {
    while (count > 1 && letters[count - 1].c == 'h' && letters[count - 2].c != 's')
        count--;
    const char last = letters[count - 1].c, before = count > 1 ? letters[count - 2].c : 'x';
    if (strchr("aeiou", last))
        return true;
    if (last == 'y' || (last == 'g' && before == 'n'))
        return last == 'g' || !strchr("aeiou", before);
    return strchr("nm", last) ? strchr("aeiou", before) != NULL : last == 's' && strchr("aeioun", before);
}

void sr_es_word_read(const struct sr_es_letter *letters, size_t count, struct sr_es_word *word) {
    sr_es_sounds(letters, count, word);
    /* An adverb in -mente keeps the stress of its adjective. */
    const size_t stem = word->count > 5 && ends_in(letters, count, "mente") ? word->count - 5 : 0;
    if (stem && vowels(word, stem) > 1) {
        stress(word, 0, stem, is_penultimate(letters, count - 5));
        open_e(word, 0, stem);
        stress(word, stem, word->count, true);
    } else {
        stress(word, 0, word->count, is_penultimate(letters, count));
        open_e(word, 0, word->count);
    }
}

void sr_es_word_weaken(struct sr_es_word *word, int stress) {
    for (size_t i = 0; i < word->count; i++)
        if (word->segments[i].stress == 1) {
            word->segments[i].stress = (char)stress;
            word->segments[i].open = false;
        }
}

/* ------------------------------------------------------------------------------------------------------- sounds -- */

static bool is_nasal(int sound) {
    return sound == SR_ES_M || sound == SR_ES_N || sound == SR_ES_NY || sound == SR_ES_NG;
}

static bool is_stop(int sound) {
    return sound >= SR_ES_P && sound <= SR_ES_G;
}

/* b, d and g are stops after a pause or a nasal, before another stop or a nasal, and before a pause; else they flow. */
static bool flows(int sound, int before, int behind) {
    if (before < 0 || is_nasal(before))
        return false;
    if (behind < 0)
        return false;
    if (sound == SR_ES_D && (behind == SR_ES_B || behind == SR_ES_L))
        return behind == SR_ES_B;
    if (sound == SR_ES_G && behind == SR_ES_T)
        return true;
    return !is_stop(behind) && !is_nasal(behind);
}

static const char *ipa(int sound) {
    static const char *const signs[] = {
        [SR_ES_A] = "a",   [SR_ES_E] = "e",   [SR_ES_I] = "i",   [SR_ES_O] = "o",   [SR_ES_U] = "u",
        [SR_ES_AI] = "a͡ɪ", [SR_ES_EI] = "e͡ɪ", [SR_ES_OI] = "o͡ɪ", [SR_ES_AU] = "a͡ʊ", [SR_ES_EU] = "e͡ʊ",
        [SR_ES_J] = "j",   [SR_ES_W] = "w",   [SR_ES_P] = "p",   [SR_ES_T] = "t",   [SR_ES_K] = "k",
        [SR_ES_B] = "b",   [SR_ES_D] = "d",   [SR_ES_G] = "ɡ",   [SR_ES_F] = "f",   [SR_ES_TH] = "θ",
        [SR_ES_S] = "s",   [SR_ES_X] = "x",   [SR_ES_CH] = "t͡ʃ", [SR_ES_SH] = "ʃ",  [SR_ES_TS] = "t͡s",
        [SR_ES_M] = "m",   [SR_ES_N] = "n",   [SR_ES_NY] = "ɲ",  [SR_ES_NG] = "ŋ",  [SR_ES_L] = "l",
        [SR_ES_LL] = "ʎ",  [SR_ES_R] = "ɾ",   [SR_ES_RR] = "r",  [SR_ES_Y] = "ʝ"};
    return signs[sound];
}

static const char *say_consonant(int sound, int before, int behind, bool inside, bool seseo) {
    switch (sound) {
    case SR_ES_B:
        return flows(sound, before, behind) ? "β" : "b";
    case SR_ES_D:
        /* "me duele", "Balduino" */
        if (behind == SR_ES_W && (!inside || before == SR_ES_L))
            return "d";
        return flows(sound, before, behind) ? "ð" : "d";
    case SR_ES_G:
        return flows(sound, before, behind) ? "ɣ" : "ɡ";
    case SR_ES_N:
        if (behind == SR_ES_B || behind == SR_ES_P || behind == SR_ES_F)
            return "m";
        return behind == SR_ES_G || behind == SR_ES_NG || (behind == SR_ES_X && inside) ? "ŋ" : "n";
    case SR_ES_P:
        return behind == SR_ES_T && inside ? "pː" : "p";
    case SR_ES_Y:
        return before == SR_ES_N && !inside ? "d͡ʒ" : "ʝ";
    case SR_ES_TH:
        return seseo ? "s" : "θ";
    case SR_ES_LL:
        return seseo ? "ʝ" : "ʎ";
    default:
        return ipa(sound);
    }
}

int sr_es_word_say(const struct sr_es_word *word, int before, int behind, bool seseo, struct sr_str *out) {
    for (size_t i = 0; i < word->count; i++) {
        const struct sr_es_segment *segment = &word->segments[i];
        const bool first = i == 0, last = i + 1 == word->count;
        if (segment->stress)
            sr_str_adds(out, segment->stress == 1 ? "ˈ" : "ˌ");
        if (is_vowel(segment)) {
            sr_str_adds(out, segment->open ? "ɛ" : ipa(segment->sound));
            continue;
        }
        /* At the end of a word, or before its last s, b, d and g flow only into a vowel. */
        int next = last ? behind : word->segments[i + 1].sound;
        if ((last && segment->sound != SR_ES_N && next > SR_ES_LAST_VOWEL) || (next == SR_ES_S && i + 2 == word->count))
            next = -1;
        const int previous = first ? before : word->segments[i - 1].sound;
        const bool inside = segment->sound == SR_ES_Y || segment->sound == SR_ES_D ? !first : !last;
        sr_str_adds(out, say_consonant(segment->sound, previous, next, inside, seseo));
    }
    return word->count ? word->segments[word->count - 1].sound : before;
}
