/* SPDX-License-Identifier: Apache-2.0 */
/* Known phrases for Whisper: after a decoding, the encoded sound is still in the state, and the decoder is asked how
 * probable the known phrases are beside what it wrote. */
#ifndef SR_STT_WHISPER_BIAS_H
#define SR_STT_WHISPER_BIAS_H

#include <whisper.h>

#include "base/str.h"
#include "stt/stt.h"

struct sr_bias; /* shared by all sessions */

/** Reads the tables of the language of `opts`. `*out` becomes NULL when opts->bias is 0 or there is no table for it. */
int sr_bias_new(struct whisper_context *context, const struct sr_stt_opts *opts, const struct sr_model_opts *models,
                struct sr_bias **out, struct sarai_error *error);
void sr_bias_free(struct sr_bias *bias);

/** What Whisper just wrote, as it is in `state`. */
struct sr_bias_heard {
    int tokens;      /* of text, closing punctuation aside */
    double log_prob; /* of them and of the text's end */
    int first, last; /* the timestamps around them */
};

/** Looks at the tokens that are in `state`; `tokens` is 0 when there is nothing to compare with. [any] */
struct sr_bias_heard sr_bias_judge(const struct sr_bias *bias, struct whisper_state *state);

/** True: a known phrase was said; `out` gets it, or stays empty when it is `text`. Decodes; polls the abort
 *  callback of the decoding before. One at a time, the others wait. [stage:stt] */
bool sr_bias_find(struct sr_bias *bias, struct whisper_state *state, const struct sr_stt_opts *opts,
                  const struct sr_bias_heard *heard, const char *text, struct sr_str *out);

#endif
