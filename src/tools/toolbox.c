/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/toolbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/pattern.h"
#include "tools/run.h"
#include "tools/slot.h"

#define FILE_MOST (4u << 20)

struct phrase {
    struct sr_pattern *pattern;
    int tool;         /* -1: `more`, -2: `other` */
    const cJSON *set; /* may be NULL */
};

struct sr_toolbox {
    char *folder, *polite;
    cJSON *json;
    const struct sr_tongue *tongue;
    struct sr_tool *tools;
    int tool_count;
    struct phrase *phrases;
    size_t phrase_count, phrase_room;
    struct sr_slot_lists *lists;
};

/* ---------------------------------------------------------------------------------------------------------- load -- */

struct loader {
    struct sr_toolbox *box;
    const char *where, *text;
    struct sarai_error *error;
};

static int line_of(const char *text, const char *at) {
    int line = 1;
    for (; text < at && *text; text++)
        line += *text == '\n';
    return line;
}

/* cJSON knows no lines: it is that of the first place where the words stand. */
static int wrong(const struct loader *l, const char *at, const char *why) {
    const char *found = at ? strstr(l->text, at) : NULL;
    return sr_error(l->error, SARAI_EINPUT, l->where, "line %d: %s", found ? line_of(l->text, found) : 1, why);
}

static int no_memory(const struct loader *l) {
    return sr_error(l->error, SARAI_ENOMEM, l->where, "out of memory");
}

static const char *rule_of(void *user, const char *name, size_t len) {
    const cJSON *rule;
    cJSON_ArrayForEach(rule, sr_toolbox_json(user, "rules")) {
        if (rule->string && strlen(rule->string) == len && memcmp(rule->string, name, len) == 0)
            return cJSON_GetStringValue(rule);
    }
    return NULL;
}

/* The parameter of a slot "name" or "name:list", or NULL. */
static const cJSON *schema_of(const struct sr_tool *tool, const char *slot) {
    const size_t len = strcspn(slot, ":");
    for (int i = 0; i < tool->parameter_count; i++)
        if (strlen(tool->parameters[i].name) == len && memcmp(tool->parameters[i].name, slot, len) == 0)
            return tool->parameters[i].schema;
    return NULL;
}

struct slot_check {
    const struct sr_toolbox *box;
    int tool;
};

static int check_slot(void *user, const char *slot) {
    const struct slot_check *check = user;
    const char *list = strchr(slot, ':');
    bool known = false;
    for (int i = 0; i < check->box->tool_count && !known; i++)
        known = (check->tool < 0 || check->tool == i) && schema_of(&check->box->tools[i], slot);
    return known && (!list || sr_slot_has_list(check->box->lists, list + 1)) ? SARAI_OK : SARAI_EINPUT;
}

static int add_pattern(const struct loader *l, const char *text, int tool, const cJSON *set) {
    struct sr_toolbox *box = l->box;
    if (box->phrase_count == box->phrase_room) {
        const size_t room = box->phrase_room ? box->phrase_room * 2 : 64;
        struct phrase *phrases = realloc(box->phrases, room * sizeof *phrases);
        if (!phrases)
            return no_memory(l);
        box->phrases = phrases;
        box->phrase_room = room;
    }
    struct phrase *phrase = &box->phrases[box->phrase_count];
    *phrase = (struct phrase){.tool = tool, .set = set};
    struct sarai_error error = {0};
    const int status = sr_pattern_new(text, rule_of, box, &phrase->pattern, &error);
    if (status < 0)
        return status == SARAI_ENOMEM ? no_memory(l) : wrong(l, text, error.text);
    box->phrase_count++;
    struct slot_check check = {box, tool};
    if (sr_pattern_slots(phrase->pattern, check_slot, &check) < 0)
        return wrong(l, text, "a slot of the pattern is no parameter of the tool, or names no list");
    return SARAI_OK;
}

/* "words", or {"pattern": "words" or [...], "set": {...}}. */
static int add_phrase(const struct loader *l, const cJSON *phrase, int tool) {
    const cJSON *set = cJSON_GetObjectItemCaseSensitive(phrase, "set");
    const cJSON *patterns = cJSON_IsObject(phrase) ? cJSON_GetObjectItemCaseSensitive(phrase, "pattern") : phrase;
    const cJSON *one;
    int status = SARAI_OK;
    if (cJSON_IsString(patterns))
        return add_pattern(l, patterns->valuestring, tool, set);
    if (!cJSON_IsArray(patterns))
        return wrong(l, tool >= 0 ? l->box->tools[tool].name : NULL,
                     "a pattern is a text, or an object with 'pattern'");
    cJSON_ArrayForEach(one, patterns) {
        status = cJSON_IsString(one) ? add_pattern(l, one->valuestring, tool, set)
                                     : wrong(l, "\"pattern\"", "a pattern is a text");
        if (status < 0)
            break;
    }
    return status;
}

