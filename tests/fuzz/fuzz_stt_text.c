/* SPDX-License-Identifier: Apache-2.0 */
/* What a recognizer writes: cleaning is a fixed point, and a repetition is cut at the end of a word. */
#include "stt/stt_text.h"

#include "base/utf8.h"
#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 800000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("stage directions", " [Música] ¿Qué hora es? (risas) ♪ la la ♫ "),
    FUZZ_SEED("brackets that do not match", "a ) b ] c ( d [ e ) f"),
    FUZZ_SEED("three words twice", "gracias por ver gracias por ver"),
    FUZZ_SEED("one word four times", "no, no No ¡no!"),
    FUZZ_SEED("nothing said", "... (aplausos) - ♪"),
    FUZZ_SEED("broken bytes", "\xFF\xC2 a\xE2\x99 b"),
    FUZZ_SEEDS_END,
};

static void check_clean(const char *text) {
    struct sr_str once = {0}, twice = {0};
    sr_stt_clean(text, &once);
    const char *clean = once.data ? once.data : "";
    FUZZ_CHECK(sr_utf8_valid(clean, strlen(clean)) && clean[0] != ' ' && !strstr(clean, "  "));
    FUZZ_CHECK(!once.len || clean[once.len - 1] != ' ');
    sr_stt_clean(clean, &twice);
    FUZZ_CHECK(once.len == twice.len && (!once.len || strcmp(clean, twice.data) == 0));
    sr_str_deinit(&once);
    sr_str_deinit(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    const size_t len = strlen(text);
    size_t keep = SIZE_MAX;
    check_clean(text);
    if (sr_stt_repeats(text, &keep)) {
        FUZZ_CHECK(keep > 0 && keep < len && text[keep] == ' ' && text[keep - 1] != ' ');
        text[keep] = '\0';
        check_clean(text);
    } else {
        FUZZ_CHECK(keep == SIZE_MAX);
    }
    free(text);
    return 0;
}
