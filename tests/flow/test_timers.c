/* SPDX-License-Identifier: Apache-2.0 */
/* What a conversation does on its own: timers ring at their moment, also into an answer; louder and slower are heard;
 * nothing is left for the next conversation. */
#include <math.h>

#include "flow/rig.h"
#include "support/test.h"

#define SECOND INT64_C(1000000)

static struct sr_str run(struct rig *rig, int64_t until_us) {
    struct sr_str log = {0};
    rig_run(rig, until_us, &log);
    return log;
}

/* When the words of an event were first heard as audio of their turn: the number behind "audio=" on that turn's line.
 */
static long long audio_of(const char *log, const char *reply) {
    const char *line = strstr(log, reply), *audio = line ? strstr(line, " audio=") : NULL;
    while (line && audio && memchr(line, '\n', (size_t)(audio - line))) {
        line = strstr(line + 1, reply);
        audio = line ? strstr(line, " audio=") : NULL;
    }
    return audio ? atoll(audio + 7) : -1;
}

static long long time_of(const char *log, const char *what) {
    const char *at = strstr(log, what);
    while (at && at > log && at[-1] != '\n')
        at--;
    return at ? atoll(at) : -1;
}

static void a_timer_rings_when_its_time_is_over(void **state) {
    (void)state;
    static const char *const settings[] = {"capture.script=0,500,1500,60000",
                                           "stt.script=pon un temporizador de diez segundos", "tts.delay_ms=50", NULL};
    struct rig rig;
    rig_open(&rig, settings, true);
    struct sr_str log = run(&rig, 20 * SECOND);
    const long long set = time_of(log.data, " final 1"),
                    rang = audio_of(log.data, "reply=Ha terminado el temporizador");
    if (set < 0 || rang < set + 10 * SECOND || rang > set + 10 * SECOND + SECOND / 2)
        fail_msg("set %lld, rang %lld\n%s", set, rang, log.data);
    assert_non_null(strstr(log.data, "reply=Temporizador de diez segundos en marcha."));
    sr_str_deinit(&log);
    rig_close(&rig);
}

static void a_timer_rings_into_an_answer(void **state) {
    (void)state;
    static const char *const settings[] = {"capture.script=0,500,1500,60000",
                                           "stt.script=pon un temporizador de ocho segundos", "tts.delay_ms=50",
                                           "tts.ms_per_char=60", NULL};
    struct rig rig;
    rig_open(&rig, settings, true);
    struct sr_str log = run(&rig, 6 * SECOND);
    const long long set = time_of(log.data, " final 1");
    assert_int_equal(
        sarai_session_say(rig.session, SARAI_PRIORITY_NORMAL,
                          "Érase una vez un gato que vivía en un tejado muy alto. Todas las noches miraba la "
                          "luna y contaba estrellas. Nadie sabía por qué lo hacía."),
        0);
    rig_run(&rig, 20 * SECOND, &log);
    const long long rang = audio_of(log.data, "reply=Ha terminado el temporizador");
    if (rang < set + 8 * SECOND || rang > set + 8 * SECOND + SECOND / 2 || !strstr(log.data, "cut=1"))
        fail_msg("set %lld, rang %lld\n%s", set, rang, log.data);
    sr_str_deinit(&log);
    rig_close(&rig);
}

static double loudness(const float *sound, size_t from, size_t to) {
    double most = 0;
    for (size_t i = from; i < to; i++)
        most = fmax(most, fabs((double)sound[i]));
    return most;
}

static void louder_and_slower_are_heard(void **state) {
    (void)state;
    static const char *const settings[] = {"capture.script=0,500,1500,14000",
                                           "stt.script=hola|más bajo|hola|más despacio", "tts.ms_per_char=20", NULL};
    struct rig rig;
    rig_open(&rig, settings, true);
    struct sr_str log = run(&rig, 62 * SECOND);
    rig_stop(&rig);
    size_t count;
    float *sound = rig_sound(&rig, &count);
    assert_true(count > 40 * 24000);
    const double before = loudness(sound, 0, 15 * 24000), after = loudness(sound, 33 * 24000, 46 * 24000);
    if (fabs(after / before - 0.8) > 0.02)
        fail_msg("%g, then %g\n%s", before, after, log.data);
    assert_non_null(strstr(log.data, "reply=Vale, más bajo."));
    assert_non_null(strstr(log.data, "reply=Vale, más despacio."));
    free(sound);
    sr_str_deinit(&log);
    rig_close(&rig);
}

static void what_is_repeated_is_what_was_heard(void **state) {
    (void)state;
    static const char *const settings[] = {"capture.script=0,500,1500,14000", "stt.script=hola|repite", NULL};
    struct rig rig;
    rig_open(&rig, settings, true);
    struct sr_str log = run(&rig, 31 * SECOND);
    const char *first = strstr(log.data, "route=template reply="), *again = strstr(log.data, "route=skill reply=");
    assert_non_null(first);
    assert_non_null(again);
    first += strlen("route=template reply=");
    again += strlen("route=skill reply=");
    assert_memory_equal(first, again, (size_t)(strstr(first, " heard_reply=") - first));
    sr_str_deinit(&log);
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_rings_when_its_time_is_over),
        cmocka_unit_test(a_timer_rings_into_an_answer),
        cmocka_unit_test(louder_and_slower_are_heard),
        cmocka_unit_test(what_is_repeated_is_what_was_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
