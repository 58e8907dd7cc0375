/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_ENGINE_SESSION_H
#define SR_ENGINE_SESSION_H

#include "brain/brain_stage.h"
#include "brain/llm_stage.h"
#include "capture/capture_stage.h"
#include "engine/engine.h"
#include "playback/playback_stage.h"
#include "stt/stt_stage.h"
#include "vad/vad_stage.h"

struct sarai_session {
    struct sarai_engine *engine;
    struct sr_clock *clock;
    struct sr_flow *flow;
    struct sr_capture_stage capture;
    struct sr_vad_stage vad;
    struct sr_stt_stage stt;
    struct sr_brain_stage brain;
    struct sr_llm_stage llm;
    struct sr_speech_stage speech;
    struct sr_playback_stage playback;
    struct sr_thread threads[SR_APP];
    pthread_mutex_t order_lock; /* makes the callers of sarai_session_say one producer */
    bool joined;                /* the caller takes part in virtual time */
};

/** Stops the threads and joins them; returns the session time that took. The session can only be closed then. */
int64_t sr_session_stop(struct sarai_session *session);

#endif
