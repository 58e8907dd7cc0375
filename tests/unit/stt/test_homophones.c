/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/homophones.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static const char *const TEXTS[] = {"El volcán y los volcanes. ¿Qué es un volcán?",
                                    "Huele a gas. Vale, hola, ¡vaya! Ocurren. Hierba; la baca.",
                                    "corazón ahora terremoto guitarra jirafa llave envidia quiero perro pero vello"};

static const char LIST[] = "baca\nbengala\nbesar\ncanal\ncanalla\nceso\nembarcacion\nesbelta\nllama\nobvies\nquilo\n"
                           "seso\ntasa\ntaza\nvenga\nverguenza\nves\nvolcar\nyamaos\nñandu\n";

static struct sr_homophones *make(void) {
    struct sr_homophones *homophones = NULL;
    assert_int_equal(sr_homophones_of(TEXTS, 3, NULL, &homophones), SARAI_OK);
    return homophones;
}

/* With a list of words, too. */
static struct sr_homophones *make_listed(const char *list) {
    struct sr_homophones *homophones = NULL;
    char *folder = test_folder(), *path = test_file(folder, "words.txt", list);
    assert_int_equal(sr_homophones_of(TEXTS, 3, path, &homophones), SARAI_OK);
    test_folder_remove(folder);
    free(path);
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

static void a_word_that_no_table_has_becomes_the_only_one_of_the_list_that_sounds_the_same(void **state) {
    (void)state;
    struct sr_homophones *homophones = make_listed(LIST);
    expect(homophones, "Es muy esvelta, vesar, bolcar.", "Es muy esbelta, besar, volcar.");
    expect(homophones, "un bolcan esvelta", "un volcán esbelta");
    expect(homophones, "el canaya", "el canalla");
    sr_homophones_free(homophones);
}

static void the_accent_stays_on_the_sound_on_which_it_was_heard(void **state) {
    (void)state;
    struct sr_homophones *homophones = make_listed(LIST);
    expect(homophones, "la enbarcasión", "la embarcación");
    expect(homophones, "qué bergüensa", "qué vergüenza");
    expect(homophones, "embarcasion", "embarcacion");
    expect(homophones, "vésar, canáya", "bésar, canálla");
    sr_homophones_free(homophones);
}

static void a_word_of_the_list_stays_and_so_does_one_that_sounds_like_two(void **state) {
    (void)state;
    struct sr_homophones *homophones = make_listed(LIST);
    expect(homophones, "la tasa y la taza, baca, ñandú", "la tasa y la taza, baca, ñandú");
    expect(homophones, "el zeso", "el zeso");
    sr_homophones_free(homophones);
}

static void the_tables_go_first_but_a_word_of_the_list_stays(void **state) {
    (void)state;
    struct sr_homophones *homophones = make_listed("bale\nyave\n");
    expect(homophones, "yabe, baya", "llave, vaya");
    expect(homophones, "bale", "bale");
    sr_homophones_free(homophones);
}

static void what_the_list_cannot_know_stays(void **state) {
    (void)state;
    struct sr_homophones *homophones = make_listed(LIST);
    expect(homophones, "Esvelta. Esvelta es ESVELTA, eSvelta", "Esvelta. Esvelta es ESVELTA, eSvelta");
    expect(homophones, "un kilo", "un kilo");
    expect(homophones, "llamaos, véngala", "llamaos, véngala");
    expect(homophones, "hobbies", "hobbies");
    expect(homophones, "bes", "bes");
    sr_homophones_free(homophones);
}

static void without_the_list_or_with_a_damaged_one_all_is_as_before(void **state) {
    (void)state;
    struct sr_homophones *homophones = NULL;
    assert_int_equal(sr_homophones_of(TEXTS, 3, "/nowhere/words.txt", &homophones), SARAI_OK);
    expect(homophones, "bolcan esvelta", "volcán esvelta");
    sr_homophones_free(homophones);
    static const char *const damaged[] = {"", "\n", "esbelta esvelta", "\xff\xfe\n\n\xff"};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        homophones = make_listed(damaged[i]);
        expect(homophones, "bolcan esvelta", "volcán esvelta");
        sr_homophones_free(homophones);
    }
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
    char *folder = test_folder(), *path = test_file(folder, "words.txt", LIST);
    for (int n = 1; failed; n++) {
        struct sr_homophones *homophones = NULL;
        sr_fail_alloc_at(n);
        const int status = sr_homophones_of(TEXTS, 1, path, &homophones);
        sr_fail_alloc_off();
        failed = sr_fail_alloc_hit();
        assert_int_equal(homophones != NULL, status == SARAI_OK);
        sr_homophones_free(homophones);
    }
    test_folder_remove(folder);
    free(path);
}

static void a_word_is_written_as_it_was_heard_when_an_allocation_fails(void **state) {
    (void)state;
    struct sr_homophones *homophones = make_listed(LIST);
    bool failed = true;
    for (int n = 1; failed; n++) {
        struct sr_str out = {0};
        sr_fail_alloc_at(n);
        const bool changed = sr_homophones_spell(homophones, "esvelta", &out);
        sr_fail_alloc_off();
        failed = sr_fail_alloc_hit();
        if (!out.failed)
            assert_string_equal(out.data, changed ? "esbelta" : "esvelta");
        assert_true(failed || changed);
        sr_str_deinit(&out);
    }
    sr_homophones_free(homophones);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_that_is_none_becomes_the_one_that_sounds_the_same),
        cmocka_unit_test(a_word_of_the_tables_a_name_and_a_short_word_stay),
        cmocka_unit_test(a_word_that_no_table_has_becomes_the_only_one_of_the_list_that_sounds_the_same),
        cmocka_unit_test(the_accent_stays_on_the_sound_on_which_it_was_heard),
        cmocka_unit_test(a_word_of_the_list_stays_and_so_does_one_that_sounds_like_two),
        cmocka_unit_test(the_tables_go_first_but_a_word_of_the_list_stays),
        cmocka_unit_test(what_the_list_cannot_know_stays),
        cmocka_unit_test(without_the_list_or_with_a_damaged_one_all_is_as_before),
        cmocka_unit_test(another_language_has_none),
        cmocka_unit_test(a_failing_allocation_leaves_nothing_behind),
        cmocka_unit_test(a_word_is_written_as_it_was_heard_when_an_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
