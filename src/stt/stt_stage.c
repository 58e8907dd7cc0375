/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 3. A draft is decoded while the turn machine still waits whether the user goes on. When the turn is then over
 * and nothing was said in between, it has the serial of the draft, and the draft's text is the final text at no cost.
 * What a draft or a probe says about the turn goes back to the vad stage as a verdict. A final utterance always leaves
 * as a text message, empty if decoding failed, because it carries the turn's record.
 *
 * While the user still speaks, partial utterances come in. Only their words on which two decodings agree are shown, and
 * the brain does not see them. A draft behind which something newer waits is skipped, and a partial one is given up for
 * whatever is not partial: being late with a caption is nothing, being late with an answer is.
 */
#include "stt/stt_stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "stt/agree.h"
#include "stt/cut.h"

static void replace(char **text, char *by) {
    free(*text);
    *text = by;
}

static void begin_turn(struct sr_stt_stage *stage, uint32_t turn_id) {
    if (turn_id && stage->turn_id == turn_id)
        return;
    stage->turn_id = turn_id;
    stage->revision = 0;
    stage->head_count = 0;
    replace(&stage->shown, NULL);
    replace(&stage->last, NULL);
    replace(&stage->head, NULL);
}

/* ----------------------------------------------------------------------------------------------------- decoding -- */

/* Asked while a partial utterance is decoded. Partial ones that are old news are dropped on the way. */
static bool more_urgent_waits(void *user) {
    struct sr_stt_stage *stage = user;
    struct sr_edge *edge = &stage->flow->edges[SR_EDGE_UTTERANCES];
    const struct sr_utterance *next = sr_ring_peek(&edge->ring);
    while (next && next->purpose == SR_PARTIAL && sr_ring_depth(&edge->ring) > 1) {
        struct sr_utterance old;
        sr_edge_pop(edge, &old);
        sr_utterance_deinit(&old);
        next = sr_ring_peek(&edge->ring);
    }
    return next && next->purpose != SR_PARTIAL;
}

/* Appends the text of one piece to `text`. */
static int decode_piece(struct sr_stt_stage *stage, const struct sr_utterance *utterance, size_t first, size_t count,
                        const struct sr_abort *abort, struct sr_str *text) {
    const bool urgent = utterance->purpose == SR_FINAL || utterance->purpose == SR_PROBE;
    const enum sr_urgency urgency = urgent ? SR_STT_FINAL : SR_STT_DRAFT;
    struct sr_stt_result result = {0};
    int status = sr_sched_take(stage->sched, stage->flow->clock, urgency, stage->threads, abort);
    if (status < 0)
        return SARAI_ESTALE;
    if (stage->languages[0] && stage->backend->listen_for)
        stage->backend->listen_for(stage->stt, stage->languages[atomic_load(&stage->flow->delivery.other)]);
    status = stage->backend->decode(stage->stt, utterance->samples + first, count, utterance->purpose, abort, &result);
    sr_sched_give(stage->sched, stage->threads);
    snprintf(stage->language, sizeof stage->language, "%s", result.language);
    stage->foreign = stage->end_language && *result.language && strcmp(result.language, stage->end_language) != 0;
    if (status >= 0 && *result.text)
        sr_str_addf(text, "%s%s", text->len ? " " : "", result.text);
    sr_stt_result_deinit(&result);
    return status < 0 ? status : text->failed ? SARAI_ENOMEM : SARAI_OK;
}

/* Decodes the pieces that are complete, once a turn. */
static int decode_head(struct sr_stt_stage *stage, const struct sr_utterance *utterance, const struct sr_abort *abort) {
    int status = SARAI_OK;
    for (size_t cut;
         status >= 0 && (cut = sr_cut(utterance->samples + stage->head_count, utterance->count - stage->head_count));) {
        struct sr_str text = {0};
        sr_str_adds(&text, stage->head ? stage->head : "");
        status = decode_piece(stage, utterance, stage->head_count, cut, abort, &text);
        if (status >= 0) {
            replace(&stage->head, sr_str_take(&text));
            stage->head_count += cut;
        }
        sr_str_deinit(&text);
    }
    return status;
}

/* What the text says about the turn, for the vad stage. */
static void judge(struct sr_stt_stage *stage, const struct sr_utterance *utterance, const char *text) {
    struct sr_verdict verdict = {.serial = utterance->serial, .remark = SR_REMARK_REQUEST};
    if (stage->remarks)
        verdict.remark = sr_remarks_judge(stage->remarks, text, utterance->speech_ms);
    const bool wanted = stage->end && (utterance->purpose == SR_DRAFT || utterance->purpose == SR_PROBE);
    if (wanted && stage->foreign)
        verdict.has_over = true;
    else if (wanted)
        verdict.has_over = sr_turn_end_text(stage->end, stage->embed, text, &verdict.over) == SARAI_OK;
    atomic_store(&stage->flow->verdict, sr_verdict_pack(&verdict));
}

