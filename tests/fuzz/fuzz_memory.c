/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the memory: a passage is found by its own words, and what is found is scored from 0 to 1. */
#include "memory/memory.h"

#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "model/paths.h"

const unsigned fuzz_rounds = 8000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("a question", "¿Cuál es la capital de Francia?"),
    FUZZ_SEED("the language of queries", "\"a* OR capital\" NEAR(francia paris, 3) AND NOT id:x ^{names text} : -+"),
    FUZZ_SEED("a quote that is not closed", "francia\" OR 1=1; DROP TABLE passage; --"),
    FUZZ_SEED("small words only", "de la que el y a"),
    FUZZ_SEED("other scripts", "Привет 你好 ſtraße \xE2\x84\xAA 😀 à̀"),
    FUZZ_SEED("broken bytes", "fran\xC3 cia\xFF \xED\xA0\x80"),
    FUZZ_SEEDS_END,
};

static struct sr_words *words;
static struct sr_memory *memory;

static void open_once(void) {
    if (memory)
        return;
    char *path = sr_path_share(NULL, "es/small_words.txt");
    FUZZ_CHECK(path && sr_words_load(path, &words, NULL) == SARAI_OK);
    free(path);
    FUZZ_CHECK(sr_memory_open(NULL, words, NULL, &memory, NULL) == SARAI_OK);
    FUZZ_CHECK(sr_memory_add(memory, "fr", "Francia", "La capital de Francia es París.", NULL) == SARAI_OK);
}

static int check_passage(void *user, const struct sr_passage *passage) {
    FUZZ_CHECK(passage->id && passage->names && passage->text && passage->score >= 0 && passage->score <= 1);
    *(bool *)user = *(bool *)user || strcmp(passage->id, "own") == 0;
    return 0;
}

/* ASCII with a word that carries a topic; the tokens of other scripts are SQLite's own affair. */
static bool must_be_found(const char *text) {
    struct sr_str folded = {0};
    bool ascii = true;
    for (const char *p = text; *p; p++)
        ascii = ascii && *p > 0;
    sr_utf8_fold(text, strlen(text), &folded);
    const char *p = folded.data, *word;
    const bool wordy = sr_words_next(words, &p, &word) > 0;
    sr_str_deinit(&folded);
    return ascii && wordy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    open_once();
    char *text = fuzz_text(data, size);
    bool found = false;
    FUZZ_CHECK(sr_memory_search(memory, text, 1, check_passage, &found) <= 1);
    FUZZ_CHECK(sr_memory_add(memory, "own", "mine", text, NULL) == SARAI_OK);
    FUZZ_CHECK(sr_memory_search(memory, text, 8, check_passage, &found) <= 8);
    FUZZ_CHECK(found || !must_be_found(text));
    FUZZ_CHECK(sr_memory_add(memory, "own", "mine", "", NULL) == SARAI_OK);
    free(text);
    return 0;
}
