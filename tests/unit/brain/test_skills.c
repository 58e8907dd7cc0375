/* SPDX-License-Identifier: Apache-2.0 */
/* Sums, units, days and spelling, asked for in Spanish and English words and in figures. */
#include "brain/skills/skills.h"
#include "support/failing_alloc.h"
#include "support/test.h"
#include "text/number_words.h"

static struct sr_skills *skills;
static struct tm now; /* Saturday, 21 November 2026, 17:15 */

static char *data_folder(void) {
    const char *source = getenv("SARAI_TEST_SOURCE");
    return sr_asprintf("%s/data", source ? source : ".");
}

static int open_in(const char *language) {
    now = (struct tm){.tm_year = 126, .tm_mon = 10, .tm_mday = 21, .tm_hour = 17, .tm_min = 15};
    char *data = data_folder();
    struct sarai_error error = {0};
    const int status = sr_skills_open(data, language, &skills, &error);
    if (status < 0)
        print_error("%s: %s\n", error.where, error.text);
    free(data);
    return status;
}

static int setup(void **state) {
    (void)state;
    return open_in("es");
}

static int setup_english(void **state) {
    (void)state;
    return open_in("en");
}

static int teardown(void **state) {
    (void)state;
    sr_skills_close(skills);
    return 0;
}

struct exchange {
    const char *asked, *id, *answered;
};

static void hold(const struct exchange *exchanges, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *reply = NULL;
        const char *id = sr_skills_answer(skills, exchanges[i].asked, &now, NULL, &reply);
        if (!id || strcmp(id, exchanges[i].id) != 0 || strcmp(reply, exchanges[i].answered) != 0)
            print_error("'%s': %s: %s\n", exchanges[i].asked, id ? id : "nobody", reply ? reply : "nothing");
        assert_non_null(id);
        assert_string_equal(id, exchanges[i].id);
        assert_string_equal(reply, exchanges[i].answered);
        free(reply);
    }
}

#define HOLD(...)                                                                                                      \
    do {                                                                                                               \
        static const struct exchange exchanges[] = {__VA_ARGS__};                                                      \
        hold(exchanges, sizeof exchanges / sizeof exchanges[0]);                                                       \
    } while (0)

static void words_are_read_as_numbers(void **state) {
    (void)state;
    static const struct {
        const char *words[10];
        double value;
    } good[] = {
        {{"cero"}, 0},
        {{"un"}, 1},
        {{"doscientos", "treinta", "y", "cuatro"}, 234},
        {{"mil"}, 1000},
        {{"dos", "mil", "veintiseis"}, 2026},
        {{"ciento", "un", "mil", "uno"}, 101001},
        {{"tres", "millones", "cuatrocientos", "mil"}, 3400000},
        {{"tres", "coma", "cero", "cinco"}, 3.05},
        {{"menos", "siete", "coma", "veinticinco"}, -7.25},
        {{"tres", "y", "medio"}, 3.5},
        {{"media"}, 0.5},
    };
    static const char *const bad[][10] = {
        {"y"},        {"dos", "tres"}, {"treinta", "y"},  {"treinta", "cuarenta"}, {"cien", "doscientos"},
        {"millones"}, {"casa"},        {"coma", "cinco"}, {"tres", "coma"},        {"menos"}};
    char *data = data_folder(), *folder = sr_asprintf("%s/es", data);
    struct sr_number_words *numbers = NULL;
    assert_int_equal(sr_number_words_load(folder, &numbers, NULL), 0);
    free(data);
    free(folder);
    double value = 0;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t count = 0;
        while (good[i].words[count])
            count++;
        assert_true(sr_number_words_read(numbers, good[i].words, count, &value));
        assert_true(value > good[i].value - 1e-9 && value < good[i].value + 1e-9);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t count = 0;
        while (bad[i][count])
            count++;
        assert_false(sr_number_words_read(numbers, bad[i], count, &value));
    }
    assert_false(sr_number_words_read(numbers, bad[0], 0, &value));
    sr_number_words_free(numbers);
}

static void sums_are_done_in_words_and_in_figures(void **state) {
    (void)state;
    HOLD({"¿Cuánto son doscientos treinta y cuatro más cien?", "add",
          "Doscientos treinta y cuatro más cien son trescientos treinta y cuatro."},
         {"¿Cuánto es 18 por 7?", "multiply", "Dieciocho por siete son ciento veintiséis."},
         {"12 + 30", "add", "Doce más treinta son cuarenta y dos."},
         {"Oye, Sarai, réstale doce a cien, por favor", "subtract", "Cien menos doce son ochenta y ocho."},
         {"¿cuánto es tres menos diez?", "subtract", "Tres menos diez son menos siete."},
         {"¿Cuánto son 10 entre 4?", "divide", "Diez entre cuatro son dos coma cinco."},
         {"divide diez entre cero", "divide", "Entre cero no se puede dividir."},
         {"raíz cuadrada de ochenta y uno", "square_root", "La raíz cuadrada de ochenta y uno es nueve."},
         {"¿cuánto es la mitad de setenta y cinco?", "half",
          "La mitad de setenta y cinco es treinta y siete coma cinco."});
}

