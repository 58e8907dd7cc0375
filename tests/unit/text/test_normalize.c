/* SPDX-License-Identifier: Apache-2.0 */
#include "text/normalize.h"

#include "support/failing_alloc.h"
#include "support/test.h"

#include <time.h>

static char *source_file(const char *rest) {
    const char *source = getenv("SARAI_TEST_SOURCE");
    char *path = sr_asprintf("%s/%s", source ? source : ".", rest);
    assert_non_null(path);
    return path;
}

static struct sr_normalizer *normalizer(const char *language) {
    struct sr_normalizer *made = NULL;
    struct sarai_error error = {0};
    char *folder = source_file("data");
    if (sr_normalizer_new(folder, language, &made, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    free(folder);
    return made;
}

static char *spoken(const struct sr_normalizer *normalizer, const char *text) {
    struct sr_str out = {0};
    assert_int_equal(sr_normalize(normalizer, text, strlen(text), &out), SARAI_OK);
    return sr_str_take(&out);
}

struct reading {
    const char *written, *spoken;
};

static void check(const char *language, const struct reading *cases, size_t count) {
    struct sr_normalizer *made = normalizer(language);
    int wrong = 0;
    for (size_t i = 0; i < count; i++) {
        char *got = spoken(made, cases[i].written);
        if (strcmp(got, cases[i].spoken) != 0) {
            print_message("%s\n  wanted: %s\n  got:    %s\n", cases[i].written, cases[i].spoken, got);
            wrong++;
        }
        free(got);
    }
    sr_normalizer_free(made);
    assert_int_equal(wrong, 0);
}

#define CHECK(language, cases) check(language, cases, sizeof cases / sizeof *cases)

static void numbers_agree_with_what_they_count(void **state) {
    (void)state;
    static const struct reading cases[] = {
        {"Quedan 31 sillas y 41 bancos.", "Quedan treinta y una sillas y cuarenta y un bancos."},
        {"Vinieron 1 niña y 1 niño.", "Vinieron una niña y un niño."},
        {"Hay 301 noches y 501 días.", "Hay trescientas una noches y quinientos un días."},
        {"Tiene 231.000 habitantes y 700 calles.",
         "Tiene doscientos treinta y un mil habitantes y setecientas calles."},
        {"El resultado es 71.", "El resultado es setenta y uno."},
        {"Abre la página 51 del libro.", "Abre la página cincuenta y uno del libro."},
        {"En 1961 nació aquí.", "En mil novecientos sesenta y uno nació aquí."},
        {"Son 3.000.000 de personas, casi 4.000.000 personas.",
         "Son tres millones de personas, casi cuatro millones de personas."},
        {"Bajan a -12 o suben a +7.", "Bajan a menos doce o suben a más siete."},
        {"8 000 000 000 000", "ocho billones"},
        {"~20 son 2^4 + 2²", "aproximadamente veinte son dos elevado a cuatro más dos al cuadrado"},
        {"98765432109876543210987654321", "noventa y ocho mil setecientos sesenta y cinco cuatrillones cuatrocientos "
                                          "treinta y dos mil ciento nueve trillones ochocientos setenta y seis mil "
                                          "quinientos cuarenta y tres billones doscientos diez mil novecientos ochenta "
                                          "y siete millones seiscientos cincuenta y cuatro mil trescientos veintiuno"},
        {"El agente 007", "El agente cero cero siete"},
    };
    CHECK("es", cases);
}

static void decimals_ordinals_and_fractions_become_words(void **state) {
    (void)state;
    static const struct reading cases[] = {
        {"2,718 y 9,05", "dos coma setecientos dieciocho y nueve coma cero cinco"},
        {"Mide 6.25 de largo", "Mide seis punto veinticinco de largo"},
        {"12.345,6", "doce mil trescientos cuarenta y cinco coma seis"},
        {"El 4.º, la 9.ª, el 1.er día y el 25.º", "El cuarto, la novena, el primer día y el vigesimoquinto"},
        {"3ro, 7ma y 86.ª", "tercero, séptima y octogésima sexta"},
        {"Los 1.os y las 2.as", "Los primeros y las segundas"},
        {"45.000.º", "cuarenta y cincomilésimo"},
        {"1/8 del pastel, 5/6 de él y 7/25", "un octavo del pastel, cinco sextos de él y siete veinticincoavos"},
        {"½ hora, 1 ½ tazas y 2 ¾", "media hora, una y media tazas y dos y tres cuartos"},
        {"9/250", "nueve sobre doscientos cincuenta"},
        {"6/1.000.000", "seis millonésimos"},
        {"La Ley 7/2021", "La Ley siete barra dos mil veintiuno"},
    };
    CHECK("es", cases);
}

static void dates_and_times_become_words(void **state) {
    (void)state;
    static const struct reading cases[] = {
        {"El 21/11/2026 y el 03-02-1985", "El veintiuno de noviembre de dos mil veintiséis y el tres de febrero de mil "
                                          "novecientos ochenta y cinco"},
        {"2024-02-29", "veintinueve de febrero de dos mil veinticuatro"},
        {"Nació el 1 de marzo de 1931.", "Nació el primero de marzo de mil novecientos treinta y uno."},
        {"El lun. 14 oct. 2019", "El lunes catorce de octubre de dos mil diecinueve"},
        {"Quedamos el 7/6 en casa.", "Quedamos el siete de junio en casa."},
        {"Llegó en el 480 a. C. y murió en el siglo V d. C.",
         "Llegó en el cuatrocientos ochenta antes de cristo y murió en el siglo cinco después de cristo"},
        {"A las 8:15, a las 9.30 h y a las 21:45", "A las ocho y cuarto, a las nueve y media y a las veintiuna y "
                                                   "cuarenta y cinco"},
        {"Entre 1931-1936", "Entre mil novecientos treinta y uno y mil novecientos treinta y seis"},
        {"Abre a las 9 a. m. y cierra a las 11:20 p. m.",
         "Abre a las nueve de la mañana y cierra a las once y veinte de la noche"},
        {"A la 1 y a las 12 pm", "A la una y a las doce del mediodía"},
        {"4:05:09", "cuatro horas cinco minutos y nueve segundos"},
        {"Tarda 5 h 40 min.", "Tarda cinco horas cuarenta minutos."},
        {"18:00 gmt-3", "dieciocho g m t menos tres"},
        {"en alta mar 5 barcos", "en alta mar cinco barcos"},
    };
    CHECK("es", cases);
}

static void money_and_measures_become_words(void **state) {
    (void)state;
    static const struct reading cases[] = {
        {"Vale 1.234,50 €, 0,99 € o 20 €.",
         "Vale mil doscientos treinta y cuatro euros cincuenta céntimos, noventa y nueve céntimos o veinte euros."},
        {"$7.25, US$ 9 y £31",
         "siete dólares veinticinco centavos, nueve dólares estadounidenses y treinta y una libras"},
        {"6 M€, 2,5 millones de dólares y 40 mil €",
         "seis millones de euros, dos coma cinco millones de dólares y cuarenta mil euros"},
        {"Debe -15 € o 5.000.000 €", "Debe menos quince euros o cinco millones de euros"},
        {"120 km/h, 80 m² y 21 cm",
         "ciento veinte kilómetros por hora, ochenta metros cuadrados y veintiún centímetros"},
        {"1 kg, 31 h, 21 %", "un kilogramo, treinta y una horas, veintiuno por ciento"},
        {"-3,5 °C y 28° hoy", "menos tres coma cinco grados centígrados y veintiocho grados hoy"},
        {"64 GB a 3 GHz y 12 kWh", "sesenta y cuatro gigabytes a tres gigahercios y doce kilovatios hora"},
        {"1/2 l y 3/4 h", "medio litro y tres cuartos de hora"},
        {"A 9 km. de casa. Son 9 km.", "A nueve kilómetros de casa. Son nueve kilómetros."},
        {"En 2020 ha llovido sobre 3 ha.", "En dos mil veinte ha llovido sobre tres hectáreas."},
    };
    CHECK("es", cases);
}

static void addresses_and_telephones_become_words(void **state) {
    (void)state;
    static const struct reading cases[] = {
        {"luz_2@gmail.com", "l u z barra baja dos arroba gmail punto com"},
        {"Mira http://www.sol.org/x7.",
         "Mira h t t p dos puntos barra barra w w w punto s o l punto o r g barra x siete."},
        {"Llama al 622 33 44 55 o al +34 911 22 33 44.", "Llama al seis dos dos tres tres cuatro cuatro cinco cinco o "
                                                         "al más treinta y cuatro nueve uno uno dos dos tres "
                                                         "tres cuatro cuatro."},
        {"Es el 622 334 455 o el otro.", "Es el seis dos dos tres tres cuatro cuatro cinco cinco o el otro."},
        {"Son 622 334 455 hormigas", "Son seiscientos veintidós millones trescientas treinta y cuatro mil "
                                     "cuatrocientas cincuenta y cinco hormigas"},
        {"(55) 1234 5678 ext. 90", "cinco cinco uno dos tres cuatro cinco seis siete ocho extensión nueve cero"},
        {"10.1.0.254", "uno cero punto uno punto cero punto dos cinco cuatro"},
        {"Fin.Luego nada", "Fin.Luego nada"},
    };
    CHECK("es", cases);
}

static void words_signs_and_roman_numerals_are_read(void **state) {
    (void)state;
    static const struct reading cases[] = {
        {"El Dr. Soto y la Sra. Paz, en la C/ Real, n.º 4, pág. 2",
         "El doctor Soto y la señora Paz, en la calle Real, número cuatro, página dos"},
        {"Ud. y D. Luis, p. ej., van a EE. UU.", "usted y don Luis, por ejemplo, van a Estados Unidos"},
        {"El siglo XVIII, Fernando VII, Alfonso XII e Isabel I",
         "El siglo dieciocho, Fernando séptimo, Alfonso doce e Isabel primera"},
        {"La III República y el XX Congreso", "La tercera República y el vigésimo Congreso"},
        {"mi vida en el capítulo IV", "mi vida en el capítulo cuatro"},
        {"La ONU, la UNED y el DVD de la CNN", "La ONU, la UNED y el d v d de la c n n"},
        {"SOLO QUEREMOS QUE SE OIGA EL MSX", "SOLO QUEREMOS QUE SE OIGA EL MSX"},
        {"3 + 4 = 7 & 9 × 2", "tres más cuatro es igual a siete y nueve por dos"},
        {"8 / 4 = 2 y 8 - 3 = 5", "ocho entre cuatro es igual a dos y ocho menos tres es igual a cinco"},
        {"De 10-15 años; ganó 3-1; en 1998-2003",
         "De diez a quince años; ganó tres a uno; en mil novecientos noventa y ocho a dos mil tres"},
        {"El A380, la M-30, H2O y un 4x4", "El a trescientos ochenta, la m treinta, h dos o y un cuatro por cuatro"},
        {"¡Hola! ¿Qué tal, amigo…? —Bien.", "¡Hola! ¿Qué tal, amigo…? —Bien."},
        {"  espacios  dentro  ", "espacios  dentro"},
        {"", ""},
    };
    CHECK("es", cases);
}

static void english_is_read_with_its_own_tables(void **state) {
    (void)state;
    static const struct reading cases[] = {
        {"On March 4, 1997 I paid $12.30 for 1,250 kg.", "On March fourth nineteen ninety-seven I paid twelve dollars "
                                                         "and thirty cents for one thousand two hundred fifty "
                                                         "kilograms."},
        {"Dr. No left at 9:05 p.m., 21st of the 3rd", "doctor No left at nine oh five p m, twenty-first of the third"},
        {"-2.5 °F, 40% and £3 million",
         "minus two point five degrees Fahrenheit, forty percent and three million pounds"},
        {"12/31/2009 or 2009-12-31",
         "December thirty-first two thousand nine or December thirty-first two thousand nine"},
        {"In 1800, 1906 and 2015", "In eighteen hundred, nineteen oh six and twenty fifteen"},
        {"$0.99 and €1", "ninety-nine cents and one euro"},
    };
    CHECK("en-us", cases);
}

static void another_language_passes_as_it_is(void **state) {
    (void)state;
    static const struct reading cases[] = {{"Il a 21 ans.", "Il a 21 ans."}};
    CHECK("fr-fr", cases);
}

static void a_missing_table_is_named(void **state) {
    (void)state;
    struct sr_normalizer *made = NULL;
    struct sarai_error error = {0};
    assert_true(sr_normalizer_new("/nowhere", "es", &made, &error) < 0);
    assert_null(made);
    assert_non_null(strstr(error.where, "/nowhere/es/normalize_numbers.tsv"));
    sr_normalizer_free(NULL);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    char *folder = source_file("data");
    for (int n = 1;; n++) {
        struct sr_normalizer *made = NULL;
        struct sr_str out = {0};
        sr_fail_alloc_at(n);
        int rc = sr_normalizer_new(folder, "es", &made, NULL);
        if (rc == SARAI_OK)
            rc = sr_normalize(made, "El 21/11/2026, 3/7 de 45.000.º", 30, &out);
        sr_fail_alloc_off();
        sr_normalizer_free(made);
        const bool whole = out.data && strstr(out.data, "noviembre");
        sr_str_deinit(&out);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            assert_true(whole);
            break;
        }
        assert_int_equal(rc, SARAI_ENOMEM);
    }
    free(folder);
}

static double seconds_for(const struct sr_normalizer *made, const char *piece, size_t bytes) {
    struct sr_str text = {0}, out = {0};
    struct timespec before, after;
    while (text.len < bytes)
        sr_str_adds(&text, piece);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    assert_int_equal(sr_normalize(made, text.data, text.len, &out), SARAI_OK);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    sr_str_deinit(&text);
    sr_str_deinit(&out);
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

/* Eight times the text takes at most sixteen times as long, for texts that begin many readings and end none. */
static void the_time_grows_with_the_length_and_no_faster(void **state) {
    (void)state;
    static const char *const pieces[] = {"7",  "1 000 ", "1.",   "12:", "a@",   "+1-", "1/",    "IIII ", "A1",
                                         "€ ", "p. ",    "www.", "x-1", "1,00", "(1)", "1 y 1", "\xF0",  "-"};
    struct sr_normalizer *made = normalizer("es");
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        const double small = seconds_for(made, pieces[i], 12500), large = seconds_for(made, pieces[i], 100000);
        if (large > 16 * small + 0.05)
            fail_msg("'%s': %.3f s for 12 kB, %.3f s for 100 kB", pieces[i], small, large);
        assert_true(large < 10);
    }
    sr_normalizer_free(made);
}

/* Development lines that are not part of the project; the tests above are complete without them. */
static void development_lines_are_read_as_people_do(void **state) {
    (void)state;
    char *path = source_file("../shared/data/normalise_es.tsv"), *text = NULL, *rest;
    size_t len;
    int total = 0, right = 0;
    const int rc = sr_read_file(path, 1u << 24, &text, &len, NULL);
    free(path);
    if (rc < 0)
        skip();
    struct sr_normalizer *made = normalizer("es");
    strtok_r(text, "\n", &rest);
    for (char *line; (line = strtok_r(NULL, "\n", &rest));) {
        char *written = strchr(line, '\t') + 1, *wanted = strchr(written, '\t');
        *wanted++ = '\0';
        char *got = spoken(made, written), *more;
        bool found = false;
        for (char *one = strtok_r(wanted, "~", &more); one; one = strtok_r(NULL, "~", &more))
            found = found || strcmp(one, got) == 0;
        right += found;
        total++;
        free(got);
    }
    print_message("%d of %d lines read as written down (%.1f %%)\n", right, total, 100.0 * right / total);
    assert_true(right * 100 >= total * 95);
    sr_normalizer_free(made);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_agree_with_what_they_count),
        cmocka_unit_test(decimals_ordinals_and_fractions_become_words),
        cmocka_unit_test(dates_and_times_become_words),
        cmocka_unit_test(money_and_measures_become_words),
        cmocka_unit_test(addresses_and_telephones_become_words),
        cmocka_unit_test(words_signs_and_roman_numerals_are_read),
        cmocka_unit_test(english_is_read_with_its_own_tables),
        cmocka_unit_test(another_language_passes_as_it_is),
        cmocka_unit_test(a_missing_table_is_named),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(the_time_grows_with_the_length_and_no_faster),
        cmocka_unit_test(development_lines_are_read_as_people_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
