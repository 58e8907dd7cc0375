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
        cmocka_unit_test(what_may_be_a_name_is_not_far_from_it),
        cmocka_unit_test(between_vowels_b_d_g_j_and_y_are_but_a_breath),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
