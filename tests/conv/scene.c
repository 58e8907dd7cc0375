/* SPDX-License-Identifier: Apache-2.0 */
#include "conv/scene.h"

#include "audio/decode.h"
#include "audio/level.h"
#include "base/str.h"
#include "support/test.h"

#include <math.h>

#define RATE 16000
#define LINE_MAX_BYTES 400
#define SILENCE_DB -45
#define VOICE_STEPS 6 /* so many loud ones in a row are a voice */

/* ------------------------------------------------------------------------------------------------------- sound -- */

static void set_level(float *samples, size_t count, double db) {
    const float gain = powf(10, ((float)db - sr_level_db(samples, count)) / 20);
    for (size_t i = 0; i < count; i++)
        samples[i] *= gain;
}

/* Without the silence around it, so that a cue is the moment at which the voice begins: a voice that begins with a
 * click and a pause begins behind them. */
static void trim(struct cue *cue) {
    const size_t step = RATE / 100;
    size_t from = 0, to = cue->count;
    while (from + VOICE_STEPS * step < to) {
        size_t loud = 0;
        while (loud < VOICE_STEPS && sr_level_db(cue->samples + from + loud * step, step) >= SILENCE_DB)
            loud++;
        if (loud == VOICE_STEPS)
            break;
        from += (loud + 1) * step;
    }
    while (to > from + step && sr_level_db(cue->samples + to - step, step) < SILENCE_DB)
        to -= step;
    memmove(cue->samples, cue->samples + from, (to - from) * sizeof *cue->samples);
    cue->count = to - from;
}

static void speak(struct cue *cue, struct sarai_engine *engine) {
    char *folder = test_folder(), *path = sr_asprintf("%s/cue.wav", folder);
    struct sarai_speech speech;
    struct sarai_error error = {0};
    if (sarai_say_file(engine, cue->text, cue->voice, 0, path, &speech, &error) < 0 ||
        sr_decode_file(path, RATE, &cue->samples, &cue->count, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    trim(cue);
    set_level(cue->samples, cue->count, cue->db);
    free(path);
    test_folder_remove(folder);
}

static float noise(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(int32_t)*seed / 2147483648.0f;
}

static void burst(struct cue *cue) {
    uint32_t seed = 1;
    cue->count = (size_t)(cue->ms * RATE / 1000);
    cue->samples = calloc(cue->count, sizeof *cue->samples);
    for (size_t i = 0; i < cue->count; i++)
        cue->samples[i] = noise(&seed) * expf(-4 * (float)i / (float)cue->count);
    set_level(cue->samples, cue->count, cue->db);
}

/* ----------------------------------------------------------------------------------------------------- reading -- */

static bool read_when(const char *word, struct cue *cue) {
    cue->at = -1;
    return sscanf(word, "answer%d+%lf", &cue->answer, &cue->seconds) == 2 || sscanf(word, "%lf", &cue->seconds) == 1;
}

static bool read_cue(const char *line, struct cue *cue) {
    char when[SCENE_WORD_MAX];
    int used = 0;
    if (sscanf(line, "%23s %23s %n", when, cue->action, &used) < 2 || !read_when(when, cue))
        return false;
    line += used;
    if (strcmp(cue->action, "say") == 0)
        return sscanf(line, "%23s %lf %159[^\n]", cue->voice, &cue->db, cue->text) == 3;
    if (strcmp(cue->action, "burst") == 0)
        return sscanf(line, "%lf %lf", &cue->ms, &cue->db) == 2;
    return strcmp(cue->action, "alarm") == 0 && sscanf(line, "%159[^\n]", cue->text) == 1;
}

/* How the arguments of each expectation read: 'n' a number, 'w' a word, 't' the rest of the line. */
static const char *shape_of(const char *what) {
    static const struct {
        const char *what, *shape;
    } shapes[] = {{"turns", "n"},   {"heard", "nt"},     {"whole", "n"},   {"cut", "n"},    {"route", "nw"},
                  {"count", "wnn"}, {"endpoint", "nnn"}, {"after", "nwn"}, {"silent", "nn"}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(shapes[i].what, what) == 0)
            return shapes[i].shape;
    return NULL;
}

static bool read_expectation(const char *line, struct expectation *e) {
    int used = 0, number = 0;
    if (sscanf(line, "%23s %n", e->what, &used) < 1 || !shape_of(e->what))
        return false;
    for (const char *shape = shape_of(e->what); *shape; shape++) {
        line += used;
        used = 0;
        const int got = *shape == 'n'   ? sscanf(line, "%lf %n", &e->numbers[number++], &used)
                        : *shape == 'w' ? sscanf(line, "%23s %n", e->name, &used)
                                        : sscanf(line, "%159[^\n]%n", e->text, &used);
        if (got < 1)
            return false;
    }
    return line[used] == '\0' || line[used] == '\n' || line[used] == '#';
}

static bool read_line(struct scene *scene, const char *line, int number) {
    char word[SCENE_WORD_MAX];
    int used = 0;
    if (sscanf(line, "%23s %n", word, &used) < 1 || word[0] == '#')
        return true;
    line += used;
    if (strcmp(word, "title") == 0)
        return sscanf(line, "%159[^\n]", scene->title) == 1;
    if (strcmp(word, "noise") == 0)
        return sscanf(line, "%lf", &scene->noise_db) == 1;
    if (strcmp(word, "loop") == 0)
        return sscanf(line, "%d %lf", &scene->loop_ms, &scene->loop_db) == 2;
    if (strcmp(word, "until") == 0)
        return sscanf(line, "%lf", &scene->until_s) == 1;
    if (strcmp(word, "at") == 0)
        return scene->cue_count < SCENE_CUES_MAX && read_cue(line, &scene->cues[scene->cue_count++]);
    if (strcmp(word, "expect") != 0 || scene->expectation_count == SCENE_EXPECTATIONS_MAX)
        return false;
    scene->expectations[scene->expectation_count].line = number;
    return read_expectation(line, &scene->expectations[scene->expectation_count++]);
}

void scene_load(struct scene *scene, const char *path, struct sarai_engine *engine) {
    char line[LINE_MAX_BYTES];
    *scene = (struct scene){.loop_ms = -1, .noise_db = -70};
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s: can't be read", path);
    for (int number = 1; fgets(line, sizeof line, file); number++)
        if (!read_line(scene, line, number))
            fail_msg("%s:%d: not understood: %s", path, number, line);
    fclose(file);
    if (!scene->until_s || !scene->expectation_count)
        fail_msg("%s: a scene needs 'until' and something to expect", path);
    for (int i = 0; i < scene->cue_count; i++) {
        struct cue *cue = &scene->cues[i];
        if (strcmp(cue->action, "say") == 0)
            speak(cue, engine);
        else if (strcmp(cue->action, "burst") == 0)
            burst(cue);
        if (!cue->answer)
            cue->at = (int64_t)(cue->seconds * RATE);
    }
}

void scene_deinit(struct scene *scene) {
    for (int i = 0; i < scene->cue_count; i++)
        free(scene->cues[i].samples);
}
