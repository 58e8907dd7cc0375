/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/slot.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/pattern.h"

struct name {
    char *phrase;      /* folded */
    const char *list;  /* borrowed from the lists' JSON */
    const char *value; /* likewise */
};

struct sr_slot_lists {
    struct name *names; /* sorted */
    size_t count, room;
};

/* --------------------------------------------------------------------------------------------------------- lists -- */

static int by_phrase(const void *a, const void *b) {
    const struct name *const x = a, *const y = b;
    const int order = strcmp(x->phrase, y->phrase);
    return order ? order : strcmp(x->list, y->list);
}

static int add_name(struct sr_slot_lists *lists, const char *list, const char *value, const char *spoken) {
    if (lists->count == lists->room) {
        const size_t room = lists->room ? lists->room * 2 : 64;
        struct name *names = realloc(lists->names, room * sizeof *names);
        if (!names)
            return SARAI_ENOMEM;
        lists->names = names;
        lists->room = room;
    }
    struct sr_str folded = {0};
    sr_utf8_fold(spoken, strlen(spoken), &folded);
    sr_str_add(&folded, "", 0);
    char *phrase = sr_str_take(&folded);
    if (!phrase)
        return SARAI_ENOMEM;
    lists->names[lists->count++] = (struct name){phrase, list, value};
    return *phrase ? SARAI_OK : SARAI_EINPUT;
}

static int add_value(struct sr_slot_lists *lists, const char *list, const cJSON *value) {
    const cJSON *spoken;
    int status = add_name(lists, list, value->string, value->string);
    cJSON_ArrayForEach(spoken, value) {
        if (status < 0 || !cJSON_IsString(spoken))
            return status < 0 ? status : SARAI_EINPUT;
        status = add_name(lists, list, value->string, spoken->valuestring);
    }
    return status;
}

int sr_slot_lists_new(const cJSON *json, struct sr_slot_lists **out, const char **why) {
    struct sr_slot_lists *lists = calloc(1, sizeof *lists);
    const cJSON *list, *value;
    int status = lists ? SARAI_OK : SARAI_ENOMEM;
    cJSON_ArrayForEach(list, json) {
        cJSON_ArrayForEach(value, list) {
            if (status >= 0)
                status = value->string ? add_value(lists, list->string, value) : SARAI_EINPUT;
        }
    }
    if (status < 0) {
        *why = "a list is an object of values, each with a list of its other names";
        sr_slot_lists_free(lists);
        return status;
    }
    if (lists->count)
        qsort(lists->names, lists->count, sizeof *lists->names, by_phrase);
    *out = lists;
    return SARAI_OK;
}

void sr_slot_lists_free(struct sr_slot_lists *lists) {
    if (!lists)
        return;
    for (size_t i = 0; i < lists->count; i++)
        free(lists->names[i].phrase);
    free(lists->names);
    free(lists);
}

int sr_slot_lists_each(const struct sr_slot_lists *lists, int (*each)(void *user, const char *name), void *user) {
    int status = SARAI_OK;
    for (size_t i = 0; i < lists->count && status >= 0; i++)
        status = each(user, lists->names[i].phrase);
    return status;
}

/* The value that the words name in a list, or NULL. */
static const char *named(const struct sr_slot_lists *lists, const char *list, const struct sr_said *said, size_t at,
                         size_t count) {
    char phrase[SR_SLOT_TEXT_MOST];
    if (!lists->count || !sr_said_join(said->words, at, count, phrase, sizeof phrase))
        return NULL;
    const struct name key = {.phrase = phrase, .list = list};
    const struct name *found = bsearch(&key, lists->names, lists->count, sizeof key, by_phrase);
    return found ? found->value : NULL;
}

/* --------------------------------------------------------------------------------------------------------- slots -- */

static const char *text_of(const cJSON *schema, const char *name) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(schema, name));
    return text ? text : "";
}

bool sr_slot_has_list(const struct sr_slot_lists *lists, const char *list) {
    for (size_t i = 0; i < lists->count; i++)
        if (strcmp(lists->names[i].list, list) == 0)
            return true;
    return false;
}

