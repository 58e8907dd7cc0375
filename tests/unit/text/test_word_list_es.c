/* SPDX-License-Identifier: Apache-2.0 */
#include "text/word_list_es.h"

#include "support/failing_alloc.h"
#include "support/test.h"
#include "text/sound_es.h"

static const char WORDS[] = "baca\nbaya\ncantar\ncasa\ncaza\nesbelta\nesbeltas\nhaya\nhierba\nqueso\nrey\nvaca\nvalla\n"
                            "vaya\nvolcan\nzinc\nñandu\nñu\n";

struct fixture {
    char *folder;
    struct sr_word_list_es *list;
    struct sarai_error error;
};

static int set_up(void **state) {
    struct fixture *f = *state = calloc(1, sizeof *f);
    f->folder = test_folder();
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    sr_word_list_es_close(f->list);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static int open_text(struct fixture *f, const char *text) {
    sr_word_list_es_close(f->list);
    f->list = NULL;
    char *path = test_file(f->folder, "words.txt", text);
    const int status = sr_word_list_es_open(path, &f->list, &f->error);
    free(path);
    return status;
}

/* What the list has for the sound of `heard`: a word, "" for none, "2" for more. */
static const char *sounding(const struct fixture *f, const char *heard, bool loose) {
    static char out[SR_WORD_LIST_MAX + 1];
    struct sr_str sound = {0};
    sr_sound_es(heard, loose, &sound);
    const int found = sr_word_list_es_sounding(f->list, sound.data, loose, out);
    sr_str_deinit(&sound);
    return found == 0 ? "" : found == 1 ? out : "2";
}

static void each_word_is_found_and_no_other(void **state) {
    struct fixture *f = *state;
    char word[16];
    assert_int_equal(open_text(f, WORDS), SARAI_OK);
    for (const char *p = WORDS; *p; p += strcspn(p, "\n") + 1) {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(p, "\n"), p);
        assert_true(sr_word_list_es_has(f->list, word));
    }
    static const char *const others[] = {"",    "a", "bac", "bacas", "esbel", "esbeltass",
                                         "zzz", "ñ", "ñus", "\n",    "casa\n"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(sr_word_list_es_has(f->list, others[i]));
}

static void the_only_word_of_a_sound_is_found_however_it_is_spelled(void **state) {
    struct fixture *f = *state;
    assert_int_equal(open_text(f, WORDS), SARAI_OK);
    assert_string_equal(sounding(f, "esvelta", true), "esbelta");
    assert_string_equal(sounding(f, "hesveltaz", true), "esbeltas");
    assert_string_equal(sounding(f, "bolkan", true), "volcan");
    assert_string_equal(sounding(f, "keso", false), "queso");
    assert_string_equal(sounding(f, "rei", false), "rey");
    assert_string_equal(sounding(f, "cinc", false), "zinc");
    assert_string_equal(sounding(f, "sinc", true), "zinc");
    assert_string_equal(sounding(f, "ñandu", true), "ñandu");
    assert_string_equal(sounding(f, "cazza", false), "");
    assert_string_equal(sounding(f, "sinc", false), "");
    assert_string_equal(sounding(f, "esbelt", true), "");
    assert_string_equal(sounding(f, "cantarr", false), "");
}

static void of_two_words_of_a_sound_it_says_that_there_are_more(void **state) {
    struct fixture *f = *state;
    assert_int_equal(open_text(f, WORDS), SARAI_OK);
    assert_string_equal(sounding(f, "vaca", false), "2");
    assert_string_equal(sounding(f, "balla", false), "2");
    assert_string_equal(sounding(f, "casa", false), "casa");
    assert_string_equal(sounding(f, "casa", true), "2");
}

static void a_missing_file_is_named_with_the_command_and_an_empty_one_is_no_list(void **state) {
    struct fixture *f = *state;
    assert_int_equal(sr_word_list_es_open("/nowhere/words.txt", &f->list, &f->error), SARAI_EMODEL);
    assert_non_null(strstr(f->error.text, "sarai models pull es-words"));
    assert_int_equal(sr_word_list_es_open(f->folder, &f->list, &f->error), SARAI_EINPUT);
    assert_int_equal(open_text(f, ""), SARAI_EINPUT);
    assert_null(f->list);
}

static void a_damaged_file_is_read_without_harm(void **state) {
    struct fixture *f = *state;
    char *line = malloc(20001);
    line[20000] = '\0';
    static const char *const damaged[] = {
        "vaca",         "vaca\nesbelta",    "\n\n\n",       "vaca\n\nbaca\n",
        "z\ny\nx\na\n", "\xff\xfe\n\x01\n", "a\r\nb\r\n\r", "esbelta\nesbelta\nesbelta\n"};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        assert_int_equal(open_text(f, damaged[i]), SARAI_OK);
        sr_word_list_es_has(f->list, "vaca");
        sounding(f, "esvelta", true);
    }
    assert_int_equal(open_text(f, "baca\nvaca"), SARAI_OK);
    assert_true(sr_word_list_es_has(f->list, "vaca")); /* only its newline was lost */
    memset(line, '\n', 4096);
    memcpy(line + 4096 - 4, "vaca", 5); /* to the last byte of a page */
    assert_int_equal(open_text(f, line), SARAI_OK);
    assert_true(sr_word_list_es_has(f->list, "vaca"));
    assert_string_equal(sounding(f, "baca", true), "vaca");
    memset(line, 'e', 20000);
    assert_int_equal(open_text(f, line), SARAI_OK);
    assert_false(sr_word_list_es_has(f->list, "eee"));
    assert_string_equal(sounding(f, line + 20000 - 60, true), "");
    free(line);
}

static void a_failing_allocation_opens_nothing(void **state) {
    struct fixture *f = *state;
    char *path = test_file(f->folder, "words.txt", WORDS);
    sr_fail_alloc_at(1);
    const int status = sr_word_list_es_open(path, &f->list, &f->error);
    sr_fail_alloc_off();
    assert_true(sr_fail_alloc_hit());
    assert_int_equal(status, SARAI_ENOMEM);
    assert_null(f->list);
    free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_word_is_found_and_no_other),
        TEST(the_only_word_of_a_sound_is_found_however_it_is_spelled),
        TEST(of_two_words_of_a_sound_it_says_that_there_are_more),
        TEST(a_missing_file_is_named_with_the_command_and_an_empty_one_is_no_list),
        TEST(a_damaged_file_is_read_without_harm),
        TEST(a_failing_allocation_opens_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
