/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

struct memory_opts {
    char *db, *jsonl;
    int k;
};

static const struct sr_opt table[] = {
    SR_OPT(struct memory_opts, db, "", .arg = "FILE", .en = "the memory; empty: the user's own",
           .es = "la memoria; vacío: la del usuario"),
    SR_OPT(struct memory_opts, jsonl, "", .arg = "FILE", .en = "add: passages, a line each with id, text and title",
           .es = "add: pasajes, uno por línea con id, text y title"),
    SR_OPT(struct memory_opts, k, "5", .letter = 'k', .min = 1, .max = 24, .arg = "N", .en = "search: so many passages",
           .es = "search: cuántos pasajes"),
    SR_OPT_END};

struct job {
    struct cli *cli;
    struct sarai_engine *engine;
    const char *file; /* being added */
    size_t number, count;
    cJSON *hits; /* of a search */
    bool printed;
    int k;
};

/* --------------------------------------------------------------------------------------------------------- add -- */

static int progress(void *user, double part) {
    struct job *job = user;
    cli_progress_bar(job->cli, job->number, job->count, part, job->file);
    return cli_ended(job->cli);
}

static int add_file(struct job *job, const char *file, enum sarai_note_form form) {
    struct sarai_error error = {0};
    job->file = file;
    job->number++;
    const int added = sarai_memory_add_file(job->engine, file, form, progress, job, &error);
    cli_progress_end(job->cli);
    if (added < 0)
        return cli_ended(job->cli) ? cli_ended(job->cli) : cli_fail_input(job->cli, &error);
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "file", file);
    cli_add_number(document, "passages", added, 0);
    cli_print(job->cli, "%s: %d %s\n", file, added, cli_say_in(job->cli, "passages", "pasajes"));
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
    return CLI_WELL;
}

static int add(struct job *job, const struct memory_opts *opts) {
    const struct cli_args *args = &job->cli->args;
    int rc = CLI_WELL;
    job->count = args->count - 1 + (opts->jsonl[0] != '\0');
    if (job->count == 0)
        return cli_usage(job->cli, "say what to add: sarai memory add FILE...");
    if (opts->jsonl[0] != '\0')
        rc = add_file(job, opts->jsonl, SARAI_NOTE_JSONL);
    for (size_t i = 1; i < args->count && job->printed && !cli_ended(job->cli); i++)
        rc = cli_worse(rc, add_file(job, args->rest[i], SARAI_NOTE_BY_NAME));
    return rc;
}

/* ------------------------------------------------------------------------------------------------------- search -- */

static int keep_hit(void *user, const struct sarai_memory_hit *hit) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "id", hit->id);
    cli_add_text(document, "title", hit->title);
    cli_add_text(document, "text", hit->text);
    cli_add_text(document, "answer", hit->answer);
    cli_add_number(document, "score", hit->score, 4);
    cJSON_AddItemToArray(job->hits, document);
    cli_print(job->cli, "%.2f  %-20s  %s\n", hit->score, hit->id, hit->answer);
    return 0;
}

static int search_one(struct job *job, const char *text) {
    struct sarai_error error = {0};
    if (text[strspn(text, " \t\r\n")] == '\0')
        return CLI_WELL;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "query", text);
    job->hits = cJSON_AddArrayToObject(document, "hits");
    double ms = 0;
    const int found = sarai_memory_search(job->engine, text, job->k, keep_hit, job, &ms, &error);
    if (found < 0) {
        cJSON_Delete(document);
        return cli_fail(job->cli, &error);
    }
    cli_add_number(document, "ms", ms, 3);
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
    return CLI_WELL;
}

static int search(struct job *job) {
    const struct cli_args *args = &job->cli->args;
    const bool from_stdin = args->count == 1 || (args->count == 2 && strcmp(args->rest[1], "-") == 0);
    int rc = CLI_WELL;
    for (size_t i = 1; !from_stdin && i < args->count && job->printed; i++)
        rc = cli_worse(rc, search_one(job, args->rest[i]));
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    while (from_stdin && job->printed && (len = getline(&line, &size, stdin)) >= 0) {
        if (len > 0 && line[len - 1] == '\n')
            line[len - 1] = '\0';
        rc = cli_worse(rc, search_one(job, line));
    }
    free(line);
    return rc;
}

