/* SPDX-License-Identifier: Apache-2.0 */
/* A pause in the user's turn: what it sounds like, what was said before it, and so how long it must be to be the end.
 */
#ifndef SR_VAD_PAUSE_H
#define SR_VAD_PAUSE_H

#include "turn/turn_end.h"
#include "vad/smart_turn.h"

struct sr_pause {
    /* immutable after the threads start */
    const struct sr_turn_opts *opts;
    const struct sr_turn_end *end; /* NULL: every pause of opts->end_ms is the end */
    struct sr_smart_turn *smart;   /* NULL: the sound is judged by its melody alone */
    /* vad thread only */
    struct sr_turn_pace pace;
    struct sr_turn_cues cues;
};

/** Fills the cues that are heard: `samples` (16 kHz, the turn so far with its pause), whose last speech ends at
 *  `speech_end`. `smart` may be NULL. Takes longer than a frame. [any] */
void sr_pause_listen(struct sr_smart_turn *smart, const float *samples, size_t count, size_t speech_end,
                     struct sr_turn_cues *cues);

/** A pause of `silence_ms` so far begins behind the last speech in `samples`. [stage:vad] */
void sr_pause_begin(struct sr_pause *pause, const float *samples, size_t count, int silence_ms);
/** How much silence ends the turn, given the log-odds of its text (NAN: not known yet, so nothing is decided before
 *  opts->end_max_ms). [stage:vad] */
int sr_pause_end_ms(struct sr_pause *pause, float text);

#endif
