/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/stt.h"

const struct sr_opt sr_stt_opts_table[] = {
    SR_OPT(struct sr_stt_opts, backend, "whisper", .choices = "whisper|null", .en = "what turns speech into text",
           .es = "qué convierte la voz en texto"),
    SR_OPT(struct sr_stt_opts, model, "whisper-base/ggml-base-q8_0.bin", .arg = "FILE",
           .en = "weights, a file in the models folder", .es = "pesos, un fichero de la carpeta de modelos"),
    SR_OPT(struct sr_stt_opts, language, "es", .arg = "CODE", .en = "spoken language: es, en, ... or auto",
           .es = "idioma hablado: es, en, ... o auto"),
    SR_OPT(struct sr_stt_opts, prompt, "", .arg = "TEXT", .en = "words to expect, names for example",
           .es = "palabras esperables, por ejemplo nombres"),
    SR_OPT(struct sr_stt_opts, threads, "1", .min = 1, .max = 64, .en = "compute threads", .es = "hilos de cálculo"),
    SR_OPT(struct sr_stt_opts, beam, "1", .min = 1, .max = 8,
           .en = "beam size of final texts, 1 being greedy; drafts are always greedy",
           .es = "anchura del haz en los textos finales, 1 es voraz; los borradores siempre lo son"),
    SR_OPT(struct sr_stt_opts, delay_ms, "0", .min = 0, .max = 60000, .en = "null: time a decoding takes",
           .es = "null: lo que tarda cada decodificación"),
    SR_OPT(struct sr_stt_opts, fail_after, "0", .min = 0, .max = 1e9,
           .en = "null: decodings until one fails, each time anew; 0 is never",
           .es = "null: decodificaciones hasta que una falla, cada vez; 0 es nunca"),
    SR_OPT(struct sr_stt_opts, script, "", .arg = "TEXT|TEXT", .en = "null: what it hears, one text a turn, repeated",
           .es = "null: lo que oye, un texto por turno, en bucle"),
    SR_OPT_END};
