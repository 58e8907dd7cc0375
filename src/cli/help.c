/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <string.h>

const char *cli_say_in(const struct cli *cli, const char *english, const char *spanish) {
    return cli->spanish && spanish != NULL ? spanish : english;
}

/* "  -o, --out FILE", padded so that the texts line up. */
static void print_option(struct cli *cli, const struct sr_opt *opt) {
    char name[64], left[96], letter[8] = "    ";
    cli_option_name(opt, name);
    if (opt->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", opt->letter);
    const char *arg = opt->type == SR_OPT_BOOL ? "" : opt->arg != NULL ? opt->arg : "VALUE";
    snprintf(left, sizeof left, "%s--%s%s%s", letter, name, arg[0] != '\0' ? " " : "", arg);
    cli_print(cli, "  %-24s %s", left, cli_say_in(cli, opt->en, opt->es));
    if (opt->choices != NULL)
        cli_print(cli, " (%s)", opt->choices);
    if (opt->type != SR_OPT_BOOL && opt->fallback[0] != '\0')
        cli_print(cli, " [%s]", opt->fallback);
    cli_print(cli, "\n");
}

void cli_print_help(struct cli *cli, const struct cli_verb *verb) {
    cli_print(cli, "%s: sarai %s%s%s\n\n%s.\n", cli_say_in(cli, "usage", "uso"), verb->name,
              verb->usage[0] != '\0' ? " " : "", verb->usage, cli_say_in(cli, verb->en, verb->es));
    if (verb->more_en != NULL)
        cli_print(cli, "\n%s\n", cli_say_in(cli, verb->more_en, verb->more_es));
    if (verb->table != NULL)
        cli_print(cli, "\n%s:\n", cli_say_in(cli, "Options", "Opciones"));
    for (const struct sr_opt *opt = verb->table; opt != NULL && opt->name != NULL; opt++)
        print_option(cli, opt);
    if (verb->examples != NULL)
        cli_print(cli, "\n%s:\n", cli_say_in(cli, "Examples", "Ejemplos"));
    for (const char *p = verb->examples != NULL ? verb->examples : ""; *p != '\0';
         p += strcspn(p, "\n"), p += *p != '\0')
        cli_print(cli, "  %.*s\n", (int)strcspn(p, "\n"), p);
    cli_print(cli, "\n%s:\n", cli_say_in(cli, "Options of every command", "Opciones de toda orden"));
    for (const struct sr_opt *opt = cli_globals_table; opt->name != NULL; opt++)
        print_option(cli, opt);
}

struct help_opts {
    bool all;
};

static const struct sr_opt help_table[] = {
    SR_OPT(struct help_opts, all, "false", .letter = 'a', .en = "the settings too", .es = "también los ajustes"),
    SR_OPT_END};

static void print_settings(struct cli *cli) {
    struct sarai_option option;
    cli_print(cli, "\n%s:\n", cli_say_in(cli, "Settings (--KEY=VALUE)", "Ajustes (--CLAVE=VALOR)"));
    for (size_t i = 0; sarai_config_option(i, &option); i++) {
        cli_print(cli, "  %-24s %s", option.key, cli_say_in(cli, option.help_en, option.help_es));
        if (option.choices != NULL)
            cli_print(cli, " (%s)", option.choices);
        cli_print(cli, " [%s]\n", option.fallback);
    }
}

static int run(struct cli *cli, const void *opts) {
    const struct help_opts *help = opts;
    cli->args.globals.json = false;
    if (cli->args.count == 1) {
        const struct cli_verb *verb = cli_find_verb(cli->args.rest[0]);
        if (verb == NULL)
            return cli_unknown_verb(cli, cli->args.rest[0]);
        cli_print_help(cli, verb);
        return CLI_WELL;
    }
    cli_print(
        cli, "sarai %s: %s\n\n%s\n\n", sarai_version(),
        cli_say_in(cli, "talk with a computer, offline and in Spanish first",
                   "habla con un ordenador, sin red y primero en español"),
        cli_say_in(cli, "usage: sarai COMMAND [options] [arguments]", "uso: sarai ORDEN [opciones] [argumentos]"));
    for (size_t i = 0; cli_verbs[i] != NULL; i++)
        cli_print(cli, "  %-12s %s\n", cli_verbs[i]->name, cli_say_in(cli, cli_verbs[i]->en, cli_verbs[i]->es));
    if (help->all)
        print_settings(cli);
    cli_print(cli, "\n%s\n",
              cli_say_in(cli,
                         "sarai COMMAND --help tells more, sarai help --all lists the settings.\n"
                         "Exit codes: 0 well, 1 failed, 2 wrong usage, 3 bad input, 4 a model or dependency is "
                         "missing, 130 interrupted.",
                         "sarai ORDEN --help cuenta más, sarai help --all enumera los ajustes.\n"
                         "Códigos de salida: 0 bien, 1 falló, 2 mal uso, 3 mala entrada, 4 falta un modelo o "
                         "dependencia, 130 interrumpido."));
    return CLI_WELL;
}

const struct cli_verb cli_help = {.name = "help",
                                  .usage = "[COMMAND]",
                                  .max_args = 1,
                                  .table = help_table,
                                  .opts_size = sizeof(struct help_opts),
                                  .bare = true,
                                  .en = "Explain a command, or list them all",
                                  .es = "Explica una orden, o las enumera todas",
                                  .run = run};

static int run_version(struct cli *cli, const void *opts) {
    (void)opts;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "version", sarai_version());
    cli_print(cli, "sarai %s\n", sarai_version());
    return cli_json(cli, document) ? CLI_WELL : CLI_FAILED;
}

const struct cli_verb cli_version = {.name = "version",
                                     .usage = "",
                                     .bare = true,
                                     .en = "Print the version",
                                     .es = "Imprime la versión",
                                     .run = run_version};
