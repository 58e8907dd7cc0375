/* SPDX-License-Identifier: Apache-2.0 */
/* Greeting and courtesy around what somebody wants; commands that only a template answers. */
#include "brain/openers.h"
#include "brain/requests.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static const char table[] = "id\twhen\tsay\n"
                            "hello\thola|hola Sarai|muy buenas\tHola.\n"
                            "morning\tbuenos días\tBuenos días.\n"
                            "thanks\tgracias|muchas gracias\tDe nada.\n"
                            "polite\toye|perdona|Sarai|por favor\t-\n"
                            "joined\tpor|que\t-\n"
                            "closing\tpor favor|gracias\t-\n";

struct fixture {
    char *folder, *path;
    struct sr_openers *openers;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = test_folder();
    f->path = test_file(f->folder, "openers.tsv", table);
    assert_int_equal(sr_openers_load(f->path, &f->openers, NULL), SARAI_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_openers_free(f->openers);
    free(f->path);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static void check(struct sr_openers *openers, const char *text, const char *left, const char *said) {
    char *say = NULL;
    char *rest = sr_openers_strip(openers, text, &say);
    assert_non_null(rest);
    assert_string_equal(rest, left);
    if (said)
        assert_string_equal(say ? say : "", said);
    else
        assert_null(say);
    free(rest);
    free(say);
}

static void a_greeting_is_answered_and_the_rest_is_what_was_wanted(void **state) {
    const struct fixture *f = *state;
    check(f->openers, "Hola, ¿qué hora es?", "¿qué hora es?", "Hola.");
    check(f->openers, "hola qué hora es", "qué hora es", "Hola.");
    check(f->openers, "¡Buenos días! Oye, enciende la luz.", "enciende la luz.", "Buenos días.");
    check(f->openers, "Hola, Sarai. ¿Llueve?", "¿Llueve?", "Hola.");
    check(f->openers, "gracias, y ahora para", "y ahora para", "De nada.");
}

static void courtesy_is_put_aside_without_a_word(void **state) {
    const struct fixture *f = *state;
    check(f->openers, "Perdona, ¿cómo te llamas?", "¿cómo te llamas?", NULL);
    check(f->openers, "oye Sarai, por favor, apaga la luz", "apaga la luz", NULL);
    check(f->openers, "¿Qué hora es, por favor?", "¿Qué hora es?", NULL);
    check(f->openers, "apaga la luz, gracias.", "apaga la luz", NULL);
}

static void what_only_begins_like_a_greeting_stays_whole(void **state) {
    const struct fixture *f = *state;
    static const char *const whole[] = {
        "gracias por la ayuda", "perdona que te moleste", "holanda", "hola", "muchas gracias", "por favor", "", "¿?"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        check(f->openers, whole[i], whole[i], NULL);
    check(NULL, "hola, ¿qué hora es?", "hola, ¿qué hora es?", NULL);
}

static void a_table_without_its_lists_is_refused(void **state) {
    const struct fixture *f = *state;
    struct sr_openers *openers = NULL;
    struct sarai_error error = {0};
    char *path = test_file(f->folder, "bad.tsv", "id\twhen\tsay\nhello\thola\tHola.\n");
    assert_int_equal(sr_openers_load(path, &openers, &error), SARAI_EINPUT);
    assert_non_null(strstr(error.text, "'joined'"));
    assert_null(openers);
    free(path);
}

static void a_command_and_its_template_find_each_other(void **state) {
    const struct fixture *f = *state;
    struct sr_requests *requests = NULL;
    char *path = test_file(f->folder, "requests.tsv",
                           "template\tintent\nluz\tHassTurnOn\nhorno\tHassTurnOn\nluz\tHassTurnOff\n");
    assert_int_equal(sr_requests_load(path, &requests, NULL), SARAI_OK);
    assert_string_equal(sr_requests_intent(requests, "luz"), "HassTurnOn");
    assert_string_equal(sr_requests_intent(requests, "horno"), "HassTurnOn");
    assert_null(sr_requests_intent(requests, "hola"));
    assert_string_equal(sr_requests_template(requests, "HassTurnOn"), "luz");
    assert_string_equal(sr_requests_template(requests, "HassTurnOff"), "luz");
    assert_null(sr_requests_template(requests, "HassToggle"));
    assert_null(sr_requests_intent(NULL, "luz"));
    sr_requests_free(requests);
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        const int status = sr_requests_load(path, &requests, NULL);
        sr_fail_alloc_off();
        if (status >= 0)
            sr_requests_free(requests);
        if (!sr_fail_alloc_hit())
            break;
        assert_true(status < 0);
    }
    free(path);
}

static void openers_survive_every_failing_allocation(void **state) {
    const struct fixture *f = *state;
    for (int n = 1;; n++) {
        struct sr_openers *openers = NULL;
        sr_fail_alloc_at(n);
        const int status = sr_openers_load(f->path, &openers, NULL);
        sr_fail_alloc_off();
        if (status >= 0)
            sr_openers_free(openers);
        if (!sr_fail_alloc_hit())
            break;
    }
    for (int n = 1;; n++) {
        char *say = NULL;
        sr_fail_alloc_at(n);
        char *rest = sr_openers_strip(f->openers, "Hola, ¿qué hora es, por favor?", &say);
        sr_fail_alloc_off();
        free(rest);
        free(say);
        if (!sr_fail_alloc_hit())
            break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_greeting_is_answered_and_the_rest_is_what_was_wanted, setup, teardown),
        cmocka_unit_test_setup_teardown(courtesy_is_put_aside_without_a_word, setup, teardown),
        cmocka_unit_test_setup_teardown(what_only_begins_like_a_greeting_stays_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(a_table_without_its_lists_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_command_and_its_template_find_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(openers_survive_every_failing_allocation, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
