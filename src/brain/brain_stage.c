/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 4. Takes what was said, decides (4a), answers from the tables (4b) or asks the language model's thread (4c)
 * and passes its sentences on. One turn at a time: a new one, or a new epoch, ends the one before it. However a turn
 * ends, its record leaves with exactly one message marked `last`.
 *
 *   IDLE --final text--> decide --> say it all, `last` --------------------> IDLE
 *                          |                                                  ^
 *                          +--> question to the llm --> sentences --> `last` -+
 *                                  |  a filler when the first sentence is late
 */
#include "brain/brain_stage.h"

#include <stdlib.h>
#include <string.h>

#include "brain/own_words.h"

#define FILLER_AGAIN_US 6000000
#define FLOOR_POLL_US 50000
#define ECHO_US 1000000 /* so long after the answer its echo may still begin */

static const struct sr_talk *spoken(const struct sr_brain_stage *stage) {
    return sr_talk_spoken(stage->talk, &stage->context);
}

static void push_text(struct sr_brain_stage *stage, const char *text, enum sr_style style) {
    struct sr_say say = {.stamp = stage->stamp,
                         .turn_id = stage->turn->id,
                         .queued_us = sr_clock_now_us(stage->flow->clock),
                         .text = sr_strdup(text),
                         .style = (int)style,
                         .flush = true};
    if (stage->reply.len)
        sr_str_addc(&stage->reply, ' ');
    sr_str_adds(&stage->reply, text);
    sr_edge_push(&stage->flow->edges[stage->say], &say);
}

/* The answer is awaited for long. The turn's own text comes first: with any of it there is none. */
static void push_filler(struct sr_brain_stage *stage) {
    struct sr_say say = {
        .stamp = stage->stamp,
        .turn_id = stage->turn->id,
        .queued_us = sr_clock_now_us(stage->flow->clock),
        .text = sr_brain_filler(spoken(stage)->brain, stage->turn->heard ? stage->turn->heard : "", stage->filled),
        .filler = true};
    stage->filled = true;
    stage->filler_us = say.queued_us + FILLER_AGAIN_US;
    if (say.text)
        sr_edge_push(&stage->flow->edges[stage->say], &say);
}

static void note_own(struct sr_brain_stage *stage) {
    if (!stage->reply.len)
        return;
    free(stage->own);
    stage->own = sr_strdup(stage->reply.data);
    stage->own_turn = stage->turn->id;
    stage->own_until_us = INT64_MAX;
}

static void send_last(struct sr_brain_stage *stage) {
    note_own(stage);
    sr_turn_set(&stage->turn->reply, stage->reply.data);
    if (stage->reply.len && !sr_act_is_about_speech(stage->turn->intent ? stage->turn->intent : ""))
        sr_context_reply(&stage->context, stage->turn->id, stage->reply.data);
    struct sr_say last = {.stamp = stage->stamp,
                          .turn_id = stage->turn->id,
                          .queued_us = sr_clock_now_us(stage->flow->clock),
                          .last = true,
                          .turn = stage->turn};
    stage->turn = NULL;
    sr_str_clear(&stage->reply);
    sr_edge_push(&stage->flow->edges[stage->say], &last);
}

static void end_turn(struct sr_brain_stage *stage) {
    if (!stage->turn)
        return;
    sr_str_add(&stage->reply, "", 0);
    if (stage->reply.data)
        sr_history_add(&stage->history, stage->turn->id, stage->turn->heard ? stage->turn->heard : "",
                       stage->reply.data);
    send_last(stage);
}

static void begin_turn(struct sr_brain_stage *stage, struct sarai_turn *turn, sr_stamp stamp, enum sr_edge_name say) {
    end_turn(stage);
    stage->turn = turn;
    stage->stamp = stamp;
    stage->say = say;
    stage->filler_us = 0;
    stage->filled = false;
}

static void ask_llm(struct sr_brain_stage *stage, const char *text, struct sr_decision *decision) {
    struct sr_question question = {
        .stamp = stage->stamp, .context = decision->context, .question = sr_strdup(text), .fallback = decision->reply};
    const int64_t end_us = stage->turn->endpoint_us;
    const int filler_ms = stage->talk->brain->opts->filler_ms;
    if (filler_ms && end_us >= 0)
        stage->filler_us = end_us + (int64_t)filler_ms * 1000;
    decision->context = decision->reply = NULL;
    sr_history_copy(&stage->history, &question.history, &question.history_count);
    if (question.question) {
        sr_edge_push(&stage->flow->edges[SR_EDGE_QUESTIONS], &question);
    } else {
        sr_question_deinit(&question);
        end_turn(stage);
    }
}

