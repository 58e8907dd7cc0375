/* SPDX-License-Identifier: Apache-2.0 */
#include "turn/turn_end.h"

#include "base/str.h"
#include "support/failing_alloc.h"
#include "support/test.h"
#include "turn/turn_text.h"

#include <math.h>
#include <sys/stat.h>

#define WORDS "class\twords\narticle\tel la los\nplace\tde en con\njoin\ty que\norder\tpon dime\nask\tqué\n"
#define PHRASES "id\tphrases\treplies\na\tqué hora es|hasta luego\tx\nb\thasta mañana a todos\tx\n"
#define FUSE                                                                                                           \
    "head\tfeature\tweight\nformat\tversion\t1\nfuse\tbias\t-1\nfuse\ttext\t1\nfuse\tno_text\t-0.5\n"                  \
    "fuse\taudio\t0.5\nfuse\tno_audio\t0\nfuse\tf0_slope\t-1\nfuse\tf0_final\t-1\nfuse\tvoiced_tail\t0\nfuse\tvoiced_" \
    "share\t0\n"                                                                                                       \
    "fuse\tenergy_slope\t0\nfuse\tno_voice\t0\n"
#define PAUSE "fuse\tpause\t1\n"
#define READERS                                                                                                        \
    "meaning\tbias\t0\nwords\tbias\t0.25\nwords\tk1=place\t-3\nwords\tmark=.\t2\nwords\tknown=whole\t4\n"              \
    "words\tempty\t-2\nmeaning\t@383\t1\n"

static const struct sr_turn_opts opts = {.end_min_ms = 200, .end_max_ms = 1200};

struct tables {
    char *folder, *es;
    struct sr_model_opts models;
};

static void put(const struct tables *tables, const char *name, const char *text) {
    free(test_file(tables->es, name, text));
}

static int make(void **state) {
    struct tables *tables = calloc(1, sizeof *tables);
    tables->folder = test_folder();
    tables->es = sr_asprintf("%s/es", tables->folder);
    assert_int_equal(mkdir(tables->es, 0700), 0);
    tables->models = (struct sr_model_opts){.dir = "", .share = tables->folder};
    put(tables, "turn_words.tsv", WORDS);
    put(tables, "templates.tsv", PHRASES);
    put(tables, "turn_end.tsv", FUSE PAUSE READERS);
    *state = tables;
    return 0;
}

static int unmake(void **state) {
    struct tables *tables = *state;
    test_folder_remove(tables->es);
    test_folder_remove(tables->folder);
    free(tables);
    return 0;
}

static struct sr_turn_end *load(const struct tables *tables) {
    struct sr_turn_end *end = NULL;
    struct sarai_error error = {0};
    if (sr_turn_end_load(&tables->models, "es", &end, &error) != SARAI_OK)
        fail_msg("%s: %s", error.where, error.text);
    return end;
}

static float read_text(const struct sr_turn_end *end, const char *draft) {
    float logit = NAN;
    assert_int_equal(sr_turn_end_text(end, NULL, draft, &logit), SARAI_OK);
    return logit;
}

/* ---------------------------------------------------------------------------------------------------- the readers --
 */

static void a_reader_adds_the_weights_of_what_it_finds(void **state) {
    struct sr_turn_end *end = load(*state);
    assert_float_equal(read_text(end, "pon la radio"), 0.25, 1e-6);
    assert_float_equal(read_text(end, "Pon la radio."), 2.25, 1e-6);
    assert_float_equal(read_text(end, "la radio de"), -2.75, 1e-6);
    assert_float_equal(read_text(end, "¿Qué hora es?"), 4.25, 1e-6);
    assert_float_equal(read_text(end, " ...\xFF "), -1.75, 1e-6);
    sr_turn_end_free(end);
}

