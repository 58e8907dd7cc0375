/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/context.h"

#include <stdlib.h>
#include <string.h>

void sr_context_init(struct sr_context *context, const struct sr_clock *clock, struct sr_delivery *delivery) {
    *context = (struct sr_context){.clock = clock, .delivery = delivery};
    sr_delivery_init(&context->own);
    if (!delivery)
        context->delivery = &context->own;
    context->started = time(NULL) - (time_t)(sr_clock_now_us(clock) / 1000000);
}

void sr_context_deinit(struct sr_context *context) {
    free(context->topic);
    free(context->other_topic);
    free(context->question);
    free(context->reply);
    free(context->heard);
    free(context->skill);
    sr_tool_call_deinit(&context->call);
    sr_tool_call_deinit(&context->other_call);
    context->topic = context->other_topic = context->question = context->reply = context->heard = context->skill = NULL;
}

time_t sr_context_now(const struct sr_context *context) {
    return context->started + (time_t)(sr_clock_now_us(context->clock) / 1000000);
}

/* Without memory the old text is forgotten rather than kept as the new one. */
static void put(char **field, const char *text) {
    char *copy = text ? sr_strdup(text) : NULL;
    free(*field);
    *field = copy;
}

void sr_context_reply(struct sr_context *context, uint32_t turn_id, const char *reply) {
    put(&context->reply, reply);
    put(&context->heard, NULL);
    context->reply_turn = turn_id;
}

void sr_context_heard(struct sr_context *context, uint32_t turn_id, const char *heard) {
    if (context->reply && context->reply_turn == turn_id)
        put(&context->heard, heard ? heard : "");
}

char *sr_context_repeat(const struct sr_context *context) {
    const char *reply = context->reply;
    const size_t heard = context->heard ? strlen(context->heard) : 0;
    if (!reply || !heard || heard >= strlen(reply))
        return sr_strdup(reply);
    size_t end = heard;
    while (reply[end] && !(strchr(".?!", reply[end - 1]) && reply[end] == ' '))
        end++;
    return sr_strndup(reply, end);
}

void sr_context_topic(struct sr_context *context, const char *id, const char *question) {
    if (context->topic && strcmp(context->topic, id) != 0) {
        free(context->other_topic);
        context->other_topic = context->topic;
        context->topic = NULL;
    }
    put(&context->topic, id);
    put(&context->question, question);
    context->subject = SR_SUBJECT_TOPIC;
}

void sr_context_skill(struct sr_context *context, const char *id, const struct sr_slots *slots) {
    put(&context->skill, id);
    context->slots = *slots;
    context->subject = SR_SUBJECT_SKILL;
}

void sr_context_call(struct sr_context *context, struct sr_tool_call *call) {
    if (context->call.box && !cJSON_Compare(context->call.arguments, call->arguments, true)) {
        sr_tool_call_deinit(&context->other_call);
        context->other_call = context->call;
    } else {
        sr_tool_call_deinit(&context->call);
    }
    context->call = *call;
    *call = (struct sr_tool_call){.box = NULL};
    context->subject = SR_SUBJECT_TOOL;
}
