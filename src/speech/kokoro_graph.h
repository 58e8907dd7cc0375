/* SPDX-License-Identifier: Apache-2.0 */
/* Kokoro's graph with one more input: how far the pitch moves around its mean. */
#ifndef SR_SPEECH_KOKORO_GRAPH_H
#define SR_SPEECH_KOKORO_GRAPH_H

#include "model/ort.h"

/** float[1]: the pitch curve is raised to this power around its mean; 1 leaves it as it is, 0 makes it flat. */
#define SR_KOKORO_MELODY "sarai_melody"

/** Loads the model with that input, or, when it is an export whose pitch curve is not found, without (`*has_melody`).
 *  [init] */
int sr_kokoro_graph_load(struct sr_ort *ort, const char *path, int threads, OrtSession **out, bool *has_melody,
                         struct sarai_error *error);
/** Edits a serialized model in place, and appends to it. False, and nothing changed, when the pitch curve is not there
 *  exactly once or memory is out. */
bool sr_kokoro_graph_add_melody(struct sr_str *model);

#endif
