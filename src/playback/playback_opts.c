/* SPDX-License-Identifier: Apache-2.0 */
#include "playback/playback.h"

const struct sr_opt sr_playback_opts_table[] = {
    SR_OPT(struct sr_playback_opts, backend, "file", .choices = "file|device|network|null",
           .en = "where the machine's voice goes", .es = "adónde va la voz de la máquina"),
    SR_OPT(struct sr_playback_opts, device, "",
           .en = "device: the loudspeaker, its number, name or part of it; empty: the system's",
           .es = "device: el altavoz, su número, nombre o parte de él; vacío: el del sistema"),
    SR_OPT(struct sr_playback_opts, rate_hz, "24000", .min = 8000, .max = 192000, .en = "samples a second",
           .es = "muestras por segundo"),
    SR_OPT(struct sr_playback_opts, duck_db, "12", .min = 0, .max = 60,
           .en = "how many dB softer while it is unclear whether the user interrupts",
           .es = "cuántos dB más bajo mientras no está claro si el usuario interrumpe"),
    SR_OPT(struct sr_playback_opts, latency_ms, "0", .min = 0, .max = 5000,
           .en = "null, network: samples are heard so much after they were handed over",
           .es = "null, network: las muestras se oyen este tiempo después de entregarse"),
    SR_OPT(struct sr_playback_opts, buffer_ms, "0", .min = 0, .max = 5000,
           .en = "null: so much waits in front of the card and can be taken back",
           .es = "null: cuánto espera delante de la tarjeta y se puede retirar"),
    SR_OPT(struct sr_playback_opts, fail_after, "0", .min = 0, .max = 1e9,
           .en = "null: blocks until the device is lost, each time anew; 0 is never",
           .es = "null: bloques hasta que se pierde el dispositivo, cada vez; 0 es nunca"),
    SR_OPT(struct sr_playback_opts, return_ms, "0", .min = 0, .max = 1e9,
           .en = "null: a lost device comes back after so long; 0 is never",
           .es = "null: un dispositivo perdido vuelve tras este tiempo; 0 es nunca"),
    SR_OPT_END};
