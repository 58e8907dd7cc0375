/* SPDX-License-Identifier: Apache-2.0 */
#include "text/split.h"

#include "support/failing_alloc.h"
#include "support/test.h"

#include <cjson/cJSON.h>

static char *source_file(const char *rest) {
    const char *source = getenv("SARAI_TEST_SOURCE");
    char *path = sr_asprintf("%s/%s", source ? source : ".", rest);
    assert_non_null(path);
    return path;
}

static struct sr_split *splitter(const struct sr_split_limits *opts, const char *table) {
    struct sr_split *split = NULL;
    struct sarai_error error = {0};
    char *path = table ? source_file(table) : NULL;
    if (sr_split_new(opts, path, &split, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    free(path);
    return split;
}

/* The pieces joined by '|', clauses marked with a '~' behind, joints with a '^'; fed `step` bytes at a time; with time
 * for `allowed` characters in each but the first. */
static char *pieces(struct sr_split *split, const char *text, int allowed, size_t step) {
    struct sr_str out = {0};
    const size_t len = strlen(text);
    const char *piece;
    enum sr_split_end end;
    sr_str_add(&out, "", 0);
    sr_split_reset(split);
    sr_split_allow(split, allowed);
    for (size_t i = 0; i <= len; i += step) {
        assert_int_equal(sr_split_feed(split, text + i, len - i < step ? len - i : step), SARAI_OK);
        if (len - i <= step)
            sr_split_flush(split);
        while (sr_split_next(split, &piece, &end) == 1)
            sr_str_addf(&out, "%s%s%s", out.len ? "|" : "", piece,
                        end == SR_SPLIT_CLAUSE  ? "~"
                        : end == SR_SPLIT_JOINT ? "^"
                                                : "");
        if (len - i <= step)
            break;
    }
    return sr_str_take(&out);
}

static void check_in_time(struct sr_split *split, const char *text, int allowed, const char *expected) {
    char *whole = pieces(split, text, allowed, SIZE_MAX / 2);
    assert_string_equal(whole, expected);
    for (size_t step = 1; step < 8; step++) {
        char *streamed = pieces(split, text, allowed, step);
        assert_string_equal(streamed, expected);
        free(streamed);
    }
    free(whole);
}

static void check(struct sr_split *split, const char *text, const char *expected) {
    check_in_time(split, text, 0, expected);
}

static void spanish_sentences_are_cut_where_they_end(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"Hola. ¿Qué tal? ¡Bien!", "Hola.|¿Qué tal?|¡Bien!"},
        {"El Sr. López y la Dra. Ruiz viven en EE. UU. desde hace años. Sí.",
         "El Sr. López y la Dra. Ruiz viven en EE. UU. desde hace años.|Sí."},
        {"Viaja a EE. UU. Luego vuelve.", "Viaja a EE. UU.|Luego vuelve."},
        {"Fruta, p. ej. peras, manzanas, etc. Nada más.", "Fruta, p. ej. peras, manzanas, etc.|Nada más."},
        {"Cuesta 3.14 o 1.000 euros. Vale.", "Cuesta 3.14 o 1.000 euros.|Vale."},
        {"A las 10:30 h. empezamos. Vale.", "A las 10:30 h. empezamos.|Vale."},
        {"Lo escribió J. R. R. Tolkien. Felipe V. Después vino otro.",
         "Lo escribió J. R. R. Tolkien.|Felipe V.|Después vino otro."},
        {"Toma vitamina C. Luego descansa.", "Toma vitamina C.|Luego descansa."},
        {"Mira www.ejemplo.org/a.b?c=d. Escribe a yo@ejemplo.es. Ya.",
         "Mira www.ejemplo.org/a.b?c=d.|Escribe a yo@ejemplo.es.|Ya."},
        {"Era... grande. Bueno… Luego más.", "Era... grande.|Bueno…|Luego más."},
        {"«Vale.» Se fue. (No sé.) Fin", "«Vale.»|Se fue.|(No sé.)|Fin"},
        {"Dijo \"No.\" Luego calló. “Sí.” Ya.", "Dijo \"No.\"|Luego calló.|“Sí.”|Ya."},
        {"—¡Hola! —dijo Ana—. ¿Vienes?", "—¡Hola! —dijo Ana—.|¿Vienes?"},
        {"¿Vienes? preguntó. ¡Ay! qué susto.", "¿Vienes? preguntó.|¡Ay! qué susto."},
        {"No. 5 y no. No. Me voy.", "No. 5 y no.|No.|Me voy."},
        {"Hola.¿Qué tal?¡Bien!", "Hola.|¿Qué tal?|¡Bien!"},
        {"1. Leche. ¿Y pan?", "1. Leche.|¿Y pan?"},
        {"... Bueno. 😀. Vale", "... Bueno.|😀. Vale"},
        {"Uso Yahoo! Mail y listo. ¡Ya!", "Uso Yahoo! Mail y listo.|¡Ya!"},
        {"Una línea\r\notra línea\n\n", "Una línea|otra línea"},
        {"¿¡Qué!? ¡¡¡No!!! Ya", "¿¡Qué!?|¡¡¡No!!!|Ya"},
        {"", ""},
        {" \n\t ", ""},
    };
    struct sr_split *split = splitter(NULL, "data/es/abbreviations.txt");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(split, cases[i][0], cases[i][1]);
    sr_split_free(split);
}

