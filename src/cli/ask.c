/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ask_opts {
    char *db;
};

static const struct sr_opt table[] = {SR_OPT(struct ask_opts, db, "", .arg = "FILE",
                                             .en = "this memory beside the tables; empty: the user's own",
                                             .es = "esta memoria junto a las tablas; vacío: la del usuario"),
                                      SR_OPT_END};

struct job {
    struct cli *cli;
    struct sarai_engine *engine;
    int (*ask)(struct job *job, struct sarai_dialogue *dialogue, const char *text, struct sarai_error *error);
    bool printed;
};

static void done(void *user, const struct sarai_answer *answer) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "text", answer->text);
    cli_add_text(document, "route", answer->route);
    cli_add_text(document, "intent", answer->intent);
    cli_add_number(document, "confidence", answer->confidence, 4);
    cli_add_text(document, "reply", answer->reply);
    cJSON *sources = cJSON_AddArrayToObject(document, "sources");
    for (size_t i = 0; i < answer->source_count; i++)
        cJSON_AddItemToArray(sources, cJSON_CreateString(answer->sources[i]));
    cli_add_number(document, "ms", answer->ms, 3);
    cli_print(job->cli, "%s\n", answer->reply);
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
}

static int answer(struct job *job, struct sarai_dialogue *dialogue, const char *text, struct sarai_error *error) {
    return sarai_dialogue_ask(dialogue, text, done, job, error);
}

static void decided(void *user, const struct sarai_route *route) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "text", route->text);
    cli_add_text(document, "route", route->route);
    cli_add_text(document, "intent", route->intent);
    cli_add_number(document, "confidence", route->confidence, 4);
    cJSON_AddBoolToObject(document, "rejected", route->rejected);
    cli_add_number(document, "embed_ms", route->embed_ms, 3);
    cli_add_number(document, "decision_ms", route->decision_ms, 3);
    cli_print(job->cli, "%-9s %3.0f %%  %s\n", route->route, 100 * route->confidence, route->intent);
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
}

static int decide(struct job *job, struct sarai_dialogue *dialogue, const char *text, struct sarai_error *error) {
    (void)dialogue; /* each line stands alone */
    return sarai_decide(job->engine, text, decided, job, error);
}

/* One turn; an empty line is none. */
static int ask(struct sarai_dialogue *dialogue, struct job *job, const char *text) {
    struct sarai_error error = {0};
    if (text[strspn(text, " \t\r\n")] == '\0')
        return CLI_WELL;
    if (job->ask(job, dialogue, text, &error) < 0)
        return cli_fail(job->cli, &error);
    return job->printed ? CLI_WELL : CLI_FAILED;
}

static int ask_stdin(struct sarai_dialogue *dialogue, struct job *job) {
    char *line = NULL;
    size_t size = 0;
    int rc = CLI_WELL;
    ssize_t len;
    while (job->printed && (len = getline(&line, &size, stdin)) >= 0) {
        if (len > 0 && line[len - 1] == '\n')
            line[len - 1] = '\0';
        rc = cli_worse(rc, ask(dialogue, job, line));
    }
    free(line);
    return rc;
}

static int ask_arguments(struct sarai_dialogue *dialogue, struct job *job) {
    int rc = CLI_WELL;
    char *text = cli_text(job->cli);
    if (text == NULL)
        return CLI_FAILED;
    for (char *line = text, *next; line != NULL && job->printed; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        rc = cli_worse(rc, ask(dialogue, job, line));
    }
    free(text);
    return rc;
}

static int run_with(struct cli *cli, struct job *job, unsigned use) {
    const struct cli_args *args = &cli->args;
    const bool from_stdin = args->count == 0 || (args->count == 1 && strcmp(args->rest[0], "-") == 0);
    struct sarai_engine *engine = NULL;
    struct sarai_error error = {0};
    struct sarai_dialogue *dialogue = NULL;
    int rc = cli_engine(cli, use, &engine);
    job->engine = engine;
    if (rc == CLI_WELL && sarai_dialogue_new(engine, &dialogue, &error) < 0)
        rc = cli_fail(cli, &error);
    if (rc == CLI_WELL)
        rc = from_stdin ? ask_stdin(dialogue, job) : ask_arguments(dialogue, job);
    sarai_dialogue_free(dialogue);
    sarai_engine_free(engine);
    return rc;
}

static int run(struct cli *cli, const void *opts) {
    const char *db = ((const struct ask_opts *)opts)->db;
    struct sarai_error error = {0};
    struct job job = {.cli = cli, .ask = answer, .printed = true};
    if (db[0] != '\0' && access(db, R_OK) != 0)
        return cli_fail_input(cli, (sr_error_errno(&error, SARAI_EIO, db, "can't be read"), &error));
    if (db[0] != '\0' && sarai_config_set(cli->config, "brain.memory", db, &error) < 0)
        return cli_fail(cli, &error);
    return run_with(cli, &job, SARAI_USE_BRAIN | SARAI_USE_LLM);
}

static int run_route(struct cli *cli, const void *opts) {
    struct job job = {.cli = cli, .ask = decide, .printed = true};
    (void)opts;
    return run_with(cli, &job, SARAI_USE_BRAIN);
}

const struct cli_verb cli_ask = {
    .name = "ask",
    .usage = "[TEXT|-]",
    .max_args = 10000,
    .table = table,
    .opts_size = sizeof(struct ask_opts),
    .en = "Ask in writing; without TEXT, one question a line from stdin",
    .es = "Pregunta por escrito; sin TEXT, una pregunta por línea de la entrada",
    .more_en = "The lines are one conversation. JSON: text, route, intent, confidence, reply, sources[], ms.",
    .more_es = "Las líneas son una conversación. JSON: text, route, intent, confidence, reply, sources[], ms.",
    .examples = "sarai ask \"¿Qué es un volcán?\"\n"
                "sarai ask --json < questions.txt",
    .run = run};

const struct cli_verb cli_route = {
    .name = "route",
    .usage = "[TEXT|-]",
    .max_args = 10000,
    .en = "Decide who answers; without TEXT, one question a line from stdin",
    .es = "Decide quién contesta; sin TEXT, una pregunta por línea de la entrada",
    .more_en = "template: a reply that is written down. skill: something computed, or a command. knowledge: memory.\n"
               "llm: conversation. none: nobody asked the machine.\n"
               "JSON: text, route, intent, confidence, rejected, embed_ms, decision_ms.",
    .more_es = "template: una respuesta escrita. skill: un cálculo, o una orden. knowledge: la memoria.\n"
               "llm: conversación. none: no iba con la máquina.\n"
               "JSON: text, route, intent, confidence, rejected, embed_ms, decision_ms.",
    .examples = "sarai route \"me puedes decir tu nombre\"\n"
                "sarai route --json < questions.txt",
    .run = run_route};
