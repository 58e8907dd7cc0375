/* SPDX-License-Identifier: Apache-2.0 */
#include "support/room.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/level.h"
#include "support/test.h"

#define RATE 16000
#define FRAME SR_FRAME_SAMPLES
#define BLOCK 160
#define AHEAD 1600 /* a device is told 100 ms before it plays */
#define START_US 1000000
#define SOUND_M_S 343.0
#define PERSON_DB -26.0f
#define PI 3.14159265358979

static float random_one(uint32_t *state) { /* -1..1 */
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / 8388608.0f - 1;
}

float room_active_db(const float *samples, size_t count) {
    double energy = 0;
    float loudest = -120;
    size_t frames = 0;
    for (size_t i = 0; i + FRAME <= count; i += FRAME)
        loudest = fmaxf(loudest, sr_level_db(samples + i, FRAME));
    for (size_t i = 0; i + FRAME <= count; i += FRAME) {
        const float db = sr_level_db(samples + i, FRAME);
        if (db > loudest - 30) {
            energy += pow(10, db / 10);
            frames++;
        }
    }
    return frames ? (float)(10 * log10(energy / (double)frames)) : -120;
}

void room_level(float *samples, size_t count, float db) {
    const float gain = powf(10, (db - room_active_db(samples, count)) / 20);
    for (size_t i = 0; i < count; i++)
        samples[i] *= gain;
}

/* One image of the loudspeaker: where it is and how often its sound met a wall. */
static void add_image(const double source[3], const double mic[3], const double size[3], const int n[3],
                      const int mirror[3], double reflection, float *impulse) {
    double square = 0;
    int walls = 0;
    for (int k = 0; k < 3; k++) {
        const double at = 2 * n[k] * size[k] + (mirror[k] ? -source[k] : source[k]);
        square += (at - mic[k]) * (at - mic[k]);
        walls += abs(n[k] - mirror[k]) + abs(n[k]);
    }
    const double meters = sqrt(square), at = meters / SOUND_M_S * RATE;
    const size_t i = (size_t)at;
    if (i + 1 >= ROOM_IMPULSE_MAX)
        return;
    const double gain = pow(reflection, walls) / meters;
    impulse[i] += (float)(gain * (1 - (at - (double)i)));
    impulse[i + 1] += (float)(gain * (at - (double)i));
}

size_t room_impulse(const struct room *room, float impulse[ROOM_IMPULSE_MAX]) {
    static const double size[3] = {4.1, 5.2, 2.7}, mic[3] = {1.37, 2.11, 0.78};
    const double source[3] = {mic[0] + room->meters * 0.8, mic[1] + room->meters * 0.6, mic[2] + 0.05};
    const double volume = size[0] * size[1] * size[2];
    const double surface = 2 * (size[0] * size[1] + size[1] * size[2] + size[0] * size[2]);
    const double absorbed = room->rt60_s > 0 ? 0.161 * volume / (surface * room->rt60_s) : 1;
    const double reflection = absorbed < 1 ? sqrt(1 - absorbed) : 0;
    const size_t whole = (size_t)(room->rt60_s * RATE * 0.75f) + 400; /* down to -45 dB */
    const size_t count = whole < ROOM_IMPULSE_MAX ? whole : ROOM_IMPULSE_MAX;
    memset(impulse, 0, ROOM_IMPULSE_MAX * sizeof *impulse);
    int most[3];
    for (int k = 0; k < 3; k++)
        most[k] = reflection > 0 ? (int)((double)count / RATE * SOUND_M_S / (2 * size[k])) + 1 : 0;
    for (int x = -most[0]; x <= most[0]; x++)
        for (int y = -most[1]; y <= most[1]; y++)
            for (int z = -most[2]; z <= most[2]; z++)
                for (int m = 0; m < 8; m++)
                    add_image(source, mic, size, (int[]){x, y, z}, (int[]){m & 1, m >> 1 & 1, m >> 2}, reflection,
                              impulse);
    double energy = 0;
    for (size_t i = 0; i < count; i++)
        energy += (double)impulse[i] * impulse[i];
    for (size_t i = 0; i < ROOM_IMPULSE_MAX; i++)
        impulse[i] = i < count ? (float)(impulse[i] / sqrt(energy)) : 0;
    return count;
}

/* The loudspeaker's cone and its clock, which reads the samples faster or slower than the microphone's. */
static float *play(const struct room *room, const float *far, size_t count) {
    float *out = calloc(count, sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++) {
        const double at = (double)i * (1 + room->ppm * 1e-6);
        const size_t from = (size_t)at;
        if (from < 1 || from + 2 >= count)
            continue;
        const float *p = far + from;
        const float t = (float)(at - (double)from);
        const float a = p[0], b = 0.5f * (p[1] - p[-1]), c = p[-1] - 2.5f * p[0] + 2 * p[1] - 0.5f * p[2],
                    d = 0.5f * (p[2] - p[-1]) + 1.5f * (p[0] - p[1]);
        out[i] = a + t * (b + t * (c + t * d));
        if (room->drive > 0 && room->clip)
            out[i] = fmaxf(-1, fminf(1, out[i] * room->drive)) / room->drive;
        else if (room->drive > 0)
            out[i] = tanhf(out[i] * room->drive) / room->drive;
    }
    return out;
}

