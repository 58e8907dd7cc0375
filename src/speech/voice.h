/* SPDX-License-Identifier: Apache-2.0 */
/* A voice as the rest of the program knows it: written text in, a clip out that begins and ends with sound, is said in
 * the style it asks for and is as loud as any other. */
#ifndef SR_SPEECH_VOICE_H
#define SR_SPEECH_VOICE_H

#include "speech/tts.h"
#include "text/normalize.h"

/** A voice and the one that stands in when it fails; shared by all sessions. */
struct sr_voice {
    const struct sr_tts_backend *backend, *fallback_backend;
    struct sr_tts *tts, *fallback;                     /* either may be NULL */
    struct sr_normalizer *spanish, *english;           /* how written text is read; either may be NULL */
    struct sr_style_cues *spanish_cues, *english_cues; /* what asks for a style; either may be NULL */
    const char *name, *language;                       /* the configured ones; borrowed */
    enum sr_style style;                               /* of everything; SR_STYLE_AUTO: as hint or text ask */
    float speed;                                       /* the configured one; 0 is 1 */
    float loudness_db;                                 /* of its clips; 0: as they come */
};

/** Loads what the options and `folder` (the data tables) say about reading and style; the backends are the caller's.
 *  `opts` is borrowed as long as the voice lives. Deinit also after a failure. [init] */
int sr_voice_init(struct sr_voice *voice, const struct sr_tts_opts *opts, const char *folder,
                  struct sarai_error *error);
void sr_voice_deinit(struct sr_voice *voice);

/** Speaks one clause with the voice, or else with its stand-in. The text of `job` is as written; the voice gets it as
 *  it is spoken in the language of the voice. The style of `job` is a hint, that of the options wins; the speed of
 *  either is multiplied by that of the style. Clips of all backends but the bare ones pass through sr_voice_finish.
 *  [any] */
int sr_voice_synthesize(const struct sr_voice *voice, const struct sr_tts_job *job, const struct sr_abort *abort,
                        struct sr_tts_clip *clip, struct sarai_error *error);

/** What sr_voice_synthesize would give the voice, or for want of it its stand-in: `*given` is a hash of the phonemes,
 * the style and the speed, and texts that share it sound the same. Takes no time worth mentioning. [any] */
int sr_voice_read(const struct sr_voice *voice, const struct sr_tts_job *job, uint64_t *given,
                  struct sarai_error *error);

/** Cuts off the silence at both ends and brings the clip to a loudness (EBU R128) in dB relative to full scale, or as
 *  near to it as its true peak may go without passing -1 dB. `loudness_db` 0 leaves it as loud as it is. [any] */
void sr_voice_finish(struct sr_tts_clip *clip, float loudness_db);

#endif
