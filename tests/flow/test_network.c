/* SPDX-License-Identifier: Apache-2.0 */
/* A peer behind a network: it pushes what its user says and plays what it pulls. */
#include <math.h>

#include "flow/rig.h"
#include "support/test.h"

#define PACKET_MS 20
#define IN_HZ 48000
#define OUT_HZ 24000
#define SECONDS 8

static const char *const settings[] = {"capture.backend=network",
                                       "playback.backend=network",
                                       "playback.latency_ms=60",
                                       "stt.script=¿quién inventó la Tarúsica?",
                                       "stt.overheard=espera",
                                       "stt.delay_ms=80",
                                       "tts.delay_ms=120",
                                       "tts.ms_per_char=25",
                                       "llm.script=No estoy segura. Pregunta otra cosa.",
                                       "llm.delay_ms=20",
                                       NULL};

struct peer {
    float heard[SECONDS * OUT_HZ];
    size_t heard_count;
    struct sr_str log;
};

static void push_packet(struct rig *rig, bool speech) {
    static float packet[IN_HZ * PACKET_MS / 1000 * 2];
    for (size_t i = 0; i < sizeof packet / sizeof *packet; i++)
        packet[i] = speech ? 0.3f * (float)sin((double)i * 0.05) : 0;
    assert_int_equal(sarai_session_push_audio(rig->session, packet, sizeof packet / sizeof *packet / 2, IN_HZ, 2),
                     SARAI_OK);
}

/* The user speaks from 0.3 s to 1 s, and again from `again_ms` for half a second. */
static void converse(struct rig *rig, struct peer *peer, int until_ms, int again_ms) {
    for (int ms = 0; ms < until_ms; ms += PACKET_MS) {
        push_packet(rig, (ms >= 300 && ms < 1000) || (again_ms && ms >= again_ms && ms < again_ms + 500));
        rig_run(rig, (ms + PACKET_MS) * INT64_C(1000), &peer->log);
        int64_t got;
        while ((got = sarai_session_pull_audio(rig->session, peer->heard + peer->heard_count,
                                               sizeof peer->heard / sizeof *peer->heard - peer->heard_count, 0)) > 0)
            peer->heard_count += (size_t)got;
        assert_int_equal(got, 0);
    }
    sr_str_add(&peer->log, "", 0);
}

static double loud_s(const struct peer *peer, double from_s, double to_s) {
    size_t loud = 0;
    for (size_t i = (size_t)(from_s * OUT_HZ); i < (size_t)(to_s * OUT_HZ) && i < peer->heard_count; i++)
        loud += fabsf(peer->heard[i]) > 1e-4f;
    return (double)loud / OUT_HZ;
}

static void a_peer_is_heard_and_answered(void **state) {
    struct peer *peer = *state;
    struct rig rig;
    rig_open(&rig, settings, true);
    converse(&rig, peer, 6000, 0);
    if (!strstr(peer->log.data, "heard_reply=No estoy segura. Pregunta otra cosa.") ||
        strstr(peer->log.data, "warning"))
        fail_msg("%s", peer->log.data);
    assert_in_range(peer->heard_count, OUT_HZ * 6 - OUT_HZ / 50, OUT_HZ * 6); /* as much as time has passed */
    assert_true(loud_s(peer, 0, 1) == 0 && loud_s(peer, 1, 6) > 0.7);
    char *metrics = sarai_session_metrics(rig.session);
    assert_non_null(strstr(metrics, "sarai_capture_dropped_samples_total 0\n"));
    assert_non_null(strstr(metrics, "sarai_playback_dropped_samples_total 0\n"));
    free(metrics);
    rig_close(&rig);
}

static void a_peer_that_interrupts_is_sent_nothing_more_of_the_answer(void **state) {
    struct peer *peer = *state;
    struct rig rig;
    rig_open(&rig, settings, true);
    converse(&rig, peer, 3300, 1900);
    const char *cut = strstr(peer->log.data, "cut=1"), *stopped = strstr(peer->log.data, " held ");
    if (!cut || !stopped)
        fail_msg("%s", peer->log.data);
    while (stopped > peer->log.data && stopped[-1] != '\n')
        stopped--;
    const double stopped_s = (double)strtoll(stopped, NULL, 10) / 1e6;
    assert_true(loud_s(peer, stopped_s - 0.1, stopped_s) > 0.05);
    assert_true(loud_s(peer, stopped_s + 0.04, 3) == 0); /* then the new question is answered */
    rig_close(&rig);
}

static void a_peer_that_vanishes_in_the_middle_of_speech_ends_its_turn(void **state) {
    struct peer *peer = *state;
    struct rig rig;
    rig_open(&rig, settings, true);
    converse(&rig, peer, 800, 0);
    rig_run(&rig, 4000000, &peer->log);
    if (!strstr(peer->log.data, " turn 1 "))
        fail_msg("%s", peer->log.data);
    rig_close(&rig);
}

static void the_other_backends_say_that_they_are_no_network(void **state) {
    (void)state;
    struct rig rig;
    float sample = 0;
    rig_open(&rig, NULL, true);
    assert_int_equal(sarai_session_push_audio(rig.session, &sample, 1, 16000, 1), SARAI_EUNSUPPORTED);
    assert_int_equal(sarai_session_pull_audio(rig.session, &sample, 1, 0), SARAI_EUNSUPPORTED);
    rig_close(&rig);
}

static int setup(void **state) {
    *state = calloc(1, sizeof(struct peer));
    return *state ? 0 : -1;
}

static int teardown(void **state) {
    struct peer *peer = *state;
    sr_str_deinit(&peer->log);
    free(peer);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_peer_is_heard_and_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_that_interrupts_is_sent_nothing_more_of_the_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_that_vanishes_in_the_middle_of_speech_ends_its_turn, setup, teardown),
        cmocka_unit_test(the_other_backends_say_that_they_are_no_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
