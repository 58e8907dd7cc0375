/* SPDX-License-Identifier: Apache-2.0 */
/* All option tables as one configuration: section + name is the key, "vad.threshold". */
#ifndef SR_ENGINE_CONFIG_H
#define SR_ENGINE_CONFIG_H

#include "aec/aec.h"
#include "base/log.h"
#include "base/opt.h"
#include "brain/brain_opts.h"
#include "capture/capture.h"
#include "model/model_opts.h"
#include "omni/omni_opts.h"
#include "playback/playback.h"
#include "speech/speech_opts.h"
#include "stt/stt.h"
#include "tools/tools_opts.h"
#include "turn/turn.h"
#include "vad/vad.h"

struct sarai_config {
    struct sr_model_opts model;
    struct sr_capture_opts capture;
    struct sr_aec_opts aec;
    struct sr_vad_opts vad;
    struct sr_turn_opts turn;
    struct sr_stt_opts stt;
    struct sr_brain_opts brain;
    struct sr_llm_opts llm;
    struct sr_tools_opts tools;
    struct sr_speech_opts speech;
    struct sr_tts_opts tts;
    struct sr_playback_opts playback;
    struct sr_audio_omni_opts audio_omni;
    struct sr_log log;
    uint8_t *sources;    /* enum sr_config_source of each key, in table order */
    struct sr_str value; /* what sarai_config_get returned last */
};

/** Who set a key. A weaker one never changes what a stronger one set, so the order of the calls does not matter. */
enum sr_config_source { SR_CONFIG_DEFAULT, SR_CONFIG_FILE, SR_CONFIG_ENV, SR_CONFIG_SET };

struct sr_config_section {
    const char *name;
    const struct sr_opt *table;
    size_t offset; /* of the section's struct in struct sarai_config */
    const char *en, *es;
};

/** The sections in the order of the struct; the last has name NULL. */
extern const struct sr_config_section sr_config_sections[];

/** One key: a row of a section's table. */
struct sr_config_key {
    const struct sr_config_section *section;
    const struct sr_opt *opt;
    size_t index; /* in table order */
};

/** The i-th key of all; false past the end. */
bool sr_config_key_at(size_t i, struct sr_config_key *out);
/** Looks "section.name" up; SARAI_EUSAGE with the nearest key in `error` when there is none. */
int sr_config_find(const char *key, struct sr_config_key *out, struct sarai_error *error);
/** Sets a key from text on behalf of `source`. The text is checked even when a stronger source keeps its value. */
int sr_config_apply(struct sarai_config *config, const struct sr_config_key *key, enum sr_config_source source,
                    const char *text, const char *where, struct sarai_error *error);

/** The caller owns `*out`. */
int sr_config_copy(const struct sarai_config *from, struct sarai_config **out, struct sarai_error *error);

#endif