static void english_sentences_are_cut_where_they_end(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"Hello world. My name is Jonas.", "Hello world.|My name is Jonas."},
        {"My name is Jonas E. Smith. Please turn to p. 55.", "My name is Jonas E. Smith.|Please turn to p. 55."},
        {"Were Jane and co. at the party?", "Were Jane and co. at the party?"},
        {"He works for the U.S. Government in Washington, D.C. Really.",
         "He works for the U.S. Government in Washington, D.C.|Really."},
        {"At 5 a.m. they left, i.e. early. Mr. Smith didn't.", "At 5 a.m. they left, i.e. early.|Mr. Smith didn't."},
        {"She has $100.00 in her bag. It's 9.5 lbs. heavy.", "She has $100.00 in her bag.|It's 9.5 lbs. heavy."},
        {"\"Why?\" she asked. 'No.' He left.", "\"Why?\" she asked.|'No.'|He left."},
    };
    struct sr_split *split = splitter(NULL, "data/en/abbreviations.txt");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(split, cases[i][0], cases[i][1]);
    sr_split_free(split);
}

static void a_few_abbreviations_are_built_in(void **state) {
    (void)state;
    struct sr_split *split = splitter(NULL, NULL);
    check(split, "El Dr. Ruiz vive en EE. UU. Luego.", "El Dr. Ruiz vive en EE. UU.|Luego.");
    sr_split_free(split);
}

static void the_first_fragment_is_cut_at_the_first_comma_that_makes_it_long_enough(void **state) {
    (void)state;
    const struct sr_split_limits opts = {.first_min = 12, .max = 200};
    struct sr_split *split = splitter(&opts, NULL);
    check(split, "Sí, claro que sí, hombre, dime. Otra cosa larga, y más.",
          "Sí, claro que sí,~|hombre, dime.|Otra cosa larga, y más.");
    check(split, "Son 3,50 euros o 10:30 horas; vale.", "Son 3,50 euros o 10:30 horas;~|vale.");
    check(split, "Vino don Juan — el de siempre — y ya.", "Vino don Juan —~|el de siempre — y ya.");
    check(split, "Vale.", "Vale.");
    sr_split_free(split);
}

static void no_clause_is_longer_than_the_limit(void **state) {
    (void)state;
    const struct sr_split_limits opts = {.first_min = 1000, .max = 30};
    struct sr_split *split = splitter(&opts, NULL);
    check(split, "Llovió en Madrid y en Toledo, y luego nevó en la sierra toda la noche sin parar.",
          "Llovió en Madrid y en Toledo,~|y luego nevó^|en la sierra toda la noche^|sin parar.");
    check(split, "áááááááááááááááááááááááááááááááááá.", "áááááááááááááááááááááááááááááá^|áááá.");
    sr_split_free(split);
}

