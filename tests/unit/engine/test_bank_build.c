/* SPDX-License-Identifier: Apache-2.0 */
/* How the audio bank comes about and what stays of it when the tables of reading change, with the null voice. */
#include "engine/bank_place.h"
#include "engine/engine.h"

#include "support/failing_alloc.h"
#include "support/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ABBREVIATED "Le atiende el Sr. Robles."
#define PLAIN "Buenas, aquí estoy."

struct fixture {
    char *share, *spanish, *english, *banks, *templates;
    struct sarai_config *config;
    struct sarai_engine *engine;
};

static char *source_of(const char *language, const char *name) {
    const char *source = getenv("SARAI_TEST_SOURCE");
    return sr_asprintf("%s/data/%s/%s", source ? source : ".", language, name);
}

/* A folder of tables that are those of the project until one is written in its place. */
static char *link_tables(const char *share, const char *language) {
    char *folder = sr_asprintf("%s/%s", share, language), *from = source_of(language, "");
    DIR *dir = opendir(from);
    assert_non_null(dir);
    assert_int_equal(mkdir(folder, 0777), 0);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *path = sr_asprintf("%s/%s", folder, entry->d_name), *there = realpath(from, NULL);
        char *target = sr_asprintf("%s/%s", there, entry->d_name);
        if (*entry->d_name != '.')
            assert_int_equal(symlink(target, path), 0);
        free(path);
        free(there);
        free(target);
    }
    closedir(dir);
    free(from);
    return folder;
}

/* The table of the project with `row` before all others: the first one counts. */
static void add_row(struct fixture *f, const char *name, const char *row) {
    char *from = source_of("es", name), *text = NULL, *path = sr_asprintf("%s/%s", f->spanish, name);
    size_t len;
    assert_int_equal(sr_read_file(from, 1 << 20, &text, &len, NULL), SARAI_OK);
    const int header = (int)strcspn(text, "\n") + 1;
    char *longer = sr_asprintf("%.*s%s\n%s", header, text, row, text + header);
    unlink(path);
    free(test_file(f->spanish, name, longer));
    free(longer);
    free(text);
    free(path);
    free(from);
}

