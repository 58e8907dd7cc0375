/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "support/failing_alloc.h"
#include "support/test.h"
#include "turn/remarks.h"

static struct sr_remarks *load(const char *language) {
    struct sr_remarks *remarks = NULL;
    struct sarai_error error = {0};
    char *path = sr_asprintf("%s/data/%s/remarks.tsv", getenv("SARAI_TEST_SOURCE"), language);
    if (sr_remarks_load(path, &remarks, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    free(path);
    return remarks;
}

static void expect(const struct sr_remarks *remarks, enum sr_remark wanted, int speech_ms, const char *const *texts) {
    for (; *texts; texts++)
        if (sr_remarks_judge(remarks, *texts, speech_ms) != wanted)
            fail_msg("'%s' of %d ms is %d, not %d", *texts, speech_ms, sr_remarks_judge(remarks, *texts, speech_ms),
                     wanted);
}

static void what_people_nod_with_is_a_backchannel_however_it_is_spelled(void **state) {
    (void)state;
    struct sr_remarks *remarks = load("es");
    expect(remarks, SR_REMARK_BACKCHANNEL, 400,
           (const char *const[]){"Vale.", "¡Ajá!", "Mm", "Sí", "sí, sí, claro", "Vale, vale.", "ya veo", "Bale", "balé",
                                 "De acuerdo.", "Hmm...", NULL});
    sr_remarks_free(remarks);
}

static void what_asks_for_the_turn_is_a_request(void **state) {
    (void)state;
    struct sr_remarks *remarks = load("es");
    expect(remarks, SR_REMARK_REQUEST, 400,
           (const char *const[]){"Para.", "¡Espera!", "no", "Un momento", "sí, pero", "vale, para", "Espeda", "Oye",
                                 "¿y mañana?", "cállate", NULL});
    expect(remarks, SR_REMARK_REQUEST, 900, (const char *const[]){"Tenerife", "Bomba", NULL});
    sr_remarks_free(remarks);
}

static void a_short_word_that_sounds_like_nothing_known_is_nothing(void **state) {
    (void)state;
    struct sr_remarks *remarks = load("es");
    expect(remarks, SR_REMARK_NONE, 300, (const char *const[]){"", "...", "Tenerife", "¿?", NULL});
    expect(remarks, SR_REMARK_NONE, 192, (const char *const[]){"es", NULL}); /* of "espera"; no "eso" yet */
    expect(remarks, SR_REMARK_NONE, 160, (const char *const[]){"mando", "C, V", NULL});
    expect(remarks, SR_REMARK_NONE, 224, (const char *const[]){"el metro", NULL});
    expect(remarks, SR_REMARK_BACKCHANNEL, 400, (const char *const[]){"es", NULL});
    expect(remarks, SR_REMARK_NONE, 700, (const char *const[]){"Sínseo.", NULL}); /* "sí, sí" as it was once misheard */
    expect(remarks, SR_REMARK_REQUEST, 700, (const char *const[]){"Espera.", "¿Qué hora es?", NULL});
    sr_remarks_free(remarks);
}

static void what_nobody_can_say_so_fast_is_nothing(void **state) {
    (void)state;
    struct sr_remarks *remarks = load("es");
    expect(remarks, SR_REMARK_NONE, 96, (const char *const[]){"hace millones", "Gracias, bienvenida.", NULL});
    expect(remarks, SR_REMARK_REQUEST, 96, (const char *const[]){"no", "para", NULL});
    expect(remarks, SR_REMARK_REQUEST, 480, (const char *const[]){"hace millones", "espera un momento", NULL});
    sr_remarks_free(remarks);
}

static void english_has_its_own(void **state) {
    (void)state;
    struct sr_remarks *remarks = load("en");
    expect(remarks, SR_REMARK_BACKCHANNEL, 400, (const char *const[]){"Uh-huh", "OK.", "I see", "yeah, right", NULL});
    expect(remarks, SR_REMARK_REQUEST, 400, (const char *const[]){"Stop!", "hold on", "yeah but", NULL});
    sr_remarks_free(remarks);
}

static void a_bad_table_is_named_with_its_line(void **state) {
    (void)state;
    char *folder = test_folder(), *path = sr_asprintf("%s/remarks.tsv", folder);
    struct sr_remarks *remarks = NULL;
    struct sarai_error error = {0};
    FILE *file = fopen(path, "w");
    fputs("kind\tphrases\nbackchannel\tsí\nmaybe\tquizá\n", file);
    fclose(file);
    assert_int_equal(sr_remarks_load(path, &remarks, &error), SARAI_EINPUT);
    assert_non_null(strstr(error.text, "line 3"));
    assert_null(remarks);
    free(path);
    test_folder_remove(folder);
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    char *path = sr_asprintf("%s/data/es/remarks.tsv", getenv("SARAI_TEST_SOURCE"));
    for (int n = 1;; n++) {
        struct sr_remarks *remarks = NULL;
        sr_fail_alloc_at(n);
        const int rc = sr_remarks_load(path, &remarks, NULL);
        sr_fail_alloc_off();
        sr_remarks_free(remarks);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            break;
        }
        assert_true(rc < 0 && !remarks);
    }
    free(path);
}

static void a_verdict_survives_its_packing(void **state) {
    (void)state;
    static const struct sr_verdict verdicts[] = {{1, SR_REMARK_UNKNOWN, false, 0},
                                                 {0xffffffff, SR_REMARK_REQUEST, true, 3.25f},
                                                 {7, SR_REMARK_BACKCHANNEL, true, -7.5f},
                                                 {8, SR_REMARK_NONE, true, 0}};
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        const struct sr_verdict got = sr_verdict_unpack(sr_verdict_pack(&verdicts[i]));
        assert_int_equal(got.serial, verdicts[i].serial);
        assert_int_equal(got.remark, verdicts[i].remark);
        assert_int_equal(got.has_over, verdicts[i].has_over);
        assert_float_equal(got.over, verdicts[i].over, 1e-3f);
    }
    const struct sr_verdict wild = {9, SR_REMARK_NONE, true, -1e9f};
    assert_float_equal(sr_verdict_unpack(sr_verdict_pack(&wild)).over, -8, 1e-3f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_nod_with_is_a_backchannel_however_it_is_spelled),
        cmocka_unit_test(what_asks_for_the_turn_is_a_request),
        cmocka_unit_test(a_short_word_that_sounds_like_nothing_known_is_nothing),
        cmocka_unit_test(what_nobody_can_say_so_fast_is_nothing),
        cmocka_unit_test(english_has_its_own),
        cmocka_unit_test(a_bad_table_is_named_with_its_line),
        cmocka_unit_test(running_out_of_memory_is_told),
        cmocka_unit_test(a_verdict_survives_its_packing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
