/* SPDX-License-Identifier: Apache-2.0 */
#include "text/sound_es.h"

#include "support/test.h"

static void expect(const char *word, bool loose, const char *sounds) {
    struct sr_str out = {0};
    sr_sound_es(word, loose, &out);
    assert_string_equal(out.data ? out.data : "", sounds);
    sr_str_deinit(&out);
}

static void letters_that_sound_the_same_are_one_sound(void **state) {
    (void)state;
    expect("vaca", false, "baka");
    expect("hacha", false, "aCa");
    expect("quando", false, "kuando");
    expect("queso", false, "keso");
    expect("guerra", false, "gerra");
    expect("gigante", false, "jigante");
    expect("agua", false, "agua");
    expect("llave", false, "yabe");
    expect("rey", false, "rei");
    expect("cebolla", false, "zeboya");
    expect("enbidia", false, "enbidia");
    expect("envidia", false, "enbidia");
    expect("ambos", false, "anbos");
    expect("niño", false, "niño");
    expect("", false, "");
    expect("h", false, "");
}

static void loosely_rr_is_r_and_z_is_s(void **state) {
    (void)state;
    expect("terremoto", true, "teremoto");
    expect("corazon", true, "korason");
    expect("cebolla", true, "seboya");
    expect("casa", true, "kasa");
}

static void every_beginning_of_a_word_can_have_its_sound(void **state) {
    (void)state;
    static const char *const words[] = {"queque",   "guerrero", "accion", "llavero", "chichon", "ambos",
                                        "enhebrar", "rey",      "aqui",   "agua",    "carroza", "xilofono",
                                        "niño",     "hueso",    "siglo",  ""};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        for (int loose = 0; loose < 2; loose++) {
            struct sr_str sound = {0};
            char beginning[16] = "";
            sr_sound_es(words[i], loose, &sound);
            const char *sounds = sound.data ? sound.data : "";
            assert_true(sr_sound_es_is(words[i], loose, sounds));
            for (size_t len = 0; len <= strlen(words[i]); len++) {
                memcpy(beginning, words[i], len);
                assert_true(sr_sound_es_begins(beginning, loose, sounds));
            }
            sr_str_deinit(&sound);
        }
    }
}

static void a_word_that_begins_otherwise_cannot_have_the_sound(void **state) {
    (void)state;
    assert_false(sr_sound_es_begins("x", true, "esbelta"));
    assert_false(sr_sound_es_begins("est", true, "esbelta"));
    assert_false(sr_sound_es_begins("esbeltas", true, "esbelta"));
    assert_false(sr_sound_es_begins("c", false, "jirafa"));
    assert_false(sr_sound_es_begins("ca", false, "zebra"));
    assert_false(sr_sound_es_is("esbelt", true, "esbelta"));
    assert_false(sr_sound_es_is("esbeltas", true, "esbelta"));
    assert_false(sr_sound_es_is("casa", false, "kaza"));
    assert_true(sr_sound_es_is("caza", true, "kasa"));
}

static void the_sounds_before_a_letter_are_counted(void **state) {
    (void)state;
    assert_int_equal(sr_sound_es_count("hueso", 0, true), 0);
    assert_int_equal(sr_sound_es_count("hueso", 2, true), 1);
    assert_int_equal(sr_sound_es_count("queso", 2, true), 1);
    assert_int_equal(sr_sound_es_count("carro", 4, true), 3);
    assert_int_equal(sr_sound_es_count("carro", 4, false), 4);
}

static void what_may_be_a_name_is_not_far_from_it(void **state) {
    (void)state;
    assert_int_equal(sr_sound_es_apart("teremoto", "teremoto"), 0);
    assert_int_equal(sr_sound_es_apart("teremoto", "seremoto"), 1);
    assert_int_equal(sr_sound_es_apart("eklipse", "klipsa"), 2);
    assert_int_equal(sr_sound_es_apart("portugal", "deportugal"), 1);
    assert_int_equal(sr_sound_es_apart("neptuno", "ineptouno"), 1);
    assert_int_equal(sr_sound_es_apart("urano", "yursano"), 1);
    assert_int_equal(sr_sound_es_apart("urano", "verano"), SR_SOUND_FAR);
    assert_int_equal(sr_sound_es_apart("eklipse", "elises"), SR_SOUND_FAR);
    assert_int_equal(sr_sound_es_apart("urano", ""), SR_SOUND_FAR);
}

static void between_vowels_b_d_g_j_and_y_are_but_a_breath(void **state) {
    (void)state;
    assert_int_equal(sr_sound_es_apart("paeya", "paeja"), 1);
    assert_int_equal(sr_sound_es_apart("paeya", "padeya"), 1);
    assert_int_equal(sr_sound_es_apart("paeya", "paea"), 1);
    assert_int_equal(sr_sound_es_apart("paeya", "paela"), SR_SOUND_FAR);
    assert_int_equal(sr_sound_es_apart("paeya", "baeya"), SR_SOUND_FAR);
    assert_int_equal(sr_sound_es_apart("dedos", "detos"), SR_SOUND_FAR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_that_sound_the_same_are_one_sound),
        cmocka_unit_test(loosely_rr_is_r_and_z_is_s),
        cmocka_unit_test(every_beginning_of_a_word_can_have_its_sound),
        cmocka_unit_test(a_word_that_begins_otherwise_cannot_have_the_sound),
        cmocka_unit_test(the_sounds_before_a_letter_are_counted),
        cmocka_unit_test(what_may_be_a_name_is_not_far_from_it),
        cmocka_unit_test(between_vowels_b_d_g_j_and_y_are_but_a_breath),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
