/* SPDX-License-Identifier: Apache-2.0 */
/* Asking Whisper's decoder, after a decoding, what would follow other words: the encoded sound is still in the state.
 */
#ifndef SR_STT_WHISPER_PATH_H
#define SR_STT_WHISPER_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <whisper.h>

#define SR_PATH_PROMPT 4 /* start, language, task, timestamp */
#define SR_PATH_TOKENS 128

/** Zero-initialize, then sr_path_begin. */
struct sr_path {
    struct whisper_context *context;
    struct whisper_state *state;
    int threads;
    int last; /* the first timestamp that can be the end: what ends earlier goes on behind it */
    int cached[SR_PATH_PROMPT + SR_PATH_TOKENS]; /* whose keys and values the state holds */
    int cached_count;
};

/** `first` and `last` are the timestamps around the text that was decoded. */
void sr_path_begin(struct sr_path *path, struct whisper_context *context, struct whisper_state *state, int threads,
                   int first, int last);

/** Copies the tokens of the decoding, up to the last word; how many. */
int sr_path_decoded(struct whisper_context *context, struct whisper_state *state, int tokens[SR_PATH_TOKENS]);

/** What may follow a path. */
struct sr_follow {
    const float *logits; /* of every token; borrowed until the next call */
    float shift;         /* a logit less this is a log probability */
    double end;          /* probability of nothing: the end of the text, or a timestamp that is late enough */
    double stamp;        /* of any timestamp or the end of the text */
};

/** Decodes the `count` tokens (at most SR_PATH_TOKENS) at `tokens`, as far as they are new, one behind the other. False
 *  when Whisper failed or the abort callback of the decoding before said so. [stage:stt] */
bool sr_path_follow(struct sr_path *path, const int *tokens, size_t count, struct sr_follow *follow);

#endif
