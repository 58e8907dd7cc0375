/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Runs of a graph that can be given up. OrtApi::Run blocks. In real time a watcher thread looks at the runs in progress
 * every few milliseconds and sets the terminate flag of those that nobody wants any more; it sleeps while there are
 * none. Virtual time stands still during a run, so that nothing can become stale meanwhile and no watcher is needed.
 */
#ifndef SR_SPEECH_ORT_RUN_H
#define SR_SPEECH_ORT_RUN_H

#include "base/clock.h"
#include "flow/epoch.h"
#include "model/ort.h"

struct sr_ort_runs;

/** One input of a run: its data is borrowed until the run returns. */
struct sr_ort_input {
    const char *name;
    ONNXTensorElementDataType type;
    void *data;
    size_t bytes, rank;
    int64_t shape[3];
};

/** `where` names the model in errors; borrowed, as are `ort` and `clock`. The caller owns `*out`. [init] */
int sr_ort_runs_new(struct sr_ort *ort, struct sr_clock *clock, const char *where, struct sr_ort_runs **out,
                    struct sarai_error *error);
void sr_ort_runs_free(struct sr_ort_runs *runs);

/** Runs the graph and copies its float output `output` into a malloc'd buffer that the caller frees (NULL and 0 for an
 *  empty one). SARAI_ESTALE when `abort` says so before, while or just after it runs. [any] */
int sr_ort_run(struct sr_ort_runs *runs, OrtSession *session, const struct sr_ort_input *inputs, size_t input_count,
               const char *output, const struct sr_abort *abort, float **samples, size_t *count,
               struct sarai_error *error);

#endif
