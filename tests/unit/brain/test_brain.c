/* SPDX-License-Identifier: Apache-2.0 */
/* Templates, decisions, and what a language model is allowed to say. */
#include "brain/brain.h"
#include "model/paths.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static const char templates[] = "id\tphrases\treplies\n"
                                "hello\thola|buenos días\tHola.|¿Qué tal?\n"
                                "name\t¿Cómo te llamas?\tMe llamo Sarai.\n";
static const char knowledge[] =
    "id\tnames\ttext\n"
    "france\tFrancia\tFrancia es un país de Europa. La capital de Francia es París. Francia tiene unos sesenta y ocho "
    "millones de habitantes. La torre Eiffel se terminó en 1889.\n"
    "hole\tagujero negro|agujeros negros\tUn agujero negro no deja salir la luz. Nace de una estrella. Uno. Dos. Tres. "
    "Cuatro. Cinco. Seis.\n";

struct fixture {
    char *folder, *templates, *knowledge;
    struct sr_brain_opts opts;
    struct sr_llm_opts llm;
    struct sr_brain brain;
    struct sr_clock *clock;
    struct sr_str said;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = test_folder();
    f->templates = test_file(f->folder, "templates.tsv", templates);
    f->knowledge = test_file(f->folder, "knowledge.tsv", knowledge);
    f->opts = (struct sr_brain_opts){.language = "es",
                                     .templates = f->templates,
                                     .knowledge = f->knowledge,
                                     .phrases = "",
                                     .fillers = "",
                                     .memory = "/nonexistent",
                                     .phrase = "always",
                                     .min_score = 0.6f};
    f->llm = (struct sr_llm_opts){.script = "", .delay_ms = 1};
    assert_int_equal(sr_brain_open(&f->brain, &f->opts, NULL, NULL, NULL), 0);
    f->brain.llm_backend = &sr_llm_null;
    assert_int_equal(sr_llm_null.open(&f->llm, NULL, NULL, &f->brain.llm, NULL), 0);
    assert_int_equal(sr_clock_new(true, &f->clock), 0);
    assert_int_equal(sr_clock_join(f->clock), 0);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_llm_null.close(f->brain.llm);
    sr_brain_close(&f->brain);
    sr_clock_leave(f->clock);
    sr_clock_free(f->clock);
    sr_str_deinit(&f->said);
    free(f->templates);
    free(f->knowledge);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static struct sr_decision decide(struct fixture *f, const char *text) {
    struct sr_decision decision = {0};
    assert_int_equal(sr_brain_decide(&f->brain, text, &decision), 0);
    return decision;
}

static void an_exact_phrase_finds_its_template_however_it_is_written(void **state) {
    struct fixture *f = *state;
    static const char *const ways[] = {"¿Cómo te llamas?", "como te llamas", "  COMO  TE LLAMAS!! "};
    for (size_t i = 0; i < 3; i++) {
        struct sr_decision d = decide(f, ways[i]);
        assert_int_equal(d.route, SR_ROUTE_TEMPLATE);
        assert_string_equal(d.intent, "name");
        assert_string_equal(d.reply, "Me llamo Sarai.");
        assert_false(d.ask_llm);
        sr_decision_deinit(&d);
    }
}

static void a_greeting_before_a_request_is_returned_and_the_request_answered(void **state) {
    struct fixture *f = *state;
    struct sr_decision d = decide(f, "Muy buenas, ¿cómo te llamas?");
    assert_int_equal(d.route, SR_ROUTE_TEMPLATE);
    assert_string_equal(d.intent, "name");
    assert_non_null(strstr(d.reply, "ola"));
    assert_non_null(strstr(d.reply, " Me llamo Sarai."));
    sr_decision_deinit(&d);
    d = decide(f, "perdona, ¿cómo te llamas?");
    assert_string_equal(d.reply, "Me llamo Sarai.");
    sr_decision_deinit(&d);
}

static void replies_take_turns(void **state) {
    struct fixture *f = *state;
    static const char *const expected[] = {"Hola.", "¿Qué tal?", "Hola."};
    for (int i = 0; i < 3; i++) {
        struct sr_decision d = decide(f, "hola");
        assert_string_equal(d.reply, expected[i]);
        sr_decision_deinit(&d);
    }
}

static void an_explanation_is_the_passage_up_to_five_sentences(void **state) {
    struct sr_decision d = decide(*state, "¿Qué es un agujero negro?");
    assert_int_equal(d.route, SR_ROUTE_KNOWLEDGE);
    assert_string_equal(d.intent, "hole");
    assert_string_equal(d.reply, "Un agujero negro no deja salir la luz. Nace de una estrella. Uno. Dos. Tres.");
    assert_false(d.ask_llm);
    sr_decision_deinit(&d);
    d = decide(*state, "háblame de los agujeros negros");
    assert_non_null(strstr(d.reply, "Seis."));
    sr_decision_deinit(&d);
}

static void a_fact_is_the_sentence_that_covers_the_question(void **state) {
    struct sr_decision d = decide(*state, "¿Cuál es la capital de Francia?");
    assert_int_equal(d.route, SR_ROUTE_KNOWLEDGE);
    assert_string_equal(d.reply, "La capital de Francia es París.");
    assert_true(d.ask_llm);
    assert_non_null(strstr(d.context, "París"));
    sr_decision_deinit(&d);
    d = decide(*state, "¿cuántos habitantes tiene Francia?");
    assert_non_null(strstr(d.reply, "sesenta y ocho millones"));
    sr_decision_deinit(&d);
}

static void what_no_passage_covers_is_not_answered_from_one(void **state) {
    struct fixture *f = *state;
    f->brain.llm_backend = NULL;
    struct sr_llm *llm = f->brain.llm;
    f->brain.llm = NULL;
    static const char *const questions[] = {"¿Cuál es la moneda de Francia?",
                                            "¿Quién fue el primer presidente de Francia?",
                                            "¿Cuál es la capital de Mongolia?", "asdf"};
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        struct sr_decision d = decide(f, questions[i]);
        assert_int_equal(d.route, SR_ROUTE_UNKNOWN);
        assert_true(*d.reply);
        sr_decision_deinit(&d);
    }
    f->brain.llm = llm;
    f->brain.llm_backend = &sr_llm_null;
}