static int add_phrases(const struct loader *l, const cJSON *phrases, int tool) {
    const cJSON *phrase;
    int status = SARAI_OK;
    cJSON_ArrayForEach(phrase, phrases) {
        if ((status = add_phrase(l, phrase, tool)) < 0)
            break;
    }
    return status;
}

static int add_parameters(const struct loader *l, struct sr_tool *tool) {
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(tool->json, "parameters");
    const cJSON *property;
    cJSON_ArrayForEach(property, cJSON_GetObjectItemCaseSensitive(parameters, "properties")) {
        if (tool->parameter_count == SR_TOOL_PARAMETERS)
            return wrong(l, tool->name, "more than 8 parameters");
        const char *why = sr_slot_wrong(property, l->box->lists);
        if (why)
            return wrong(l, property->string, why);
        tool->parameters[tool->parameter_count].name = property->string;
        tool->parameters[tool->parameter_count++].schema = property;
    }
    return SARAI_OK;
}

static int add_tools(const struct loader *l) {
    struct sr_toolbox *box = l->box;
    const cJSON *tools = sr_toolbox_json(box, "tools"), *item;
    if (!cJSON_IsArray(tools))
        return wrong(l, NULL, "needs a list 'tools'");
    box->tools = calloc((size_t)cJSON_GetArraySize(tools) + 1, sizeof *box->tools);
    if (!box->tools)
        return no_memory(l);
    int status = SARAI_OK;
    cJSON_ArrayForEach(item, tools) {
        struct sr_tool *tool = &box->tools[box->tool_count];
        tool->json = item;
        tool->name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name"));
        tool->done = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "done"));
        if (!tool->name || !*tool->name)
            return wrong(l, "\"tools\"", "a tool without a name");
        for (int i = 0; i < box->tool_count; i++)
            if (strcmp(box->tools[i].name, tool->name) == 0)
                return wrong(l, tool->name, "two tools of the same name");
        if ((status = add_parameters(l, tool)) < 0)
            return status;
        box->tool_count++;
        if ((status = add_phrases(l, cJSON_GetObjectItemCaseSensitive(item, "patterns"), box->tool_count - 1)) < 0)
            return status;
    }
    if ((status = add_phrases(l, sr_toolbox_json(box, "more"), -1)) >= 0)
        status = add_phrases(l, sr_toolbox_json(box, "other"), -2);
    return status;
}

static int fold_polite(const struct loader *l) {
    const cJSON *phrase;
    struct sr_str all = {0};
    cJSON_ArrayForEach(phrase, sr_toolbox_json(l->box, "polite")) {
        if (all.len)
            sr_str_addc(&all, '|');
        if (cJSON_IsString(phrase))
            sr_utf8_fold(phrase->valuestring, strlen(phrase->valuestring), &all);
    }
    sr_str_add(&all, "", 0);
    l->box->polite = sr_str_take(&all);
    return l->box->polite ? SARAI_OK : no_memory(l);
}

int sr_toolbox_parse(const char *where, const char *text, const struct sr_tongue *tongue, struct sr_toolbox **out,
                     struct sarai_error *error) {
    struct sr_toolbox *box = calloc(1, sizeof *box);
    struct loader l = {.box = box, .where = where, .text = text, .error = error};
    const char *end = text, *why;
    if (!box)
        return no_memory(&l);
    box->tongue = tongue;
    box->json = cJSON_ParseWithOpts(text, &end, true);
    int status = box->json ? SARAI_OK
                           : sr_error(error, SARAI_EINPUT, where, "line %d: not JSON", line_of(text, end ? end : text));
    if (status >= 0 && (status = sr_slot_lists_new(sr_toolbox_json(box, "lists"), &box->lists, &why)) < 0)
        status = status == SARAI_ENOMEM ? no_memory(&l) : wrong(&l, "\"lists\"", why);
    if (status >= 0 && (why = sr_tool_run_wrong(sr_toolbox_json(box, "run"))))
        status = wrong(&l, "\"run\"", why);
    if (status >= 0)
        status = add_tools(&l);
    if (status >= 0)
        status = fold_polite(&l);
    if (status < 0) {
        sr_toolbox_free(box);
        return status;
    }
    *out = box;
    return SARAI_OK;
}

