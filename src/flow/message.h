/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What travels on the edges. Every message carries the stamp of its turn. Pointers in a message are handed over with
 * it: the stage that pops it owns them and frees them or hands them on.
 *
 * Every turn ends with one message marked `last` that passes through every stage behind the brain even when it is
 * stale; it carries the turn's record, so exactly one stage owns the record at any time.
 */
#ifndef SR_FLOW_MESSAGE_H
#define SR_FLOW_MESSAGE_H

#include "base/clock.h"
#include "flow/epoch.h"

#define SR_RATE_HZ 16000     /* of everything before the brain */
#define SR_FRAME_SAMPLES 512 /* 32 ms, what Silero VAD takes */
#define SR_FRAME_US 32000

/** capture -> vad */
struct sr_frame {
    int64_t time_us; /* when its last sample was captured */
    uint32_t flags;
    float samples[SR_FRAME_SAMPLES];
};
enum {
    SR_FRAME_LOST = 1 << 0, /* frames are missing before this one */
    SR_FRAME_END = 1 << 1,  /* the last of the files given ended in this one */
};

#define SR_ECHO_SAMPLES_MAX 192

/** playback -> vad: 10 ms of what is being played, at 16 kHz. `position` counts samples since the session began, those
 *  of silences too, which are not sent. */
struct sr_echo {
    int64_t heard_us; /* when its first sample will be heard, as far as the device tells */
    int64_t position;
    uint16_t count;
    float samples[SR_ECHO_SAMPLES_MAX];
};

/** What an utterance is decoded for. */
enum sr_purpose {
    SR_FINAL,   /* the turn is over: its text is answered */
    SR_DRAFT,   /* a pause: if the turn ends here, this is its text */
    SR_PARTIAL, /* the user goes on: only to be shown */
    SR_PROBE,   /* said while the machine is heard: does it ask for the turn? */
};

/** vad -> stt: what was said so far. */
struct sr_utterance {
    sr_stamp stamp;
    enum sr_purpose purpose;
    uint32_t turn_id; /* 0 in a probe */
    uint32_t serial;  /* names the sound, from 1; a final has that of the draft or probe after which nothing was said */
    int speech_ms;    /* speech in it */
    float *samples;   /* 16 kHz */
    size_t count;
    struct sarai_turn *turn; /* final only */
};

/** stt -> brain: what was said. */
struct sr_text {
    sr_stamp stamp;
    uint32_t turn_id;
    bool draft;
    char language[8]; /* that it was heard in; "": not known */
    char *text;
    struct sarai_turn *turn; /* final only */
};

/** What was said before: the user's turn and what was heard of the answer; either may be "". */
struct sr_exchange {
    char *user, *reply;
};

/** brain -> llm: phrase or find the answer. */
struct sr_question {
    sr_stamp stamp;
    struct sr_exchange *history; /* `history_count` exchanges, the oldest first */
    size_t history_count;
    char *context; /* sentences that the answer must rest on; NULL: none */
    char *question;
    char *fallback; /* said when the model gives nothing usable; NULL: nothing */
};

/** llm -> brain: a sentence of the answer. */
struct sr_thought {
    sr_stamp stamp;
    char *text; /* NULL in a bare `last` */
    int64_t first_token_us;
    bool last;
};

/** application -> brain: speak this, as a turn of its own. */
struct sr_order {
    sr_stamp stamp;
    enum sarai_priority priority;
    char *text;
};

/** brain -> speech: a piece of the answer, of any size. */
struct sr_say {
    sr_stamp stamp;
    uint32_t turn_id;
    char *text; /* NULL in a bare `last` */
    int style;  /* enum sr_style: how it asks to be said */
    int64_t queued_us;
    bool flush;  /* the text so far is complete and can be spoken */
    bool filler; /* no part of the answer: said while it is awaited */
    bool last;
    struct sarai_turn *turn; /* with `last` only; NULL for speech that is nobody's answer */
};

#define SR_CLIP_CUTS 8

/** speech -> playback: one clause of sound. */
struct sr_clip {
    sr_stamp stamp;
    uint32_t turn_id;
    float *samples; /* at the playback rate; NULL in a bare `last` */
    size_t count;
    size_t overlap; /* the next clip begins so many samples before its end */
    int pause_ms;   /* silence that belongs behind it */
    char *text;     /* what it says; NULL in a filler */
    bool filler;    /* ends at the next of its `cuts`, samples between two words, once there is something to say */
    int cut_count;
    size_t cuts[SR_CLIP_CUTS];
    int64_t ready_us;
    bool last;
    struct sarai_turn *turn; /* with `last` only */
};

/** playback -> brain: how much of an answer was heard. */
struct sr_heard {
    uint32_t turn_id;
    int64_t end_us; /* when its last sample was heard; < 0: none was */
    char *text;
};

/** Free what a message owns; they take `void *` so that the edges can call them. */
void sr_utterance_deinit(void *message);
void sr_text_deinit(void *message);
void sr_question_deinit(void *message);
void sr_thought_deinit(void *message);
void sr_order_deinit(void *message);
void sr_say_deinit(void *message);
void sr_clip_deinit(void *message);
void sr_heard_deinit(void *message);
void sr_event_message_deinit(void *message);

/** Frees `count` exchanges and the array of them. */
void sr_exchanges_free(struct sr_exchange *exchanges, size_t count);

/** A turn's record with every time unreached; NULL when out of memory. */
struct sarai_turn *sr_turn_new(void);
void sr_turn_free(struct sarai_turn *turn);
/** Replaces one of the record's owned texts by a copy. */
int sr_turn_set(const char **field, const char *text);

#endif
