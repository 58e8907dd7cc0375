/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The modular ONNX audio pipeline: sound -> encoder -> hidden states -> talker -> logits -> tokens -> vocoder -> sound,
 * with one monolithic model that does all of it standing in.
 *
 *              all three load                a run fails: this request alone
 *   UNLOADED ------------------> MODULAR ----------------------------+
 *      |  ^                         |  not permanent: after a request |
 *      |  +-------------------------+                                v
 *      |  one does not: for retry_s                              MONOLITHIC --- fails too: the request does
 *      +-------------------------------------------------------------^
 *
 * 1. A request is lost only when both pipelines fail.
 * 2. Nothing is loaded that would pass the memory budget together with what is loaded; for the stand-in, the modular
 *    models make room.
 * 3. The same sound in the same mode is answered from the cache.
 */
#ifndef SR_OMNI_OMNI_H
#define SR_OMNI_OMNI_H

#include "base/log.h"
#include "omni/part.h"

struct sr_omni;

/** What it hangs from; all borrowed for its life. */
struct sr_omni_home {
    const struct sr_audio_omni_opts *opts;
    const struct sr_model_opts *models;
    struct sr_ort *ort;
    struct sr_clock *clock;
    const struct sr_log *log;
    int threads;
};

/** Loads now when load_on_startup is set; what does not load is a warning. The caller owns `*out`. [init] */
int sr_omni_new(const struct sr_omni_home *home, struct sr_omni **out, struct sarai_error *error);
void sr_omni_free(struct sr_omni *omni);
/** `samples` at opts->sample_rate. [any] */
int sr_omni_run(struct sr_omni *omni, const float *samples, size_t count, sarai_omni_done *done, void *user,
                struct sarai_error *error);
/** `hidden` is [B,T,3584]. [any] */
int sr_omni_talk(struct sr_omni *omni, const struct sr_omni_tensor *hidden, sarai_omni_done *done, void *user,
                 struct sarai_error *error);
void sr_omni_print(struct sr_omni *omni, struct sr_str *out);
/** Loads each model alone and tells of it. [any] */
int sr_omni_check(const struct sr_omni_home *home, void (*each)(void *user, const struct sarai_omni_part *part),
                  void *user, struct sarai_error *error);

/** The path of a model of the options; malloc'd, NULL when out of memory. */
char *sr_omni_path(const struct sr_omni_home *home, enum sr_omni_kind kind);

#endif
