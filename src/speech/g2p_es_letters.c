/* SPDX-License-Identifier: Apache-2.0 */
/* From letters to sounds: consonants first, then what becomes of i and u beside other vowels. */
#include <string.h>

#include "base/utf8.h"
#include "speech/g2p_es_word.h"

/* The base letters of U+00E0 to U+017F; a blank has none of its own. */
static const char bases[] = "aaaaaaaceeeeiiiidnooooo ouuuuyty"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrr"
                            "ssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static bool add_letter(struct sr_es_letter *letters, size_t *count, uint32_t cp) {
    cp = sr_utf8_lower(cp);
    struct sr_es_letter letter = {.c = (char)cp};
    if (cp == 0xF1)
        letter.c = 'N';
    else if (cp == 0xE7)
        letter.c = 's';
    else if (cp >= 0xE0 && cp < 0x180)
        letter.c = bases[cp - 0xE0];
    else if (cp == 0xDF)
        letter.c = 's';
    else if (cp < 'a' || cp > 'z')
        return false;
    letter.acute = cp == 0xE1 || cp == 0xE9 || cp == 0xED || cp == 0xF3 || cp == 0xFA;
    letter.diaeresis = cp == 0xFC;
    if (letter.c != ' ')
        letters[(*count)++] = letter;
    return letter.c != ' ';
}

size_t sr_es_letters(const char **p, const char *end, struct sr_es_letter letters[SR_ES_LETTERS]) {
    size_t count = 0;
    while (*p < end && count < SR_ES_LETTERS) {
        const char *next = *p;
        const uint32_t cp = sr_utf8_next(&next, end);
        if (cp == 0x301 && count)
            letters[count - 1].acute = true;
        else if (cp == 0x303 && count && letters[count - 1].c == 'n')
            letters[count - 1].c = 'N';
        else if (cp == 0x308 && count && letters[count - 1].c == 'u')
            letters[count - 1].diaeresis = true;
        else if (!(cp >= 0x300 && cp < 0x370 && count) && cp != 0xAD && !add_letter(letters, &count, cp))
            break;
        *p = next;
    }
    return count;
}

bool sr_es_sayable(const struct sr_es_letter *letters, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (sr_utf8_is_vowel(letters[i].c) || (letters[i].c == 'y' && i))
            return true;
    return count == 1 && letters[0].c == 'y';
}

/* ---------------------------------------------------------------------------------------------------- consonants -- */

/* What stands between letters and sounds: a consonant, or a vowel letter that is still to find its place. */
struct token {
    unsigned char sound;
    bool vowel, acute, full; /* full: never a glide */
    bool apart;              /* an h stands before it */
    bool y;
};

struct tokens {
    struct token list[2 * SR_ES_LETTERS];
    size_t count;
};

static void put(struct tokens *tokens, enum sr_es_sound sound) {
    tokens->list[tokens->count++] = (struct token){.sound = (unsigned char)sound};
}

static void put_vowel(struct tokens *tokens, const struct sr_es_letter *letter, bool apart) {
    static const char letters[] = "aeiou";
    const char *found = letter->c == 'y' ? letters + 2 : strchr(letters, letter->c);
    tokens->list[tokens->count++] = (struct token){.sound = (unsigned char)(found - letters),
                                                   .vowel = true,
                                                   .acute = letter->acute,
                                                   .full = letter->acute || letter->diaeresis,
                                                   .apart = apart,
                                                   .y = letter->c == 'y'};
}

/* The letter at `i`, or NUL outside the word. */
static char at(const struct sr_es_letter *letters, size_t count, size_t i) {
    return i < count ? letters[i].c : '\0';
}

static bool is_soft(char c) {
    return c == 'e' || c == 'i' || c == 'y';
}

/* The consonant at `i`: adds its sound and returns how many letters it took. */
static size_t put_consonant(struct tokens *tokens, const struct sr_es_letter *letters, size_t count, size_t i) {
    const char c = letters[i].c, next = at(letters, count, i + 1), after = at(letters, count, i + 2);
    const char before = i ? letters[i - 1].c : '\0';
    switch (c) {
    case 'b':
    case 'v':
        put(tokens, SR_ES_B);
        return 1;
    case 'c':
        if (next == 'h')
            return put(tokens, SR_ES_CH), 2;
        if (next == 'k')
            return put(tokens, SR_ES_K), 2;
        return put(tokens, is_soft(next) ? SR_ES_TH : SR_ES_K), 1;
    case 'd':
        put(tokens, SR_ES_D);
        return 1;
    case 'f':
        put(tokens, SR_ES_F);
        return 1;
    case 'g':
        if (next == 'u' && (after == 'e' || after == 'i') && !letters[i + 1].diaeresis && !letters[i + 1].acute)
            return put(tokens, SR_ES_G), 2;
        if (before == 'n' && (!next || (next == 's' && !after)))
            return tokens->list[tokens->count - 1].sound = SR_ES_NG, 1;
        return put(tokens, is_soft(next) ? SR_ES_X : SR_ES_G), 1;
    case 'j':
        put(tokens, SR_ES_X);
        return 1;
    case 'k':
        put(tokens, SR_ES_K);
        return 1;
    case 'l':
        if (next == 'l')
            return put(tokens, SR_ES_LL), 2;
        return put(tokens, SR_ES_L), 1;
    case 'm':
        if (next == 'n' && !i)
            return put(tokens, SR_ES_N), 2;
        return put(tokens, SR_ES_M), 1;
    case 'n':
        if (next == 'y' && sr_utf8_is_vowel(after))
            return put(tokens, SR_ES_NY), 2;
        /* Before a written k it is as before g, before c and q it is not. */
        return put(tokens, next == 'k' ? SR_ES_NG : SR_ES_N), 1;
    case 'N':
        put(tokens, SR_ES_NY);
        return 1;
    case 'p':
        if (next == 'h')
            return put(tokens, SR_ES_F), 2;
        if (!i && (next == 's' || next == 't' || next == 'n'))
            return 1;
        return put(tokens, SR_ES_P), 1;
    case 'q':
        put(tokens, SR_ES_K);
        return next == 'u' && (after == 'e' || after == 'i') ? 2 : 1;
    case 'r':
        if (next == 'r')
            return put(tokens, SR_ES_RR), 2;
        return put(tokens, !i || (next && strchr("nls", before)) ? SR_ES_RR : SR_ES_R), 1;
    case 's':
        if (next == 'h' && (!i || i + 2 == count))
            return put(tokens, SR_ES_SH), 2;
        return put(tokens, SR_ES_S), 1;
    case 't':
        put(tokens, SR_ES_T);
        return 1;
    case 'w':
        put(tokens, SR_ES_W);
        return 1;
    case 'x':
        if (i)
            put(tokens, SR_ES_K);
        return put(tokens, SR_ES_S), 1;
    case 'y':
        put(tokens, SR_ES_Y);
        return 1;
    case 'z':
        if (next == 'z')
            return put(tokens, SR_ES_TS), 2;
        return put(tokens, SR_ES_TH), 1;
    default:
        return 1; /* h */
    }
}

