/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spoken forms: any bytes are read, what is said of UTF-8 is UTF-8, a text without anything to read stays as it is. The
 * first byte chooses the language, the second how often the rest is repeated.
 */
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "text/normalize.h"

const unsigned fuzz_rounds = 2000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("numbers", "\0\0-1.234.567,89 007 98765432109876543210987654321098765432 1 000 000 3.er 2ª 1/600"),
    FUZZ_SEED("dates and times", "\0\0"
                                 "21/11/2026 2026-11-21 3 de mayo del 98 10:30 h 7.05 p. m. 12h02m00s utc+1:30"),
    FUZZ_SEED("money and measures", "\0\0"
                                    "1.234,50 € US$ 3 1 M€ 5 km/h 2 ½ l -5 \xC2\xB0"
                                    "C 3/5 mph 100 %"),
    FUZZ_SEED("addresses", "\0\0"
                           "a_b.c@d.es https://www.x.org/a?b=c +34 612 345 678 10.0.0.1 0-800-taxi ext. 5"),
    FUZZ_SEED("words", "\0\0"
                       "El Dr. Díaz, EE. UU., siglo XXI, Felipe VI, DNI, COVID-19, A4, 4x4 & 2+2=4"),
    FUZZ_SEED("English", "\1\0May 3rd, 1998 $5.50 1,234,567 10:30 a.m. No. 5 100 km/h"),
    FUZZ_SEED("broken bytes", "\0\3"
                              "1\xC2 2\xE2\x82 \xFF 3\xF0\x9F\x98\x80 \xC2\xA0"
                              "4"),
    FUZZ_SEED("a long run", "\0\377"
                            "1"),
    FUZZ_SEEDS_END,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sr_normalizer *languages[2];
    struct sr_str text = {0}, out = {0};
    struct sarai_error error = {0};
    if (!languages[0]) {
        FUZZ_CHECK(sr_normalizer_new(FUZZ_DATA, "es", &languages[0], &error) == SARAI_OK);
        FUZZ_CHECK(sr_normalizer_new(FUZZ_DATA, "en", &languages[1], &error) == SARAI_OK);
    }
    const struct sr_normalizer *normalizer = languages[fuzz_byte(&data, &size) % 2];
    const unsigned times = 1 + fuzz_byte(&data, &size);
    for (unsigned i = 0; i < times && text.len + size < 4000; i++)
        sr_str_add(&text, (const char *)data, size);
    FUZZ_CHECK(sr_normalize(normalizer, text.data ? text.data : "", text.len, &out) == SARAI_OK);
    FUZZ_CHECK(out.data && out.data[out.len] == '\0');
    if (sr_utf8_valid(text.data ? text.data : "", text.len))
        FUZZ_CHECK(sr_utf8_valid(out.data, out.len));
    sr_str_deinit(&text);
    sr_str_deinit(&out);
    return 0;
}
