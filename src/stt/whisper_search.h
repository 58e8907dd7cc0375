/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A better text than the greedy one, where that one was in doubt: limited discrepancy search (Harvey and Ginsberg 1995)
 * over the words. Wherever the greedy decoding nearly chose otherwise, the other choice is followed, the likeliest
 * first, until the budget is spent. Beam search finds about the same, but it pays for every utterance and needs the
 * encoder to run again; what is certain costs nothing here.
 */
#ifndef SR_STT_WHISPER_SEARCH_H
#define SR_STT_WHISPER_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <whisper.h>

#include "stt/whisper_path.h"

#define SR_CHOICES 3

/** The likeliest tokens of text at each step of a greedy decoding; `count` is set to 0 before it. */
struct sr_trace {
    size_t count;
    struct sr_choice {
        int token[SR_CHOICES];
        float log_prob[SR_CHOICES];
    } steps[SR_PATH_TOKENS];
};

/** A whisper_logits_filter_callback that changes nothing; `user` is a struct sr_trace. */
void sr_trace_take(struct whisper_context *context, struct whisper_state *state, const whisper_token_data *tokens,
                   int count, float *logits, void *user);

/** A text and the sum of its tokens' log probabilities. */
struct sr_words {
    size_t count;
    int tokens[SR_PATH_TOKENS];
    double log_prob;
};

/** The words of the first segment between its first and its last timestamp, and how many tokens are in front of them;
 *  false when there are none, or timestamps between them. */
bool sr_words_decoded(struct whisper_context *context, struct whisper_state *state, struct sr_words *words, int *first,
                      int *last, size_t *front);

/** Looks for words of a higher mean log probability than the greedy ones at `words`, whose steps `steps` are, with
 * about `budget` steps of the decoder. True: `words` is a better text. [stage:stt] */
bool sr_search(struct sr_path *path, const struct sr_choice *steps, int budget, struct sr_words *words);

#endif
