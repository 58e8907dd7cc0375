/* SPDX-License-Identifier: Apache-2.0 */
#include "aec/gate.h"

#include <libavutil/tx.h>
#include <math.h>
#include <stdlib.h>

#include "flow/message.h"

#define BANDS 20
#define BINS (SR_FRAME_SAMPLES / 2 + 1)
#define HZ_PER_BIN (SR_RATE_HZ / SR_FRAME_SAMPLES)
#define TINY 1e-12f
#define NOISE_LEAST 1e-10f /* what 16 bits can hold */
#define NOISE_RISE 1.004f  /* per frame: 0.5 dB a second */
#define NOISE_SMOOTH 0.2f
#define ABOVE_NOISE 6 /* a band says something about speech from so many times the noise */
#define BANDS_LEAST 3 /* so many such bands make a sound */
#define DYING 0.8f    /* of the far end's power is expected a frame later: slower than any living room */
#define GONE 0.4f
#define SILENT_DB 40 /* below the loudest of the far end: it is silent */
#define SILENT_FRAMES 8
#define SILENT_FRAMES_LOST 24 /* while nobody knows how late the echo is */
#define STRUCK 0.4f           /* only while the far end sounds, not while it dies away, is the coupling seen */
#define RANGE_DB 30           /* softer parts of the far end teach nothing */
#define COUPLING_FIRST_DB 20
#define RISE_DB 0.7f /* per frame, while it is echo */
#define FALL_DB 0.4f
#define FALL_FIRST_DB 4.0f
#define RISE_OTHER_DB 0.1f /* while somebody speaks; more would unlearn what an interruption is */
#define LOW_DB -6.0f
#define HIGH_DB 15.0f
#define DEEP_DB 15.0f /* the canceller took so much away: hardly anything but echo was there */
#define ENTER_DB 2.5f
#define LEAVE_DB 1.0f
#define AT_ONCE_DB 9.0f
#define SURPRISE_DB 4.0f /* of one frame: who speaks up may be somebody else */
#define SMOOTH 0.5f
#define RUN 3
#define HOLD 8

struct sr_gate {
    /* immutable after open */
    AVTXContext *context;
    av_tx_fn transform;
    float window[SR_FRAME_SAMPLES];
    /* vad thread only */
    float far[BANDS]; /* power, dying away slowly */
    float loudest_db; /* of them, lately */
    int silent;       /* frames since the far end sounded */
    float coupling_db[BANDS];
    int seen[BANDS];                  /* frames that the coupling was learned from */
    float level[BANDS], noise[BANDS]; /* of what is left: smoothed, and the least of that */
    float excess_db;                  /* smoothed */
    bool surprised;                   /* by the last frame */
    bool other;                       /* somebody else than us */
    int run, held;
};

static const int edges_hz[BANDS + 1] = {100,  200,  300,  400,  510,  630,  770,  920,  1080, 1270, 1480,
                                        1720, 2000, 2320, 2700, 3150, 3700, 4400, 5300, 6400, 7700};

int sr_gate_open(struct sr_gate **out) {
    struct sr_gate *gate = calloc(1, sizeof *gate);
    const float one = 1;
    if (!gate)
        return SARAI_ENOMEM;
    if (av_tx_init(&gate->context, &gate->transform, AV_TX_FLOAT_RDFT, 0, SR_FRAME_SAMPLES, &one, AV_TX_UNALIGNED) <
        0) {
        sr_gate_close(gate);
        return SARAI_ENOMEM;
    }
    for (int i = 0; i < SR_FRAME_SAMPLES; i++)
        gate->window[i] = 0.5f - 0.5f * cosf(2 * (float)M_PI * ((float)i + 0.5f) / SR_FRAME_SAMPLES);
    for (int b = 0; b < BANDS; b++)
        gate->noise[b] = 1;
    gate->loudest_db = -60;
    sr_gate_reset(gate);
    *out = gate;
    return SARAI_OK;
}

void sr_gate_reset(struct sr_gate *gate) {
    for (int b = 0; b < BANDS; b++) {
        gate->coupling_db[b] = COUPLING_FIRST_DB;
        gate->seen[b] = 0;
    }
    gate->other = gate->surprised = false;
    gate->run = gate->held = 0;
}

void sr_gate_close(struct sr_gate *gate) {
    if (!gate)
        return;
    av_tx_uninit(&gate->context);
    free(gate);
}

static float to_db(float power) {
    return 10 * log10f(power);
}