int sr_toolbox_load(const char *path, const struct sr_tongue *tongue, struct sr_toolbox **out,
                    struct sarai_error *error) {
    char *text = NULL;
    int status = sr_read_file(path, FILE_MOST, &text, NULL, error);
    if (status >= 0)
        status = sr_toolbox_parse(path, text, tongue, out, error);
    free(text);
    if (status < 0)
        return status;
    const char *slash = strrchr(path, '/');
    (*out)->folder = sr_strndup(path, slash ? (size_t)(slash - path) : 0);
    if ((*out)->folder)
        return SARAI_OK;
    sr_toolbox_free(*out);
    return sr_error(error, SARAI_ENOMEM, path, "out of memory");
}

void sr_toolbox_free(struct sr_toolbox *box) {
    if (!box)
        return;
    for (size_t i = 0; i < box->phrase_count; i++)
        sr_pattern_free(box->phrases[i].pattern);
    free(box->phrases);
    free(box->tools);
    sr_slot_lists_free(box->lists);
    cJSON_Delete(box->json);
    free(box->polite);
    free(box->folder);
    free(box);
}

const cJSON *sr_toolbox_json(const struct sr_toolbox *box, const char *name) {
    return cJSON_GetObjectItemCaseSensitive(box->json, name);
}

const char *sr_toolbox_folder(const struct sr_toolbox *box) {
    return box->folder ? box->folder : "";
}

const char *sr_toolbox_phrase(const struct sr_toolbox *box, const char *name, const char *kind) {
    const cJSON *says = cJSON_GetObjectItemCaseSensitive(sr_toolbox_json(box, "says"), name);
    if (!cJSON_IsObject(says))
        return cJSON_GetStringValue(says);
    const cJSON *of_kind = kind ? cJSON_GetObjectItemCaseSensitive(says, kind) : NULL;
    return cJSON_GetStringValue(of_kind ? of_kind : cJSON_GetObjectItemCaseSensitive(says, ""));
}

int sr_toolbox_phrases(const struct sr_toolbox *box, int (*each)(void *user, const char *phrase), void *user) {
    const cJSON *says, *kind;
    int status = SARAI_OK;
    cJSON_ArrayForEach(says, sr_toolbox_json(box, "says")) {
        if (status >= 0 && cJSON_IsString(says))
            status = each(user, says->valuestring);
        cJSON_ArrayForEach(kind, says) {
            if (status >= 0 && cJSON_IsString(kind))
                status = each(user, kind->valuestring);
        }
    }
    return status < 0 ? status : SARAI_OK;
}

int sr_toolbox_names(const struct sr_toolbox *box, int (*each)(void *user, const char *name), void *user) {
    const cJSON *list, *value, *name;
    int status = SARAI_OK;
    cJSON_ArrayForEach(list, sr_toolbox_json(box, "lists")) {
        cJSON_ArrayForEach(value, list) {
            if (status >= 0)
                status = each(user, value->string);
            cJSON_ArrayForEach(name, value) {
                if (status >= 0 && cJSON_IsString(name))
                    status = each(user, name->valuestring);
            }
        }
    }
    return status < 0 ? status : SARAI_OK;
}

/* ---------------------------------------------------------------------------------------------------------- find -- */

struct finding {
    const struct sr_toolbox *box;
    const struct sr_said *said;
    const struct sr_tool *tool;
};

static struct sr_slot slot_of(const struct finding *f, const char *slot) {
    const char *list = strchr(slot, ':');
    return (struct sr_slot){.schema = schema_of(f->tool, slot),
                            .list = list ? list + 1 : NULL,
                            .lists = f->box->lists,
                            .tongue = f->box->tongue};
}

static int judge(void *user, const char *slot, size_t at, size_t count) {
    const struct finding *f = user;
    const struct sr_slot judged = slot_of(f, slot);
    return judged.schema ? sr_slot_judge(&judged, f->said, at, count) : -1;
}

/* Replaces a member; takes `value` over. */
static int put(cJSON *object, const char *name, cJSON *value) {
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    if (value && cJSON_AddItemToObject(object, name, value))
        return SARAI_OK;
    cJSON_Delete(value);
    return SARAI_ENOMEM;
}

static int fill(const struct finding *f, const struct sr_pattern_match *match, struct sr_tool_call *call) {
    char text[SR_SLOT_TEXT_MOST];
    int status = SARAI_OK;
    for (size_t i = 0; i < match->count && status >= 0; i++) {
        const struct sr_slot slot = slot_of(f, match->slots[i].name);
        const char *name = slot.schema->string;
        status = put(call->arguments, name, sr_slot_value(&slot, f->said, match->slots[i].at, match->slots[i].count));
        sr_said_join(f->said->spelled, match->slots[i].at, match->slots[i].count, text, sizeof text);
        if (status >= 0)
            status = put(call->spoken, name, cJSON_CreateString(text));
    }
    return status;
}

