/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/acts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MINUTES 1440

struct act {
    const struct sr_act_scene *scene;
    struct sr_context *context;
    const struct sr_tool_call *call;
    struct sr_tool_answer *answer;
    cJSON *words; /* what fills the slots of what is said */
    int64_t now_us;
};

static const char *text_of(const struct act *act, const char *name) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(act->call->arguments, name));
    return text ? text : "";
}

static double number_of(const struct act *act, const char *name) {
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(act->call->arguments, name);
    return cJSON_IsNumber(number) ? number->valuedouble : 0;
}

/* ---------------------------------------------------------------------------------------------------------- words --
 */

static void word_span(struct act *act, const char *name, int64_t seconds) {
    struct sr_str text = {0};
    sr_times_say_span(act->scene->tongue->times, seconds, &text);
    sr_tool_word(act->words, name, text.data);
    sr_str_deinit(&text);
}

/* "mañana" and "a las siete y media de la mañana". */
static void word_moment(struct act *act, int minute, int days) {
    struct sr_str at = {0};
    sr_times_say_minute(act->scene->tongue->times, minute, &at);
    sr_tool_word(act->words, "at", at.data);
    sr_tool_word(act->words, "day", sr_times_day(act->scene->tongue->times, days));
    sr_str_deinit(&at);
}

static int say(struct act *act, const char *name) {
    const char *form = sr_toolbox_phrase(act->scene->box, name, NULL);
    free(act->answer->say);
    act->answer->say = form ? sr_tool_call_say(act->call, act->words, form, act->scene->tongue) : NULL;
    return act->answer->say ? SARAI_OK : SARAI_ENOMEM;
}

/* The name without what leads to it ("la pasta"). */
static int say_named(struct act *act, const char *name, const struct sr_timer *timer) {
    char key[48];
    sr_tool_word(act->words, "name", timer->name);
    word_span(act, "length", timer->length_s);
    word_span(act, "left", (sr_timer_left_us(timer, act->now_us) + 500000) / 1000000);
    snprintf(key, sizeof key, "%s_named", name);
    return say(act, timer->name[0] && sr_toolbox_phrase(act->scene->box, key, NULL) ? key : name);
}

/* --------------------------------------------------------------------------------------------------------- timers --
 */

static int add(struct act *act, struct sr_timer *timer, int64_t in_s, const char *done) {
    timer->due_us = act->now_us + in_s * 1000000;
    return say_named(act, sr_timers_add(&act->context->timers, timer) ? done : "too_many", timer);
}

static int start_timer(struct act *act) {
    struct sr_timer timer = {.kind = SR_TIMER, .length_s = (int64_t)number_of(act, "duration")};
    snprintf(timer.name, sizeof timer.name, "%s", text_of(act, "name"));
    if (timer.length_s <= 0)
        return say(act, "how_long");
    return add(act, &timer, timer.length_s, "started");
}

/* How many seconds until it is that time of day; `*days`: how many days from today that is. */
static int64_t seconds_until(const struct act *act, bool soonest, int *minute, int *days) {
    const cJSON *moment = cJSON_GetObjectItemCaseSensitive(act->call->arguments, "moment");
    const time_t now = sr_context_now(act->context);
    struct tm local;
    if (!moment || !localtime_r(&now, &local))
        return -1;
    const int today = local.tm_hour * 60 + local.tm_min;
    const cJSON *day = cJSON_GetObjectItemCaseSensitive(moment, "day");
    const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(moment, "minute");
    const bool exact = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(moment, "exact"));
    *minute = cJSON_IsNumber(wanted) ? wanted->valueint : 0;
    *days = cJSON_IsNumber(day) ? day->valueint : -1;
    if (!exact && soonest && *days <= 0 && *minute <= today && *minute + DAY_MINUTES / 2 > today)
        *minute += DAY_MINUTES / 2;
    if (*days < 0 || (*days == 0 && *minute <= today))
        *days = *minute > today ? 0 : 1;
    return ((int64_t)(*days * DAY_MINUTES + *minute - today)) * 60 - local.tm_sec;
}

static int set_alarm(struct act *act) {
    struct sr_timer timer = {.kind = SR_ALARM};
    int days = 0;
    const int64_t in_s = seconds_until(act, false, &timer.minute, &days);
    if (in_s < 0)
        return say(act, "how_long");
    word_moment(act, timer.minute, days);
    return add(act, &timer, in_s, "alarm_set");
}

