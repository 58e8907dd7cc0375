/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_TOOLS_TOOLS_OPTS_H
#define SR_TOOLS_TOOLS_OPTS_H

#include "base/opt.h"

/** Section "tools". */
struct sr_tools_opts {
    char *home; /* "none", or "demo": the toy home of data/LANGUAGE/home.json */
    char *file; /* JSON files of tools, ',' between them; "" = none */
};

extern const struct sr_opt sr_tools_opts_table[];

#endif
