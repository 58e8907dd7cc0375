/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the turn-end head learns from by ear: our own voices say the utterances of the corpus, in a room with some
 * noise; each is heard whole and cut at quiet points. What was heard is kept in a table, so that training again needs
 * no voice.
 */
#ifndef SR_LEARN_TURN_SPEECH_H
#define SR_LEARN_TURN_SPEECH_H

#include "learn/turn_corpus.h"
#include "learn/turn_train.h"

/** Who speaks and who listens. Sound is 16 kHz mono. */
struct sr_turn_studio {
    /** The caller frees `*samples`. */
    int (*say)(void *user, const char *text, const char *voice, float speed, float **samples, size_t *count,
               struct sarai_error *error);
    /** `*draft` is malloc'd, "" when nothing was understood; of `*cues` text, pause and pace are not looked at. */
    int (*hear)(void *user, const float *samples, size_t count, char **draft, struct sr_turn_cues *cues,
                struct sarai_error *error);
    void *user;
    const char *const *voices;
    size_t voice_count;
};

/** Has `clips` utterances said and heard, and appends what was heard to the table at `path`, which begins with as many
 *  of them as are there already. `progress` as in sr_turn_train. [any] */
int sr_turn_speech_make(const struct sr_turn_corpus *corpus, const struct sr_turn_studio *studio, size_t clips,
                        const char *path, sarai_progress *progress, void *user, struct sarai_error *error);

/** Adds the rows of the table to `samples`; how many. [any] */
int sr_turn_speech_read(const char *path, struct sr_turn_samples *samples, struct sarai_error *error);

#endif
