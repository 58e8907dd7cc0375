/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"
#include "stt/known.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>

/* In the order in which training merged them: "tor" comes before "esto". */
static const char *const tokens[] = {" ",    "a",    "d",    "e",  "l",   "n",    "o",    "r",     "s",
                                     "t",    "v",    "z",    " e", "or",  "es",   "to",   "tor",   " el",
                                     "esto", " es",  " L",   "E",  " El", "lu",   " lu",  " luz",  "A",
                                     " E",   "\xC3", "\x81", " v", "L",   "\xC2", "\xBF", " \xC2", " \xC2\xBF"};
#define COUNT ((int)(sizeof tokens / sizeof *tokens))

static const char *token(void *user, int id) {
    (void)user;
    return tokens[id];
}

static int id_of(const char *text) {
    for (int i = 0; i < COUNT; i++)
        if (strcmp(tokens[i], text) == 0)
            return i;
    fail_msg("no token '%s'", text);
    return -1;
}

static struct sr_bpe *open_bpe(void) {
    struct sr_bpe *bpe = NULL;
    assert_int_equal(sr_bpe_new(token, NULL, COUNT, &bpe), SARAI_OK);
    return bpe;
}

static void words_are_merged_in_the_order_of_training_not_longest_first(void **state) {
    (void)state;
    struct sr_bpe *bpe = open_bpe();
    int ids[8];
    assert_int_equal(sr_bpe_encode(bpe, " el estor", 9, ids, 8), 3);
    assert_int_equal(ids[0], id_of(" el"));
    assert_int_equal(ids[1], id_of(" es"));
    assert_int_equal(ids[2], id_of("tor"));
    assert_int_equal(sr_bpe_encode(bpe, "", 0, ids, 8), 0);
    assert_int_equal(sr_bpe_encode(bpe, " x", 2, ids, 8), 0);
    assert_int_equal(sr_bpe_encode(bpe, " el estor", 9, ids, 2), 0);
    char word[100];
    memset(word, 'a', sizeof word);
    assert_int_equal(sr_bpe_encode(bpe, word, sizeof word, (int[100]){0}, 100), 0);
    sr_bpe_free(bpe);
}

static struct sr_known *open_known(const struct sr_bpe *bpe) {
    struct sr_known *known = NULL;
    assert_int_equal(sr_known_new(bpe, &known), SARAI_OK);
    static const char *const phrases[] = {"el estor", "La luz", "luz", "el", "", "xyz", "álto"};
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        assert_int_equal(sr_known_add(known, phrases[i], 0), SARAI_OK);
    sr_known_sort(known);
    return known;
}

/* A recognizer that hears one token likely after each path: `heard` in turn, at 0.5; all else shares the rest. */
struct recognizer {
    const int *heard;
    size_t count;
    int calls, give_up; /* the call that fails; 0: none */
    float sure;         /* of an end that was thought possible, the probability */
    int second;         /* a whole phrase of one token, heard at 0.1; 0: none */
    int common;         /* what is expected at first when nothing is heard, at 0.5; 0: nothing */
    int priors;         /* calls of `prior` */
    float log_probs[COUNT], expected[COUNT];
};

static const float *next(void *user, const int *path, size_t count, float *end) {
    struct recognizer *r = user;
    if (++r->calls == r->give_up)
        return NULL;
    bool along = count <= r->count;
    for (size_t i = 0; i < count && along; i++)
        along = path[i] == r->heard[i];
    for (int i = 0; i < COUNT; i++)
        r->log_probs[i] = logf(0.5f / COUNT);
    *end = logf(along && count == r->count ? 0.5f : 0.01f);
    if (along && count < r->count)
        r->log_probs[r->heard[count]] = logf(0.5f);
    if (count == 0 && r->second)
        r->log_probs[r->second] = logf(0.1f);
    if (count == 1 && r->second && path[0] == r->second)
        *end = logf(0.5f);
    return r->log_probs;
}

static const float *prior(void *user, const int *path, size_t count, float *end) {
    struct recognizer *r = user;
    (void)path;
    r->priors++;
    for (int i = 0; i < COUNT; i++)
        r->expected[i] = logf(1.0f / COUNT);
    if (count == 0 && r->common)
        r->expected[r->common] = logf(0.5f);
    *end = logf(0.5f);
    return r->expected;
}

