/* SPDX-License-Identifier: Apache-2.0 */
/* How something is said travels from who answers to the voice. The null voice sings higher in a faster style. */
#include "flow/rig.h"

#include <math.h>

#include "base/str.h"
#include "support/test.h"

#define TEXT "Hace sol."

/* Rising crossings of zero in a second of what is heard. */
static double pitch_hz(struct rig *rig) {
    size_t count, from = 0, rising = 0;
    float *sound = rig_sound(rig, &count);
    while (from < count && fabsf(sound[from]) < 0.01f)
        from++;
    while (count > from && fabsf(sound[count - 1]) < 0.01f)
        count--;
    assert_true(count > from);
    for (size_t i = from + 1; i < count; i++)
        rising += sound[i - 1] < 0 && sound[i] >= 0;
    free(sound);
    return (double)rising * 24000 / (double)(count - from);
}

/* The session says TEXT: asked for by the application (`priority`), or as the answer to "prueba". */
static double sing(const char *reply, int priority, const char *style) {
    char *folder = test_folder(), *rows = sr_asprintf("id\tphrases\treplies\ntest\tprueba\t%s\n", reply);
    char *table = test_file(folder, "templates.tsv", rows), *templates = sr_asprintf("brain.templates=%s", table);
    const char *script = priority < 0 ? "capture.script=0,300,700,20000" : "capture.script=0,600000";
    const char *const settings[] = {script, "stt.script=prueba", "tts.ms_per_char=80", templates, style, NULL};
    struct rig rig;
    rig_open(&rig, settings, true);
    if (priority >= 0)
        assert_int_equal(sarai_session_say(rig.session, (enum sarai_priority)priority, TEXT), 0);
    rig_run(&rig, 6000000, NULL);
    rig_stop(&rig);
    const double hz = pitch_hz(&rig);
    rig_close(&rig);
    test_folder_remove(folder);
    free(rows);
    free(table);
    free(templates);
    return hz;
}

static void assert_ratio(double value, double baseline, double wanted) {
    if (fabs(value / baseline - wanted) > 0.02)
        fail_msg("%g Hz are not %g times %g Hz", value, wanted, baseline);
}

static void the_style_that_a_template_names_reaches_the_voice(void **state) {
    (void)state;
    const double plain = sing(TEXT, -1, NULL);
    assert_ratio(sing("[calm] " TEXT, -1, NULL), plain, 0.9 / 1.2);
    assert_ratio(sing("[urgente]" TEXT "|" TEXT, -1, NULL), plain, 1.5 / 1.2);
}

static void an_alarm_is_urgent_and_a_notice_is_not(void **state) {
    (void)state;
    const double plain = sing(TEXT, SARAI_PRIORITY_NORMAL, NULL);
    assert_ratio(sing(TEXT, SARAI_PRIORITY_HIGH, NULL), plain, 1.5 / 1.2);
    assert_ratio(sing(TEXT, SARAI_PRIORITY_LOW, NULL), plain, 1);
}

static void a_style_that_the_user_chose_wins(void **state) {
    (void)state;
    const double plain = sing(TEXT, -1, NULL);
    assert_ratio(sing("[urgent] " TEXT, -1, "tts.style=calm"), plain, 0.9 / 1.2);
    assert_ratio(sing(TEXT, SARAI_PRIORITY_HIGH, "tts.style=monotone"), plain, 1 / 1.2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_style_that_a_template_names_reaches_the_voice),
        cmocka_unit_test(an_alarm_is_urgent_and_a_notice_is_not),
        cmocka_unit_test(a_style_that_the_user_chose_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
