/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's real voice in rooms, and Silero listening to what echo cancellation leaves of it: our own voice never
 * counts as the user's, and the user is heard over it. Then whole conversations whose microphone hears the loudspeaker.
 */
#include <sarai/sarai.h>

#include "audio/decode.h"
#include "audio/level.h"
#include "base/str.h"
#include "model/ort.h"
#include "support/loopback.h"
#include "support/test.h"
#include "vad/vad.h"

#include <math.h>
#include <time.h>

#define RATE SR_RATE_HZ
#define FRAME SR_FRAME_SAMPLES

static struct {
    struct sarai_engine *engine;
    char *folder;
    struct sr_ort *ort;
    struct sr_vad_model *model;
    struct sr_vad *vad;
    float *far, *user; /* the machine, from 0.5 s on; a man who speaks over its last part */
    size_t count;
    float *echoes[16]; /* of `far` in each of `rooms`, made when first wanted */
} t;

static const struct {
    const char *name;
    struct room room;
} rooms[] = {
    {"RT60 0.15 s", {.rt60_s = 0.15f, .meters = 0.5f, .noise_db = -65}},
    {"RT60 0.3 s", {.rt60_s = 0.3f, .meters = 0.5f, .noise_db = -65}},
    {"RT60 0.5 s", {.rt60_s = 0.5f, .meters = 0.7f, .noise_db = -65}},
    {"150 ms later than told", {.rt60_s = 0.3f, .meters = 0.5f, .delay_ms = 150, .noise_db = -65}},
    {"400 ms later, noise -55 dB", {.rt60_s = 0.3f, .meters = 0.5f, .delay_ms = 400, .noise_db = -55}},
    {"30 dB softer than people", {.rt60_s = 0.3f, .meters = 0.5f, .echo_db = -30, .noise_db = -70}},
    {"6 dB louder than people", {.rt60_s = 0.3f, .meters = 0.5f, .echo_db = 6, .noise_db = -65}},
    {"100 ppm", {.rt60_s = 0.3f, .meters = 0.5f, .ppm = 100, .noise_db = -65}},
    {"soft saturation", {.rt60_s = 0.3f, .meters = 0.5f, .drive = 4, .noise_db = -65}},
    {"clipping", {.rt60_s = 0.3f, .meters = 0.5f, .drive = 8, .clip = true, .noise_db = -65}},
    {"most of that at once", {.rt60_s = 0.4f, .meters = 0.6f, .delay_ms = 120, .drive = 3, .ppm = 60, .noise_db = -55}},
};
enum { ROOMS = sizeof rooms / sizeof *rooms };

static void check(int status, const struct sarai_error *error) {
    if (status < 0)
        fail_msg("%s: %s", error->where, error->text);
}

/* `text` said by `voice`, at the level of a person; malloc'd. */
static float *say(const char *text, const char *voice, size_t *count) {
    char *path = sr_asprintf("%s/voice.wav", t.folder);
    struct sarai_error error = {0};
    float *samples = NULL;
    check(sarai_say_file(t.engine, text, voice, 1, path, NULL, &error), &error);
    check(sr_decode_file(path, RATE, &samples, count, &error), &error);
    room_level(samples, *count, -26);
    free(path);
    return samples;
}

static void make_voices(void) {
    static const char *const said[] = {
        "El cuerpo humano adulto tiene doscientos seis huesos. El más largo es el fémur, que está en el muslo, y el "
        "más pequeño es el estribo, dentro del oído.",
        "Un agujero negro es una región del espacio en la que la gravedad es tan intensa que ni siquiera la luz puede "
        "escapar. Se forma cuando una estrella muy grande agota su combustible."};
    size_t first, second, spoken;
    float *a = say(said[0], "ef_dora", &first), *b = say(said[1], "ef_dora", &second);
    float *c = say("Espera un momento, por favor. Quiero preguntarte otra cosa distinta.", "em_alex", &spoken);
    t.count = (first + second + 2 * RATE) / FRAME * FRAME;
    t.far = calloc(t.count, sizeof *t.far);
    t.user = calloc(t.count, sizeof *t.user);
    assert_true(t.far && t.user);
    memcpy(t.far + RATE / 2, a, first * sizeof *a);
    memcpy(t.far + RATE + first, b, second * sizeof *b);
    const size_t at = RATE + first + RATE;
    memcpy(t.user + at, c, (spoken < t.count - at ? spoken : t.count - at) * sizeof *c);
    free(a);
    free(b);
    free(c);
}