static void tokenize(const struct sr_es_letter *letters, size_t count, struct tokens *tokens) {
    tokens->count = 0;
    for (size_t i = 0; i < count;) {
        const char c = letters[i].c;
        const bool y = c == 'y' && !sr_utf8_is_vowel(at(letters, count, i + 1));
        /* The g of "gn" and the u of "gue" are gone with their consonant. */
        if (c == 'g' && !i && at(letters, count, 1) == 'n') {
            i++;
        } else if (sr_utf8_is_vowel(c) || y) {
            put_vowel(tokens, &letters[i], i && letters[i - 1].c == 'h');
            i++;
        } else {
            i += put_consonant(tokens, letters, count, i);
        }
    }
}

/* -------------------------------------------------------------------------------------------------------- vowels -- */

static bool is_close(const struct token *token) {
    return token->vowel && (token->sound == SR_ES_I || token->sound == SR_ES_U);
}

/* i and u stay vowels before a vowel where the liquid before them needs one: behind a group ("cliente", "cruel"),
 * behind rr and ll and at the beginning ("rueda", "luis"), and u behind any l or r ("evaluar", "ciruela"). */
static bool is_hard(const struct tokens *tokens, size_t i) {
    if (!i || tokens->list[i - 1].vowel)
        return false;
    const unsigned char sound = tokens->list[i - 1].sound;
    if (sound == SR_ES_RR || sound == SR_ES_LL)
        return true;
    if (sound != SR_ES_L && sound != SR_ES_R)
        return false;
    return i == 1 || tokens->list[i].sound == SR_ES_U || !tokens->list[i - 2].vowel;
}

static void add(struct sr_es_word *word, int sound, bool acute, bool weak) {
    word->segments[word->count++] = (struct sr_es_segment){.sound = (unsigned char)sound, .acute = acute, .weak = weak};
}

/* The diphthong of a full vowel and a close one behind it; -1 when they make none. */
static int falling(int vowel, int close) {
    if (close == SR_ES_I)
        return vowel == SR_ES_A ? SR_ES_AI : vowel == SR_ES_E ? SR_ES_EI : vowel == SR_ES_O ? SR_ES_OI : -1;
    return vowel == SR_ES_A ? SR_ES_AU : vowel == SR_ES_E ? SR_ES_EU : -1;
}

static void place_vowel(const struct tokens *tokens, size_t i, struct sr_es_word *word) {
    const struct token *token = &tokens->list[i];
    const bool joined = i + 1 < tokens->count && tokens->list[i + 1].vowel && !tokens->list[i + 1].apart;
    struct sr_es_segment *last = word->count ? &word->segments[word->count - 1] : NULL;
    const bool behind = i && tokens->list[i - 1].vowel && !token->apart && last && last->sound <= SR_ES_U;
    if (!is_close(token) || token->full) {
        add(word, token->sound, token->acute, false);
        return;
    }
    if (behind && !last->acute) {
        const int both = falling(last->sound, token->sound);
        if (both >= 0 && !last->weak) {
            last->sound = (unsigned char)both;
            return;
        }
        if (last->sound == SR_ES_O && token->sound == SR_ES_U) {
            add(word, SR_ES_W, false, false);
            return;
        }
        if (last->sound == SR_ES_U && token->y) {
            add(word, SR_ES_J, false, false);
            return;
        }
    }
    /* "muy" */
    const bool before_y = joined && tokens->list[i + 1].y && token->sound == SR_ES_U;
    if (!joined || tokens->list[i + 1].sound == token->sound || before_y) {
        add(word, token->sound, false, false);
        return;
    }
    if (is_hard(tokens, i))
        add(word, token->sound, false, true);
    else
        add(word, token->sound == SR_ES_I ? SR_ES_J : SR_ES_W, false, false);
}

void sr_es_sounds(const struct sr_es_letter *letters, size_t count, struct sr_es_word *word);
void sr_es_sounds(const struct sr_es_letter *letters, size_t count, struct sr_es_word *word) {
    struct tokens tokens;
    tokenize(letters, count, &tokens);
    word->count = 0;
    for (size_t i = 0; i < tokens.count; i++) {
        if (tokens.list[i].vowel)
            place_vowel(&tokens, i, word);
        else
            add(word, tokens.list[i].sound, false, false);
    }
}
