/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "base/table.h"
#include "base/utf8.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static void folding_makes_what_sounds_the_same_equal(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"¿Qué  HORA es?", "que hora es"},
        {"  ¡Hola, Sarai! ", "hola sarai"},
        {"Ñandú", "ñandu"},
        {"ÜBER Åre", "uber are"},
        {"e\xCC\x81xito", "exito"},
        {"3,5 km", "3 5 km"},
        {"...", ""},
        {"", ""},
        {"año", "año"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct sr_str out = {0};
        sr_utf8_fold(pairs[i][0], strlen(pairs[i][0]), &out);
        assert_string_equal(out.data, pairs[i][1]);
        sr_str_deinit(&out);
    }
}

static void malformed_bytes_are_replaced_one_by_one_and_never_read_past(void **state) {
    (void)state;
    static const char *const bad[] = {"\xC3", "\xE2\x82", "\xF0\x9F\x98", "\x80", "\xC0\xAF", "\xED\xA0\x80", "\xFF"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const size_t len = strlen(bad[i]);
        char *copy = malloc(len); /* no closing NUL: a sanitizer sees a read behind it */
        memcpy(copy, bad[i], len);
        assert_false(sr_utf8_valid(copy, len));
        const char *p = copy;
        assert_int_equal(sr_utf8_next(&p, copy + len), 0xFFFD);
        assert_ptr_equal(p, copy + 1);
        free(copy);
    }
    assert_true(sr_utf8_valid("año 😀 \xEF\xBF\xBD", strlen("año 😀 \xEF\xBF\xBD")));
}

static void every_code_point_survives_a_round_trip(void **state) {
    (void)state;
    for (uint32_t cp = 1; cp <= 0x10FFFF; cp++) {
        if (cp >= 0xD800 && cp < 0xE000)
            continue;
        char bytes[4];
        const char *p = bytes;
        const size_t len = sr_utf8_put(cp, bytes);
        assert_int_equal(sr_utf8_next(&p, bytes + len), cp);
        assert_ptr_equal(p, bytes + len);
    }
}

static void a_string_grows_shrinks_and_keeps_its_text_when_memory_fails(void **state) {
    (void)state;
    struct sr_str s = {0};
    for (int i = 0; i < 1000; i++)
        sr_str_addf(&s, "%d,", i % 10);
    assert_int_equal(s.len, 2000);
    sr_str_shift(&s, 1996);
    assert_string_equal(s.data, "8,9,");
    sr_str_shift(&s, 99);
    assert_string_equal(s.data, "");
    sr_str_adds(&s, "abc");
    sr_fail_alloc_at(1);
    for (int i = 0; i < 10000; i++)
        sr_str_addc(&s, 'x');
    sr_fail_alloc_off();
    assert_true(s.failed);
    assert_memory_equal(s.data, "abc", 3);
    assert_null(sr_str_take(&s));
}

static void the_nearest_name_has_the_smallest_distance(void **state) {
    (void)state;
    assert_int_equal(sr_edit_distance("threshold", "treshold"), 1);
    assert_int_equal(sr_edit_distance("voice", "voice"), 0);
    assert_int_equal(sr_edit_distance("", "abc"), 3);
    assert_int_equal(sr_edit_distance("kitten", "sitting"), 3);
}

static int count_row(void *user, int line, char **cells) {
    int *sum = user;
    *sum += line + (int)strlen(cells[1]);
    return SARAI_OK;
}

static void a_table_names_the_line_that_is_wrong(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"id\tx\na\tb\tc\n", "line 2"},
        {"id\tx\n# note\n\na\tb\na\n", "line 5"},
        {"id\tx\na\t\n", "line 2"},
        {"id\tx\na\t\xFF\n", "UTF-8"},
    };
    char *folder = test_folder();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sarai_error error = {0};
        int sum = 0;
        char *path = test_file(folder, "t.tsv", bad[i].text);
        assert_int_equal(sr_table_read(path, 2, count_row, &sum, &error), SARAI_EINPUT);
        assert_non_null(strstr(error.text, bad[i].says));
        assert_string_equal(error.where, path);
        free(path);
    }
    int sum = 0;
    char *path = test_file(folder, "good.tsv", "id\tx\r\na\tone\r\n# no\n\nb\ttwo");
    assert_int_equal(sr_table_read(path, 2, count_row, &sum, NULL), 2);
    assert_int_equal(sum, 2 + 3 + 5 + 3);
    free(path);
    assert_int_equal(sr_table_read(folder, 2, count_row, &sum, NULL), SARAI_EINPUT);
    test_folder_remove(folder);
}

static void variants_are_trimmed_and_empty_ones_skipped(void **state) {
    (void)state;
    const char *p = " uno | dos||tres ", *variant;
    assert_int_equal(sr_table_variant(&p, &variant), 3);
    assert_memory_equal(variant, "uno", 3);
    assert_int_equal(sr_table_variant(&p, &variant), 3);
    assert_memory_equal(variant, "dos", 3);
    assert_int_equal(sr_table_variant(&p, &variant), 4);
    assert_int_equal(sr_table_variant(&p, &variant), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding_makes_what_sounds_the_same_equal),
        cmocka_unit_test(malformed_bytes_are_replaced_one_by_one_and_never_read_past),
        cmocka_unit_test(every_code_point_survives_a_round_trip),
        cmocka_unit_test(a_string_grows_shrinks_and_keeps_its_text_when_memory_fails),
        cmocka_unit_test(the_nearest_name_has_the_smallest_distance),
        cmocka_unit_test(a_table_names_the_line_that_is_wrong),
        cmocka_unit_test(variants_are_trimmed_and_empty_ones_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
