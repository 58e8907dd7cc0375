/* SPDX-License-Identifier: Apache-2.0 */
#include "support/failing_alloc.h"
#include "support/test.h"
#include "text/words.h"

static const char small[] = "# comentario que no cuenta: capital\nla de es cuál qué\n el  en\n";

static int setup(void **state) {
    char *folder = test_folder(), *path = test_file(folder, "small.txt", small);
    struct sr_words *words = NULL;
    const int status = sr_words_load(path, &words, NULL);
    free(path);
    test_folder_remove(folder);
    *state = words;
    return status;
}

static int teardown(void **state) {
    sr_words_free(*state);
    return 0;
}

static void coverage_counts_content_words_only(void **state) {
    const struct sr_words *words = *state;
    assert_true(sr_words_cover(words, "¿Cuál es la capital de Francia?", "La capital de Francia es París.") == 1);
    assert_true(sr_words_cover(words, "¿Cuál es la moneda de Francia?", "La capital de Francia es París.") == 0.5);
    assert_true(sr_words_cover(words, "¿Qué es?", "La capital de Francia es París.") == 0);
}

static void number_and_gender_do_not_matter(void **state) {
    const struct sr_words *words = *state;
    assert_true(sr_words_cover(words, "agujeros negros", "Un agujero negro.") == 1);
    assert_true(sr_words_cover(words, "casa", "En el cascarón.") == 0);
}

static void broken_bytes_and_long_words_are_words_too(void **state) {
    const struct sr_words *words = *state;
    char word[200];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_true(sr_words_cover(words, word, word) == 1);
    assert_true(sr_words_cover(words, "\xFF\xC3", "nada") == 0);
}

static void a_missing_list_or_memory_is_an_error(void **state) {
    (void)state;
    struct sr_words *words = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_words_load("/nowhere/small_words.txt", &words, &error), SARAI_EIO);
    assert_string_equal(error.where, "/nowhere/small_words.txt");
    char *folder = test_folder(), *path = test_file(folder, "small.txt", small);
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        const int status = sr_words_load(path, &words, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, 0);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
        assert_null(words);
    }
    sr_words_free(words);
    free(path);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coverage_counts_content_words_only),
        cmocka_unit_test(number_and_gender_do_not_matter),
        cmocka_unit_test(broken_bytes_and_long_words_are_words_too),
        cmocka_unit_test(a_missing_list_or_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
