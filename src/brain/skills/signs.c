/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/utf8.h"
#include "brain/skills/skills.h"

/* The word of a sign in a sum: the rest of the variant "- menos". */
static size_t sign_word(const struct sr_skills *skills, char sign, const char **word) {
    const char *variant;
    size_t len;
    for (int i = 0; (len = sr_skills_variant(skills, "signs", i, &variant)); i++)
        if (len > 2 && variant[0] == sign) {
            *word = variant + 1;
            return len - 1;
        }
    return 0;
}

char *sr_skills_words_for_signs(const struct sr_skills *skills, const char *text) {
    struct sr_str out = {0};
    bool any = false, behind_figure = false;
    for (const char *p = text, *word; *p; p++) {
        const size_t len = behind_figure ? sign_word(skills, *p, &word) : 0;
        const char *next = p + 1 + strspn(p + 1, " ");
        if (len && sr_utf8_is_digit((unsigned char)*next)) {
            sr_str_add(&out, word, len);
            sr_str_addc(&out, ' ');
            any = true;
        } else {
            sr_str_addc(&out, *p);
        }
        behind_figure = sr_utf8_is_digit((unsigned char)*p) || (behind_figure && *p == ' ');
    }
    char *written = any && !out.failed ? sr_str_take(&out) : NULL;
    sr_str_deinit(&out);
    return written;
}