static int setup(void **state) {
    (void)state;
    struct sarai_config *config = NULL;
    struct sarai_error error = {0};
    check(sarai_config_new(&config, &error), &error);
    static const char *const settings[][2] = {
        {"llm.backend", "none"}, {"capture.backend", "null"}, {"playback.backend", "null"}, {"aec.backend", "speex"}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        check(sarai_config_set(config, settings[i][0], settings[i][1], &error), &error);
    check(sarai_engine_new(config, SARAI_USE_ALL, &t.engine, &error), &error);
    sarai_config_free(config);
    check(sr_ort_open(NULL, &t.ort, &error), &error);
    check(sr_vad_silero.load(NULL, t.ort, &t.model, &error), &error);
    check(sr_vad_silero.open(t.model, &t.vad, &error), &error);
    t.folder = test_folder();
    make_voices();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    for (int i = 0; i < ROOMS; i++)
        free(t.echoes[i]);
    free(t.far);
    free(t.user);
    sr_vad_silero.close(t.vad);
    sr_vad_silero.unload(t.model);
    sr_ort_close(t.ort);
    sarai_engine_free(t.engine);
    test_folder_remove(t.folder);
    return 0;
}

/* ---------------------------------------------------------------------------------------------- frame by frame -- */

/* What the session's thresholds make of Silero's probabilities, one a frame; malloc'd. */
static bool *judge(const float *samples) {
    bool *speech = calloc(t.count / FRAME, sizeof *speech), now = false;
    assert_non_null(speech);
    sr_vad_silero.reset(t.vad);
    for (size_t k = 0; k < t.count / FRAME; k++) {
        float probability;
        assert_int_equal(sr_vad_silero.feed(t.vad, samples + k * FRAME, &probability), SARAI_OK);
        speech[k] = now = probability >= (now ? 0.35f : 0.5f);
    }
    return speech;
}

struct heard {
    float *mic, *out;
    struct sr_aec_report *reports;
};

/* The microphone with the echo and, at a gain, the user; and what is left of it. */
static struct heard hear(int i, float user_gain) {
    const struct room *room = &rooms[i].room;
    struct heard h = {calloc(t.count, sizeof(float)), calloc(t.count, sizeof(float)),
                      calloc(t.count / FRAME, sizeof(struct sr_aec_report))};
    assert_true(h.mic && h.out && h.reports);
    if (!t.echoes[i])
        t.echoes[i] = room_echo(room, t.far, t.count);
    for (size_t k = 0; k < t.count; k++)
        h.mic[k] = t.echoes[i][k] + user_gain * t.user[k];
    room_noise(room, h.mic, t.count);
    room_cancel(room, t.far, h.mic, t.count, h.out, h.reports);
    return h;
}

static void forget(struct heard *h) {
    free(h->mic);
    free(h->out);
    free(h->reports);
}

static void our_own_voice_never_counts_as_the_users(void **state) {
    (void)state;
    int speech_in_all = 0, passed_in_all = 0;
    for (int i = 0; i < ROOMS; i++) {
        struct heard h = hear(i, 0);
        bool *before = judge(h.mic), *after = judge(h.out);
        int all = 0, speech = 0, passed = 0, run = 0, longest = 0;
        for (size_t k = 0; k < t.count / FRAME; k++) {
            const bool counts = after[k] && !h.reports[k].echo_likely;
            all += before[k];
            speech += after[k];
            passed += counts;
            run = counts ? run + 1 : 0;
            longest = run > longest ? run : longest;
        }
        const size_t half = t.count / 2;
        print_message("%-26s ERLE %4.1f dB; speech for Silero: %d frames before, %d after; %d pass, %d in a row\n",
                      rooms[i].name, sr_level_db(h.mic + half, half) - sr_level_db(h.out + half, half), all, speech,
                      passed, longest);
        assert_true(all > 200);
        /* 8 frames of speech hold the answer until its words are known; a loudspeaker that clips hard may do so. */
        assert_true(rooms[i].room.clip ? passed <= all / 30 && longest < 12 : passed <= all / 50 && longest < 8);
        speech_in_all += speech;
        passed_in_all += passed;
        free(before);
        free(after);
        forget(&h);
    }
    print_message("in all %d of %d frames pass\n", passed_in_all, speech_in_all);
    assert_true(passed_in_all * 50 <= speech_in_all);
}

static void the_user_is_heard_over_the_machine(void **state) {
    (void)state;
    bool *truth = judge(t.user);
    int taken_in_all = 0, spoken_in_all = 0;
    for (int i = 0; i < ROOMS; i++) {
        const float level_db = rooms[i].room.echo_db > 0 ? rooms[i].room.echo_db : 0; /* as loud as the echo, or more */
        struct heard h = hear(i, powf(10, level_db / 20));
        bool *after = judge(h.out);
        int spoken = 0, taken = 0, first = -1, run = 0, onset = -1;
        for (size_t k = 0; k < t.count / FRAME; k++) {
            if (truth[k] && first < 0)
                first = (int)k;
            run = first >= 0 && after[k] && !h.reports[k].echo_likely ? run + 1 : 0;
            if (run == 3 && onset < 0)
                onset = (int)k - first + 1;
            spoken += truth[k];
            taken += truth[k] && h.reports[k].echo_likely;
        }
        print_message("%-26s %4.1f %% of the user's speech taken for echo; noticed after %d ms\n", rooms[i].name,
                      100.0 * taken / spoken, onset * SR_FRAME_US / 1000);
        assert_true(onset > 0 && onset * SR_FRAME_US / 1000 <= 224);
        assert_true(taken * 100 <= 12 * spoken);
        taken_in_all += taken;
        spoken_in_all += spoken;
        free(after);
        forget(&h);
    }
    print_message("in all %.1f %%\n", 100.0 * taken_in_all / spoken_in_all);
    assert_true(taken_in_all * 20 <= spoken_in_all);
    free(truth);
}

static void what_it_costs_beside_the_detector_of_speech(void **state) {
    (void)state;
    struct timespec from, between, to;
    float *echo = room_echo(&rooms[1].room, t.far, t.count);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    room_cancel(&rooms[1].room, t.far, echo, t.count, NULL, NULL);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &between);
    free(judge(echo));
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    const double frames = (double)t.count / FRAME;
    const double aec_us = ((double)(between.tv_sec - from.tv_sec) * 1e9 + (double)(between.tv_nsec - from.tv_nsec)) /
                          1e3 / frames,
                 vad_us = ((double)(to.tv_sec - between.tv_sec) * 1e9 + (double)(to.tv_nsec - between.tv_nsec)) / 1e3 /
                          frames;
    print_message("%.0f us of one core a frame while it plays, Silero %.0f\n", aec_us, vad_us);
    assert_true(aec_us < 3200);
    free(echo);
}

