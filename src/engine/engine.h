/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_ENGINE_ENGINE_H
#define SR_ENGINE_ENGINE_H

#include "brain/talk.h"
#include "engine/bank_place.h"
#include "engine/config.h"
#include "engine/registry.h"
#include "flow/sched.h"
#include "omni/omni.h"
#include "speech/speech_stage.h"
#include "turn/remarks.h"
#include "turn/turn_end.h"
#include "vad/smart_turn.h"

/** What all sessions share. Immutable after sarai_engine_new but for the bank, which grows. */
struct sarai_engine {
    struct sarai_config *config;
    struct sr_clock *clock; /* real time, for one-shot work */
    struct sr_sched *sched;
    struct sr_ort *ort;
    const struct sr_vad_backend *vad_backend;
    struct sr_vad_model *vad;
    const struct sr_stt_backend *stt_backend;
    struct sr_stt_model *stt;
    struct sr_remarks *remarks;
    struct sr_smart_turn_model *smart_turn; /* this and the next two: NULL when missing */
    struct sr_embed *embed;
    struct sr_turn_end *turn_end;
    struct sr_brain brain;
    struct sr_talk talk;
    struct sr_brain_opts other_opts; /* these three: the other language; empty when there is none */
    struct sr_brain other_brain;
    struct sr_talk other_talk;
    struct sr_voice voice;
    struct sr_bank_place bank_place; /* as the voice was when it was opened; no path: no bank */
    struct sr_bank_shelf bank;
    struct sr_thread bank_thread; /* renders what is missing */
    atomic_bool bank_started, bank_stop;
    struct sr_omni *omni;
    struct sr_own_tools *own_tools; /* of the application */
};

void sr_engine_free_own_tools(struct sarai_engine *engine);

#endif
