/* SPDX-License-Identifier: Apache-2.0 */
/* A session whose microphone hears its loudspeaker: the way of the reference through the six threads, in virtual time,
 * with a judge of speech by level alone. The voice is espeak's, for no canceller can learn a room from a tone. */
#include "flow/rig.h"
#include "support/loopback.h"
#include "support/test.h"

#define RATE SR_RATE_HZ

static const char *const settings[] = {"playback.backend=null",
                                       "aec.backend=speex",
                                       "stt.script=¿quién inventó la Tarúsica?",
                                       "stt.delay_ms=80",
                                       "tts.backend=espeak",
                                       "llm.script=No estoy segura. Pregunta otra cosa, que de eso no sé nada.",
                                       "llm.delay_ms=20",
                                       NULL,
                                       NULL};

/* A user who speaks once, from 0.5 s to 1.5 s. */
static struct sr_str run(struct loopback *loop, const char *setting, int64_t until_us) {
    const char *all[sizeof settings / sizeof *settings];
    struct sr_str log = {0};
    struct rig rig;
    float *babble = room_babble(7, 120, RATE), *user = calloc(2 * RATE, sizeof *user);
    assert_non_null(user);
    memcpy(user + RATE / 2, babble, sizeof *user * RATE);
    memcpy(all, settings, sizeof all);
    all[sizeof all / sizeof *all - 2] = setting;
    loop->user = user;
    loop->user_count = 2 * RATE;
    loopback = loop;
    rig_open(&rig, all, true);
    rig_run(&rig, until_us, &log);
    rig_close(&rig);
    loopback = NULL;
    free(user);
    free(babble);
    return log;
}

static int count(const struct sr_str *log, const char *what) {
    int n = 0;
    for (const char *p = log->data; (p = strstr(p, what)); p++)
        n++;
    return n;
}

static void the_machine_does_not_answer_itself(void **state) {
    static const struct room rooms[] = {
        {.rt60_s = 0.3f, .meters = 0.5f, .noise_db = -70},
        {.rt60_s = 0.3f, .meters = 0.5f, .delay_ms = 150, .noise_db = -70},
        {.rt60_s = 0.2f, .meters = 0.5f, .echo_db = -20, .noise_db = -70},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        struct loopback loop = {.room = rooms[i], .told_ms = 100};
        struct sr_str log = run(&loop, NULL, 15000000);
        if (count(&log, " speech ") != 1 || count(&log, "interrupted") != 0 || count(&log, " turn ") != 1)
            fail_msg("%s", log.data);
        sr_str_deinit(&log);
        loopback_deinit(&loop);
    }
}

static void without_cancellation_it_does(void **state) {
    (void)state;
    struct loopback loop = {.room = {.rt60_s = 0.3f, .meters = 0.5f, .noise_db = -70}, .told_ms = 100};
    struct sr_str log = run(&loop, "aec.backend=off", 15000000);
    assert_true(count(&log, " speech ") > 1);
    sr_str_deinit(&log);
    loopback_deinit(&loop);
}

/* Says `said` `after_ms` after the answer; the log of both turns. */
static struct sr_str said_after_the_answer(const char *said, int after_ms) {
    enum { ANSWER_ENDS_MS = 2835 };
    char *script = sr_asprintf("capture.script=0,300,700,%d,900,20000", ANSWER_ENDS_MS + after_ms - 1000);
    char *texts = sr_asprintf("stt.script=¿quién inventó la Tarúsica?|%s", said);
    const char *all[] = {script,
                         texts,
                         "stt.delay_ms=80",
                         "tts.delay_ms=120",
                         "tts.ms_per_char=25",
                         "llm.script=No estoy segura. Pregunta otra cosa.",
                         "llm.delay_ms=20",
                         NULL};
    struct sr_str log = {0};
    struct rig rig;
    rig_open(&rig, all, true);
    rig_run(&rig, 12000000, &log);
    rig_close(&rig);
    free(script);
    free(texts);
    return log;
}

static void its_own_words_are_no_question_while_they_may_be_its_echo(void **state) {
    (void)state;
    static const struct {
        const char *said;
        int after_ms;
        int answers;
    } cases[] = {
        {"pregunta otra cosa", 100, 1},
        {"Pregunta otra casa.", 600, 1},
        {"pregunta otra cosa", 1500, 2},
        {"¿Qué te pregunto?", 100, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_str log = said_after_the_answer(cases[i].said, cases[i].after_ms);
        if (count(&log, " turn ") != 2 || count(&log, " audio ") != cases[i].answers)
            fail_msg("%s, %d ms after: %s", cases[i].said, cases[i].after_ms, log.data);
        sr_str_deinit(&log);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_machine_does_not_answer_itself),
        cmocka_unit_test(without_cancellation_it_does),
        cmocka_unit_test(its_own_words_are_no_question_while_they_may_be_its_echo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