static float end(void *user, const int *path, size_t count) {
    struct recognizer *r = user;
    bool whole = (count == r->count && memcmp(path, r->heard, count * sizeof *path) == 0) ||
                 (count == 1 && r->second && path[0] == r->second);
    return logf((whole ? 0.5f : 0.01f) * r->sure);
}

static void the_most_probable_known_phrase_is_found(void **state) {
    (void)state;
    struct sr_bpe *bpe = open_bpe();
    struct sr_known *known = open_known(bpe);
    const int heard[] = {id_of(" El"), id_of(" es"), id_of("tor")};
    struct recognizer r = {.sure = 1, .heard = heard, .count = 3};
    struct sr_known_match match;
    assert_true(sr_known_search(known, &(struct sr_known_scorer){next, prior, end, &r},
                                &(struct sr_known_limits){SR_KNOWN_BY_LIKELIHOOD, -20, 50}, &match));
    assert_int_equal(match.count, 3);
    assert_memory_equal(match.tokens, heard, sizeof heard);
    assert_true(fabs(match.log_prob - 4 * log(0.5)) < 1e-5);
    /* No other beginning came near, so nothing else was looked at. */
    assert_int_equal(r.calls, 4);
    sr_known_free(known);
    sr_bpe_free(bpe);
}

static void what_is_not_known_is_never_found_and_the_nearest_known_is(void **state) {
    (void)state;
    struct sr_bpe *bpe = open_bpe();
    struct sr_known *known = open_known(bpe);
    const int heard[] = {id_of(" luz"), id_of(" es"), id_of("to")};
    struct recognizer r = {.sure = 1, .heard = heard, .count = 3};
    const struct sr_known_scorer scorer = {next, prior, end, &r};
    struct sr_known_match match;
    const double one_off = log(0.5) + log(0.01);
    assert_true(sr_known_search(known, &scorer, &(struct sr_known_limits){SR_KNOWN_BY_LIKELIHOOD, -20, 50}, &match));
    assert_true(match.count == 1 && match.tokens[0] == heard[0] && fabs(match.log_prob - one_off) < 1e-5);
    assert_true(
        sr_known_search(known, &scorer, &(struct sr_known_limits){SR_KNOWN_BY_LIKELIHOOD, one_off - 0.01, 50}, &match));
    assert_false(
        sr_known_search(known, &scorer, &(struct sr_known_limits){SR_KNOWN_BY_LIKELIHOOD, one_off + 0.01, 50}, &match));
    sr_known_free(known);
    sr_bpe_free(bpe);
}

static void an_end_that_turns_out_unlikely_loses_its_place(void **state) {
    (void)state;
    struct sr_bpe *bpe = open_bpe();
    struct sr_known *known = open_known(bpe);
    const int heard[] = {id_of(" el"), id_of(" es"), id_of("tor")};
    struct recognizer r = {.sure = 0.1f, .heard = heard, .count = 3};
    const struct sr_known_scorer scorer = {next, prior, end, &r};
    struct sr_known_match match;
    assert_true(sr_known_search(known, &scorer, &(struct sr_known_limits){SR_KNOWN_BY_LIKELIHOOD, -20, 50}, &match));
    assert_true(match.count == 3 && fabs(match.log_prob - 4 * log(0.5) - log(0.1)) < 1e-5);
    assert_false(sr_known_search(known, &scorer,
                                 &(struct sr_known_limits){SR_KNOWN_BY_LIKELIHOOD, 4 * log(0.5) - 0.5, 50}, &match));
    sr_known_free(known);
    sr_bpe_free(bpe);
}

static void the_search_ends_with_the_budget_and_with_the_scorer(void **state) {
    (void)state;
    struct sr_bpe *bpe = open_bpe();
    struct sr_known *known = open_known(bpe);
    const int heard[] = {id_of(" el"), id_of(" es"), id_of("tor")};
    struct recognizer r = {.sure = 1, .heard = heard, .count = 3};
    const struct sr_known_scorer scorer = {next, prior, end, &r};
    struct sr_known_match match;
    assert_false(sr_known_search(known, &scorer, &(struct sr_known_limits){SR_KNOWN_BY_LIKELIHOOD, -20, 2}, &match));
    assert_int_equal(r.calls, 2);
    r.calls = 0;
    r.give_up = 2;
    assert_false(sr_known_search(known, &scorer, &(struct sr_known_limits){SR_KNOWN_BY_LIKELIHOOD, -20, 50}, &match));
    assert_int_equal(r.calls, 2);
    sr_known_free(known);
    sr_bpe_free(bpe);
}