static void answer(struct sr_brain_stage *stage, const char *text) {
    struct sr_decision decision = {0};
    char *whole = NULL;
    const struct sr_abort abort = sr_flow_abort(stage->flow, stage->stamp, false);
    const int status = sr_talk_decide(spoken(stage), &stage->context, text, &abort, &decision, &whole);
    struct sarai_turn *turn = stage->turn;
    turn->route_us = sr_clock_now_us(stage->flow->clock);
    turn->confidence = decision.confidence;
    sr_turn_set(&turn->route, sr_route_name(decision.route));
    sr_turn_set(&turn->intent, decision.intent);
    if (status < 0 && status != SARAI_ESTALE)
        sr_flow_emit(stage->flow, SR_BRAIN, SARAI_EVENT_WARNING, turn->id, sarai_strerror(status), NULL);
    if (status >= 0 && decision.ask_llm) {
        ask_llm(stage, whole ? whole : text, &decision);
    } else {
        if (decision.reply)
            push_text(stage, decision.reply, decision.style);
        end_turn(stage);
    }
    sr_decision_deinit(&decision);
    free(whole);
}

/* Somebody who goes on in the other language is answered in it. */
static void follow(struct sr_brain_stage *stage, const char *language) {
    const struct sr_talk *other = spoken(stage)->other;
    if (stage->follow && other && strcmp(language, other->brain->opts->language) == 0)
        sr_context_change_language(&stage->context);
}

static void note_heard(struct sr_brain_stage *stage, const struct sr_heard *heard) {
    if (heard->turn_id == stage->own_turn)
        stage->own_until_us = heard->end_us < 0 ? 0 : heard->end_us + ECHO_US;
}

/* An echo that got past everything that knows its sound: a sound server that stood still loses samples, and with them
 * the echo's place. */
static void pass_over(struct sr_brain_stage *stage) {
    struct sarai_turn *turn = stage->turn;
    turn->route_us = sr_clock_now_us(stage->flow->clock);
    sr_turn_set(&turn->route, sr_route_name(SR_ROUTE_UNKNOWN));
    sr_turn_set(&turn->intent, "own_voice");
    send_last(stage);
}

static bool is_own_voice(const struct sr_brain_stage *stage, const char *text) {
    return stage->own && stage->turn->speech_start_us < stage->own_until_us && sr_own_words(text, stage->own);
}

static void take_text(struct sr_brain_stage *stage, struct sr_text *text) {
    if (text->draft) {
        sr_brain_prepare(spoken(stage)->brain, text->text ? text->text : "");
        return;
    }
    begin_turn(stage, text->turn, text->stamp, SR_EDGE_SAY_NORMAL);
    text->turn = NULL;
    if (sr_epoch_stale(&stage->flow->epoch, text->stamp)) {
        end_turn(stage);
        return;
    }
    if (is_own_voice(stage, text->text ? text->text : "")) {
        pass_over(stage);
        return;
    }
    follow(stage, text->language);
    answer(stage, text->text ? text->text : "");
}

static void take_thought(struct sr_brain_stage *stage, const struct sr_thought *thought) {
    if (!stage->turn || thought->stamp != stage->stamp)
        return;
    if (stage->turn->first_token_us < 0)
        stage->turn->first_token_us = thought->first_token_us;
    if (thought->text)
        push_text(stage, thought->text, SR_STYLE_AUTO);
    if (thought->last)
        end_turn(stage);
}

/* Something the application wants said. What is less than urgent speaks for the epoch in which its place came. */
static void take_order(struct sr_brain_stage *stage, const struct sr_order *order) {
    static const enum sr_edge_name queues[] = {SR_EDGE_SAY_HIGH, SR_EDGE_SAY_NORMAL, SR_EDGE_SAY_LOW};
    struct sr_flow *flow = stage->flow;
    const bool urgent = order->priority == SARAI_PRIORITY_HIGH;
    struct sarai_turn *turn = sr_turn_new();
    if (!turn) {
        atomic_fetch_sub(&flow->open_turns, 1);
        return;
    }
    begin_turn(stage, turn, urgent ? order->stamp : sr_epoch_stamp(&flow->epoch), queues[order->priority]);
    turn->id = sr_flow_next_turn(flow);
    turn->epoch = sr_stamp_epoch(stage->stamp);
    sr_turn_set(&turn->route, sr_route_name(SR_ROUTE_SAY));
    if (!urgent)
        sr_pending_add(&stage->pending, turn, order->priority, order->text);
    push_text(stage, order->text, urgent ? SR_STYLE_URGENT : SR_STYLE_AUTO);
    end_turn(stage);
}