const char *sr_slot_wrong(const cJSON *schema, const struct sr_slot_lists *lists) {
    const char *type = text_of(schema, "type"), *list = text_of(schema, "list"), *form = text_of(schema, "form");
    if (strcmp(type, "string") != 0 && strcmp(type, "number") != 0 && strcmp(type, "integer") != 0 &&
        strcmp(type, "boolean") != 0 && strcmp(type, "object") != 0)
        return "a parameter's type is string, number, integer, boolean or object";
    if (*list && !sr_slot_has_list(lists, list))
        return "there is no such list";
    if (*form && strcmp(form, "span") != 0 && strcmp(form, "moment") != 0)
        return "a parameter's form is span or moment";
    return NULL;
}

/* One of "enum", as it is written there, or NULL. */
static const char *enumerated(const cJSON *schema, const struct sr_said *said, size_t at, size_t count) {
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(schema, "enum")) {
        struct sr_str folded = {0};
        if (cJSON_IsString(item))
            sr_utf8_fold(item->valuestring, strlen(item->valuestring), &folded);
        const bool is = folded.len && sr_said_is(said->words + at, count, folded.data, folded.len);
        sr_str_deinit(&folded);
        if (is)
            return item->valuestring;
    }
    return NULL;
}

static const char *list_of(const struct sr_slot *slot) {
    return slot->list ? slot->list : text_of(slot->schema, "list");
}

int sr_slot_judge(const struct sr_slot *slot, const struct sr_said *said, size_t at, size_t count) {
    const cJSON *schema = slot->schema;
    const struct sr_tongue *tongue = slot->tongue;
    const char *type = text_of(schema, "type"), *list = list_of(slot), *form = text_of(schema, "form");
    const char *const *words = said->words + at;
    const int understood = SR_PATTERN_WORD * (int)count;
    struct sr_moment moment;
    double number;
    if (*list)
        return named(slot->lists, list, said, at, count) ? understood : -1;
    if (strcmp(form, "span") == 0)
        return sr_times_span(tongue->times, words, count, &number) ? understood : -1;
    if (strcmp(form, "moment") == 0)
        return sr_times_moment(tongue->times, words, count, &moment) ? understood : -1;
    if (strcmp(type, "number") == 0 || strcmp(type, "integer") == 0)
        return sr_number_words_read(tongue->numbers, words, count, &number) ? understood : -1;
    if (cJSON_GetObjectItemCaseSensitive(schema, "enum"))
        return enumerated(schema, said, at, count) ? understood : -1;
    return strcmp(type, "string") == 0 ? 0 : -1;
}

static cJSON *moment_value(const struct sr_moment *moment) {
    cJSON *value = cJSON_CreateObject();
    if (cJSON_AddNumberToObject(value, "minute", moment->minute) &&
        cJSON_AddBoolToObject(value, "exact", moment->exact) && cJSON_AddNumberToObject(value, "day", moment->day))
        return value;
    cJSON_Delete(value);
    return NULL;
}

cJSON *sr_slot_value(const struct sr_slot *slot, const struct sr_said *said, size_t at, size_t count) {
    const cJSON *schema = slot->schema;
    const struct sr_tongue *tongue = slot->tongue;
    const char *type = text_of(schema, "type"), *list = list_of(slot), *form = text_of(schema, "form");
    const char *const *words = said->words + at;
    char text[SR_SLOT_TEXT_MOST];
    struct sr_moment moment;
    double number;
    if (*list)
        return cJSON_CreateString(named(slot->lists, list, said, at, count));
    if (strcmp(form, "span") == 0 && sr_times_span(tongue->times, words, count, &number))
        return cJSON_CreateNumber(number);
    if (strcmp(form, "moment") == 0 && sr_times_moment(tongue->times, words, count, &moment))
        return moment_value(&moment);
    if (strcmp(type, "string") != 0 && sr_number_words_read(tongue->numbers, words, count, &number))
        return cJSON_CreateNumber(number);
    const char *one = enumerated(schema, said, at, count);
    sr_said_join(said->spelled, at, count, text, sizeof text);
    return cJSON_CreateString(one ? one : text);
}
