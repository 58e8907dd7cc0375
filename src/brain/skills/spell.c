/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "brain/skills/skills.h"

/* The name of a letter: the rest of the variant "b be". */
static size_t letter_name(const struct sr_skills *skills, uint32_t letter, const char **name) {
    char bytes[4];
    const size_t size = sr_utf8_put(letter, bytes);
    const char *variant;
    size_t len;
    for (int i = 0; (len = sr_skills_variant(skills, "letters", i, &variant)); i++)
        if (len > size + 1 && memcmp(variant, bytes, size) == 0 && variant[size] == ' ') {
            *name = variant + size + 1;
            return len - size - 1;
        }
    return 0;
}

static const char *spell(const struct sr_skills *skills, struct sr_slots *s) {
    size_t used = 0;
    const char *p = s->word, *end = p + strlen(p), *name;
    while (p < end) {
        const size_t len = letter_name(skills, sr_utf8_lower(sr_utf8_next(&p, end)), &name);
        if (!len)
            continue;
        const int more = snprintf(s->text + used, sizeof s->text - used, "%s%.*s", used ? ", " : "", (int)len, name);
        if (more < 0 || used + (size_t)more >= sizeof s->text)
            return "too_large";
        used += (size_t)more;
    }
    return NULL;
}

const struct sr_skill sr_skills_spell[] = {{"spell", spell}, {NULL, NULL}};
