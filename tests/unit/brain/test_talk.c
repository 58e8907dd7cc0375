/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation: halves of questions, what is repeated, timers, tools that fail; and that two know nothing of each
 * other. */
#include "brain/talk.h"

#include "model/model_opts.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static struct sr_brain brain;
static struct sr_brain_opts opts;
static struct sr_model_opts models;
static struct sr_clock *the_clock;
static char *data;

static int setup(void **state) {
    (void)state;
    const char *source = getenv("SARAI_TEST_SOURCE");
    struct sarai_error error = {0};
    data = sr_asprintf("%s/data", source ? source : ".");
    models = (struct sr_model_opts){.dir = (char *)"", .share = data};
    opts = (struct sr_brain_opts){.language = (char *)"es",
                                  .templates = (char *)"",
                                  .knowledge = (char *)"",
                                  .phrases = (char *)"",
                                  .fillers = (char *)"",
                                  .memory = (char *)"/nonexistent",
                                  .meaning = (char *)"words",
                                  .phrase = (char *)"never",
                                  .min_score = 0.6F};
    if (sr_clock_new(true, &the_clock) < 0 || sr_brain_open(&brain, &opts, &models, NULL, &error) < 0 ||
        sr_skills_open(data, "es", &brain.skills, &error) < 0) {
        print_error("%s: %s\n", error.where, error.text);
        return -1;
    }
    return 0;
}

static int teardown(void **state) {
    (void)state;
    sr_brain_close(&brain);
    sr_clock_free(the_clock);
    free(data);
    return 0;
}

