/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a turn on the real models: our own voice finishes a sentence, or stops where nobody stops. */
#include <sarai/sarai.h>

#include "audio/wav.h"
#include "learn/turn_train.h"
#include "model/embed.h"
#include "support/test.h"
#include "support/voice.h"
#include "turn/turn_end.h"

#include <math.h>
#include <pthread.h>
#include <unistd.h>

static struct sarai_engine *engine;
static struct sr_embed *embed;
static struct sr_ort *ort;
static char *folder;

static void check(int status, const struct sarai_error *error) {
    if (status < 0)
        fail_msg("%s: %s", error->where, error->text);
}

static int setup(void **state) {
    (void)state;
    struct sarai_config *config = NULL;
    struct sarai_error error = {0};
    check(sarai_config_new(&config, &error), &error);
    check(sarai_engine_new(config, SARAI_USE_VAD | SARAI_USE_STT | SARAI_USE_TURN, &engine, &error), &error);
    sarai_config_free(config);
    check(sr_embed_load(NULL, &embed, &error), &error);
    check(sr_ort_open(NULL, &ort, &error), &error);
    folder = test_folder();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    sarai_engine_free(engine);
    sr_embed_unload(embed);
    sr_ort_close(ort);
    test_folder_remove(folder);
    return 0;
}

/* ------------------------------------------------------------------------------------------------------- embeddings --
 */

static float likeness(const char *a, const char *b) {
    float x[SR_EMBED_SIZE], y[SR_EMBED_SIZE], sum = 0;
    assert_int_equal(sr_embed_text(embed, "query", a, x), SARAI_OK);
    assert_int_equal(sr_embed_text(embed, "query", b, y), SARAI_OK);
    for (int i = 0; i < SR_EMBED_SIZE; i++)
        sum += x[i] * y[i];
    return sum;
}

static void texts_of_one_meaning_are_near(void **state) {
    (void)state;
    assert_float_equal(likeness("¿Qué hora es?", "¿Qué hora es?"), 1, 1e-4);
    assert_true(likeness("¿Qué hora es?", "dime la hora") > likeness("¿Qué hora es?", "cierra la ventana") + 0.02f);
}

static void any_text_has_a_point(void **state) {
    (void)state;
    char *ligatures = calloc(1, 3001);
    for (int i = 0; i < 1000; i++)
        memcpy(ligatures + 3 * i, "\xEF\xB7\xBA", 3); /* eighteen letters each */
    const char *const texts[] = {"", " ", "\xFF\xFE", "😀 你好", ligatures};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        float point[SR_EMBED_SIZE], sum = 0;
        assert_int_equal(sr_embed_text(embed, "passage", texts[i], point), SARAI_OK);
        for (int j = 0; j < SR_EMBED_SIZE; j++)
            sum += point[j] * point[j];
        assert_float_equal(sum, 1, 1e-3);
    }
    free(ligatures);
}

static void *embed_many(void *arg) {
    float *points = arg;
    for (int i = 0; i < 40; i++) {
        char text[32];
        snprintf(text, sizeof text, "frase número %d", i % 20);
        if (sr_embed_text(embed, "query", text, points + (size_t)(i % 20) * SR_EMBED_SIZE) < 0)
            return NULL;
    }
    return arg;
}

static void threads_share_the_model(void **state) {
    (void)state;
    static float points[2][20 * SR_EMBED_SIZE];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, embed_many, points[i]), 0);
    for (int i = 0; i < 2; i++) {
        void *done = NULL;
        assert_int_equal(pthread_join(threads[i], &done), 0);
        assert_non_null(done);
    }
    assert_memory_equal(points[0], points[1], sizeof points[0]);
}

/* --------------------------------------------------------------------------------------------------------- reading --
 */

static float read_draft(const struct sr_turn_end *end, struct sr_embed *with, const char *draft) {
    float logit = NAN;
    assert_int_equal(sr_turn_end_text(end, with, draft, &logit), SARAI_OK);
    return logit;
}

static void the_shipped_table_tells_finished_drafts_from_unfinished_ones(void **state) {
    (void)state;
    static const char *const whole[] = {"¿Cómo te llamas?", "Mañana vamos a la playa con los niños.",
                                        "hasta luego",      "¿Cuál es la capital de Italia?",
                                        "Gracias.",         "Cierra todas las ventanas."};
    static const char *const cut[] = {"¿Cuál es la capital de",  "Mañana vamos a la playa con los.",
                                      "pon una alarma para las", "Quiero que me",
                                      "Lo que pasa es que",      "¿Y si en vez de..."};
    struct sr_turn_end *end = NULL;
    struct sarai_error error = {0};
    check(sr_turn_end_load(NULL, "es", &end, &error), &error);
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        assert_true(read_draft(end, embed, whole[i]) > 0.5f);
        assert_true(read_draft(end, NULL, whole[i]) > 0);
        assert_true(read_draft(end, embed, cut[i]) < -1);
        assert_true(read_draft(end, NULL, cut[i]) < -0.5f);
    }
    sr_turn_end_free(end);
}

