/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whose turn is it? A pure state machine: frames in, decisions out; no I/O, no threads, no clock.
 *
 *            speech >= onset_ms                    silence >= what the turn end asks for
 *   LISTEN ----------------------> SPEAK ---------------------------------------------------> LISTEN
 *      |  (nothing is being heard)  |  ^  a pause: DRAFT; speech again: RESUME; long speech: PARTIAL
 *      |                            +--+
 *      | speech while the machine is heard: DUCK
 *      v
 *   DOUBT --- speech and stops within it >= confirm_ms: HOLD, or twice that when its words so far are a backchannel
 *      |  \-- at probe_ms and at each pause: PROBE, what is being said?
 *      |
 *      +----- words that ask for the turn, or speech >= yield_ms: OPEN -------------> SPEAK
 *      +----- a backchannel, no words, only a click, or its own voice: RESTORE -----> LISTEN
 *
 * A barge-in has two steps, because nobody can tell "vale" from "vale, para" by its first third of a second: the answer
 * is softened, then held; only when it is known that the user wants the turn is it given up. What was held goes on
 * where it was.
 */
#ifndef SR_TURN_TURN_H
#define SR_TURN_TURN_H

#include "base/opt.h"
#include "flow/verdict.h"

/** Section "turn". */
struct sr_turn_opts {
    int onset_ms;   /* so much speech opens a turn */
    int probe_ms;   /* so much speech while the machine is heard has its words looked at */
    int confirm_ms; /* so much silences the machine */
    int yield_ms;   /* so much is no backchannel, whatever the words */
    int doubt_ms;   /* so long the verdict about a short remark is waited for */
    int draft_ms;   /* so much silence has a draft decoded */
    int end_ms;     /* so much silence ends the turn when nothing is known of how turns end */
    int end_min_ms; /* so much silence ends it when it is surely over, ... */
    int end_max_ms; /* ... and so much in any case */
    char *end;      /* "head": the words, the sound and the pause decide; "pause": end_ms does */
    int partial_ms; /* so often a draft is decoded while the user goes on speaking; 0 = never */
    int preroll_ms; /* sound kept from before the onset */
    int max_turn_s; /* a turn is cut here */
    char *remarks;  /* table of short remarks; "": the one of the language */
};

extern const struct sr_opt sr_turn_opts_table[];

/** What to do after a frame. */
enum sr_turn_action {
    SR_TURN_DUCK = 1 << 0,    /* somebody speaks while the machine is heard: play softly */
    SR_TURN_PROBE = 1 << 1,   /* decode what was said since */
    SR_TURN_HOLD = 1 << 2,    /* it goes on: fall silent, but keep the place */
    SR_TURN_RESTORE = 1 << 3, /* it was nothing: play on */
    SR_TURN_OPEN = 1 << 4,    /* the user has the turn; whatever the machine was doing is over */
    SR_TURN_PARTIAL = 1 << 5, /* the user goes on: decode what there is */
    SR_TURN_DRAFT = 1 << 6,   /* a pause: decode what there is */
    SR_TURN_RESUME = 1 << 7,  /* the user went on: the draft is void */
    SR_TURN_FINAL = 1 << 8,   /* the turn is over */
};

enum sr_turn_state { SR_TURN_LISTEN, SR_TURN_DOUBT, SR_TURN_SPEAK };

/** What is known after a frame. */
struct sr_turn_frame {
    bool speech;
    bool maybe;            /* speech, or what may become it */
    bool own;              /* what seemed to be speech lately was the machine itself */
    bool heard;            /* the machine's answer is audible */
    enum sr_remark remark; /* what the last probe found; SR_REMARK_UNKNOWN while it is on its way */
    int end_ms;            /* silence that ends the turn, as far as is known now */
};

struct sr_turn_machine {
    /* immutable after init */
    const struct sr_turn_opts *opts;
    int frame_ms;
    /* one thread only */
    enum sr_turn_state state;
    bool maybe;         /* as the last frame was */
    int run_ms;         /* speech in a row before the onset */
    int spoken_ms;      /* speech since the onset of a doubt */
    int going_ms;       /* since somebody began, the gaps in and between words included, ... */
    int voiced_ms;      /* ... and speech of it */
    int gap_ms;         /* since the last speech */
    int silence_ms;     /* the same, within a doubt or a turn */
    int turn_ms;        /* since the turn was opened */
    int since_draft_ms; /* speech since the last draft or partial of the turn */
    bool held;
    bool probed;  /* ... at probe_ms */
    bool drafted; /* a draft, or in doubt a probe, was asked for in this pause */
};

/** `opts` is borrowed for the machine's life. */
void sr_turn_init(struct sr_turn_machine *machine, const struct sr_turn_opts *opts, int frame_ms);
/** Takes the next frame; returns a mask of enum sr_turn_action. [stage:vad] */
unsigned sr_turn_feed(struct sr_turn_machine *machine, const struct sr_turn_frame *frame);

#endif
