/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *sarai_strerror(int code) {
    switch ((enum sarai_status)code) {
#define SARAI_X(name, value, text)                                                                                     \
    case SARAI_##name:                                                                                                 \
        return text;
        SARAI_STATUS_MAP(SARAI_X)
#undef SARAI_X
    }
    return "unknown status";
}

const char *sarai_version(void) {
    return SARAI_VERSION;
}

int sr_error(struct sarai_error *error, int code, const char *where, const char *format, ...) {
    if (!error)
        return code;
    va_list args;
    va_start(args, format);
    error->code = code;
    snprintf(error->where, sizeof error->where, "%s", where ? where : "");
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return code;
}

int sr_error_errno(struct sarai_error *error, int code, const char *where, const char *what) {
    const int saved = errno;
    char reason[128];
    return sr_error(error, code, where, "%s: %s", what, strerror_r(saved, reason, sizeof reason));
}
