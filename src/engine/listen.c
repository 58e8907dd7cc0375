/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/listen.h"

#include <string.h>

#include "audio/decode.h"

int sr_listen_file(struct sarai_engine *engine, const char *path, const struct sr_listen *listen, int64_t *count,
                   int64_t *vad_us, struct sarai_error *error) {
    if (!engine->vad)
        return sr_error(error, SARAI_EUSAGE, path, "needs an engine made with SARAI_USE_VAD");
    const struct sr_vad_opts *opts = &engine->config->vad;
    struct sr_decoder *decoder = NULL;
    struct sr_vad *vad = NULL;
    float samples[SR_FRAME_SAMPLES];
    bool speech = false;
    *count = *vad_us = 0;
    int status = sr_decoder_open(path, SR_RATE_HZ, &decoder, error);
    const double announced = status >= 0 ? sr_decoder_announced_s(decoder) * SR_RATE_HZ : 0;
    if (status >= 0)
        status = engine->vad_backend->open(engine->vad, &vad, error);
    while (status >= 0) {
        const int64_t got = sr_decoder_read(decoder, samples, SR_FRAME_SAMPLES, error);
        if (got <= 0) {
            status = got < 0 ? (int)got : *count ? SARAI_OK : sr_error(error, SARAI_EINPUT, path, "holds no sound");
            break;
        }
        memset(samples + got, 0, (size_t)(SR_FRAME_SAMPLES - got) * sizeof *samples);
        *count += got;
        float probability = 0;
        const int64_t before_us = sr_clock_now_us(engine->clock);
        status = engine->vad_backend->feed(vad, samples, &probability);
        *vad_us += sr_clock_now_us(engine->clock) - before_us;
        if (status < 0) {
            sr_error(error, status, path, "voice activity detection failed");
            break;
        }
        speech = probability >= (speech ? opts->release : opts->threshold);
        if (listen->frame(listen->user, samples, speech, announced > 0 ? (double)*count / announced : 0)) {
            status = SARAI_ESTALE;
            break;
        }
    }
    if (vad)
        engine->vad_backend->close(vad);
    sr_decoder_close(decoder);
    return status;
}