static void measure(struct sr_gate *gate, const float *samples, float bands[BANDS]) {
    const float scale = 4.0f / (SR_FRAME_SAMPLES * SR_FRAME_SAMPLES);
    float windowed[SR_FRAME_SAMPLES];
    AVComplexFloat spectrum[BINS];
    for (int i = 0; i < SR_FRAME_SAMPLES; i++)
        windowed[i] = samples[i] * gate->window[i];
    gate->transform(gate->context, spectrum, windowed, sizeof(float));
    for (int b = 0; b < BANDS; b++) {
        bands[b] = TINY;
        for (int i = edges_hz[b] / HZ_PER_BIN; i < edges_hz[b + 1] / HZ_PER_BIN; i++)
            bands[b] += scale * (spectrum[i].re * spectrum[i].re + spectrum[i].im * spectrum[i].im);
    }
}

/* The mean over the bands that are no noise of how far each lies above the echo expected in it. */
static float judge(const struct sr_gate *gate, const float near[BANDS], const float left[BANDS]) {
    float sum = 0, before = 0, after = 0;
    int count = 0;
    for (int b = 0; b < BANDS; b++) {
        const float expected = gate->far[b] * powf(10, gate->coupling_db[b] / 10) + 2 * gate->noise[b];
        const float weight = edges_hz[b] > 500 ? (float)edges_hz[b] / 500 : 1; /* as loud as the low ones in speech */
        before += near[b] * weight;
        after += left[b] * weight;
        if (left[b] > ABOVE_NOISE * gate->noise[b]) {
            sum += fmaxf(LOW_DB, fminf(HIGH_DB, to_db(left[b] / expected)));
            count++;
        }
    }
    return count < BANDS_LEAST || to_db(before / after) > DEEP_DB ? LOW_DB : sum / (float)count;
}

static void learn(struct sr_gate *gate, const float left[BANDS], const float far[BANDS], float rise_db) {
    for (int b = 0; b < BANDS; b++) {
        if (far[b] < STRUCK * gate->far[b] || to_db(gate->far[b]) < gate->loudest_db - RANGE_DB)
            continue;
        const float echo = fmaxf(left[b] - gate->noise[b], 0.1f * gate->noise[b]);
        const float above_db = to_db(echo / gate->far[b]) - gate->coupling_db[b];
        const float fall_db = fmaxf(FALL_DB, FALL_FIRST_DB / (1 + 0.2f * (float)gate->seen[b]++));
        gate->coupling_db[b] += fmaxf(-fall_db, fminf(rise_db, above_db));
    }
}

/* How fast the far end dies away: once it has been silent for some time no room holds it any longer. */
static float hear_far(struct sr_gate *gate, const float far[BANDS], bool settled) {
    bool sounds = false;
    for (int b = 0; b < BANDS; b++)
        sounds |= to_db(far[b]) > gate->loudest_db - SILENT_DB;
    gate->silent = sounds ? 0 : gate->silent + 1;
    return gate->silent > (settled ? SILENT_FRAMES : SILENT_FRAMES_LOST) ? GONE : DYING;
}

/* A word has gaps in which only the echo is heard; who spoke for some time still does. */
static bool hold(struct sr_gate *gate) {
    if (gate->other) {
        if (++gate->run >= RUN)
            gate->held = HOLD;
        return true;
    }
    gate->run = 0;
    if (gate->held > 0)
        gate->held--;
    return gate->held > 0;
}

bool sr_gate_feed(struct sr_gate *gate, const float *near, const float *left, const float *far, bool settled,
                  bool misled, float *excess_db) {
    float near_bands[BANDS], left_bands[BANDS], far_bands[BANDS], most = TINY;
    measure(gate, near, near_bands);
    measure(gate, left, left_bands);
    measure(gate, far, far_bands);
    const float dying = hear_far(gate, far_bands, settled);
    for (int b = 0; b < BANDS; b++) {
        gate->far[b] = fmaxf(far_bands[b], gate->far[b] * dying);
        gate->level[b] += (gate->level[b] > 0 ? NOISE_SMOOTH : 1) * (left_bands[b] - gate->level[b]);
        gate->noise[b] = fminf(gate->noise[b] * NOISE_RISE, fmaxf(gate->level[b], NOISE_LEAST));
        most = fmaxf(most, gate->far[b]);
    }
    gate->loudest_db = fmaxf(to_db(most), gate->loudest_db - 0.1f);
    const float now_db = judge(gate, near_bands, left_bands);
    gate->excess_db += SMOOTH * (now_db - gate->excess_db);
    *excess_db = now_db > AT_ONCE_DB ? now_db : gate->excess_db;
    gate->surprised = settled && !misled && now_db > SURPRISE_DB;
    gate->other = !misled && *excess_db > (gate->other ? LEAVE_DB : ENTER_DB);
    if (misled)
        gate->held = 0;
    if (settled)
        learn(gate, left_bands, far_bands, gate->other ? RISE_OTHER_DB : RISE_DB);
    return !hold(gate);
}

bool sr_gate_surprised(const struct sr_gate *gate) {
    return gate->surprised;
}
