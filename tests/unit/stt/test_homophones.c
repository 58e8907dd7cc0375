/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/homophones.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static const char *const TEXTS[] = {"El volcán y los volcanes. ¿Qué es un volcán?",
                                    "Huele a gas. Vale, hola, ¡vaya! Ocurren. Hierba; la baca.",
                                    "corazón ahora terremoto guitarra jirafa llave envidia quiero perro pero vello"};

static struct sr_homophones *make(void) {
    struct sr_homophones *homophones = NULL;
    assert_int_equal(sr_homophones_of(TEXTS, 3, &homophones), SARAI_OK);
    return homophones;
}

static void expect(const struct sr_homophones *homophones, const char *heard, const char *spelled) {
    struct sr_str out = {0};
    assert_int_equal(sr_homophones_spell(homophones, heard, &out), strcmp(heard, spelled) != 0);
    assert_string_equal(out.data ? out.data : "", spelled);
    sr_str_deinit(&out);
}

static void a_word_that_is_none_becomes_the_one_that_sounds_the_same(void **state) {
    (void)state;
    struct sr_homophones *homophones = make();
    expect(homophones, "o la que es un bolcan.", "o la que es un volcán.");
    expect(homophones, "¡Bale!", "¡Vale!");
    expect(homophones, "¿Y por qué ocuren?", "¿Y por qué ocurren?");
    expect(homophones, "la girafa, la yabe, la enbidia, kiero", "la jirafa, la llave, la envidia, quiero");
    expect(homophones, "el corason", "el corazón");
    expect(homophones, "Iolcán. Iquiero", "Iolcán. Y quiero");
    expect(homophones, "guitara. Balla", "guitarra. Vaya");
    sr_homophones_free(homophones);
}

static void a_word_of_the_tables_a_name_and_a_short_word_stay(void **state) {
    (void)state;
    struct sr_homophones *homophones = make();
    expect(homophones, "volcan, vello y baca", "volcan, vello y baca");
    expect(homophones, "pero el perro ahora", "pero el perro ahora");
    expect(homophones, "el señor Bale vino", "el señor Bale vino");
    expect(homophones, "e y a vos", "e y a vos");
    expect(homophones, "", "");
    expect(homophones, "\xff\xfe bale \xc3", "\xff\xfe vale \xc3");
    sr_homophones_free(homophones);
    expect(NULL, "bolcan", "bolcan");
}

static void another_language_has_none(void **state) {
    (void)state;
    const struct sr_model_opts models = {.share = getenv("SARAI_TEST_SOURCE")};
    struct sr_homophones *homophones = NULL;
    assert_int_equal(sr_homophones_new("en", &models, &homophones, NULL), SARAI_OK);
    assert_null(homophones);
}

static void a_failing_allocation_leaves_nothing_behind(void **state) {
    (void)state;
    bool failed = true;
    for (int n = 1; failed; n++) {
        struct sr_homophones *homophones = NULL;
        sr_fail_alloc_at(n);
        const int status = sr_homophones_of(TEXTS, 1, &homophones);
        sr_fail_alloc_off();
        failed = sr_fail_alloc_hit();
        assert_int_equal(homophones != NULL, status == SARAI_OK);
        sr_homophones_free(homophones);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_that_is_none_becomes_the_one_that_sounds_the_same),
        cmocka_unit_test(a_word_of_the_tables_a_name_and_a_short_word_stay),
        cmocka_unit_test(another_language_has_none),
        cmocka_unit_test(a_failing_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
