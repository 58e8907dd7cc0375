/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spoken scenes with real models: the data of tests/conv/scenes, a microphone that hears people, a room and what the
 * machine itself says, and what must come of it. Time is virtual: the same every time, whatever the machine's speed.
 */
#include "audio/level.h"
#include "base/utf8.h"
#include "conv/scene.h"
#include "support/test.h"

#include <glob.h>
#include <math.h>

#define RATE 16000
#define STEP 160 /* samples: 10 ms */
#define EVENTS_MAX 400
#define TURNS_MAX 16
#define QUIET_DB -60

struct heard_event {
    const char *name;
    int64_t us;
};

struct run {
    const struct scene *scene;
    struct sarai_session *session;
    float *played; /* what the loudspeaker played so far */
    int64_t now;   /* samples since the beginning */
    uint32_t seed;
    struct heard_event events[EVENTS_MAX];
    int event_count;
    struct sarai_event turns[TURNS_MAX];
    int turn_count;
    int64_t answers[TURNS_MAX]; /* sample at which each began to be heard */
    int answer_count;
};

static struct sarai_engine *engines[2]; /* without and with echo cancellation */

static int64_t to_us(int64_t samples) {
    return samples * 1000000 / RATE;
}

/* --------------------------------------------------------------------------------------------------------- room -- */

static void start_cues(struct run *run) {
    for (int i = 0; i < run->scene->cue_count; i++) {
        struct cue *cue = (struct cue *)&run->scene->cues[i];
        if (cue->at < 0 && cue->answer <= run->answer_count)
            cue->at = run->answers[cue->answer - 1] + (int64_t)(cue->seconds * RATE);
        if (cue->at >= run->now && cue->at < run->now + STEP && strcmp(cue->action, "alarm") == 0)
            assert_int_equal(sarai_session_say(run->session, SARAI_PRIORITY_HIGH, cue->text), 0);
    }
}

static float random_sample(struct run *run) {
    run->seed = run->seed * 1664525u + 1013904223u;
    return (float)(int32_t)run->seed / 2147483648.0f;
}

/* What the microphone hears in this step. */
static void listen(struct run *run, float out[STEP]) {
    const struct scene *scene = run->scene;
    const float noise = powf(10, (float)scene->noise_db / 20) * 1.732f, loop = powf(10, (float)scene->loop_db / 20);
    for (int k = 0; k < STEP; k++) {
        const int64_t at = run->now + k, echo = at - (int64_t)scene->loop_ms * RATE / 1000;
        out[k] = random_sample(run) * noise;
        if (scene->loop_ms >= 0 && echo >= 0)
            out[k] += run->played[echo] * loop;
        for (int i = 0; i < scene->cue_count; i++) {
            const struct cue *cue = &scene->cues[i];
            if (cue->samples && cue->at >= 0 && at >= cue->at && at < cue->at + (int64_t)cue->count)
                out[k] += cue->samples[at - cue->at];
        }
        out[k] = fminf(1, fmaxf(-1, out[k]));
    }
}

/* ------------------------------------------------------------------------------------------------------- events -- */

static const char *name_of(enum sarai_event_type type) {
    switch (type) {
    case SARAI_EVENT_SPEECH_STARTED:
        return "speech";
    case SARAI_EVENT_AUDIO_STARTED:
        return "audio";
    case SARAI_EVENT_DUCKED:
        return "ducked";
    case SARAI_EVENT_HELD:
        return "held";
    case SARAI_EVENT_RESTORED:
        return "restored";
    case SARAI_EVENT_INTERRUPTED:
        return "interrupted";
    case SARAI_EVENT_WARNING:
        return "warning";
    default:
        return "other";
    }
}

static void take_event(struct run *run, struct sarai_event *event) {
    const char *name = name_of(event->type);
    if (run->event_count < EVENTS_MAX)
        run->events[run->event_count++] = (struct heard_event){name, event->time_us};
    if (event->type == SARAI_EVENT_AUDIO_STARTED && run->answer_count < TURNS_MAX)
        run->answers[run->answer_count++] = run->now;
    if (event->turn && run->turn_count < TURNS_MAX)
        run->turns[run->turn_count++] = *event;
    else
        sarai_event_deinit(event);
}

