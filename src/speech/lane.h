/* SPDX-License-Identifier: Apache-2.0 */
/* The text of one queue on its way to becoming clips: sentences that the bank knows, the heads it knows of sentences
 * with slots, and the clauses of everything else. */
#ifndef SR_SPEECH_LANE_H
#define SR_SPEECH_LANE_H

#include "flow/message.h"
#include "speech/bank.h"
#include "speech/pace.h"
#include "text/split.h"

/** What becomes one clip. */
struct sr_piece {
    const char *text; /* borrowed from the lane until the next piece */
    enum sr_split_end end;
    unsigned joins; /* as in join.h */
    bool banked;
    struct sr_bank_clip clip; /* when it is banked */
};

struct sr_lane {
    /* immutable after init */
    struct sr_split *sentences, *clauses;
    const struct sr_bank_shelf *shelf; /* NULL: no bank */
    const struct sr_pace *pace;        /* what synthesis costs; NULL: unknown */
    /* one thread only: the turn being spoken; stamp 0: none */
    sr_stamp stamp;
    uint32_t turn_id;
    int64_t queued_us; /* when its text was queued */
    int64_t first_text_us, first_clip_us;
    int sentences_left; /* as far as the text has come */
    bool spoke;         /* a clip of it was handed over */
    bool ended;         /* `last` is all that is left */
    struct sr_say last;
    /* its text */
    bool streaming;     /* text came that is not complete */
    bool joined;        /* the piece before this one goes on in it */
    int style;          /* enum sr_style, a hint */
    struct sr_str head; /* of the sentence that is left to the clauses */
    bool ready;
    struct sr_piece piece; /* when `ready` */
};

/** Zero-initialize, with `sentences`, `clauses`, `shelf` and `pace` set. `sentences` and `clauses` are handed over. */
void sr_lane_deinit(struct sr_lane *lane);
/** Forgets the turn; the next text begins with a short first fragment. */
void sr_lane_begin(struct sr_lane *lane, sr_stamp stamp, uint32_t turn_id);
/** Adds text to be said in a style, of which the bank may have clips. Complete text is looked up sentence by sentence;
 *  else clauses come out as soon as they are certain. All pieces of the text before must have been taken. */
void sr_lane_feed(struct sr_lane *lane, const char *text, int style, bool complete);
/** Makes `piece` the next one, if there is one and it is not there yet; true when it is. A clause is as long as
 *  can be made while `ahead_us` of sound are heard. */
bool sr_lane_ready(struct sr_lane *lane, int64_t ahead_us);
/** The piece was spoken, or is not wanted. */
void sr_lane_drop(struct sr_lane *lane);

#endif
