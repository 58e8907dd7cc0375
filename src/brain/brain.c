/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/brain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/table.h"
#include "base/utf8.h"
#include "model/paths.h"
#include "text/split.h"

#define EXPLANATION_SENTENCES 5
#define STORY_SENTENCES 14
#define CONTEXT_SENTENCES 3
#define SURE_PASSAGE 0.75 /* of a question that resembles a template or a command */

const char *sr_route_name(enum sr_route route) {
    static const char *const names[] = {"none", "template", "skill", "knowledge", "llm", "unknown", "say"};
    return names[route];
}

static int load_templates(const struct sr_brain_opts *opts, const struct sr_model_opts *models, const char *given,
                          const char *name, struct sr_templates **out, struct sarai_error *error) {
    char *path = sr_path_table(models, opts->language, given, name);
    if (!path)
        return sr_error(error, SARAI_ENOMEM, name, "out of memory");
    const int status = sr_templates_load(path, out, error);
    free(path);
    return status;
}

static int load_words(struct sr_brain *brain, const struct sr_model_opts *models, struct sarai_error *error) {
    char *path = sr_path_table(models, brain->opts->language, "", "small_words.txt");
    if (!path)
        return sr_error(error, SARAI_ENOMEM, "small words", "out of memory");
    const int status = sr_words_load(path, &brain->words, error);
    free(path);
    return status;
}

/* The table's database is kept with its points, for they take long to make: one for each table, whose name is in it. */
static char *knowledge_path(const char *table) {
    const uint64_t hash = sr_hash_text(UINT64_C(14695981039346656037), table); /* as in the names that are there */
    char name[48];
    snprintf(name, sizeof name, "knowledge-%016" PRIx64 ".db", hash);
    return sr_path_cache(name);
}

static int load_knowledge(struct sr_brain *brain, const struct sr_model_opts *models, struct sarai_error *error) {
    char *table = sr_path_table(models, brain->opts->language, brain->opts->knowledge, "knowledge.tsv");
    if (!table)
        return sr_error(error, SARAI_ENOMEM, "knowledge", "out of memory");
    char *kept = brain->meaning.point ? knowledge_path(table) : NULL;
    int status = kept ? sr_memory_open(kept, brain->words, &brain->meaning, &brain->memory, NULL) : SARAI_EIO;
    if (status < 0) /* no place to keep it: by words alone */
        status = sr_memory_open(NULL, brain->words, NULL, &brain->memory, error);
    if (status >= 0)
        status = sr_memory_load(brain->memory, table, error);
    free(kept);
    free(table);
    return status;
}

char *sr_brain_notes_path(const struct sr_brain_opts *opts) {
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (opts->memory && opts->memory[0])
        return sr_strdup(opts->memory);
    if (data && data[0])
        return sr_asprintf("%s/sarai/memory.db", data);
    return home ? sr_asprintf("%s/.local/share/sarai/memory.db", home) : NULL;
}

int sr_brain_begin_notes(struct sr_brain *brain, const char *path, struct sarai_error *error) {
    return brain->notes ? SARAI_OK : sr_memory_open(path, brain->words, &brain->meaning, &brain->notes, error);
}

/* A memory that nobody began is none; one that can't be read is an error, for its owner counts on it. */
static int open_notes(struct sr_brain *brain, struct sarai_error *error) {
    char *path = sr_brain_notes_path(brain->opts);
    const int status = path && access(path, F_OK) == 0 ? sr_brain_begin_notes(brain, path, error) : SARAI_OK;
    free(path);
    return status;
}

/* A row of the questions table: which words ask for what. */
static int take_question(void *user, int line, char **cells) {
    struct sr_brain *brain = user;
    (void)line;
    char **field = strcmp(cells[0], "explain") == 0 ? &brain->explain
                   : strcmp(cells[0], "story") == 0 ? &brain->story
                                                    : NULL;
    if (!field || *field)
        return SARAI_EINPUT;
    *field = sr_strdup(cells[1]);
    return *field ? SARAI_OK : SARAI_ENOMEM;
}

