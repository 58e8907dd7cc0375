/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/tools_opts.h"

#define TOOLS(field, fallback, ...) SR_OPT(struct sr_tools_opts, field, fallback, __VA_ARGS__)

const struct sr_opt sr_tools_opts_table[] = {
    TOOLS(home, "none", .choices = "none|demo",
          .en = "what home commands act on; demo: a toy home that is kept in memory",
          .es = "sobre qué actúan las órdenes de casa; demo: una casa de juguete que solo está en la memoria"),
    TOOLS(file, "", .arg = "FILE,...", .en = "JSON files of tools that can be called by voice",
          .es = "ficheros JSON de herramientas que se llaman de viva voz"),
    SR_OPT_END,
};