static void percentages_are_taken_and_put_on(void **state) {
    (void)state;
    HOLD({"¿Cuánto es el 21 % de 200?", "percent", "El veintiuno por ciento de doscientos es cuarenta y dos."},
         {"¿cuánto es el diez por ciento de cuarenta y dos?", "percent",
          "El diez por ciento de cuarenta y dos es cuatro coma dos."},
         {"un treinta por ciento de descuento sobre noventa", "percent_off",
          "Con el descuento del treinta por ciento, noventa se queda en sesenta y tres."});
}

static void shares_are_told_in_percent(void **state) {
    (void)state;
    HOLD({"¿qué tanto por ciento es veinte de ochenta?", "percent_of",
          "De ochenta, veinte es el veinticinco por ciento."},
         {"¿Cuántas veces cabe el 7 en 63?", "times_in", "En sesenta y tres cabe nueve veces el siete."},
         {"¿Qué porcentaje es 3 de 0?", "percent_of", "Entre cero no se puede dividir."});
}

/* Every reply in the list comes up within so many seconds, and no other does. */
static void comes_up(const char *asked, const char *const *replies, int count) {
    unsigned seen = 0;
    for (now.tm_sec = 0; now.tm_sec < 60; now.tm_sec++) {
        char *reply = NULL;
        assert_non_null(sr_skills_answer(skills, asked, &now, NULL, &reply));
        int which = 0;
        while (which < count && strcmp(reply, replies[which]) != 0)
            which++;
        assert_true(which < count);
        seen |= 1u << which;
        free(reply);
    }
    now.tm_sec = 0;
    assert_int_equal(seen, (1u << count) - 1);
}

static void coins_and_dice_fall_on_every_side(void **state) {
    (void)state;
    static const char *const sides[] = {"Ha salido cara.", "Ha salido cruz."};
    static const char *const pips[] = {"Ha salido un uno.",    "Ha salido un dos.",   "Ha salido un tres.",
                                       "Ha salido un cuatro.", "Ha salido un cinco.", "Ha salido un seis."};
    static const char *const numbers[] = {"El cuatro.", "El cinco.", "El seis."};
    comes_up("cara o cruz", sides, 2);
    comes_up("tira un dado, por favor", pips, 6);
    comes_up("dime un número entre cuatro y seis", numbers, 3);
    HOLD({"dime un número entre uno y medio y tres", "number_between",
          "Dime dos números enteros que no estén tan lejos."});
}

static void units_become_others_of_their_kind(void **state) {
    (void)state;
    HOLD({"¿Cuántos metros son tres kilómetros?", "convert", "Tres kilómetros son tres mil metros."},
         {"¿Cuántos kilómetros son 10 millas?", "convert", "Diez millas son dieciséis coma cero nueve kilómetros."},
         {"noventa grados Fahrenheit en centígrados", "convert",
          "Noventa grados Fahrenheit son treinta y dos coma veintidós grados centígrados."},
         {"¿cuántos kilos son dos litros?", "convert", "No se pueden pasar litros a kilos: miden cosas distintas."});
}

static void days_are_counted_over_months_and_years(void **state) {
    (void)state;
    HOLD({"¿Qué día es hoy?", "date", "Hoy es sábado, veintiuno de noviembre de dos mil veintiséis."},
         {"¿En qué año estamos?", "year", "Estamos en dos mil veintiséis."},
         {"¿Qué día será dentro de 10 días?", "day_in",
          "Dentro de diez días será martes, primero de diciembre de dos mil veintiséis."},
         {"¿qué día fue hace cuarenta días?", "day_ago",
          "Hace cuarenta días fue lunes, doce de octubre de dos mil veintiséis."},
         {"¿Cuántos días faltan para Navidad?", "days_until_christmas", "Para Navidad faltan treinta y cuatro días."},
         {"¿Cuántos días faltan para el 21 de noviembre?", "days_until", "¡Eso es hoy!"},
         {"¿Cuántos días faltan para el 1 de marzo?", "days_until", "Para el primero de marzo faltan cien días."},
         {"¿en qué día cae el veintinueve de febrero?", "weekday_of",
          "El veintinueve de febrero próximo cae en martes."},
         {"¿Cuánto falta para el treinta y uno de abril?", "days_until", "Ese día no existe en el calendario."});
}

static void the_time_is_told_as_people_say_it(void **state) {
    (void)state;
    HOLD({"¿Qué hora es?", "time", "Son las cinco y cuarto de la tarde."});
    now.tm_hour = 13;
    now.tm_min = 0;
    HOLD({"Sarai, ¿me dices la hora?", "time", "Es la una del mediodía."});
    now.tm_hour = 0;
    now.tm_min = 5;
    HOLD({"la hora, por favor", "time", "Son las doce y cinco de la madrugada."});
    now.tm_hour = 17;
    now.tm_min = 15;
}

static void a_word_is_spelled_with_its_accents(void **state) {
    (void)state;
    HOLD({"Deletrea vaca.", "spell", "Vaca se deletrea: uve, a, ce, a."},
         {"¿Cómo se escribe camión?", "spell", "Camión se deletrea: ce, a, eme, i, o con tilde, ene."});
}