/* ----------------------------------------------------------------------------------------------- conversations -- */

struct talk {
    int started, turns;
    struct sarai_event first, second; /* the records of the first two turns */
};

/* A session in virtual time, until all is answered and `until_us` has passed. */
static struct talk converse(struct loopback *loop, int64_t until_us) {
    const struct sarai_session_options options = {.struct_size = sizeof options, .virtual_time = true};
    struct sarai_session *session = NULL;
    struct sarai_error error = {0};
    struct talk talk = {0};
    loopback = loop;
    check(sarai_session_new(t.engine, &options, &session, &error), &error);
    while (sarai_session_now_us(session) < until_us ||
           (sarai_session_busy(session) && sarai_session_now_us(session) < 60000000)) {
        struct sarai_event event = {0};
        if (sarai_session_next_event(session, &event, 100) <= 0)
            continue;
        talk.started += event.type == SARAI_EVENT_SPEECH_STARTED;
        if (event.type == SARAI_EVENT_TURN && talk.turns++ < 2)
            *(talk.turns == 1 ? &talk.first : &talk.second) = event;
        else
            sarai_event_deinit(&event);
    }
    check(sarai_session_close(session, &error), &error);
    loopback = NULL;
    return talk;
}

static void end(struct talk *talk, struct loopback *loop) {
    sarai_event_deinit(&talk->first);
    sarai_event_deinit(&talk->second);
    loopback_deinit(loop);
}

