/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/cache.h"
#include "omni/decode.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>

enum { COUNT = 1000 };

static const float wave[4] = {0.1f, 0.2f, 0.3f, 0.4f};
static const int64_t tokens[2] = {7, 8};

static void add(struct sr_omni_cache *cache, float first, const char *mode) {
    float samples[COUNT] = {first};
    const struct sarai_omni_result result = {
        .mode = mode, .waveform = wave, .sample_count = 4, .tokens = tokens, .token_count = 2, .rate_hz = 16000};
    sr_omni_cache_add(cache, samples, COUNT, &result);
}

static const struct sarai_omni_result *find(struct sr_omni_cache *cache, float first, const char *mode) {
    float samples[COUNT] = {first};
    return sr_omni_cache_find(cache, samples, COUNT, mode);
}

static void an_answer_is_found_by_its_sound_and_mode_alone(void **state) {
    (void)state;
    struct sr_omni_cache cache = {.most_bytes = 1000000};
    assert_null(find(&cache, 1, "modular"));
    add(&cache, 1, "modular");
    const struct sarai_omni_result *found = find(&cache, 1, "modular");
    assert_non_null(found);
    assert_memory_equal(found->waveform, wave, sizeof wave);
    assert_memory_equal(found->tokens, tokens, sizeof tokens);
    assert_true(found->waveform != wave && found->tokens != tokens);
    assert_null(found->hidden_states);
    assert_null(find(&cache, 1, "monolithic"));
    assert_null(find(&cache, 2, "modular"));
    float shorter[COUNT] = {1};
    assert_null(sr_omni_cache_find(&cache, shorter, COUNT - 1, "modular"));
    sr_omni_cache_deinit(&cache);
    assert_int_equal(cache.bytes, 0);
}

static void the_least_recently_used_goes_when_the_bytes_pass_the_bound(void **state) {
    (void)state;
    struct sr_omni_cache cache = {.most_bytes = 3 * (COUNT * sizeof(float) + 600)};
    add(&cache, 1, "modular");
    add(&cache, 2, "modular");
    add(&cache, 3, "modular");
    assert_int_equal(cache.count, 3);
    assert_non_null(find(&cache, 1, "modular")); /* now 2 is the oldest */
    add(&cache, 4, "modular");
    assert_int_equal(cache.count, 3);
    assert_null(find(&cache, 2, "modular"));
    assert_non_null(find(&cache, 1, "modular"));
    assert_non_null(find(&cache, 3, "modular"));
    assert_non_null(find(&cache, 4, "modular"));
    assert_true(cache.bytes <= cache.most_bytes);
    sr_omni_cache_deinit(&cache);
}

static void what_would_pass_the_bound_alone_or_finds_no_memory_is_not_kept(void **state) {
    (void)state;
    struct sr_omni_cache none = {0}, small = {.most_bytes = COUNT * sizeof(float)}, cache = {.most_bytes = 100000};
    add(&none, 1, "modular");
    add(&small, 1, "modular");
    sr_fail_alloc_at(1);
    add(&cache, 1, "modular");
    sr_fail_alloc_off();
    assert_true(sr_fail_alloc_hit());
    assert_int_equal(none.count + small.count + cache.count, 0);
    assert_null(find(&cache, 1, "modular"));
    add(&cache, 1, "modular");
    assert_non_null(find(&cache, 1, "modular"));
    sr_omni_cache_deinit(&cache);
}

static void the_best_token_is_the_first_of_the_greatest(void **state) {
    (void)state;
    static const int places[] = {0, 1, 15, 16, 17, 4000, SR_OMNI_LOGITS - 1};
    float *logits = malloc(2 * SR_OMNI_LOGITS * sizeof *logits);
    int64_t best[2];
    assert_non_null(logits);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        for (int k = 0; k < 2 * SR_OMNI_LOGITS; k++)
            logits[k] = -5 - (float)(k % 7);
        logits[places[i]] = 3;
        logits[SR_OMNI_LOGITS - 1] = 3; /* the same again, later */
        logits[SR_OMNI_LOGITS + places[i]] = -1;
        logits[SR_OMNI_LOGITS + (places[i] + 20) % SR_OMNI_LOGITS] = NAN;
        sr_omni_decode(logits, 2, best);
        assert_int_equal(best[0], places[i]);
        assert_int_equal(best[1], places[i]);
    }
    for (int k = 0; k < SR_OMNI_LOGITS; k++)
        logits[k] = NAN;
    sr_omni_decode(logits, 1, best);
    assert_int_equal(best[0], 0);
    free(logits);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_found_by_its_sound_and_mode_alone),
        cmocka_unit_test(the_least_recently_used_goes_when_the_bytes_pass_the_bound),
        cmocka_unit_test(what_would_pass_the_bound_alone_or_finds_no_memory_is_not_kept),
        cmocka_unit_test(the_best_token_is_the_first_of_the_greatest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
