/* SPDX-License-Identifier: Apache-2.0 */
/* Filling struct sarai_error. */
#ifndef SR_BASE_STATUS_H
#define SR_BASE_STATUS_H

#include <sarai/sarai.h>

#if defined(__GNUC__)
#define SR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define SR_PRINTF(fmt, args)
#endif

/** Writes code, place and text (printf style) into `error`, which may be NULL; returns `code`, so that a failing
 *  function can `return sr_error(error, SARAI_EINPUT, path, "...")`. Strings are cut to fit. [any] */
int sr_error(struct sarai_error *error, int code, const char *where, const char *format, ...) SR_PRINTF(4, 5);

/** The same for a failed system call: the text ends in strerror(errno). [any] */
int sr_error_errno(struct sarai_error *error, int code, const char *where, const char *what);

#endif
