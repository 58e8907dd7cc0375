/* SPDX-License-Identifier: Apache-2.0 */
/* What each Spanish voice says is understood: transcribed back, nearly every word is right. */
#include <sarai/sarai.h>

#include "base/str.h"
#include "support/test.h"
#include "support/word_errors.h"
#include "text/normalize.h"

static void check(int status, const struct sarai_error *error) {
    if (status < 0)
        fail_msg("%s: %s", error->where, error->text);
}

static struct sarai_engine *engine_with(const char *voice, const char *phonemes) {
    struct sarai_engine *engine = NULL;
    struct sarai_config *config = NULL;
    struct sarai_error error = {0};
    check(sarai_config_new(&config, &error), &error);
    check(sarai_config_set(config, "tts.voice", voice, &error), &error);
    check(sarai_config_set(config, "tts.phonemes", phonemes, &error), &error);
    check(sarai_engine_new(config, SARAI_USE_VAD | SARAI_USE_STT | SARAI_USE_TTS, &engine, &error), &error);
    sarai_config_free(config);
    return engine;
}

static void keep_text(void *user, const struct sarai_transcript *result) {
    sr_str_adds(user, result->text);
}

enum { SENTENCES = 16 };

static double words_of(const char *text) {
    double words = 1;
    for (; *text; text++)
        words += *text == ' ';
    return words;
}

/* The words wrong, of all, in the first `count` sentences, which are written as they are spoken. */
static double errors_of(struct sarai_engine *engine, size_t count) {
    static const char *const sentences[SENTENCES] = {
        "El tren llega a la estación del norte a las siete de la mañana.",
        "Los gatos duermen muchas horas cada día y cazan de noche.",
        "La lluvia de otoño llena los ríos y los pantanos de la región.",
        "Aquella pequeña ciudad guarda una iglesia muy antigua y una plaza.",
        "Nuestra vecina quiere aprender a tocar la guitarra este verano.",
        "Después de comer, el abuelo siempre cuenta historias de su juventud.",
        "Un huevo, un poco de aceite y una cucharada de azúcar bastan.",
        "Todavía no sabemos quién ganará las elecciones del próximo año.",
        "Claro que sí, mañana mismo te llamo por teléfono.",
        "La capital de Francia es París y tiene dos millones de habitantes.",
        "Mi hermano trabaja en una fábrica de coches cerca del puerto.",
        "El médico dijo que debía beber más agua y caminar todos los días.",
        "Hoy hace mucho calor, pero por la noche refresca bastante.",
        "Los niños juegan en el parque mientras sus padres conversan.",
        "El libro que me prestaste es muy interesante y divertido.",
        "Necesito comprar leche, huevos, queso y un kilo de tomates.",
    };
    char *folder = test_folder(), *path = sr_asprintf("%s/spoken.wav", folder);
    const char *source = getenv("SARAI_TEST_SOURCE");
    char *data = sr_asprintf("%s/data", source ? source : ".");
    struct sr_normalizer *reader = NULL;
    assert_int_equal(sr_normalizer_new(data, "es", &reader, NULL), SARAI_OK);
    double errors = 0, words = 0;
    for (size_t i = 0; i < count; i++) {
        struct sr_str text = {0}, heard = {0}; /* the recognizer writes figures: "a las 7" is "a las siete" */
        struct sarai_error error = {0};
        check(sarai_say_file(engine, sentences[i], NULL, 0, path, NULL, &error), &error);
        check(sarai_transcribe_file(engine, path, keep_text, &text, NULL, NULL, &error), &error);
        sr_str_add(&text, "", 0);
        assert_int_equal(sr_normalize(reader, text.data, text.len, &heard), SARAI_OK);
        sr_str_add(&heard, "", 0);
        const double wrong = test_word_errors(sentences[i], heard.data);
        if (wrong > 0)
            print_message("%.0f %% wrong: %s\n", 100 * wrong, text.data);
        sr_str_deinit(&heard);
        const double length = words_of(sentences[i]);
        errors += wrong * length;
        words += length;
        sr_str_deinit(&text);
    }
    free(path);
    test_folder_remove(folder);
    sr_normalizer_free(reader);
    free(data);
    return errors / words;
}

static void check_voice(const char *voice, const char *phonemes, size_t count, double most) {
    struct sarai_engine *engine = engine_with(voice, phonemes);
    const double errors = errors_of(engine, count);
    sarai_engine_free(engine);
    print_message("%s, %s: %.1f %% of the words wrong\n", voice, phonemes, 100 * errors);
    assert_true(errors <= most);
}

static void dora_is_understood(void **state) {
    (void)state;
    check_voice("ef_dora", "rules", SENTENCES, 0.05);
}

static void alex_is_understood(void **state) {
    (void)state;
    check_voice("em_alex", "rules", SENTENCES, 0.05);
}

static void santa_is_understood(void **state) {
    (void)state;
    check_voice("em_santa", "rules", SENTENCES, 0.05);
}

static void the_phonemes_of_espeak_are_understood_too(void **state) {
    (void)state;
    check_voice("ef_dora", "espeak", SENTENCES / 4, 0.08);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dora_is_understood),
        cmocka_unit_test(alex_is_understood),
        cmocka_unit_test(santa_is_understood),
        cmocka_unit_test(the_phonemes_of_espeak_are_understood_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
