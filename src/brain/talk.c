/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/talk.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/paths.h"

#define LAST_BEFORE_OTHERS 0.1  /* what was spoken of last is meant, unless something else is so much surer */
#define LEAST_OF_A_HALF 0.3     /* how sure the last topic must be that it answers what is surely half a question */
#define LEAST_OF_THE_LAST 0.5   /* and what may be one */
#define LESS_SURE_BUT_NAMED 0.1 /* what a question names is preferred to what answers it so much better */

/* ---------------------------------------------------------------------------------------------------------- load -- */

static int add_box(struct sr_talk *talk, const char *path, struct sarai_error *error) {
    if (talk->box_count == SR_TALK_BOXES)
        return sr_error(error, SARAI_EUSAGE, path, "more than %d files of tools", SR_TALK_BOXES);
    const int status = sr_toolbox_load(path, &talk->tongue, &talk->boxes[talk->box_count].box, error);
    talk->box_count += status >= 0;
    return status;
}

static int add_files(struct sr_talk *talk, const char *files, struct sarai_error *error) {
    int status = SARAI_OK;
    while (status >= 0 && *files) {
        const size_t len = strcspn(files, ",");
        char *path = sr_strndup(files, len);
        status = path ? SARAI_OK : sr_error(error, SARAI_ENOMEM, "tools.file", "out of memory");
        if (status >= 0 && len)
            status = add_box(talk, path, error);
        free(path);
        files += len + (files[len] == ',');
    }
    return status;
}

/* A home's commands are understood without one too, to be told that there is none. */
static int add_home(struct sr_talk *talk, const char *kind, const char *path, struct sarai_error *error) {
    if (access(path, R_OK) != 0)
        return strcmp(kind, "none") == 0 ? SARAI_OK : sr_error_errno(error, SARAI_EIO, path, "can't be read");
    int status = add_box(talk, path, error);
    if (status < 0 || strcmp(kind, "none") == 0)
        return status;
    struct sr_talk_box *box = &talk->boxes[talk->box_count - 1];
    if ((status = sr_home_new(box->box, &talk->tongue, &talk->home, error)) >= 0) {
        box->function = sr_home_call;
        box->user = talk->home;
    }
    return status;
}

static int load(struct sr_talk *talk, const char *folder, const struct sr_tools_opts *opts, struct sarai_error *error) {
    char *acts = sr_asprintf("%s/session.json", folder), *home = sr_asprintf("%s/home.json", folder);
    char *followups = sr_asprintf("%s/followups.tsv", folder);
    int status = acts && home && followups ? SARAI_OK : sr_error(error, SARAI_ENOMEM, "tools", "out of memory");
    if (status >= 0 && access(acts, R_OK) == 0)
        status = sr_toolbox_load(acts, &talk->tongue, &talk->acts, error);
    if (status >= 0)
        status = add_files(talk, opts->file, error);
    if (status >= 0)
        status = add_home(talk, opts->home, home, error);
    if (status >= 0 && access(followups, R_OK) == 0)
        status = sr_followups_new(folder, &talk->tongue, talk->brain->memory, &talk->followups, error);
    free(acts);
    free(home);
    free(followups);
    return status;
}

int sr_talk_init(struct sr_talk *talk, struct sr_brain *brain, const struct sr_tools_opts *opts,
                 const struct sr_model_opts *models, const struct sr_log *log, struct sarai_error *error) {
    *talk = (struct sr_talk){.brain = brain, .log = log};
    char *data = sr_path_share(models, ""), *folder = sr_path_share(models, brain->opts->language);
    int status = data && folder ? sr_tongue_init(&talk->tongue, data, brain->opts->language, error)
                                : sr_error(error, SARAI_ENOMEM, "tools", "out of memory");
    if (status >= 0)
        status = load(talk, folder, opts, error);
    free(data);
    free(folder);
    if (status < 0)
        sr_talk_deinit(talk);
    return status;
}

void sr_talk_deinit(struct sr_talk *talk) {
    sr_home_free(talk->home);
    for (int i = 0; i < talk->box_count; i++)
        sr_toolbox_free(talk->boxes[i].box);
    sr_toolbox_free(talk->acts);
    sr_followups_free(talk->followups);
    sr_tongue_deinit(&talk->tongue);
    *talk = (struct sr_talk){.brain = NULL};
}

int sr_talk_add(struct sr_talk *talk, const char *json, sr_tool_function *function, void *user,
                struct sarai_error *error) {
    if (talk->box_count == SR_TALK_BOXES)
        return sr_error(error, SARAI_EUSAGE, "tools", "more than %d sets of tools", SR_TALK_BOXES);
    struct sr_talk_box added = {.function = function, .user = user};
    const int status = sr_toolbox_parse("tools", json, &talk->tongue, &added.box, error);
    if (status < 0)
        return status;
    memmove(talk->boxes + 1, talk->boxes, (size_t)talk->box_count * sizeof *talk->boxes); /* before the home */
    talk->boxes[0] = added;
    talk->box_count++;
    return SARAI_OK;
}