static int load_questions(struct sr_brain *brain, const struct sr_model_opts *models, struct sarai_error *error) {
    char *path = sr_path_table(models, brain->opts->language, "", "questions.tsv");
    if (!path)
        return sr_error(error, SARAI_ENOMEM, "questions", "out of memory");
    int status = sr_table_read(path, 2, take_question, brain, error);
    if (status >= 0 && (!brain->explain || !brain->story))
        status = sr_error(error, SARAI_EINPUT, path, "needs the rows 'explain' and 'story'");
    free(path);
    return status;
}

/* What the engine says and what it tells models must all be there. */
static int find_phrases(struct sr_brain *brain, struct sarai_error *error) {
    static const char *const ids[SR_LLM_WORD_COUNT] = {"llm_instructions", "llm_context", "llm_question", "llm_answer"};
    char *unknown = sr_templates_reply(brain->phrases, "unknown");
    bool complete = unknown != NULL;
    free(unknown);
    for (int i = 0; i < SR_LLM_WORD_COUNT; i++)
        complete = (brain->llm_words[i] = sr_templates_reply(brain->phrases, ids[i])) && complete;
    return complete ? SARAI_OK
                    : sr_error(error, SARAI_EINPUT, "phrases.tsv",
                               "needs the rows 'unknown', 'llm_instructions', 'llm_context', 'llm_question' and "
                               "'llm_answer'");
}

/* There is one for every situation. */
static int check_fillers(struct sr_brain *brain, struct sarai_error *error) {
    static const char *const situations[] = {"thinking", "confirming", "waiting", "generic"};
    for (size_t i = 0; i < sizeof situations / sizeof *situations; i++) {
        char *filler = sr_templates_reply(brain->fillers, situations[i]);
        free(filler);
        if (!filler)
            return sr_error(error, SARAI_EINPUT, "fillers.tsv",
                            "needs the rows 'thinking', 'confirming', 'waiting' and 'generic'");
    }
    return SARAI_OK;
}

int sr_brain_open(struct sr_brain *brain, const struct sr_brain_opts *opts, const struct sr_model_opts *models,
                  const struct sr_meaning *meaning, struct sarai_error *error) {
    *brain = (struct sr_brain){.opts = opts};
    if (meaning)
        brain->meaning = *meaning;
    int status = load_templates(opts, models, opts->templates, "templates.tsv", &brain->templates, error);
    if (status >= 0)
        status = load_templates(opts, models, opts->phrases, "phrases.tsv", &brain->phrases, error);
    if (status >= 0)
        status = find_phrases(brain, error);
    if (status >= 0)
        status = load_templates(opts, models, opts->fillers, "fillers.tsv", &brain->fillers, error);
    if (status >= 0)
        status = check_fillers(brain, error);
    if (status >= 0)
        status = load_questions(brain, models, error);
    if (status >= 0)
        status = load_words(brain, models, error);
    if (status >= 0)
        status = load_knowledge(brain, models, error);
    if (status >= 0)
        status = open_notes(brain, error);
    if (status >= 0)
        status = sr_brain_open_choosing(brain, models, error);
    if (status < 0)
        sr_brain_close(brain);
    return status < 0 ? status : SARAI_OK;
}

void sr_brain_close(struct sr_brain *brain) {
    sr_skills_close(brain->skills);
    brain->skills = NULL;
    sr_brain_close_choosing(brain);
    sr_templates_free(brain->templates);
    sr_templates_free(brain->phrases);
    sr_templates_free(brain->fillers);
    sr_memory_close(brain->memory);
    sr_memory_close(brain->notes);
    sr_words_free(brain->words);
    brain->words = NULL;
    free(brain->explain);
    free(brain->story);
    brain->explain = brain->story = NULL;
    for (int i = 0; i < SR_LLM_WORD_COUNT; i++) {
        free(brain->llm_words[i]);
        brain->llm_words[i] = NULL;
    }
    brain->templates = brain->phrases = brain->fillers = NULL;
    brain->memory = brain->notes = NULL;
}

/* --------------------------------------------------------------------------------------- what kind of question -- */

/* Does the folded question hold one of the variants, as whole words? */
static bool asks(const char *question, const char *variants) {
    const char *p = variants, *variant;
    size_t len;
    bool found = false;
    while (!found && (len = sr_table_variant(&p, &variant))) {
        struct sr_str needle = {0};
        sr_str_addc(&needle, ' ');
        sr_utf8_fold(variant, len, &needle);
        sr_str_addc(&needle, ' ');
        found = !needle.failed && strstr(question, needle.data);
        sr_str_deinit(&needle);
    }
    return found;
}

