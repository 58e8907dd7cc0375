/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms for tests of echo cancellation: what a microphone hears of what a loudspeaker plays. All sound is 16 kHz. */
#ifndef SR_TESTS_ROOM_H
#define SR_TESTS_ROOM_H

#include "aec/aec.h"

#define ROOM_IMPULSE_MAX 8000

struct room {
    float rt60_s;   /* until an impulse has decayed by 60 dB; 0: only the direct sound */
    float meters;   /* from the loudspeaker to the microphone */
    int delay_ms;   /* of the devices, beyond what they tell */
    float echo_db;  /* level of the echo's active parts at the microphone, relative to -26 dB, a person's */
    float drive;    /* 0: a linear loudspeaker; else its input is tanh'ed at so many times full swing */
    bool clip;      /* hard instead of tanh */
    float ppm;      /* the loudspeaker's clock is faster by so much */
    float noise_db; /* of the microphone, full scale; 0: none */
    uint32_t seed;
};

/** The impulse response of a box of 4.1 x 5.2 x 2.7 m (image method: Allen and Berkley 1979, with Sabine's formula for
 *  the walls), scaled to energy 1; returns how many samples it has. */
size_t room_impulse(const struct room *room, float impulse[ROOM_IMPULSE_MAX]);
/** The echo of `far`, `count` samples, malloc'd: loudspeaker, clock, delay, room, level; without noise. */
float *room_echo(const struct room *room, const float *far, size_t count);
/** Adds the microphone's noise. */
void room_noise(const struct room *room, float *samples, size_t count);
/** Scales to `db` RMS of the active parts: 32 ms frames within 30 dB of the loudest. */
void room_level(float *samples, size_t count, float db);
/** RMS level of the active parts. */
float room_active_db(const float *samples, size_t count);
/** Speech-like sound that needs no model: syllables of harmonics with a moving pitch and formants, hissing consonants
 *  and pauses; the same for the same seed. `pitch_hz` tells speakers apart. malloc'd; -26 dB. */
float *room_babble(uint32_t seed, float pitch_hz, size_t count);

/** Cancels the echo of `far` in `mic`, frame by frame, as a session would with devices that jitter by 2 ms; `out` and
 *  `reports` (one a frame) may be NULL. The clock of both begins at 1 s. */
void room_cancel(const struct room *room, const float *far, const float *mic, size_t count, float *out,
                 struct sr_aec_report *reports);

#endif
