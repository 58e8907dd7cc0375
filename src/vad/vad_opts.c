/* SPDX-License-Identifier: Apache-2.0 */
#include "vad/vad.h"

const struct sr_opt sr_vad_opts_table[] = {
    SR_OPT(struct sr_vad_opts, backend, "silero", .choices = "silero|null", .en = "what tells speech from silence",
           .es = "qué distingue la voz del silencio"),
    SR_OPT(struct sr_vad_opts, threshold, "0.5", .min = 0, .max = 1, .en = "probability from which a frame is speech",
           .es = "probabilidad a partir de la cual una trama es voz"),
    SR_OPT(struct sr_vad_opts, release, "0.35", .min = 0, .max = 1,
           .en = "probability below which it is silence again; between the two nothing changes",
           .es = "probabilidad por debajo de la cual vuelve a ser silencio; entre ambas nada cambia"),
    SR_OPT(struct sr_vad_opts, duck, "0.15", .min = 0, .max = 1,
           .en = "probability from which the machine speaks more softly, in case somebody begins to",
           .es = "probabilidad a partir de la cual la máquina habla más bajo, por si alguien empieza a hablar"),
    SR_OPT_END};
