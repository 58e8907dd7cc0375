/* SPDX-License-Identifier: Apache-2.0 */
/* Speech in, speech out, on the real models: questions in our own voice are understood, answered, and the answer,
 * transcribed back, is what was meant. */
#include <sarai/sarai.h>

#include "base/utf8.h"
#include "support/test.h"
#include "support/word_errors.h"

static struct sarai_engine *engine;
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
    check(sarai_engine_new(config, SARAI_USE_ALL, &engine, &error), &error);
    sarai_config_free(config);
    folder = test_folder();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    sarai_engine_free(engine);
    test_folder_remove(folder);
    return 0;
}

static char *in_folder(const char *name) {
    return sr_asprintf("%s/%s", folder, name);
}

/* Asks in a man's voice; the record of the turn, which the caller releases with the event, and the reply as sound. */
static struct sarai_event ask(const char *question, const char *reply_path) {
    char *path = in_folder("question.wav");
    struct sarai_session *session = NULL;
    struct sarai_error error = {0};
    struct sarai_event event = {0}, turn = {0};
    const struct sarai_session_options options = {
        .struct_size = sizeof options, .playback_path = reply_path, .virtual_time = true};
    check(sarai_say_file(engine, question, "em_alex", 1, path, NULL, &error), &error);
    check(sarai_session_new(engine, &options, &session, &error), &error);
    check(sarai_session_hear_file(session, path, &error), &error);
    while (!turn.turn && sarai_session_now_us(session) < 120000000)
        if (sarai_session_next_event(session, &event, 1000) > 0) {
            if (event.type == SARAI_EVENT_TURN)
                turn = event;
            else
                sarai_event_deinit(&event);
        }
    check(sarai_session_close(session, &error), &error);
    free(path);
    if (!turn.turn)
        fail_msg("no answer to: %s", question);
    return turn;
}

static void keep_text(void *user, const struct sarai_transcript *result) {
    sr_str_adds(user, result->text);
}

static char *transcribe(const char *path) {
    struct sr_str text = {0};
    struct sarai_error error = {0};
    check(sarai_transcribe_file(engine, path, keep_text, &text, NULL, NULL, &error), &error);
    sr_str_add(&text, "", 0);
    return sr_str_take(&text);
}

static void a_spoken_question_is_answered_aloud_by_the_right_route(void **state) {
    (void)state;
    static const struct {
        const char *question, *route, *intent, *holds;
    } cases[] = {
        {"¿Cómo te llamas?", "template", NULL, "Sarai"},
        {"¿Qué es un agujero negro?", "knowledge", "agujero_negro", "gravedad"},
        {"¿Cuál es la capital de Francia?", "knowledge", "francia", "París"},
        {"¿Cuántos habitantes tiene Portugal?", "knowledge", "portugal", "millones"},
    };
    double errors = 0;
    size_t spoken = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = in_folder("reply.wav");
        struct sarai_event event = ask(cases[i].question, path);
        const struct sarai_turn *turn = event.turn;
        if (strcmp(turn->route, cases[i].route) || (cases[i].intent && strcmp(turn->intent, cases[i].intent)) ||
            !strstr(turn->reply, cases[i].holds))
            fail_msg("%s: heard '%s', %s/%s: %s", cases[i].question, turn->heard, turn->route, turn->intent,
                     turn->reply);
        assert_string_equal(turn->reply, turn->heard_reply);
        char *text = transcribe(path);
        const double wrong = test_word_errors(turn->reply, text);
        print_message("%.0f %% wrong: %s\n              %s\n", 100 * wrong, turn->reply, text);
        errors += wrong;
        spoken++;
        free(text);
        free(path);
        sarai_event_deinit(&event);
    }
    assert_true(errors / (double)spoken <= 0.2); /* the recognizer's errors and the voice's together */
}

static void what_nobody_knows_is_admitted(void **state) {
    (void)state;
    char *path = in_folder("reply.wav");
    struct sarai_event event = ask("¿Cuántas ventanas tiene la casa de mi abuela?", path);
    assert_string_equal(event.turn->route, "unknown");
    assert_int_equal(event.turn->interrupted, 0);
    assert_true(*event.turn->heard_reply);
    sarai_event_deinit(&event);
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spoken_question_is_answered_aloud_by_the_right_route),
        cmocka_unit_test(what_nobody_knows_is_admitted),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
