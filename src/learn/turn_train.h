/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Training of the turn-end head (turn/turn_end.h). First the readers, on drafts: with the meaning of the text and by
 * its words alone. Then the weigher, on what was heard of spoken utterances, with the logits of readers that did not
 * see the utterance in training, at moments of pauses drawn by chance: whole utterances are followed by silence without
 * end, and the silence behind a cut one is taken to be exponentially long, its mean being the speaker's pace.
 */
#ifndef SR_LEARN_TURN_TRAIN_H
#define SR_LEARN_TURN_TRAIN_H

#include "learn/softmax.h"
#include "turn/turn_end.h"
#include "turn/turn_text.h"

/** A draft to learn from. */
struct sr_turn_sample {
    char *draft;  /* owned */
    char *source; /* the utterance it comes from, owned: held back as a whole */
    bool over;
    bool heard; /* `cues` holds what it sounded like; its text, pause and pace are not set */
    struct sr_turn_cues cues;
};

struct sr_turn_samples {
    struct sr_turn_sample *list;
    size_t count, room;
};

/** Takes over both texts, also when it fails. */
int sr_turn_samples_add(struct sr_turn_samples *samples, struct sr_turn_sample sample);
void sr_turn_samples_deinit(struct sr_turn_samples *samples);

/** How one head did on what it had not seen. */
struct sr_turn_report {
    const char *head; /* "meaning", "words", "meaning, heard", "words, heard" or "fuse" */
    struct sr_learn_score score;
};

/** Trains on `samples` and writes the table of weights to `path` (under a temporary name, then renamed). `embed` gives
 *  the meanings. `report` is called for each head, `progress` with the part of the texts embedded; a non-zero return
 *  stops with SARAI_ESTALE. SARAI_EINPUT when there is too
 *  little to learn from. [any] */
int sr_turn_train(const struct sr_turn_samples *samples, const struct sr_turn_text *text, struct sr_embed *embed,
                  const char *path, void (*report)(void *user, const struct sr_turn_report *report),
                  sarai_progress *progress, void *user, struct sarai_error *error);

#endif
