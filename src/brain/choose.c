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

/* How sure the router must be: that it is of this kind, and that it is this template or skill. Either makes up for
 * some of the other, but a question is no command unless it is a known one. */
#define SURE_TEMPLATE 0.6f
#define SURE_THIS_TEMPLATE 0.95f
#define VERY_SURE_TEMPLATE 0.9f
#define LIKELY_THIS_TEMPLATE 0.6f
#define SURE_SKILL 0.45f
#define SURE_ASKED_SKILL 0.5f /* of a question, which is more often about a thing than for it */
#define LIKELY_THIS_SKILL 0.3f
#define LIKELY_SKILL 0.3f
#define SURE_THIS_SKILL 0.8f
#define SURE_NOBODY 0.72f

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

static const char *compute(const struct sr_brain *brain, const char *text, struct sr_choice *choice) {
    const time_t seconds = time(NULL);
    struct tm now;
    return brain->skills && localtime_r(&seconds, &now)
               ? sr_skills_answer(brain->skills, text, &now, &choice->slots, &choice->reply)
               : NULL;
}

/* Asks a skill that needs nothing but to be asked in its own words. */
static const char *compute_meant(const struct sr_brain *brain, const char *id, struct sr_choice *choice) {
    const char *phrase;
    const size_t len = brain->skills ? sr_skills_phrase(brain->skills, id, &phrase) : 0;
    char *text = len ? sr_strndup(phrase, len) : NULL;
    const char *skill = text ? compute(brain, text, choice) : NULL;
    free(text);
    return skill;
}

/* What a command gets that is understood but not in the skill's own words: its answer, or that nobody carries it out.
 */
static int obey(struct sr_brain *brain, const char *intent, double confidence, struct sr_choice *choice) {
    if (compute_meant(brain, intent, choice))
        return choose(choice, SR_ROUTE_SKILL, intent, confidence);
    const char *id = sr_requests_template(brain->requests, intent);
    choice->refused = true;
    choice->reply = id ? sr_templates_reply(brain->templates, id) : NULL;
    if (!choice->reply)
        choice->reply = sr_templates_reply(brain->phrases, "cannot");
    if (!choice->reply)
        choice->reply = sr_templates_reply(brain->phrases, "unknown");
    const int status = choose(choice, SR_ROUTE_SKILL, intent, confidence);
    return choice->reply ? status : SARAI_ENOMEM;
}

/* Templates, and with `skills` those too, word for word. 1 when one was found. */
static int choose_exactly(struct sr_brain *brain, const char *said, bool skills, struct sr_choice *choice) {
    char *reply = NULL;
    const char *template = sr_templates_match(brain->templates, said, &reply);
    const char *request = template ? sr_requests_intent(brain->requests, template) : NULL;
    const char *skill = (template && !request) || !skills ? NULL : compute(brain, said, choice);
    int status = SARAI_OK;
    if (skill)
        status = choose(choice, SR_ROUTE_SKILL, skill, 1);
    else if (request && strcmp(request, SR_REQUEST_FACT) == 0)
        status = choose(choice, SR_ROUTE_KNOWLEDGE, template, 1);
    else if (template)
        status = choose(choice, request ? SR_ROUTE_SKILL : SR_ROUTE_TEMPLATE, request ? request : template, 1);
    if (!skill && template) {
        choice->reply = reply;
        reply = NULL;
    }
    free(reply);
    return status < 0 ? status : skill || template;
}

static bool sure_of_template(const struct sr_router_verdict *v) {
    const float kind = v->part[SR_SPEECH_TEMPLATE], this = v->intent_part[SR_SPEECH_TEMPLATE];
    return (kind >= SURE_TEMPLATE && this >= SURE_THIS_TEMPLATE) ||
           (kind >= VERY_SURE_TEMPLATE && this >= LIKELY_THIS_TEMPLATE);
}

static bool sure_of_skill(const struct sr_router_verdict *v, const char *said) {
    const float kind = v->part[SR_SPEECH_SKILL], this = v->intent_part[SR_SPEECH_SKILL];
    if (strchr(said, '?'))
        return kind >= SURE_ASKED_SKILL && this >= SURE_THIS_SKILL;
    return (kind >= SURE_SKILL && this >= LIKELY_THIS_SKILL) || (kind >= LIKELY_SKILL && this >= SURE_THIS_SKILL);
}

static int choose_by_meaning_of(struct sr_brain *brain, const char *said, const struct sr_router_context *before,
                                struct sr_choice *choice) {
    struct sr_router_verdict v;
    float point[SR_EMBED_SIZE];
    if (brain->meaning.point(brain->meaning.user, "query", said, point) < 0)
        return choose(choice, SR_ROUTE_KNOWLEDGE, "", 0);
    const int status = sr_router_decide(brain->router, point, said, before, &v);
    if (status < 0)
        return status;
    if (v.kind == SR_SPEECH_NOT_FOR_ME && v.part[v.kind] >= SURE_NOBODY)
        return choose(choice, SR_ROUTE_NONE, "", v.part[v.kind]);
    const char *template = v.intent[SR_SPEECH_TEMPLATE], *skill = v.intent[SR_SPEECH_SKILL];
    if (template && sure_of_template(&v) && (choice->reply = sr_templates_reply(brain->templates, template)))
        return choose(choice, SR_ROUTE_TEMPLATE, template, v.part[SR_SPEECH_TEMPLATE]);
    if (skill && sure_of_skill(&v, said))
        return obey(brain, skill, v.part[SR_SPEECH_SKILL], choice);
    choice->rejected = v.kind != SR_SPEECH_KNOWLEDGE && v.kind != SR_SPEECH_LLM;
    const bool chat = v.part[SR_SPEECH_LLM] > v.part[SR_SPEECH_KNOWLEDGE];
    return choose(choice, chat ? SR_ROUTE_LLM : SR_ROUTE_KNOWLEDGE, "",
                  v.part[SR_SPEECH_LLM] + v.part[SR_SPEECH_KNOWLEDGE]);
}

/* A recognizer writes figures where people write words. They tell commands; what they leave open is read aloud. */
static int choose_by_meaning(struct sr_brain *brain, const struct sr_router_context *before, struct sr_choice *choice) {
    const int status = choose_by_meaning_of(brain, choice->said, before, choice);
    if (status < 0 || !choice->rejected || !brain->skills || !strpbrk(choice->said, "0123456789"))
        return status;
    char *spoken = sr_skills_spoken(brain->skills, choice->said);
    if (!spoken)
        return SARAI_ENOMEM;
    free(choice->intent);
    choice->intent = NULL;
    choice->rejected = false;
    const int again = choose_by_meaning_of(brain, spoken, before, choice);
    free(spoken);
    return again;
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
    if (status == 0 && !(choice->said = sr_openers_strip(brain->openers, text, &choice->opening)))
        status = SARAI_ENOMEM;
    const bool same = choice->said && strcmp(choice->said, text) == 0;
    if (status == 0 && (status = choose_exactly(brain, text, same, choice)) != 0) {
        free(choice->opening); /* it is part of the phrase */
        choice->opening = NULL;
    }
    if (status == 0 && !same)
        status = choose_exactly(brain, choice->said, true, choice);
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
