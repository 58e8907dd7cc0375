/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_MODEL_MODEL_OPTS_H
#define SR_MODEL_MODEL_OPTS_H

#include "base/opt.h"

/** Section "model": where models and data tables are, and how many cores may compute. */
struct sr_model_opts {
    char *dir;   /* models folder; "" = $SARAI_MODELS_DIR, else $XDG_DATA_HOME/sarai/models, else ~/.local/share/... */
    char *share; /* data tables; "" = $SARAI_SHARE_DIR, else beside the program, else where it was built or installed */
    int threads; /* compute threads over the whole process; 0 = as many as cores */
};

extern const struct sr_opt sr_model_opts_table[];

#endif