static void a_rare_phrase_wins_over_a_common_one_when_the_sound_speaks_for_it(void **state) {
    (void)state;
    struct sr_bpe *bpe = open_bpe();
    struct sr_known *known = open_known(bpe);
    const int heard[] = {id_of(" el")};
    struct recognizer r = {.sure = 1, .heard = heard, .count = 1, .second = id_of(" luz"), .common = heard[0]};
    const struct sr_known_scorer scorer = {next, prior, end, &r};
    struct sr_known_match match;
    assert_true(sr_known_search(known, &scorer, &(struct sr_known_limits){SR_KNOWN_BY_LIKELIHOOD, -20, 50}, &match));
    assert_true(match.count == 1 && match.tokens[0] == heard[0]);
    assert_true(fabs(match.prior - 2 * log(0.5)) < 1e-5);
    assert_true(sr_known_search(known, &scorer, &(struct sr_known_limits){SR_KNOWN_BY_EVIDENCE, -20, 50}, &match));
    assert_true(match.count == 1 && match.tokens[0] == r.second);
    assert_true(fabs(match.log_prob - log(0.1) - log(0.5)) < 1e-5);
    assert_true(fabs(match.prior - log(1.0 / COUNT) - log(0.5)) < 1e-5);
    sr_known_free(known);
    sr_bpe_free(bpe);
}

static void what_was_said_of_a_sound_is_asked_once(void **state) {
    (void)state;
    struct sr_bpe *bpe = open_bpe();
    struct sr_known *known = open_known(bpe);
    const int heard[] = {id_of(" luz")}, other[] = {id_of(" es")};
    struct recognizer r = {.sure = 1, .heard = heard, .count = 1};
    const struct sr_known_scorer scorer = {next, prior, end, &r};
    const struct sr_known_limits likely = {SR_KNOWN_BY_LIKELIHOOD, -20, 50}, evident = {SR_KNOWN_BY_EVIDENCE, -20, 50},
                                 none = {SR_KNOWN_BY_LIKELIHOOD, -20, 0};
    struct sr_known_match first, again;
    assert_true(sr_known_search(known, &scorer, &likely, &first));
    const int asked = r.calls;
    assert_true(sr_known_search(known, &scorer, &likely, &again));
    assert_int_equal(r.calls, asked);
    assert_true(again.tokens[0] == first.tokens[0] && again.log_prob == first.log_prob);
    assert_true(sr_known_search(known, &scorer, &none, &again)); /* what is known costs nothing */
    assert_true(sr_known_search(known, &scorer, &evident, &again));
    sr_known_forget(known);
    r.heard = other;
    assert_int_equal(sr_known_add(known, "es", 0), SARAI_OK);
    assert_true(sr_known_search(known, &scorer, &likely, &again));
    assert_int_equal(again.tokens[0], other[0]);
    sr_known_free(known);
    sr_bpe_free(bpe);
}

static void what_is_expected_of_silence_is_asked_once(void **state) {
    (void)state;
    struct sr_bpe *bpe = open_bpe();
    struct sr_known *known = open_known(bpe);
    const int heard[] = {id_of(" luz")};
    struct recognizer r = {.sure = 1, .heard = heard, .count = 1};
    const struct sr_known_scorer scorer = {next, prior, end, &r};
    struct sr_known_match first, again;
    assert_true(sr_known_search(known, &scorer, &(struct sr_known_limits){SR_KNOWN_BY_EVIDENCE, -20, 50}, &first));
    const int asked = r.priors;
    assert_true(asked > 0);
    assert_true(sr_known_search(known, &scorer, &(struct sr_known_limits){SR_KNOWN_BY_EVIDENCE, -20, 50}, &again));
    assert_int_equal(r.priors, asked);
    assert_true(again.prior == first.prior && again.log_prob == first.log_prob);
    sr_known_free(known);
    sr_bpe_free(bpe);
}

