/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes: decoding stays inside them, says what is valid, and folding is a fixed point. */
#include "base/utf8.h"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 800000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("spanish", "¿Qué  HORA es, señor Ñandú? ÁÉÍÓÚÜ ¡Ya! 10:30 «sí»"),
    FUZZ_SEED("combining accents", "e\xCC\x81l nin\xCC\x83o \xCC\x81"),
    FUZZ_SEED("overlong, surrogate, too large", "\xC0\x80\xE0\x80\x80\xED\xA0\x80\xF4\x90\x80\x80\xF8\x88"),
    FUZZ_SEED("cut off", "a\xF0\x9F\x98"),
    FUZZ_SEED("the replacement character itself", "x\xEF\xBF\xBDy"),
    FUZZ_SEED("other scripts", "Привет ΓΕΙΑ 你好 😀 İstanbul ŸŽŁ\0ß"),
    FUZZ_SEEDS_END,
};

static void check_fold(const char *text, size_t len) {
    struct sr_str once = {0}, twice = {0};
    sr_str_adds(&once, "before");
    sr_utf8_fold(text, len, &once);
    FUZZ_CHECK(!once.failed && strncmp(once.data, "before", 6) == 0);
    sr_str_shift(&once, 6);
    FUZZ_CHECK(sr_utf8_valid(once.data, once.len) && strlen(once.data) == once.len);
    FUZZ_CHECK(!strstr(once.data, "  ") && once.data[0] != ' ');
    FUZZ_CHECK(!once.len || once.data[once.len - 1] != ' ');
    sr_utf8_fold(once.data, once.len, &twice);
    FUZZ_CHECK(strcmp(once.data, twice.data) == 0);
    sr_str_deinit(&once);
    sr_str_deinit(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data, *end = text + size;
    struct sr_str again = {0};
    for (const char *p = text; p < end;) {
        const char *start = p;
        const uint32_t cp = sr_utf8_next(&p, end);
        FUZZ_CHECK(p > start && p <= end && p <= start + 4);
        FUZZ_CHECK(cp <= 0x10FFFF && (cp < 0xD800 || cp >= 0xE000));
        FUZZ_CHECK(sr_utf8_lower(sr_utf8_lower(cp)) == sr_utf8_lower(cp));
        sr_utf8_add(&again, cp);
    }
    const bool same = again.len == size && (!size || memcmp(again.data, text, size) == 0);
    FUZZ_CHECK(sr_utf8_valid(text, size) == same);
    FUZZ_CHECK(!again.len || sr_utf8_valid(again.data, again.len));
    sr_str_deinit(&again);
    check_fold(text, size);
    return 0;
}