/* How many sentences of the passage the question wants; 0 when it wants one fact. */
static int sentences_wanted(const struct sr_brain *brain, const char *question) {
    struct sr_str folded = {0};
    sr_str_addc(&folded, ' ');
    sr_utf8_fold(question, strlen(question), &folded);
    sr_str_addc(&folded, ' ');
    int wanted = 0;
    if (!folded.failed)
        wanted = asks(folded.data, brain->story)     ? STORY_SENTENCES
                 : asks(folded.data, brain->explain) ? EXPLANATION_SENTENCES
                                                     : 0;
    sr_str_deinit(&folded);
    return wanted;
}

/* ------------------------------------------------------------------------------------------------ from a passage -- */

/* Calls `each` with every sentence of a text until it returns false. */
static int each_sentence(const char *text, bool (*each)(void *user, const char *sentence), void *user) {
    struct sr_split *split = NULL;
    int status = sr_split_new(NULL, NULL, &split, NULL);
    if (status < 0)
        return status;
    status = sr_split_feed(split, text, strlen(text));
    sr_split_flush(split);
    const char *sentence;
    enum sr_split_end end;
    while (status >= 0 && sr_split_next(split, &sentence, &end) > 0)
        if (!each(user, sentence))
            break;
    sr_split_free(split);
    return status < 0 ? status : SARAI_OK;
}

struct gather {
    struct sr_str text;
    const char *from; /* the sentence to begin with; NULL: the first */
    int left;
};

static bool take_sentence(void *user, const char *sentence) {
    struct gather *g = user;
    if (g->from && strcmp(g->from, sentence) != 0)
        return true;
    g->from = NULL;
    sr_str_addf(&g->text, "%s%s", g->text.len ? " " : "", sentence);
    return --g->left > 0;
}

static bool may_phrase(const struct sr_brain *brain) {
    const char *who = brain->opts->phrase;
    return brain->llm &&
           (strcmp(who, "always") == 0 || (strcmp(who, "chat") == 0 && brain->llm_backend->can_chat(brain->llm)));
}

/* One fact: the best sentences answer by themselves; the best one and what follows it are the model's context. */
static int answer_fact(struct sr_brain *brain, const struct sr_passage *passage, struct sr_decision *decision) {
    struct gather g = {.from = passage->best, .left = CONTEXT_SENTENCES};
    int status = SARAI_OK;
    decision->reply = sr_strdup(passage->answer);
    decision->ask_llm = may_phrase(brain);
    if (decision->ask_llm) {
        status = each_sentence(passage->text, take_sentence, &g);
        decision->context = g.text.len ? sr_str_take(&g.text) : sr_strdup(passage->answer);
        sr_str_deinit(&g.text);
    }
    if (!decision->reply || (decision->ask_llm && !decision->context))
        status = SARAI_ENOMEM;
    return status;
}

static int answer_explanation(const char *text, int sentences, struct sr_decision *decision) {
    struct gather g = {.left = sentences};
    const int status = each_sentence(text, take_sentence, &g);
    decision->reply = sr_str_take(&g.text);
    return status < 0 ? status : decision->reply ? SARAI_OK : SARAI_ENOMEM;
}

struct lookup {
    struct sr_brain *brain;
    const char *question;
    struct sr_decision *decision;
    double least;     /* how sure it must be */
    const char *only; /* this passage alone; NULL: any */
    int status;
};

/* A passage that is surer than what was found before. */
static int use_passage(void *user, const struct sr_passage *passage) {
    struct lookup *l = user;
    struct sr_decision *decision = l->decision;
    if (l->only && strcmp(passage->id, l->only) != 0)
        return 0;
    if (passage->score < l->least || passage->score <= decision->confidence)
        return 1;
    sr_decision_deinit(decision);
    decision->route = SR_ROUTE_KNOWLEDGE;
    decision->confidence = passage->score;
    decision->intent = sr_strdup(passage->id);
    const int sentences = sentences_wanted(l->brain, l->question);
    l->status =
        sentences ? answer_explanation(passage->text, sentences, decision) : answer_fact(l->brain, passage, decision);
    return 1;
}

