/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/home.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THINGS_MOST 32

struct sr_home {
    const struct sr_toolbox *box;
    const struct sr_tongue *tongue;
    const cJSON *json; /* "home" of the box */
    pthread_mutex_t lock;
    /* under the lock */
    cJSON *state; /* {"light/salón": {"on": true}} */
    cJSON *list;  /* what is to be bought */
};

/* A thing of the home: its kind and where it is. */
struct thing {
    const char *kind, *area;
};

struct deed {
    struct sr_home *home;
    const struct sr_tool_call *call;
    const cJSON *effect;
    struct thing things[THINGS_MOST];
    int count;
    const char *area; /* as asked for; NULL: not */
    cJSON *words;     /* what fills the slots of what is said */
};

static const cJSON *member(const cJSON *object, const char *name) {
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *text_of(const cJSON *object, const char *name) {
    return cJSON_GetStringValue(member(object, name));
}

int sr_home_new(const struct sr_toolbox *box, const struct sr_tongue *tongue, struct sr_home **out,
                struct sarai_error *error) {
    const cJSON *json = sr_toolbox_json(box, "home");
    if (!cJSON_IsObject(member(json, "entities")) || !cJSON_IsObject(member(json, "kinds")) ||
        !cJSON_IsObject(member(json, "areas")))
        return sr_error(error, SARAI_EINPUT, "home", "needs 'home' with 'areas', 'kinds' and 'entities'");
    struct sr_home *home = calloc(1, sizeof *home);
    if (!home)
        return sr_error(error, SARAI_ENOMEM, "home", "out of memory");
    pthread_mutex_init(&home->lock, NULL);
    home->box = box;
    home->tongue = tongue;
    home->json = json;
    home->state = cJSON_CreateObject();
    home->list = cJSON_CreateArray();
    if (!home->state || !home->list) {
        sr_home_free(home);
        return sr_error(error, SARAI_ENOMEM, "home", "out of memory");
    }
    *out = home;
    return SARAI_OK;
}

void sr_home_free(struct sr_home *home) {
    if (!home)
        return;
    cJSON_Delete(home->state);
    cJSON_Delete(home->list);
    pthread_mutex_destroy(&home->lock);
    free(home);
}

/* --------------------------------------------------------------------------------------------------------- state -- */

static cJSON *state_of(struct sr_home *home, const struct thing *thing) {
    char key[96];
    snprintf(key, sizeof key, "%s/%s", thing->kind, thing->area);
    cJSON *state = cJSON_GetObjectItemCaseSensitive(home->state, key);
    return state ? state : cJSON_AddObjectToObject(home->state, key);
}

/* As it was set, else as the file says it is at first. */
static const cJSON *get(struct sr_home *home, const struct thing *thing, const char *what) {
    const cJSON *value = member(state_of(home, thing), what);
    return value ? value : member(member(home->json, "state"), what);
}

static void set(struct sr_home *home, const struct thing *thing, const char *what, cJSON *value) {
    cJSON *state = state_of(home, thing);
    cJSON_DeleteItemFromObjectCaseSensitive(state, what);
    if (!value || !cJSON_AddItemToObject(state, what, value))
        cJSON_Delete(value);
}

/* -------------------------------------------------------------------------------------------------------- things -- */

static bool lies_in(const struct sr_home *home, const char *area, const char *wanted) {
    const cJSON *floor = member(member(home->json, "floors"), wanted), *room;
    if (strcmp(area, wanted) == 0)
        return true;
    cJSON_ArrayForEach(room, floor) {
        if (cJSON_IsString(room) && strcmp(room->valuestring, area) == 0)
            return true;
    }
    return false;
}

/* All of a kind in `area` (NULL: everywhere). */
static void collect(struct deed *deed, const char *kind, const char *area) {
    const cJSON *rooms = member(member(deed->home->json, "entities"), kind), *room;
    deed->count = 0;
    cJSON_ArrayForEach(room, rooms) {
        if (cJSON_IsString(room) && deed->count < THINGS_MOST &&
            (!area || lies_in(deed->home, room->valuestring, area)))
            deed->things[deed->count++] = (struct thing){kind, room->valuestring};
    }
}

/* The places that hold all of the home are none of its rooms and floors. */
static bool is_everywhere(const struct sr_home *home, const char *area) {
    const cJSON *rooms;
    const cJSON *room;
    if (member(member(home->json, "floors"), area))
        return false;
    cJSON_ArrayForEach(rooms, member(home->json, "entities")) {
        cJSON_ArrayForEach(room, rooms) {
            if (cJSON_IsString(room) && strcmp(room->valuestring, area) == 0)
                return false;
        }
    }
    return true;
}

/* Without a place it is that where one is, if there is such a thing there. */
static void find_things(struct deed *deed) {
    const cJSON *arguments = deed->call->arguments;
    const char *kind = text_of(arguments, "kind"), *here = text_of(deed->home->json, "here");
    const bool anywhere = cJSON_IsFalse(member(deed->effect, "area"));
    if (!kind)
        kind = text_of(deed->effect, "kind");
    if (!kind)
        return;
    deed->area = anywhere ? NULL : text_of(arguments, "area");
    if (deed->area && is_everywhere(deed->home, deed->area))
        collect(deed, kind, NULL);
    else if (deed->area)
        collect(deed, kind, deed->area);
    else if (!anywhere && !member(arguments, "all") && here)
        collect(deed, kind, here);
    if (!deed->area && !deed->count)
        collect(deed, kind, NULL);
}

/* --------------------------------------------------------------------------------------------------------- words -- */

static void number(struct deed *deed, const char *name, double value) {
    char text[32];
    snprintf(text, sizeof text, "%g", value);
    sr_tool_word(deed->words, name, text);
}

/* "la luz del salón", "las luces de la cocina", "las luces de toda la casa". */
static void name_things(struct deed *deed) {
    const struct sr_home *home = deed->home;
    const struct thing *first = &deed->things[0];
    const cJSON *names = member(member(home->json, "kinds"), first->kind);
    const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(names, deed->count > 1)), *place = "casa";
    if (deed->count == 1)
        place = first->area;
    else if (deed->area)
        place = deed->area;
    const char *of = text_of(member(home->json, "areas"), place);
    char *what = sr_asprintf("%s%s%s", name ? name : first->kind, of ? " " : "", of ? of : "");
    sr_tool_word(deed->words, "what", what);
    sr_tool_word(deed->words, "of", of);
    free(what);
}