static void silence_is_not_answered(void **state) {
    static const char *const nothing[] = {"", " ", "¿?", "..."};
    for (size_t i = 0; i < 4; i++) {
        struct sr_decision d = decide(*state, nothing[i]);
        assert_int_equal(d.route, SR_ROUTE_NONE);
        assert_null(d.reply);
        sr_decision_deinit(&d);
    }
}

static void a_conversing_model_gets_what_nobody_else_knows(void **state) {
    struct sr_decision d = decide(*state, "invéntate un poema");
    assert_int_equal(d.route, SR_ROUTE_LLM);
    assert_true(d.ask_llm);
    assert_null(d.context);
    sr_decision_deinit(&d);
}

/* ----------------------------------------------------------------------------------------------------- phrasing -- */

static void note(void *user, const char *text, int64_t first_token_us) {
    struct fixture *f = user;
    sr_str_addf(&f->said, "[%s%s]", text, first_token_us < 0 ? " -" : "");
}

static const char *phrase(struct fixture *f, const char *script, const char *context, int64_t deadline_us,
                          int expected) {
    struct sr_epoch epoch;
    sr_epoch_init(&epoch, f->clock);
    f->llm.script = (char *)script;
    sr_str_clear(&f->said);
    sr_str_adds(&f->said, "");
    const struct sr_phrase_job job = {.context = context,
                                      .question = "¿Cuál es la capital de Francia?",
                                      .fallback = "De reserva.",
                                      .clock = f->clock,
                                      .abort = {.epoch = &epoch, .stamp = sr_epoch_stamp(&epoch)},
                                      .deadline_us = deadline_us,
                                      .sentence = note,
                                      .user = f};
    assert_int_equal(sr_brain_phrase(&f->brain, &job, NULL), expected);
    return f->said.data;
}

static void a_supported_sentence_is_said_and_ends_the_search(void **state) {
    const char *context = "La capital de Francia es París.";
    assert_string_equal(phrase(*state, "París. Y algo más.", context, 0, 0), "[París.]");
}

static void an_unsupported_word_or_number_is_never_said(void **state) {
    const char *context = "La torre Eiffel está en París y se terminó en 1889.";
    assert_string_equal(phrase(*state, "Londres.", context, 0, 0), "[De reserva. -]");
    assert_string_equal(phrase(*state, "La torre se terminó en 1890.", context, 0, 0), "[De reserva. -]");
    assert_string_equal(phrase(*state, "Londres. La torre se terminó en 1889.", context, 0, 0),
                        "[La torre se terminó en 1889.]");
}

static void an_echo_of_the_question_is_no_answer(void **state) {
    assert_string_equal(phrase(*state, "La capital de Francia.", "La capital de Francia es París.", 0, 0),
                        "[De reserva. -]");
}

static void a_late_model_is_replaced_by_the_passage(void **state) {
    struct fixture *f = *state;
    f->llm.delay_ms = 400;
    const int64_t deadline_us = sr_clock_now_us(f->clock) + 1000000;
    assert_string_equal(phrase(f, "uno dos tres cuatro París.", "París uno dos tres cuatro", deadline_us, 0),
                        "[De reserva. -]");
    assert_true(sr_clock_now_us(f->clock) < deadline_us + 20000);
    f->llm.delay_ms = 1;
}

static void the_deadline_is_for_the_first_sentence_only(void **state) {
    struct fixture *f = *state;
    f->llm.delay_ms = 400;
    const int64_t deadline_us = sr_clock_now_us(f->clock) + 1000000;
    assert_string_equal(phrase(f, "Hola. Uno dos tres cuatro.", NULL, deadline_us, 0), "[Hola.][Uno dos tres cuatro.]");
    assert_true(sr_clock_now_us(f->clock) > deadline_us);
    f->llm.delay_ms = 1;
}