/* ----------------------------------------------------------------------------------------------------- decision -- */

/* Puts a greeting before the answer; of the two the answer matters. */
static void greet(const char *opening, struct sr_decision *decision) {
    char *both = opening && decision->reply ? sr_asprintf("%s %s", opening, decision->reply) : NULL;
    if (both) {
        free(decision->reply);
        decision->reply = both;
    }
}

/* What memory holds, else the language model, else nothing. */
static int look_up(struct sr_brain *brain, const char *said, struct sr_decision *decision) {
    struct lookup lookup = {.brain = brain, .question = said, .decision = decision, .least = brain->opts->min_score};
    if (brain->notes)
        sr_memory_search(brain->notes, said, 1, use_passage, &lookup);
    if (lookup.status >= 0)
        sr_memory_search(brain->memory, said, 1, use_passage, &lookup);
    if (lookup.status < 0 || decision->route == SR_ROUTE_KNOWLEDGE)
        return lookup.status < 0 ? lookup.status : decision->intent ? SARAI_OK : SARAI_ENOMEM;
    decision->ask_llm = brain->llm && brain->llm_backend->can_chat(brain->llm);
    decision->route = decision->ask_llm ? SR_ROUTE_LLM : SR_ROUTE_UNKNOWN;
    decision->intent = sr_strdup("");
    decision->reply = sr_templates_reply(brain->phrases, "unknown");
    return decision->intent && decision->reply ? SARAI_OK : SARAI_ENOMEM;
}

/* Takes over what was chosen. */
static void take_choice(struct sr_choice *choice, struct sr_decision *decision) {
    sr_decision_deinit(decision);
    decision->route = choice->route;
    decision->confidence = choice->confidence;
    decision->intent = choice->intent;
    decision->reply = choice->reply;
    decision->refused = choice->refused;
    decision->slots = choice->slots;
    choice->intent = choice->reply = NULL;
}

int sr_brain_decide(struct sr_brain *brain, const char *text, struct sr_decision *decision) {
    struct sr_choice choice = {0};
    int status = sr_brain_choose(brain, text, &decision->before, &choice);
    const bool open = !choice.reply && choice.route != SR_ROUTE_NONE;
    const bool unsure = choice.route != SR_ROUTE_NONE && choice.confidence < 1 && strchr(text, '?');
    if (status >= 0 && (open || unsure)) /* what memory holds is better than a likeness */
        status = look_up(brain, choice.said, decision);
    if (status >= 0 && !open && !(decision->route == SR_ROUTE_KNOWLEDGE && decision->confidence >= SURE_PASSAGE))
        take_choice(&choice, decision);
    if (status >= 0 && !decision->ask_llm)
        greet(choice.opening, decision);
    if (decision->route == SR_ROUTE_TEMPLATE && decision->intent)
        decision->style = sr_templates_style(brain->templates, decision->intent);
    sr_choice_deinit(&choice);
    return status;
}

int sr_brain_decide_about(struct sr_brain *brain, const char *text, const char *passage, double least,
                          struct sr_decision *decision) {
    struct lookup lookup = {.brain = brain, .question = text, .decision = decision, .least = least, .only = passage};
    sr_memory_search(brain->memory, text, SR_MEMORY_MOST, use_passage, &lookup);
    return lookup.status < 0 ? lookup.status : decision->intent ? 1 : 0;
}

char *sr_brain_filler(struct sr_brain *brain, const char *text, bool again) {
    char *filler = NULL;
    if (again)
        return sr_templates_reply(brain->fillers, "waiting");
    if (strchr(text, '?'))
        return sr_templates_reply(brain->fillers, "thinking");
    char *first = sr_strndup(text, strcspn(text, " "));
    if (!first || !sr_templates_match(brain->fillers, first, &filler))
        filler = sr_templates_reply(brain->fillers, "generic");
    free(first);
    return filler;
}

void sr_decision_deinit(struct sr_decision *decision) {
    free(decision->intent);
    free(decision->reply);
    free(decision->context);
    *decision = (struct sr_decision){0};
}