static int set_reminder(struct act *act) {
    struct sr_timer timer = {.kind = SR_REMINDER, .length_s = (int64_t)number_of(act, "duration")};
    int days = 0;
    snprintf(timer.name, sizeof timer.name, "%s", text_of(act, "what"));
    if (timer.length_s > 0)
        return add(act, &timer, timer.length_s, "reminder_set");
    const int64_t in_s = seconds_until(act, true, &timer.minute, &days);
    if (in_s < 0)
        return say(act, "how_long");
    word_moment(act, timer.minute, days);
    return add(act, &timer, in_s, "reminder_set_at");
}

static int with_alarm(struct act *act, bool cancel) {
    struct sr_timer *alarm = sr_timers_find(&act->context->timers, SR_ALARM, "", 0);
    if (!alarm)
        return say(act, "alarm_none");
    const time_t now = sr_context_now(act->context), then = now + (time_t)((alarm->due_us - act->now_us) / 1000000);
    struct tm today, that_day;
    if (localtime_r(&now, &today) && localtime_r(&then, &that_day))
        word_moment(act, alarm->minute, that_day.tm_yday != today.tm_yday);
    if (cancel)
        sr_timers_remove(&act->context->timers, alarm);
    return say(act, cancel ? "alarm_cancelled" : "alarm_status");
}

static int status(struct act *act, const struct sr_timer *timer) {
    char count[16];
    const int many = sr_timers_count(&act->context->timers, SR_TIMER);
    snprintf(count, sizeof count, "%d", many);
    sr_tool_word(act->words, "count", count);
    if (timer->due_us < 0)
        return say_named(act, "left_paused", timer);
    return say_named(act, many > 1 && !*text_of(act, "name") ? "left_many" : "left", timer);
}

static int shift(struct act *act, struct sr_timer *timer, double seconds) {
    const int64_t left_us = sr_timer_left_us(timer, act->now_us) + (int64_t)(seconds * 1e6);
    timer->left_us = left_us > 0 ? left_us : 0;
    if (timer->due_us >= 0)
        timer->due_us = act->now_us + timer->left_us;
    const int said = say_named(act, seconds > 0 ? "longer" : "shorter", timer);
    sr_timers_moved(&act->context->timers);
    return said;
}

static int pause_timer(struct act *act, struct sr_timer *timer, bool pause) {
    timer->left_us = sr_timer_left_us(timer, act->now_us);
    timer->due_us = pause ? -1 : act->now_us + timer->left_us;
    const int said = say_named(act, pause ? "paused" : "resumed", timer);
    sr_timers_moved(&act->context->timers);
    return said;
}

static int cancel_all(struct act *act) {
    struct sr_timer *timer;
    bool any = false;
    while ((timer = sr_timers_find(&act->context->timers, SR_TIMER, "", 0))) {
        sr_timers_remove(&act->context->timers, timer);
        any = true;
    }
    return say(act, any ? "cancelled_all" : "none");
}

/* What is asked of a timer that is there. */
static int with_timer(struct act *act) {
    const char *name = act->call->tool->name;
    struct sr_timers *timers = &act->context->timers;
    struct sr_timer *timer = sr_timers_find(timers, SR_TIMER, text_of(act, "name"), (int64_t)number_of(act, "length"));
    if (!timer)
        return say(act, sr_timers_count(timers, SR_TIMER) ? "no_such" : "none");
    if (strcmp(name, "HassIncreaseTimer") == 0)
        return shift(act, timer, number_of(act, "duration"));
    if (strcmp(name, "HassDecreaseTimer") == 0)
        return shift(act, timer, -number_of(act, "duration"));
    if (strcmp(name, "HassPauseTimer") == 0 || strcmp(name, "HassUnpauseTimer") == 0)
        return pause_timer(act, timer, strcmp(name, "HassPauseTimer") == 0);
    if (strcmp(name, "HassTimerStatus") == 0)
        return status(act, timer);
    const int said = say_named(act, "cancelled", timer);
    sr_timers_remove(timers, timer);
    return said;
}

/* --------------------------------------------------------------------------------------------------------- speech --
 */

static int repeat(struct act *act) {
    char *again = sr_context_repeat(act->context);
    if (!again)
        return act->context->reply ? SARAI_ENOMEM : SARAI_EUNSUPPORTED;
    act->answer->say = again;
    return SARAI_OK;
}

