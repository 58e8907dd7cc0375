/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/capture.h"

const struct sr_opt sr_capture_opts_table[] = {
    SR_OPT(struct sr_capture_opts, backend, "file", .choices = "file|device|null",
           .en = "where the user's voice comes from", .es = "de dónde llega la voz del usuario"),
    SR_OPT(struct sr_capture_opts, device, "",
           .en = "device: the microphone, its number, name or part of it; empty: the system's",
           .es = "device: el micrófono, su número, nombre o parte de él; vacío: el del sistema"),
    SR_OPT(struct sr_capture_opts, script, "", .arg = "SPEECH_MS,PAUSE_MS,...",
           .en = "null: speech and pauses it makes up, repeated; empty is silence",
           .es = "null: voz y pausas que simula, en bucle; vacío es silencio"),
    SR_OPT(struct sr_capture_opts, jitter_ms, "0", .min = 0, .max = 1000,
           .en = "null: frames come up to this much late", .es = "null: las tramas llegan hasta este tiempo tarde"),
    SR_OPT(struct sr_capture_opts, fail_after, "0", .min = 0, .max = 1e9,
           .en = "null: frames until the device is lost, each time anew; 0 is never",
           .es = "null: tramas hasta que se pierde el dispositivo, cada vez; 0 es nunca"),
    SR_OPT(struct sr_capture_opts, return_ms, "0", .min = 0, .max = 1e9,
           .en = "null: a lost device comes back after so long; 0 is never",
           .es = "null: un dispositivo perdido vuelve tras este tiempo; 0 es nunca"),
    SR_OPT_END};
