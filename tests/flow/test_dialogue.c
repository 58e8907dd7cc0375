/* SPDX-License-Identifier: Apache-2.0 */
/* Ten minutes of conversation in virtual time: 38 turns, the same to the microsecond every time. */
#include "base/clock.h"
#include "flow/rig.h"
#include "support/test.h"

#define TEN_MINUTES_US INT64_C(600000000)

static const char *const settings[] = {"capture.script=0,500,1500,14000",
                                       "stt.script=hola|¿qué es un agujero negro?|¿quién inventó la Tarúsica?",
                                       "stt.delay_ms=300",
                                       "tts.delay_ms=150",
                                       "tts.ms_per_char=20",
                                       "llm.script=No estoy segura. Pregunta otra cosa.",
                                       "llm.delay_ms=30",
                                       NULL};

static char *dialogue(size_t *sound_count, float **sound) {
    struct rig rig;
    struct sr_str log = {0};
    rig_open(&rig, settings, true);
    rig_run(&rig, TEN_MINUTES_US, &log);
    rig_stop(&rig);
    *sound = rig_sound(&rig, sound_count);
    rig_close(&rig);
    return sr_str_take(&log);
}

static size_t count(const char *text, const char *part) {
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

static void a_ten_minute_dialogue_is_the_same_every_time(void **state) {
    (void)state;
    size_t first_count, again_count;
    float *first_sound, *again_sound;
    struct sr_clock *clock = NULL;
    assert_int_equal(sr_clock_new(false, &clock), 0);
    char *first = dialogue(&first_count, &first_sound);
    print_message("ten minutes took %.2f s\n", (double)sr_clock_now_us(clock) / 1e6);
    char *again = dialogue(&again_count, &again_sound);
    assert_string_equal(first, again);
    assert_int_equal(first_count, again_count);
    assert_memory_equal(first_sound, again_sound, first_count * sizeof *first_sound);
    free(first);
    free(again);
    free(first_sound);
    free(again_sound);
    sr_clock_free(clock);
}

static void every_turn_is_answered_in_its_own_way(void **state) {
    (void)state;
    size_t samples;
    float *sound;
    char *log = dialogue(&samples, &sound);
    const size_t turns = count(log, " turn ");
    if (turns < 36 || count(log, "warning") || count(log, "cut=1"))
        fail_msg("%zu turns:\n%.3000s", turns, log);
    if (count(log, "route=template") < turns / 3 || count(log, "route=knowledge") < turns / 3 ||
        count(log, "route=llm") < turns / 3)
        fail_msg("%zu turns:\n%.3000s", turns, log);
    assert_true(
        count(log, "reply=No estoy segura. Pregunta otra cosa. heard_reply=No estoy segura. Pregunta otra cosa.") >=
        turns / 3);
    free(log);
    free(sound);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ten_minute_dialogue_is_the_same_every_time),
        cmocka_unit_test(every_turn_is_answered_in_its_own_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
