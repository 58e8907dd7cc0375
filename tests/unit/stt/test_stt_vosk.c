/* SPDX-License-Identifier: Apache-2.0 */
/* Our side of Vosk, over a library that tells what it was fed (fake_vosk.c). */
#include "base/str.h"
#include "model/model_opts.h"
#include "stt/stt.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char *folder;
    struct sr_model_opts models;
    struct sr_stt_opts opts;
    struct sr_stt_model *model;
    struct sr_stt *stt;
    float samples[SR_RATE_HZ * 31];
};

static void make(const char *folder, const char *name) {
    char *path = sr_asprintf("%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
    free(path);
}

/* A models folder with the library and two models, one of them bad. */
static char *make_models(void) {
    char *folder = test_folder(), *target = sr_asprintf("%s/vosk/libvosk.so", folder);
    char *library = sr_asprintf("%s/tests/libfake_vosk.so", getenv("SARAI_TEST_BUILD"));
    make(folder, "vosk");
    make(folder, "es");
    make(folder, "es/am");
    make(folder, "bad");
    make(folder, "bad/am");
    free(test_file(folder, "es/am/final.mdl", "x"));
    free(test_file(folder, "bad/am/final.mdl", "x"));
    assert_int_equal(symlink(library, target), 0);
    free(target);
    free(library);
    return folder;
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    struct sarai_error error = {0};
    *state = f;
    f->folder = make_models();
    f->models.dir = f->folder;
    sr_opt_defaults(sr_stt_opts_table, &f->opts);
    sr_opt_set(sr_opt_find(sr_stt_opts_table, "vosk"), &f->opts, "es", "test", NULL);
    for (size_t i = 0; i < sizeof f->samples / sizeof *f->samples; i++)
        f->samples[i] = (float)(i % 100) / 200;
    if (sr_stt_vosk.load(&f->opts, &f->models, &f->model, &error) < 0 ||
        sr_stt_vosk.open(f->model, &f->opts, NULL, &f->stt, &error) < 0) {
        print_error("%s: %s\n", error.where, error.text);
        return -1;
    }
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_stt_vosk.close(f->stt);
    sr_stt_vosk.unload(f->model);
    sr_opt_deinit(sr_stt_opts_table, &f->opts);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static void expect(struct fixture *f, size_t count, enum sr_purpose purpose, const char *text) {
    struct sr_stt_result result = {0};
    assert_int_equal(sr_stt_vosk.decode(f->stt, f->samples, count, purpose, NULL, &result), SARAI_OK);
    assert_string_equal(result.text, text);
    assert_string_equal(result.language, "es");
    assert_int_equal(result.count > 0, *text != '\0');
    sr_stt_result_deinit(&result);
}

static void of_a_growing_utterance_only_the_new_blocks_are_fed(void **state) {
    struct fixture *f = *state;
    expect(f, 3300, SR_PARTIAL, "f3200");
    expect(f, 6300, SR_PARTIAL, "f3200");
    expect(f, 6400, SR_PARTIAL, "f3200 f3200");
    expect(f, 6500, SR_FINAL, "f3200 f3200 f100");
    expect(f, 0, SR_FINAL, "");
}

static void a_text_heard_as_it_grew_is_that_of_the_whole(void **state) {
    struct fixture *f = *state;
    struct sr_stt_result whole = {0}, grown = {0};
    const size_t count = 4 * SR_RATE_HZ + 123;
    assert_int_equal(sr_stt_vosk.decode(f->stt, f->samples, count, SR_FINAL, NULL, &whole), SARAI_OK);
    for (size_t i = 1000; i < count; i += 1777) {
        assert_int_equal(sr_stt_vosk.decode(f->stt, f->samples, i, SR_PARTIAL, NULL, &grown), SARAI_OK);
        sr_stt_result_deinit(&grown);
    }
    assert_int_equal(sr_stt_vosk.decode(f->stt, f->samples, count, SR_DRAFT, NULL, &grown), SARAI_OK);
    assert_string_equal(grown.text, whole.text);
    /* Vosk ended a result after three seconds, we the other one. */
    assert_int_equal(whole.count, 2);
    assert_int_equal(whole.segments[0].start_ms, 500);
    assert_int_equal(whole.segments[1].end_ms, 750);
    sr_stt_result_deinit(&grown);
    /* Whoever goes on after a draft is heard again from the start. */
    assert_int_equal(sr_stt_vosk.decode(f->stt, f->samples, count, SR_FINAL, NULL, &grown), SARAI_OK);
    assert_string_equal(grown.text, whole.text);
    sr_stt_result_deinit(&grown);
    sr_stt_result_deinit(&whole);
}

static void another_utterance_begins_anew(void **state) {
    struct fixture *f = *state;
    expect(f, 3200, SR_PARTIAL, "f3200");
    f->samples[10] = -0.5f;
    expect(f, 6400, SR_PARTIAL, "f3200 f3200");
    f->samples[10] = 0.5f;
    expect(f, 3200, SR_PARTIAL, "f3200");
}

static void an_abort_is_obeyed_and_too_much_is_refused(void **state) {
    struct fixture *f = *state;
    struct sr_stt_result result = {0};
    atomic_bool stop = true;
    const struct sr_abort abort = {.stop = &stop};
    assert_int_equal(sr_stt_vosk.decode(f->stt, f->samples, 3200, SR_FINAL, &abort, &result), SARAI_ESTALE);
    assert_int_equal(sr_stt_vosk.decode(f->stt, f->samples, 30 * SR_RATE_HZ + 1, SR_FINAL, NULL, &result),
                     SARAI_EINPUT);
    assert_null(result.text);
}

static void what_is_missing_is_named_with_what_to_do(void **state) {
    struct fixture *f = *state;
    struct sarai_error error = {0};
    struct sr_stt_model *model = NULL;
    struct sr_stt_opts opts = f->opts;
    char *empty = test_folder();
    const struct sr_model_opts none = {.dir = empty};
    assert_int_equal(sr_stt_vosk.load(&opts, &none, &model, &error), SARAI_EMODEL);
    assert_non_null(strstr(error.text, "sarai models pull vosk"));
    opts.vosk = (char[]){"nothing"};
    assert_int_equal(sr_stt_vosk.load(&opts, &f->models, &model, &error), SARAI_EMODEL);
    assert_non_null(strstr(error.text, "sarai models pull vosk-es"));
    opts.vosk = (char[]){"bad"};
    assert_int_equal(sr_stt_vosk.load(&opts, &f->models, &model, &error), SARAI_EMODEL);
    assert_non_null(strstr(error.text, "damaged"));
    make(empty, "vosk");
    free(test_file(empty, "vosk/libvosk.so", "no library"));
    make(empty, "es");
    make(empty, "es/am");
    free(test_file(empty, "es/am/final.mdl", "x"));
    assert_int_equal(sr_stt_vosk.load(&f->opts, &none, &model, &error), SARAI_EMODEL);
    assert_non_null(strstr(error.text, "can't be opened"));
    assert_null(model);
    test_folder_remove(empty);
}

static void without_memory_it_is_an_error(void **state) {
    struct fixture *f = *state;
    for (int n = 1;; n++) {
        struct sr_stt *stt = NULL;
        struct sr_stt_result result = {0};
        sr_fail_alloc_at(n);
        int status = sr_stt_vosk.open(f->model, &f->opts, NULL, &stt, NULL);
        if (status == SARAI_OK)
            status = sr_stt_vosk.decode(stt, f->samples, 49000, SR_FINAL, NULL, &result);
        sr_fail_alloc_off();
        const bool hit = sr_fail_alloc_hit();
        sr_stt_result_deinit(&result);
        sr_stt_vosk.close(stt);
        assert_true(status == SARAI_OK || (status == SARAI_ENOMEM && hit));
        if (!hit)
            break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_a_growing_utterance_only_the_new_blocks_are_fed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_text_heard_as_it_grew_is_that_of_the_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(another_utterance_begins_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(an_abort_is_obeyed_and_too_much_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_missing_is_named_with_what_to_do, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_it_is_an_error, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
