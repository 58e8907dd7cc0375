/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spanish phonemes: any bytes are read, what comes out is UTF-8 and no longer than a fixed number of bytes for each
 * letter, and reading a text twice gives the same. The first byte chooses the accent, the second how often the rest is
 * repeated.
 */
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "speech/g2p_es.h"

const unsigned fuzz_rounds = 15000;

#define BYTES_FOR_A_LETTER 24 /* "uve doble", spelled */

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("sentences", "\0\0Un yate, ¿y tú? «Sí» (creo)… La güera quería whisky—¡vale!"),
    FUZZ_SEED("hard words", "\1\0psicología obstáculo averiguáis xilófono cónyuge huyó muy y subrayar examen km www"),
    FUZZ_SEED("accents that combine", "\0\0n\xCC\x83 a\xCC\x81\xCC\x81 u\xCC\x88 \xCC\x81o"),
    FUZZ_SEED("other scripts", "\0\0"
                               "мир 你好 ñandú ß ø ł 12 ª º"),
    FUZZ_SEED("broken bytes", "\0\7a\xC3 \xF0\x9F \xFF\xFEo\xC2\xAD"),
    FUZZ_SEED("a word without end", "\0\377"
                                    "qui"),
    FUZZ_SEED("letters without a vowel", "\1\377"
                                         "wx"),
    FUZZ_SEEDS_END,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sr_g2p_es *accents[2];
    struct sr_str text = {0}, out = {0}, again = {0};
    struct sarai_error error = {0};
    for (int i = 0; i < 2 && !accents[1]; i++)
        FUZZ_CHECK(sr_g2p_es_new(FUZZ_DATA "/es", i, &accents[i], &error) == SARAI_OK);
    const struct sr_g2p_es *g2p = accents[fuzz_byte(&data, &size) % 2];
    const unsigned times = 1 + fuzz_byte(&data, &size);
    for (unsigned i = 0; i < times && text.len + size < 4000; i++)
        sr_str_add(&text, (const char *)data, size);
    sr_str_adds(&text, "");
    FUZZ_CHECK(sr_g2p_es(g2p, text.data, &out) == SARAI_OK);
    FUZZ_CHECK(sr_g2p_es(g2p, text.data, &again) == SARAI_OK);
    FUZZ_CHECK(out.len == again.len && (!out.len || memcmp(out.data, again.data, out.len) == 0));
    FUZZ_CHECK(sr_utf8_valid(out.data ? out.data : "", out.len));
    FUZZ_CHECK(out.len <= BYTES_FOR_A_LETTER * (text.len + 1));
    sr_str_deinit(&text), sr_str_deinit(&out), sr_str_deinit(&again);
    return 0;
}