void sr_talk_pair(struct sr_talk *talk, struct sr_talk *other) {
    talk->other = other;
    other->other = talk;
}

const struct sr_talk *sr_talk_spoken(const struct sr_talk *talk, const struct sr_context *context) {
    return talk->other && atomic_load(&context->delivery->other) ? talk->other : talk;
}

int sr_talk_names(const struct sr_talk *talk, int (*each)(void *user, const char *name), void *user) {
    int status = SARAI_OK;
    for (int i = 0; i < talk->box_count && status >= 0; i++)
        if (talk->boxes[i].user != talk->home || !talk->home)
            status = talk->boxes[i].function || sr_toolbox_json(talk->boxes[i].box, "run")
                         ? sr_toolbox_names(talk->boxes[i].box, each, user)
                         : SARAI_OK;
    return status;
}

/* --------------------------------------------------------------------------------------------------------- tools -- */

struct turn {
    const struct sr_talk *talk;
    struct sr_context *context;
    const char *text;
    struct sr_said said;
    const struct sr_abort *abort;
    struct sr_decision *decision;
    char *whole;
};

static int find_call(const struct turn *turn, struct sr_tool_call *call) {
    const struct sr_talk *talk = turn->talk;
    const struct sr_context *context = turn->context;
    int status = talk->acts ? sr_toolbox_find(talk->acts, &turn->said, &context->call, call) : SARAI_OK;
    for (int i = 0; i < talk->box_count && status >= 0; i++)
        status = sr_toolbox_find(talk->boxes[i].box, &turn->said, &context->call, call);
    if (status < 0 || call->box || context->subject != SR_SUBJECT_TOOL)
        return status;
    return sr_toolbox_find_more(context->call.box, &turn->said, &context->call, &context->other_call, call);
}

/* What is said of a call that did not say it itself. */
static char *spoken_outcome(const struct sr_talk *talk, const struct sr_tool_call *call, int status) {
    const char *form = status == SARAI_OK         ? call->tool->done
                       : status == SARAI_ETIMEOUT ? "tool_late"
                       : status == SARAI_EIO      ? "tool_away"
                       : status == SARAI_EUSAGE   ? "tool_range"
                                                  : "tool_failed";
    if (status != SARAI_OK || !form)
        form = talk->acts ? sr_toolbox_phrase(talk->acts, form ? form : "tool_done", NULL) : NULL;
    return form ? sr_tool_call_say(call, NULL, form, &talk->tongue) : sr_strdup("");
}

static int run(const struct turn *turn, const struct sr_tool_call *call, struct sr_tool_answer *answer) {
    const struct sr_talk *talk = turn->talk;
    struct sr_act_scene scene = {talk->acts, &talk->tongue, turn->context, .language = talk->brain->opts->language};
    if (talk->other) {
        scene.other = talk->other->acts;
        scene.other_language = talk->other->brain->opts->language;
    }
    if (call->box == talk->acts)
        return sr_act(&scene, call, answer);
    if (sr_tool_call_wrong(call))
        return SARAI_EUSAGE;
    for (int i = 0; i < talk->box_count; i++) {
        const struct sr_talk_box *box = &talk->boxes[i];
        if (box->box != call->box)
            continue;
        if (!box->function && !sr_toolbox_json(call->box, "run")) {
            const char *none = talk->acts ? sr_toolbox_phrase(talk->acts, "no_home", NULL) : NULL;
            answer->say = sr_strdup(none ? none : "");
            return answer->say ? SARAI_OK : SARAI_ENOMEM;
        }
        return sr_tool_run(call, box->function, box->user, turn->abort, answer);
    }
    return SARAI_EINTERNAL;
}

/* Calls the tool. SARAI_EUNSUPPORTED: it was not meant. */
static int call_tool(struct turn *turn, struct sr_tool_call *call) {
    struct sr_decision *decision = turn->decision;
    struct sr_tool_answer answer = {0};
    const int status = run(turn, call, &answer);
    if (status == SARAI_EUNSUPPORTED || status == SARAI_ENOMEM || status == SARAI_ESTALE) {
        sr_tool_answer_deinit(&answer);
        return status;
    }
    if (status < 0 && turn->talk->log)
        sr_log(turn->talk->log, SARAI_LOG_WARN, "tools", "%s: %s: %s", call->tool->name, sarai_strerror(status),
               answer.error);
    decision->route = SR_ROUTE_SKILL;
    decision->confidence = 1;
    decision->intent = sr_strdup(call->tool->name);
    decision->reply = answer.say ? answer.say : spoken_outcome(turn->talk, call, status);
    answer.say = NULL;
    sr_tool_answer_deinit(&answer);
    if (!decision->intent || !decision->reply)
        return SARAI_ENOMEM;
    if (call->box != turn->talk->acts || !sr_act_is_about_speech(call->tool->name))
        sr_context_call(turn->context, call);
    return SARAI_OK;
}