float *room_echo(const struct room *room, const float *far, size_t count) {
    static float impulse[ROOM_IMPULSE_MAX];
    const size_t taps = room_impulse(room, impulse), delay = (size_t)room->delay_ms * RATE / 1000;
    float *played = play(room, far, count), *echo = calloc(count, sizeof *echo);
    assert_non_null(echo);
    for (size_t k = 0; k < taps; k++)
        for (size_t i = k + delay; impulse[k] != 0 && i < count; i++)
            echo[i] += impulse[k] * played[i - k - delay];
    room_level(echo, count, PERSON_DB + room->echo_db);
    free(played);
    return echo;
}

void room_noise(const struct room *room, float *samples, size_t count) {
    uint32_t state = room->seed + 1;
    const float peak = room->noise_db < 0 ? powf(10, room->noise_db / 20) * sqrtf(3) : 0;
    for (size_t i = 0; i < count; i++)
        samples[i] += peak * random_one(&state);
}

/* A resonance, as a two-pole filter. */
struct formant {
    float y1, y2;
};

static float ring(struct formant *f, float x, float hz, float width_hz) {
    const float r = expf((float)-PI * width_hz / RATE);
    const float y = (1 - r) * x + 2 * r * cosf(2 * (float)PI * hz / RATE) * f->y1 - r * r * f->y2;
    f->y2 = f->y1;
    return f->y1 = y;
}

float *room_babble(uint32_t seed, float pitch_hz, size_t count) {
    float *out = calloc(count, sizeof *out);
    uint32_t state = seed * 2654435761u + 1;
    struct formant f1 = {0}, f2 = {0}, f3 = {0}, hiss = {0};
    double phase = 0;
    assert_non_null(out);
    for (size_t i = 0; i < count;) {
        const float kind = random_one(&state), length_s = 0.14f + 0.07f * random_one(&state);
        const size_t length = (size_t)((kind > 0.75f ? 3 : 1) * length_s * RATE);
        const float first = 500 + 250 * random_one(&state), second = 1500 + 600 * random_one(&state);
        const float pitch = pitch_hz * (1 + 0.2f * random_one(&state)), loud = 0.6f + 0.4f * random_one(&state);
        const size_t consonant = length / 4;
        for (size_t k = 0; k < length && i < count; k++, i++) {
            const float t = (float)k / (float)length, shape = sinf((float)PI * t);
            if (kind > 0.75f) /* a pause */
                continue;
            phase += pitch * (1.1f - 0.2f * t) / RATE;
            phase -= floor(phase);
            const float voice = k < consonant ? 0 : (float)(phase < 0.1 ? 1 - phase * 10 : 0) - 0.05f;
            const float breath = random_one(&state) * (k < consonant ? 0.5f : 0.02f);
            out[i] = loud * shape *
                     (ring(&f1, voice, first, 90) + 0.7f * ring(&f2, voice, second, 120) +
                      0.4f * ring(&f3, voice, 2700, 180) + 0.3f * ring(&hiss, breath, 4500, 1500));
        }
    }
    room_level(out, count, PERSON_DB);
    return out;
}

/* Blocks without sound are not told, as playback does it. */
static void play_until(const struct room *room, struct sr_aec *aec, const float *far, size_t *played, size_t until,
                       uint32_t *random) {
    for (; *played + BLOCK <= until; *played += BLOCK) {
        struct sr_echo echo = {.position = (int64_t)*played, .count = BLOCK};
        bool sound = false;
        memcpy(echo.samples, far + *played, sizeof(float) * BLOCK);
        for (size_t i = 0; i < BLOCK; i++)
            sound |= echo.samples[i] != 0;
        echo.heard_us = START_US + (int64_t)((double)*played * 1e6 / RATE / (1 + room->ppm * 1e-6)) +
                        (int64_t)(2000 * random_one(random));
        if (sound)
            sr_aec_play(aec, &echo);
    }
}

void room_cancel(const struct room *room, const float *far, const float *mic, size_t count, float *out,
                 struct sr_aec_report *reports) {
    struct sr_aec_opts opts = {.tail_ms = 192};
    struct sr_aec *aec = NULL;
    size_t played = 0;
    uint32_t random = room->seed + 5;
    assert_int_equal(sr_aec_open(&opts, &aec, NULL), SARAI_OK);
    for (size_t i = 0; i + FRAME <= count; i += FRAME) {
        struct sr_aec_report report;
        float frame[FRAME];
        const size_t until = i + FRAME + AHEAD;
        play_until(room, aec, far, &played, until < count ? until : count, &random);
        sr_aec_feed(aec, mic + i, START_US + (int64_t)(i + FRAME) * 1000000 / RATE, frame, &report);
        if (out)
            memcpy(out + i, frame, sizeof frame);
        if (reports)
            reports[i / FRAME] = report;
    }
    sr_aec_close(aec);
}