static void a_first_fragment_without_a_comma_is_cut_where_two_phrases_join(void **state) {
    (void)state;
    const struct sr_split_limits opts = {.first_min = 12, .first_max = 32, .max = 140};
    struct sr_split *split = splitter(&opts, NULL);
    check(split,
          "Un agujero negro es una región del espacio donde nada escapa. Un agujero negro es una región del cielo.",
          "Un agujero negro es una región^|del espacio donde nada escapa.|Un agujero negro es una región del cielo.");
    check(split, "La máquina pesa exactamente 1234 kg y nada más que eso.",
          "La máquina pesa exactamente 1234 kg y nada^|más que eso.");
    check(split, "Me llamo Sarai y hablo contigo.", "Me llamo Sarai y hablo contigo.");
    check(split, "Hipopotomonstrosesquipedaliofobia extraordinariamente larga.",
          "Hipopotomonstrosesquipedaliofobia extraordinariamente larga.");
    sr_split_free(split);
}

static void a_piece_is_as_long_as_there_is_time_for(void **state) {
    (void)state;
    const struct sr_split_limits opts = {.first_min = 12, .first_max = 16, .max = 140};
    const char *salt =
        "El agua del mar es salada porque los ríos llevan sales de las rocas desde hace millones de años.";
    struct sr_split *split = splitter(&opts, NULL);
    check(split, salt,
          "El agua del mar es salada porque^|los ríos llevan sales de las rocas desde hace millones de años.");
    check_in_time(split, salt, 35, /* "de años" alone is not worth a breath */
                  "El agua del mar es salada porque^|los ríos llevan sales^|de las rocas desde hace millones de años.");
    check_in_time(split, salt, 140,
                  "El agua del mar es salada porque^|los ríos llevan sales de las rocas desde hace millones de años.");
    check_in_time(split, "Muy bien, vamos allá. La Luna tarda mucho, muchísimo, en dar una vuelta entera a la Tierra.",
                  35, "Muy bien, vamos allá.|La Luna tarda mucho, muchísimo,~|en dar una vuelta entera^|a la Tierra.");
    check_in_time(
        split, salt, 1, /* no piece is shorter than the first one may be */
        "El agua del mar es salada porque^|los ríos llevan sales^|de las rocas desde hace millones^|de años.");
    sr_split_free(split);
}

/* Random texts of what matters to the splitter, broken bytes too. */
static void any_bytes_come_out_the_same_however_they_were_cut(void **state) {
    (void)state;
    static const char *const parts[] = {"a",  "Z", ".",   "?",    "!", "…",       " ",        "\n", ",",
                                        "\"", "»", "(",   ")",    "—", "\xC2",    "\xF0\x9F", "ñ",  "¿",
                                        "7",  ":", "Sr.", "\xFF", "'", "EE. UU.", "\xC2\xA0"};
    const struct sr_split_limits opts = {.first_min = 3, .first_max = 14, .max = 20};
    struct sr_split *splits[] = {splitter(NULL, NULL), splitter(&opts, NULL)};
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        char text[256] = "";
        for (int i = 0; i < 30; i++) {
            seed = seed * 1664525u + 1013904223u;
            strcat(text, parts[(seed >> 8) % (sizeof parts / sizeof *parts)]);
        }
        char *whole = pieces(splits[round % 2], text, round % 19, SIZE_MAX / 2);
        for (size_t step = 1; step < 6; step += 2) {
            char *streamed = pieces(splits[round % 2], text, round % 19, step);
            assert_string_equal(streamed, whole);
            free(streamed);
        }
        free(whole);
    }
    sr_split_free(splits[0]);
    sr_split_free(splits[1]);
}