/* ----------------------------------------------------------------------------------------------------- questions -- */

/* What was written to be said wins over what may be half of something. */
static bool is_template(const struct sr_brain *brain, const char *text) {
    return sr_templates_match(brain->templates, text, NULL) != NULL;
}

/* Is a whole question answered as it should be: about its topic when it has one, by a skill after a skill? */
static bool decide_whole(const struct turn *turn, const struct sr_followup *followup, int i,
                         struct sr_decision *decision) {
    struct sr_brain *brain = turn->talk->brain;
    const char *text = followup->wholes[i].text, *topic = followup->wholes[i].topic;
    if (topic && followup->kind != SR_FOLLOWUP_NAME)
        return sr_brain_decide_about(brain, text, topic, brain->opts->min_score, decision) > 0;
    decision->before = turn->context->before;
    return sr_brain_decide(brain, text, decision) >= 0 && !decision->refused &&
           decision->route == (followup->kind == SR_FOLLOWUP_SKILL ? SR_ROUTE_SKILL : SR_ROUTE_KNOWLEDGE) &&
           (!topic || strcmp(decision->intent, topic) == 0);
}

/* The whole question that is answered best, in `best`: its number, or -1. */
static int decide_wholes(struct turn *turn, const struct sr_followup *followup, struct sr_decision *best) {
    int chosen = -1;
    for (int i = 0; i < followup->count; i++) {
        struct sr_decision decision = {0};
        if (decide_whole(turn, followup, i, &decision) &&
            (chosen < 0 || decision.confidence > best->confidence + LAST_BEFORE_OTHERS)) {
            sr_decision_deinit(best);
            *best = decision;
            chosen = i;
        } else {
            sr_decision_deinit(&decision);
        }
    }
    return chosen;
}

static void take_whole(struct turn *turn, struct sr_followup *followup, int chosen, struct sr_decision *decision) {
    sr_decision_deinit(turn->decision);
    *turn->decision = *decision;
    *decision = (struct sr_decision){0};
    turn->whole = followup->wholes[chosen].text;
    followup->wholes[chosen].text = NULL;
}

static bool means_nothing(const struct sr_decision *decision) {
    return decision->route == SR_ROUTE_UNKNOWN || decision->route == SR_ROUTE_LLM || decision->refused;
}

/* "¿Cuántos habitantes tiene México?" is not for its capital to answer. */
static void prefer_named(struct turn *turn) {
    struct sr_decision *plain = turn->decision, named = {0};
    const char *topic = plain->route == SR_ROUTE_KNOWLEDGE && turn->talk->followups
                            ? sr_followups_named(turn->talk->followups, &turn->said, plain->intent)
                            : NULL;
    if (topic && sr_brain_decide_about(turn->talk->brain, turn->text, topic, plain->confidence - LESS_SURE_BUT_NAMED,
                                       &named) > 0) {
        sr_decision_deinit(plain);
        *plain = named;
        return;
    }
    sr_decision_deinit(&named);
}

/* Of two that answer a question as well, and neither is named in it, that of the last topic is meant. */
static void prefer_last(struct turn *turn) {
    const struct sr_talk *talk = turn->talk;
    const char *last = turn->context->topic;
    struct sr_decision *plain = turn->decision, about = {0};
    if (plain->route == SR_ROUTE_KNOWLEDGE && talk->followups && last && strcmp(plain->intent, last) != 0 &&
        !sr_followups_names(talk->followups, &turn->said, plain->intent) &&
        sr_brain_decide_about(talk->brain, turn->text, last, plain->confidence - LAST_BEFORE_OTHERS, &about) > 0) {
        sr_decision_deinit(plain);
        *plain = about;
        return;
    }
    sr_decision_deinit(&about);
}

/* What was said may be whole as it is, or once it is bare of what it begins with. */
static int decide_plain(struct turn *turn, const struct sr_followup *followup) {
    const struct sr_brain *brain = turn->talk->brain;
    const bool written = followup->bare && !is_template(brain, turn->text) && is_template(brain, followup->bare);
    int status = sr_brain_decide(turn->talk->brain, turn->text, turn->decision);
    prefer_named(turn);
    prefer_last(turn);
    if (status < 0 || !followup->bare || (!written && !means_nothing(turn->decision)))
        return status;
    struct sr_decision bare = {.before = turn->context->before};
    status = sr_brain_decide(turn->talk->brain, followup->bare, &bare);
    if (status >= 0 && !means_nothing(&bare)) {
        sr_decision_deinit(turn->decision);
        *turn->decision = bare;
        return status;
    }
    sr_decision_deinit(&bare);
    return status;
}

