/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Phonemes from espeak-ng, which is GPL-3 and so never linked: the helper program `sarai-espeak` runs beside us and is
 * asked through a socket. That also contains espeak-ng's global state and its crashes: a dead helper is started again.
 *
 * The helper's protocol, one request at a time:
 *   in   "P LANGUAGE BYTES\n" + text          out  "OK BYTES\n" + IPA with tie bars, punctuation kept
 *   in   "S LANGUAGE WPM BYTES\n" + text      out  "OK BYTES RATE_HZ\n" + s16le samples
 *   a failed request                          out  "ERR BYTES\n" + reason
 */
#ifndef SR_SPEECH_PHONEMES_H
#define SR_SPEECH_PHONEMES_H

#include "base/str.h"

struct sr_espeak;

/** Starts the helper. SARAI_EMODEL when it is not installed. The caller owns `*out`. */
int sr_espeak_open(struct sr_espeak **out, struct sarai_error *error);
void sr_espeak_close(struct sr_espeak *espeak);
/** IPA of one text, appended to `out`. Emoji, control characters and broken bytes are left out; a text without a
 *  letter, digit or unit sign adds nothing. Texts are limited to 64 KiB; an unknown language is SARAI_EINPUT.
 *  Serialized by a lock. [any] */
int sr_espeak_phonemes(struct sr_espeak *espeak, const char *language, const char *text, struct sr_str *out,
                       struct sarai_error *error);
/** The helper's own voice: malloc'd samples that the caller frees (NULL and 0 for a text with nothing to read). [any]
 */
int sr_espeak_speak(struct sr_espeak *espeak, const char *language, int words_per_minute, const char *text,
                    float **samples, size_t *count, int *rate_hz, struct sarai_error *error);

/** The language that a voice named as Kokoro's are reads ("ef_dora": "es", "af_heart": "en-us"), or NULL for any other
 *  name. [any] */
const char *sr_espeak_language_of(const char *voice);

#endif
