/* SPDX-License-Identifier: Apache-2.0 */
/* The router's head, its file, and what it makes of a text. */
#include "brain/brain.h"
#include "brain/brain_opts.h"
#include "brain/router.h"
#include "brain/templates.h"
#include "model/paths.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>

#define COMMAND_AXIS 3
#define TALK_AXIS 7
#define NOBODY_AXIS 9

struct fixture {
    char *folder, *path;
    struct sr_router router;
    struct sr_adapter adapter;
};

/* A head that takes what points along one axis for a command, along another for talk, and "hola" for a template. */
static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = test_folder();
    f->path = calloc(1, 256);
    snprintf(f->path, 256, "%s/router.bin", f->folder);
    assert_int_equal(sr_net_init(&f->router.kinds, SR_ROUTER_DENSE, SR_ROUTER_WORDS, 4, SR_SPEECH_KINDS), SARAI_OK);
    assert_int_equal(sr_net_init(&f->router.intents, SR_ROUTER_DENSE, SR_ROUTER_WORDS, 4, 3), SARAI_OK);
    assert_int_equal(sr_adapter_init(&f->adapter, &f->router.kinds), SARAI_OK);
    f->router.names = calloc(3, sizeof *f->router.names);
    f->router.names[0] = (struct sr_router_intent){"hola", SR_SPEECH_TEMPLATE};
    f->router.names[1] = (struct sr_router_intent){"HassTurnOn", SR_SPEECH_SKILL};
    f->router.names[2] = (struct sr_router_intent){"HassTurnOff", SR_SPEECH_SKILL};
    f->router.temperature = 1.5f;
    f->router.intent_temperature = 1;
    f->router.record = (struct sr_router_record){100, 90, 50, 48, 20, 1};
    f->router.kinds.first[COMMAND_AXIS * 4 + 0] = 1;
    f->router.kinds.second[0 * SR_SPEECH_KINDS + SR_SPEECH_SKILL] = 8;
    f->router.kinds.first[TALK_AXIS * 4 + 1] = 1;
    f->router.kinds.second[1 * SR_SPEECH_KINDS + SR_SPEECH_LLM] = 8;
    f->router.intents.first[COMMAND_AXIS * 4 + 0] = 1;
    f->router.intents.second[0 * 3 + 2] = 6;
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_net_deinit(&f->router.kinds);
    sr_net_deinit(&f->router.intents);
    sr_adapter_deinit(&f->adapter);
    free(f->router.names);
    free(f->path);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static struct sr_router_verdict decide(const struct sr_router *router, int axis) {
    static const struct sr_router_context nothing;
    struct sr_router_verdict verdict;
    float point[SR_EMBED_SIZE] = {0};
    point[axis] = 1;
    assert_int_equal(sr_router_decide(router, point, "apaga esto", &nothing, &verdict), SARAI_OK);
    return verdict;
}

static void the_head_says_who_answers_and_with_what(void **state) {
    const struct fixture *f = *state;
    struct sr_router_verdict v = decide(&f->router, COMMAND_AXIS);
    assert_int_equal(v.kind, SR_SPEECH_SKILL);
    assert_string_equal(v.intent[SR_SPEECH_SKILL], "HassTurnOff");
    assert_string_equal(v.intent[SR_SPEECH_TEMPLATE], "hola");
    assert_true(v.intent_part[SR_SPEECH_SKILL] > 0.9f && v.intent_next[SR_SPEECH_SKILL] < 0.1f);
    float all = 0;
    for (int i = 0; i < SR_SPEECH_KINDS; i++)
        all += v.part[i];
    assert_true(fabsf(all - 1) < 1e-5f && v.part[SR_SPEECH_SKILL] > 0.9f);
    assert_int_equal(decide(&f->router, TALK_AXIS).kind, SR_SPEECH_LLM);
}

static void a_written_router_decides_the_same_when_it_is_read(void **state) {
    struct fixture *f = *state;
    struct sr_router *read = NULL;
    assert_int_equal(sr_router_save(&f->router, &f->adapter, f->path, NULL), SARAI_OK);
    assert_int_equal(sr_router_load(f->path, &read, NULL), SARAI_OK);
    const struct sr_router_verdict before = decide(&f->router, COMMAND_AXIS), after = decide(read, COMMAND_AXIS);
    assert_int_equal(after.kind, before.kind);
    assert_true(fabsf(after.part[SR_SPEECH_SKILL] - before.part[SR_SPEECH_SKILL]) < 0.01f);
    assert_string_equal(after.intent[SR_SPEECH_SKILL], before.intent[SR_SPEECH_SKILL]);
    assert_memory_equal(&read->record, &f->router.record, sizeof read->record);
    assert_int_equal(read->intents.outputs, 3);
    sr_router_free(read);
}

