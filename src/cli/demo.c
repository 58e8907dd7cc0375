/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spoken scenarios of data/es/demo.tsv, end to end: the project's own voice asks, a session answers, and a page
 * shows what happened when.
 */
#include "cli/demo.h"
#include "base/folder.h"
#include "base/table.h"
#include "cli/dialogue.h"

#include <stdlib.h>
#include <string.h>

#define QUESTIONS_MAX 16

struct demo_opts {
    char *out, *voice;
    bool fast;
};

static const struct sr_opt table[] = {SR_OPT(struct demo_opts, out, "out/demo", .letter = 'o', .arg = "DIR",
                                             .en = "folder of the results", .es = "carpeta de los resultados"),
                                      SR_OPT(struct demo_opts, voice, "em_alex", .letter = 'v', .arg = "NAME",
                                             .en = "voice of the user", .es = "voz del usuario"),
                                      SR_OPT(struct demo_opts, fast, "false", .letter = 'f',
                                             .en = "virtual time: as fast as the models allow",
                                             .es = "tiempo virtual: tan rápido como permitan los modelos"),
                                      SR_OPT_END};

enum column { NAME, TITLE_EN, TITLE_ES, QUESTIONS, ROUTE, MIN_SENTENCES, COLUMNS };

struct demo {
    struct cli *cli;
    const struct demo_opts *opts;
    struct sarai_engine *engine;
    cJSON *scenarios;
    cJSON *turns; /* of the scenario being played */
    int exit;     /* of the scenarios so far */
};

/* ------------------------------------------------------------------------------------------------------- playing -- */

static bool add_turn(void *user, const char *file, cJSON *record) {
    struct demo *demo = user;
    (void)file;
    if (record == NULL) {
        cli_no_memory(demo->cli);
        return false;
    }
    return cJSON_AddItemToArray(demo->turns, record);
}

/* Speaks the questions into the files that will be played; they get their places at once, as results of their own. */
static int speak_questions(struct demo *demo, const char *name, char *questions, cJSON *list) {
    int number = 0, rc = CLI_WELL;
    for (char *text = questions, *next; text != NULL && rc == CLI_WELL; text = next) {
        next = strchr(text, '|');
        if (next != NULL)
            *next++ = '\0';
        char file[96], *staged = NULL;
        struct sarai_speech speech = {0};
        struct sarai_error error = {0};
        number++;
        snprintf(file, sizeof file, number == 1 ? "%s-question.wav" : "%s-question-%d.wav", name, number);
        char *target = sr_asprintf("%s/%s", demo->opts->out, file);
        rc = target == NULL ? cli_no_memory(demo->cli) : cli_stage(demo->cli, target, &staged);
        if (rc == CLI_WELL && sarai_say_file(demo->engine, text, demo->opts->voice, 0, staged, &speech, &error) < 0)
            rc = cli_fail(demo->cli, &error);
        if (rc == CLI_WELL)
            rc = cli_keep(demo->cli, staged, target);
        cJSON *question = cJSON_CreateObject();
        cli_add_text(question, "text", text);
        cli_add_text(question, "wav", file);
        cli_add_text(question, "path", target);
        cJSON_AddItemToArray(list, question);
        free(staged);
        free(target);
    }
    return rc;
}

static int hold(struct demo *demo, const char *name, const cJSON *questions) {
    const char *files[QUESTIONS_MAX];
    size_t count = 0;
    const cJSON *question;
    cJSON_ArrayForEach(question, questions) {
        if (count < QUESTIONS_MAX)
            files[count++] = cli_record_text(question, "path");
    }
    char *staged = NULL, *target = sr_asprintf("%s/%s-answer.wav", demo->opts->out, name);
    int rc = target == NULL ? cli_no_memory(demo->cli) : cli_stage(demo->cli, target, &staged);
    const struct dialogue dialogue = {.cli = demo->cli,
                                      .engine = demo->engine,
                                      .files = files,
                                      .count = count,
                                      .reply = staged,
                                      .reply_name = target,
                                      .fast = demo->opts->fast,
                                      .turn = add_turn,
                                      .user = demo};
    if (rc == CLI_WELL)
        rc = cli_dialogue(&dialogue);
    if (rc == CLI_WELL)
        rc = cli_keep(demo->cli, staged, target);
    free(staged);
    free(target);
    return rc;
}