/* In steps of a fourth. What was said last is said again the new way. */
static int step(struct act *act, _Atomic int *what, bool up, const char *done, const char *enough) {
    const int before = atomic_load(what), next = up ? before * 5 / 4 : before * 4 / 5;
    if (next > 200 || next < 50)
        return say(act, enough);
    atomic_store(what, next);
    const int said = say(act, done);
    char *again = said == SARAI_OK ? sr_context_repeat(act->context) : NULL;
    char *both = again ? sr_asprintf("%s %s", act->answer->say, again) : NULL;
    if (both) {
        free(act->answer->say);
        act->answer->say = both;
    }
    free(again);
    return said;
}

static int speak_normally(struct act *act) {
    atomic_store(&act->context->delivery->volume, 100);
    atomic_store(&act->context->delivery->pace, 100);
    return say(act, "normal");
}

/* To the one other language that there are tables for; it says so in that one. */
static int change_language(struct act *act) {
    const struct sr_act_scene *scene = act->scene;
    const cJSON *codes = sr_toolbox_json(scene->box, "languages");
    const char *wanted = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(codes, text_of(act, "language")));
    if (wanted && strcmp(wanted, scene->language) == 0)
        return say(act, "language_same");
    const char *now = scene->other ? sr_toolbox_phrase(scene->other, "language_now", NULL) : NULL;
    if (!now || !wanted || strcmp(wanted, scene->other_language) != 0)
        return say(act, "language_other");
    sr_context_change_language(act->context);
    act->answer->say = sr_strdup(now);
    return act->answer->say ? SARAI_OK : SARAI_ENOMEM;
}

static int speech_act(struct act *act) {
    const char *name = act->call->tool->name;
    struct sr_delivery *delivery = act->context->delivery;
    if (strcmp(name, "repeat") == 0)
        return repeat(act);
    if (strcmp(name, "slower") == 0)
        return step(act, &delivery->pace, false, "slower", "slowest");
    if (strcmp(name, "faster") == 0)
        return step(act, &delivery->pace, true, "faster", "fastest");
    if (strcmp(name, "louder") == 0)
        return step(act, &delivery->volume, true, "louder", "loudest");
    if (strcmp(name, "softer") == 0)
        return step(act, &delivery->volume, false, "softer", "softest");
    if (strcmp(name, "normal") == 0)
        return speak_normally(act);
    if (strcmp(name, "language") == 0)
        return change_language(act);
    return say(act, strcmp(name, "stop") == 0 ? "stop" : "cancel");
}

bool sr_act_is_about_speech(const char *name) {
    static const char *const names[] = {"repeat", "slower", "faster",   "louder",       "softer",
                                        "normal", "stop",   "language", "HassNevermind"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* ------------------------------------------------------------------------------------------------------------ all --
 */

int sr_act(void *user, const struct sr_tool_call *call, struct sr_tool_answer *answer) {
    const struct sr_act_scene *scene = user;
    const char *name = call->tool->name;
    struct act act = {.scene = scene,
                      .context = scene->context,
                      .call = call,
                      .answer = answer,
                      .words = cJSON_Duplicate(call->spoken, true),
                      .now_us = sr_clock_now_us(scene->context->clock)};
    if (!act.words)
        return SARAI_ENOMEM;
    const int status = strcmp(name, "HassStartTimer") == 0        ? start_timer(&act)
                       : strcmp(name, "HassCancelAllTimers") == 0 ? cancel_all(&act)
                       : strstr(name, "Timer")                    ? with_timer(&act)
                       : strcmp(name, "alarm_set") == 0           ? set_alarm(&act)
                       : strncmp(name, "alarm_", 6) == 0          ? with_alarm(&act, strcmp(name, "alarm_cancel") == 0)
                       : strcmp(name, "reminder_set") == 0        ? set_reminder(&act)
                                                                  : speech_act(&act);
    cJSON_Delete(act.words);
    return status;
}

char *sr_act_ring(const struct sr_act_scene *scene, const struct sr_timer *timer) {
    static const char *const forms[] = {
        [SR_TIMER] = "rings", [SR_ALARM] = "alarm_rings", [SR_REMINDER] = "reminder_rings"};
    const struct sr_tool tool = {.name = ""};
    struct sr_tool_call call = {.box = scene->box, .tool = &tool};
    struct sr_tool_answer answer = {0};
    struct act act = {.scene = scene,
                      .context = scene->context,
                      .call = &call,
                      .answer = &answer,
                      .words = cJSON_CreateObject(),
                      .now_us = sr_clock_now_us(scene->context->clock)};
    if (act.words) {
        sr_tool_word(act.words, "what", timer->name);
        word_moment(&act, timer->minute, 0);
        say_named(&act, forms[timer->kind], timer);
    }
    cJSON_Delete(act.words);
    return answer.say;
}
