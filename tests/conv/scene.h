/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A spoken scene as data: what is said into the microphone and when, and what must happen. One command a line:
 *
 *   title TEXT
 *   noise DB                      the room's noise, full scale, all the time
 *   loop DELAY_MS DB              the loudspeaker is heard in the microphone, so late and so much softer; echo is
 *                                 cancelled then
 *   at WHEN say VOICE DB TEXT     a person speaks (RMS, full scale); WHEN is seconds, or answerN+SECONDS after the
 *                                 N-th answer began to be heard
 *   at WHEN burst MS DB           a noise: a door, a cough
 *   at WHEN alarm TEXT            an urgent message from the application
 *   until SECONDS                 the scene is over
 *   expect turns N                so many turns were answered or cut
 *   expect heard N TEXT           the N-th turn's text holds these words, case and accents aside
 *   expect whole N                its answer was heard to the end; `cut N`: it was interrupted
 *   expect route N NAME
 *   expect count EVENT LOW HIGH   so many events of that name
 *   expect endpoint N LOW HIGH    the N-th turn's end was called after so many ms of silence
 *   expect after CUE EVENT HIGH   the first such event after the CUE-th `at` comes within so many ms of it
 *   expect silent CUE MS          from so long after that cue nothing is heard until the next answer
 *
 * `#` begins a comment.
 */
#ifndef SR_TESTS_SCENE_H
#define SR_TESTS_SCENE_H

#include <sarai/sarai.h>

#define SCENE_CUES_MAX 16
#define SCENE_EXPECTATIONS_MAX 32
#define SCENE_WORD_MAX 24
#define SCENE_TEXT_MAX 160

struct cue {
    int answer; /* 0: from the beginning */
    double seconds;
    char action[SCENE_WORD_MAX], voice[SCENE_WORD_MAX];
    double ms, db;
    char text[SCENE_TEXT_MAX];
    float *samples; /* 16 kHz */
    size_t count;
    int64_t at; /* sample at which it begins; -1: not known yet */
};

struct expectation {
    int line;
    char what[SCENE_WORD_MAX], name[SCENE_WORD_MAX], text[SCENE_TEXT_MAX];
    double numbers[3];
};

struct scene {
    char title[SCENE_TEXT_MAX];
    double noise_db, loop_db, until_s;
    int loop_ms; /* -1: no loop */
    struct cue cues[SCENE_CUES_MAX];
    int cue_count;
    struct expectation expectations[SCENE_EXPECTATIONS_MAX];
    int expectation_count;
};

/** Reads a scene; fails the test with file and line when it can't. Voices are synthesized by `engine`. */
void scene_load(struct scene *scene, const char *path, struct sarai_engine *engine);
void scene_deinit(struct scene *scene);

#endif
