/* SPDX-License-Identifier: Apache-2.0 */
/* Every backend of the program, by name. Adding one is a file that ends in its struct, and a line in registry.c. */
#ifndef SR_ENGINE_REGISTRY_H
#define SR_ENGINE_REGISTRY_H

#include "brain/llm.h"
#include "capture/capture.h"
#include "playback/playback.h"
#include "speech/tts.h"
#include "stt/stt.h"
#include "vad/vad.h"

/** NULL when there is none of that name. [any] */
const struct sr_capture_backend *sr_find_capture(const char *name);
const struct sr_vad_backend *sr_find_vad(const char *name);
const struct sr_stt_backend *sr_find_stt(const char *name);
const struct sr_llm_backend *sr_find_llm(const char *name);
const struct sr_tts_backend *sr_find_tts(const char *name);
const struct sr_playback_backend *sr_find_playback(const char *name);

#endif
