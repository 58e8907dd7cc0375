/* SPDX-License-Identifier: Apache-2.0 */
/* From IPA to the token ids that Kokoro was trained on. */
#ifndef SR_SPEECH_KOKORO_TOKENS_H
#define SR_SPEECH_KOKORO_TOKENS_H

#include "base/status.h"

#define SR_KOKORO_MAX_TOKENS 510

struct sr_kokoro_tokens;

/** Reads the "vocab" object of Kokoro's config.json: one code point a key. The caller owns `*out`. */
int sr_kokoro_tokens_load(const char *path, struct sr_kokoro_tokens **out, struct sarai_error *error);
void sr_kokoro_tokens_free(struct sr_kokoro_tokens *tokens);
/** Writes at most SR_KOKORO_MAX_TOKENS ids of the IPA with tie bars of espeak-ng's `language` and returns how many.
 * What has no token is left out; an IPA that is too long is cut at its last space. [any] */
size_t sr_kokoro_tokens_encode(const struct sr_kokoro_tokens *tokens, const char *language, const char *ipa,
                               int64_t ids[SR_KOKORO_MAX_TOKENS]);

#endif
