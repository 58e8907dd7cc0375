/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/turn_corpus.h"
#include "learn/turn_speech.h"

#include "base/utf8.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>
#include <sys/stat.h>

#define SENTENCES                                                                                                      \
    "# notes\nQuiero ir / a la playa / con mi hermana mañana.\nPon la radio.\nSí.\nPon la radio de la cocina.\n"
#define PHRASES "id\tphrases\treplies\na\tqué hora es|hasta luego\tx\n"
#define KNOWLEDGE "id\tnames\ttext\nm\tmar\tEl mar es agua salada. El mar cubre casi toda la Tierra.\n"

struct tables {
    char *folder, *es;
    struct sr_model_opts models;
};

static int make(void **state) {
    struct tables *t = calloc(1, sizeof *t);
    t->folder = test_folder();
    t->es = sr_asprintf("%s/es", t->folder);
    assert_int_equal(mkdir(t->es, 0700), 0);
    t->models = (struct sr_model_opts){.dir = "", .share = t->folder};
    free(test_file(t->es, "turn_sentences.txt", SENTENCES));
    free(test_file(t->es, "templates.tsv", PHRASES));
    free(test_file(t->es, "knowledge.tsv", KNOWLEDGE));
    *state = t;
    return 0;
}

static int unmake(void **state) {
    struct tables *t = *state;
    test_folder_remove(t->es);
    test_folder_remove(t->folder);
    free(t);
    return 0;
}

static struct sr_turn_corpus *load(const struct tables *t) {
    struct sr_turn_corpus *corpus = NULL;
    struct sarai_error error = {0};
    if (sr_turn_corpus_load(&t->models, "es", &corpus, &error) != SARAI_OK)
        fail_msg("%s: %s", error.where, error.text);
    return corpus;
}

static char *fold(const char *text) {
    struct sr_str out = {0};
    sr_str_adds(&out, "");
    sr_utf8_fold(text, strlen(text), &out);
    return sr_str_take(&out);
}

/* --------------------------------------------------------------------------------------------------------- written --
 */

static void every_table_gives_its_utterances(void **state) {
    struct sr_turn_corpus *corpus = load(*state);
    static const char *const wanted[] = {"Quiero ir a la playa con mi hermana mañana.",
                                         "Pon la radio.",
                                         "Sí.",
                                         "Pon la radio de la cocina.",
                                         "¿Qué hora es?",
                                         "Hasta luego.",
                                         "El mar es agua salada.",
                                         "El mar cubre casi toda la Tierra."};
    assert_int_equal(corpus->count, 8);
    for (size_t i = 0; i < corpus->count; i++) {
        char *text = sr_turn_corpus_text(corpus, i);
        assert_string_equal(text, wanted[i]);
        free(text);
    }
    sr_turn_corpus_free(corpus);
}

static void a_whole_draft_says_everything_and_a_cut_one_a_part(void **state) {
    struct sr_turn_corpus *corpus = load(*state);
    uint64_t seed = 1;
    int cuts = 0;
    for (int i = 0; i < 400; i++) {
        const size_t which = (size_t)i % corpus->count;
        char *text = sr_turn_corpus_text(corpus, which), *all = fold(text), *draft = NULL, *said;
        assert_int_equal(sr_turn_corpus_draft(corpus, which, true, &seed, &draft), SARAI_OK);
        said = fold(draft);
        assert_string_equal(said, all);
        free(said);
        free(draft);
        assert_int_equal(sr_turn_corpus_draft(corpus, which, false, &seed, &draft), SARAI_OK);
        if (draft) {
            said = fold(draft);
            assert_true(strlen(said) < strlen(all) && strncmp(said, all, strlen(said)) == 0);
            assert_string_not_equal(said, "pon la radio"); /* that would be a whole one */
            free(said);
            cuts++;
        }
        free(draft);
        free(all);
        free(text);
    }
    assert_true(cuts > 200);
    sr_turn_corpus_free(corpus);
}

static void the_corpus_survives_every_failing_allocation(void **state) {
    struct tables *t = *state;
    for (int n = 1;; n++) {
        struct sr_turn_corpus *corpus = NULL;
        sr_fail_alloc_at(n);
        const int status = sr_turn_corpus_load(&t->models, "es", &corpus, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            sr_turn_corpus_free(corpus);
            break;
        }
        assert_true(status < 0);
        assert_null(corpus);
    }
}