static void step(struct run *run) {
    float samples[STEP];
    struct sarai_event event;
    start_cues(run);
    listen(run, samples);
    assert_true(sarai_session_push_audio(run->session, samples, STEP, RATE, 1) >= 0);
    while (sarai_session_now_us(run->session) < to_us(run->now + STEP)) {
        const int64_t left_us = to_us(run->now + STEP) - sarai_session_now_us(run->session);
        if (sarai_session_next_event(run->session, &event, (int)((left_us + 999) / 1000)) > 0)
            take_event(run, &event);
    }
    sarai_session_pull_audio(run->session, run->played + run->now, STEP, 0);
    run->now += STEP;
}

/* ------------------------------------------------------------------------------------------------- expectations -- */

static const struct sarai_turn *turn_at(const struct run *run, double number) {
    return number >= 1 && number <= run->turn_count ? run->turns[(int)number - 1].turn : NULL;
}

static bool holds_words(const char *text, const char *wanted) {
    struct sr_str a = {0}, b = {0};
    sr_utf8_fold(text, strlen(text), &a);
    sr_utf8_fold(wanted, strlen(wanted), &b);
    const bool holds = a.data && b.data && strstr(a.data, b.data);
    sr_str_deinit(&a);
    sr_str_deinit(&b);
    return holds;
}

static int count_events(const struct run *run, const char *name) {
    int n = 0;
    for (int i = 0; i < run->event_count; i++)
        n += strcmp(run->events[i].name, name) == 0;
    return n;
}

static bool comes_after(const struct run *run, const struct expectation *e) {
    const int64_t cue_us = to_us(run->scene->cues[(int)e->numbers[0] - 1].at);
    for (int i = 0; i < run->event_count; i++)
        if (strcmp(run->events[i].name, e->name) == 0 && run->events[i].us >= cue_us)
            return run->events[i].us <= cue_us + (int64_t)(e->numbers[1] * 1000);
    return false;
}

static bool is_silent(const struct run *run, const struct expectation *e) {
    const int64_t from = run->scene->cues[(int)e->numbers[0] - 1].at + (int64_t)e->numbers[1] * RATE / 1000;
    int64_t to = run->now;
    for (int i = run->answer_count - 1; i >= 0; i--)
        to = run->answers[i] > from ? run->answers[i] : to;
    for (int64_t at = from; at + STEP <= to - STEP; at += STEP)
        if (sr_level_db(run->played + at, STEP) > QUIET_DB)
            return false;
    return true;
}

static bool holds(const struct run *run, const struct expectation *e) {
    const struct sarai_turn *turn = turn_at(run, e->numbers[0]);
    if (strcmp(e->what, "turns") == 0)
        return run->turn_count == (int)e->numbers[0];
    if (strcmp(e->what, "count") == 0)
        return count_events(run, e->name) >= e->numbers[0] && count_events(run, e->name) <= e->numbers[1];
    if (strcmp(e->what, "after") == 0)
        return comes_after(run, e);
    if (strcmp(e->what, "silent") == 0)
        return is_silent(run, e);
    if (!turn)
        return false;
    if (strcmp(e->what, "heard") == 0)
        return holds_words(turn->heard, e->text);
    if (strcmp(e->what, "route") == 0)
        return strcmp(turn->route, e->name) == 0;
    if (strcmp(e->what, "whole") == 0)
        return !turn->interrupted && strcmp(turn->reply, turn->heard_reply) == 0 && turn->reply[0];
    if (strcmp(e->what, "cut") == 0)
        return turn->interrupted && strlen(turn->heard_reply) < strlen(turn->reply) &&
               strncmp(turn->reply, turn->heard_reply, strlen(turn->heard_reply)) == 0;
    const double endpoint_ms = (double)(turn->endpoint_us - turn->speech_end_us) / 1000;
    return endpoint_ms >= e->numbers[1] && endpoint_ms <= e->numbers[2];
}

