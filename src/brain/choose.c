/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers. What is written down word for word comes first, then what a skill understands from end to end; for all
 * else the router is asked, and believed only when it is sure: a wrong template or a wrong "I can't" is worse than a
 * look into memory, and silence towards the user is worst.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "brain/brain.h"
#include "brain/brain_opts.h"

/* How sure the router must be. */
#define SURE_TEMPLATE 0.8f
#define SURE_INTENT 0.5f /* that it is this template ... */
#define INTENT_MARGIN 3  /* ... and so many times as likely as the next one */
#define SURE_SKILL 0.6f
#define SURE_NOBODY 0.85f

/* SARAI_OK without loading when there is no such file. */
static int load_optional(const struct sr_brain *brain, const struct sr_model_opts *models, const char *name,
                         char **path, struct sarai_error *error) {
    *path = sr_path_table(models, brain->opts->language, "", name);
    if (!*path)
        return sr_error(error, SARAI_ENOMEM, name, "out of memory");
    if (access(*path, F_OK) != 0) {
        free(*path);
        *path = NULL;
    }
    return SARAI_OK;
}

int sr_brain_open_choosing(struct sr_brain *brain, const struct sr_model_opts *models, struct sarai_error *error) {
    char *openers = NULL, *requests = NULL, *router = NULL;
    int status = load_optional(brain, models, "openers.tsv", &openers, error);
    if (status >= 0 && openers)
        status = sr_openers_load(openers, &brain->openers, error);
    if (status >= 0)
        status = load_optional(brain, models, "requests.tsv", &requests, error);
    if (status >= 0 && requests)
        status = sr_requests_load(requests, &brain->requests, error);
    if (status >= 0 && brain->meaning.point)
        status = load_optional(brain, models, "router.bin", &router, error);
    if (status >= 0 && router)
        status = sr_router_load(router, &brain->router, error);
    free(openers);
    free(requests);
    free(router);
    return status;
}

void sr_brain_close_choosing(struct sr_brain *brain) {
    sr_openers_free(brain->openers);
    sr_requests_free(brain->requests);
    sr_router_free(brain->router);
    brain->openers = NULL;
    brain->requests = NULL;
    brain->router = NULL;
}

static int choose(struct sr_choice *choice, enum sr_route route, const char *intent, double confidence) {
    choice->route = route;
    choice->confidence = confidence;
    choice->intent = sr_strdup(intent);
    return choice->intent ? SARAI_OK : SARAI_ENOMEM;
}

static const char *compute(const struct sr_brain *brain, const char *text, char **reply) {
    const time_t seconds = time(NULL);
    struct tm now;
    return brain->skills && localtime_r(&seconds, &now) ? sr_skills_answer(brain->skills, text, &now, reply) : NULL;
}

/* What is said to a command that is understood and not carried out. */
static int refuse(struct sr_brain *brain, const char *intent, double confidence, struct sr_choice *choice) {
    const char *id = sr_requests_template(brain->requests, intent);
    choice->reply = id ? sr_templates_reply(brain->templates, id) : NULL;
    if (!choice->reply)
        choice->reply = sr_templates_reply(brain->phrases, "cannot");
    if (!choice->reply)
        choice->reply = sr_templates_reply(brain->phrases, "unknown");
    const int status = choose(choice, SR_ROUTE_SKILL, intent, confidence);
    return choice->reply ? status : SARAI_ENOMEM;
}

/* Templates and skills word for word. 1 when one was found. */
static int choose_exactly(struct sr_brain *brain, const char *said, struct sr_choice *choice) {
    char *reply = NULL;
    const char *template = sr_templates_match(brain->templates, said, &reply);
    const char *request = template ? sr_requests_intent(brain->requests, template) : NULL;
    const char *skill = template && !request ? NULL : compute(brain, said, &choice->reply);
    int status = SARAI_OK;
    if (skill)
        status = choose(choice, SR_ROUTE_SKILL, skill, 1);
    else if (template)
        status = choose(choice, request ? SR_ROUTE_SKILL : SR_ROUTE_TEMPLATE, request ? request : template, 1);
    if (!skill && template) {
        choice->reply = reply;
        reply = NULL;
    }
    free(reply);
    return status < 0 ? status : skill || template;
}

/* Is it that template and hardly any other? */
static bool sure_of_template(const struct sr_router_verdict *v) {
    return v->intent[SR_SPEECH_TEMPLATE] && v->part[SR_SPEECH_TEMPLATE] >= SURE_TEMPLATE &&
           v->intent_part[SR_SPEECH_TEMPLATE] >= SURE_INTENT &&
           v->intent_part[SR_SPEECH_TEMPLATE] >= INTENT_MARGIN * v->intent_next[SR_SPEECH_TEMPLATE];
}

