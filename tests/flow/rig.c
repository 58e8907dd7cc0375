/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/rig.h"

#include "audio/decode.h"
#include "support/test.h"

static void set(struct rig *rig, const char *setting) {
    const char *equals = strchr(setting, '=');
    char *key = sr_strndup(setting, (size_t)(equals - setting));
    struct sarai_error error = {0};
    if (sarai_config_set(rig->config, key, equals + 1, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    free(key);
}

void rig_open(struct rig *rig, const char *const *settings, bool virtual_time) {
    static const char *const nulls[] = {
        "capture.backend=null",  "vad.backend=null",   "stt.backend=null",       "llm.backend=null", "tts.backend=null",
        "playback.backend=file", "tts.fallback=false", "playback.rate_hz=24000", "turn.end=pause",   "speech.bank=off"};
    struct sarai_error error = {0};
    *rig = (struct rig){.folder = test_folder()};
    rig->wav = sr_asprintf("%s/reply.wav", rig->folder);
    assert_int_equal(sarai_config_new(&rig->config, &error), 0);
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        set(rig, nulls[i]);
    for (; settings && *settings; settings++)
        set(rig, *settings);
    if (sarai_engine_new(rig->config, SARAI_USE_ALL, &rig->engine, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    const struct sarai_session_options options = {
        .struct_size = sizeof options, .playback_path = rig->wav, .virtual_time = virtual_time};
    if (sarai_session_new(rig->engine, &options, &rig->session, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
}

void rig_stop(struct rig *rig) {
    struct sarai_error error = {0};
    if (rig->session && sarai_session_close(rig->session, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    rig->session = NULL;
}

void rig_close(struct rig *rig) {
    rig_stop(rig);
    sarai_engine_free(rig->engine);
    sarai_config_free(rig->config);
    free(rig->wav);
    test_folder_remove(rig->folder);
}

static void log_event(struct sr_str *log, const struct sarai_event *event) {
    static const char *const names[] = {[SARAI_EVENT_SPEECH_STARTED] = "speech",
                                        [SARAI_EVENT_SPEECH_STOPPED] = "silence",
                                        [SARAI_EVENT_PARTIAL] = "partial",
                                        [SARAI_EVENT_FINAL] = "final",
                                        [SARAI_EVENT_REPLY] = "reply",
                                        [SARAI_EVENT_AUDIO_STARTED] = "audio",
                                        [SARAI_EVENT_DUCKED] = "ducked",
                                        [SARAI_EVENT_HELD] = "held",
                                        [SARAI_EVENT_RESTORED] = "restored",
                                        [SARAI_EVENT_INTERRUPTED] = "interrupted",
                                        [SARAI_EVENT_TURN] = "turn",
                                        [SARAI_EVENT_INPUT_ENDED] = "input-ended",
                                        [SARAI_EVENT_WARNING] = "warning",
                                        [SARAI_EVENT_DEVICE_LOST] = "device-lost",
                                        [SARAI_EVENT_DEVICE_BACK] = "device-back"};
    sr_str_addf(log, "%lld %s %u", (long long)event->time_us, names[event->type], event->turn_id);
    if (event->text)
        sr_str_addf(log, " %s", event->text);
    if (event->turn) {
        const struct sarai_turn *t = event->turn;
        sr_str_addf(log, " heard=%s route=%s reply=%s heard_reply=%s end=%lld audio=%lld..%lld gaps=%d cut=%d",
                    t->heard, t->route, t->reply, t->heard_reply, (long long)t->endpoint_us,
                    (long long)t->first_audio_us, (long long)t->last_audio_us, t->gap_count, t->interrupted);
    }
    sr_str_addc(log, '\n');
}

void rig_run(struct rig *rig, int64_t until_us, struct sr_str *log) {
    for (int64_t now_us; (now_us = sarai_session_now_us(rig->session)) < until_us;) {
        struct sarai_event event;
        const int64_t left_ms = (until_us - now_us + 999) / 1000;
        if (sarai_session_next_event(rig->session, &event, left_ms < 60000 ? (int)left_ms : 60000) <= 0)
            continue;
        if (log)
            log_event(log, &event);
        sarai_event_deinit(&event);
    }
}

float *rig_sound(struct rig *rig, size_t *count) {
    float *samples = NULL;
    struct sarai_error error = {0};
    if (sr_decode_file(rig->wav, 24000, &samples, count, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    return samples;
}
