/* SPDX-License-Identifier: Apache-2.0 */
#include "memory/memory.h"

#include <math.h>
#include <sqlite3.h>

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
    assert_int_equal(sr_memory_open(NULL, words, NULL, &memory, NULL), 0);
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
    assert_int_equal(sr_memory_open(path, words, NULL, &memory, NULL), 0);
    assert_int_equal(sr_memory_add(memory, "a", "Everest", "El Everest es muy alto.", NULL), 0);
    sr_memory_close(memory);
    assert_int_equal(sr_memory_open(path, words, NULL, &memory, NULL), 0);
    expect(memory, "everest", "a");
    sr_memory_close(memory);
    free(path);
    path = test_file(folder, "not.db", "this is no database, but long enough to be looked at as if it were one.......");
    struct sarai_error error = {0};
    memory = NULL;
    assert_int_equal(sr_memory_open(path, words, NULL, &memory, &error), SARAI_EIO);
    assert_null(memory);
    assert_string_equal(error.where, path);
    free(path);
    test_folder_remove(folder);
}

/* A meaning that a test can foresee: the sea is one direction and mountains another. */
static int letters(void *user, const char *kind, const char *text, float out[SR_POINT_SIZE]) {
    int *calls = user;
    ++*calls;
    memset(out, 0, SR_POINT_SIZE * sizeof *out);
    out[0] = 1;
    if (strstr(text, "océano") || strstr(text, "mar "))
        out[1] = 4;
    if (strstr(text, "cumbre") || strstr(text, "montaña"))
        out[2] = 4;
    if (strcmp(kind, "query") == 0)
        out[3] = 0.01F;
    float length = 0;
    for (int i = 0; i < 4; i++)
        length += out[i] * out[i];
    for (int i = 0; i < 4; i++)
        out[i] /= sqrtf(length);
    return 0;
}

static int keep_answer(void *user, const struct sr_passage *passage) {
    struct sr_str *got = user;
    sr_str_addf(got, "%s: %s|", passage->id, passage->answer);
    return 0;
}

static void a_passage_is_found_by_what_it_means_and_answers_with_its_best_sentence(void **state) {
    (void)state;
    char *folder = test_folder();
    char *path = sr_asprintf("%s/memory.db", folder);
    int calls = 0;
    struct sr_meaning meaning = {.point = letters, .user = &calls, .model = "letters"};
    struct sr_memory *memory = NULL;
    assert_int_equal(sr_memory_open(path, words, &meaning, &memory, NULL), 0);
    assert_int_equal(sr_memory_add(memory, "agua", "", "Hay peces. El mar es salado. Nada más.", NULL), 0);
    assert_int_equal(sr_memory_add(memory, "alto", "", "Hay nieve. La montaña es fría.", NULL), 0);
    assert_int_equal(calls, 4 + 3);
    struct sr_str got = {0};
    assert_int_equal(sr_memory_search(memory, "el océano", 1, keep_answer, &got), 1);
    assert_string_equal(got.data, "agua: El mar es salado.|");
    sr_memory_close(memory);

    /* Points are kept ... */
    sr_str_clear(&got);
    calls = 0;
    assert_int_equal(sr_memory_open(path, words, &meaning, &memory, NULL), 0);
    assert_int_equal(sr_memory_unindexed(memory), 0);
    sr_memory_search(memory, "una cumbre", 1, keep_answer, &got);
    assert_string_equal(got.data, "alto: La montaña es fría.|");
    assert_int_equal(calls, 1);
    /* ... and follow what another one does with the file. */
    struct sr_memory *other = NULL;
    assert_int_equal(sr_memory_open(path, words, &meaning, &other, NULL), 0);
    assert_int_equal(sr_memory_forget(other, "alto", NULL), 1);
    assert_int_equal(sr_memory_forget(other, "alto", NULL), 0);
    assert_int_equal(sr_memory_add(other, "nuevo", "", "La cumbre es nueva.", NULL), 0);
    sr_memory_close(other);
    sr_str_clear(&got);
    sr_memory_search(memory, "montaña", 1, keep_answer, &got);
    assert_string_equal(got.data, "nuevo: La cumbre es nueva.|");
    sr_memory_close(memory);

    /* Another model's points are made anew. */
    meaning.model = "other";
    assert_int_equal(sr_memory_open(path, words, &meaning, &memory, NULL), 0);
    assert_int_equal(sr_memory_unindexed(memory), 2);
    assert_int_equal(sr_memory_index(memory, NULL, NULL, NULL), 0);
    assert_int_equal(sr_memory_unindexed(memory), 0);
    sr_memory_close(memory);
    sr_str_deinit(&got);
    free(path);
    test_folder_remove(folder);
}

