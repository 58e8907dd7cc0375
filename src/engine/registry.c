/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/registry.h"

#include <string.h>

#define REGISTRY(kind, ...)                                                                                            \
    const struct sr_##kind##_backend *sr_find_##kind(const char *name) {                                               \
        static const struct sr_##kind##_backend *const all[] = {__VA_ARGS__};                                          \
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)                                                          \
            if (strcmp(all[i]->name, name) == 0)                                                                       \
                return all[i];                                                                                         \
        return NULL;                                                                                                   \
    }

REGISTRY(capture, &sr_capture_file, &sr_capture_device, &sr_capture_network, &sr_capture_null)
REGISTRY(vad, &sr_vad_silero, &sr_vad_null)
REGISTRY(stt, &sr_stt_whisper, &sr_stt_vosk, &sr_stt_null)
REGISTRY(llm, &sr_llm_llama, &sr_llm_remote, &sr_llm_null)
REGISTRY(tts, &sr_tts_kokoro, &sr_tts_vits, &sr_tts_espeak, &sr_tts_null)
REGISTRY(playback, &sr_playback_file, &sr_playback_device, &sr_playback_network, &sr_playback_null)
