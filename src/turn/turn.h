/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whose turn is it? A pure state machine: frames of speech in, decisions out; no I/O, no threads, no clock.
 *
 *            speech >= onset_ms                          silence >= end_ms
 *   LISTEN ----------------------> SPEAK -------------------------------------------> LISTEN
 *      |     (the machine is idle)  |  ^  silence >= draft_ms: DRAFT; speech again: RESUME
 *      |                            +--+
 *      | speech >= onset_ms while the machine answers: DUCK
 *      v
 *   DOUBT --- speech >= confirm_ms in all: OPEN ---> SPEAK
 *      |
 *      +----- silence >= draft_ms: RESTORE -------> LISTEN
 */
#ifndef SR_TURN_TURN_H
#define SR_TURN_TURN_H

#include "base/opt.h"

/** Section "turn". */
struct sr_turn_opts {
    int onset_ms;   /* so much speech opens a turn */
    int confirm_ms; /* so much speech while the machine answers stops it */
    int draft_ms;   /* so much silence has a draft decoded */
    int end_ms;     /* so much silence ends the turn */
    int preroll_ms; /* sound kept from before the onset */
    int max_turn_s; /* a turn is cut here */
};

extern const struct sr_opt sr_turn_opts_table[];

/** What to do after a frame. At most one bit of each line is set. */
enum sr_turn_action {
    SR_TURN_DUCK = 1 << 0,    /* somebody speaks while the machine answers: play softly */
    SR_TURN_RESTORE = 1 << 1, /* it was nothing: play on */
    SR_TURN_OPEN = 1 << 2,    /* the user has the turn; whatever the machine was doing is over */
    SR_TURN_DRAFT = 1 << 3,   /* a pause: decode what there is */
    SR_TURN_RESUME = 1 << 4,  /* the user went on: the draft is void */
    SR_TURN_FINAL = 1 << 5,   /* the turn is over */
};

enum sr_turn_state { SR_TURN_LISTEN, SR_TURN_DOUBT, SR_TURN_SPEAK };

struct sr_turn_machine {
    /* immutable after init */
    const struct sr_turn_opts *opts;
    int frame_ms;
    /* one thread only */
    enum sr_turn_state state;
    int run_ms;     /* speech in a row before the onset */
    int spoken_ms;  /* speech since the onset of a doubt */
    int silence_ms; /* silence since the last speech of the turn */
    int turn_ms;    /* since the turn was opened */
    bool drafted;   /* a draft was asked for in this pause */
};

/** `opts` is borrowed for the machine's life. */
void sr_turn_init(struct sr_turn_machine *machine, const struct sr_turn_opts *opts, int frame_ms);
/** Takes the next frame: is it speech, and is the machine answering (thinking or speaking)? Returns a mask of
 *  enum sr_turn_action. [stage:vad] */
unsigned sr_turn_feed(struct sr_turn_machine *machine, bool speech, bool answering);

#endif
