/* SPDX-License-Identifier: Apache-2.0 */
/* From a text of any kind to phonemes, as the speech stage does it: sentences, spoken forms, sounds. */
#include "speech/g2p_es.h"

#include "base/utf8.h"
#include "support/test.h"
#include "text/normalize.h"
#include "text/split.h"

#include <time.h>

struct reading {
    struct sr_split *split;
    struct sr_normalizer *normalizer;
    struct sr_g2p_es *g2p;
};

static char *source_file(const char *rest) {
    const char *source = getenv("SARAI_TEST_SOURCE");
    char *path = sr_asprintf("%s/%s", source ? source : ".", rest);
    assert_non_null(path);
    return path;
}

static int setup(void **state) {
    static struct reading reading;
    const struct sr_split_limits limits = {.first_min = 12, .first_max = 16, .max = 140};
    char *data = source_file("data"), *es = source_file("data/es"), *table = source_file("data/es/abbreviations.txt");
    assert_int_equal(sr_split_new(&limits, table, &reading.split, NULL), SARAI_OK);
    assert_int_equal(sr_normalizer_new(data, "es", &reading.normalizer, NULL), SARAI_OK);
    assert_int_equal(sr_g2p_es_new(es, false, &reading.g2p, NULL), SARAI_OK);
    free(data), free(es), free(table);
    *state = &reading;
    return 0;
}

static int teardown(void **state) {
    struct reading *reading = *state;
    sr_split_free(reading->split);
    sr_normalizer_free(reading->normalizer);
    sr_g2p_es_free(reading->g2p);
    return 0;
}

/* The bytes of phonemes of the whole text. */
static size_t read_text(struct reading *reading, const char *text, size_t len) {
    struct sr_str spoken = {0}, ipa = {0};
    const char *piece;
    enum sr_split_end end;
    size_t bytes = 0;
    sr_split_reset(reading->split);
    assert_int_equal(sr_split_feed(reading->split, text, len), SARAI_OK);
    sr_split_flush(reading->split);
    while (sr_split_next(reading->split, &piece, &end) == 1) {
        sr_str_clear(&spoken);
        sr_str_clear(&ipa);
        assert_int_equal(sr_normalize(reading->normalizer, piece, strlen(piece), &spoken), SARAI_OK);
        assert_int_equal(sr_g2p_es(reading->g2p, spoken.data, &ipa), SARAI_OK);
        assert_true(sr_utf8_valid(ipa.data ? ipa.data : "", ipa.len));
        bytes += ipa.len;
    }
    sr_str_deinit(&spoken);
    sr_str_deinit(&ipa);
    return bytes;
}

static uint32_t next(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* A piece of a random text: Spanish, numbers, any character, controls, emoji, broken bytes. */
static void add_random(struct sr_str *text, uint32_t *seed) {
    static const char *const parts[] = {"la ",    "1.234,50 € ", "El Dr. ",  "21/11/2026", " 10:30 h",
                                        "España", "¿qué? ",      "EE. UU. ", "www.a.es",   "½",
                                        " km/h ", "XXI ",        "\n",       "\t",         "\x01",
                                        "\x7F",   "\xC2",        "\xF0\x9F", "😀",          "👩‍👩‍👧",
                                        "\u202E", "\u0301",      "\uFEFF",   "你好",       "мир",
                                        "שלום",   "ﷺ",           "+34 6",    "a@b.c",      "(((",
                                        "…",      "«",           "»",        "-",          "°",
                                        "ñ"};
    switch (next(seed) % 4) {
    case 0:
        sr_utf8_add(text, 1 + next(seed) % 0xD7FF);
        break;
    case 1:
        sr_str_addc(text, (char)(1 + next(seed) % 255));
        break;
    case 2:
        sr_str_addf(text, "%u", next(seed) % 100000);
        break;
    default:
        sr_str_adds(text, parts[next(seed) % (sizeof parts / sizeof *parts)]);
    }
}

static void ten_thousand_random_texts_are_read(void **state) {
    uint32_t seed = 7;
    for (int round = 0; round < 10000; round++) {
        struct sr_str text = {0};
        const uint32_t parts = next(&seed) % 40;
        for (uint32_t i = 0; i < parts; i++)
            add_random(&text, &seed);
        read_text(*state, text.data ? text.data : "", text.len);
        sr_str_deinit(&text);
    }
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double time_of(struct reading *reading, size_t bytes, uint32_t seed) {
    struct sr_str text = {0};
    while (text.len < bytes)
        add_random(&text, &seed);
    const double before = seconds();
    assert_true(read_text(reading, text.data, text.len) > 0);
    sr_str_deinit(&text);
    return seconds() - before;
}

/* Ten times the text takes at most thirty times as long. */
static void a_hundred_kilobytes_take_time_in_proportion(void **state) {
    for (uint32_t seed = 1; seed < 4; seed++) {
        const double small = time_of(*state, 10000, seed), large = time_of(*state, 100000, seed);
        if (large > 30 * small + 0.05)
            fail_msg("%.3f s for 10 kB, %.3f s for 100 kB", small, large);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_random_texts_are_read),
        cmocka_unit_test(a_hundred_kilobytes_take_time_in_proportion),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
