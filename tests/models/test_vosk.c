/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real libvosk with a real model. Both are large and not part of the default stack, so this runs only where they
 * are given, and is skipped, visibly, elsewhere:
 *   SARAI_TEST_VOSK_LIB    libvosk.so (pip package vosk 0.3.45)
 *   SARAI_TEST_VOSK_MODEL  a model's folder, of any language: what is proven is our side, not how well it hears
 */
#include "base/str.h"
#include "model/model_opts.h"
#include "model/ort.h"
#include "stt/stt.h"
#include "support/test.h"
#include "support/voice.h"

#include <sys/stat.h>
#include <unistd.h>

static void put_link(const char *folder, const char *name, const char *target) {
    char *path = sr_asprintf("%s/%s", folder, name);
    assert_int_equal(symlink(target, path), 0);
    free(path);
}

static char *decode(struct sr_stt *stt, const float *samples, size_t count, enum sr_purpose purpose) {
    struct sr_stt_result result = {0};
    assert_int_equal(sr_stt_vosk.decode(stt, samples, count, purpose, NULL, &result), SARAI_OK);
    char *text = sr_strdup(result.text);
    sr_stt_result_deinit(&result);
    return text;
}

/* Feeds a growing utterance; how many texts differed from the one before. */
static int stream(struct sr_stt *stt, const float *samples, size_t count) {
    char *last = sr_strdup("");
    int changes = 0;
    for (size_t heard = SR_RATE_HZ / 2; heard < count; heard += SR_RATE_HZ / 2) {
        char *text = decode(stt, samples, heard, SR_PARTIAL);
        changes += strcmp(text, last) != 0;
        free(last);
        last = text;
    }
    free(last);
    return changes;
}

static void a_real_model_hears_partials_and_a_final_text_that_is_that_of_the_whole(void **state) {
    (void)state;
    const char *library = getenv("SARAI_TEST_VOSK_LIB"), *model_folder = getenv("SARAI_TEST_VOSK_MODEL");
    if (!library || !model_folder) {
        print_message("skipped: SARAI_TEST_VOSK_LIB and SARAI_TEST_VOSK_MODEL are not both set\n");
        skip();
    }
    char *folder = test_folder(), *vosk = sr_asprintf("%s/vosk", folder);
    const struct sr_model_opts models = {.dir = folder};
    struct sr_stt_opts opts;
    struct sarai_error error = {0};
    struct sr_stt_model *model = NULL;
    struct sr_stt *stt = NULL;
    struct sr_ort *ort = NULL;
    size_t count;
    assert_int_equal(mkdir(vosk, 0700), 0);
    put_link(vosk, "libvosk.so", library);
    put_link(folder, "model", model_folder);
    sr_opt_defaults(sr_stt_opts_table, &opts);
    sr_opt_set(sr_opt_find(sr_stt_opts_table, "vosk"), &opts, "model", "test", NULL);
    assert_int_equal(sr_ort_open(NULL, &ort, &error), SARAI_OK);
    float *samples = test_voice(ort, "Ayer por la tarde fuimos a pasear por la orilla del río.", 300, &count);
    if (sr_stt_vosk.load(&opts, &models, &model, &error) < 0 || sr_stt_vosk.open(model, &opts, NULL, &stt, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);

    char *whole = decode(stt, samples, count, SR_FINAL);
    assert_true(*whole != '\0');
    assert_true(stream(stt, samples, count) >= 2);
    char *grown = decode(stt, samples, count, SR_FINAL);
    assert_string_equal(grown, whole);

    free(grown);
    free(whole);
    free(samples);
    sr_stt_vosk.close(stt);
    sr_stt_vosk.unload(model);
    sr_ort_close(ort);
    sr_opt_deinit(sr_stt_opts_table, &opts);
    test_folder_remove(vosk);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_model_hears_partials_and_a_final_text_that_is_that_of_the_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
