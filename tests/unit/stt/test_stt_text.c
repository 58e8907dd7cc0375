/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/stt_text.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static void what_nobody_said_is_removed(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {" ¿Qué hora es?", "¿Qué hora es?"},
        {" [Música]", ""},
        {" [Música] [Música]", ""},
        {"(risas) Hola,  buenas [tose] tardes. ♪♪", "Hola, buenas tardes."},
        {"[Música de ci", ""},
        {" ... ", ""},
        {"", ""},
        {"uno] dos)", "uno] dos)"},
        {"\xff hola[\xff", "\xef\xbf\xbd hola"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_str out = {0};
        sr_str_adds(&out, "> ");
        sr_stt_clean(cases[i][0], &out);
        assert_string_equal(out.data + 2, cases[i][1]);
        sr_str_deinit(&out);
    }
}

static void a_text_that_goes_round_is_noticed_and_its_first_round_kept(void **state) {
    (void)state;
    static const struct {
        const char *text, *kept; /* NULL: does not go round */
    } cases[] = {
        {"¿Cuál es el tiempo? Cuál es el tiempo.", "¿Cuál es el tiempo?"},
        {"Está cerrada la puerta. ¡Esta cerrada la puerta! ¡Esta cerrada la puerta!", "Está cerrada la puerta."},
        {"sobre los los los los los", "sobre los"},
        {"a b c a b c a", "a b c"},
        {"no, no, no", NULL},
        {"y más y más y más", NULL},
        {"y más y más y más y más", "y más"},
        {"que tiempo hace hoy", NULL},
        {"...", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t keep = 0;
        bool repeats = sr_stt_repeats(cases[i].text, &keep);
        assert_int_equal(repeats, cases[i].kept != NULL);
        if (repeats) {
            assert_int_equal(keep, strlen(cases[i].kept));
            assert_memory_equal(cases[i].text, cases[i].kept, keep);
        }
    }
}

static void without_memory_nothing_goes_round(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        size_t keep = 0;
        sr_fail_alloc_at(n);
        bool repeats = sr_stt_repeats("uno dos tres uno dos tres", &keep);
        sr_fail_alloc_off();
        assert_int_equal(repeats, !sr_fail_alloc_hit());
        if (repeats)
            break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_said_is_removed),
        cmocka_unit_test(a_text_that_goes_round_is_noticed_and_its_first_round_kept),
        cmocka_unit_test(without_memory_nothing_goes_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