static void a_table_that_changed_keeps_the_points_of_what_did_not(void **state) {
    (void)state;
    char *folder = test_folder();
    int calls = 0;
    const struct sr_meaning meaning = {.point = letters, .user = &calls, .model = "letters"};
    struct sr_memory *memory = NULL;
    assert_int_equal(sr_memory_open(NULL, words, &meaning, &memory, NULL), 0);
    char *path = test_file(folder, "t.tsv", "id\tnames\ttext\na\tmar\tEl mar es agua.\nb\tsol\tEl sol arde.\n");
    assert_int_equal(sr_memory_load(memory, path, NULL), 2);
    assert_int_equal(sr_memory_unindexed(memory), 2);
    assert_int_equal(sr_memory_index(memory, NULL, NULL, NULL), 0);
    free(path);
    path = test_file(folder, "t.tsv", "id\tnames\ttext\na\tmar\tEl mar es agua.\nc\tluna\tLa luna gira.\n");
    assert_int_equal(sr_memory_load(memory, path, NULL), 2);
    assert_int_equal(sr_memory_unindexed(memory), 1);
    expect(memory, "luna", "c");
    expect(memory, "mar", "a");
    struct sarai_error error = {0};
    free(path);
    path = test_file(folder, "t.tsv", "id\tnames\ttext\na\tmar\n");
    assert_int_equal(sr_memory_load(memory, path, &error), SARAI_EINPUT);
    expect(memory, "luna", "c");
    sr_memory_close(memory);
    free(path);
    test_folder_remove(folder);
}

static int not_again(void *user, double part) {
    (void)part;
    return ++*(int *)user > 1;
}

static void indexing_that_is_stopped_keeps_what_was_done(void **state) {
    (void)state;
    int calls = 0, told = 0;
    struct sr_meaning meaning = {.point = letters, .user = &calls, .model = "letters"};
    char *folder = test_folder();
    char *path = sr_asprintf("%s/memory.db", folder);
    struct sr_memory *memory = NULL;
    assert_int_equal(sr_memory_open(path, words, NULL, &memory, NULL), 0);
    assert_int_equal(sr_memory_add(memory, "a", "", "Uno.", NULL), 0);
    assert_int_equal(sr_memory_add(memory, "b", "", "Dos.", NULL), 0);
    assert_int_equal(sr_memory_index(memory, NULL, NULL, NULL), SARAI_EMODEL);
    sr_memory_close(memory);
    assert_int_equal(sr_memory_open(path, words, &meaning, &memory, NULL), 0);
    assert_int_equal(sr_memory_index(memory, not_again, &told, NULL), SARAI_ESTALE);
    assert_int_equal(sr_memory_unindexed(memory), 1);
    sr_memory_close(memory);
    free(path);
    test_folder_remove(folder);
}

static void a_memory_of_a_newer_version_is_refused(void **state) {
    (void)state;
    char *folder = test_folder();
    char *path = sr_asprintf("%s/memory.db", folder);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
    sqlite3_close(db);
    struct sr_memory *memory = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_memory_open(path, words, NULL, &memory, &error), SARAI_EINPUT);
    assert_non_null(strstr(error.text, "newer"));
    free(path);
    test_folder_remove(folder);
}

static void a_failing_allocation_leaves_the_passage_whole_or_not_there(void **state) {
    (void)state;
    int calls = 0;
    const struct sr_meaning meaning = {.point = letters, .user = &calls, .model = "letters"};
    for (int n = 1;; n++) {
        struct sr_memory *memory = NULL;
        sr_fail_alloc_at(n);
        int status = sr_memory_open(NULL, words, &meaning, &memory, NULL);
        if (status == 0)
            status = sr_memory_add(memory, "a", "", "El mar es agua. Es azul.", NULL);
        sr_fail_alloc_off();
        if (memory)
            expect(memory, "mar azul", status == 0 ? "a" : NULL);
        sr_memory_close(memory);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, 0);
            break;
        }
        assert_true(status < 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_passage_that_names_the_topic_comes_first),
        cmocka_unit_test(a_question_without_content_or_match_finds_nothing),
        cmocka_unit_test(adding_an_id_again_replaces_it),
        cmocka_unit_test(a_memory_on_disk_is_there_when_it_is_opened_again),
        cmocka_unit_test(a_passage_is_found_by_what_it_means_and_answers_with_its_best_sentence),
        cmocka_unit_test(a_table_that_changed_keeps_the_points_of_what_did_not),
        cmocka_unit_test(indexing_that_is_stopped_keeps_what_was_done),
        cmocka_unit_test(a_memory_of_a_newer_version_is_refused),
        cmocka_unit_test(a_failing_allocation_leaves_the_passage_whole_or_not_there),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
