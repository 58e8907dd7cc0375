/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "stt/vocabulary.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static int join(void *user, const char *text) {
    struct sr_str *all = user;
    sr_str_addf(all, "%s|", text);
    return all->failed ? SARAI_ENOMEM : SARAI_OK;
}

/* The phrases of a table with this text, each followed by a bar; malloc'd. */
static char *read_text(const char *text, const char *words, int *status, struct sarai_error *error) {
    char *folder = test_folder(), *path = test_file(folder, "commands.txt", text);
    struct sr_str all = {0};
    sr_str_adds(&all, "");
    *status = sr_vocabulary_commands(path, words, join, &all, error);
    test_folder_remove(folder);
    free(path);
    return sr_str_take(&all);
}

static void lists_are_multiplied_out(void **state) {
    (void)state;
    static const char table[] = "# nada\n"
                                "cosa: luz lámpara_del_techo\n"
                                "cosa: radio   # otra\n"
                                "  para ya \n"
                                "la {cosa}\r\n"
                                "sube la {cosa} y la {cosa}\n"
                                "hola {prompt}\n";
    static const struct {
        const char *words, *greetings;
    } cases[] = {{"", ""}, {"Ana María,  Iker", "hola Ana María|hola Iker|"}, {"Ana Iker", "hola Ana|hola Iker|"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = 0;
        char *all = read_text(table, cases[i].words, &status, NULL);
        assert_int_equal(status, SARAI_OK);
        static const char first[] = "para ya|la luz|la lámpara del techo|la radio|sube la luz y la luz|";
        assert_memory_equal(all, first, sizeof first - 1);
        assert_non_null(strstr(all, "|sube la radio y la lámpara del techo|"));
        assert_string_equal(all + strlen(all) - strlen(cases[i].greetings), cases[i].greetings);
        free(all);
    }
}

static void a_bad_line_is_named(void **state) {
    (void)state;
    static const char *const bad[] = {"luz\nla {cosa}\n", "luz\nla {cosa\n", "luz\n\xff\n",
                                      "l: a b c d e f g h i j k l m n o p\n{l}{l}{l}{l}{l}{l}\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int status = 0;
        struct sarai_error error = {0};
        char *all = read_text(bad[i], "", &status, &error);
        assert_int_equal(status, SARAI_EINPUT);
        assert_non_null(strstr(error.text, "line 2"));
        free(all);
    }
    assert_int_equal(sr_vocabulary_commands("/nowhere/commands.txt", "", join, NULL, NULL), SARAI_EIO);
}

static void the_phrases_of_templates_are_read(void **state) {
    (void)state;
    char *folder = test_folder(),
         *path = test_file(folder, "t.tsv", "id\tphrases\treplies\na\thola| ¿qué tal?\tHola.\n");
    struct sr_str all = {0};
    assert_int_equal(sr_vocabulary_templates(path, join, &all, NULL), SARAI_OK);
    assert_string_equal(all.data, "hola|¿qué tal?|");
    sr_str_deinit(&all);
    test_folder_remove(folder);
    free(path);
}

static int stop(void *user, const char *text) {
    (void)text;
    ++*(int *)user;
    return SARAI_ESTALE;
}

static void the_receiver_may_stop(void **state) {
    (void)state;
    int calls = 0;
    char *folder = test_folder(), *path = test_file(folder, "commands.txt", "uno\ndos\n");
    assert_int_equal(sr_vocabulary_commands(path, "", stop, &calls, NULL), SARAI_ESTALE);
    assert_int_equal(calls, 1);
    test_folder_remove(folder);
    free(path);
}

static int count(void *user, const char *text) {
    (void)text;
    ++*(int *)user;
    return SARAI_OK;
}

static void the_shipped_tables_are_right(void **state) {
    (void)state;
    static const char *const files[] = {"es", "en"};
    for (size_t i = 0; i < 2; i++) {
        int phrases = 0;
        struct sarai_error error = {0};
        char *path = sr_asprintf("%s/data/%s/commands.txt", getenv("SARAI_TEST_SOURCE"), files[i]);
        if (sr_vocabulary_commands(path, "Iker", count, &phrases, &error) < 0)
            fail_msg("%s: %s", error.where, error.text);
        print_message("%s: %d phrases\n", files[i], phrases);
        assert_true(phrases > 100);
        free(path);
    }
}

static void without_memory_it_is_an_error(void **state) {
    (void)state;
    char *folder = test_folder(), *path = test_file(folder, "commands.txt", "a: b c\n{a} {prompt}\n");
    for (int n = 1;; n++) {
        int calls = 0;
        sr_fail_alloc_at(n);
        const int status = sr_vocabulary_commands(path, "d", count, &calls, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            assert_int_equal(calls, 2);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
    }
    test_folder_remove(folder);
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_multiplied_out),          cmocka_unit_test(a_bad_line_is_named),
        cmocka_unit_test(the_phrases_of_templates_are_read), cmocka_unit_test(the_receiver_may_stop),
        cmocka_unit_test(the_shipped_tables_are_right),      cmocka_unit_test(without_memory_it_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
