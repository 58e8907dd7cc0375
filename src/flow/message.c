/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

struct sarai_turn *sr_turn_new(void) {
    struct sarai_turn *turn = calloc(1, sizeof *turn);
    if (!turn)
        return NULL;
    turn->speech_start_us = turn->speech_end_us = turn->endpoint_us = -1;
    turn->stt_start_us = turn->stt_end_us = turn->final_us = turn->route_us = -1;
    turn->first_token_us = turn->first_text_us = turn->first_clip_us = -1;
    turn->first_audio_us = turn->last_audio_us = turn->stop_decided_us = turn->stopped_us = -1;
    turn->filler_us = -1;
    return turn;
}

void sr_turn_free(struct sarai_turn *turn) {
    if (!turn)
        return;
    free((char *)turn->heard);
    free((char *)turn->route);
    free((char *)turn->intent);
    free((char *)turn->reply);
    free((char *)turn->heard_reply);
    free(turn);
}

int sr_turn_set(const char **field, const char *text) {
    char *copy = sr_strdup(text ? text : "");
    if (!copy)
        return SARAI_ENOMEM;
    free((char *)*field);
    *field = copy;
    return SARAI_OK;
}

void sr_utterance_deinit(void *message) {
    struct sr_utterance *utterance = message;
    free(utterance->samples);
    sr_turn_free(utterance->turn);
    memset(utterance, 0, sizeof *utterance);
}

void sr_text_deinit(void *message) {
    struct sr_text *text = message;
    free(text->text);
    sr_turn_free(text->turn);
    memset(text, 0, sizeof *text);
}

void sr_question_deinit(void *message) {
    struct sr_question *question = message;
    sr_exchanges_free(question->history, question->history_count);
    free(question->context);
    free(question->question);
    free(question->fallback);
    memset(question, 0, sizeof *question);
}

void sr_thought_deinit(void *message) {
    struct sr_thought *thought = message;
    free(thought->text);
    memset(thought, 0, sizeof *thought);
}

void sr_order_deinit(void *message) {
    struct sr_order *order = message;
    free(order->text);
    memset(order, 0, sizeof *order);
}

void sr_say_deinit(void *message) {
    struct sr_say *say = message;
    free(say->text);
    sr_turn_free(say->turn);
    memset(say, 0, sizeof *say);
}

void sr_clip_deinit(void *message) {
    struct sr_clip *clip = message;
    free(clip->samples);
    free(clip->text);
    sr_turn_free(clip->turn);
    memset(clip, 0, sizeof *clip);
}

void sr_heard_deinit(void *message) {
    struct sr_heard *heard = message;
    free(heard->text);
    memset(heard, 0, sizeof *heard);
}

void sr_exchanges_free(struct sr_exchange *exchanges, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(exchanges[i].user);
        free(exchanges[i].reply);
    }
    free(exchanges);
}

void sr_event_message_deinit(void *message) {
    sarai_event_deinit(message);
}

void sarai_event_deinit(struct sarai_event *event) {
    if (!event)
        return;
    free(event->text);
    sr_turn_free(event->turn);
    event->text = NULL;
    event->turn = NULL;
}
