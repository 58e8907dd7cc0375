/* SPDX-License-Identifier: Apache-2.0 */
/* What a language model is told of the conversation so far. */
#include "brain/history.h"
#include "brain/messages.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static char *words[SR_LLM_WORD_COUNT] = {"Contesta.", "Contexto:", "Pregunta:", "Respuesta:"};

/* "role: text" lines. */
static char *written(const struct sr_history *history, const char *context, const char *question, size_t skip) {
    struct sr_exchange *said = NULL;
    size_t count = 0;
    struct sr_messages messages;
    struct sr_str out = {0};
    assert_int_equal(sr_history_copy(history, &said, &count), SARAI_OK);
    const struct sr_llm_job job = {
        .words = words, .context = context, .question = question, .history = said, .history_count = count};
    assert_int_equal(sr_messages_make(&job, skip, &messages), SARAI_OK);
    for (size_t i = 0; i < messages.count; i++)
        sr_str_addf(&out, "%s: %s|", messages.list[i].role, messages.list[i].text);
    sr_messages_deinit(&messages);
    sr_exchanges_free(said, count);
    return sr_str_take(&out);
}

static void check(const struct sr_history *history, size_t skip, const char *expected) {
    char *text = written(history, NULL, "¿y?", skip);
    assert_string_equal(text, expected);
    free(text);
}

static void what_was_said_comes_before_the_question(void **state) {
    (void)state;
    struct sr_history history = {.bytes_max = 1000};
    check(&history, 0, "system: Contesta.|user: ¿y?|");
    sr_history_add(&history, 1, "hola", "Buenas.");
    sr_history_add(&history, 2, "¿qué tal?", "Bien.");
    check(&history, 0, "system: Contesta.|user: hola|assistant: Buenas.|user: ¿qué tal?|assistant: Bien.|user: ¿y?|");
    check(&history, 1, "system: Contesta.|user: ¿qué tal?|assistant: Bien.|user: ¿y?|");
    check(&history, 2, "system: Contesta.|user: ¿y?|");
    char *text = written(&history, "Un dato.", "¿cuál?", 2);
    assert_string_equal(text, "system: Contesta.|user: Un dato.\n\n¿cuál?|");
    free(text);
    sr_history_deinit(&history);
}

static void only_what_left_the_loudspeaker_was_said(void **state) {
    (void)state;
    struct sr_history history = {.bytes_max = 1000};
    sr_history_add(&history, 7, "cuenta", "Uno. Dos. Tres.");
    sr_history_add(&history, 8, "para", "Vale.");
    assert_int_equal(sr_history_heard(&history, 7, "Uno. Dos"), SARAI_OK);
    assert_int_equal(sr_history_heard(&history, 9, "de nadie"), SARAI_OK);
    check(&history, 0, "system: Contesta.|user: cuenta|assistant: Uno. Dos|user: para|assistant: Vale.|user: ¿y?|");
    sr_history_deinit(&history);
}

static void user_and_assistant_take_turns_whatever_happened(void **state) {
    (void)state;
    struct sr_history history = {.bytes_max = 1000};
    sr_history_add(&history, 1, "", "Despierta.");
    sr_history_add(&history, 2, "", "");
    sr_history_add(&history, 3, "espera", "Cortado");
    sr_history_heard(&history, 3, "");
    sr_history_add(&history, 4, "dime la hora", "Las dos.");
    sr_history_add(&history, 5, "", "Ha sonado la alarma.");
    check(&history, 0,
          "system: Contesta.|user: espera\ndime la hora|assistant: Las dos.\nHa sonado la alarma.|user: ¿y?|");
    sr_history_deinit(&history);
}

static void a_long_conversation_forgets_its_older_half_at_once(void **state) {
    (void)state;
    struct sr_history history = {.bytes_max = 100};
    size_t cuts = 0, before = 0;
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(sr_history_add(&history, i, "pregunta", "respuesta"), SARAI_OK);
        cuts += history.count < before + 1;
        before = history.count;
        assert_true(history.count >= 1 && history.count * 17 <= 100);
        assert_int_equal(history.told[history.count - 1].turn_id, i);
    }
    assert_in_range(cuts, 10, 50); /* not at every turn: the beginning of a prompt is to stay the same */
    char endless[500];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    sr_history_add(&history, 100, "una", endless);
    assert_int_equal(history.count, 1);
    sr_history_deinit(&history);
}

static void it_survives_every_failing_allocation(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        struct sr_history history = {.bytes_max = 100};
        struct sr_exchange *said = NULL;
        struct sr_messages messages = {0};
        size_t count = 0;
        sr_fail_alloc_at(n);
        int status = sr_history_add(&history, 1, "a", "b");
        if (status == SARAI_OK)
            status = sr_history_heard(&history, 1, "c");
        if (status == SARAI_OK)
            status = sr_history_copy(&history, &said, &count);
        const struct sr_llm_job job = {
            .words = words, .context = "d", .question = "e", .history = said, .history_count = count};
        if (status == SARAI_OK)
            status = sr_messages_make(&job, 0, &messages);
        sr_fail_alloc_off();
        sr_messages_deinit(&messages);
        sr_exchanges_free(said, count);
        sr_history_deinit(&history);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_comes_before_the_question),
        cmocka_unit_test(only_what_left_the_loudspeaker_was_said),
        cmocka_unit_test(user_and_assistant_take_turns_whatever_happened),
        cmocka_unit_test(a_long_conversation_forgets_its_older_half_at_once),
        cmocka_unit_test(it_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
