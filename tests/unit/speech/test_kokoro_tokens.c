/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/kokoro_tokens.h"

#include "support/failing_alloc.h"
#include "support/test.h"

struct fixture {
    char *folder, *path;
};

static int setup(void **state) {
    static struct fixture fixture;
    fixture.folder = test_folder();
    *state = &fixture;
    return fixture.folder ? 0 : -1;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    free(f->path);
    test_folder_remove(f->folder);
    return 0;
}

static const char *write_config(struct fixture *f, const char *text) {
    free(f->path);
    f->path = test_file(f->folder, "config.json", text);
    return f->path;
}

static struct sr_kokoro_tokens *load(struct fixture *f) {
    struct sr_kokoro_tokens *tokens = NULL;
    struct sarai_error error = {0};
    const char *path =
        write_config(f, "{\"vocab\": {\" \": 16, \".\": 4, \"a\": 43, \"k\": 53, \"e\": 47, \"A\": 24, \"ʧ\": 133, "
                        "\"ˈ\": 156, \"ɔ\": 76, \"ɹ\": 123, \"r\": 60, \"—\": 9, \"two\": 1}}");
    if (sr_kokoro_tokens_load(path, &tokens, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    return tokens;
}

static void check(const struct sr_kokoro_tokens *tokens, const char *language, const char *ipa, const int64_t *expected,
                  size_t count) {
    int64_t ids[SR_KOKORO_MAX_TOKENS];
    assert_int_equal(sr_kokoro_tokens_encode(tokens, language, ipa, ids), count);
    assert_memory_equal(ids, expected, count * sizeof *ids);
}

static void tied_sounds_become_one_token_and_the_unknown_none(void **state) {
    struct sr_kokoro_tokens *tokens = load(*state);
    check(tokens, "es", "¿kˈe͡ɪ t͡ʃa–.", (int64_t[]){53, 156, 24, 16, 133, 43, 9, 4}, 8);
    check(tokens, "es", "  a   a", (int64_t[]){43, 16, 43}, 3);
    check(tokens, "es", "", NULL, 0);
    check(tokens, "es", "\xFF\xC3", NULL, 0);
    sr_kokoro_tokens_free(tokens);
}

static void english_uses_the_signs_of_its_training(void **state) {
    struct sr_kokoro_tokens *tokens = load(*state);
    check(tokens, "en-us", "koːr", (int64_t[]){53, 76, 123}, 3);
    check(tokens, "es", "kr", (int64_t[]){53, 60}, 2);
    sr_kokoro_tokens_free(tokens);
}

static void a_long_text_is_cut_at_its_last_space(void **state) {
    struct sr_kokoro_tokens *tokens = load(*state);
    char ipa[1201] = "";
    int64_t ids[SR_KOKORO_MAX_TOKENS];
    for (int i = 0; i < 300; i++)
        memcpy(ipa + 4 * i, "kaa ", 5);
    assert_int_equal(sr_kokoro_tokens_encode(tokens, "es", ipa, ids), 508);
    memset(ipa, 'a', 1200);
    assert_int_equal(sr_kokoro_tokens_encode(tokens, "es", ipa, ids), SR_KOKORO_MAX_TOKENS);
    sr_kokoro_tokens_free(tokens);
}

static void a_bad_file_is_named(void **state) {
    struct sr_kokoro_tokens *tokens = NULL;
    struct sarai_error error = {0};
    const char *path = write_config(*state, "{\"vocab\": 3}");
    assert_int_equal(sr_kokoro_tokens_load(path, &tokens, &error), SARAI_EMODEL);
    assert_string_equal(error.where, path);
    path = write_config(*state, "not json");
    assert_int_equal(sr_kokoro_tokens_load(path, &tokens, &error), SARAI_EMODEL);
    assert_true(sr_kokoro_tokens_load("/nowhere/config.json", &tokens, &error) < 0);
    assert_null(tokens);
    sr_kokoro_tokens_free(NULL);
}

static void every_allocation_may_fail(void **state) {
    struct fixture *f = *state;
    sr_kokoro_tokens_free(load(f));
    for (int n = 1;; n++) {
        struct sr_kokoro_tokens *tokens = NULL;
        sr_fail_alloc_at(n);
        const int rc = sr_kokoro_tokens_load(f->path, &tokens, NULL);
        sr_fail_alloc_off();
        sr_kokoro_tokens_free(tokens);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            return;
        }
        assert_true(rc < 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tied_sounds_become_one_token_and_the_unknown_none),
        cmocka_unit_test(english_uses_the_signs_of_its_training),
        cmocka_unit_test(a_long_text_is_cut_at_its_last_space),
        cmocka_unit_test(a_bad_file_is_named),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