/* The text of an utterance, malloc'd, or NULL when it is not wanted any more or could not be decoded. */
static char *decode(struct sr_stt_stage *stage, const struct sr_utterance *utterance) {
    struct sr_flow *flow = stage->flow;
    struct sr_abort abort = sr_flow_abort(flow, utterance->stamp, utterance->purpose != SR_FINAL);
    struct sr_str text = {0};
    if (utterance->purpose == SR_PARTIAL) {
        abort.also = more_urgent_waits;
        abort.user = stage;
    }
    if (utterance->count <= stage->head_count)
        return NULL;
    int status = decode_head(stage, utterance, &abort);
    if (status >= 0) {
        sr_str_adds(&text, stage->head ? stage->head : "");
        status = decode_piece(stage, utterance, stage->head_count, utterance->count - stage->head_count, &abort, &text);
    }
    if (status < 0)
        sr_str_deinit(&text);
    if (status < 0 && status != SARAI_ESTALE)
        sr_flow_emit(flow, SR_STT, SARAI_EVENT_WARNING, 0, "speech recognition failed; the turn is lost", NULL);
    return status < 0 ? NULL : sr_str_take(&text);
}

/* ------------------------------------------------------------------------------------------------------ showing -- */

static void show(struct sr_stt_stage *stage, enum sarai_event_type type, const char *text) {
    struct sarai_event event = {.type = type,
                                .time_us = sr_clock_now_us(stage->flow->clock),
                                .turn_id = stage->turn_id,
                                .revision = ++stage->revision,
                                .text = sr_strdup(text)};
    sr_edge_push(&stage->flow->edges[SR_EDGE_STT_EVENTS], &event);
    replace(&stage->shown, sr_strdup(text));
}

/* Shows what `text` and the decoding before it agree on, unless it is less of what is shown already. */
static void show_agreed(struct sr_stt_stage *stage, const char *text) {
    const size_t len = stage->last ? sr_agree(stage->last, text) : 0;
    char *agreed = sr_strndup(text, len);
    if (agreed && len > 0 && (!stage->shown || sr_agree(stage->shown, agreed) < len))
        show(stage, SARAI_EVENT_PARTIAL, agreed);
    free(agreed);
}

/* A draft, a partial or a probe. */
static void take_early(struct sr_stt_stage *stage, const struct sr_utterance *utterance) {
    struct sr_flow *flow = stage->flow;
    if (sr_epoch_superseded(&flow->epoch, utterance->stamp))
        return;
    const int64_t start_us = sr_clock_now_us(flow->clock);
    char *text = decode(stage, utterance);
    if (!text)
        return;
    judge(stage, utterance, text);
    if (utterance->purpose == SR_PARTIAL) {
        show_agreed(stage, text);
        replace(&stage->last, text);
        return;
    }
    replace(&stage->draft_text, text);
    stage->draft_serial = utterance->serial;
    stage->draft_start_us = start_us;
    stage->draft_end_us = sr_clock_now_us(flow->clock);
    if (utterance->purpose == SR_PROBE)
        return;
    if (!stage->shown || strcmp(stage->shown, text) != 0)
        show(stage, SARAI_EVENT_PARTIAL, text);
    replace(&stage->last, sr_strdup(text));
    struct sr_text message = {
        .stamp = utterance->stamp, .turn_id = utterance->turn_id, .draft = true, .text = sr_strdup(text)};
    sr_edge_push(&flow->edges[SR_EDGE_TEXTS], &message);
}

static void take_final(struct sr_stt_stage *stage, struct sr_utterance *utterance) {
    struct sr_flow *flow = stage->flow;
    struct sarai_turn *turn = utterance->turn;
    struct sr_text message = {.stamp = utterance->stamp, .turn_id = utterance->turn_id, .turn = turn};
    utterance->turn = NULL;
    if (stage->draft_text && stage->draft_serial == utterance->serial) {
        message.text = stage->draft_text;
        stage->draft_text = NULL;
        turn->stt_start_us = stage->draft_start_us;
        turn->stt_end_us = stage->draft_end_us;
    } else if (!sr_epoch_stale(&flow->epoch, utterance->stamp)) {
        turn->stt_start_us = sr_clock_now_us(flow->clock);
        message.text = decode(stage, utterance);
        turn->stt_end_us = sr_clock_now_us(flow->clock);
    }
    snprintf(message.language, sizeof message.language, "%s", stage->language);
    turn->final_us = sr_clock_now_us(flow->clock);
    sr_turn_set(&turn->heard, message.text);
    if (message.text)
        show(stage, SARAI_EVENT_FINAL, message.text);
    sr_edge_push(&flow->edges[SR_EDGE_TEXTS], &message);
}

void sr_stt_run(void *arg) {
    struct sr_stt_stage *stage = arg;
    struct sr_flow *flow = stage->flow;
    struct sr_edge *edge = &flow->edges[SR_EDGE_UTTERANCES];
    struct sr_utterance utterance;
    while (!sr_flow_stopping(flow)) {
        if (!sr_edge_pop(edge, &utterance)) {
            sr_flow_wait(flow, SR_STT, sr_clock_now_us(flow->clock) + 1000000);
            continue;
        }
        begin_turn(stage, utterance.turn_id);
        if (utterance.purpose == SR_FINAL)
            take_final(stage, &utterance);
        else if (!sr_ring_peek(&edge->ring))
            take_early(stage, &utterance);
        sr_utterance_deinit(&utterance);
    }
}

void sr_stt_stage_deinit(struct sr_stt_stage *stage) {
    replace(&stage->shown, NULL);
    replace(&stage->last, NULL);
    replace(&stage->head, NULL);
    replace(&stage->draft_text, NULL);
}
