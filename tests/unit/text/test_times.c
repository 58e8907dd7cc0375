/* SPDX-License-Identifier: Apache-2.0 */
/* Stretches of time and times of day, read from words and said in words. */
#include "support/test.h"
#include "text/said.h"
#include "text/tongue.h"

static struct sr_tongue tongue;

static int setup(void **state) {
    (void)state;
    const char *source = getenv("SARAI_TEST_SOURCE");
    char *data = sr_asprintf("%s/data", source ? source : ".");
    struct sarai_error error = {0};
    const int status = sr_tongue_init(&tongue, data, "es", &error);
    if (status < 0)
        print_error("%s: %s\n", error.where, error.text);
    free(data);
    return status;
}

static int teardown(void **state) {
    (void)state;
    sr_tongue_deinit(&tongue);
    return 0;
}

static void stretches_of_time_are_read(void **state) {
    (void)state;
    static const struct {
        const char *said;
        double seconds;
    } spans[] = {{"diez minutos", 600},
                 {"una hora y media", 5400},
                 {"media hora", 1800},
                 {"90 segundos", 90},
                 {"dos horas y quince minutos", 8100},
                 {"tres cuartos de hora", 2700},
                 {"minuto y medio", 90},
                 {"un minuto y treinta segundos", 90},
                 {"cinco minutos y medio", 330},
                 {"veintiún minutos", 1260},
                 {"hora", 0},
                 {"minutos", 0},
                 {"diez", 0},
                 {"cuatrocientos días", 0}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        struct sr_said said;
        double seconds = 0;
        assert_int_equal(sr_said_init(&said, tongue.normalizer, spans[i].said), SARAI_OK);
        const bool is = sr_times_span(tongue.times, said.words, said.count, &seconds);
        if (is != (spans[i].seconds > 0) || (is && seconds != spans[i].seconds))
            fail_msg("'%s': %g", spans[i].said, seconds);
        sr_said_deinit(&said);
    }
}

static void times_of_day_are_read(void **state) {
    (void)state;
    static const struct {
        const char *said;
        int minute, day;
        bool exact;
    } moments[] = {{"las siete", 420, -1, false},
                   {"a las siete y media de la mañana", 450, -1, true},
                   {"las ocho menos cuarto de la tarde", 1185, -1, true},
                   {"mañana a las siete", 420, 1, false},
                   {"a la una y diez", 70, -1, false},
                   {"a las 19:30", 1170, -1, true},
                   {"al mediodía", 720, -1, true},
                   {"las once de la noche pasado mañana", 1380, 2, true},
                   {"la una de la noche", 60, -1, true}};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        struct sr_said said;
        struct sr_moment moment = {0};
        assert_int_equal(sr_said_init(&said, tongue.normalizer, moments[i].said), SARAI_OK);
        const bool is = sr_times_moment(tongue.times, said.words, said.count, &moment);
        if (!is || moment.minute != moments[i].minute || moment.day != moments[i].day ||
            moment.exact != moments[i].exact)
            fail_msg("'%s': %d %d %d %d", moments[i].said, is, moment.minute, moment.day, moment.exact);
        sr_said_deinit(&said);
    }
    struct sr_moment moment;
    assert_false(sr_times_moment(tongue.times, (const char *const[]){"siempre"}, 1, &moment));
    assert_false(sr_times_moment(tongue.times, (const char *const[]){"las", "treinta"}, 2, &moment));
}

static void they_are_said_as_people_do(void **state) {
    (void)state;
    static const struct {
        int64_t seconds;
        const char *said;
    } spans[] = {{600, "Diez minutos"},
                 {3660, "Una hora y un minuto"},
                 {61, "Un minuto y un segundo"},
                 {0, "Cero segundos"},
                 {90000, "Un día y una hora"}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        struct sr_str text = {0};
        sr_times_say_span(tongue.times, spans[i].seconds, &text);
        char *spoken = sr_tongue_say(&tongue, text.data);
        assert_string_equal(spoken, spans[i].said);
        free(spoken);
        sr_str_deinit(&text);
    }
    struct sr_str text = {0};
    sr_times_say_minute(tongue.times, 450, &text);
    char *spoken = sr_tongue_say(&tongue, text.data);
    assert_string_equal(spoken, "Las siete y media de la mañana");
    free(spoken);
    sr_str_deinit(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretches_of_time_are_read),
        cmocka_unit_test(times_of_day_are_read),
        cmocka_unit_test(they_are_said_as_people_do),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
