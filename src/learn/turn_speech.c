/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/turn_speech.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"
#include "learn/random.h"

#define RATE_HZ 16000
#define CUTS 2 /* of each utterance, beside the whole */
#define SEED 1492
#define CHARS_MAX 170        /* a longer utterance takes the voice too long */
#define QUIET (RATE_HZ / 20) /* what a quiet point is quiet for */
#define LEAD (RATE_HZ * 3 / 10)
#define ROWS_A_CLIP (1 + CUTS)

/* How many of a hundred clips are of which kind. */
static const int share[SR_UTTERANCE_KINDS] = {
    [SR_UTTERANCE_SAID] = 55, [SR_UTTERANCE_PHRASE] = 20, [SR_UTTERANCE_READ] = 25};

static const char header[] =
    "over\tsource\tdraft\taudio\tf0_slope\tf0_final\tvoiced_tail\tvoiced_share\tenergy_slope\n";

/* ------------------------------------------------------------------------------------------------------- the table --
 */

/* Do both say the same words? */
static bool same_words(const char *a, const char *b) {
    struct sr_str x = {0}, y = {0};
    sr_utf8_fold(a, strlen(a), &x);
    sr_utf8_fold(b, strlen(b), &y);
    const bool same = x.len == y.len && (!x.len || memcmp(x.data, y.data, x.len) == 0);
    sr_str_deinit(&x);
    sr_str_deinit(&y);
    return same;
}

/* A cut that left all words whole is no example of anything. */
static bool says_all(const struct sr_turn_samples *samples, const char *source, const char *draft) {
    for (size_t i = samples->count; i > 0; i--) {
        const struct sr_turn_sample *before = &samples->list[i - 1];
        if (!before->heard || strcmp(before->source, source) != 0)
            return false;
        if (before->over)
            return same_words(before->draft, draft);
    }
    return false;
}

static int take_row(void *user, int line, char **cells) {
    (void)line;
    float values[6];
    for (int i = 0; i < 6; i++) {
        char *end;
        values[i] = strtof(cells[3 + i], &end);
        if (end == cells[3 + i] || *end)
            return SARAI_EINPUT;
    }
    const bool over = strcmp(cells[0], "1") == 0;
    if (!over && says_all(user, cells[1], cells[2]))
        return SARAI_OK;
    struct sr_turn_sample sample = {.source = sr_strdup(cells[1]),
                                    .draft = sr_strdup(strcmp(cells[2], "-") ? cells[2] : ""),
                                    .over = over,
                                    .heard = true,
                                    .cues = sr_turn_cues_none(0, 0)};
    sample.cues.audio = values[0];
    sample.cues.f0_slope_st_per_s = values[1];
    sample.cues.f0_final_st = values[2];
    sample.cues.voiced_tail_ms = values[3];
    sample.cues.voiced_share = values[4];
    sample.cues.energy_slope_db_per_s = values[5];
    return sr_turn_samples_add(user, sample);
}

int sr_turn_speech_read(const char *path, struct sr_turn_samples *samples, struct sarai_error *error) {
    return sr_table_read(path, 9, take_row, samples, error);
}

static void write_row(FILE *file, bool over, const char *source, char *draft, const struct sr_turn_cues *cues) {
    for (char *p = draft; *p; p++)
        if (*p == '\t' || *p == '\n' || *p == '\r')
            *p = ' ';
    fprintf(file, "%d\t%s\t%s\t%.4f\t%.2f\t%.2f\t%.0f\t%.2f\t%.1f\n", over, source, *draft ? draft : "-", cues->audio,
            cues->f0_slope_st_per_s, cues->f0_final_st, cues->voiced_tail_ms, cues->voiced_share,
            cues->energy_slope_db_per_s);
}

/* -------------------------------------------------------------------------------------------------------- the room --
 */

/* Soft noise whose high half is damped, as rooms have it. */
static void add_noise(float *samples, size_t count, float level, uint64_t *seed) {
    float low = 0;
    for (size_t i = 0; i < count; i++) {
        const float white = 2 * sr_random_part(seed) - 1;
        low += 0.25f * (white - low);
        samples[i] += level * (low + 0.2f * white);
    }
}

static float loudness(const float *samples, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * samples[i];
    return (float)sqrt(sum / (double)(count ? count : 1));
}

/* The middle of the quietest stretch between `from` and `to`. */
static size_t quiet_point(const float *samples, size_t from, size_t to) {
    double sum = 0, least = 1e30;
    size_t best = from;
    for (size_t i = from; i < to; i++) {
        sum += (double)samples[i] * samples[i];
        if (i < from + QUIET)
            continue;
        sum -= (double)samples[i - QUIET] * samples[i - QUIET];
        if (sum < least) {
            least = sum;
            best = i - QUIET / 2;
        }
    }
    return best;
}

