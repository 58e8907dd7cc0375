/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <string.h>

struct learn_opts {
    bool speech;
    char *out;
};

static const struct sr_opt table[] = {
    SR_OPT(struct learn_opts, speech, "no", .en = "have the voices speak and learn from what is heard, if not done yet",
           .es = "hace hablar a las voces y aprende de lo que se oye, si no se ha hecho ya"),
    SR_OPT(struct learn_opts, out, "", .letter = 'o', .arg = "FILE",
           .en = "the table of weights to write; empty: the one the engine reads",
           .es = "la tabla de pesos que se escribe; vacío: la que lee el motor"),
    SR_OPT_END};

struct job {
    struct cli *cli;
    bool printed;
};

static void report(void *user, const struct sarai_learn_report *result) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "head", result->head);
    if (result->kind)
        cli_add_text(document, "kind", result->kind);
    cli_add_number(document, "examples", (double)result->examples, 0);
    cli_add_number(document, "right", result->right, 4);
    if (!result->kind) {
        cli_add_number(document, "over_right", result->over_right, 4);
        cli_add_number(document, "unfinished_right", result->unfinished_right, 4);
    }
    cli_add_number(document, "loss", result->loss, 4);
    cli_progress_end(job->cli);
    cli_print(job->cli, "%-16s %s%s%6zu %s  %5.1f %%", result->head, result->kind ? result->kind : "",
              result->kind ? " " : "", result->examples, cli_say_in(job->cli, "unseen examples", "ejemplos no vistos"),
              100 * result->right);
    if (result->kind)
        cli_print(job->cli, "\n");
    else
        cli_print(job->cli, "  (%s %.1f %%, %s %.1f %%)\n", cli_say_in(job->cli, "over", "acabados"),
                  100 * result->over_right, cli_say_in(job->cli, "unfinished", "sin acabar"),
                  100 * result->unfinished_right);
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
}

static int progress(void *user, double part) {
    struct job *job = user;
    cli_progress(job->cli, "%.0f %%", 100 * part);
    return cli_ended(job->cli) || !job->printed;
}

static int run(struct cli *cli, const void *opts) {
    const struct learn_opts *learn = opts;
    const bool router = cli->args.count == 2 && strcmp(cli->args.rest[1], "router") == 0;
    if (cli->args.count != 2 || (!router && strcmp(cli->args.rest[1], "turn") != 0))
        return cli_usage(cli, "say what to train: sarai learn train turn|router");
    struct sarai_engine *engine = NULL;
    struct sarai_error error = {0};
    const struct sarai_learn_options options = {
        .struct_size = sizeof options, .output = learn->out[0] != '\0' ? learn->out : NULL, .speech = learn->speech};
    struct job job = {.cli = cli, .printed = true};
    const unsigned ears = learn->speech ? SARAI_USE_VAD | SARAI_USE_STT | SARAI_USE_TTS : 0;
    int rc = cli_watch(cli);
    if (rc != CLI_WELL)
        return rc;
    cli_end_gently(cli);
    rc = cli_engine(cli, SARAI_USE_TURN | ears, &engine);
    if (rc == CLI_WELL &&
        (router ? sarai_learn_router : sarai_learn_turn)(engine, &options, report, progress, &job, &error) < 0)
        rc = cli_ended(cli) ? cli_ended(cli) : cli_fail(cli, &error);
    sarai_engine_free(engine);
    cli_unwatch(cli);
    return job.printed ? rc : CLI_FAILED;
}

const struct cli_verb cli_learn = {
    .name = "learn",
    .words = "train",
    .usage = "train turn|router",
    .min_args = 1,
    .max_args = 2,
    .table = table,
    .opts_size = sizeof(struct learn_opts),
    .en = "Train a head of the engine",
    .es = "Entrena una parte del motor",
    .more_en =
        "train turn: the head that tells whether a turn is over, from the sentences of the data tables, whole "
        "and cut, and from what was heard when the voices said them. The figures are of sentences that were held "
        "back.\n"
        "train router: the head that decides who answers, from the templates, skills, topics and router.tsv of the "
        "language. The figures are of intents that were held back.\n"
        "JSON, a document a head: head, examples, right, loss; turn: over_right, unfinished_right; router: kind.",
    .more_es = "train turn: la parte que dice si un turno ha acabado, con las frases de las tablas de datos, enteras y "
               "cortadas, y con lo que se oyó cuando las dijeron las voces. Las cifras son de frases apartadas.\n"
               "train router: la parte que decide quién contesta, con las plantillas, los cálculos, los temas y "
               "router.tsv del idioma. Las cifras son de intenciones apartadas.\n"
               "JSON, un documento por parte: head, examples, right, loss; turn: over_right, unfinished_right; "
               "router: kind.",
    .examples = "sarai learn train turn --speech",
    .run = run};