static const struct {
    const char *name;
    struct room room;
    int told_ms;
} places[] = {
    {"a quiet room", {.rt60_s = 0.3f, .meters = 0.5f, .echo_db = -6, .noise_db = -65}, 40},
    {"a living room, loud", {.rt60_s = 0.5f, .meters = 0.7f, .noise_db = -65}, 60},
    {"late devices", {.rt60_s = 0.3f, .meters = 0.5f, .delay_ms = 250, .echo_db = -6, .noise_db = -60}, 200},
    {"a small loudspeaker",
     {.rt60_s = 0.3f, .meters = 0.3f, .delay_ms = 30, .echo_db = -6, .drive = 4, .noise_db = -60},
     40},
};

/* The user asks, and then says something else so long after the answer began; malloc'd. */
static float *interrupt_at(const float *question, size_t asked, const float *interruption, size_t said, int64_t at_us,
                           size_t *count) {
    const size_t at = (size_t)(at_us * RATE / 1000000);
    float *user = calloc(at + said, sizeof *user);
    assert_non_null(user);
    memcpy(user, question, asked * sizeof *user);
    memcpy(user + at, interruption, said * sizeof *user);
    *count = at + said;
    return user;
}

/* A long answer, first to its end, then in every place with a second question in the middle of it, and with one when
 * nothing of the place is known yet. */
static void the_machine_never_answers_itself_and_can_be_interrupted(void **state) {
    static const int moments_ms[] = {400, 3000};
    (void)state;
    size_t asked, said, count;
    float *question = say("¿Qué es un agujero negro?", "em_alex", &asked),
          *interruption = say("Espera, dime primero una cosa: ¿cómo te llamas?", "em_alex", &said);
    struct loopback loop = {
        .room = places[1].room, .told_ms = places[1].told_ms, .user = question, .user_count = asked};
    struct talk talk = converse(&loop, 12000000);
    const struct sarai_turn *turn = talk.first.turn;
    if (talk.started != 1 || talk.turns != 1 || turn->interrupted)
        fail_msg("%d times speech, %d turns", talk.started, talk.turns);
    assert_string_equal(turn->heard_reply, turn->reply);
    const int64_t answer_us = turn->first_audio_us;
    print_message("%s: %.1f s of answer heard to the end\n", places[1].name,
                  (double)(turn->last_audio_us - turn->first_audio_us) / 1e6);
    end(&talk, &loop);

    for (size_t m = 0; m < sizeof moments_ms / sizeof *moments_ms; m++) {
        const int64_t cut_us = answer_us + moments_ms[m] * 1000;
        float *user = interrupt_at(question, asked, interruption, said, cut_us, &count);
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            loop = (struct loopback){
                .room = places[i].room, .told_ms = places[i].told_ms, .user = user, .user_count = count};
            talk = converse(&loop, cut_us + 3000000);
            /* Before the canceller knows the room the words are heard through the echo: who goes on for a second stops
             * the answer, whatever is understood. */
            const bool clear = moments_ms[m] >= 3000;
            if (talk.turns != 2 || !talk.first.turn->interrupted ||
                (clear && !strstr(talk.second.turn->heard, "llamas")))
                fail_msg("%s, %d ms: %d turns, then heard '%s'", places[i].name, moments_ms[m], talk.turns,
                         talk.turns > 1 ? talk.second.turn->heard : "");
            print_message("%-20s interrupted after %4d ms, it stops after %lld ms and hears: %s\n", places[i].name,
                          moments_ms[m], (long long)(talk.first.turn->stopped_us - cut_us) / 1000,
                          talk.second.turn->heard);
            end(&talk, &loop);
        }
        free(user);
    }
    free(question);
    free(interruption);
}

