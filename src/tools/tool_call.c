/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/toolbox.h"

void sr_tool_call_deinit(struct sr_tool_call *call) {
    cJSON_Delete(call->arguments);
    cJSON_Delete(call->spoken);
    *call = (struct sr_tool_call){.box = NULL};
}

int sr_tool_call_copy(const struct sr_tool_call *from, struct sr_tool_call *to) {
    struct sr_tool_call copy = *from;
    copy.arguments = from->arguments ? cJSON_Duplicate(from->arguments, true) : NULL;
    copy.spoken = from->spoken ? cJSON_Duplicate(from->spoken, true) : NULL;
    sr_tool_call_deinit(to);
    if (!copy.arguments != !from->arguments || !copy.spoken != !from->spoken) {
        sr_tool_call_deinit(&copy);
        return SARAI_ENOMEM;
    }
    *to = copy;
    return SARAI_OK;
}

const cJSON *sr_tool_call_wrong(const struct sr_tool_call *call) {
    for (int i = 0; i < call->tool->parameter_count; i++) {
        const cJSON *schema = call->tool->parameters[i].schema;
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(call->arguments, call->tool->parameters[i].name);
        const cJSON *least = cJSON_GetObjectItemCaseSensitive(schema, "minimum");
        const cJSON *most = cJSON_GetObjectItemCaseSensitive(schema, "maximum");
        if (cJSON_IsNumber(value) && ((cJSON_IsNumber(least) && value->valuedouble < least->valuedouble) ||
                                      (cJSON_IsNumber(most) && value->valuedouble > most->valuedouble)))
            return schema;
    }
    return NULL;
}

static void add_argument(const struct sr_tool_call *call, const char *name, size_t len, struct sr_str *out) {
    char *key = sr_strndup(name, len);
    const cJSON *value = key ? cJSON_GetObjectItemCaseSensitive(call->spoken, key) : NULL;
    if (key && !value)
        value = cJSON_GetObjectItemCaseSensitive(call->arguments, key);
    free(key);
    if (cJSON_IsString(value))
        sr_str_adds(out, value->valuestring);
    else if (cJSON_IsNumber(value))
        sr_str_addf(out, "%g", value->valuedouble);
}

void sr_tool_word(cJSON *words, const char *name, const char *text) {
    cJSON_DeleteItemFromObjectCaseSensitive(words, name);
    cJSON_AddStringToObject(words, name, text ? text : "");
}

char *sr_tool_call_say(const struct sr_tool_call *call, cJSON *words, const char *form,
                       const struct sr_tongue *tongue) {
    struct sr_tool_call told = *call;
    if (words)
        told.spoken = words;
    char *written = sr_tool_call_write(&told, form);
    char *said = written ? sr_tongue_say(tongue, written) : NULL;
    free(written);
    return said;
}

char *sr_tool_call_write(const struct sr_tool_call *call, const char *form) {
    struct sr_str out = {0};
    for (const char *p = form; *p;) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (end)
            add_argument(call, p + 1, (size_t)(end - p - 1), &out);
        else
            sr_str_addc(&out, *p);
        p = end ? end + 1 : p + 1;
    }
    sr_str_add(&out, "", 0);
    return sr_str_take(&out);
}