static void set(struct fixture *f, const char *key, const char *value) {
    struct sarai_error error = {0};
    if (sarai_config_set(f->config, key, value, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    struct sarai_error error;
    f->share = test_folder();
    f->spanish = link_tables(f->share, "es");
    f->english = link_tables(f->share, "en");
    f->banks = test_folder();
    f->templates = test_file(f->share, "templates.tsv",
                             "id\tphrases\treplies\nhello\thola\t" PLAIN "\nwho\tquién atiende\t" ABBREVIATED "\n");
    assert_int_equal(sarai_config_new(&f->config, &error), 0);
    set(f, "tts.backend", "null");
    set(f, "tts.ms_per_char", "1");
    set(f, "llm.backend", "none");
    set(f, "brain.meaning", "words");
    set(f, "model.share", f->share);
    set(f, "speech.bank_dir", f->banks);
    set(f, "brain.templates", f->templates);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sarai_engine_free(f->engine);
    sarai_config_free(f->config);
    test_folder_remove(f->spanish);
    test_folder_remove(f->english);
    test_folder_remove(f->share);
    test_folder_remove(f->banks);
    free(f->templates);
    free(f);
    return 0;
}

/* As a program that starts now finds things. */
static void start(struct fixture *f) {
    struct sarai_error error = {0};
    sarai_engine_free(f->engine);
    f->engine = NULL;
    if (sarai_engine_new(f->config, SARAI_USE_BRAIN | SARAI_USE_TTS, &f->engine, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
}

static struct sarai_bank build(struct fixture *f) {
    struct sarai_bank bank = {.path = ""};
    struct sarai_error error = {0};
    if (sarai_bank_build(f->engine, NULL, NULL, &bank, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    assert_true(bank.sentences > 24);
    assert_int_equal(bank.ready, bank.sentences);
    return bank;
}

static bool is_ready(const struct fixture *f, const char *text) {
    struct sr_bank_clip clip;
    return sr_bank_find(sr_bank_shelf_get(&f->engine->bank), text, SR_STYLE_AUTO, &clip);
}

static void a_changed_table_renders_only_the_sentences_that_sound_different(void **state) {
    struct fixture *f = *state;
    start(f);
    const struct sarai_bank first = build(f);
    assert_int_equal(first.rendered, first.sentences);
    add_row(f, "normalize_words.tsv", "abbr\tsr.\tseñorito");
    start(f);
    const struct sarai_bank again = build(f);
    assert_int_equal(again.rendered, 1);
    assert_int_equal(again.sentences, first.sentences);
    assert_string_equal(again.path, first.path);
    assert_int_equal(build(f).rendered, 0);
}

static void a_sentence_that_would_be_read_otherwise_is_not_heard_until_it_was_rendered(void **state) {
    struct fixture *f = *state;
    start(f);
    build(f);
    assert_true(is_ready(f, ABBREVIATED) && is_ready(f, PLAIN));
    add_row(f, "normalize_words.tsv", "abbr\tsr.\tseñorito");
    start(f);
    assert_false(is_ready(f, ABBREVIATED));
    assert_true(is_ready(f, PLAIN));
    build(f);
    assert_true(is_ready(f, ABBREVIATED) && is_ready(f, PLAIN));
    start(f);
    assert_true(is_ready(f, ABBREVIATED) && is_ready(f, PLAIN));
}

static void another_style_for_a_text_is_another_sound(void **state) {
    struct fixture *f = *state;
    start(f);
    build(f);
    add_row(f, "styles.tsv", "calm\trobles");
    start(f);
    assert_false(is_ready(f, ABBREVIATED));
    assert_int_equal(build(f).rendered, 1);
}

static void tables_that_change_no_sentence_are_noted_and_nothing_is_rendered(void **state) {
    struct fixture *f = *state;
    start(f);
    build(f);
    const uint64_t tables = sr_bank_tables(sr_bank_shelf_get(&f->engine->bank));
    add_row(f, "foreign.tsv", "foreign\tzzyzx\tzaizics");
    start(f);
    assert_int_equal(sr_bank_tables(sr_bank_shelf_get(&f->engine->bank)), tables);
    assert_int_equal(build(f).rendered, 0);
    start(f);
    assert_int_not_equal(sr_bank_tables(sr_bank_shelf_get(&f->engine->bank)), tables);
    assert_true(is_ready(f, ABBREVIATED));
}

static int stop_at_once(void *user, double part) {
    (void)user, (void)part;
    return 1;
}

static void an_interrupted_build_keeps_what_still_sounds_the_same(void **state) {
    struct fixture *f = *state;
    struct sarai_bank bank = {.path = ""};
    start(f);
    build(f);
    add_row(f, "normalize_words.tsv", "abbr\tsr.\tseñorito");
    start(f);
    assert_int_equal(sarai_bank_build(f->engine, stop_at_once, NULL, &bank, NULL), SARAI_ESTALE);
    assert_true(bank.ready + 1 >= bank.sentences);
    start(f);
    assert_true(is_ready(f, PLAIN));
    assert_true(build(f).rendered <= 1);
}

static void a_file_of_an_older_form_is_made_anew(void **state) {
    struct fixture *f = *state;
    start(f);
    const struct sarai_bank first = build(f);
    FILE *file = fopen(first.path, "r+b");
    assert_true(file && fseek(file, 12, SEEK_SET) == 0 && fputc(2, file) == 2 && fclose(file) == 0);
    start(f);
    assert_null(sr_bank_shelf_get(&f->engine->bank));
    assert_int_equal(build(f).rendered, first.sentences);
}

/* `age` seconds ago. */
static void make_file(const struct fixture *f, const char *name, time_t age) {
    char *path = test_file(f->banks, name, "x");
    const struct timespec times[] = {{.tv_sec = time(NULL) - age}, {.tv_sec = time(NULL) - age}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(path);
}

static bool is_there(const struct fixture *f, const char *name) {
    char *path = sr_asprintf("%s/%s", f->banks, name);
    const bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static void the_banks_used_last_stay_and_older_ones_go(void **state) {
    struct fixture *f = *state;
    make_file(f, "0000000000000001.bank", 10);
    make_file(f, "0000000000000002.bank", 20);
    make_file(f, "0000000000000003.bank.part", 30);
    make_file(f, "0000000000000004.bank", 40);
    make_file(f, "0000000000000005.bank.part", 50);
    make_file(f, "mine.bank", 60);
    make_file(f, "0000000000000006.wav", 70);
    start(f);
    build(f);
    assert_true(is_there(f, "0000000000000001.bank") && is_there(f, "0000000000000002.bank"));
    assert_true(is_there(f, "0000000000000003.bank.part"));
    assert_false(is_there(f, "0000000000000004.bank"));
    assert_false(is_there(f, "0000000000000005.bank.part"));
    assert_true(is_there(f, "mine.bank") && is_there(f, "0000000000000006.wav"));
    assert_int_equal(test_folder_count(f->banks), 6);
}

static void a_bank_that_is_only_heard_counts_as_used(void **state) {
    struct fixture *f = *state;
    start(f);
    const struct sarai_bank old = build(f);
    const struct timespec times[] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(AT_FDCWD, old.path, times, 0), 0);
    start(f);
    make_file(f, "0000000000000001.bank", 10);
    make_file(f, "0000000000000002.bank", 20);
    make_file(f, "0000000000000003.bank", 30);
    set(f, "tts.ms_per_char", "2"); /* another voice */
    start(f);
    assert_string_not_equal(build(f).path, old.path);
    assert_int_equal(access(old.path, F_OK), 0);
    assert_false(is_there(f, "0000000000000003.bank"));
}

static void a_key_is_whole_or_memory_ran_out(void **state) {
    struct fixture *f = *state;
    struct sr_bank_place expected = {.key = ""};
    start(f);
    assert_int_equal(sr_bank_place_init(f->engine, &expected), SARAI_OK);
    for (int n = 1;; n++) {
        struct sr_bank_place place = {.key = ""};
        sr_fail_alloc_at(n);
        const int status = sr_bank_place_init(f->engine, &place);
        sr_fail_alloc_off();
        if (status == SARAI_OK) {
            assert_string_equal(place.path, expected.path);
            assert_int_equal(place.tables, expected.tables);
        } else {
            assert_int_equal(status, SARAI_ENOMEM);
        }
        sr_bank_place_deinit(&place);
        if (!sr_fail_alloc_hit())
            break;
    }
    sr_bank_place_deinit(&expected);
}

static void a_build_may_run_out_of_memory_anywhere_and_the_next_one_goes_on(void **state) {
    struct fixture *f = *state;
    bool ran_out = true;
    for (int n = 1; ran_out; n += 1 + n / 3) {
        struct sarai_error error = {0};
        start(f);
        sr_fail_alloc_at(n);
        const int status = sarai_bank_build(f->engine, NULL, NULL, NULL, &error);
        sr_fail_alloc_off();
        ran_out = sr_fail_alloc_hit();
        if (status < 0)
            assert_int_equal(status, SARAI_ENOMEM);
    }
    build(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_changed_table_renders_only_the_sentences_that_sound_different, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_sentence_that_would_be_read_otherwise_is_not_heard_until_it_was_rendered,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(another_style_for_a_text_is_another_sound, setup, teardown),
        cmocka_unit_test_setup_teardown(tables_that_change_no_sentence_are_noted_and_nothing_is_rendered, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_interrupted_build_keeps_what_still_sounds_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_of_an_older_form_is_made_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(the_banks_used_last_stay_and_older_ones_go, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bank_that_is_only_heard_counts_as_used, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_is_whole_or_memory_ran_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_build_may_run_out_of_memory_anywhere_and_the_next_one_goes_on, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
