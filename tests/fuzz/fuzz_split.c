/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sentence splitter: what comes out does not depend on how the text came in, nothing but spaces is lost, and no
 * clause is longer than its limit. The input: three limits, the time allowed, how the text
 * is cut, how often it is repeated, the text.
 */
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "text/split.h"

const unsigned fuzz_rounds = 3000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("sentences",
              "\0\0\0\0\1\0Hola. ¿Qué tal? El Sr. López vive en EE. UU. Luego, etc. Sí… «No.» J. R. Pérez."),
    FUZZ_SEED("clauses",
              "\14\40\74\31\3\0Un agujero negro es una región del espacio, y nada escapa; ni la luz — dicen."),
    FUZZ_SEED("broken bytes", "\3\16\24\4\2\0a\xC2. \xF0\x9F? Z\xFF! \"b\" (c) ... 7. 1. \xC2\xA0y"),
    FUZZ_SEED("signs without end", "\0\0\12\0\5\7.!?…)))\"\"''»»   \n\r\n ,,,;; ——"),
    FUZZ_SEED("a long stream", "\0\0\0\0\11\377Esto es una prueba de la memoria del divisor. "),
    FUZZ_SEED("a joint found just before taken text is forgotten",
              "\0\0\74\0\74\377palabra de muchas letras que nunca acaba en "),
    FUZZ_SEED("more signs than one look sees", "\0\0\124\0\0\0c................................ X"),
    FUZZ_SEEDS_END,
};

/* Every piece with its kind behind it, the text being given in steps of at most `step` bytes (0: at once). */
static void cut(struct sr_split *split, const struct sr_str *text, unsigned step, size_t max, unsigned allowed,
                struct sr_str *pieces) {
    uint32_t random = step;
    sr_split_reset(split);
    sr_split_allow(split, (int)allowed);
    for (size_t at = 0, len; at < text->len || at == 0; at += len) {
        random = random * 1664525u + 1013904223u;
        len = step ? 1 + (random >> 16) % step : text->len;
        len = len > text->len - at ? text->len - at : len;
        FUZZ_CHECK(len == 0 || sr_split_feed(split, text->data + at, len) == SARAI_OK);
        if (at + len == text->len)
            sr_split_flush(split);
        const char *piece;
        enum sr_split_end kind;
        while (sr_split_next(split, &piece, &kind) == 1) {
            size_t chars = 0, bytes = strlen(piece);
            for (const char *p = piece; p < piece + bytes; chars++)
                sr_utf8_next(&p, piece + bytes);
            FUZZ_CHECK(bytes && (!max || chars <= max));
            sr_str_addf(pieces, "%s%c", piece, "\1\2\3"[kind]);
        }
        if (text->len == 0)
            break;
    }
}

/* What is left without spaces and without the marks behind the pieces. */
static void squeeze(const struct sr_str *text, bool marks, struct sr_str *out) {
    for (const char *p = text->data, *end = text->len ? p + text->len : p; p < end;) {
        const uint32_t cp = sr_utf8_next(&p, end);
        if (!sr_utf8_is_space(cp) && !(marks && cp >= 1 && cp <= 3))
            sr_utf8_add(out, cp);
    }
    sr_str_adds(out, "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sr_str text = {0}, whole = {0}, streamed = {0}, given = {0}, got = {0};
    struct sr_split *split = NULL;
    const struct sr_split_limits limits = {.first_min = (int)fuzz_byte(&data, &size),
                                           .first_max = (int)fuzz_byte(&data, &size),
                                           .max = (int)fuzz_byte(&data, &size)};
    const unsigned allowed = fuzz_byte(&data, &size);
    const unsigned step = 1 + fuzz_byte(&data, &size), times = 1 + fuzz_byte(&data, &size);
    for (unsigned i = 0; i < times && text.len + size < 10000; i++)
        sr_str_add(&text, (const char *)data, size);
    for (size_t i = 0; i < text.len; i++)
        text.data[i] = (char)(text.data[i] >= 0 && text.data[i] <= 3 ? '.' : text.data[i]); /* the marks, and NUL */
    const bool limited = limits.first_min || limits.first_max || limits.max;
    FUZZ_CHECK(sr_split_new(limited ? &limits : NULL, NULL, &split, NULL) == SARAI_OK);
    cut(split, &text, 0, (size_t)limits.max, allowed, &whole);
    cut(split, &text, step, (size_t)limits.max, allowed, &streamed);
    FUZZ_CHECK(whole.len == streamed.len && (!whole.len || memcmp(whole.data, streamed.data, whole.len) == 0));
    squeeze(&text, false, &given);
    squeeze(&whole, true, &got);
    FUZZ_CHECK(strcmp(given.data, got.data) == 0);
    sr_split_free(split);
    sr_str_deinit(&text), sr_str_deinit(&whole), sr_str_deinit(&streamed);
    sr_str_deinit(&given), sr_str_deinit(&got);
    return 0;
}
