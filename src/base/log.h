/* SPDX-License-Identifier: Apache-2.0 */
/* Logging. The library itself never prints: lines go to the sink that the owner of the handle set, or nowhere. */
#ifndef SR_BASE_LOG_H
#define SR_BASE_LOG_H

#include "base/status.h"

enum sr_log_level { SR_LOG_ERROR, SR_LOG_WARN, SR_LOG_INFO, SR_LOG_DEBUG };

/** Where the lines of one engine or session go. `write` is called from any thread but the [rt] ones. */
struct sr_log {
    enum sr_log_level level;
    void (*write)(void *user, enum sr_log_level level, const char *module, const char *line);
    void *user;
};

/** Formats one line (cut at 512 bytes) and hands it to the sink when `level` is wanted. `log` may be NULL. [any] */
void sr_log(const struct sr_log *log, enum sr_log_level level, const char *module, const char *format, ...)
    SR_PRINTF(4, 5);

#endif