struct scene {
    const struct sr_turn_studio *studio;
    const char *source;
    float *voice;
    size_t count;
    float noise;
    FILE *file;
    uint64_t *seed;
};

/* Silence, the first `count` samples of the voice, silence; noise over all. */
static int hear(const struct scene *scene, size_t count, struct sarai_error *error) {
    const size_t tail = RATE_HZ / 5 + sr_random_below(scene->seed, RATE_HZ / 5);
    float *samples = calloc(LEAD + count + tail, sizeof *samples);
    struct sr_turn_cues cues = sr_turn_cues_none(0, 0);
    char *draft = NULL;
    if (!samples)
        return sr_error(error, SARAI_ENOMEM, "learn turn", "out of memory");
    memcpy(samples + LEAD, scene->voice, count * sizeof *samples);
    add_noise(samples, LEAD + count + tail, scene->noise, scene->seed);
    const int rc = scene->studio->hear(scene->studio->user, samples, LEAD + count + tail, &draft, &cues, error);
    if (rc >= 0)
        write_row(scene->file, count == scene->count, scene->source, draft, &cues);
    free(draft);
    free(samples);
    return rc;
}

/* Whole, cut somewhere in the middle, and cut soon after the beginning or before the end: percent of the length. */
static int play(struct scene *scene, struct sarai_error *error) {
    int rc = hear(scene, scene->count, error);
    for (int i = 0; i < CUTS && rc >= 0; i++) {
        const size_t from = i == 0 ? 40 : sr_random_below(scene->seed, 2) ? 20 : 70, to = from + (i == 0 ? 30 : 20);
        rc = hear(scene, quiet_point(scene->voice, scene->count * from / 100, scene->count * to / 100), error);
    }
    return rc;
}

/* ------------------------------------------------------------------------------------------------------- the order --
 */

/* Which utterance is said `clip`th: chance, the same every time. */
static char *choose(const struct sr_turn_corpus *corpus, size_t clip, uint64_t *seed) {
    *seed = SEED + clip * 7919;
    int left = (int)sr_random_below(seed, 100);
    enum sr_utterance_kind kind = SR_UTTERANCE_SAID;
    while (left >= share[kind])
        left -= share[kind++];
    for (;;) {
        const size_t i = sr_random_below(seed, corpus->count);
        if (corpus->list[i].kind == kind && strlen(corpus->list[i].text) < CHARS_MAX)
            return sr_turn_corpus_text(corpus, i);
    }
}

static int make_clip(const struct sr_turn_corpus *corpus, const struct sr_turn_studio *studio, size_t clip, FILE *file,
                     struct sarai_error *error) {
    uint64_t seed;
    char *source = choose(corpus, clip, &seed);
    struct scene scene = {.studio = studio, .source = source, .file = file, .seed = &seed};
    if (!source)
        return sr_error(error, SARAI_ENOMEM, "learn turn", "out of memory");
    const char *voice = studio->voices[sr_random_below(&seed, studio->voice_count)];
    const float speed = 0.8f + 0.5f * sr_random_part(&seed);
    int rc = studio->say(studio->user, source, voice, speed, &scene.voice, &scene.count, error);
    if (rc >= 0) {
        scene.noise = loudness(scene.voice, scene.count) * powf(10, -0.5f - 1.7f * sr_random_part(&seed));
        rc = play(&scene, error);
    }
    free(scene.voice);
    free(source);
    if (rc >= 0 && fflush(file) != 0)
        rc = sr_error_errno(error, SARAI_EIO, "learn turn", "the table of what was heard can't be written");
    return rc;
}

/* Rows that are there already; 0 when there is no table. */
static size_t count_rows(const char *path) {
    struct sr_turn_samples samples = {0};
    const int rows = sr_turn_speech_read(path, &samples, NULL);
    sr_turn_samples_deinit(&samples);
    return rows > 0 ? (size_t)rows : 0;
}

int sr_turn_speech_make(const struct sr_turn_corpus *corpus, const struct sr_turn_studio *studio, size_t clips,
                        const char *path, sarai_progress *progress, void *user, struct sarai_error *error) {
    const size_t done = count_rows(path) / ROWS_A_CLIP;
    FILE *file = fopen(path, done ? "a" : "w");
    int rc = file ? SARAI_OK : sr_error_errno(error, SARAI_EIO, path, "can't be written");
    if (rc == SARAI_OK && !done && fputs(header, file) == EOF)
        rc = sr_error_errno(error, SARAI_EIO, path, "can't be written");
    for (size_t clip = done; clip < clips && rc >= 0; clip++) {
        if (progress && progress(user, (double)clip / (double)clips))
            rc = sr_error(error, SARAI_ESTALE, "learn turn", "%s", sarai_strerror(SARAI_ESTALE));
        else
            rc = make_clip(corpus, studio, clip, file, error);
    }
    if (file)
        fclose(file);
    return rc;
}