static void an_adapter_bends_the_frozen_head_when_it_is_read(void **state) {
    struct fixture *f = *state;
    struct sr_router *read = NULL;
    f->adapter.first_down[TALK_AXIS * SR_ADAPTER_RANK] = 1; /* talk becomes a command */
    f->adapter.first_up[0] = 2;
    assert_int_equal(sr_router_save(&f->router, &f->adapter, f->path, NULL), SARAI_OK);
    assert_int_equal(sr_router_load(f->path, &read, NULL), SARAI_OK);
    assert_true(decide(read, TALK_AXIS).part[SR_SPEECH_SKILL] > decide(&f->router, TALK_AXIS).part[SR_SPEECH_SKILL]);
    assert_int_equal(decide(&f->router, TALK_AXIS).kind, SR_SPEECH_LLM);
    sr_router_free(read);
}

/* Figures say less than words. */
static int nobody_is_meant(void *user, const char *kind, const char *text, float *out) {
    (void)user;
    (void)kind;
    memset(out, 0, SR_EMBED_SIZE * sizeof *out);
    out[NOBODY_AXIS] = strpbrk(text, "0123456789") ? 0.01f : 1;
    return SARAI_OK;
}

static void what_figures_leave_open_is_asked_in_words(void **state) {
    struct fixture *f = *state;
    static const struct sr_router_context nothing;
    const char *source = getenv("SARAI_TEST_SOURCE");
    char *data = sr_asprintf("%s/data", source ? source : "."), *table = sr_path_table(NULL, "es", "", "templates.tsv");
    struct sr_brain_opts opts = {.language = (char *)"es"};
    struct sr_brain brain = {.opts = &opts, .router = &f->router, .meaning = {.point = nobody_is_meant}};
    struct sr_choice choice = {0};
    f->router.kinds.first[NOBODY_AXIS * 4 + 2] = 1;
    f->router.kinds.second[2 * SR_SPEECH_KINDS + SR_SPEECH_NOT_FOR_ME] = 8;
    assert_int_equal(sr_templates_load(table, &brain.templates, NULL), SARAI_OK);
    assert_int_equal(sr_brain_choose(&brain, "van 20 veces ya", &nothing, &choice), SARAI_OK);
    assert_int_not_equal(choice.route, SR_ROUTE_NONE);
    assert_true(choice.rejected);
    sr_choice_deinit(&choice);
    assert_int_equal(sr_skills_open(data, "es", &brain.skills, NULL), SARAI_OK);
    assert_int_equal(sr_brain_choose(&brain, "van 20 veces ya", &nothing, &choice), SARAI_OK);
    assert_int_equal(choice.route, SR_ROUTE_NONE);
    sr_choice_deinit(&choice);
    sr_skills_close(brain.skills);
    sr_templates_free(brain.templates);
    free(data);
    free(table);
}

static void replace_byte(const char *path, long at, char byte) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    assert_int_equal(fwrite(&byte, 1, 1, file), 1);
    fclose(file);
}

static void a_damaged_or_foreign_file_is_refused_with_the_way_out(void **state) {
    static const struct {
        long at;
        char byte;
        const char *says;
    } harm[] = {
        {0, 'X', "is no router"}, {8, 9, "version 9"}, {12, 1, "damaged"}, {5000, 77, "damaged"}, {-1, 1, "damaged"}};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof harm / sizeof *harm; i++) {
        struct sr_router *read = NULL;
        struct sarai_error error = {0};
        assert_int_equal(sr_router_save(&f->router, &f->adapter, f->path, NULL), SARAI_OK);
        replace_byte(f->path, harm[i].at, harm[i].byte);
        assert_int_equal(sr_router_load(f->path, &read, &error), SARAI_EINPUT);
        assert_null(read);
        assert_non_null(strstr(error.text, harm[i].says));
        assert_non_null(strstr(error.text, "sarai learn train router"));
    }
    char *path = test_file(f->folder, "short.bin", "SARAIRTR\1");
    struct sr_router *read = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_router_load(path, &read, &error), SARAI_EINPUT);
    assert_true(error.text[0]);
    free(path);
}

