/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "stt/hallucinations.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static char *read_text(const char *text, int *status, struct sarai_error *error) {
    char *folder = test_folder(), *path = test_file(folder, "h.txt", text), *table = NULL;
    *status = sr_hallucinations_read(path, &table, error);
    test_folder_remove(folder);
    free(path);
    return table;
}

static void only_a_whole_phrase_counts_and_its_spelling_does_not(void **state) {
    (void)state;
    int status;
    char *table = read_text("# Gracias\n¡Suscríbete!\n\n...\nGracias por ver\r\nAmara.org", &status, NULL);
    assert_int_equal(status, SARAI_OK);
    assert_true(sr_hallucinations_has(table, "suscribete"));
    assert_true(sr_hallucinations_has(table, "¡Gracias por ver!"));
    assert_true(sr_hallucinations_has(table, "amara org"));
    assert_false(sr_hallucinations_has(table, "Gracias"));
    assert_false(sr_hallucinations_has(table, "Gracias por verme"));
    assert_false(sr_hallucinations_has(table, "suscríbete gracias por ver"));
    assert_false(sr_hallucinations_has(table, "..."));
    assert_false(sr_hallucinations_has(table, ""));
    assert_false(sr_hallucinations_has(NULL, "suscribete"));
    free(table);
}

static void a_table_that_cannot_be_read_is_named(void **state) {
    (void)state;
    int status;
    struct sarai_error error = {0};
    assert_null(read_text("a\n\xff\n", &status, &error));
    assert_int_equal(status, SARAI_EINPUT);
    char *table = NULL;
    assert_int_equal(sr_hallucinations_read("/nowhere/h.txt", &table, &error), SARAI_EIO);
    assert_null(table);
}

static void the_shipped_tables_can_be_read(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"es", "Subtítulos realizados por la comunidad de Amara.org"},
                                           {"en", "Thanks for watching!"}};
    for (size_t i = 0; i < 2; i++) {
        char *path = sr_asprintf("%s/data/%s/hallucinations.txt", getenv("SARAI_TEST_SOURCE"), cases[i][0]);
        char *table = NULL;
        assert_int_equal(sr_hallucinations_read(path, &table, NULL), SARAI_OK);
        assert_true(sr_hallucinations_has(table, cases[i][1]));
        free(table);
        free(path);
    }
}

static void without_memory_it_is_an_error_and_nothing_is_dropped(void **state) {
    (void)state;
    char *folder = test_folder(), *path = test_file(folder, "h.txt", "uno\n");
    for (int n = 1;; n++) {
        char *table = NULL;
        bool has = false;
        sr_fail_alloc_at(n);
        const int status = sr_hallucinations_read(path, &table, NULL);
        if (status == SARAI_OK)
            has = sr_hallucinations_has(table, "uno");
        sr_fail_alloc_off();
        free(table);
        assert_true(status == SARAI_OK || (status == SARAI_ENOMEM && sr_fail_alloc_hit()));
        assert_int_equal(has, !sr_fail_alloc_hit());
        if (has)
            break;
    }
    test_folder_remove(folder);
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_whole_phrase_counts_and_its_spelling_does_not),
        cmocka_unit_test(a_table_that_cannot_be_read_is_named),
        cmocka_unit_test(the_shipped_tables_can_be_read),
        cmocka_unit_test(without_memory_it_is_an_error_and_nothing_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
