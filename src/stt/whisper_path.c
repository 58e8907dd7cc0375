/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/whisper_path.h"

#include <math.h>
#include <string.h>

#define EARLY 20 /* timestamps, 20 ms each, that a text may end before the one decoded */

void sr_path_begin(struct sr_path *path, struct whisper_context *context, struct whisper_state *state, int threads,
                   int first, int last) {
    path->context = context;
    path->state = state;
    path->threads = threads;
    path->last = last - EARLY;
    path->cached[0] = whisper_token_sot(context);
    path->cached[1] = whisper_token_lang(context, whisper_full_lang_id_from_state(state));
    path->cached[2] = whisper_token_transcribe(context);
    path->cached[3] = first;
    path->cached_count = 0;
}

int sr_path_decoded(struct whisper_context *context, struct whisper_state *state, int tokens[SR_PATH_TOKENS]) {
    int count = 0, last = 0;
    const int segments = whisper_full_n_segments_from_state(state);
    for (int i = 0; i < segments; i++) {
        const int more = whisper_full_n_tokens_from_state(state, i);
        for (int j = 0; j < more && count < SR_PATH_TOKENS; j++) {
            tokens[count++] = whisper_full_get_token_id_from_state(state, i, j);
            if (tokens[count - 1] < whisper_token_eot(context))
                last = count;
        }
    }
    return last;
}

bool sr_path_follow(struct sr_path *path, const int *tokens, size_t count, struct sr_follow *follow) {
    struct whisper_context *context = path->context;
    const int text = whisper_token_eot(context), stamp = whisper_token_beg(context), all = SR_PATH_PROMPT + (int)count;
    const int words = whisper_n_vocab(context), options = count == 0 ? text : words; /* text follows a timestamp */
    int keep = path->cached_count < SR_PATH_PROMPT ? 0 : SR_PATH_PROMPT;
    while (keep > 0 && keep < all - 1 && keep < path->cached_count &&
           tokens[keep - SR_PATH_PROMPT] == path->cached[keep])
        keep++;
    if (keep == all)
        keep--;
    memcpy(path->cached + SR_PATH_PROMPT, tokens, count * sizeof *tokens);
    path->cached_count = all;
    if (whisper_decode_with_state(context, path->state, path->cached + keep, all - keep, keep, path->threads) != 0)
        return false;
    const float *logits = whisper_get_logits_from_state(path->state) + (size_t)(all - keep - 1) * (size_t)words;
    float most = -INFINITY;
    double sum = 0, late = 0, stamps = 0;
    for (int i = 0; i < options; i++)
        most = logits[i] > most ? logits[i] : most;
    for (int i = 0; i < options; i++) {
        const double p = (double)expf(logits[i] - most);
        sum += p;
        late += i == text || (i >= stamp && i >= path->last) ? p : 0;
        stamps += i == text || i >= stamp ? p : 0;
    }
    *follow =
        (struct sr_follow){.logits = logits, .shift = most + (float)log(sum), .end = late / sum, .stamp = stamps / sum};
    return true;
}