/* Somebody turns the volume up, another program delays the sound: before each answer the echo changes. */
static void an_echo_that_changes_again_and_again_is_never_taken_for_somebody(void **state) {
    static const int delays_ms[] = {30, 150, 80, 0, 250, 60, 200, 20, 120, 80};
    static const float levels_db[] = {-13, -24, -3, -30, 0, -18, 3, -24, -3, -12};
    static const char *const answers[] = {"No hay de qué.", "Me llamo Sarai.", "La capital de Francia es París.",
                                          "Hola, estoy muy bien, gracias.", "Son las tres y veinticinco."};
    enum { CHANGES = 40, PERIOD_MS = 4000 };
    struct room changes[CHANGES];
    (void)state;
    for (int i = 0; i < CHANGES; i++)
        changes[i] = (struct room){.rt60_s = i % 2 ? 0.3f : 0,
                                   .meters = 0.3f,
                                   .delay_ms = delays_ms[(i + i / 10 * 3) % 10],
                                   .echo_db = levels_db[(i + i / 10) % 10],
                                   .noise_db = i % 3 ? -65 : -85};
    const struct sarai_session_options options = {.struct_size = sizeof options, .virtual_time = true};
    struct sarai_session *session = NULL;
    struct sarai_error error = {0};
    struct loopback loop = {.room = changes[0],
                            .later = changes + 1,
                            .later_count = CHANGES - 1,
                            .room_samples = PERIOD_MS * RATE / 1000,
                            .told_ms = 60};
    int started = 0, interrupted = 0, ducked = 0, held = 0, said = 0;
    loopback = &loop;
    check(sarai_session_new(t.engine, &options, &session, &error), &error);
    while (sarai_session_now_us(session) < (int64_t)CHANGES * PERIOD_MS * 1000) {
        struct sarai_event event = {0};
        if (sarai_session_now_us(session) >= (int64_t)said * PERIOD_MS * 1000)
            check(sarai_session_say(session, SARAI_PRIORITY_NORMAL, answers[said++ % 5]), &error);
        if (sarai_session_next_event(session, &event, 20) <= 0)
            continue;
        started += event.type == SARAI_EVENT_SPEECH_STARTED;
        interrupted += event.type == SARAI_EVENT_INTERRUPTED;
        ducked += event.type == SARAI_EVENT_DUCKED;
        held += event.type == SARAI_EVENT_HELD;
        if (event.type != SARAI_EVENT_TURN && event.type <= SARAI_EVENT_RESTORED && getenv("SARAI_TEST_VERBOSE"))
            print_message("  %.3f s event %d\n", (double)event.time_us / 1e6, event.type);
        sarai_event_deinit(&event);
    }
    check(sarai_session_close(session, &error), &error);
    loopback = NULL;
    print_message("%d changes: %d times softer, %d times silent for a moment, %d times interrupted\n", CHANGES, ducked,
                  held, interrupted);
    assert_int_equal(started, 0);
    assert_int_equal(interrupted, 0);
    assert_true(held <= CHANGES / 20);
    loopback_deinit(&loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_voice_never_counts_as_the_users),
        cmocka_unit_test(the_user_is_heard_over_the_machine),
        cmocka_unit_test(what_it_costs_beside_the_detector_of_speech),
        cmocka_unit_test(the_machine_never_answers_itself_and_can_be_interrupted),
        cmocka_unit_test(an_echo_that_changes_again_and_again_is_never_taken_for_somebody),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