/* What the box says under `name` and `detail`, for the kind of thing; SARAI_OK also without any. */
static int say(struct deed *deed, const char *name, const char *detail, struct sr_tool_answer *answer) {
    char key[96];
    snprintf(key, sizeof key, "%s%s", name, detail);
    const char *form = sr_toolbox_phrase(deed->home->box, key, deed->count ? deed->things[0].kind : NULL);
    answer->say = form ? sr_tool_call_say(deed->call, deed->words, form, deed->home->tongue) : NULL;
    return !form || answer->say ? SARAI_OK : SARAI_ENOMEM;
}

static int refuse(struct deed *deed, const char *name, struct sr_tool_answer *answer) {
    const int status = say(deed, name, "", answer);
    snprintf(answer->error, sizeof answer->error, "there is no such thing");
    return status < 0 ? status : SARAI_EINPUT;
}

/* --------------------------------------------------------------------------------------------------------- deeds -- */

static void set_all(struct deed *deed, const char *what, const cJSON *value) {
    const char *text = cJSON_GetStringValue(value);
    char *end = NULL;
    const double number_in_text = text ? strtod(text, &end) : 0;
    for (int i = 0; i < deed->count; i++)
        set(deed->home, &deed->things[i], what,
            text && end != text && !*end ? cJSON_CreateNumber(number_in_text) : cJSON_Duplicate(value, true));
}

/* Changes the first of the effect's attributes by so much. */
static void step_all(struct deed *deed, const char *what, double by) {
    double value = 0;
    for (int i = 0; i < deed->count; i++) {
        const cJSON *now = get(deed->home, &deed->things[i], what);
        value = fmin(100, fmax(0, (cJSON_IsNumber(now) ? now->valuedouble : 0) + by));
        set(deed->home, &deed->things[i], what, cJSON_CreateNumber(value));
    }
    number(deed, what, value);
}