/* --------------------------------------------------------------------------------------------------- training -- */

static void count_reports(void *user, const struct sr_turn_report *report) {
    assert_true(report->score.count > 0 && report->score.right >= 0 && report->score.right <= 1);
    ++*(int *)user;
}

static void a_trained_table_can_be_loaded_and_has_learned(void **state) {
    (void)state;
    static const char *const things[] = {"luz", "radio", "puerta", "ventana", "tele", "música", "bici", "persiana"};
    struct sr_turn_samples samples = {0};
    struct sr_turn_text *text = NULL;
    struct sr_turn_end *end = NULL;
    struct sarai_error error = {0};
    int reports = 0;
    for (int i = 0; i < 160; i++) {
        const char *thing = things[i / 2 % 8];
        struct sr_turn_sample sample = {.source = sr_asprintf("%s %d", thing, i / 16), .over = i % 2};
        sample.draft = i % 2 ? sr_asprintf("Quiero la %s.", thing) : sr_asprintf("Quiero la %s de", thing);
        assert_int_equal(sr_turn_samples_add(&samples, sample), SARAI_OK);
    }
    check(sr_turn_text_load(NULL, "es", &text, &error), &error);
    char *path = sr_asprintf("%s/turn_end.tsv", folder), *source = getenv("SARAI_TEST_SOURCE");
    check(sr_turn_train(&samples, text, embed, path, count_reports, NULL, &reports, &error), &error);
    assert_int_equal(reports, 3);
    assert_non_null(source);
    static const char *const names[] = {"turn_words.tsv", "templates.tsv"};
    for (int i = 0; i < 2; i++) {
        char *from = sr_asprintf("%s/data/es/%s", source, names[i]), *to = sr_asprintf("%s/%s", folder, names[i]);
        assert_int_equal(symlink(from, to), 0);
        free(from);
        free(to);
    }
    check(sr_turn_end_load(NULL, folder, &end, &error), &error);
    assert_true(read_draft(end, embed, "Quiero la nevera.") > 0);
    assert_true(read_draft(end, embed, "Quiero la nevera de") < 0);
    assert_true(read_draft(end, NULL, "Quiero la nevera de") < 0);
    sr_turn_end_free(end);
    sr_turn_text_free(text);
    sr_turn_samples_deinit(&samples);
    free(path);
}

/* --------------------------------------------------------------------------------------------------------- hearing --
 */

static void keep(void *user, const struct sarai_turn_end *result) {
    struct sarai_turn_end *kept = user;
    *kept = *result;
    kept->draft = NULL;
    print_message("over %.2f  audio %.2f  text %.2f  pause %.0f ms: %s\n", result->over, result->audio, result->text,
                  result->pause_ms, result->draft);
}

/* What our voice says, with `pause_ms` of silence behind it. */
static struct sarai_turn_end judge(const char *text, int pause_ms) {
    struct sarai_turn_end result = {0};
    struct sarai_error error = {0};
    struct sr_wav *wav = NULL;
    size_t count = 0;
    float *samples = test_voice(ort, text, pause_ms, &count);
    char *path = sr_asprintf("%s/turn.wav", folder);
    check(sr_wav_create(path, 16000, 1, &wav, &error), &error);
    check(sr_wav_write(wav, samples, count), &error);
    check(sr_wav_commit(wav, &error), &error);
    check(sarai_turn_file(engine, path, keep, &result, &error), &error);
    free(path);
    free(samples);
    return result;
}

static void a_whole_sentence_is_over_and_one_that_stops_at_a_conjunction_is_not(void **state) {
    (void)state;
    const struct sarai_turn_end whole = judge("¿Cuántos huesos tiene el cuerpo humano?", 400);
    const struct sarai_turn_end cut = judge("Hoy no voy al trabajo porque", 400);
    assert_true(whole.over >= 0.5 && whole.text > 0.6);
    assert_true(cut.over < 0.5 && cut.text < 0.3);
    assert_true(fabs(whole.pause_ms - 400) < 200 && fabs(cut.pause_ms - 400) < 200);
}

static void nobody_waits_longer_than_the_longest_pause(void **state) {
    (void)state;
    assert_true(judge("Hoy no voy al trabajo porque", 1600).over >= 0.5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_one_meaning_are_near),
        cmocka_unit_test(any_text_has_a_point),
        cmocka_unit_test(threads_share_the_model),
        cmocka_unit_test(the_shipped_table_tells_finished_drafts_from_unfinished_ones),
        cmocka_unit_test(a_trained_table_can_be_loaded_and_has_learned),
        cmocka_unit_test(a_whole_sentence_is_over_and_one_that_stops_at_a_conjunction_is_not),
        cmocka_unit_test(nobody_waits_longer_than_the_longest_pause),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
