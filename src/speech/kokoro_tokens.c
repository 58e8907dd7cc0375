/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/kokoro_tokens.h"

#include "base/str.h"
#include "base/utf8.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONFIG_BYTES (1u << 20)

struct token {
    uint32_t cp;
    int64_t id;
};

struct sr_kokoro_tokens {
    size_t count;
    struct token rows[]; /* sorted by code point */
};

/* Kokoro writes diphthongs and affricates as one letter. Longer ones first. */
struct replacement {
    const char *from, *to;
};

static const struct replacement common[] = {{"a͡ɪ", "I"}, {"a͡ʊ", "W"}, {"e͡ɪ", "A"}, {"o͡ʊ", "O"}, {"ə͡ʊ", "Q"},
                                            {"ɔ͡ɪ", "Y"}, {"d͡z", "ʣ"}, {"d͡ʒ", "ʤ"}, {"s͡s", "S"}, {"t͡s", "ʦ"},
                                            {"t͡ʃ", "ʧ"}, {"«", "“"},  {"»", "”"},  {"–", "—"},  {NULL, NULL}};
/* Its English was transcribed with other signs than espeak-ng's. */
static const struct replacement american[] = {{"ɜːɹ", "ɜɹ"}, {"ɜː", "ɜɹ"}, {"ɪə", "iə"}, {"ː", ""},
                                              {"ɚ", "əɹ"},   {"ɾ", "T"},   {"ɐ", "ə"},   {"ʔ", "t"},
                                              {"r", "ɹ"},    {"o", "ɔ"},   {NULL, NULL}};
static const struct replacement british[] = {{"e͡ə", "ɛː"}, {"iə", "ɪə"}, {"ɐ", "ə"},
                                             {"ʔ", "t"},   {"r", "ɹ"},   {NULL, NULL}};

static int by_cp(const void *a, const void *b) {
    const struct token *x = a, *y = b;
    return x->cp < y->cp ? -1 : x->cp > y->cp;
}

static int64_t id_of(const struct sr_kokoro_tokens *tokens, uint32_t cp) {
    const struct token key = {.cp = cp};
    const struct token *row = bsearch(&key, tokens->rows, tokens->count, sizeof key, by_cp);
    return row ? row->id : -1;
}

int sr_kokoro_tokens_load(const char *path, struct sr_kokoro_tokens **out, struct sarai_error *error) {
    char *text = NULL;
    size_t len;
    cJSON *config = NULL;
    struct sr_kokoro_tokens *tokens = NULL;
    int rc = sr_read_file(path, MAX_CONFIG_BYTES, &text, &len, error);
    if (rc < 0)
        return rc;
    config = cJSON_ParseWithLength(text, len);
    const cJSON *vocabulary = cJSON_GetObjectItemCaseSensitive(config, "vocab"), *item;
    if (!cJSON_IsObject(vocabulary)) {
        rc = sr_error(error, SARAI_EMODEL, path, "no \"vocab\" object in it; run: sarai models pull kokoro");
        goto out;
    }
    tokens = calloc(1, sizeof *tokens + (size_t)cJSON_GetArraySize(vocabulary) * sizeof *tokens->rows);
    if (!tokens) {
        rc = sr_error(error, SARAI_ENOMEM, path, "out of memory");
        goto out;
    }
    cJSON_ArrayForEach(item, vocabulary) {
        const char *p = item->string, *end = p + strlen(p);
        if (p == end || !cJSON_IsNumber(item))
            continue;
        const uint32_t cp = sr_utf8_next(&p, end);
        if (p == end)
            tokens->rows[tokens->count++] = (struct token){cp, item->valueint};
    }
    qsort(tokens->rows, tokens->count, sizeof *tokens->rows, by_cp);
    *out = tokens;
out:
    cJSON_Delete(config);
    free(text);
    return rc;
}

void sr_kokoro_tokens_free(struct sr_kokoro_tokens *tokens) {
    free(tokens);
}

static const struct replacement *find(const struct replacement *table, const char *at) {
    for (; table && table->from; table++)
        if (strncmp(at, table->from, strlen(table->from)) == 0)
            return table;
    return NULL;
}

size_t sr_kokoro_tokens_encode(const struct sr_kokoro_tokens *tokens, const char *language, const char *ipa,
                               int64_t ids[SR_KOKORO_MAX_TOKENS]) {
    const struct replacement *english = strcmp(language, "en-gb") == 0    ? british
                                        : strncmp(language, "en", 2) == 0 ? american
                                                                          : NULL;
    const int64_t space = id_of(tokens, ' ');
    size_t count = 0;
    for (const char *p = ipa, *end = ipa + strlen(ipa); p < end;) {
        const struct replacement *found = find(common, p);
        if (!found)
            found = find(english, p);
        const char *sign = found ? found->to : p, *sign_end = found ? sign + strlen(sign) : end;
        p += found ? strlen(found->from) : 0;
        while (sign < sign_end) {
            const int64_t id = id_of(tokens, sr_utf8_next(&sign, sign_end));
            if (!found)
                p = sign;
            if (id >= 0 && (id != space || (count && ids[count - 1] != space))) {
                if (count == SR_KOKORO_MAX_TOKENS)
                    goto full;
                ids[count++] = id;
            }
            if (!found)
                break;
        }
    }
    return count;
full:
    while (count && ids[count - 1] != space)
        count--;
    return count ? count : SR_KOKORO_MAX_TOKENS;
}
