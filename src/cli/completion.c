/* SPDX-License-Identifier: Apache-2.0 */
/* Shell completion, from the same tables as --help. */
#include "cli/cli.h"

#include <string.h>

/* Every word that may begin with "--" after this verb. */
static void print_options(struct cli *cli, const struct sr_opt *table) {
    for (const struct sr_opt *opt = table; opt != NULL && opt->name != NULL; opt++) {
        char name[64];
        cli_option_name(opt, name);
        cli_print(cli, " --%s", name);
    }
}

/* "list|pull" as "list pull". */
static void print_words(struct cli *cli, const char *words) {
    for (const char *p = words != NULL ? words : ""; *p != '\0'; p++)
        cli_print(cli, "%c", *p == '|' ? ' ' : *p);
}

static void print_settings(struct cli *cli) {
    struct sarai_option option;
    for (size_t i = 0; sarai_config_option(i, &option); i++)
        cli_print(cli, " --%s=", option.key);
}

/* One function serves bash and, through bashcompinit, zsh. */
static void print_bash(struct cli *cli) {
    cli_print(cli, "_sarai() {\n"
                   "    local word=\"${COMP_WORDS[COMP_CWORD]}\" verb=\"${COMP_WORDS[1]}\" words=\"\" options=\"\"\n"
                   "    local verbs=\"");
    for (size_t i = 0; cli_verbs[i] != NULL; i++)
        cli_print(cli, "%s ", cli_verbs[i]->name);
    cli_print(cli, "\"\n    local settings=\"");
    print_settings(cli);
    cli_print(cli, "\"\n    case \"$verb\" in\n");
    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        cli_print(cli, "    %s) words=\"", cli_verbs[i]->name);
        if (cli_verbs[i] == &cli_help)
            cli_print(cli, "$verbs");
        print_words(cli, cli_verbs[i]->words);
        cli_print(cli, "\" options=\"");
        print_options(cli, cli_verbs[i]->table);
        cli_print(cli, "\" ;;\n");
    }
    cli_print(cli,
              "    esac\n    [ \"$COMP_CWORD\" -eq 1 ] && words=\"$verbs\" || [ \"$COMP_CWORD\" -eq 2 ] || words=\"\"\n"
              "    case \"$word\" in\n    --*.*) words=\"$settings\" ;;\n    -*) words=\"$options");
    print_options(cli, cli_globals_table);
    cli_print(cli, "\" ;;\n    esac\n"
                   "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                   "    case \"${COMPREPLY[0]}\" in *=) compopt -o nospace 2>/dev/null ;; esac\n"
                   "}\n"
                   "complete -o default -F _sarai sarai\n");
}

static void print_quoted(struct cli *cli, const char *text) {
    cli_print(cli, "'");
    for (const char *p = text; *p != '\0'; p++)
        cli_print(cli, *p == '\'' || *p == '\\' ? "\\%c" : "%c", *p);
    cli_print(cli, "'");
}

static void print_fish_options(struct cli *cli, const char *verb, const struct sr_opt *table) {
    for (const struct sr_opt *opt = table; opt != NULL && opt->name != NULL; opt++) {
        char name[64];
        cli_option_name(opt, name);
        cli_print(cli, "complete -c sarai -l %s", name);
        if (verb != NULL)
            cli_print(cli, " -n '__fish_seen_subcommand_from %s'", verb);
        if (opt->letter != 0)
            cli_print(cli, " -s %c", opt->letter);
        if (opt->type != SR_OPT_BOOL)
            cli_print(cli, " -r");
        cli_print(cli, " -d ");
        print_quoted(cli, cli_say_in(cli, opt->en, opt->es));
        cli_print(cli, "\n");
    }
}

static void print_fish(struct cli *cli) {
    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        const struct cli_verb *verb = cli_verbs[i];
        cli_print(cli, "complete -c sarai -n __fish_use_subcommand -f -a %s -d ", verb->name);
        print_quoted(cli, cli_say_in(cli, verb->en, verb->es));
        cli_print(cli, "\n");
        if (verb->words != NULL) {
            cli_print(cli, "complete -c sarai -n '__fish_seen_subcommand_from %s' -f -a '", verb->name);
            print_words(cli, verb->words);
            cli_print(cli, "'\n");
        }
        print_fish_options(cli, verb->name, verb->table);
    }
    print_fish_options(cli, NULL, cli_globals_table);
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    const char *shell = cli->args.rest[0];
    cli->args.globals.json = false;
    if (strcmp(shell, "fish") == 0) {
        print_fish(cli);
        return CLI_WELL;
    }
    if (strcmp(shell, "zsh") == 0)
        cli_print(cli, "#compdef sarai\nautoload -U +X bashcompinit && bashcompinit\n");
    print_bash(cli);
    return CLI_WELL;
}

const struct cli_verb cli_completion = {.name = "completion",
                                        .words = "bash|zsh|fish",
                                        .usage = "bash|zsh|fish",
                                        .min_args = 1,
                                        .max_args = 1,
                                        .bare = true,
                                        .en = "Print the completion of a shell",
                                        .es = "Imprime el completado de un intérprete de órdenes",
                                        .examples = "source <(sarai completion bash)",
                                        .run = run};
