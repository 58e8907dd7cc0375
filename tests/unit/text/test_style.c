/* SPDX-License-Identifier: Apache-2.0 */
#include "text/style.h"

#include "base/str.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static struct sr_style_cues *load(const char *language) {
    const char *source = getenv("SARAI_TEST_SOURCE");
    char *path = sr_asprintf("%s/data/%s/styles.tsv", source ? source : ".", language);
    struct sr_style_cues *cues = NULL;
    struct sarai_error error = {0};
    if (sr_style_cues_load(path, &cues, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    free(path);
    return cues;
}

static void the_five_styles_have_the_paces_they_were_given(void **state) {
    (void)state;
    static const struct {
        const char *name;
        float speed;
    } styles[] = {{"normal", 1.2f}, {"very expressive", 1.3f}, {"monotone", 1.0f}, {"urgent", 1.5f}, {"calm", 0.9f}};
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        enum sr_style style;
        assert_int_equal(sr_style_find(styles[i].name, &style, NULL), SARAI_OK);
        assert_true(sr_style_effect(style)->speed == styles[i].speed);
    }
    assert_true(sr_style_pace(SR_STYLE_AUTO) == 1 && sr_style_pace(SR_STYLE_NORMAL) == 1);
    assert_true(sr_style_pace(SR_STYLE_URGENT) == 1.5f / 1.2f);
    assert_true(sr_style_effect((enum sr_style)77)->melody == 1);
}

static void names_are_known_in_both_languages_however_they_are_written(void **state) {
    (void)state;
    static const struct {
        const char *name;
        enum sr_style style;
    } names[] = {{"muy expresivo", SR_STYLE_EXPRESSIVE},
                 {"Very-Expressive", SR_STYLE_EXPRESSIVE},
                 {"very_expressive", SR_STYLE_EXPRESSIVE},
                 {"monótono", SR_STYLE_MONOTONE},
                 {"MONOTONO", SR_STYLE_MONOTONE},
                 {"urgente", SR_STYLE_URGENT},
                 {"tranquilo", SR_STYLE_CALM},
                 {"auto", SR_STYLE_AUTO}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        enum sr_style style = SR_STYLES;
        assert_int_equal(sr_style_find(names[i].name, &style, NULL), SARAI_OK);
        assert_int_equal(style, names[i].style);
    }
}

static void an_unknown_name_is_told_with_the_known_ones(void **state) {
    (void)state;
    enum sr_style style = SR_STYLE_CALM;
    struct sarai_error error = {0};
    assert_int_equal(sr_style_find("loud", &style, &error), SARAI_EUSAGE);
    assert_non_null(strstr(error.text, "'loud'"));
    assert_non_null(strstr(error.text, "monotone"));
    assert_int_equal(sr_style_find("", &style, NULL), SARAI_EUSAGE);
    assert_int_equal(style, SR_STYLE_CALM);
}

static void a_sentence_asks_for_its_style(void **state) {
    (void)state;
    static const struct {
        const char *language, *text;
        enum sr_style style;
    } cases[] = {
        {"es", "Son las tres y cuarto.", SR_STYLE_NORMAL},
        {"es", "¡Qué buena noticia!", SR_STYLE_EXPRESSIVE},
        {"es", "Lo siento, no lo sé.", SR_STYLE_CALM},
        {"es", "¡Cuidado, hay fuego en la cocina!", SR_STYLE_URGENT},
        {"es", "El alarmante informe llega hoy.", SR_STYLE_NORMAL}, /* not the word "alarma" */
        {"es",
         "La fotosíntesis es el proceso con el que las plantas, las algas y algunas bacterias toman la luz del sol y "
         "con ella hacen de agua y de aire los azúcares de los que viven.",
         SR_STYLE_CALM},
        {"es", "", SR_STYLE_NORMAL},
        {"es", "\xFF\xFE¡", SR_STYLE_NORMAL},
        {"en", "It is three o'clock.", SR_STYLE_NORMAL},
        {"en", "Congratulations!", SR_STYLE_EXPRESSIVE},
        {"en", "I'm sorry, I don't know.", SR_STYLE_CALM},
        {"en", "Watch out, the pan is hot.", SR_STYLE_URGENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_style_cues *cues = load(cases[i].language);
        assert_int_equal(sr_style_of(cues, cases[i].text, SR_STYLE_AUTO), cases[i].style);
        assert_int_equal(sr_style_of(cues, cases[i].text, SR_STYLE_MONOTONE), SR_STYLE_MONOTONE);
        sr_style_cues_free(cues);
    }
    assert_int_equal(sr_style_of(NULL, "¡Fuego!", SR_STYLE_AUTO), SR_STYLE_NORMAL);
}

static void a_bad_table_is_told_with_its_line(void **state) {
    (void)state;
    char *folder = test_folder(), *path = test_file(folder, "styles.tsv", "style\tcues\ncalm\tperdón\nloud\tgrito\n");
    struct sr_style_cues *cues = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_style_cues_load(path, &cues, &error), SARAI_EINPUT);
    assert_non_null(strstr(error.text, "line 3"));
    assert_null(cues);
    free(path);
    test_folder_remove(folder);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    const char *source = getenv("SARAI_TEST_SOURCE");
    char *path = sr_asprintf("%s/data/en/styles.tsv", source ? source : ".");
    for (int n = 1;; n++) {
        struct sr_style_cues *cues = NULL;
        sr_fail_alloc_at(n);
        const int rc = sr_style_cues_load(path, &cues, NULL);
        sr_style_of(cues, "Sorry!", SR_STYLE_AUTO);
        sr_fail_alloc_off();
        sr_style_cues_free(cues);
        assert_true(rc == SARAI_OK || !cues);
        if (!sr_fail_alloc_hit())
            break;
    }
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_five_styles_have_the_paces_they_were_given),
        cmocka_unit_test(names_are_known_in_both_languages_however_they_are_written),
        cmocka_unit_test(an_unknown_name_is_told_with_the_known_ones),
        cmocka_unit_test(a_sentence_asks_for_its_style),
        cmocka_unit_test(a_bad_table_is_told_with_its_line),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
