/* SPDX-License-Identifier: Apache-2.0 */
/* What two texts agree on is the beginning of both; the texts are the lines of the input. */
#include "base/str.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "stt/agree.h"

const unsigned fuzz_rounds = 500000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("growing", "¿Qué hora\nque hora es"),
    FUZZ_SEED("other words", "uno dos tres\nuno doce tres"),
    FUZZ_SEED("no words", "... - \n - ..."),
    FUZZ_SEED("broken bytes", "\xFF\xC3 a\n\xC3\xFF a"),
    FUZZ_SEEDS_END,
};

static void fold(const char *text, size_t len, struct sr_str *out) {
    sr_utf8_fold(text, len, out);
    sr_str_adds(out, "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size), *now = strchr(text, '\n');
    if (now)
        *now++ = '\0';
    else
        now = text;
    const size_t len = sr_agree(text, now);
    struct sr_str before = {0}, agreed = {0};
    FUZZ_CHECK(len <= strlen(now) && (!len || now[len - 1] != ' ') && (!now[len] || now[len] == ' ' || !len));
    fold(text, strlen(text), &before);
    fold(now, len, &agreed);
    FUZZ_CHECK(strncmp(before.data, agreed.data, agreed.len) == 0);
    if (now == text)
        FUZZ_CHECK(agreed.len == before.len);
    sr_str_deinit(&before);
    sr_str_deinit(&agreed);
    free(text);
    return 0;
}
