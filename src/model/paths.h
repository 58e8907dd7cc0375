/* SPDX-License-Identifier: Apache-2.0 */
/* Where models, data tables and helper programs are. */
#ifndef SR_MODEL_PATHS_H
#define SR_MODEL_PATHS_H

#include "model/model_opts.h"

/** The path of `file` ("silero-vad/silero_vad.onnx") in the models folder; malloc'd, NULL when out of memory.
 *  `opts` NULL means defaults and environment. Existence is not checked. */
char *sr_path_model(const struct sr_model_opts *opts, const char *file);
/** The same for the data tables: "es/templates.tsv". */
char *sr_path_share(const struct sr_model_opts *opts, const char *file);
/** `given`, or when it is empty the table of that name in the folder of the language; malloc'd, NULL when out of
 *  memory. */
char *sr_path_table(const struct sr_model_opts *opts, const char *language, const char *given, const char *name);
/** A place for what can be made again: $SARAI_CACHE_DIR, else $XDG_CACHE_HOME/sarai, else ~/.cache/sarai. malloc'd,
 *  NULL when out of memory or without a home. */
char *sr_path_cache(const char *file);
/** A helper program ("sarai-espeak", "fetch"): $SARAI_LIBEXEC_DIR, beside this program, ../libexec/sarai, the build
 *  folder, ../tools. NULL when none is found. */
char *sr_path_helper(const char *name);

/** SARAI_OK when `path` is a readable file; else SARAI_EMODEL with an error that names the path and says
 *  "run: sarai models pull MODEL". */
int sr_path_check_model(const char *path, const char *model, struct sarai_error *error);

#endif