/* What is not said but set; 1 when it refers to something that was not. */
static int fill_set(const cJSON *set, const struct sr_tool_call *last, struct sr_tool_call *call) {
    const cJSON *item;
    int status = SARAI_OK;
    bool refers = false, found = false;
    cJSON_ArrayForEach(item, set) {
        const char *text = cJSON_GetStringValue(item);
        if (text && *text == '$') {
            const cJSON *then = cJSON_GetObjectItemCaseSensitive(last->arguments, text + 1);
            const cJSON *words = cJSON_GetObjectItemCaseSensitive(last->spoken, text + 1);
            refers = true;
            found = found || then;
            if (then)
                status = put(call->arguments, item->string, cJSON_Duplicate(then, true));
            if (words && status >= 0)
                status = put(call->spoken, item->string, cJSON_Duplicate(words, true));
        } else if (!cJSON_GetObjectItemCaseSensitive(call->arguments, item->string)) {
            status = put(call->arguments, item->string, cJSON_Duplicate(item, true));
        }
        if (status < 0)
            return status;
    }
    return refers && !found;
}

static int begin(const struct sr_toolbox *box, const struct sr_tool *tool, const struct sr_tool_call *from,
                 struct sr_tool_call *call) {
    *call = (struct sr_tool_call){.box = box, .tool = tool};
    call->arguments = from ? cJSON_Duplicate(from->arguments, true) : cJSON_CreateObject();
    call->spoken = from ? cJSON_Duplicate(from->spoken, true) : cJSON_CreateObject();
    if (call->arguments && call->spoken)
        return SARAI_OK;
    sr_tool_call_deinit(call);
    return SARAI_ENOMEM;
}

/* The call that a phrase asks for, if it fits and fits better than `call`. */
static int try_phrase(const struct sr_toolbox *box, const struct phrase *phrase, const struct sr_said *said,
                      const struct sr_tool_call *last, const struct sr_tool_call *from, struct sr_tool_call *call) {
    const struct finding f = {.box = box, .said = said, .tool = from ? from->tool : &box->tools[phrase->tool]};
    struct sr_pattern_match match;
    struct sr_tool_call found;
    int status = sr_pattern_match(phrase->pattern, said->words, said->count, judge, (void *)&f, &match);
    if (status <= 0 || (call->box && match.score <= call->score))
        return status < 0 ? status : SARAI_OK;
    if ((status = begin(box, f.tool, from, &found)) < 0)
        return status;
    found.score = match.score;
    status = fill(&f, &match, &found);
    if (status >= 0)
        status = fill_set(phrase->set, last, &found);
    if (status != SARAI_OK) {
        sr_tool_call_deinit(&found);
        return status < 0 ? status : SARAI_OK;
    }
    sr_tool_call_deinit(call);
    *call = found;
    return SARAI_OK;
}

/* All phrases of a sort: 0 of tools, -1 of what changes a call, -2 of what goes back. */
static int try_phrases(const struct sr_toolbox *box, int sort, const struct sr_said *said,
                       const struct sr_tool_call *last, const struct sr_tool_call *from, struct sr_tool_call *call) {
    int status = SARAI_OK;
    for (size_t i = 0; i < box->phrase_count && status >= 0; i++)
        if ((box->phrases[i].tool < 0 ? box->phrases[i].tool : 0) == sort)
            status = try_phrase(box, &box->phrases[i], said, last, from, call);
    return status;
}

int sr_toolbox_find(const struct sr_toolbox *box, const struct sr_said *said, const struct sr_tool_call *last,
                    struct sr_tool_call *call) {
    struct sr_said bare = *said;
    sr_said_strip(&bare, box->polite);
    int status = try_phrases(box, 0, said, last, NULL, call);
    if (status >= 0 && bare.count < said->count && !call->box)
        status = try_phrases(box, 0, &bare, last, NULL, call);
    return status;
}

int sr_toolbox_find_more(const struct sr_toolbox *box, const struct sr_said *said, const struct sr_tool_call *last,
                         const struct sr_tool_call *other, struct sr_tool_call *call) {
    struct sr_said bare = *said;
    sr_said_strip(&bare, box->polite);
    int status = last->box == box ? try_phrases(box, -1, &bare, last, last, call) : SARAI_OK;
    if (status < 0 || call->box || other->box != box)
        return status;
    if ((status = try_phrases(box, -2, &bare, last, other, call)) >= 0 && call->box)
        call->tool = last->tool; /* the same thing, to the other one */
    return status;
}
