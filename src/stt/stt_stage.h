/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_STT_STT_STAGE_H
#define SR_STT_STT_STAGE_H

#include "flow/sched.h"
#include "flow/stage.h"
#include "stt/stt.h"
#include "turn/remarks.h"
#include "turn/turn_end.h"

struct sr_stt_stage {
    /* immutable after the threads start */
    struct sr_flow *flow;
    struct sr_sched *sched;
    const struct sr_stt_backend *backend;
    struct sr_stt *stt;
    int threads;                      /* that a decoding takes */
    const struct sr_remarks *remarks; /* NULL: whatever is said while the machine speaks is a request */
    const struct sr_turn_end *end;    /* NULL: the words do not matter for the end of the turn */
    const char *end_language;         /* that `end` reads; words of another one say nothing */
    struct sr_embed *embed;           /* may be NULL */
    const char *languages[2];         /* the configured one and the other; the first NULL: as the backend likes */
    /* stt thread only: the turn being heard; all but the number is empty when it is new */
    uint32_t turn_id;
    uint32_t revision;  /* of the text last shown */
    char *shown, *last; /* what the application saw, the decoding before */
    char *head;         /* the text of the pieces that will not change any more (see cut.h) ... */
    size_t head_count;  /* ... and how many samples they are */
    char language[8];   /* that of what was decoded last; "": not known */
    bool foreign;       /* what was decoded last is in another language than end_language */
    /* stt thread only: the last draft, which is the final text if nothing was said since */
    uint32_t draft_serial;
    char *draft_text;
    int64_t draft_start_us, draft_end_us;
};

/** The body of thread 3; `arg` is a struct sr_stt_stage. Returns when the flow stops. [stage:stt] */
void sr_stt_run(void *arg);
/** Frees what the stage remembers (not its backend). After the thread ended. */
void sr_stt_stage_deinit(struct sr_stt_stage *stage);

#endif
