/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/agree.h"

#include <string.h>

#include "base/utf8.h"

/* The next word that holds a letter or digit, folded; false at the end. `*p` moves behind it. */
static bool next_word(const char **p, struct sr_str *word) {
    sr_str_clear(word);
    while (**p && word->len == 0 && !word->failed) {
        *p += strspn(*p, " ");
        const size_t len = strcspn(*p, " ");
        sr_utf8_fold(*p, len, word);
        *p += len;
    }
    return word->len > 0 && !word->failed;
}

size_t sr_agree(const char *before, const char *now) {
    struct sr_str a = {0}, b = {0};
    size_t agreed = 0;
    for (const char *p = now; next_word(&before, &a) && next_word(&p, &b) && strcmp(a.data, b.data) == 0;)
        agreed = (size_t)(p - now);
    sr_str_deinit(&a);
    sr_str_deinit(&b);
    return agreed;
}
