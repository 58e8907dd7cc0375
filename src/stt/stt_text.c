/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/stt_text.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define MUSIC 0x266A /* the eighth note, and after it the beamed ones */
#define LONG_UNIT 3

void sr_stt_clean(const char *text, struct sr_str *out) {
    const char *p = text, *end = text + strlen(text);
    size_t before = out->len;
    int depth = 0;
    bool gap = false, said = false;
    while (p < end) {
        uint32_t cp = sr_utf8_next(&p, end);
        if (cp == '[' || cp == '(')
            depth++;
        else if ((cp == ']' || cp == ')') && depth > 0)
            depth--;
        else if (depth > 0 || (cp >= MUSIC && cp <= MUSIC + 2))
            continue;
        else if (sr_utf8_is_space(cp)) {
            gap = true;
        } else {
            if (gap && out->len > before)
                sr_str_addc(out, ' ');
            gap = false;
            said = said || sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp);
            sr_utf8_add(out, cp);
        }
    }
    if (!said && out->data) {
        out->len = before;
        out->data[before] = '\0';
    }
}

/* ------------------------------------------------------------------------------------------------- repetition -- */

struct word {
    size_t start, len; /* of its folded form */
    size_t end;        /* of the word in the text */
};

/* The words of `text`, folded into `folded`; malloc'd, NULL when out of memory. */
static struct word *split(const char *text, struct sr_str *folded, size_t *count) {
    struct word *words = calloc(strlen(text) / 2 + 1, sizeof *words);
    if (!words)
        return NULL;
    for (const char *p = text + strspn(text, " "); *p; p += strspn(p, " ")) {
        size_t bytes = strcspn(p, " "), start = folded->len;
        sr_utf8_fold(p, bytes, folded);
        p += bytes;
        if (folded->len > start)
            words[(*count)++] = (struct word){.start = start, .len = folded->len - start, .end = (size_t)(p - text)};
    }
    return words;
}

static bool same(const char *folded, struct word a, struct word b) {
    return a.len == b.len && memcmp(folded + a.start, folded + b.start, a.len) == 0;
}

bool sr_stt_repeats(const char *text, size_t *keep) {
    struct sr_str folded = {0};
    size_t count = 0;
    bool repeats = false;
    struct word *words = split(text, &folded, &count);
    for (size_t unit = 1; words && !folded.failed && unit <= count / 2 && !repeats; unit++) {
        size_t run = 0; /* words that equal the one a unit before them, from the end */
        while (run + unit < count && same(folded.data, words[count - 1 - run], words[count - 1 - run - unit]))
            run++;
        repeats = run >= unit * (unit >= LONG_UNIT ? 1 : 3);
        if (repeats)
            *keep = words[count - run - 1].end;
    }
    free(words);
    sr_str_deinit(&folded);
    return repeats;
}
