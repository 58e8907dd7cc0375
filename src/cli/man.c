/* SPDX-License-Identifier: Apache-2.0 */
/* The man page, from the same tables as --help. */
#include "cli/cli.h"

#include <string.h>

/* Text as roff: a line must not begin with a request, and backslashes and hyphens stand for themselves. */
static void print_text(struct cli *cli, const char *text) {
    bool line_start = true;
    for (const char *p = text; *p != '\0'; p++) {
        if (line_start && (*p == '.' || *p == '\''))
            cli_print(cli, "\\&");
        if (*p == '\\')
            cli_print(cli, "\\e");
        else if (*p == '-')
            cli_print(cli, "\\-");
        else
            cli_print(cli, "%c", *p);
        line_start = *p == '\n';
    }
    cli_print(cli, "\n");
}

static void print_options(struct cli *cli, const struct sr_opt *table) {
    for (const struct sr_opt *opt = table; opt != NULL && opt->name != NULL; opt++) {
        char name[64];
        cli_option_name(opt, name);
        cli_print(cli, ".TP\n");
        if (opt->letter != 0)
            cli_print(cli, "\\fB\\-%c\\fR, ", opt->letter);
        cli_print(cli, "\\fB\\-\\-%s\\fR", name);
        if (opt->type != SR_OPT_BOOL)
            cli_print(cli, " \\fI%s\\fR", opt->arg != NULL ? opt->arg : "VALUE");
        cli_print(cli, "\n");
        print_text(cli, cli_say_in(cli, opt->en, opt->es));
    }
}

static void print_settings(struct cli *cli) {
    struct sarai_option option;
    print_text(cli,
               cli_say_in(cli,
                          "Each with its default and its environment variable. A setting on the command line "
                          "(--KEY=VALUE) wins over the environment, that over the file, that over the default.",
                          "Cada uno con su valor por omisión y su variable de entorno. Un ajuste en la línea de "
                          "órdenes (--CLAVE=VALOR) gana al entorno, este al archivo y este al valor por omisión."));
    for (size_t i = 0; sarai_config_option(i, &option); i++) {
        cli_print(cli, ".TP\n\\fB%s\\fR [%s] $%s\n", option.key, option.fallback, option.env);
        print_text(cli, cli_say_in(cli, option.help_en, option.help_es));
        if (option.choices != NULL)
            cli_print(cli, "(%s)\n", option.choices);
    }
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    cli->args.globals.json = false;
    cli_print(cli, ".TH SARAI 1 \"\" \"sarai %s\"\n.SH %s\nsarai \\- %s\n.SH %s\n\\fBsarai\\fR \\fI%s\\fR ...\n",
              sarai_version(), cli_say_in(cli, "NAME", "NOMBRE"),
              cli_say_in(cli, "talk with a computer, offline and in Spanish first",
                         "habla con un ordenador, sin red y primero en español"),
              cli_say_in(cli, "SYNOPSIS", "SINOPSIS"), cli_say_in(cli, "COMMAND", "ORDEN"));
    cli_print(cli, ".SH %s\n", cli_say_in(cli, "COMMANDS", "ÓRDENES"));
    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        const struct cli_verb *verb = cli_verbs[i];
        cli_print(cli, ".SS \"sarai %s", verb->name);
        cli_print(cli, "%s%s\"\n", verb->usage[0] != '\0' ? " " : "", verb->usage);
        cli_print(cli, "%s.\n", cli_say_in(cli, verb->en, verb->es));
        if (verb->more_en != NULL) {
            cli_print(cli, ".PP\n");
            print_text(cli, cli_say_in(cli, verb->more_en, verb->more_es));
        }
        print_options(cli, verb->table);
        if (verb->examples != NULL) {
            cli_print(cli, ".PP\n%s:\n.PP\n.RS\n.nf\n", cli_say_in(cli, "Examples", "Ejemplos"));
            print_text(cli, verb->examples);
            cli_print(cli, ".fi\n.RE\n");
        }
    }
    cli_print(cli, ".SH %s\n", cli_say_in(cli, "OPTIONS OF EVERY COMMAND", "OPCIONES DE TODA ORDEN"));
    print_options(cli, cli_globals_table);
    cli_print(cli, ".SH %s\n", cli_say_in(cli, "SETTINGS", "AJUSTES"));
    print_settings(cli);
    cli_print(cli, ".SH %s\n", cli_say_in(cli, "FILES", "ARCHIVOS"));
    print_text(cli, cli_say_in(cli,
                               "Settings: $XDG_CONFIG_HOME/sarai/sarai.yaml, else ~/.config/sarai/sarai.yaml, else "
                               "/etc/sarai/sarai.yaml. Models: $XDG_DATA_HOME/sarai/models, else "
                               "~/.local/share/sarai/models.",
                               "Ajustes: $XDG_CONFIG_HOME/sarai/sarai.yaml, si no ~/.config/sarai/sarai.yaml, si no "
                               "/etc/sarai/sarai.yaml. Modelos: $XDG_DATA_HOME/sarai/models, si no "
                               "~/.local/share/sarai/models."));
    cli_print(cli, ".SH %s\n", cli_say_in(cli, "EXIT STATUS", "ESTADO DE SALIDA"));
    print_text(cli, cli_say_in(cli,
                               "0 well, 1 failed, 2 wrong usage, 3 bad input (the rest of a batch was done), 4 a model "
                               "or dependency is missing, 130 interrupted.",
                               "0 bien, 1 falló, 2 mal uso, 3 mala entrada (el resto del lote se hizo), 4 falta un "
                               "modelo o dependencia, 130 interrumpido."));
    return CLI_WELL;
}

const struct cli_verb cli_man = {.name = "man",
                                 .usage = "",
                                 .bare = true,
                                 .en = "Print the man page",
                                 .es = "Imprime la página de manual",
                                 .examples = "sarai man | man -l -",
                                 .run = run};