static void a_question_may_begin_with_its_sign(void **state) {
    (void)state;
    struct sr_bpe *bpe = open_bpe();
    const int heard[] = {id_of(" \xC2\xBF"), id_of("es")};
    for (int question = 0; question < 2; question++) {
        struct sr_known *known = NULL;
        struct recognizer r = {.sure = 1, .heard = heard, .count = 2};
        struct sr_known_match match;
        assert_int_equal(sr_known_new(bpe, &known), SARAI_OK);
        assert_int_equal(sr_known_add(known, "es", question ? SR_KNOWN_QUESTION : 0), SARAI_OK);
        sr_known_sort(known);
        assert_true(sr_known_search(known, &(struct sr_known_scorer){next, prior, end, &r},
                                    &(struct sr_known_limits){SR_KNOWN_BY_LIKELIHOOD, -20, 50}, &match));
        assert_int_equal(match.count, question ? 2 : 1);
        assert_int_equal(match.tokens[0], question ? heard[0] : id_of(" es"));
        sr_known_free(known);
    }
    sr_bpe_free(bpe);
}

static void a_phrase_is_said_when_the_sound_speaks_for_it_more_than_its_rarity_against_it(void **state) {
    (void)state;
    /* Of 1000 phrases each has one chance in a thousand; the recognizer expects this one once in e^20. */
    struct sr_known_match match = {.log_prob = -9, .prior = -20, .chance = -log(1000)};
    const double score = -9 - log(1000) + 20 * SR_KNOWN_SHARE;
    assert_true(sr_known_said(&match, score + 3 - 0.01, 3));
    assert_false(sr_known_said(&match, score + 3 + 0.01, 3));
    assert_false(sr_known_said(&match, score + 3 - 0.01, 2));
    match.chance = -log(100000);
    assert_false(sr_known_said(&match, score + 3 - 0.01, 3));
    /* Nothing was heard, and it is as good as what else was not. */
    match.log_prob = match.prior + SR_KNOWN_EVIDENCE - 0.01;
    assert_false(sr_known_said(&match, -1000, 20));
    match.log_prob = match.prior + SR_KNOWN_EVIDENCE;
    assert_true(sr_known_said(&match, -1000, 20));
}

static void a_common_phrase_is_said_when_it_is_nearly_as_likely_as_what_was_heard(void **state) {
    (void)state;
    struct sr_known_match hello = {.log_prob = -4, .prior = -7.8, .chance = -log(27000)};
    assert_true(sr_known_said(&hello, -1, 3)); /* although it is but one of so many for us */
    assert_false(sr_known_said(&hello, -0.9, 3));
    hello.log_prob = -4.4; /* less evidence than 0.45 of its prior */
    assert_false(sr_known_said(&hello, -3.8, 3));
    assert_true(sr_known_audible(&(struct sr_known_match){.log_prob = -0.4, .prior = -3.5}));
    assert_false(sr_known_audible(&(struct sr_known_match){.log_prob = -0.6, .prior = -3.5}));
}

static void a_remark_is_said_sooner_than_another_phrase(void **state) {
    (void)state;
    for (int remark = 0; remark < 2; remark++) {
        struct sr_bpe *bpe = open_bpe();
        struct sr_known *known = open_known(bpe);
        const int heard[] = {id_of(" luz")};
        struct recognizer r = {.sure = 1, .heard = heard, .count = 1, .second = id_of(" es")};
        struct sr_known_match match;
        assert_int_equal(sr_known_add(known, "es", remark ? SR_KNOWN_REMARK : 0), SARAI_OK);
        sr_known_sort(known);
        assert_true(sr_known_search(known, &(struct sr_known_scorer){next, prior, end, &r},
                                    &(struct sr_known_limits){SR_KNOWN_BY_CHANCE, -20, 50}, &match));
        assert_int_equal(match.tokens[0], remark ? r.second : heard[0]);
        assert_true(fabs(match.chance + (remark ? 0 : log(7))) < 1e-5); /* the only remark, one of seven phrases */
        sr_known_free(known);
        sr_bpe_free(bpe);
    }
}