static bool has(const struct sr_turn_text *text, const char *draft, const char *name) {
    char names[SR_TURN_FEATURES][SR_TURN_NAME];
    const size_t count = sr_turn_text_features(text, draft, names);
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void features_name_the_end_of_the_draft(void **state) {
    struct tables *tables = *state;
    struct sr_turn_text *text = NULL;
    assert_int_equal(sr_turn_text_load(&tables->models, "es", &text, NULL), SARAI_OK);
    assert_true(has(text, "Pon la ÚLTIMA de", "1=de"));
    assert_true(has(text, "Pon la ÚLTIMA de", "12=última_de"));
    assert_true(has(text, "Pon una de la", "2=de"));
    assert_false(has(text, "Pon una caja", "1=caja"));
    assert_true(has(text, "Pon la ÚLTIMA de", "k1=place"));
    assert_true(has(text, "Pon la ÚLTIMA de", "first=order"));
    assert_true(has(text, "Pon la ÚLTIMA de", "mark=n"));
    assert_true(has(text, "quiero ir a...", "mark=_"));
    assert_true(has(text, "quiero ir a…", "mark=_"));
    assert_true(has(text, "Hola. Pon", "sentences"));
    assert_true(has(text, "Hola. Pon", "n=1"));
    assert_false(has(text, "Hola pon", "sentences"));
    assert_true(has(text, "¿Hasta luego?", "known=whole"));
    assert_true(has(text, "hasta", "known=begins"));
    assert_false(has(text, "hast", "known=begins"));
    assert_true(has(text, "estaba cantando", "k1=doing"));
    assert_true(has(text, "", "empty"));
    sr_turn_text_free(text);
}

static void only_the_last_sentence_or_words_carry_the_meaning(void **state) {
    (void)state;
    assert_string_equal(sr_turn_text_tail("Hola. Pon la radio."), "Pon la radio.");
    assert_string_equal(sr_turn_text_tail("Pon la radio."), "Pon la radio.");
    assert_string_equal(sr_turn_text_tail("uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece"),
                        "dos tres cuatro cinco seis siete ocho nueve diez once doce trece");
    assert_string_equal(sr_turn_text_tail(""), "");
}

/* ---------------------------------------------------------------------------------------------------- the weigher --
 */

static void the_probability_is_that_of_the_weighted_sum(void **state) {
    struct sr_turn_end *end = load(*state);
    struct sr_turn_cues cues = sr_turn_cues_none(800, 400);
    assert_float_equal(sr_turn_end_over(end, &cues), 1 / (1 + expf(-(-1 - 0.5f + 2))), 1e-5);
    cues.text = 3;
    assert_float_equal(sr_turn_end_over(end, &cues), 1 / (1 + expf(-(-1 + 3 + 2))), 1e-5);
    cues.audio = 0.5f;
    cues.f0_slope_st_per_s = -10;
    assert_float_equal(sr_turn_end_over(end, &cues), 1 / (1 + expf(-(-1 + 3 + 1 + 2))), 1e-5);
    sr_turn_end_free(end);
}

static void waiting_ends_where_the_odds_are_even(void **state) {
    struct sr_turn_end *end = load(*state);
    for (float text = -8; text <= 8; text += 0.25f) {
        struct sr_turn_cues cues = sr_turn_cues_none(0, 300);
        cues.text = text;
        const int wait_ms = sr_turn_end_wait_ms(end, &cues, &opts);
        cues.pause_ms = (float)wait_ms;
        const float over = sr_turn_end_over(end, &cues);
        if (wait_ms == opts.end_min_ms)
            assert_true(over >= 0.49f);
        else if (wait_ms == opts.end_max_ms)
            assert_true(over <= 0.51f);
        else
            assert_float_equal(over, 0.5, 0.01);
    }
    sr_turn_end_free(end);
}

static void more_doubt_waits_longer_and_more_silence_convinces(void **state) {
    struct sr_turn_end *end = load(*state);
    int last_ms = opts.end_max_ms;
    for (float text = -8; text <= 8; text += 0.5f) {
        struct sr_turn_cues cues = sr_turn_cues_none(0, 400);
        cues.text = text;
        const int wait_ms = sr_turn_end_wait_ms(end, &cues, &opts);
        assert_true(wait_ms <= last_ms);
        last_ms = wait_ms;
        float last = 0;
        for (cues.pause_ms = 0; cues.pause_ms < 5000; cues.pause_ms += 32) {
            const float over = sr_turn_end_over(end, &cues);
            assert_true(over >= last && over <= 1);
            last = over;
        }
    }
    assert_int_equal(last_ms, opts.end_min_ms);
    sr_turn_end_free(end);
}

static void a_slow_speaker_is_given_more_time(void **state) {
    struct sr_turn_end *end = load(*state);
    struct sr_turn_cues quick = sr_turn_cues_none(0, 200), slow = sr_turn_cues_none(0, 500);
    quick.text = slow.text = -0.5f;
    assert_int_equal(sr_turn_end_wait_ms(end, &quick, &opts), 300);
    assert_int_equal(sr_turn_end_wait_ms(end, &slow, &opts), 750);
    sr_turn_end_free(end);
}

static void the_pace_follows_the_speakers_pauses(void **state) {
    (void)state;
    struct sr_turn_pace pace;
    sr_turn_pace_init(&pace);
    const float usual = pace.mean_ms;
    for (int i = 0; i < 40; i++)
        sr_turn_pace_add(&pace, 800);
    assert_float_equal(pace.mean_ms, 800, 5);
    sr_turn_pace_add(&pace, 1e9f);
    assert_true(pace.mean_ms < 1000);
    for (int i = 0; i < 60; i++)
        sr_turn_pace_add(&pace, 0);
    assert_true(pace.mean_ms >= 100 && pace.mean_ms < usual);
}

/* ------------------------------------------------------------------------------------------------------- the table --
 */

static void a_bad_table_is_refused_with_its_reason(void **state) {
    struct tables *tables = *state;
    static const struct {
        const char *text, *reason;
        int code;
    } bad[] = {
        {"h\tf\tw\n" READERS, "version", SARAI_EINPUT},
        {"h\tf\tw\nformat\tversion\t2\n", "line 2", SARAI_EUNSUPPORTED},
        {FUSE READERS, "fuse pause", SARAI_EINPUT},
        {FUSE "fuse\tpause\t0\n", "above 0", SARAI_EINPUT},
        {FUSE PAUSE "fuse\tx\t1\n", "line 15", SARAI_EINPUT},
        {FUSE PAUSE "words\ta\tone\n", "line 15", SARAI_EINPUT},
        {FUSE PAUSE "words\ta\tnan\n", "line 15", SARAI_EINPUT},
        {FUSE PAUSE "words\ta\t1e9\n", "line 15", SARAI_EINPUT},
        {FUSE PAUSE "meaning\t@384\t1\n", "line 15", SARAI_EINPUT},
        {FUSE PAUSE "meaning\t@1x\t1\n", "line 15", SARAI_EINPUT},
        {FUSE PAUSE "meaning\ta\n", "line 15", SARAI_EINPUT},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sr_turn_end *end = NULL;
        struct sarai_error error = {0};
        put(tables, "turn_end.tsv", bad[i].text);
        assert_int_equal(sr_turn_end_load(&tables->models, "es", &end, &error), bad[i].code);
        assert_null(end);
        assert_non_null(strstr(error.text, bad[i].reason));
        assert_non_null(strstr(error.where, "turn_end.tsv"));
    }
}

static void a_missing_table_is_an_error_of_its_own(void **state) {
    struct tables *tables = *state;
    struct sr_turn_end *end = NULL;
    assert_int_equal(sr_turn_end_load(&tables->models, "eu", &end, NULL), SARAI_EIO);
    assert_null(end);
}

static void loading_survives_every_failing_allocation(void **state) {
    struct tables *tables = *state;
    for (int n = 1;; n++) {
        struct sr_turn_end *end = NULL;
        sr_fail_alloc_at(n);
        const int status = sr_turn_end_load(&tables->models, "es", &end, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            sr_turn_end_free(end);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
        assert_null(end);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reader_adds_the_weights_of_what_it_finds, make, unmake),
        cmocka_unit_test_setup_teardown(features_name_the_end_of_the_draft, make, unmake),
        cmocka_unit_test(only_the_last_sentence_or_words_carry_the_meaning),
        cmocka_unit_test_setup_teardown(the_probability_is_that_of_the_weighted_sum, make, unmake),
        cmocka_unit_test_setup_teardown(waiting_ends_where_the_odds_are_even, make, unmake),
        cmocka_unit_test_setup_teardown(more_doubt_waits_longer_and_more_silence_convinces, make, unmake),
        cmocka_unit_test_setup_teardown(a_slow_speaker_is_given_more_time, make, unmake),
        cmocka_unit_test(the_pace_follows_the_speakers_pauses),
        cmocka_unit_test_setup_teardown(a_bad_table_is_refused_with_its_reason, make, unmake),
        cmocka_unit_test_setup_teardown(a_missing_table_is_an_error_of_its_own, make, unmake),
        cmocka_unit_test_setup_teardown(loading_survives_every_failing_allocation, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
