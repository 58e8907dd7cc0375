/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of the application as tools. */
#include <stdlib.h>

#include "engine/engine.h"

struct sr_own_tools {
    sarai_tool_function *function;
    void *user;
    struct sr_own_tools *next;
};

static int call_own(void *user, const struct sr_tool_call *call, struct sr_tool_answer *answer) {
    const struct sr_own_tools *own = user;
    char *arguments = cJSON_PrintUnformatted(call->arguments), *json = NULL;
    if (!arguments)
        return SARAI_ENOMEM;
    int status = own->function(own->user, call->tool->name, arguments, &json);
    if (json) {
        const int read = sr_tool_answer_read(json, answer);
        status = status < 0 ? status : read;
    }
    free(json);
    cJSON_free(arguments);
    return status < 0 ? status : SARAI_OK;
}

int sarai_engine_add_tools(struct sarai_engine *engine, const char *json, sarai_tool_function *function, void *user,
                           struct sarai_error *error) {
    if (!engine->talk.brain)
        return sr_error(error, SARAI_EUSAGE, "tools", "needs an engine made with SARAI_USE_BRAIN");
    struct sr_own_tools *own = calloc(1, sizeof *own);
    if (!own)
        return sr_error(error, SARAI_ENOMEM, "tools", "out of memory");
    *own = (struct sr_own_tools){.function = function, .user = user, .next = engine->own_tools};
    const int status = sr_talk_add(&engine->talk, json, call_own, own, error);
    if (status < 0)
        free(own);
    else
        engine->own_tools = own;
    return status;
}

void sr_engine_free_own_tools(struct sarai_engine *engine) {
    for (struct sr_own_tools *own = engine->own_tools, *next; own; own = next) {
        next = own->next;
        free(own);
    }
    engine->own_tools = NULL;
}