/* ------------------------------------------------------------------------------------------------------- judging -- */

static int count_sentences(const char *text) {
    int count = 0;
    for (const char *p = text; *p != '\0'; p++)
        count += (*p == '.' || *p == '!' || *p == '?') && (p[1] == ' ' || p[1] == '\0');
    return count;
}

/* "knowledge|llm" */
static bool route_fits(const char *routes, const char *route) {
    const char *found = route[0] != '\0' ? strstr(routes, route) : NULL;
    const char end = found != NULL ? found[strlen(route)] : 'x';
    return found != NULL && (found == routes || found[-1] == '|') && (end == '\0' || end == '|');
}

static bool judge(const cJSON *turns, int questions, const char *routes, int min_sentences) {
    const cJSON *turn;
    int answered = 0, sentences = 0;
    cJSON_ArrayForEach(turn, turns) {
        const bool spoke = cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(turn, "ttfa_ms"));
        answered += spoke && route_fits(routes, cli_record_text(turn, "route"));
        sentences = count_sentences(cli_record_text(turn, "heard_reply"));
    }
    return answered >= questions && sentences >= min_sentences;
}

static void tell(struct demo *demo, const cJSON *scenario, bool pass) {
    struct cli *cli = demo->cli;
    const cJSON *turn;
    cli_print(cli, "%s  %s\n", pass ? cli_say_in(cli, "PASS", "BIEN") : cli_say_in(cli, "FAIL", "MAL "),
              cli_record_text(scenario, cli->spanish ? "title_es" : "title_en"));
    cJSON_ArrayForEach(turn, demo->turns) {
        const cJSON *ttfa = cJSON_GetObjectItemCaseSensitive(turn, "ttfa_ms");
        cli_print(cli, "      - %s\n      - %s", cli_record_text(turn, "heard"), cli_record_text(turn, "reply"));
        if (cJSON_IsNumber(ttfa))
            cli_print(cli, "  [%s, %.0f ms]", cli_record_text(turn, "route"), ttfa->valuedouble);
        cli_print(cli, "\n");
    }
    cli_flush(cli);
}

/* One scenario: plays it, judges it, prints its document. */
static int play(struct demo *demo, char **columns) {
    cJSON *scenario = cJSON_CreateObject();
    cJSON_AddItemToArray(demo->scenarios, scenario);
    cli_add_text(scenario, "name", columns[NAME]);
    cli_add_text(scenario, "title_en", columns[TITLE_EN]);
    cli_add_text(scenario, "title_es", columns[TITLE_ES]);
    cJSON *questions = cJSON_AddArrayToObject(scenario, "questions");
    demo->turns = cJSON_AddArrayToObject(scenario, "turns");
    char answer[96];
    snprintf(answer, sizeof answer, "%s-answer.wav", columns[NAME]);
    cli_add_text(scenario, "answer", answer);
    cli_progress(demo->cli, "%s", cli_say_in(demo->cli, columns[TITLE_EN], columns[TITLE_ES]));
    int rc = speak_questions(demo, columns[NAME], columns[QUESTIONS], questions);
    if (rc == CLI_WELL)
        rc = hold(demo, columns[NAME], questions);
    const bool pass = rc == CLI_WELL && judge(demo->turns, cJSON_GetArraySize(questions), columns[ROUTE],
                                              (int)strtol(columns[MIN_SENTENCES], NULL, 10));
    cJSON_AddBoolToObject(scenario, "pass", pass);
    tell(demo, scenario, pass);
    if (!cli_json(demo->cli, cJSON_Duplicate(scenario, true)))
        return CLI_FAILED;
    return pass ? CLI_WELL : cli_worse(rc, CLI_FAILED);
}

