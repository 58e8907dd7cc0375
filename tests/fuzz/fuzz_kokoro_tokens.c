/* SPDX-License-Identifier: Apache-2.0 */
/* IPA to token ids. "{...": a vocabulary file, asked about itself; else a byte for the language, then the IPA. */
#include "speech/kokoro_tokens.h"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 100000;

#define VOCABULARY                                                                                                         \
    "{\"vocab\": {\" \": 16, \"a\": 43, \"I\": 24, \"ʧ\": 133, \"ɹ\": 123, \"ˈ\": 156, \"“\": 14, \"e\": 47, \".\": " \
    "4}}"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("spanish", "0ˈa͡ɪ  t͡ʃe «a» ."),
    FUZZ_SEED("american", "1ɜːɹ ɜː ɪə ː ɚ ɾ ɐ ʔ r o"),
    FUZZ_SEED("british", "2e͡ə iə ɐ ʔ r"),
    FUZZ_SEED("cut signs and broken bytes", "1a͡\xC9 \xCD\xA1\xFF e\xCD"),
    FUZZ_SEED("a vocabulary", VOCABULARY),
    FUZZ_SEED("ids that are no ids", "{\"vocab\": {\"a\": 1e999, \"b\": -1e30, \"v\": -1, \"o\": 1.5, \"c\": \"x\"}}"),
    FUZZ_SEED("a vocabulary of odd keys",
              "{\"vocab\":{\"\":1,\"ab\":2,\"\\u0000\":3,\"a\":4,\"a\":5,\"\\ud83d\\ude00\":6}}"),
    FUZZ_SEEDS_END,
};

static void encode(const struct sr_kokoro_tokens *tokens, const char *language, const char *ipa) {
    static int64_t ids[SR_KOKORO_MAX_TOKENS];
    const size_t count = sr_kokoro_tokens_encode(tokens, language, ipa, ids);
    FUZZ_CHECK(count <= SR_KOKORO_MAX_TOKENS);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(ids[i] >= 0 && ids[i] <= INT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const languages[] = {"es", "en-us", "en-gb"};
    static struct sr_kokoro_tokens *tokens;
    struct sr_kokoro_tokens *own = NULL;
    char *text = fuzz_text(data, size);
    if (!tokens)
        FUZZ_CHECK(sr_kokoro_tokens_load(fuzz_file((const uint8_t *)VOCABULARY, sizeof VOCABULARY - 1), &tokens,
                                         NULL) == SARAI_OK);
    if (*text == '{' && sr_kokoro_tokens_load(fuzz_file(data, size), &own, NULL) == SARAI_OK)
        encode(own, "en-us", text);
    else if (*text)
        encode(tokens, languages[*(unsigned char *)text % 3], text + 1);
    sr_kokoro_tokens_free(own);
    free(text);
    return 0;
}