static void tell(const struct run *run) {
    for (int i = 0; i < run->event_count; i++)
        if (strcmp(run->events[i].name, "other") != 0)
            print_message("  %8.3f s %s\n", (double)run->events[i].us / 1e6, run->events[i].name);
    for (int i = 0; i < run->turn_count; i++) {
        const struct sarai_turn *t = run->turns[i].turn;
        print_message("  turn %d: %.3f-%.3f s, over at %.3f s: \"%s\" -> %s \"%s\"; heard: \"%s\"%s\n", i + 1,
                      (double)t->speech_start_us / 1e6, (double)t->speech_end_us / 1e6, (double)t->endpoint_us / 1e6,
                      t->heard, t->route, t->reply, t->heard_reply, t->interrupted ? " (cut)" : "");
    }
    for (int i = 0; i < run->scene->cue_count; i++)
        print_message("  cue %d at %.3f s\n", i + 1, (double)run->scene->cues[i].at / RATE);
}

/* -------------------------------------------------------------------------------------------------------- scenes -- */

static void play_scene(void **state) {
    static struct scene scene;
    struct run run = {.scene = &scene, .seed = 1};
    struct sarai_error error = {0};
    int broken = 0;
    const char *path = *state;
    scene_load(&scene, path, engines[0]);
    run.played = calloc((size_t)(scene.until_s * RATE) + STEP, sizeof *run.played);
    const struct sarai_session_options options = {.struct_size = sizeof options, .virtual_time = true};
    if (sarai_session_new(engines[scene.loop_ms >= 0], &options, &run.session, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    while (run.now < (int64_t)(scene.until_s * RATE))
        step(&run);
    sarai_session_free(run.session);
    for (int i = 0; i < scene.expectation_count; i++) {
        if (holds(&run, &scene.expectations[i]))
            continue;
        print_message("%s:%d: does not hold: %s\n", path, scene.expectations[i].line, scene.expectations[i].what);
        broken++;
    }
    if (broken)
        tell(&run);
    for (int i = 0; i < run.turn_count; i++)
        sarai_event_deinit(&run.turns[i]);
    free(run.played);
    scene_deinit(&scene);
    assert_int_equal(broken, 0);
}

static int open_engine(const char *aec, struct sarai_engine **out) {
    const char *const settings[][2] = {{"capture.backend", "network"},
                                       {"playback.backend", "network"},
                                       {"playback.rate_hz", "16000"},
                                       {"aec.backend", aec}};
    struct sarai_config *config = NULL;
    struct sarai_error error = {0};
    int rc = sarai_config_new(&config, &error);
    for (size_t i = 0; rc >= 0 && i < sizeof settings / sizeof *settings; i++)
        rc = sarai_config_set(config, settings[i][0], settings[i][1], &error);
    if (rc >= 0)
        rc = sarai_engine_new(config, SARAI_USE_ALL, out, &error);
    sarai_config_free(config);
    if (rc < 0)
        print_error("%s: %s\n", error.where, error.text);
    return rc;
}

static int open_engines(void **state) {
    (void)state;
    return open_engine("off", &engines[0]) < 0 || open_engine("speex", &engines[1]) < 0 ? -1 : 0;
}

static int close_engines(void **state) {
    (void)state;
    sarai_engine_free(engines[0]);
    sarai_engine_free(engines[1]);
    return 0;
}

/* Every file of tests/conv/scenes is a test with its name; arguments name some of them. */
int main(int argc, char **argv) {
    glob_t found = {0};
    char *pattern = sr_asprintf("%s/tests/conv/scenes/*.scene", getenv("SARAI_TEST_SOURCE"));
    if (argc < 2 && glob(pattern, 0, NULL, &found) != 0)
        return fprintf(stderr, "no scenes: %s\n", pattern), 1;
    const size_t count = argc < 2 ? found.gl_pathc : (size_t)argc - 1;
    char **paths = argc < 2 ? found.gl_pathv : argv + 1;
    struct CMUnitTest *tests = calloc(count, sizeof *tests);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){.name = paths[i], .test_func = play_scene, .initial_state = paths[i]};
    const int failed = _cmocka_run_group_tests("scenes", tests, count, open_engines, close_engines);
    free(tests);
    free(pattern);
    globfree(&found);
    return failed;
}
