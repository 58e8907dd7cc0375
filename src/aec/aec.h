/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Echo cancellation: takes the machine's own voice out of what the microphone heard, and says when what remains is
 * nothing else. The reference is what playback really wrote, stamped with when it is heard.
 *
 * While nothing was played lately the frame passes as it is, bit by bit, and that costs nothing.
 */
#ifndef SR_AEC_AEC_H
#define SR_AEC_AEC_H

#include "base/opt.h"
#include "flow/edges.h"

/** Section "aec". */
struct sr_aec_opts {
    char *backend; /* "auto": between two devices; "speex": always; "off" */
    int tail_ms;   /* of the room that is modelled */
};

extern const struct sr_opt sr_aec_opts_table[];

/** Whose sound is a frame? */
enum sr_speaker {
    SR_SPEAKER_OTHER,
    SR_SPEAKER_DOUBTFUL, /* our own, unless somebody begins to speak just now */
    SR_SPEAKER_OWN,
};

/** Levels are RMS in dB of full scale. While nothing was played lately all but `near_db` is 0. */
struct sr_aec_report {
    bool active;      /* something was played lately: the frame went through the canceller */
    bool echo_likely; /* nothing but our own voice and noise is left ... */
    bool surprising;  /* ... but much of it, all of a sudden */
    float near_db, far_db, residual_db;
    float erle_db;   /* echo return loss enhancement, smoothed: how much of the microphone's level was taken away */
    float excess_db; /* how far the residual lies above what is expected of an echo */
    float drift_ppm; /* the loudspeaker's clock is faster by so much */
    int delay_ms;    /* the echo comes so much later than playback said; 0 until that is known */
};

struct sr_aec;

/** Does a session between these backends cancel echo? */
bool sr_aec_wanted(const struct sr_aec_opts *opts, const char *capture, const char *playback);
/** The caller owns `*out`. Nothing is allocated after this. [init] */
int sr_aec_open(const struct sr_aec_opts *opts, struct sr_aec **out, struct sarai_error *error);
void sr_aec_close(struct sr_aec *aec);
/** Takes what is played, in the order of its position, at most 3 s before it is heard. [stage:vad] */
void sr_aec_play(struct sr_aec *aec, const struct sr_echo *echo);
/** Takes the next SR_FRAME_SAMPLES of the microphone, the last of them captured at `time_us`; `out` may be `near`. Of
 *  frames that are missing only `time_us` tells. [stage:vad] */
void sr_aec_feed(struct sr_aec *aec, const float *near, int64_t time_us, float *out, struct sr_aec_report *report);
/** Was the sound of the last `ms` our own voice, although its frames did not count as that? Then it comes on another
 *  way than the one known so far. `aec` NULL: false. [stage:vad] */
bool sr_aec_recognizes(struct sr_aec *aec, int ms);
/** Begins anew with the way on which our voice was recognized last. [stage:vad] */
void sr_aec_forget_room(struct sr_aec *aec);
/** Takes what is on the edge, then cleans the frame in place. `aec` NULL: SR_SPEAKER_OTHER. [stage:vad] */
enum sr_speaker sr_aec_clean(struct sr_aec *aec, struct sr_edge *echoes, struct sr_frame *frame);

#endif