static void a_sign_between_figures_is_a_word(void **state) {
    (void)state;
    HOLD({"¿Cuántos son 400 12 - 207?", "subtract", "Cuatrocientos doce menos doscientos siete son doscientos cinco."},
         {"¿cuánto es 12-4?", "subtract", "Doce menos cuatro son ocho."},
         {"121/11", "divide", "Ciento veintiuno entre once son once."},
         {"Sarai, ¿cuánto es 9 / 3?", "divide", "Nueve entre tres son tres."});
}

static void a_long_word_may_be_misheard_by_a_sound_or_cut_in_two(void **state) {
    (void)state;
    HOLD({"Delitre a vaca.", "spell", "Vaca se deletrea: uve, a, ce, a."},
         {"Multiplika 30 y 2x11.", "multiply", "Treinta y dos por once son trescientos cincuenta y dos."},
         {"la raíz guadrada de nueve", "square_root", "La raíz cuadrada de nueve es tres."});
}

static void what_is_no_sum_is_left_to_others(void **state) {
    (void)state;
    static const char *const others[] = {"",
                                         "¿",
                                         "¿Cuánto es?",
                                         "¿Cuánto mide el Teide?",
                                         "hola",
                                         "uno dos tres",
                                         "¿cuánto es una casa por dos?",
                                         "¿qué hora te dijo que venía?",
                                         "por favor",
                                         "el siglo veinte",
                                         "nos vemos el 3/4, tráete 12-4 cosas",
                                         "de 10 a 12-14",
                                         "¿cómo se describe una vaca?",
                                         "recorre vacas",
                                         "¿cuántos huevos son una tortilla?"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char *reply = NULL;
        assert_null(sr_skills_answer(skills, others[i], &now, NULL, &reply));
        assert_null(reply);
    }
}

static void english_has_the_same_skills(void **state) {
    (void)state;
    HOLD({"What is 21 plus 34?", "add", "Twenty-one plus thirty-four is fifty-five."},
         {"two thousand three hundred and forty-five divided by five", "divide",
          "Two thousand three hundred forty-five divided by five is four hundred sixty-nine."},
         {"How much is 15% of 80?", "percent", "Fifteen percent of eighty is twelve."},
         {"What's two point five minus one hundred and one?", "subtract",
          "Two point five minus one hundred one is minus ninety-eight point five."},
         {"convert 212 degrees Fahrenheit to Celsius", "convert",
          "Two hundred twelve degrees Fahrenheit is one hundred degrees celsius."},
         {"how many feet are there in two yards", "convert", "Two yards is six feet."},
         {"What time is it?", "time", "It's five fifteen in the afternoon."},
         {"what day is it in ten days", "day_in", "In ten days it will be Tuesday, December first twenty twenty-six."},
         {"How much is 12-4?", "subtract", "Twelve minus four is eight."},
         {"Please spell cab", "spell", "Cab is spelled: see, ay, bee."});
    now.tm_hour = 1;
    now.tm_min = 14;
    HOLD({"What time is it, please?", "time", "It's one fourteen at night."});
    now.tm_hour = 17;
    now.tm_min = 15;
}

static void the_skills_survive_every_failing_allocation(void **state) {
    (void)state;
    char *data = data_folder();
    struct sr_skills *other = NULL;
    for (int n = 1;; n += 1 + n / 16) { /* the tables are many alike rows */
        sr_fail_alloc_at(n);
        const int status = sr_skills_open(data, "es", &other, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, 0);
            sr_skills_close(other);
            break;
        }
        assert_true(status < 0);
        assert_null(other);
    }
    free(data);
    for (int n = 1;; n++) {
        char *reply = NULL;
        sr_fail_alloc_at(n);
        const char *id = sr_skills_answer(skills, "¿cuánto es dos por tres, por favor?", &now, NULL, &reply);
        sr_fail_alloc_off();
        assert_true(!id == !reply);
        free(reply);
        if (!sr_fail_alloc_hit())
            break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read_as_numbers),
        cmocka_unit_test(sums_are_done_in_words_and_in_figures),
        cmocka_unit_test(percentages_are_taken_and_put_on),
        cmocka_unit_test(shares_are_told_in_percent),
        cmocka_unit_test(coins_and_dice_fall_on_every_side),
        cmocka_unit_test(units_become_others_of_their_kind),
        cmocka_unit_test(days_are_counted_over_months_and_years),
        cmocka_unit_test(the_time_is_told_as_people_say_it),
        cmocka_unit_test(a_word_is_spelled_with_its_accents),
        cmocka_unit_test(a_sign_between_figures_is_a_word),
        cmocka_unit_test(a_long_word_may_be_misheard_by_a_sound_or_cut_in_two),
        cmocka_unit_test(what_is_no_sum_is_left_to_others),
        cmocka_unit_test(the_skills_survive_every_failing_allocation),
    };
    const struct CMUnitTest english[] = {cmocka_unit_test(english_has_the_same_skills)};
    return cmocka_run_group_tests(tests, setup, teardown) + cmocka_run_group_tests(english, setup_english, teardown);
}
