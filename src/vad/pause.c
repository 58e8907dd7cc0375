/* SPDX-License-Identifier: Apache-2.0 */
#include "vad/pause.h"

#include <math.h>

#include "flow/message.h"
#include "vad/prosody.h"

void sr_pause_listen(struct sr_smart_turn *smart, const float *samples, size_t count, size_t speech_end,
                     struct sr_turn_cues *cues) {
    struct sr_prosody prosody;
    float over;
    sr_prosody_measure(samples, count, speech_end, &prosody);
    cues->energy_slope_db_per_s = prosody.energy_slope_db_per_s;
    if (prosody.voiced) {
        cues->f0_slope_st_per_s = prosody.f0_slope_st_per_s;
        cues->f0_final_st = prosody.f0_final_st;
        cues->voiced_tail_ms = prosody.voiced_tail_ms;
        cues->voiced_share = prosody.voiced_share;
    }
    if (smart && sr_smart_turn_judge(smart, samples, count, &over) == SARAI_OK)
        cues->audio = over;
}

void sr_pause_begin(struct sr_pause *pause, const float *samples, size_t count, int silence_ms) {
    const size_t silence = (size_t)silence_ms * SR_RATE_HZ / 1000;
    pause->cues = sr_turn_cues_none((float)silence_ms, pause->pace.mean_ms);
    if (pause->end)
        sr_pause_listen(pause->smart, samples, count, count > silence ? count - silence : 0, &pause->cues);
}

int sr_pause_end_ms(struct sr_pause *pause, float text) {
    if (!pause->end)
        return pause->opts->end_ms;
    pause->cues.text = text;
    return isnan(text) ? pause->opts->end_max_ms : sr_turn_end_wait_ms(pause->end, &pause->cues, pause->opts);
}