/* ------------------------------------------------------------------------------------------------------- results -- */

static int make_folders(struct cli *cli, const char *folder) {
    char *inside = sr_asprintf("%s/", folder);
    const bool made = inside && sr_folder_make_for(inside);
    struct sarai_error error;
    free(inside);
    if (made)
        return CLI_WELL;
    sr_error_errno(&error, SARAI_EIO, folder, "the folder can't be made");
    return cli_fail(cli, &error);
}

static bool write_timeline(const char *path, const cJSON *scenarios) {
    FILE *file = fopen(path, "w");
    const cJSON *scenario;
    bool good = file != NULL;
    cJSON_ArrayForEach(scenario, scenarios) {
        char *line = good ? cJSON_PrintUnformatted(scenario) : NULL;
        good = line != NULL && fprintf(file, "%s\n", line) > 0;
        cJSON_free(line);
    }
    return file != NULL && fclose(file) == 0 && good;
}

static int write_result(struct demo *demo, const char *name, bool (*write)(const char *, const cJSON *)) {
    char *staged = NULL, *target = sr_asprintf("%s/%s", demo->opts->out, name);
    int rc = target == NULL ? cli_no_memory(demo->cli) : cli_stage(demo->cli, target, &staged);
    if (rc == CLI_WELL && !write(staged, demo->scenarios)) {
        struct sarai_error error;
        sr_error(&error, SARAI_EIO, target, "can't be written");
        rc = cli_fail(demo->cli, &error);
    }
    if (rc == CLI_WELL)
        rc = cli_keep(demo->cli, staged, target);
    if (rc == CLI_WELL && strcmp(name, "index.html") == 0)
        cli_print(demo->cli, "%s\n", target);
    free(staged);
    free(target);
    return rc;
}

static int play_row(void *user, int line, char **cells) {
    struct demo *demo = user;
    (void)line;
    demo->exit = cli_worse(demo->exit, play(demo, cells));
    return demo->cli->output_error == 0 ? SARAI_OK : SARAI_ECLOSED;
}

static int run(struct cli *cli, const void *opts) {
    struct demo demo = {.cli = cli, .opts = opts, .scenarios = cJSON_CreateArray()};
    struct sarai_error error = {0};
    char *path = sarai_data_path(cli->config, "es/demo.tsv");
    int rc = path == NULL || demo.scenarios == NULL ? cli_no_memory(cli) : cli_engine(cli, SARAI_USE_ALL, &demo.engine);
    if (rc == CLI_WELL)
        rc = make_folders(cli, demo.opts->out);
    if (rc != CLI_WELL)
        goto out;
    if (sr_table_read(path, COLUMNS, play_row, &demo, &error) < 0)
        rc = cli->output_error != 0 ? CLI_FAILED : cli_fail(cli, &error);
    rc = cli_worse(rc, demo.exit);
    rc = cli_worse(rc, write_result(&demo, "timeline.jsonl", write_timeline));
    rc = cli_worse(rc, write_result(&demo, "index.html", cli_write_page));
out:
    sarai_engine_free(demo.engine);
    cJSON_Delete(demo.scenarios);
    free(path);
    return rc;
}

const struct cli_verb cli_demo = {
    .name = "demo",
    .usage = "[--out DIR]",
    .table = table,
    .opts_size = sizeof(struct demo_opts),
    .en = "The spoken scenarios end to end, with sound files and a page of timelines",
    .es = "Los diálogos hablados de principio a fin, con sonido y una página de cronogramas",
    .more_en = "JSON, a document a scenario: name, pass, questions[], answer, turns[] as in chat.",
    .more_es = "JSON, un documento por diálogo: name, pass, questions[], answer, turns[] como en chat.",
    .examples = "sarai demo\n"
                "sarai demo --voice em_santa --out /tmp/demo",
    .run = run};
