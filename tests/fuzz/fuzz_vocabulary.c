/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and its phrases as tokens: what can be encoded is a phrase that is known. */
#include "base/str.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "stt/known.h"
#include "stt/vocabulary.h"

const unsigned fuzz_rounds = 8000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("lists and phrases", "a: luz el_estor\nla {a}\n{a} {a} # c\nhola {prompt}\n"),
    FUZZ_SEED("lists that are not there", "{b}\n{\n}\nx {a\n: a\na:\n{a}"),
    FUZZ_SEED("too much", "a: 1 2 3 4 5 6 7 8 9 0\n{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}"),
    FUZZ_SEED("broken bytes", "\xFF\xC3\n\xC3\xA1 \xC3\x91\n"),
    FUZZ_SEED("capitals", "\xC3\xA1rbol\n\xC3\xBF\n\xC3\xB7\n\xC3\x9Fx\n"),
    FUZZ_SEEDS_END,
};

struct phrases {
    struct sr_known *known;
    char *some[16];
    size_t count;
};

static int add(void *user, const char *text) {
    struct phrases *phrases = user;
    FUZZ_CHECK(sr_utf8_valid(text, strlen(text)) && !strpbrk(text, "\n#"));
    FUZZ_CHECK(sr_known_add(phrases->known, text, (unsigned)phrases->count % 4) == SARAI_OK);
    if (*text && phrases->count < sizeof phrases->some / sizeof *phrases->some)
        phrases->some[phrases->count++] = sr_strdup(text);
    return phrases->count == 16 ? SARAI_ESTALE : SARAI_OK;
}

/* Bytes, then a few pairs. */
static const char *token(void *user, int id) {
    static char bytes[256][2];
    static const char *const pairs[] = {" l", "es", "to", "tor", " la"};
    (void)user;
    if (id >= 256)
        return pairs[id - 256];
    bytes[id][0] = (char)id;
    return bytes[id];
}

static const float *next(void *user, const int *path, size_t count, float *end) {
    static float log_probs[261];
    (void)user, (void)path, (void)count;
    for (int i = 0; i < 261; i++)
        log_probs[i] = -(float)(i % 7);
    *end = -1;
    return log_probs;
}

static float end(void *user, const int *path, size_t count) {
    (void)user, (void)path;
    return -1 - (float)count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct phrases phrases = {0};
    struct sr_bpe *bpe = NULL;
    struct sarai_error error = {0};
    struct sr_known_match match;
    const char *path = fuzz_file(data, size);
    FUZZ_CHECK(sr_bpe_new(token, NULL, 261, &bpe) == SARAI_OK && sr_known_new(bpe, &phrases.known) == SARAI_OK);
    const int status = sr_vocabulary_commands(path, "Ana,Iker", add, &phrases, &error);
    FUZZ_CHECK(status >= 0 || (error.code == status && error.text[0]));
    sr_known_sort(phrases.known);
    for (size_t i = 0; i < phrases.count; i++) {
        FUZZ_CHECK(sr_known_has(phrases.known, phrases.some[i]));
        (void)sr_known_may_be(phrases.some[i], phrases.some[phrases.count - 1]);
        free(phrases.some[i]);
    }
    if (sr_known_search(phrases.known, &(struct sr_known_scorer){next, next, end, NULL},
                        &(struct sr_known_limits){SR_KNOWN_BY_EVIDENCE, -40, 30}, &match))
        FUZZ_CHECK(match.count > 0 && match.count <= SR_KNOWN_TOKENS && match.log_prob >= -40);
    sr_known_free(phrases.known);
    sr_bpe_free(bpe);
    return 0;
}
