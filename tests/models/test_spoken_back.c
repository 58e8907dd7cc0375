/* SPDX-License-Identifier: Apache-2.0 */
/* What the voice says by the rules of Spanish is understood as well as what it says with espeak-ng's phonemes. */
#include <sarai/sarai.h>

#include "base/str.h"
#include "support/test.h"
#include "support/word_errors.h"

static void check(int status, const struct sarai_error *error) {
    if (status < 0)
        fail_msg("%s: %s", error->where, error->text);
}

static struct sarai_engine *engine_with(const char *phonemes) {
    struct sarai_engine *engine = NULL;
    struct sarai_config *config = NULL;
    struct sarai_error error = {0};
    check(sarai_config_new(&config, &error), &error);
    check(sarai_config_set(config, "tts.phonemes", phonemes, &error), &error);
    check(sarai_engine_new(config, SARAI_USE_VAD | SARAI_USE_STT | SARAI_USE_TTS, &engine, &error), &error);
    sarai_config_free(config);
    return engine;
}

static void keep_text(void *user, const struct sarai_transcript *result) {
    sr_str_adds(user, result->text);
}

/* The words wrong, a mean over sentences that are written as they are spoken. */
static double errors_of(struct sarai_engine *engine) {
    static const char *const sentences[] = {
        "El tren llega a la estación del norte a las siete de la mañana.",
        "Los gatos duermen muchas horas cada día y cazan de noche.",
        "La lluvia de otoño llena los ríos y los pantanos de la región.",
        "Aquella pequeña ciudad guarda una iglesia muy antigua y una plaza.",
        "Nuestra vecina quiere aprender a tocar la guitarra este verano.",
        "Después de comer, el abuelo siempre cuenta historias de su juventud.",
        "Un huevo, un poco de aceite y una cucharada de azúcar bastan.",
        "Todavía no sabemos quién ganará las elecciones del próximo año.",
    };
    char *folder = test_folder(), *path = sr_asprintf("%s/spoken.wav", folder);
    const size_t count = sizeof sentences / sizeof *sentences;
    double errors = 0;
    for (size_t i = 0; i < count; i++) {
        struct sr_str text = {0};
        struct sarai_error error = {0};
        check(sarai_say_file(engine, sentences[i], NULL, 0, path, NULL, &error), &error);
        check(sarai_transcribe_file(engine, path, keep_text, &text, NULL, NULL, &error), &error);
        sr_str_add(&text, "", 0);
        const double wrong = test_word_errors(sentences[i], text.data);
        if (wrong > 0)
            print_message("%.0f %% wrong: %s\n", 100 * wrong, text.data);
        errors += wrong;
        sr_str_deinit(&text);
    }
    free(path);
    test_folder_remove(folder);
    return errors / (double)count;
}

static void the_rules_are_understood_as_well_as_espeak(void **state) {
    (void)state;
    struct sarai_engine *engine = engine_with("espeak");
    const double espeak = errors_of(engine);
    sarai_engine_free(engine);
    engine = engine_with("rules");
    const double rules = errors_of(engine);
    sarai_engine_free(engine);
    print_message("words wrong: %.1f %% by rule, %.1f %% with espeak-ng\n", 100 * rules, 100 * espeak);
    assert_true(rules <= espeak + 0.03);
    assert_true(rules <= 0.1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_rules_are_understood_as_well_as_espeak)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
