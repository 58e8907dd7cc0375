/* SPDX-License-Identifier: Apache-2.0 */
#include "model/model_opts.h"

const struct sr_opt sr_model_opts_table[] = {
    SR_OPT(struct sr_model_opts, dir, "", .env = "SARAI_MODELS_DIR", .arg = "DIR",
           .en = "folder of the models; empty: sarai/models in the user's data folder",
           .es = "carpeta de los modelos; vacío: sarai/models en la carpeta de datos del usuario"),
    SR_OPT(struct sr_model_opts, share, "", .env = "SARAI_SHARE_DIR", .arg = "DIR",
           .en = "folder of the data tables; empty: where the program was installed or built",
           .es = "carpeta de las tablas de datos; vacío: donde se instaló o compiló el programa"),
    SR_OPT(struct sr_model_opts, threads, "0", .min = 0, .max = 256, .arg = "N",
           .en = "compute threads over the whole process; 0: one for each core",
           .es = "hilos de cálculo de todo el proceso; 0: uno por núcleo"),
    SR_OPT_END};
