/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/own_words.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static const char answer[] = "Me llamo Sarai. Soy una asistente de voz, y todo lo que oigo se queda en este ordenador.";

static void any_part_of_the_answer_is_its_own(void **state) {
    (void)state;
    assert_true(sr_own_words("me llamo Sarai", answer));
    assert_true(sr_own_words("todo lo que oigo se queda en este ordenador.", answer));
    assert_true(sr_own_words(answer, answer));
}

static void what_the_recognizer_misheard_of_it_is_its_own_too(void **state) {
    (void)state;
    assert_true(sr_own_words("Me yamo Saray.", answer));
    assert_true(sr_own_words("a asistente de boss y todo lo que oigo", answer));
}

static void what_somebody_else_says_is_not(void **state) {
    (void)state;
    assert_false(sr_own_words("¿Y dónde vives tú?", answer));
    assert_false(sr_own_words("¿Qué es un ordenador?", answer));
    assert_false(sr_own_words("Me llamo Guillermo.", answer));
    assert_false(sr_own_words("y todo lo que oigo", ""));
    assert_false(sr_own_words("", answer));
    assert_false(sr_own_words("", ""));
}

static void a_name_is_repeated_to_ask_about_it(void **state) {
    (void)state;
    assert_false(sr_own_words("¿Sarai?", answer));
    assert_false(sr_own_words("¿de voz?", answer));
}

static void without_memory_it_is_somebody_else(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        const bool own = sr_own_words("me llamo Sarai", answer);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_true(own);
            break;
        }
        assert_false(own);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_part_of_the_answer_is_its_own),
        cmocka_unit_test(what_the_recognizer_misheard_of_it_is_its_own_too),
        cmocka_unit_test(what_somebody_else_says_is_not),
        cmocka_unit_test(a_name_is_repeated_to_ask_about_it),
        cmocka_unit_test(without_memory_it_is_somebody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
