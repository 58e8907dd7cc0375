/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of what people may say: what fits, what does not, which way fits best, and what is no pattern. */
#include "support/failing_alloc.h"
#include "support/test.h"
#include "text/pattern.h"

static const char *rule(void *user, const char *name, size_t len) {
    (void)user;
    if (len == 3 && memcmp(name, "the", 3) == 0)
        return "(el|la)";
    return len == 4 && memcmp(name, "loop", 4) == 0 ? "a <loop>" : NULL;
}

static int judge(void *user, const char *slot, size_t at, size_t count) {
    const char *const *words = user;
    if (strcmp(slot, "color") == 0)
        return count == 1 && strcmp(words[at], "rojo") == 0 ? SR_PATTERN_WORD : -1;
    return 0;
}

static int match(const char *pattern, const char *const *words, struct sr_pattern_match *out) {
    struct sr_pattern *compiled = NULL;
    struct sarai_error error = {0};
    size_t count = 0;
    while (words[count])
        count++;
    if (sr_pattern_new(pattern, rule, NULL, &compiled, &error) < 0)
        fail_msg("%s: %s", pattern, error.text);
    const int fits = sr_pattern_match(compiled, words, count, judge, (void *)words, out);
    if (fits && out->count)
        assert_true(out->slots[0].at + out->slots[0].count <= count);
    sr_pattern_free(compiled);
    return fits;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void words_choices_and_what_may_be_left_out_fit(void **state) {
    (void)state;
    struct sr_pattern_match found;
    assert_int_equal(match("Enciende [ya] <the> luz", WORDS("enciende", "la", "luz"), &found), 1);
    assert_int_equal(match("enciende [ya] <the> luz", WORDS("enciende", "ya", "el", "luz"), &found), 1);
    assert_int_equal(match("enciende [ya] <the> luz", WORDS("enciende", "luz"), &found), 0);
    assert_int_equal(match("enciende [ya] <the> luz", WORDS("enciende", "la", "luz", "ya"), &found), 0);
    assert_int_equal(match("(pon en marcha|enciende|da) (luz|todo)", WORDS("pon", "en", "marcha", "todo"), &found), 1);
    assert_int_equal(match("(pon en marcha|enciende|da) (luz|todo)", WORDS("da", "luz"), &found), 1);
    assert_int_equal(match("(pon en marcha|enciende|da) (luz|todo)", WORDS("pon", "luz"), &found), 0);
}

static void the_way_that_understands_most_wins(void **state) {
    (void)state;
    struct sr_pattern_match found;
    assert_int_equal(
        match("pon [<the>] {what} [en {color}]", WORDS("pon", "la", "luz", "grande", "en", "rojo"), &found), 1);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.slots[0].at, 2);
    assert_int_equal(found.slots[0].count, 2);
    assert_int_equal(found.score, 4 * SR_PATTERN_WORD);
    assert_int_equal(match("pon {what} en {color}", WORDS("pon", "luz", "en", "verde"), &found), 0);
}

static void what_is_no_pattern_is_told_why(void **state) {
    (void)state;
    static const char *const wrong[] = {"(a|b",   "a)", "[a",  "a]", "{a",     "<nobody>",
                                        "<loop>", "",   "[a]", "{}", "a ... >"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct sr_pattern *pattern = NULL;
        struct sarai_error error = {0};
        if (sr_pattern_new(wrong[i], rule, NULL, &pattern, &error) != SARAI_EINPUT || !error.text[0])
            fail_msg("'%s' is a pattern", wrong[i]);
        assert_null(pattern);
    }
}

static void a_pattern_survives_failing_allocations(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        struct sr_pattern *pattern = NULL;
        sr_fail_alloc_at(n);
        const int status = sr_pattern_new("enciende [<the>] (luz|todo|{what}) ya", rule, NULL, &pattern, NULL);
        sr_fail_alloc_off();
        sr_pattern_free(pattern);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_choices_and_what_may_be_left_out_fit),
        cmocka_unit_test(the_way_that_understands_most_wins),
        cmocka_unit_test(what_is_no_pattern_is_told_why),
        cmocka_unit_test(a_pattern_survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
