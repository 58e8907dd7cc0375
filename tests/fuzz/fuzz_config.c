/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: "!KEY NUL VALUE" sets one, all else is a YAML file. What is refused changes nothing and says why; what is
 * taken reads back as itself. */
#include "engine/config.h"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 20000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("a file", "vad:\n  threshold: 0.25\n  backend: null\nstt:\n  # nothing\nturn: {end_ms: 700}\n"),
    FUZZ_SEED("texts", "brain:\n  language: \"e\\u0073\\0\"\n  templates: 'it''s'\n  phrases: |\n    one\n    two\n"),
    FUZZ_SEED("what is refused", "---\nvad: [1]\n...\n--- &a\ntts: !!str x\nllm: *a\n? {a: b}\n: c\n"),
    FUZZ_SEED("a key twice", "tts:\n  speed: 1\n  speed: 2\n"),
    FUZZ_SEED("a NUL byte in a name", "\"vad\\0x\":\n  \"threshold\\0y\": 0.5\n"),
    FUZZ_SEED("UTF-16", "\xff\xfev\0a\0d\0:\0\n\0"),
    FUZZ_SEED("a number", "!vad.threshold\0"
                          "1e-1"),
    FUZZ_SEED("too small a number", "!tts.speed\0"
                                    "1e-400"),
    FUZZ_SEED("a whole number", "!turn.max-turn_s\0+29"),
    FUZZ_SEED("a switch", "!tts.fallback\0off"),
    FUZZ_SEED("a mistyped key", "!vad.treshold\0"
                                "1"),
    FUZZ_SEEDS_END,
};

/* All values, each with a NUL behind it. */
static void print(const struct sarai_config *config, struct sr_str *out) {
    for (const struct sr_config_section *section = sr_config_sections; section->name; section++)
        for (const struct sr_opt *opt = section->table; opt->name; opt++) {
            sr_opt_print(opt, (const char *)config + section->offset, out);
            sr_str_addc(out, '\0');
        }
    FUZZ_CHECK(!out->failed);
}

/* Sets every value to what was printed of it. */
static void read_back(struct sarai_config *config, const char *text) {
    for (const struct sr_config_section *section = sr_config_sections; section->name; section++)
        for (const struct sr_opt *opt = section->table; opt->name; opt++, text += strlen(text) + 1)
            FUZZ_CHECK(sr_opt_set(opt, (char *)config + section->offset, text, "printed", NULL) == SARAI_OK);
}

static bool same(const struct sr_str *a, const struct sr_str *b) {
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sarai_config *config = NULL;
    struct sarai_error error = {0};
    struct sr_str before = {0}, after = {0}, again = {0};
    char *text = fuzz_text(data, size);
    const size_t key = strlen(text) + 1;
    FUZZ_CHECK(sarai_config_new(&config, NULL) == SARAI_OK);
    print(config, &before);
    const int rc = *text == '!' ? sarai_config_set(config, text + 1, key < size ? text + key : "", &error)
                                : sarai_config_load(config, fuzz_file(data, size), &error);
    print(config, &after);
    FUZZ_CHECK(rc == SARAI_OK || (same(&before, &after) && error.code == rc && error.where[0] && error.text[0]));
    read_back(config, after.data);
    print(config, &again);
    FUZZ_CHECK(same(&after, &again));
    sarai_config_free(config);
    sr_str_deinit(&before), sr_str_deinit(&after), sr_str_deinit(&again);
    free(text);
    return 0;
}
