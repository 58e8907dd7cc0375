/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/speech_opts.h"

#define SPEECH struct sr_speech_opts
#define TTS struct sr_tts_opts

const struct sr_opt sr_speech_opts_table[] = {
    SR_OPT(SPEECH, first_min_chars, "12", .min = 1, .max = 400,
           .en = "the first fragment is cut at a comma once it has this many characters",
           .es = "el primer fragmento se corta en una coma cuando tiene estos caracteres"),
    SR_OPT(SPEECH, first_max_chars, "16", .min = 0, .max = 400,
           .en = "or where two phrases join before so many, each next piece half as long again; 0 = never",
           .es = "o donde se unen dos sintagmas antes de tantos, y cada trozo siguiente la mitad más; 0 = nunca"),
    SR_OPT(SPEECH, max_clause_chars, "140", .min = 20, .max = 400,
           .en = "longer clauses are cut at a comma, else at a space",
           .es = "las frases más largas se cortan en una coma o, si no hay, en un espacio"),
    SR_OPT(SPEECH, pause_ms, "220", .min = 0, .max = 5000, .en = "silence after a sentence",
           .es = "silencio tras una oración"),
    SR_OPT(SPEECH, comma_ms, "90", .min = 0, .max = 5000, .en = "silence after a clause cut at a comma",
           .es = "silencio tras una frase cortada en una coma"),
    SR_OPT(SPEECH, bank, "auto", .choices = "auto|read|off",
           .en = "sentences rendered beforehand: used and completed in the background, only used, or not used",
           .es = "frases preparadas: se usan y completan en segundo plano, solo se usan, o no se usan"),
    SR_OPT(SPEECH, bank_dir, "", .arg = "DIR", .en = "where they are; empty: sarai/bank in the user's cache folder",
           .es = "dónde están; vacío: sarai/bank en la carpeta de caché del usuario"),
    SR_OPT_END};

const struct sr_opt sr_tts_opts_table[] = {
    SR_OPT(TTS, backend, "kokoro", .choices = "kokoro|espeak|null", .en = "what turns text into speech",
           .es = "lo que convierte el texto en voz"),
    SR_OPT(TTS, voice, "ef_dora", .arg = "NAME", .en = "voice: ef_dora, em_alex, em_santa, af_heart...",
           .es = "voz: ef_dora, em_alex, em_santa, af_heart..."),
    SR_OPT(TTS, language, "", .arg = "LANGUAGE", .en = "language of the phonemes; empty: the voice's own",
           .es = "idioma de los fonemas; vacío: el de la voz"),
    SR_OPT(TTS, phonemes, "rules", .choices = "rules|espeak", .en = "what turns Spanish text into phonemes",
           .es = "lo que convierte el texto español en fonemas"),
    SR_OPT(TTS, accent, "castilian", .choices = "castilian|seseo",
           .en = "of the Spanish rules: z apart from s, or like it",
           .es = "de las reglas del español: z distinta de s o igual"),
    SR_OPT(TTS, speed, "1", .min = 0.5, .max = 2, .en = "speaking rate, 1 = the voice's own",
           .es = "velocidad del habla, 1 = la de la voz"),
    SR_OPT(TTS, threads, "2", .min = 1, .max = 64, .en = "compute threads", .es = "hilos de cálculo"),
    SR_OPT(TTS, fallback, "true", .en = "speak with espeak when the backend can't be loaded",
           .es = "hablar con espeak si no se puede cargar la voz elegida"),
    SR_OPT(TTS, delay_ms, "0", .min = 0, .max = 60000, .en = "null backend: time one clause takes",
           .es = "voz null: lo que tarda cada frase"),
    SR_OPT(TTS, ms_per_char, "60", .min = 1, .max = 1000, .en = "null backend: length of a clip for each character",
           .es = "voz null: duración del audio por carácter"),
    SR_OPT(TTS, fail_after, "0", .min = 0, .max = 1000000, .en = "null backend: clauses until it fails; 0 = never",
           .es = "voz null: frases hasta que falla; 0 = nunca"),
    SR_OPT_END};