static int choose_by_meaning(struct sr_brain *brain, const struct sr_router_context *before, struct sr_choice *choice) {
    struct sr_router_verdict v;
    float point[SR_EMBED_SIZE];
    if (brain->meaning.point(brain->meaning.user, "query", choice->said, point) < 0)
        return choose(choice, SR_ROUTE_KNOWLEDGE, "", 0);
    const int status = sr_router_decide(brain->router, point, choice->said, before, &v);
    if (status < 0)
        return status;
    if (v.kind == SR_SPEECH_NOT_FOR_ME && v.part[v.kind] >= SURE_NOBODY)
        return choose(choice, SR_ROUTE_NONE, "", v.part[v.kind]);
    if (v.kind == SR_SPEECH_SKILL && v.part[v.kind] >= SURE_SKILL)
        return refuse(brain, v.intent[SR_SPEECH_SKILL] ? v.intent[SR_SPEECH_SKILL] : "", v.part[v.kind], choice);
    if (v.kind == SR_SPEECH_TEMPLATE && sure_of_template(&v) &&
        (choice->reply = sr_templates_reply(brain->templates, v.intent[SR_SPEECH_TEMPLATE])))
        return choose(choice, SR_ROUTE_TEMPLATE, v.intent[SR_SPEECH_TEMPLATE], v.part[v.kind]);
    choice->rejected = v.kind != SR_SPEECH_KNOWLEDGE && v.kind != SR_SPEECH_LLM;
    const bool chat = v.part[SR_SPEECH_LLM] > v.part[SR_SPEECH_KNOWLEDGE];
    return choose(choice, chat ? SR_ROUTE_LLM : SR_ROUTE_KNOWLEDGE, "",
                  v.part[SR_SPEECH_LLM] + v.part[SR_SPEECH_KNOWLEDGE]);
}

/* Nothing but marks and spaces: SR_ROUTE_NONE. 1 when it is so. */
static int choose_silence(const char *text, struct sr_choice *choice) {
    struct sr_str folded = {0};
    sr_utf8_fold(text, strlen(text), &folded);
    const bool empty = !folded.len, failed = folded.failed;
    sr_str_deinit(&folded);
    return failed ? SARAI_ENOMEM : empty ? (choose(choice, SR_ROUTE_NONE, "", 0) < 0 ? SARAI_ENOMEM : 1) : 0;
}

int sr_brain_choose(struct sr_brain *brain, const char *text, const struct sr_router_context *before,
                    struct sr_choice *choice) {
    struct sr_router_context context = *before;
    context.english = strcmp(brain->opts->language, "en") == 0;
    int status = choose_silence(text, choice);
    if (status == 0)
        status = choose_exactly(brain, text, choice);
    if (status == 0) {
        choice->said = sr_openers_strip(brain->openers, text, &choice->opening);
        status = !choice->said                     ? SARAI_ENOMEM
                 : strcmp(choice->said, text) == 0 ? 0
                                                   : choose_exactly(brain, choice->said, choice);
    }
    if (status == 0)
        status = brain->router ? choose_by_meaning(brain, &context, choice) : choose(choice, SR_ROUTE_KNOWLEDGE, "", 0);
    return status < 0 ? status : SARAI_OK;
}

void sr_choice_deinit(struct sr_choice *choice) {
    free(choice->intent);
    free(choice->reply);
    free(choice->opening);
    free(choice->said);
    *choice = (struct sr_choice){0};
}

void sr_brain_prepare(struct sr_brain *brain, const char *draft) {
    float point[SR_EMBED_SIZE];
    char *opening = NULL;
    char *said = brain->meaning.point ? sr_openers_strip(brain->openers, draft, &opening) : NULL;
    if (said && said[strspn(said, " \t\r\n.,")])
        brain->meaning.point(brain->meaning.user, "query", said, point);
    free(said);
    free(opening);
}

struct sr_router_context sr_brain_after(const struct sr_decision *decision) {
    static const struct {
        enum sr_route route;
        enum sr_speech speech;
    } last[] = {{SR_ROUTE_TEMPLATE, SR_SPEECH_TEMPLATE},
                {SR_ROUTE_SKILL, SR_SPEECH_SKILL},
                {SR_ROUTE_KNOWLEDGE, SR_SPEECH_KNOWLEDGE},
                {SR_ROUTE_LLM, SR_SPEECH_LLM}};
    struct sr_router_context after = {0};
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        if (last[i].route == decision->route) {
            after.has_last = true;
            after.last = last[i].speech;
        }
    const size_t len = decision->reply ? strlen(decision->reply) : 0;
    after.asked = len && decision->reply[len - 1] == '?';
    return after;
}
