/* SPDX-License-Identifier: Apache-2.0 */
/* Logging. The library itself never prints: lines go to the sink that the owner of the handle set, or nowhere. */
#ifndef SR_BASE_LOG_H
#define SR_BASE_LOG_H

#include "base/status.h"

/** Where the lines of one engine and its sessions go. */
struct sr_log {
    enum sarai_log_level most;
    void (*write)(void *user, enum sarai_log_level level, const char *module, const char *line);
    void *user;
};

/** Formats one line (cut at 512 bytes) and hands it to the sink when `level` is wanted. `log` may be NULL. [any] */
void sr_log(const struct sr_log *log, enum sarai_log_level level, const char *module, const char *format, ...)
    SR_PRINTF(4, 5);

#endif
