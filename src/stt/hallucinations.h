/* SPDX-License-Identifier: Apache-2.0 */
/* The phrases that a recognizer writes when nobody speaks: a table of them, one a line. */
#ifndef SR_STT_HALLUCINATIONS_H
#define SR_STT_HALLUCINATIONS_H

#include "base/status.h"
#include "model/model_opts.h"

/** Reads a table ('#' starts a comment line) into one text that the caller frees. SARAI_EIO, SARAI_ENOMEM, and
 *  SARAI_EINPUT for bad UTF-8. [any] */
int sr_hallucinations_read(const char *path, char **out, struct sarai_error *error);

/** The table of a language ("es"); `*out` stays as it is when there is none. */
int sr_hallucinations_of(const char *language, const struct sr_model_opts *models, char **out,
                         struct sarai_error *error);

/** True when all of `text` is a phrase of the table; case, accents and punctuation aside. `table` may be NULL. False
 *  without memory. [any] */
bool sr_hallucinations_has(const char *table, const char *text);

#endif
