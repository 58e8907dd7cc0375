/* SPDX-License-Identifier: Apache-2.0 */
/* What a VITS voice's JSON file says, and IPA as the numbers its model was trained on. */
#ifndef SR_SPEECH_VITS_CONFIG_H
#define SR_SPEECH_VITS_CONFIG_H

#include "base/status.h"

#define SR_VITS_MAX_IDS 2048

struct sr_vits_symbol;

struct sr_vits_config {
    int rate_hz;
    char language[16]; /* for the phonemes: "es", "en-us" */
    float noise_scale, length_scale, noise_w;
    int64_t speaker, tone;          /* the tone of every phoneme; 0 where there are none */
    int64_t begin, end, blank;      /* put in front, behind, and after each symbol; -1: not */
    bool around;                    /* a blank in front of and behind everything too */
    struct sr_vits_symbol *symbols; /* sorted by code point */
    size_t count;
};

/** Reads a Piper voice's file (phoneme_id_map, inference, audio, espeak) or a MeloTTS one (symbols, data). What is
 *  missing or has the wrong shape is SARAI_EMODEL and named. Deinit also after a failure. [init] */
int sr_vits_config_load(const char *path, struct sr_vits_config *out, struct sarai_error *error);
void sr_vits_config_deinit(struct sr_vits_config *config);

/** Writes the ids of the IPA with tie bars of espeak-ng and returns how many; 0 when none of it has an id. Signs
 *  without one are left out; what is too long is cut. [any] */
size_t sr_vits_encode(const struct sr_vits_config *config, const char *ipa, int64_t ids[SR_VITS_MAX_IDS]);

#endif