static int ask_brain(struct turn *turn) {
    struct sr_followup followup = {.kind = SR_FOLLOWUP_NONE};
    struct sr_decision whole = {0};
    const struct sr_talk *talk = turn->talk;
    const struct sr_brain *brain = talk->brain;
    if (talk->followups && !is_template(brain, turn->text)) {
        const int status = sr_followup_find(talk->followups, &turn->said, brain->skills, turn->context, &followup);
        if (status < 0)
            return status;
    }
    const bool sure = followup.kind == SR_FOLLOWUP_SKILL || followup.kind == SR_FOLLOWUP_NAME;
    int chosen = sure ? decide_wholes(turn, &followup, &whole) : -1, status = SARAI_OK;
    if (chosen < 0)
        status = decide_plain(turn, &followup);
    const struct sr_decision *plain = turn->decision;
    const bool open =
        chosen < 0 && status >= 0 && !sure && followup.count > 0 &&
        (means_nothing(plain) || (plain->route == SR_ROUTE_KNOWLEDGE && followup.kind != SR_FOLLOWUP_LAST));
    if (open)
        chosen = decide_wholes(turn, &followup, &whole);
    if (open && chosen < 0 && means_nothing(plain) && followup.wholes[0].topic &&
        sr_brain_decide_about(talk->brain, followup.wholes[0].text, followup.wholes[0].topic,
                              followup.kind == SR_FOLLOWUP_LAST ? LEAST_OF_THE_LAST : LEAST_OF_A_HALF, &whole) > 0)
        chosen = 0;
    if (chosen >= 0)
        take_whole(turn, &followup, chosen, &whole);
    sr_decision_deinit(&whole);
    sr_followup_deinit(&followup);
    return status;
}

/* Asks once more what means nothing, with the names of topics in the place of what only sounds like them. */
static int ask_misheard(struct turn *turn) {
    struct sr_decision first = *turn->decision;
    struct turn again = *turn;
    char *text = sr_followups_misheard(turn->talk->followups, &turn->said);
    if (!text)
        return SARAI_OK;
    int status = sr_said_init(&again.said, turn->talk->tongue.normalizer, text);
    if (status < 0) {
        free(text);
        return status;
    }
    again.text = text;
    *turn->decision = (struct sr_decision){.before = first.before};
    status = ask_brain(&again);
    if (status >= 0 && turn->decision->route == SR_ROUTE_KNOWLEDGE) {
        sr_decision_deinit(&first);
        turn->whole = again.whole ? again.whole : sr_strdup(text);
    } else {
        sr_decision_deinit(turn->decision);
        *turn->decision = first;
        free(again.whole);
    }
    sr_said_deinit(&again.said);
    free(text);
    return status;
}

static void note(struct turn *turn) {
    const struct sr_decision *decision = turn->decision;
    if (decision->route == SR_ROUTE_KNOWLEDGE)
        sr_context_topic(turn->context, decision->intent, turn->whole ? turn->whole : turn->text);
    else if (decision->route == SR_ROUTE_SKILL)
        sr_context_skill(turn->context, decision->intent, &decision->slots);
}

int sr_talk_decide(const struct sr_talk *talk, struct sr_context *context, const char *text,
                   const struct sr_abort *abort, struct sr_decision *decision, char **whole) {
    struct turn turn = {.talk = talk, .context = context, .text = text, .abort = abort, .decision = decision};
    struct sr_tool_call call = {0};
    *whole = NULL;
    decision->before = context->before;
    int status = sr_said_init(&turn.said, talk->tongue.normalizer, text);
    if (status < 0)
        return status;
    status = turn.said.count ? find_call(&turn, &call) : SARAI_OK;
    if (status >= 0)
        status = call.box ? call_tool(&turn, &call) : SARAI_EUNSUPPORTED;
    if (status == SARAI_EUNSUPPORTED) {
        status = ask_brain(&turn);
        if (status >= 0 && means_nothing(decision) && talk->followups)
            status = ask_misheard(&turn);
        if (status >= 0)
            note(&turn);
    }
    context->before = sr_brain_after(decision);
    sr_tool_call_deinit(&call);
    sr_said_deinit(&turn.said);
    *whole = turn.whole;
    return status < 0 ? status : SARAI_OK;
}

char *sr_talk_ring(const struct sr_talk *talk, struct sr_context *context, const struct sr_timer *timer) {
    const struct sr_act_scene scene = {.box = talk->acts, .tongue = &talk->tongue, .context = context};
    return sr_act_ring(&scene, timer);
}
