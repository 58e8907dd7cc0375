/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be read aloud of a model's text: it does not depend on how the text came in, is UTF-8, is not longer than
 * the text by more than the signs it adds, and holds no marks. The input: how it is cut, the text.
 */
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "text/plain.h"

const unsigned fuzz_rounds = 20000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("marks", "\1# Título\n\n**Hola** _a_ `b` ~~c~~ \\* 2 * 3\n- uno\n1. dos\n> tres\n---\n"),
    FUZZ_SEED("links", "\2[a](http://b.c/d) ![e](f) <https://g.h> https://www.i.j/k?l. [1] www.m.n\n"),
    FUZZ_SEED("code and thoughts", "\3x ```c\ny\n``` <think>z\n</think> ~~~\n<b>w</b> <|v|>"),
    FUZZ_SEED("a table", "\1| a | b |\n|---|:-:|\n| c | d |\n"),
    FUZZ_SEED("signs", "\1\xF0\x9F\x98\x80 \xE2\x9C\x93 \xE2\x80\xA2 a\xEF\xB8\x8F #b [x](y (z)) ``````a"),
    FUZZ_SEEDS_END,
};

/* In steps of at most `step` characters; 0: at once. */
static void read_plain(const struct sr_str *text, unsigned step, struct sr_str *out) {
    struct sr_plain plain = {0};
    const char *p = text->data, *end = text->data + text->len;
    uint32_t random = step;
    sr_str_adds(out, "");
    do {
        const char *from = p;
        random = random * 1664525u + 1013904223u;
        for (size_t left = step ? 1 + (random >> 16) % step : text->len; left && p < end; left--)
            sr_utf8_next(&p, end);
        FUZZ_CHECK(sr_plain_feed(&plain, from, (size_t)(p - from), p == end, out) == SARAI_OK);
    } while (p < end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sr_str text = {0}, whole = {0}, streamed = {0};
    const unsigned step = 1 + fuzz_byte(&data, &size) % 9;
    sr_str_adds(&text, "");
    for (const char *p = (const char *)data, *end = p + size; p < end;)
        sr_utf8_add(&text, sr_utf8_next(&p, end)); /* broken bytes become whole characters */
    read_plain(&text, 0, &whole);
    read_plain(&text, step, &streamed);
    FUZZ_CHECK(whole.len == streamed.len && memcmp(whole.data, streamed.data, whole.len) == 0);
    FUZZ_CHECK(sr_utf8_valid(whole.data, whole.len) && whole.len <= 2 * text.len + 2);
    FUZZ_CHECK(!strchr(whole.data, '`') && !strstr(whole.data, "  "));
    sr_str_deinit(&text), sr_str_deinit(&whole), sr_str_deinit(&streamed);
    return 0;
}