static void a_sentence_comes_out_as_soon_as_the_next_word_begins(void **state) {
    (void)state;
    struct sr_split *split = splitter(NULL, NULL);
    const char *text;
    enum sr_split_end end;
    assert_int_equal(sr_split_feed(split, "Hola. ", 6), SARAI_OK);
    assert_int_equal(sr_split_next(split, &text, &end), 0);
    assert_int_equal(sr_split_feed(split, "Q", 1), SARAI_OK);
    assert_int_equal(sr_split_next(split, &text, &end), 1);
    assert_string_equal(text, "Hola.");
    assert_int_equal(end, SR_SPLIT_SENTENCE);
    assert_int_equal(sr_split_next(split, &text, &end), 0);
    sr_split_free(split);
}

static void a_megabyte_of_text_is_split_in_memory_of_one_piece(void **state) {
    (void)state;
    struct sr_split *split = splitter(NULL, NULL);
    const char *text;
    enum sr_split_end end;
    int count = 0;
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(sr_split_feed(split, "Una frase. ", 11), SARAI_OK);
        while (sr_split_next(split, &text, &end) == 1)
            count++;
    }
    assert_int_equal(count, 99999);
    sr_split_free(split);
}

static void a_missing_table_is_named(void **state) {
    (void)state;
    struct sr_split *split = NULL;
    struct sarai_error error = {0};
    assert_true(sr_split_new(NULL, "/nowhere/abbreviations.txt", &split, &error) < 0);
    assert_null(split);
    assert_non_null(strstr(error.where, "/nowhere/abbreviations.txt"));
    sr_split_free(NULL);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        struct sr_split *split = NULL;
        const char *text;
        enum sr_split_end end;
        sr_fail_alloc_at(n);
        int rc = sr_split_new(NULL, NULL, &split, NULL);
        if (rc == SARAI_OK)
            rc = sr_split_feed(split, "Hola. Adiós", 12);
        if (rc == SARAI_OK)
            rc = sr_split_next(split, &text, &end);
        sr_fail_alloc_off();
        sr_split_free(split);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, 1);
            return;
        }
        assert_int_equal(rc, SARAI_ENOMEM);
    }
}

/* Development texts that are not part of the project; the tests above are complete without them. */
static void development_texts_are_split_as_people_did(void **state) {
    (void)state;
    char *path = source_file("../shared/data/split_es.jsonl"), *text = NULL;
    size_t len;
    int total = 0, right = 0;
    const int rc = sr_read_file(path, 1u << 24, &text, &len, NULL);
    free(path);
    if (rc < 0)
        skip();
    struct sr_split *split = splitter(NULL, "data/es/abbreviations.txt");
    char *rest;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        cJSON *item = cJSON_Parse(line);
        struct sr_str expected = {0};
        const cJSON *sentence;
        cJSON_ArrayForEach(sentence, cJSON_GetObjectItem(item, "sentences"))
            sr_str_addf(&expected, "%s%s", expected.len ? "|" : "", sentence->valuestring);
        char *got = pieces(split, cJSON_GetObjectItem(item, "text")->valuestring, 0, 5);
        right += strcmp(got, expected.data) == 0;
        total++;
        free(got);
        sr_str_deinit(&expected);
        cJSON_Delete(item);
    }
    print_message("%d of %d texts split exactly (%.1f %%)\n", right, total, 100.0 * right / total);
    assert_true(right * 100 >= total * 97);
    sr_split_free(split);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spanish_sentences_are_cut_where_they_end),
        cmocka_unit_test(english_sentences_are_cut_where_they_end),
        cmocka_unit_test(a_few_abbreviations_are_built_in),
        cmocka_unit_test(the_first_fragment_is_cut_at_the_first_comma_that_makes_it_long_enough),
        cmocka_unit_test(no_clause_is_longer_than_the_limit),
        cmocka_unit_test(a_first_fragment_without_a_comma_is_cut_where_two_phrases_join),
        cmocka_unit_test(a_piece_is_as_long_as_there_is_time_for),
        cmocka_unit_test(any_bytes_come_out_the_same_however_they_were_cut),
        cmocka_unit_test(a_sentence_comes_out_as_soon_as_the_next_word_begins),
        cmocka_unit_test(a_megabyte_of_text_is_split_in_memory_of_one_piece),
        cmocka_unit_test(a_missing_table_is_named),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(development_texts_are_split_as_people_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