/* What was said of the effect's attributes; the last one names what is said of it. */
static int do_set(struct deed *deed, struct sr_tool_answer *answer) {
    const cJSON *what = member(deed->effect, "set"), *arguments = deed->call->arguments, *one;
    const cJSON *step = member(arguments, "step");
    char detail[64] = "";
    if (cJSON_IsString(what)) {
        set_all(deed, what->valuestring, member(deed->effect, "to"));
        return say(deed, deed->call->tool->name, "", answer);
    }
    cJSON_ArrayForEach(one, what) {
        const cJSON *value = member(arguments, one->valuestring);
        const bool first = one == what->child;
        if (!value && !(first && cJSON_IsNumber(step)))
            continue;
        if (value)
            set_all(deed, one->valuestring, value);
        else
            step_all(deed, one->valuestring, step->valuedouble);
        if (value && cJSON_IsString(value) && first)
            sr_tool_word(deed->words, one->valuestring, value->valuestring);
        if (!first)
            snprintf(detail, sizeof detail, "_%s", one->valuestring);
    }
    for (int i = 0; i < deed->count; i++)
        set(deed->home, &deed->things[i], "on", cJSON_CreateTrue());
    return say(deed, deed->call->tool->name, detail, answer);
}

static int tell_state(struct deed *deed, struct sr_tool_answer *answer) {
    const char *asked = text_of(deed->call->arguments, "state");
    int on = 0;
    for (int i = 0; i < deed->count; i++)
        on += cJSON_IsTrue(get(deed->home, &deed->things[i], "on"));
    if (on > 0 && on < deed->count) {
        number(deed, "count", deed->count);
        number(deed, "on", on);
        return say(deed, "some", "", answer);
    }
    const cJSON *names = member(member(deed->home->json, "kinds"), deed->things[0].kind);
    const char *state = cJSON_GetStringValue(cJSON_GetArrayItem(names, on ? 2 : 3));
    sr_tool_word(deed->words, "state", state);
    const bool as_asked = asked && (strcmp(asked, "on") == 0) == (on > 0);
    return say(deed, !asked ? "is" : as_asked ? "yes" : "no", "", answer);
}

static int do_get(struct deed *deed, struct sr_tool_answer *answer) {
    const char *what = text_of(deed->effect, "get");
    if (strcmp(what, "on") == 0)
        return tell_state(deed, answer);
    const cJSON *value = get(deed->home, &deed->things[0], what);
    if (cJSON_IsNumber(value))
        number(deed, "value", value->valuedouble);
    return say(deed, deed->call->tool->name, "", answer);
}

static int do_list(struct deed *deed, struct sr_tool_answer *answer) {
    cJSON *list = deed->home->list, *one;
    const char *what = text_of(deed->effect, "list"), *tool = deed->call->tool->name;
    const char *from = text_of(deed->effect, "from"), *item = from ? text_of(deed->call->arguments, from) : NULL;
    int at = 0, found = -1;
    struct sr_str items = {0};
    cJSON_ArrayForEach(one, list) {
        sr_str_addf(&items, "%s%s", items.len ? ", " : "", one->valuestring);
        if (item && strcmp(one->valuestring, item) == 0)
            found = at;
        at++;
    }
    sr_tool_word(deed->words, "items", items.len ? items.data : "");
    sr_str_deinit(&items);
    if (strcmp(what, "read") == 0)
        return say(deed, tool, at ? "" : "_none", answer);
    if (strcmp(what, "add") == 0 && item && found < 0)
        cJSON_AddItemToArray(list, cJSON_CreateString(item));
    if (strcmp(what, "done") == 0 && found >= 0)
        cJSON_DeleteItemFromArray(list, found);
    return say(deed, tool, strcmp(what, "done") == 0 && found < 0 ? "_none" : "", answer);
}

int sr_home_call(void *user, const struct sr_tool_call *call, struct sr_tool_answer *answer) {
    struct sr_home *home = user;
    struct deed deed = {.home = home, .call = call, .effect = member(call->tool->json, "effect")};
    deed.words = cJSON_Duplicate(call->spoken, true);
    if (!deed.words)
        return SARAI_ENOMEM;
    int status;
    pthread_mutex_lock(&home->lock);
    if (text_of(deed.effect, "list")) {
        status = do_list(&deed, answer);
    } else {
        find_things(&deed);
        if (text_of(call->arguments, "name"))
            status = refuse(&deed, "no_such", answer);
        else if (!deed.count)
            status = refuse(&deed, "nothing", answer);
        else {
            name_things(&deed);
            status = text_of(deed.effect, "get")  ? do_get(&deed, answer)
                     : member(deed.effect, "set") ? do_set(&deed, answer)
                                                  : say(&deed, call->tool->name, "", answer);
        }
    }
    pthread_mutex_unlock(&home->lock);
    cJSON_Delete(deed.words);
    return status;
}
