/* SPDX-License-Identifier: Apache-2.0 */
#include "memory/import.h"

#include "support/failing_alloc.h"
#include "support/test.h"

static int write_down(void *user, const char *id, const char *names, const char *passage) {
    sr_str_addf(user, "%s (%s) %s\n", id, names, passage);
    return 0;
}

static void expect(enum sarai_note_form form, const char *text, const char *wanted) {
    struct sr_str got = {0};
    char *copy = sr_strdup(text);
    struct sarai_error error = {0};
    const int count = sr_import(copy, form, "home", "notes/home", write_down, &got, &error);
    if (count < 0)
        print_error("%s: %s\n", error.where, error.text);
    assert_true(count >= 0);
    assert_string_equal(got.data ? got.data : "", wanted);
    sr_str_deinit(&got);
    free(copy);
}

static void refuse(enum sarai_note_form form, const char *text, const char *reason) {
    struct sr_str got = {0};
    char *copy = sr_strdup(text);
    struct sarai_error error = {0};
    assert_int_equal(sr_import(copy, form, "home", "notes/home", write_down, &got, &error), SARAI_EINPUT);
    assert_string_equal(error.where, "notes/home");
    assert_non_null(strstr(error.text, reason));
    sr_str_deinit(&got);
    free(copy);
}

static void short_paragraphs_join_and_headings_part_them(void **state) {
    (void)state;
    expect(SARAI_NOTE_TEXT, "Las llaves\nestán en el cajón.\n\nEl gato se llama Misi.\n",
           "home#1 () Las llaves están en el cajón. El gato se llama Misi.\n");
    expect(SARAI_NOTE_MARKDOWN,
           "# Casa\r\n\r\n- Las **llaves** están en el `cajón`.\n> * Y la luz, fuera.\n\n## Gato\nMisi.\n# Vacío\n",
           "home#1 (Casa) Las llaves están en el cajón. Y la luz, fuera.\nhome#2 (Gato) Misi.\n");
    expect(SARAI_NOTE_TEXT, "", "");
    expect(SARAI_NOTE_TEXT, "# no heading * here", "home#1 () # no heading * here\n");
}

static void a_long_paragraph_is_a_passage_of_its_own(void **state) {
    (void)state;
    char text[1500];
    memset(text, 'a', 700);
    strcpy(text + 700, "\n\nfin");
    char wanted[1500];
    snprintf(wanted, sizeof wanted, "home#1 () %.700s\nhome#2 () fin\n", text);
    expect(SARAI_NOTE_TEXT, text, wanted);
}

static void documents_have_ids_of_their_own(void **state) {
    (void)state;
    expect(
        SARAI_NOTE_JSONL,
        "{\"id\": 7, \"text\": \"Uno.\"}\n\n{\"id\": \"b\", \"title\": \"Dos|Par\", \"text\": \"Dos.\", \"x\": []}\n",
        "7 () Uno.\nb (Dos|Par) Dos.\n");
    refuse(SARAI_NOTE_JSONL, "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2, \"text\": ", "line 2 is no JSON");
    refuse(SARAI_NOTE_JSONL, "\n{\"text\": \"a\"}", "line 2 needs an \"id\"");
    refuse(SARAI_NOTE_JSONL, "{\"id\": 1e300, \"text\": \"a\"}", "needs");
    refuse(SARAI_NOTE_JSONL, "{\"id\": \"\", \"text\": \"a\"}", "needs");
    refuse(SARAI_NOTE_JSONL, "[1]", "needs");
    refuse(SARAI_NOTE_TEXT, "caf\xE9", "UTF-8");
}

static void the_form_follows_from_the_name(void **state) {
    (void)state;
    assert_int_equal(sr_import_form_of("a/b.MD"), SARAI_NOTE_MARKDOWN);
    assert_int_equal(sr_import_form_of("b.jsonl"), SARAI_NOTE_JSONL);
    assert_int_equal(sr_import_form_of("README"), SARAI_NOTE_TEXT);
    assert_int_equal(sr_import_form_of("x.json"), SARAI_NOTE_TEXT);
}

static void a_failing_allocation_is_an_error(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        struct sr_str got = {0};
        char text[] = "# Casa\nLas llaves.\n\n# Gato\nMisi.";
        sr_fail_alloc_at(n);
        const int status = sr_import(text, SARAI_NOTE_MARKDOWN, "home", "home", write_down, &got, NULL);
        sr_fail_alloc_off();
        const bool lost = got.failed; /* the test's own string */
        sr_str_deinit(&got);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, 2);
            break;
        }
        assert_true(status == SARAI_ENOMEM || lost);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_paragraphs_join_and_headings_part_them),
        cmocka_unit_test(a_long_paragraph_is_a_passage_of_its_own),
        cmocka_unit_test(documents_have_ids_of_their_own),
        cmocka_unit_test(the_form_follows_from_the_name),
        cmocka_unit_test(a_failing_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
