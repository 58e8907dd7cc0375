/* SPDX-License-Identifier: Apache-2.0 */
/* A whole session on null backends in virtual time: what the flow tests drive. */
#ifndef SR_TESTS_FLOW_RIG_H
#define SR_TESTS_FLOW_RIG_H

#include <sarai/sarai.h>

#include "base/str.h"

struct rig {
    char *folder, *wav;
    struct sarai_config *config;
    struct sarai_engine *engine;
    struct sarai_session *session;
};

/** Opens a session with every backend null but playback, which writes a WAV file. `settings` are "key=value" strings,
 *  the last one NULL. */
void rig_open(struct rig *rig, const char *const *settings, bool virtual_time);
/** Ends the session; the WAV file is complete then. */
void rig_stop(struct rig *rig);
void rig_close(struct rig *rig);
/** Lets session time pass until `until_us`, appending a line for every event to `log` (which may be NULL). */
void rig_run(struct rig *rig, int64_t until_us, struct sr_str *log);
/** The samples that were played; the caller frees them. */
float *rig_sound(struct rig *rig, size_t *count);

#endif