/* ------------------------------------------------------------------------------------------------- list, forget -- */

static int print_note(void *user, const struct sarai_memory_hit *hit) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "id", hit->id);
    cli_add_text(document, "title", hit->title);
    cli_add_text(document, "text", hit->text);
    cli_print(job->cli, "%-20s  %s%s%s\n", hit->id, hit->title, hit->title[0] != '\0' ? ": " : "", hit->text);
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
    return !job->printed;
}

static int list(struct job *job) {
    struct sarai_error error = {0};
    return sarai_memory_list(job->engine, print_note, job, &error) < 0 ? cli_fail(job->cli, &error) : CLI_WELL;
}

static int forget(struct job *job) {
    const struct cli_args *args = &job->cli->args;
    int rc = CLI_WELL;
    if (args->count < 2)
        return cli_usage(job->cli, "say what to forget: sarai memory forget ID...");
    for (size_t i = 1; i < args->count && job->printed; i++) {
        struct sarai_error error = {0};
        const int found = sarai_memory_forget(job->engine, args->rest[i], &error);
        if (found == 0)
            sr_error(&error, SARAI_EINPUT, args->rest[i], "there is no such id; see: sarai memory list");
        if (found <= 0) {
            rc = cli_worse(rc, cli_fail(job->cli, &error));
            continue;
        }
        cJSON *document = cJSON_CreateObject();
        cli_add_text(document, "forgotten", args->rest[i]);
        job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
    }
    return rc;
}

static int make_index(struct job *job) {
    struct sarai_error error = {0};
    job->file = cli_say_in(job->cli, "meaning", "significado");
    job->number = job->count = 1;
    const int status = sarai_memory_index(job->engine, progress, job, &error);
    cli_progress_end(job->cli);
    return status >= 0 ? CLI_WELL : cli_ended(job->cli) ? cli_ended(job->cli) : cli_fail(job->cli, &error);
}

static int run(struct cli *cli, const void *opts) {
    const struct memory_opts *memory = opts;
    const char *word = cli->args.rest[0];
    struct sarai_error error = {0};
    struct job job = {.cli = cli, .printed = true, .k = memory->k};
    if (memory->db[0] != '\0' && sarai_config_set(cli->config, "brain.memory", memory->db, &error) < 0)
        return cli_fail(cli, &error);
    int rc = cli_watch(cli);
    if (rc != CLI_WELL)
        return rc;
    cli_end_gently(cli);
    rc = cli_engine(cli, SARAI_USE_BRAIN, &job.engine);
    if (rc == CLI_WELL)
        rc = strcmp(word, "add") == 0      ? add(&job, memory)
             : strcmp(word, "search") == 0 ? search(&job)
             : strcmp(word, "list") == 0   ? list(&job)
             : strcmp(word, "forget") == 0 ? forget(&job)
                                           : make_index(&job);
    sarai_engine_free(job.engine);
    cli_unwatch(cli);
    return job.printed ? rc : CLI_FAILED;
}

const struct cli_verb cli_memory = {
    .name = "memory",
    .words = "add|search|list|forget|index",
    .usage = "add FILE...|search [TEXT|-]|list|forget ID...|index",
    .min_args = 1,
    .max_args = 10000,
    .table = table,
    .opts_size = sizeof(struct memory_opts),
    .en = "What the engine may remember: add, find, list, forget",
    .es = "Lo que el motor puede recordar: añadir, buscar, enumerar, olvidar",
    .more_en = "add takes Markdown, plain text and JSONL (id, text, title). search without TEXT reads one question a "
               "line from stdin. index makes what is found by words only be found by meaning too.\n"
               "JSON: add: file, passages; search: query, hits[id, title, text, answer, score], ms; list: id, title, "
               "text; forget: forgotten.",
    .more_es = "add admite Markdown, texto y JSONL (id, text, title). search sin TEXT lee una pregunta por línea de "
               "la entrada. index hace que lo que solo se encuentra por palabras se encuentre también por su "
               "significado.\n"
               "JSON: add: file, passages; search: query, hits[id, title, text, answer, score], ms; list: id, title, "
               "text; forget: forgotten.",
    .examples = "sarai memory add notes.md\n"
                "sarai memory search \"¿Dónde guardo las llaves?\"\n"
                "sarai ask \"¿Dónde guardo las llaves?\"",
    .run = run};
