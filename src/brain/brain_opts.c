/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/brain_opts.h"

#define BRAIN(field, fallback, ...) SR_OPT(struct sr_brain_opts, field, fallback, __VA_ARGS__)
#define LLM(field, fallback, ...) SR_OPT(struct sr_llm_opts, field, fallback, __VA_ARGS__)

const struct sr_opt sr_brain_opts_table[] = {
    BRAIN(language, "es", .choices = "es|en", .en = "language of the data tables", .es = "idioma de las tablas"),
    BRAIN(templates, "", .arg = "FILE", .en = "templates table; empty: the one of the language",
          .es = "tabla de plantillas; vacía: la del idioma"),
    BRAIN(knowledge, "", .arg = "FILE", .en = "passages table; empty: the one of the language",
          .es = "tabla de pasajes; vacía: la del idioma"),
    BRAIN(phrases, "", .arg = "FILE", .en = "table of the engine's own phrases; empty: the one of the language",
          .es = "tabla de frases propias; vacía: la del idioma"),
    BRAIN(fillers, "", .arg = "FILE", .en = "table of what is said while an answer is awaited; empty: the language's",
          .es = "tabla de lo que se dice mientras se espera la respuesta; vacía: la del idioma"),
    BRAIN(filler_ms, "800", .min = 0, .max = 60000,
          .en = "with nothing to say so long after the end of the turn, a filler is said; 0: never",
          .es = "sin nada que decir este tiempo tras el fin del turno se dice una muletilla; 0: nunca"),
    BRAIN(memory, "", .arg = "FILE", .en = "what the user wants remembered; empty: sarai/memory.db in the data folder",
          .es = "lo que el usuario quiere recordar; vacía: sarai/memory.db en la carpeta de datos"),
    BRAIN(phrase, "chat", .choices = "chat|always|never",
          .en = "who words a fact: chat: a model that holds a conversation; always: any model; never: the passage",
          .es = "quién redacta un dato: chat: un modelo que conversa; always: cualquiera; never: el propio pasaje"),
    BRAIN(min_score, "0.6", .min = 0, .max = 1, .en = "how well a passage must match to be an answer",
          .es = "cuánto debe casar un pasaje para ser respuesta"),
    SR_OPT_END,
};

const struct sr_opt sr_llm_opts_table[] = {
    LLM(backend, "llama", .choices = "llama|null|none", .en = "language model engine; none: answer without one",
        .es = "motor del modelo de lenguaje; none: contestar sin él"),
    LLM(model, "gemma3-270m/gemma-3-270m-q4_k_m.gguf", .arg = "FILE",
        .en = "GGUF file in the models folder, or an absolute path",
        .es = "fichero GGUF de la carpeta de modelos, o ruta absoluta"),
    LLM(threads, "1", .min = 1, .max = 64, .en = "compute threads", .es = "hilos de cálculo"),
    LLM(context, "1024", .min = 128, .max = 131072, .en = "context length in tokens", .es = "contexto en tokens"),
    LLM(max_tokens, "48", .min = 1, .max = 4096, .en = "longest answer in tokens",
        .es = "respuesta más larga en tokens"),
    LLM(deadline_ms, "700", .min = 0, .max = 60000,
        .en = "without a usable sentence by then the passage itself is spoken; 0: wait",
        .es = "sin frase útil para entonces se dice el pasaje; 0: esperar"),
    LLM(delay_ms, "20", .min = 0, .max = 60000, .en = "null: time of one token", .es = "null: tiempo de un token"),
    LLM(fail_after, "0", .min = 0, .max = 1e6, .en = "null: answers until it fails",
        .es = "null: respuestas hasta fallar"),
    LLM(script, "", .en = "null: answers in turn, '|' between them", .es = "null: respuestas por turno, con '|'"),
    SR_OPT_END,
};
