/* SPDX-License-Identifier: Apache-2.0 */
#include "text/sound_es.h"

#include <string.h>

#include "base/utf8.h"

#define LONG_SOUNDS 6     /* of a name; one of them may be misheard */
#define MANY_CONSONANTS 4 /* of a name; with all of them it is known by its consonants */

/* The sound of the letters at `p`, and how many they are; 0: none. */
static char sound(const char *p, bool loose, size_t *taken) {
    const bool soft = p[1] == 'e' || p[1] == 'i', soft_u = p[1] == 'u' && (p[2] == 'e' || p[2] == 'i');
    *taken = 1;
    switch (p[0]) {
    case 'h':
        return 0;
    case 'v':
        return 'b';
    case 'c':
        *taken = p[1] == 'h' ? 2 : 1;
        return p[1] == 'h' ? 'C' : !soft ? 'k' : loose ? 's' : 'z';
    case 'z':
        return loose ? 's' : 'z';
    case 'q':
        *taken = soft_u ? 2 : 1;
        return 'k';
    case 'g':
        *taken = soft_u ? 2 : 1;
        return soft ? 'j' : 'g';
    case 'l':
        *taken = p[1] == 'l' ? 2 : 1;
        return p[1] == 'l' ? 'y' : 'l';
    case 'r':
        *taken = loose && p[1] == 'r' ? 2 : 1;
        return 'r';
    case 'm':
        return p[1] == 'b' || p[1] == 'p' || p[1] == 'v' ? 'n' : 'm';
    case 'y':
        return p[1] ? 'y' : 'i';
    default:
        return p[0];
    }
}

void sr_sound_es(const char *folded, bool loose, struct sr_str *out) {
    for (size_t taken; *folded; folded += taken) {
        const char c = sound(folded, loose, &taken);
        if (c)
            sr_str_addc(out, c);
    }
}

size_t sr_sound_es_count(const char *folded, size_t len, bool loose) {
    size_t count = 0;
    for (size_t at = 0, taken; at < len; at += taken)
        count += sound(folded + at, loose, &taken) != 0;
    return count;
}

/* Reads the letters before `end` against the sounds `*wanted`; both move behind what was read. */
static bool follow(const char **letters, const char *end, bool loose, const char **wanted) {
    for (size_t taken; *letters < end; *letters += taken) {
        const char c = sound(*letters, loose, &taken);
        if (c && c != *(*wanted)++)
            return false;
    }
    return true;
}

bool sr_sound_es_is(const char *folded, bool loose, const char *wanted) {
    return follow(&folded, folded + strlen(folded), loose, &wanted) && !*wanted;
}

bool sr_sound_es_begins(const char *letters, bool loose, const char *wanted) {
    static const char behind[][2] = {"", "a", "e", "b", "h", "l"}; /* what changes the sound of a letter */
    const size_t len = strlen(letters);
    if (len > 2 && !follow(&letters, letters + len - 2, loose, &wanted))
        return false;
    const size_t left = strlen(letters);
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
        char word[2 + sizeof *behind + 1] = ""; /* a letter is read with the two behind it */
        const char *from = word, *rest = wanted;
        memcpy(word, letters, left);
        memcpy(word + left, behind[i], sizeof *behind);
        if (follow(&from, word + left, loose, &rest))
            return true;
    }
    return false;
}

/* How many consonants two sounds have, if they are the same ones in the same order; else 0. */
static int same_consonants(const char *a, const char *b) {
    int count = 0;
    for (;; a++, b++, count++) {
        while (sr_utf8_is_vowel(*a))
            a++;
        while (sr_utf8_is_vowel(*b))
            b++;
        if (*a != *b)
            return 0;
        if (!*a)
            return count;
    }
}

/* Sounds in which a long name differs from what was heard, SR_SOUND_FAR when they are too many. Vowels are misheard
 * first. */
static unsigned distance(const char *name, const char *heard) {
    const unsigned edits = sr_edit_distance(name, heard);
    return edits <= 1 || (edits == 2 && same_consonants(name, heard) >= MANY_CONSONANTS) ? edits : SR_SOUND_FAR;
}

/* Between vowels these are no more than a breath; "j" is how "ll" may be written. */
static bool is_breath(const char *p) {
    return *p && strchr("bdgjy", *p) && sr_utf8_is_vowel(p[1]);
}

/* Do two sounds differ in nothing but breaths ("paella", "paheja", "padella")? */
static bool same_but_breaths(const char *a, const char *b) {
    for (bool after_vowel = false;; after_vowel = sr_utf8_is_vowel(*a++), b++) {
        a += after_vowel && is_breath(a);
        b += after_vowel && is_breath(b);
        if (*a != *b)
            return false;
        if (!*a)
            return true;
    }
}

unsigned sr_sound_es_apart(const char *name, const char *heard) {
    const size_t len = strlen(name), heard_len = strlen(heard), more = heard_len > len ? heard_len - len : 0;
    const bool glued = heard[0] == 'i' || heard[0] == 'y';
    if (more <= 2 && strcmp(name, heard + more) == 0)
        return more > 0;
    if (same_but_breaths(name, heard))
        return 1;
    const unsigned near = len >= LONG_SOUNDS ? distance(name, heard) : SR_SOUND_FAR,
                   behind = glued ? distance(name, heard + 1) : SR_SOUND_FAR;
    return near < behind ? near : behind;
}
