/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Is the speaker done? Two small heads, because the text arrives later than the sound: one reads the draft and gives a
 * logit (on the thread that made the draft), the other weighs that logit, the sound and the length of the pause, once
 * for each frame of the pause.
 *
 * A logit is the logarithm of the odds that the turn is over. The pause adds to it in proportion to its length measured
 * in the speaker's own pauses, for the longer somebody is silent the rarer it is that he goes on; so there is one pause
 * at which "over" becomes more likely than not, and that is how long to wait.
 *
 * The weights are a table that `sarai learn train turn` writes, data/LANGUAGE/turn_end.tsv. Without it there is no head
 * (sr_turn_end_load fails) and the turn ends after the fixed silence of the options.
 */
#ifndef SR_TURN_TURN_END_H
#define SR_TURN_TURN_END_H

#include "model/embed.h"
#include "turn/turn.h"

struct sr_turn_end; /* weights and word lists; immutable after load, shared [any] */

/** Reads the tables of a language ("es"): turn_end.tsv (weights), and what turn_text.h needs. SARAI_EIO when the
 * weights are not there, SARAI_EINPUT names the bad line. The caller owns `*out`. [init] */
int sr_turn_end_load(const struct sr_model_opts *models, const char *language, struct sr_turn_end **out,
                     struct sarai_error *error);
void sr_turn_end_free(struct sr_turn_end *end);

/** What the words say: the logit that `draft` (any UTF-8, borrowed) is a whole turn. `embed` NULL, or one that fails:
 *  the words decide without their meaning. SARAI_ENOMEM leaves `*logit`. Takes as long as an embedding. [any] */
int sr_turn_end_text(const struct sr_turn_end *end, struct sr_embed *embed, const char *draft, float *logit);

/** What is known at one moment of a pause. What is not known (yet) is NAN. */
struct sr_turn_cues {
    float pause_ms; /* silence since the last speech */
    float pace_ms;  /* sr_turn_pace.mean_ms */
    float text;     /* from sr_turn_end_text; NAN: no draft of this pause yet */
    float audio;    /* Smart Turn's probability, 0 to 1 */
    /* as in struct sr_prosody */
    float energy_slope_db_per_s, f0_slope_st_per_s, f0_final_st, voiced_tail_ms, voiced_share;
};

/** Everything unknown but the pause and the pace. */
struct sr_turn_cues sr_turn_cues_none(float pause_ms, float pace_ms);

/** What the second head multiplies with its weights, in the order of their names in the table. Training uses it too. */
enum sr_turn_input {
    SR_TURN_IN_BIAS,
    SR_TURN_IN_TEXT,
    SR_TURN_IN_NO_TEXT,
    SR_TURN_IN_AUDIO,
    SR_TURN_IN_NO_AUDIO,
    SR_TURN_IN_F0_SLOPE,
    SR_TURN_IN_F0_FINAL,
    SR_TURN_IN_VOICED_TAIL,
    SR_TURN_IN_VOICED_SHARE,
    SR_TURN_IN_ENERGY_SLOPE,
    SR_TURN_IN_NO_VOICE,
    SR_TURN_IN_PAUSE, /* in paces; its weight is above 0 */
    SR_TURN_IN_COUNT
};

extern const char *const sr_turn_input_names[SR_TURN_IN_COUNT];
void sr_turn_inputs(const struct sr_turn_cues *cues, float out[SR_TURN_IN_COUNT]);

/** Probability (0 to 1) that the turn is over. Never falls when only the pause grows. No allocation. [rt] */
float sr_turn_end_over(const struct sr_turn_end *end, const struct sr_turn_cues *cues);

/** How much silence is needed before the turn may be called over: the pause at which sr_turn_end_over reaches 0.5, kept
 *  between opts->end_min_ms and opts->end_max_ms. cues->pause_ms is not looked at. No allocation. [rt] */
int sr_turn_end_wait_ms(const struct sr_turn_end *end, const struct sr_turn_cues *cues,
                        const struct sr_turn_opts *opts);

/** The mean length of the pauses after which the speaker went on, newer ones counting more. */
struct sr_turn_pace {
    float mean_ms;
};

/** Begins with a usual speaker. */
void sr_turn_pace_init(struct sr_turn_pace *pace);
/** Takes a pause after which the speaker went on. [stage:vad] */
void sr_turn_pace_add(struct sr_turn_pace *pace, float pause_ms);

#endif
