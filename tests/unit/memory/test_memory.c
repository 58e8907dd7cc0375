/* SPDX-License-Identifier: Apache-2.0 */
#include "memory/memory.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static struct sr_words *words;

static int setup(void **state) {
    (void)state;
    char *path = sr_asprintf("%s/data/es/small_words.txt", getenv("SARAI_TEST_SOURCE"));
    const int status = sr_words_load(path, &words, NULL);
    free(path);
    return status;
}

static int teardown(void **state) {
    (void)state;
    sr_words_free(words);
    return 0;
}

static int keep_first(void *user, const struct sr_passage *passage) {
    struct sr_passage *best = user;
    best->score = passage->score;
    best->id = sr_strdup(passage->id);
    return 1;
}

static void expect(struct sr_memory *memory, const char *question, const char *id) {
    struct sr_passage best = {0};
    sr_memory_search(memory, question, 1, keep_first, &best);
    if (id)
        assert_string_equal(best.id, id);
    else
        assert_null(best.id);
    free((char *)best.id);
}

static struct sr_memory *filled(void) {
    struct sr_memory *memory = NULL;
    assert_int_equal(sr_memory_open(NULL, words, &memory, NULL), 0);
    assert_int_equal(sr_memory_add(memory, "fr", "Francia", "La capital de Francia es París.", NULL), 0);
    assert_int_equal(sr_memory_add(memory, "it", "Italia", "La capital de Italia es Roma, no Francia.", NULL), 0);
    assert_int_equal(sr_memory_add(memory, "bh", "agujero negro", "Un agujero negro no deja escapar la luz.", NULL), 0);
    return memory;
}

static void the_passage_that_names_the_topic_comes_first(void **state) {
    (void)state;
    struct sr_memory *memory = filled();
    expect(memory, "¿Cuál es la capital de Italia?", "it");
    expect(memory, "la capital de francia", "fr");
    expect(memory, "AGUJEROS NEGROS", "bh");
    expect(memory, "¿qué es un agujéro négro?", "bh");
    sr_memory_close(memory);
}

static void a_question_without_content_or_match_finds_nothing(void **state) {
    (void)state;
    struct sr_memory *memory = filled();
    expect(memory, "", NULL);
    expect(memory, "¿qué es?", NULL);
    expect(memory, "ornitorrinco", NULL);
    expect(memory, "\" OR NEAR( * ) -- '", NULL);
    expect(memory, "\xFF\xFE", NULL);
    sr_memory_close(memory);
}

static void adding_an_id_again_replaces_it(void **state) {
    (void)state;
    struct sr_memory *memory = filled();
    assert_int_equal(sr_memory_add(memory, "fr", "Galia", "La capital de la Galia es Lutecia.", NULL), 0);
    expect(memory, "galia", "fr");
    expect(memory, "París", NULL);
    sr_memory_close(memory);
}

static void a_memory_on_disk_is_there_when_it_is_opened_again(void **state) {
    (void)state;
    char *folder = test_folder();
    char *path = sr_asprintf("%s/memory.db", folder);
    struct sr_memory *memory = NULL;
    assert_int_equal(sr_memory_open(path, words, &memory, NULL), 0);
    assert_int_equal(sr_memory_add(memory, "a", "Everest", "El Everest es muy alto.", NULL), 0);
    sr_memory_close(memory);
    assert_int_equal(sr_memory_open(path, words, &memory, NULL), 0);
    expect(memory, "everest", "a");
    sr_memory_close(memory);
    free(path);
    path = test_file(folder, "not.db", "this is no database, but long enough to be looked at as if it were one.......");
    struct sarai_error error = {0};
    memory = NULL;
    assert_int_equal(sr_memory_open(path, words, &memory, &error), SARAI_EIO);
    assert_null(memory);
    assert_string_equal(error.where, path);
    free(path);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_passage_that_names_the_topic_comes_first),
        cmocka_unit_test(a_question_without_content_or_match_finds_nothing),
        cmocka_unit_test(adding_an_id_again_replaces_it),
        cmocka_unit_test(a_memory_on_disk_is_there_when_it_is_opened_again),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
