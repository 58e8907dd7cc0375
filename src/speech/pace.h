/* SPDX-License-Identifier: Apache-2.0 */
/**
 * When to begin with the next clause: so early that it is ready when the one before it ends, and so late that little
 * was made in vain when the user interrupts; and how long it may be, to be ready. Pure: no clock, no threads.
 */
#ifndef SR_SPEECH_PACE_H
#define SR_SPEECH_PACE_H

#include "flow/epoch.h"

/** What synthesis costs and gives: exponentially weighted moving averages over the clauses so far. Zero-initialize. */
struct sr_pace {
    double us_per_unit;       /* to make it */
    double sound_us_per_unit; /* to hear it */
    int clauses;
};

/** The weight of the newest clause. */
#define SR_PACE_ALPHA 0.3

/** The work in a clause, in units: its characters, more for what is read at length, and what any clause costs. */
int sr_pace_units(const char *text);
/** A clause of so many units took so long to make, and to hear. */
void sr_pace_add(struct sr_pace *pace, int units, int64_t us, int64_t sound_us);
/** How long a clause of so many units will take; 0 while nothing is known. */
int64_t sr_pace_predict_us(const struct sr_pace *pace, int units);
/** So many characters the next clause may have to be ready when the sound ahead was heard, at least 1; 0: no matter how
 *  many, because nothing is known, nothing is ahead, or synthesis is slower than speech and can't keep up anyway. */
int sr_pace_chars(const struct sr_pace *pace, int64_t ahead_us);

/** What is known of an answer when the next clause might begin. */
struct sr_pace_answer {
    int sentences_left; /* after the one being heard, as far as they have come */
    enum sr_yield yield;
    int64_t ahead_us; /* sound made and not yet heard */
    int clips_ahead;  /* clips that wait to be heard */
};

/** The probability, 0 to 1, that the user interrupts the answer before its next clause is heard. */
float sr_pace_interrupt(const struct sr_pace_answer *answer);
/** So many clips may wait: 3, with p > 0.7 two, with p > 0.9 none (nothing more is made). */
int sr_pace_depth(float p);
/** How long a clause of so many units may still wait; 0: begin now. */
int64_t sr_pace_wait_us(const struct sr_pace *pace, int units, const struct sr_pace_answer *answer);

#endif
