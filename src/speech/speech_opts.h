/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_SPEECH_SPEECH_OPTS_H
#define SR_SPEECH_SPEECH_OPTS_H

#include "base/opt.h"

/** Section "speech": how text is cut and paced. */
struct sr_speech_opts {
    int first_min_chars;  /* the first fragment is cut at a comma once it has this many characters, ... */
    int first_max_chars;  /* ... or where two phrases join before so many; each next piece may be half as long again */
    int max_clause_chars; /* no clause is longer: it is cut at a comma, else at a space */
    int pause_ms;         /* silence after a sentence */
    int comma_ms;         /* silence after a clause cut at a comma */
    char *bank;           /* "auto": used and completed in the background, "read": only used, "off" */
    char *bank_dir;       /* "" = the cache folder */
};

/** Section "tts". */
struct sr_tts_opts {
    char *backend; /* "kokoro", "vits", "espeak" or "null"; espeak stands in when the voice can't be loaded and fallback
                      is on */
    char *voice;   /* "ef_dora" */
    char *other;   /* the voice for brain.other: "af_heart" */
    char *language; /* phonemes: "es", "en-us" */
    char *phonemes; /* of Spanish: "rules" or "espeak" */
    char *accent;   /* of the rules: "castilian" or "seseo" */
    char *style;    /* "auto", or a name that sr_style_find knows: of everything that is said */
    float speed;    /* 0.5 to 2 */
    float loudness_db;
    /* vits backend; below 0: what the model says */
    float noise_scale;
    float noise_scale_w;
    float sdp_ratio;
    int threads;
    bool fallback;
    /* null backend */
    int delay_ms;    /* time one clause takes */
    int ms_per_char; /* length of its clip */
    int fail_after;  /* clauses until it fails; 0 = never */
};

extern const struct sr_opt sr_speech_opts_table[], sr_tts_opts_table[];

#endif