static void open_talk(struct sr_talk *talk, const char *home, const char *file) {
    struct sr_tools_opts tools = {.home = (char *)home, .file = (char *)file};
    struct sarai_error error = {0};
    if (sr_talk_init(talk, &brain, &tools, &models, NULL, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
}

/* Says it; the answer's intent and words are as they should be. NULL: any. */
static void say(const struct sr_talk *talk, struct sr_context *context, const char *text, const char *intent,
                const char *holds) {
    struct sr_decision decision = {0};
    char *whole = NULL;
    assert_int_equal(sr_talk_decide(talk, context, text, NULL, &decision, &whole), SARAI_OK);
    if ((intent && strcmp(decision.intent, intent) != 0) || (holds && !strstr(decision.reply, holds)))
        fail_msg("'%s': %s %s: %s", text, sr_route_name(decision.route), decision.intent, decision.reply);
    if (!sr_act_is_about_speech(decision.intent))
        sr_context_reply(context, 1, decision.reply);
    sr_decision_deinit(&decision);
    free(whole);
}

struct turn {
    const char *text, *intent, *holds;
};

/* One conversation of these turns. */
static void hold(const struct turn *turns, size_t count) {
    struct sr_talk talk;
    struct sr_context context;
    open_talk(&talk, "none", "");
    sr_context_init(&context, the_clock, NULL);
    for (size_t i = 0; i < count; i++)
        say(&talk, &context, turns[i].text, turns[i].intent, turns[i].holds);
    sr_context_deinit(&context);
    sr_talk_deinit(&talk);
}

static void halves_are_made_whole(void **state) {
    (void)state;
    static const struct turn turns[] = {
        {"¿Cuál es la capital de Francia?", "francia", "París"},
        {"¿Y de Italia?", "italia", "Roma"},
        {"¿y en Portugal?", "portugal", "Lisboa"},
        {"Suecia.", "suecia", "Estocolmo"},
        {"¿y Portugal?", "portugal", "Lisboa"},
        {"¿Habitantes?", "portugal", "diez millones"},
        {"no, el otro", "suecia", "millones"},
        {"no, es el otro", "portugal", "millones"},
        {"¿Cuánto es diez por tres?", "multiply", "treinta"},
        {"¿y el doble?", "double", "sesenta"},
        {"¿Cuánto es diez por 100?", "multiply", "mil"},
        {"¿y el 10 por ciento?", "percent", "cien"},
        {"¿y el 60%?", "percent", "sesenta"},
        {"¿y menos diez?", "subtract", "cincuenta"},
        {"pasa tres kilómetros a metros", "convert", "tres mil"},
        {"¿y en millas?", "convert", "millas"},
        {"gracias", "gracias", NULL},
    };
    hold(turns, sizeof turns / sizeof *turns);
}

static void a_topic_that_was_misheard_by_one_sound_is_found(void **state) {
    (void)state;
    static const struct turn turns[] = {
        {"¿Qué es un cerremoto?", "terremoto", "temblor"},       {"¿Y un bolcán?", "volcan", "lava"},
        {"¿Cuál es la capital de Francia?", "francia", "París"}, {"y la deportugal.", "portugal", "Lisboa"},
        {"¿Quién pintó el garnika?", "guernica", "Picasso"},     {"¿Qué es una clipsa?", "eclipse", "astro"},
        {"¿Cuál es la capital de Wakanda?", "", NULL},           {"¿Dónde está el Tirramonto?", "", NULL},
    };
    hold(turns, sizeof turns / sizeof *turns);
}

static void what_hangs_on_a_misheard_topic_is_passed_over(void **state) {
    (void)state;
    static const struct turn turns[] = {
        {"¿Cuál es la capital de Francia?", "francia", "París"},
        {"dien angolas", "angola", "Luanda"},
        {"¿Qué es Júpiter?", "jupiter", "planeta"},
        {"Inepto uno.", "neptuno", "planeta"},
        {"y ourano", "urano", "planeta"},
        {"Yurzano.", "urano", "planeta"},
        {"¿Qué es la Paheja?", "paella", "arroz"},
        {"Sara ilafabada.", "cocido", "garbanzos"},
        {"Sara y la padella", "paella", "arroz"},
    };
    hold(turns, sizeof turns / sizeof *turns);
}

static void replies_take_turns_beginning_with_the_first(void **state) {
    (void)state;
    static const struct turn turns[] = {
        {"¿Cómo te llamas?", "como_te_llamas", "Me llamo Sarai."},
        {"¿Cómo te llamas?", "como_te_llamas", "Soy Sarai"},
        {"¿Cómo te llamas?", "como_te_llamas", "Me llamo Sarai."},
    };
    hold(turns, sizeof turns / sizeof *turns);
}

static void what_is_repeated_ends_with_the_sentence_that_was_heard_last(void **state) {
    (void)state;
    struct sr_context context;
    sr_context_init(&context, the_clock, NULL);
    assert_null(sr_context_repeat(&context));
    static const struct {
        const char *heard, *again;
    } cases[] = {{NULL, "Uno dos. Tres cuatro. Cinco."},
                 {"", "Uno dos. Tres cuatro. Cinco."},
                 {"Uno", "Uno dos."},
                 {"Uno dos. Tres", "Uno dos. Tres cuatro."},
                 {"Uno dos. Tres cuatro. Cinco.", "Uno dos. Tres cuatro. Cinco."}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sr_context_reply(&context, 7, "Uno dos. Tres cuatro. Cinco.");
        sr_context_heard(&context, 6, "Otra cosa");
        if (cases[i].heard)
            sr_context_heard(&context, 7, cases[i].heard);
        char *again = sr_context_repeat(&context);
        assert_string_equal(again, cases[i].again);
        free(again);
    }
    sr_context_deinit(&context);
}

static void timers_are_set_asked_changed_and_taken_away(void **state) {
    (void)state;
    struct sr_talk talk;
    struct sr_context context, other;
    open_talk(&talk, "none", "");
    sr_context_init(&context, the_clock, NULL);
    sr_context_init(&other, the_clock, NULL);
    say(&talk, &context, "cuánto queda del temporizador", "HassTimerStatus", "ningún temporizador");
    say(&talk, &context, "pon un temporizador de diez minutos para la pasta", "HassStartTimer", "pasta");
    say(&talk, &context, "pon otro temporizador de media hora", "HassStartTimer", "treinta minutos");
    say(&talk, &context, "¿cuánto le queda al temporizador de la pasta?", "HassTimerStatus", "diez minutos");
    say(&talk, &context, "añade cinco minutos al temporizador de la pasta", "HassIncreaseTimer", "quince minutos");
    say(&talk, &context, "quita dos minutos al temporizador de la pasta", "HassDecreaseTimer", "trece minutos");
    say(&talk, &context, "pausa el temporizador de la pasta", "HassPauseTimer", "trece minutos");
    say(&talk, &context, "reanuda el temporizador de la pasta", "HassUnpauseTimer", "trece minutos");
    assert_int_equal(context.timers.count, 2);
    assert_int_equal(other.timers.count, 0);
    say(&talk, &context, "cancela el temporizador de la sopa", "HassCancelTimer", "No encuentro");
    say(&talk, &context, "cancela el temporizador de media hora", "HassCancelTimer", "treinta minutos");
    assert_int_equal(context.timers.count, 1);
    say(&talk, &context, "cancela todos los temporizadores", "HassCancelAllTimers", NULL);
    assert_int_equal(context.timers.count, 0);
    say(&talk, &context, "despiértame mañana a las siete y media", "alarm_set", "siete y media de la mañana");
    say(&talk, &context, "a qué hora suena la alarma", "alarm_status", "siete y media");
    say(&talk, &context, "quita la alarma", "alarm_cancel", NULL);
    assert_int_equal(context.timers.count, 0);
    for (int i = 0; i < SR_TIMERS_MOST; i++)
        say(&talk, &context, "pon un temporizador de una hora", "HassStartTimer", "en marcha");
    say(&talk, &context, "pon un temporizador de una hora", "HassStartTimer", "demasiados");
    sr_context_deinit(&context);
    sr_context_deinit(&other);
    sr_talk_deinit(&talk);
}

static void the_way_of_speaking_is_the_conversations_own(void **state) {
    (void)state;
    struct sr_talk talk;
    struct sr_context context, other;
    open_talk(&talk, "none", "");
    sr_context_init(&context, the_clock, NULL);
    sr_context_init(&other, the_clock, NULL);
    say(&talk, &context, "más despacio", "slower", NULL);
    say(&talk, &context, "habla más alto", "louder", NULL);
    assert_int_equal(atomic_load(&context.delivery->pace), 80);
    assert_int_equal(atomic_load(&context.delivery->volume), 125);
    assert_int_equal(atomic_load(&other.delivery->pace), 100);
    say(&talk, &context, "habla normal", "normal", NULL);
    assert_int_equal(atomic_load(&context.delivery->volume), 100);
    for (int i = 0; i < 9; i++)
        say(&talk, &context, "más bajo", "softer", NULL);
    assert_true(atomic_load(&context.delivery->volume) >= 50);
    say(&talk, &context, "habla en inglés", "language", "no lo hablo");
    sr_context_deinit(&context);
    sr_context_deinit(&other);
    sr_talk_deinit(&talk);
}

static void asked_to_it_speaks_the_other_language_and_comes_back(void **state) {
    (void)state;
    static struct sr_brain_opts english_opts;
    struct sr_brain english;
    struct sr_talk talk, other;
    struct sr_context context;
    struct sarai_error error = {0};
    const struct sr_tools_opts tools = {.home = (char *)"none", .file = (char *)""};
    english_opts = opts;
    english_opts.language = (char *)"en";
    open_talk(&talk, "none", "");
    if (sr_brain_open(&english, &english_opts, &models, NULL, &error) < 0 ||
        sr_talk_init(&other, &english, &tools, &models, NULL, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    sr_context_init(&context, the_clock, NULL);
    say(&talk, &context, "háblame en inglés", "language", "no lo hablo");
    sr_talk_pair(&talk, &other);
    say(&talk, &context, "¿Cuál es la capital de Francia?", "francia", "París");
    say(sr_talk_spoken(&talk, &context), &context, "háblame en chino", "language", "no lo hablo");
    assert_ptr_equal(sr_talk_spoken(&talk, &context), &talk);
    say(sr_talk_spoken(&talk, &context), &context, "Speak English, please.", "language", "let's speak English");
    assert_ptr_equal(sr_talk_spoken(&talk, &context), &other);
    assert_null(context.topic); /* it was one of the other tables */
    say(sr_talk_spoken(&talk, &context), &context, "How are you?", "how_are_you", NULL);
    say(sr_talk_spoken(&talk, &context), &context, "set a timer for five minutes", "HassStartTimer",
        "Timer for five minutes started.");
    say(sr_talk_spoken(&talk, &context), &context, "a bit slower", "slower", "Okay, slower. Timer for five");
    say(sr_talk_spoken(&talk, &context), &context, "how much time is left", "HassTimerStatus", "Time left: five");
    say(sr_talk_spoken(&talk, &context), &context, "speak English", "language", "already");
    say(sr_talk_spoken(&talk, &context), &context, "switch to Spanish", "language", "hablemos en español");
    say(sr_talk_spoken(&talk, &context), &context, "¿Cuánto queda?", "HassTimerStatus", "Tiempo que queda");
    say(sr_talk_spoken(&talk, &context), &context, "háblame en español", "language", "Ya hablo");
    sr_context_deinit(&context);
    sr_talk_deinit(&other);
    sr_brain_close(&english);
    sr_talk_deinit(&talk);
}

static void without_a_home_it_says_so(void **state) {
    (void)state;
    hold(&(struct turn){"enciende la luz del salón", "HassTurnOn", "no estoy conectada"}, 1);
}

static void a_tool_that_fails_is_spoken_of_and_the_conversation_goes_on(void **state) {
    (void)state;
    static const struct {
        const char *run, *said;
    } cases[] = {
        {"{\"kind\": \"process\", \"command\": [\"sleep\", \"30\"], \"timeout_ms\": 200}", "a tiempo"},
        {"{\"kind\": \"process\", \"command\": [\"no-such-program\"]}", "no puedo llegar"},
        {"{\"kind\": \"http\", \"url\": \"http://127.0.0.1:1/\", \"timeout_ms\": 300}", "no puedo llegar"},
        {"{\"kind\": \"process\", \"command\": [\"echo\", \"{\\\"error\\\": \\\"x\\\"}\"]}", "No ha podido ser"},
        {"{\"kind\": \"process\", \"command\": [\"echo\", \"{}\"]}", "Hecho"},
    };
    char *folder = test_folder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_talk talk;
        struct sr_context context;
        char *json =
            sr_asprintf("{\"run\": %s, \"tools\": [{\"name\": \"gate\", \"parameters\": {\"properties\": {\"n\": "
                        "{\"type\": \"number\", \"maximum\": 5}}}, \"patterns\": [\"abre el portal [{n}]\"]}]}",
                        cases[i].run);
        char *path = test_file(folder, "tools.json", json);
        open_talk(&talk, "none", path);
        sr_context_init(&context, the_clock, NULL);
        say(&talk, &context, "abre el portal", "gate", cases[i].said);
        say(&talk, &context, "abre el portal siete", "gate", "no vale");
        say(&talk, &context, "gracias", "gracias", NULL);
        sr_context_deinit(&context);
        sr_talk_deinit(&talk);
        free(path);
        free(json);
    }
    char *path = test_file(folder, "wrong.json", "{\n\"tools\": [{\"name\": \"a\", \"patterns\": [\"(b\"]}]}");
    struct sr_tools_opts tools = {.home = (char *)"none", .file = path};
    struct sarai_error error = {0};
    struct sr_talk talk;
    assert_int_equal(sr_talk_init(&talk, &brain, &tools, &models, NULL, &error), SARAI_EINPUT);
    assert_string_equal(error.where, path);
    assert_non_null(strstr(error.text, "line 2: "));
    free(path);
    test_folder_remove(folder);
}

static void opening_survives_failing_allocations(void **state) {
    (void)state;
    for (int n = 1;; n = n < 200 ? n + 1 : n + 97) {
        struct sr_talk talk;
        struct sr_tools_opts tools = {.home = (char *)"demo", .file = (char *)""};
        sr_fail_alloc_at(n);
        const int status = sr_talk_init(&talk, &brain, &tools, &models, NULL, NULL);
        sr_fail_alloc_off();
        const bool hit = sr_fail_alloc_hit();
        if (status >= 0)
            sr_talk_deinit(&talk);
        if (!hit) {
            assert_int_equal(status, SARAI_OK);
            break;
        }
        assert_true(status < 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_are_made_whole),
        cmocka_unit_test(a_topic_that_was_misheard_by_one_sound_is_found),
        cmocka_unit_test(what_hangs_on_a_misheard_topic_is_passed_over),
        cmocka_unit_test(replies_take_turns_beginning_with_the_first),
        cmocka_unit_test(what_is_repeated_ends_with_the_sentence_that_was_heard_last),
        cmocka_unit_test(timers_are_set_asked_changed_and_taken_away),
        cmocka_unit_test(the_way_of_speaking_is_the_conversations_own),
        cmocka_unit_test(asked_to_it_speaks_the_other_language_and_comes_back),
        cmocka_unit_test(without_a_home_it_says_so),
        cmocka_unit_test(a_tool_that_fails_is_spoken_of_and_the_conversation_goes_on),
        cmocka_unit_test(opening_survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
