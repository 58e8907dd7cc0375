/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two lines of samples, the far end (what was played) and the near end (the microphone), each counted without gaps, and
 * one number between them: far position = near position + `offset` for sound that is heard when playback says so.
 *
 *   time stamps ------> offset          where the far end is looked up. Set once and then left alone, for a step of one
 *                                       sample costs more than it mends: stamps jitter. A lasting jump (a device was
 *                                       lost, or ran dry) sets it anew.
 *   correlation ------> echo_lag        how much later the echo really comes: devices lie about their latency. The
 *    (delay.h)                          filter is moved only when the echo lies outside its first half and nothing is
 *                                       cancelled where it is.
 *   the filter's own -> drift           two clocks: when the taps of the adapted filter wander, the far end is read
 *    movement                           slower or faster until they stay, a phase-locked loop.
 *
 *   residual against -> misled          when the echo path changes, what is taken away is added: the residual holds the
 *    the estimate                       filter's output with the opposite sign (a user's voice does not: the principle
 *                                       of orthogonality, as in Benesty et al. 2000). Until the filter is right again
 *                                       nothing counts as the user's, and when that lasts it begins anew.
 *   envelopes ---------> likeness       whether a sound is our own, in a room of which nothing is known (likeness.h):
 *                                       who is heard before the gate has learned, and what an echo that comes on
 *                                       another way than the one learned is recognized by.
 *
 *   IDLE ---- something is played ----> ACTIVE: cancel, locate, judge
 *     ^  the frame passes as it is         |
 *     +---- tail and reverberation are over
 *
 * Canceller: the multidelay block frequency domain filter (Soo and Pang 1990) of speexdsp, whose learning rate follows
 * the share of the residual that is still echo (Valin, "On adjusting the learning rate in frequency domain echo
 * cancellation with double-talk", 2007), so that it holds still while the user speaks. Its suppressor of residual echo
 * is not used: it delays by a block what must stay in place when cancelling begins and ends within a word. What the
 * canceller leaves is judged instead (gate.h).
 */
#include "aec/aec.h"

#include <math.h>
#include <speex/speex_echo.h>
#include <stdlib.h>
#include <string.h>

#include "aec/delay.h"
#include "aec/gate.h"
#include "aec/likeness.h"
#include "audio/level.h"

#define HISTORY (1 << 16) /* samples of far end: 4 s */
#define BLOCK 256         /* of the filter */
#define TAIL_MS_MAX 512
#define TAPS_MAX (TAIL_MS_MAX * SR_RATE_HZ / 1000)
#define AUDIBLE 3e-4f                      /* -70 dB */
#define LINGERS (SR_RATE_HZ / 2)           /* after the filter's end an echo may still be heard for so long */
#define JUMP_SAMPLES (SR_RATE_HZ * 3 / 50) /* 60 ms: no jitter, but a gap */
#define JUMP_BLOCKS 5                      /* stamps in a row that agree on one */
#define STEADY 32                          /* stamps are averaged over so many */
#define OFF_SAMPLES (SR_RATE_HZ * 3 / 100) /* their average is off by 30 ms: believe it */
#define EARLIEST_TAP 4
#define WANTED_TAP 256
#define WORKS 10        /* the canceller takes 10 dB: the filter is in the right place */
#define BLIND_FRAMES 47 /* after 1.5 s of far end without a correlation the stamps must do: headphones */
#define LOOK_FRAMES 31  /* between two looks at the filter */
#define REACH 4         /* samples that taps wander at most between them */
#define LOOP_GAIN 0.3
#define DRIFT_MAX 500e-6
#define ERLE_SMOOTH 0.05
#define FIT_KEEP 0.9    /* of the sums that tell whether the canceller is misled, per frame */
#define MISFIT (-0.3)   /* correlation of residual and estimate */
#define MISFIT_LEFT 0.4 /* and so much of the energy is left; a loudspeaker that distorts leaves less */
#define MISLED_FRAMES 16
#define LEARNED_FRAMES 40 /* of far end, after which the gate knows the room */
#define EARLY_MOST 1024   /* samples by which an echo may come before it is expected, */
#define EARLY_SPARE 512   /* for blocks come as they come */
#define ALIKE_MS 384      /* compared while it does not */
#define STRANGE 0.6f      /* less alike is somebody else, ... */
#define ALIKE 0.7f        /* until it is more alike than this */
#define SAME 0.8f         /* and this is our own voice, whatever the gate says ... */
#define SAME_KNOWN 0.9f   /* ... although it knows the room and the canceller works there */

struct sr_aec {
    /* immutable after open */
    SpeexEchoState *speex;
    struct sr_delay *delay;
    struct sr_gate *gate;
    struct sr_likeness *likeness;
    int taps;
    /* vad thread only */
    float far[HISTORY];
    int64_t far_end;   /* position after the last sample played */
    int64_t sound_end; /* position after the last audible one */
    int64_t near_end;  /* position after the last sample of the microphone, lost ones too */
    int64_t near_us;   /* when that one was captured */
    bool played;       /* anything ever */
    double told;       /* the offset as stamps tell it, averaged */
    int jumps;         /* stamps in a row that are far from it */
    double offset;     /* the one in use */
    double drift;      /* far samples a near sample, less 1 */
    int lag;           /* the filter's first tap is so much later than `offset` says */
    int echo_lag;      /* and the echo */
    bool located;      /* echo_lag was measured */
    int sounded;       /* frames of far end heard */
    int learned;       /* of them since it began anew, with the echo's place known */
    bool stranger;     /* somebody else was heard last */
    bool active;       /* the last frame went through the canceller */
    int early;         /* samples by which the far end is compared before it is expected */
    int alike_lag;     /* where it was recognized last */
    int until_look;
    bool looked; /* `shape` holds the taps of the last look */
    spx_int32_t shape[TAPS_MAX], shape_now[TAPS_MAX];
    double fit, fit_left, fit_taken; /* products of residual and estimate, and of each with itself */
    int misled;                      /* frames in a row */
    double near_power, left_power;
};

const struct sr_opt sr_aec_opts_table[] = {
    SR_OPT(struct sr_aec_opts, backend, "auto", .choices = "auto|speex|off",
           .en = "what takes the machine's own voice out of the microphone's sound; auto: speex between two devices",
           .es = "qué quita la propia voz de la máquina del sonido del micrófono; auto: speex entre dos dispositivos"),
    SR_OPT(struct sr_aec_opts, tail_ms, "192", .min = 32, .max = TAIL_MS_MAX, .en = "how long an echo is modelled",
           .es = "cuánto tiempo se modela un eco"),
    SR_OPT_END};

bool sr_aec_wanted(const struct sr_aec_opts *opts, const char *capture, const char *playback) {
    if (strcmp(opts->backend, "auto") != 0)
        return strcmp(opts->backend, "speex") == 0;
    return strcmp(capture, "device") == 0 && strcmp(playback, "device") == 0;
}

int sr_aec_open(const struct sr_aec_opts *opts, struct sr_aec **out, struct sarai_error *error) {
    struct sr_aec *aec = calloc(1, sizeof *aec);
    int rate_hz = SR_RATE_HZ;
    if (!aec)
        return sr_error(error, SARAI_ENOMEM, "aec", "out of memory");
    aec->taps = opts->tail_ms * SR_RATE_HZ / 1000 / BLOCK * BLOCK;
    aec->speex = speex_echo_state_init(BLOCK, aec->taps);
    if (!aec->speex || sr_delay_open(&aec->delay) < 0 || sr_gate_open(&aec->gate) < 0 ||
        sr_likeness_open(&aec->likeness) < 0) {
        sr_aec_close(aec);
        return sr_error(error, SARAI_ENOMEM, "aec", "out of memory");
    }
    speex_echo_ctl(aec->speex, SPEEX_ECHO_SET_SAMPLING_RATE, &rate_hz);
    aec->until_look = LOOK_FRAMES;
    *out = aec;
    return SARAI_OK;
}

void sr_aec_close(struct sr_aec *aec) {
    if (!aec)
        return;
    sr_likeness_close(aec->likeness);
    sr_gate_close(aec->gate);
    sr_delay_close(aec->delay);
    if (aec->speex)
        speex_echo_state_destroy(aec->speex);
    free(aec);
}

/* -------------------------------------------------------------------------------------------------- the far end -- */

/* What the filter and the correlation know is about another place now. */
static void start_over(struct sr_aec *aec) {
    speex_echo_state_reset(aec->speex);
    sr_delay_reset(aec->delay);
    sr_gate_reset(aec->gate);
    aec->looked = false;
    aec->learned = 0;
    aec->misled = 0;
    aec->fit = aec->fit_left = aec->fit_taken = 0;
}

static void follow_stamp(struct sr_aec *aec, const struct sr_echo *echo) {
    const double told =
        (double)(echo->position - aec->near_end) - (double)(echo->heard_us - aec->near_us) * SR_RATE_HZ / 1e6;
    if (!aec->played)
        aec->told = aec->offset = told;
    aec->played = true;
    aec->jumps = fabs(told - aec->told) > JUMP_SAMPLES ? aec->jumps + 1 : 0;
    if (aec->jumps >= JUMP_BLOCKS)
        aec->told = told;
    else if (!aec->jumps)
        aec->told += (told - aec->told) / STEADY;
    if (fabs(aec->told - aec->offset) > OFF_SAMPLES) {
        aec->offset = aec->told;
        start_over(aec);
    }
}

static float *far_at(struct sr_aec *aec, int64_t position) {
    return &aec->far[position & (HISTORY - 1)];
}

void sr_aec_play(struct sr_aec *aec, const struct sr_echo *echo) {
    const int64_t oldest = echo->position - HISTORY;
    for (int64_t i = aec->far_end > oldest ? aec->far_end : oldest; i < echo->position; i++)
        *far_at(aec, i) = 0;
    for (int i = 0; i < echo->count; i++) {
        *far_at(aec, echo->position + i) = echo->samples[i];
        if (fabsf(echo->samples[i]) > AUDIBLE)
            aec->sound_end = echo->position + i + 1;
    }
    aec->far_end = echo->position + echo->count;
    follow_stamp(aec, echo);
}

static float far_sample(struct sr_aec *aec, int64_t position) {
    return position < aec->far_end && position >= aec->far_end - HISTORY ? *far_at(aec, position) : 0;
}

/* A frame of far end from a position between samples on, at the microphone's pace (Catmull and Rom 1974). */
static void read_far(struct sr_aec *aec, double from, float *out) {
    for (int i = 0; i < SR_FRAME_SAMPLES; i++) {
        const double exact = from + i * (1 + aec->drift), whole = floor(exact);
        const int64_t p = (int64_t)whole;
        const float t = (float)(exact - whole), a = far_sample(aec, p - 1), b = far_sample(aec, p),
                    c = far_sample(aec, p + 1), d = far_sample(aec, p + 2);
        out[i] = b + 0.5f * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    }
}

/* ------------------------------------------------------------------------------------------------ the near end -- */

/* The near end's line goes on by a frame, or by what the time stamp says is missing. */
static void advance(struct sr_aec *aec, int64_t time_us) {
    const int64_t passed = (time_us - aec->near_us) * SR_RATE_HZ / 1000000;
    aec->near_end += llabs(passed - SR_FRAME_SAMPLES) > JUMP_SAMPLES ? passed : SR_FRAME_SAMPLES;
    aec->near_us = time_us;
    aec->offset += aec->drift * SR_FRAME_SAMPLES;
}

static spx_int16_t to_int16(float sample) {
    return (spx_int16_t)lrintf(fmaxf(-32768, fminf(32767, sample * 32768)));
}

static void cancel(struct sr_aec *aec, const float *near, const float *far, float *left) {
    spx_int16_t heard[BLOCK], played[BLOCK], cleaned[BLOCK];
    for (int from = 0; from < SR_FRAME_SAMPLES; from += BLOCK) {
        for (int i = 0; i < BLOCK; i++) {
            heard[i] = to_int16(near[from + i]);
            played[i] = to_int16(far[from + i]);
        }
        speex_echo_cancellation(aec->speex, heard, played, cleaned);
        for (int i = 0; i < BLOCK; i++)
            left[from + i] = (float)cleaned[i] / 32768;
    }
}

static bool works(const struct sr_aec *aec) {
    return aec->near_power > WORKS * aec->left_power;
}

static void locate(struct sr_aec *aec, const float *near, double begin) {
    float far[SR_FRAME_SAMPLES];
    read_far(aec, round(begin), far);
    if (!sr_delay_feed(aec->delay, near, far, &aec->echo_lag))
        return;
    aec->located = true;
    const int tap = aec->echo_lag - aec->lag;
    if (works(aec) || (tap >= EARLIEST_TAP && tap <= aec->taps / 2))
        return;
    aec->lag = aec->echo_lag - WANTED_TAP;
    start_over(aec);
}

/* By how many samples the filter's taps moved since the last look: the peak of the correlation of both, with a parabola
 * through it. */
static bool measure_shift(const struct sr_aec *aec, double *shift) {
    double match[2 * REACH + 1];
    int best = 0;
    for (int s = 0; s <= 2 * REACH; s++) {
        match[s] = 0;
        for (int i = REACH; i < aec->taps - REACH; i++)
            match[s] += (double)aec->shape_now[i + s - REACH] * aec->shape[i];
        if (match[s] > match[best])
            best = s;
    }
    if (best == 0 || best == 2 * REACH)
        return false;
    const double left = match[best - 1], right = match[best + 1], bend = left - 2 * match[best] + right;
    *shift = best - REACH + (bend < 0 ? 0.5 * (left - right) / bend : 0);
    return true;
}

static void follow_drift(struct sr_aec *aec) {
    double shift;
    if (--aec->until_look > 0)
        return;
    aec->until_look = LOOK_FRAMES;
    speex_echo_ctl(aec->speex, SPEEX_ECHO_GET_IMPULSE_RESPONSE, aec->shape_now);
    if (aec->looked && measure_shift(aec, &shift)) {
        const double drift = aec->drift - LOOP_GAIN * shift / (LOOK_FRAMES * SR_FRAME_SAMPLES);
        aec->drift = fmax(-DRIFT_MAX, fmin(DRIFT_MAX, drift));
    }
    memcpy(aec->shape, aec->shape_now, sizeof aec->shape);
    aec->looked = true;
}

static bool is_misled(struct sr_aec *aec, const float *near, const float *left) {
    for (int i = 0; i < SR_FRAME_SAMPLES; i++) {
        const double taken = near[i] - left[i];
        aec->fit += left[i] * taken;
        aec->fit_left += left[i] * left[i];
        aec->fit_taken += taken * taken;
    }
    aec->fit *= FIT_KEEP;
    aec->fit_left *= FIT_KEEP;
    aec->fit_taken *= FIT_KEEP;
    const double before = aec->fit_left + aec->fit_taken + 2 * aec->fit; /* the microphone's energy */
    const bool misled =
        aec->fit < MISFIT * sqrt(aec->fit_left * aec->fit_taken) && aec->fit_left > MISFIT_LEFT * before;
    aec->misled = misled ? aec->misled + 1 : 0;
    if (aec->misled >= MISLED_FRAMES)
        start_over(aec);
    return misled;
}

/* Before it is expected the far end can be compared only as far as playback is ahead of it: on a network it is not. */
static void begin_comparing(struct sr_aec *aec, double begin) {
    const int64_t ahead = aec->far_end - (int64_t)round(begin) - SR_FRAME_SAMPLES - EARLY_SPARE;
    aec->early = ahead < 0 ? 0 : ahead < EARLY_MOST ? (int)ahead : EARLY_MOST;
    sr_likeness_reset(aec->likeness, aec->early);
}

/* Has the gate heard enough of the far end there? */
static bool knows_room(const struct sr_aec *aec) {
    return aec->learned >= LEARNED_FRAMES;
}

/* Is there somebody else than us? Until the gate knows the room it says what is loud for an echo, and the envelopes
 * whether it is one. */
static bool hear_stranger(struct sr_aec *aec, bool loud) {
    if (knows_room(aec))
        return aec->stranger = loud;
    const float like = sr_likeness_now(aec->likeness, SR_LIKENESS_NEAR, ALIKE_MS, NULL);
    return aec->stranger = like >= 0 && like < (aec->stranger || loud ? ALIKE : STRANGE);
}

static void report_levels(struct sr_aec *aec, const float *far, const float *left, struct sr_aec_report *report) {
    report->far_db = sr_level_db(far, SR_FRAME_SAMPLES);
    report->residual_db = sr_level_db(left, SR_FRAME_SAMPLES);
    aec->near_power += ERLE_SMOOTH * (pow(10, report->near_db / 10) - aec->near_power);
    aec->left_power += ERLE_SMOOTH * (pow(10, report->residual_db / 10) - aec->left_power);
    report->erle_db = (float)(10 * log10((aec->near_power + 1e-12) / (aec->left_power + 1e-12)));
    report->drift_ppm = (float)(aec->drift * 1e6);
    report->delay_ms = aec->echo_lag * 1000 / SR_RATE_HZ;
}

void sr_aec_feed(struct sr_aec *aec, const float *near, int64_t time_us, float *out, struct sr_aec_report *report) {
    float far[SR_FRAME_SAMPLES], left[SR_FRAME_SAMPLES];
    *report = (struct sr_aec_report){.near_db = sr_level_db(near, SR_FRAME_SAMPLES)};
    advance(aec, time_us);
    const double begin = (double)(aec->near_end - SR_FRAME_SAMPLES) + aec->offset; /* of the far end heard now */
    if (!aec->played || begin - aec->lag > (double)(aec->sound_end + aec->taps + LINGERS)) {
        aec->active = false;
        memmove(out, near, SR_FRAME_SAMPLES * sizeof *out);
        return;
    }
    if (!aec->active)
        begin_comparing(aec, begin);
    read_far(aec, begin - aec->lag, far);
    cancel(aec, near, far, left);
    const bool misled = is_misled(aec, near, left);
    locate(aec, near, begin);
    follow_drift(aec);
    read_far(aec, round(begin) + aec->early, far);
    sr_likeness_feed(aec->likeness, near, left, far);
    read_far(aec, round(begin) - aec->echo_lag, far);
    report->active = aec->active = true;
    report_levels(aec, far, left, report);
    aec->sounded += report->far_db > -60;
    const bool settled = aec->located || works(aec) || aec->sounded > BLIND_FRAMES;
    aec->learned += settled && report->far_db > -60;
    const bool loud = !sr_gate_feed(aec->gate, near, left, far, settled, misled, &report->excess_db);
    report->echo_likely = !hear_stranger(aec, loud);
    report->surprising = report->echo_likely && knows_room(aec) && sr_gate_surprised(aec->gate);
    memcpy(out, left, sizeof left);
}

bool sr_aec_recognizes(struct sr_aec *aec, int ms) {
    if (!aec || !aec->active)
        return false;
    const float same = aec->misled > 0 || !knows_room(aec) ? SAME : SAME_KNOWN;
    float like = sr_likeness_now(aec->likeness, SR_LIKENESS_LEFT, ms, &aec->alike_lag);
    if (aec->misled > 0 && like < same) /* then what is left is the canceller's doing */
        like = sr_likeness_now(aec->likeness, SR_LIKENESS_NEAR, ms, &aec->alike_lag);
    return like >= same;
}

void sr_aec_forget_room(struct sr_aec *aec) {
    const int tap = aec->alike_lag - aec->lag;
    if (tap < EARLIEST_TAP || tap > aec->taps / 2)
        aec->lag = aec->alike_lag - 2 * WANTED_TAP;
    aec->echo_lag = aec->alike_lag;
    start_over(aec);
}

enum sr_speaker sr_aec_clean(struct sr_aec *aec, struct sr_edge *echoes, struct sr_frame *frame) {
    struct sr_aec_report report = {0};
    struct sr_echo echo;
    if (!aec)
        return SR_SPEAKER_OTHER;
    while (sr_edge_pop(echoes, &echo))
        sr_aec_play(aec, &echo);
    sr_aec_feed(aec, frame->samples, frame->time_us, frame->samples, &report);
    return report.surprising ? SR_SPEAKER_DOUBTFUL : report.echo_likely ? SR_SPEAKER_OWN : SR_SPEAKER_OTHER;
}