static void the_router_that_ships_is_read_and_names_templates_that_there_are(void **state) {
    (void)state;
    struct sr_router *router = NULL;
    struct sr_templates *templates = NULL;
    struct sarai_error error = {0};
    char *path = sr_path_table(NULL, "es", "", "router.bin"), *table = sr_path_table(NULL, "es", "", "templates.tsv");
    if (sr_router_load(path, &router, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    assert_int_equal(sr_templates_load(table, &templates, NULL), SARAI_OK);
    for (size_t i = 0; i < router->intents.outputs; i++) {
        char *reply = sr_templates_reply(templates, router->names[i].name);
        if (router->names[i].kind == SR_SPEECH_TEMPLATE && !reply)
            fail_msg("%s is no template; run: sarai learn train router", router->names[i].name);
        free(reply);
    }
    assert_true(router->record.skills_right * 10 >= router->record.skills * 8);
    sr_templates_free(templates);
    sr_router_free(router);
    free(path);
    free(table);
}

static struct sr_router_features look(const char *text, struct sr_router_context context) {
    static const float zero[SR_EMBED_SIZE];
    struct sr_router_features features;
    assert_int_equal(sr_router_look(zero, zero, text, &context, &features), SARAI_OK);
    return features;
}

static void features_are_the_words_whatever_their_case_and_marks(void **state) {
    (void)state;
    const struct sr_router_features a = look("¿Enciende la LUZ?", (struct sr_router_context){0});
    const struct sr_router_features b = look("enciende la luz", (struct sr_router_context){0});
    const struct sr_router_features other = look("la luz enciende", (struct sr_router_context){0});
    assert_int_equal(a.count, 8);
    assert_int_equal(a.count, b.count);
    assert_memory_equal(a.present, b.present, a.count * sizeof *a.present);
    assert_memory_not_equal(a.present, other.present, a.count * sizeof *a.present);
    assert_memory_not_equal(a.values, b.values, sizeof a.values); /* one asks */
}

static void any_number_is_the_same_word(void **state) {
    (void)state;
    const struct sr_router_features a = look("sube al 20", (struct sr_router_context){0});
    const struct sr_router_features b = look("sube al 85", (struct sr_router_context){0});
    assert_int_equal(a.count, b.count);
    assert_memory_equal(a.present, b.present, a.count * sizeof *a.present);
}

static void a_very_long_text_has_as_many_features_as_fit(void **state) {
    (void)state;
    char *text = calloc(1, 60001);
    for (int i = 0; i < 60000; i++)
        text[i] = i % 5 == 4 ? ' ' : (char)('a' + i * 7 % 26);
    assert_true(look(text, (struct sr_router_context){0}).count <= SR_ROUTER_PRESENT);
    free(text);
    assert_int_equal(look("", (struct sr_router_context){0}).count, 0);
}

static void what_went_before_is_a_feature(void **state) {
    (void)state;
    const struct sr_router_features plain = look("sí", (struct sr_router_context){0});
    const struct sr_router_features asked = look("sí", (struct sr_router_context){.asked = true});
    const struct sr_router_features after =
        look("sí", (struct sr_router_context){.has_last = true, .last = SR_SPEECH_SKILL});
    assert_memory_not_equal(plain.values, asked.values, sizeof plain.values);
    assert_memory_not_equal(plain.values, after.values, sizeof plain.values);
}

static void a_router_survives_every_failing_allocation(void **state) {
    struct fixture *f = *state;
    assert_int_equal(sr_router_save(&f->router, &f->adapter, f->path, NULL), SARAI_OK);
    for (int n = 1;; n++) {
        struct sr_router *read = NULL;
        sr_fail_alloc_at(n);
        const int status = sr_router_load(f->path, &read, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            sr_router_free(read);
            break;
        }
        assert_true(status < 0 || read);
        if (status >= 0)
            sr_router_free(read);
    }
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        const int status = sr_router_save(&f->router, &f->adapter, f->path, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit())
            break;
        assert_true(status < 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_head_says_who_answers_and_with_what, setup, teardown),
        cmocka_unit_test_setup_teardown(a_written_router_decides_the_same_when_it_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(an_adapter_bends_the_frozen_head_when_it_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_figures_leave_open_is_asked_in_words, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_or_foreign_file_is_refused_with_the_way_out, setup, teardown),
        cmocka_unit_test(the_router_that_ships_is_read_and_names_templates_that_there_are),
        cmocka_unit_test(features_are_the_words_whatever_their_case_and_marks),
        cmocka_unit_test(any_number_is_the_same_word),
        cmocka_unit_test(a_very_long_text_has_as_many_features_as_fit),
        cmocka_unit_test(what_went_before_is_a_feature),
        cmocka_unit_test_setup_teardown(a_router_survives_every_failing_allocation, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
