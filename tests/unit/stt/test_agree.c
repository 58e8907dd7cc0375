/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/message.h"
#include "stt/agree.h"
#include "stt/cut.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static void the_words_with_which_two_texts_begin_are_agreed_on(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"hola", "Hola, ¿qué tal?", "Hola,"},
        {"¿Qué hora es en", "que hora es en Madrid", "que hora es en"},
        {"uno dos tres", "uno dos", "uno dos"},
        {"uno dos tres", "uno doce tres", "uno"},
        {"uno - dos", "uno dos", "uno dos"},
        {"uno dos", "uno ... dos.", "uno ... dos."},
        {"nada", "todo", ""},
        {"", "algo", ""},
        {"algo", "", ""},
        {"...", "...", ""},
        {"El año", "el ano", "el"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t len = sr_agree(cases[i][0], cases[i][1]);
        assert_true(len <= strlen(cases[i][1]));
        assert_true(len == strlen(cases[i][2]) && memcmp(cases[i][1], cases[i][2], len) == 0);
    }
}

static void without_memory_nothing_is_agreed_on(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        const size_t len = sr_agree("uno dos", "uno dos tres");
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(len, 7);
            break;
        }
        assert_true(len < 7);
    }
}

#define SECONDS 60

static void a_long_utterance_is_cut_where_it_is_quiet_and_always_there(void **state) {
    (void)state;
    static float samples[SECONDS * SR_RATE_HZ];
    for (size_t i = 0; i < SECONDS * SR_RATE_HZ; i++)
        samples[i] = i % 2 ? 0.5f : -0.5f;
    const size_t quiet = 14 * SR_RATE_HZ;
    memset(samples + quiet, 0, SR_RATE_HZ / 4 * sizeof *samples);
    assert_int_equal(sr_cut(samples, 20 * SR_RATE_HZ), 0);
    assert_int_equal(sr_cut(samples, 0), 0);
    const size_t cut = sr_cut(samples, 20 * SR_RATE_HZ + 1);
    assert_true(cut >= quiet && cut <= quiet + SR_RATE_HZ / 4);
    for (size_t count = 21 * SR_RATE_HZ; count <= SECONDS * SR_RATE_HZ; count += SR_RATE_HZ / 2)
        assert_int_equal(sr_cut(samples, count), cut);
    /* Whatever is said, no piece is longer than a recognizer takes, and there is an end. */
    size_t first = 0;
    for (size_t piece; (piece = sr_cut(samples + first, SECONDS * SR_RATE_HZ - first)); first += piece)
        assert_true(piece >= 10 * SR_RATE_HZ && piece < 20 * SR_RATE_HZ);
    assert_true(SECONDS * SR_RATE_HZ - first <= 20 * SR_RATE_HZ);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_with_which_two_texts_begin_are_agreed_on),
        cmocka_unit_test(without_memory_nothing_is_agreed_on),
        cmocka_unit_test(a_long_utterance_is_cut_where_it_is_quiet_and_always_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