/* ----------------------------------------------------------------------------------------------------------- heard --
 */

struct studio {
    int said, heard;
    bool deaf; /* hears the same whatever is cut */
};

static int say(void *user, const char *text, const char *voice, float speed, float **samples, size_t *count,
               struct sarai_error *error) {
    struct studio *studio = user;
    (void)error;
    assert_true(*text && strcmp(voice, "voz") == 0 && speed >= 0.5f && speed <= 2);
    studio->said++;
    *count = 16000;
    *samples = malloc(*count * sizeof **samples);
    for (size_t i = 0; i < *count; i++)
        (*samples)[i] = i / 1600 % 2 ? 0.001f : 0.3f * sinf((float)i / 5);
    return SARAI_OK;
}

static int hear(void *user, const float *samples, size_t count, char **draft, struct sr_turn_cues *cues,
                struct sarai_error *error) {
    struct studio *studio = user;
    (void)samples, (void)error;
    studio->heard++;
    *draft = studio->deaf ? sr_strdup("hola") : sr_asprintf("hola\t%zu", count);
    cues->audio = 0.25f;
    cues->energy_slope_db_per_s = -7;
    return SARAI_OK;
}

static void what_was_heard_is_kept_and_continued(void **state) {
    struct tables *t = *state;
    static const char *const voices[] = {"voz"};
    struct sr_turn_corpus *corpus = load(t);
    struct studio who = {0};
    const struct sr_turn_studio studio = {say, hear, &who, voices, 1};
    struct sr_turn_samples samples = {0};
    char *path = sr_asprintf("%s/heard.tsv", t->es);
    assert_int_equal(sr_turn_speech_make(corpus, &studio, 2, path, NULL, NULL, NULL), SARAI_OK);
    assert_int_equal(sr_turn_speech_make(corpus, &studio, 3, path, NULL, NULL, NULL), SARAI_OK);
    assert_int_equal(who.said, 3);
    assert_int_equal(who.heard, 9);
    assert_int_equal(sr_turn_speech_read(path, &samples, NULL), 9);
    assert_int_equal(samples.count, 9);
    for (size_t i = 0; i < samples.count; i++) {
        assert_int_equal(samples.list[i].over, i % 3 == 0);
        assert_true(samples.list[i].heard && strncmp(samples.list[i].draft, "hola ", 5) == 0);
        assert_float_equal(samples.list[i].cues.audio, 0.25, 1e-6);
        assert_float_equal(samples.list[i].cues.energy_slope_db_per_s, -7, 1e-6);
        assert_true(isnan(samples.list[i].cues.f0_final_st));
    }
    sr_turn_samples_deinit(&samples);
    sr_turn_corpus_free(corpus);
    free(path);
}

static void a_cut_that_left_every_word_is_no_example(void **state) {
    struct tables *t = *state;
    static const char *const voices[] = {"voz"};
    struct sr_turn_corpus *corpus = load(t);
    struct studio who = {.deaf = true};
    const struct sr_turn_studio studio = {say, hear, &who, voices, 1};
    struct sr_turn_samples samples = {0};
    char *path = sr_asprintf("%s/heard.tsv", t->es);
    assert_int_equal(sr_turn_speech_make(corpus, &studio, 2, path, NULL, NULL, NULL), SARAI_OK);
    assert_int_equal(sr_turn_speech_read(path, &samples, NULL), 6);
    assert_int_equal(samples.count, 2);
    sr_turn_samples_deinit(&samples);
    sr_turn_corpus_free(corpus);
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_table_gives_its_utterances, make, unmake),
        cmocka_unit_test_setup_teardown(a_whole_draft_says_everything_and_a_cut_one_a_part, make, unmake),
        cmocka_unit_test_setup_teardown(the_corpus_survives_every_failing_allocation, make, unmake),
        cmocka_unit_test_setup_teardown(what_was_heard_is_kept_and_continued, make, unmake),
        cmocka_unit_test_setup_teardown(a_cut_that_left_every_word_is_no_example, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