/* What was not heard is said again when nobody speaks. */
static bool say_again(struct sr_brain_stage *stage) {
    if (!sr_pending_waits(&stage->pending) || atomic_load(&stage->flow->open_turns) > 0)
        return false;
    struct sr_order order = sr_pending_take(&stage->pending);
    atomic_fetch_add(&stage->flow->open_turns, 1);
    take_order(stage, &order);
    sr_order_deinit(&order);
    return true;
}

/* A timer that is due: an alarm and a timer are heard at once, a reminder when it is polite. */
static void ring(struct sr_brain_stage *stage, const struct sr_timer *timer) {
    struct sr_flow *flow = stage->flow;
    const bool urgent = timer->kind != SR_REMINDER;
    struct sr_order order = {.priority = urgent ? SARAI_PRIORITY_HIGH : SARAI_PRIORITY_NORMAL,
                             .text = sr_talk_ring(spoken(stage), &stage->context, timer)};
    if (!order.text)
        return;
    order.stamp = urgent ? sr_epoch_open(&flow->epoch) : sr_epoch_stamp(&flow->epoch);
    atomic_fetch_add(&flow->open_turns, 1);
    take_order(stage, &order);
    sr_order_deinit(&order);
}

/* A reminder waits for the answer that is being prepared. */
static bool ring_due(struct sr_brain_stage *stage) {
    struct sr_timers *timers = &stage->context.timers;
    struct sr_timer timer;
    if (stage->turn && timers->count && timers->list[0].kind == SR_REMINDER)
        return false;
    if (!sr_timers_ring(timers, sr_clock_now_us(stage->flow->clock), &timer))
        return false;
    ring(stage, &timer);
    return true;
}

/* Waits for the next message, filler or timer. */
static void rest(struct sr_brain_stage *stage) {
    const int64_t now_us = sr_clock_now_us(stage->flow->clock);
    int64_t until_us = now_us + (sr_pending_waits(&stage->pending) ? FLOOR_POLL_US : 1000000);
    const int64_t rings_us = sr_timers_next_us(&stage->context.timers);
    if (stage->turn && stage->filler_us > 0 && !stage->reply.len) {
        if (now_us >= stage->filler_us) {
            push_filler(stage);
            return;
        }
        until_us = stage->filler_us < until_us ? stage->filler_us : until_us;
    }
    if (rings_us > now_us && rings_us < until_us)
        until_us = rings_us;
    sr_flow_wait(stage->flow, SR_BRAIN, until_us);
}

void sr_brain_run(void *arg) {
    struct sr_brain_stage *stage = arg;
    struct sr_flow *flow = stage->flow;
    struct sr_text text;
    struct sr_thought thought;
    struct sr_order order;
    struct sr_heard heard;
    while (!sr_flow_stopping(flow)) {
        if (stage->turn && sr_epoch_stale(&flow->epoch, stage->stamp))
            end_turn(stage);
        while (sr_edge_pop(&flow->edges[SR_EDGE_HEARD], &heard)) {
            sr_context_heard(&stage->context, heard.turn_id, heard.text);
            sr_history_heard(&stage->history, heard.turn_id, heard.text);
            sr_pending_heard(&stage->pending, &heard, atomic_load(&flow->hushed_epoch));
            note_heard(stage, &heard);
            sr_heard_deinit(&heard);
        }
        if (ring_due(stage))
            continue;
        if (sr_edge_pop(&flow->edges[SR_EDGE_TEXTS], &text)) {
            take_text(stage, &text);
            sr_text_deinit(&text);
        } else if (sr_edge_pop(&flow->edges[SR_EDGE_THOUGHTS], &thought)) {
            take_thought(stage, &thought);
            sr_thought_deinit(&thought);
        } else if (!stage->turn && sr_edge_pop(&flow->edges[SR_EDGE_ORDERS], &order)) {
            take_order(stage, &order);
            sr_order_deinit(&order);
        } else if (!say_again(stage)) {
            rest(stage);
        }
    }
}

void sr_brain_stage_deinit(struct sr_brain_stage *stage) {
    sr_turn_free(stage->turn);
    sr_str_deinit(&stage->reply);
    sr_context_deinit(&stage->context);
    sr_history_deinit(&stage->history);
    sr_pending_deinit(&stage->pending);
    free(stage->own);
    stage->turn = NULL;
}