static void a_failing_model_is_replaced_by_the_passage(void **state) {
    struct fixture *f = *state;
    f->llm.fail_after = 1;
    phrase(f, "París.", "París.", 0, 0);
    assert_string_equal(phrase(f, "París.", "París.", 0, 0), "[De reserva. -]");
    f->llm.fail_after = 0;
}

static void without_a_context_everything_the_model_says_is_passed_on(void **state) {
    assert_string_equal(phrase(*state, "Hola. Dos más dos son 4.", NULL, 0, 0), "[Hola.][Dos más dos son 4.]");
}

/* ------------------------------------------------------------------------------------------------------- errors -- */

static void a_filler_suits_what_was_said_and_is_never_said_twice_in_a_row(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *text, *id;
        bool again;
    } cases[] = {{"¿Y en Portugal?", "thinking", false},
                 {"Quién inventó la radio", "thinking", false},
                 {"Pon la radio.", "confirming", false},
                 {"cuéntame algo", "confirming", false},
                 {"¿Y en Portugal?", "waiting", true},
                 {"Me duele la cabeza.", "generic", false},
                 {"", "generic", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *seen[4] = {0};
        for (int k = 0; k < 4; k++) {
            bool of_its_kind = false;
            seen[k] = sr_brain_filler(&f->brain, cases[i].text, cases[i].again);
            assert_non_null(seen[k]);
            for (int j = 0; j < k; j++)
                assert_string_not_equal(seen[j], seen[k]);
            for (int j = 0; j < 12 && !of_its_kind; j++) {
                char *other = sr_templates_reply(f->brain.fillers, cases[i].id);
                of_its_kind = strcmp(other, seen[k]) == 0;
                free(other);
            }
            if (!of_its_kind)
                fail_msg("'%s' is not %s", seen[k], cases[i].id);
            /* All were drawn once or twice, so the next one is the one after this. */
            while (of_its_kind) {
                char *other = sr_templates_reply(f->brain.fillers, cases[i].id);
                of_its_kind = strcmp(other, seen[k]) != 0;
                free(other);
            }
        }
        for (int k = 0; k < 4; k++)
            free(seen[k]);
    }
}

static void a_broken_table_is_named_with_its_line(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *table, *says;
    } bad[] = {
        {"id\tphrases\treplies\na\thola\tHola.\nb\tadiós|¡HOLA!\tAdiós.\n",
         "line 3: the phrase 'hola' stands in line 2"},
        {"id\tphrases\treplies\na\thola\t[solemne] Hola.\n", "line 2: there is no style 'solemne'"},
        {"id\tphrases\treplies\na\thola\n", "line 2"},
        {"id\tphrases\treplies\na\t?\tHola.\n", "line 2: an empty phrase"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sarai_error error = {0};
        struct sr_templates *t = NULL;
        char *path = test_file(f->folder, "bad.tsv", bad[i].table);
        assert_int_equal(sr_templates_load(path, &t, &error), SARAI_EINPUT);
        assert_non_null(strstr(error.text, bad[i].says));
        assert_null(t);
        free(path);
    }
}

static void a_brain_survives_every_failing_allocation(void **state) {
    struct fixture *f = *state;
    for (int n = 1;; n++) {
        struct sr_brain brain = {0};
        sr_fail_alloc_at(n);
        const int status = sr_brain_open(&brain, &f->opts, NULL, NULL, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, 0);
            sr_brain_close(&brain);
            break;
        }
        assert_true(status < 0 || brain.templates);
        if (status >= 0)
            sr_brain_close(&brain);
    }
    for (int n = 1;; n++) {
        struct sr_decision decision = {0};
        sr_fail_alloc_at(n);
        sr_brain_decide(&f->brain, "¿Cuál es la capital de Francia?", &decision);
        sr_fail_alloc_off();
        sr_decision_deinit(&decision);
        if (!sr_fail_alloc_hit())
            break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exact_phrase_finds_its_template_however_it_is_written),
        cmocka_unit_test(a_greeting_before_a_request_is_returned_and_the_request_answered),
        cmocka_unit_test(replies_take_turns),
        cmocka_unit_test(an_explanation_is_the_passage_up_to_five_sentences),
        cmocka_unit_test(a_fact_is_the_sentence_that_covers_the_question),
        cmocka_unit_test(what_no_passage_covers_is_not_answered_from_one),
        cmocka_unit_test(silence_is_not_answered),
        cmocka_unit_test(a_conversing_model_gets_what_nobody_else_knows),
        cmocka_unit_test(a_supported_sentence_is_said_and_ends_the_search),
        cmocka_unit_test(an_unsupported_word_or_number_is_never_said),
        cmocka_unit_test(an_echo_of_the_question_is_no_answer),
        cmocka_unit_test(a_late_model_is_replaced_by_the_passage),
        cmocka_unit_test(the_deadline_is_for_the_first_sentence_only),
        cmocka_unit_test(a_failing_model_is_replaced_by_the_passage),
        cmocka_unit_test(without_a_context_everything_the_model_says_is_passed_on),
        cmocka_unit_test(a_filler_suits_what_was_said_and_is_never_said_twice_in_a_row),
        cmocka_unit_test(a_broken_table_is_named_with_its_line),
        cmocka_unit_test(a_brain_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
