/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void sr_log(const struct sr_log *log, enum sarai_log_level level, const char *module, const char *format, ...) {
    if (!log || !log->write || level > log->most)
        return;
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    log->write(log->user, level, module, line);
}