static void a_phrase_is_known_whatever_its_case_accents_and_punctuation(void **state) {
    (void)state;
    struct sr_bpe *bpe = open_bpe();
    struct sr_known *known = open_known(bpe);
    assert_true(sr_known_has(known, "¡El estor!"));
    assert_true(sr_known_has(known, "la luz"));
    assert_true(sr_known_has(known, "alto"));
    assert_false(sr_known_has(known, "el estor luz"));
    assert_false(sr_known_has(known, "est"));
    sr_known_free(known);
    struct sr_known *none = NULL;
    assert_int_equal(sr_known_new(bpe, &none), SARAI_OK);
    sr_known_sort(none);
    assert_false(sr_known_has(none, "luz"));
    sr_known_free(none);
    sr_bpe_free(bpe);
}

static void without_memory_nothing_is_known_and_nothing_is_lost(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        struct sr_bpe *bpe = NULL;
        struct sr_known *known = NULL;
        struct sr_known_match match;
        const int heard[] = {id_of(" luz")};
        struct recognizer r = {.sure = 1, .heard = heard, .count = 1};
        bool found = false;
        sr_fail_alloc_at(n);
        int status = sr_bpe_new(token, NULL, COUNT, &bpe);
        if (status == SARAI_OK)
            status = sr_known_new(bpe, &known);
        if (status == SARAI_OK)
            status = sr_known_add(known, "luz", 0);
        if (status == SARAI_OK) {
            sr_known_sort(known);
            found = sr_known_has(known, "luz") &&
                    sr_known_search(known, &(struct sr_known_scorer){next, prior, end, &r},
                                    &(struct sr_known_limits){SR_KNOWN_BY_LIKELIHOOD, -20, 50}, &match);
        }
        sr_fail_alloc_off();
        sr_known_free(known);
        sr_bpe_free(bpe);
        assert_true(status == SARAI_OK || status == SARAI_ENOMEM);
        assert_int_equal(found, !sr_fail_alloc_hit());
        if (found)
            break;
    }
}

static void a_phrase_has_most_of_the_letters_and_half_of_the_sounds_heard(void **state) {
    (void)state;
    static const struct {
        const char *phrase, *text;
        bool may;
    } pairs[] = {
        {"huele a gas", "Willie Agas", true},
        {"Hola", "Gula.", true},
        {"vale", "Bali", true},
        {"estoy triste", "Ésto y triste.", true},
        {"cierra el portal", "Sierra el portal.", true},
        {"no el otro", "9 el otro.", true},
        {"enciende el aspirador", "El tiene el aspirador", true},
        {"estoy triste", "É 100 300.", true},   /* figures may be anything */
        {"sube el tiempo", "suavecía.", false}, /* nothing sounds alike */
        {"buenas", "Paredes.", false},
        {"¿cuántos años tienes?", "¿cuántos años tiene el universo?", false}, /* too little of it */
        {"pon un temporizador", "pon un temporizador de tres", false},        /* its beginning */
        {"hola", "h", false},
        {"hola", "", false},
        {"", "hola", false},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (sr_known_may_be(pairs[i].phrase, pairs[i].text) != pairs[i].may)
            fail_msg("'%s' for '%s'", pairs[i].phrase, pairs[i].text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_merged_in_the_order_of_training_not_longest_first),
        cmocka_unit_test(the_most_probable_known_phrase_is_found),
        cmocka_unit_test(what_is_not_known_is_never_found_and_the_nearest_known_is),
        cmocka_unit_test(an_end_that_turns_out_unlikely_loses_its_place),
        cmocka_unit_test(the_search_ends_with_the_budget_and_with_the_scorer),
        cmocka_unit_test(a_rare_phrase_wins_over_a_common_one_when_the_sound_speaks_for_it),
        cmocka_unit_test(a_phrase_has_most_of_the_letters_and_half_of_the_sounds_heard),
        cmocka_unit_test(what_was_said_of_a_sound_is_asked_once),
        cmocka_unit_test(what_is_expected_of_silence_is_asked_once),
        cmocka_unit_test(a_question_may_begin_with_its_sign),
        cmocka_unit_test(a_phrase_is_said_when_the_sound_speaks_for_it_more_than_its_rarity_against_it),
        cmocka_unit_test(a_common_phrase_is_said_when_it_is_nearly_as_likely_as_what_was_heard),
        cmocka_unit_test(a_remark_is_said_sooner_than_another_phrase),
        cmocka_unit_test(a_phrase_is_known_whatever_its_case_accents_and_punctuation),
        cmocka_unit_test(without_memory_nothing_is_known_and_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
