/* SPDX-License-Identifier: Apache-2.0 */
/* The language model of the default stack: it answers from a context, gives up when told, and is well afterwards. */
#include "base/clock.h"
#include "brain/llm.h"
#include "model/paths.h"
#include "support/test.h"

static char *words[SR_LLM_WORD_COUNT] = {"Contesta.", "Contexto:", "Pregunta:", "Respuesta:"};
static const char context[] =
    "Francia es un país de Europa occidental. La capital de Francia es París, junto al río Sena. "
    "Francia tiene unos sesenta y ocho millones de habitantes.";

struct fixture {
    struct sr_llm_opts opts;
    struct sr_clock *clock;
    struct sr_epoch epoch;
    struct sr_llm *llm;
    struct sr_str answer;
    int pieces_until_stop;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    struct sarai_error error = {0};
    assert_int_equal(sr_opt_defaults(sr_llm_opts_table, &f->opts), 0);
    assert_int_equal(sr_clock_new(false, &f->clock), 0);
    sr_epoch_init(&f->epoch, f->clock);
    if (sr_llm_llama.open(&f->opts, NULL, NULL, &f->llm, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_llm_llama.close(f->llm);
    sr_clock_free(f->clock);
    sr_str_deinit(&f->answer);
    sr_opt_deinit(sr_llm_opts_table, &f->opts);
    free(f);
    return 0;
}

static int take_piece(void *user, const char *text, size_t len) {
    struct fixture *f = user;
    sr_str_add(&f->answer, text, len);
    if (f->pieces_until_stop && --f->pieces_until_stop == 0)
        sr_epoch_open(&f->epoch);
    return 0;
}

static int ask(struct fixture *f, const char *question) {
    const struct sr_llm_job job = {.words = words,
                                   .context = context,
                                   .question = question,
                                   .abort = {.epoch = &f->epoch, .stamp = sr_epoch_stamp(&f->epoch)},
                                   .piece = take_piece,
                                   .user = f};
    sr_str_clear(&f->answer);
    sr_str_adds(&f->answer, "");
    return sr_llm_llama.generate(f->llm, f->clock, &job, NULL);
}

static void a_fact_is_found_in_the_context(void **state) {
    struct fixture *f = *state;
    assert_int_equal(ask(f, "¿Cuál es la capital de Francia?"), SARAI_OK);
    print_message("%s\n", f->answer.data);
    assert_non_null(strstr(f->answer.data, "París"));
    assert_null(strchr(f->answer.data, '\n'));
}

static void the_same_question_has_the_same_answer_with_a_warm_cache(void **state) {
    struct fixture *f = *state;
    assert_int_equal(ask(f, "¿Cuántos habitantes tiene Francia?"), SARAI_OK);
    char *first = sr_strdup(f->answer.data);
    assert_int_equal(ask(f, "¿Cuál es la capital de Francia?"), SARAI_OK);
    assert_int_equal(ask(f, "¿Cuántos habitantes tiene Francia?"), SARAI_OK);
    assert_string_equal(f->answer.data, first);
    free(first);
}

static void an_answer_is_given_up_in_its_middle_and_the_next_one_is_right(void **state) {
    struct fixture *f = *state;
    f->pieces_until_stop = 2;
    assert_int_equal(ask(f, "¿Cuántos habitantes tiene Francia?"), SARAI_ESTALE);
    a_fact_is_found_in_the_context(state);
}

struct interruption {
    struct fixture *f;
    int64_t after_us, at_us;
};

static void interrupt(void *arg) {
    struct interruption *i = arg;
    sr_clock_sleep_until(i->f->clock, sr_clock_now_us(i->f->clock) + i->after_us);
    i->at_us = sr_clock_now_us(i->f->clock);
    sr_epoch_open(&i->f->epoch);
}

static void a_prompt_is_given_up_while_it_is_evaluated(void **state) {
    struct fixture *f = *state;
    int64_t longest_us = 0;
    for (int ms = 5; ms < 200; ms += 15) {
        struct interruption i = {.f = f, .after_us = ms * 1000};
        struct sr_thread thread = {0};
        assert_int_equal(sr_thread_start(&thread, f->clock, "interrupt", interrupt, &i), 0);
        const int status = ask(f, "¿Qué se sabe de la capital de Francia, de su río y de su gente?");
        const int64_t end_us = sr_clock_now_us(f->clock);
        sr_thread_join(&thread);
        if (status == SARAI_ESTALE && end_us - i.at_us > longest_us)
            longest_us = end_us - i.at_us;
    }
    print_message("given up after at most %.1f ms\n", (double)longest_us / 1000);
    assert_true(longest_us > 0); /* at least one was given up in its middle */
    a_fact_is_found_in_the_context(state);
}

static void a_base_model_does_not_converse(void **state) {
    struct fixture *f = *state;
    assert_false(sr_llm_llama.can_chat(f->llm));
}

static void a_file_that_is_no_model_is_named(void **state) {
    (void)state;
    char *folder = test_folder();
    char *path = test_file(folder, "x.gguf", "GGUF but not really");
    struct sr_llm_opts opts = {
        .model = path, .lora = "", .threads = 1, .context = 256, .sequences = 1, .max_tokens = 8};
    struct sr_llm *llm = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_llm_llama.open(&opts, NULL, NULL, &llm, &error), SARAI_EMODEL);
    assert_string_equal(error.where, path);
    opts.model = "/nowhere/x.gguf";
    assert_int_equal(sr_llm_llama.open(&opts, NULL, NULL, &llm, &error), SARAI_EMODEL);
    assert_null(llm);
    free(path);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fact_is_found_in_the_context),
        cmocka_unit_test(the_same_question_has_the_same_answer_with_a_warm_cache),
        cmocka_unit_test(an_answer_is_given_up_in_its_middle_and_the_next_one_is_right),
        cmocka_unit_test(a_prompt_is_given_up_while_it_is_evaluated),
        cmocka_unit_test(a_base_model_does_not_converse),
        cmocka_unit_test(a_file_that_is_no_model_is_named),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
