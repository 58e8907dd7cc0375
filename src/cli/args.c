/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From argv to options: --name VALUE, --name=VALUE, -x VALUE, -xVALUE, flags alone, --section.key=VALUE for any
 * setting; options and arguments may be mixed, and after -- all are arguments.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

const struct sr_opt cli_globals_table[] = {
    SR_OPT(struct cli_globals, json, "false", .letter = 'j', .en = "print JSON, one document a line",
           .es = "imprime JSON, un documento por línea"),
    SR_OPT(struct cli_globals, config, "", .letter = 'c', .arg = "FILE",
           .en = "read this YAML file instead of ~/.config/sarai/sarai.yaml",
           .es = "lee este archivo YAML en vez de ~/.config/sarai/sarai.yaml"),
    SR_OPT(struct cli_globals, set, "", .letter = 's', .arg = "KEY=VALUE",
           .en = "change a setting; --vad.threshold=0.6 does the same",
           .es = "cambia un ajuste; --vad.threshold=0.6 hace lo mismo"),
    SR_OPT(struct cli_globals, quiet, "false", .letter = 'q', .en = "say nothing but errors on stderr",
           .es = "no escribe más que errores en stderr"),
    SR_OPT(struct cli_globals, verbose, "false", .en = "write what the engine does to stderr",
           .es = "escribe en stderr lo que hace el motor"),
    SR_OPT(struct cli_globals, help, "false", .letter = 'h', .en = "show this help", .es = "muestra esta ayuda"),
    SR_OPT_END};

struct parser {
    struct cli *cli;
    struct cli_args *args;
    int argc, i;
    char **argv;
};

void cli_option_name(const struct sr_opt *opt, char out[64]) {
    snprintf(out, 64, "%s", opt->name);
    for (char *p = out; *p != '\0'; p++) {
        if (*p == '_')
            *p = '-';
    }
}

/* ----------------------------------------------------------------------------------------------------- looking up --
 */

static const struct sr_opt *find_letter(const struct sr_opt *table, char letter) {
    for (const struct sr_opt *opt = table; opt != NULL && opt->name != NULL; opt++) {
        if (opt->letter == letter)
            return opt;
    }
    return NULL;
}

/* The row and the struct it fills: the verb's own options first. `name` NULL: by letter. */
static const struct sr_opt *find(const struct parser *parser, const char *name, char letter, void **opts) {
    const struct sr_opt *own = parser->cli->verb->table;
    const struct sr_opt *opt = own == NULL ? NULL : name != NULL ? sr_opt_find(own, name) : find_letter(own, letter);
    *opts = parser->args->opts;
    if (opt == NULL) {
        opt = name != NULL ? sr_opt_find(cli_globals_table, name) : find_letter(cli_globals_table, letter);
        *opts = &parser->args->globals;
    }
    return opt;
}

static int unknown(const struct parser *parser, const char *name) {
    struct sr_nearest nearest = {.wanted = name};
    const struct sr_opt *tables[] = {parser->cli->verb->table, cli_globals_table};
    for (size_t t = 0; t < 2; t++) {
        for (const struct sr_opt *opt = tables[t]; opt != NULL && opt->name != NULL; opt++) {
            char known[64];
            cli_option_name(opt, known);
            sr_nearest_offer(&nearest, known);
        }
    }
    if (nearest.name[0] != '\0')
        return cli_usage(parser->cli, "unknown option --%s; did you mean --%s?", name, nearest.name);
    return cli_usage(parser->cli, "unknown option --%s; try: sarai %s --help", name, parser->cli->verb->name);
}

/* -------------------------------------------------------------------------------------------------------- storing --
 */

static int add_set(struct parser *parser, char *pair) {
    struct cli_args *args = parser->args;
    if (pair == NULL)
        return cli_no_memory(parser->cli);
    if (strchr(pair, '=') == NULL) {
        int rc = cli_usage(parser->cli, "a setting is written KEY=VALUE, not '%s'", pair);
        free(pair);
        return rc;
    }
    args->sets[args->set_count++] = pair; /* at most one for each word of argv */
    return CLI_WELL;
}

static int store(struct parser *parser, const struct sr_opt *opt, void *opts, const char *value) {
    const char *list = parser->cli->verb->list_option;
    if (opts == &parser->args->globals && strcmp(opt->name, "set") == 0)
        return add_set(parser, sr_strdup(value));
    if (list != NULL && opts != &parser->args->globals && strcmp(opt->name, list) == 0) {
        parser->args->rest[parser->args->count++] = value;
        return CLI_WELL;
    }
    struct sarai_error error;
    if (sr_opt_set(opt, opts, value, "", &error) < 0)
        return cli_usage(parser->cli, "--%s", error.text);
    return CLI_WELL;
}

/* The value of an option: what follows '=' or the letter, else the next word; a flag alone is true. */
static int take(struct parser *parser, const struct sr_opt *opt, void *opts, const char *attached) {
    if (attached != NULL)
        return store(parser, opt, opts, attached);
    if (opt->type == SR_OPT_BOOL)
        return store(parser, opt, opts, "true");
    if (parser->i + 1 >= parser->argc) {
        char name[64];
        cli_option_name(opt, name);
        return cli_usage(parser->cli, "--%s needs a value: %s", name, opt->arg != NULL ? opt->arg : "VALUE");
    }
    return store(parser, opt, opts, parser->argv[++parser->i]);
}

/* ----------------------------------------------------------------------------------------------------------- words --
 */

static int parse_long(struct parser *parser, char *word) {
    char *name = word + 2, *value = strchr(name, '=');
    size_t len = value != NULL ? (size_t)(value - name) : strlen(name);
    if (memchr(name, '.', len) != NULL) {
        if (value != NULL)
            return add_set(parser, sr_strdup(name));
        if (parser->i + 1 >= parser->argc)
            return cli_usage(parser->cli, "%s needs a value", word);
        return add_set(parser, sr_asprintf("%s=%s", name, parser->argv[++parser->i]));
    }
    char *bare = sr_strndup(name, len);
    if (bare == NULL)
        return cli_no_memory(parser->cli);
    void *opts = NULL;
    const struct sr_opt *opt = find(parser, bare, '\0', &opts);
    int rc = opt == NULL ? unknown(parser, bare) : take(parser, opt, opts, value != NULL ? value + 1 : NULL);
    free(bare);
    return rc;
}

/* -x, -xVALUE, -abc */
static int parse_letters(struct parser *parser, char *word) {
    for (char *p = word + 1; *p != '\0'; p++) {
        void *opts = NULL;
        const struct sr_opt *opt = find(parser, NULL, *p, &opts);
        if (opt == NULL)
            return cli_usage(parser->cli, "unknown option -%c; try: sarai %s --help", *p, parser->cli->verb->name);
        bool flag = opt->type == SR_OPT_BOOL;
        int rc = take(parser, opt, opts, flag || p[1] == '\0' ? NULL : p + 1);
        if (rc != CLI_WELL || !flag)
            return rc;
    }
    return CLI_WELL;
}

static int check_counts(const struct parser *parser) {
    const struct cli_verb *verb = parser->cli->verb;
    const struct cli_args *args = parser->args;
    if (args->globals.help)
        return CLI_WELL;
    if ((int)args->count < verb->min_args)
        return cli_usage(parser->cli, "something is missing: sarai %s %s", verb->name, verb->usage);
    if ((int)args->count > verb->max_args)
        return cli_usage(parser->cli, "'%s' is too much: sarai %s %s", args->rest[verb->max_args], verb->name,
                         verb->usage);
    if (verb->words == NULL || args->count == 0)
        return CLI_WELL;
    struct sr_nearest nearest = {.wanted = args->rest[0]};
    for (const char *p = verb->words; *p != '\0';) {
        char word[64];
        size_t len = strcspn(p, "|");
        snprintf(word, sizeof word, "%.*s", (int)len, p);
        if (strcmp(word, args->rest[0]) == 0)
            return CLI_WELL;
        sr_nearest_offer(&nearest, word);
        p += len + (p[len] == '|');
    }
    if (nearest.name[0] != '\0')
        return cli_usage(parser->cli, "sarai %s knows no '%s'; did you mean '%s'?", verb->name, args->rest[0],
                         nearest.name);
    return cli_usage(parser->cli, "sarai %s takes %s, not '%s'", verb->name, verb->words, args->rest[0]);
}

int cli_parse(struct cli *cli, int argc, char **argv, struct cli_args *out) {
    struct parser parser = {.cli = cli, .args = out, .argc = argc, .argv = argv};
    const struct cli_verb *verb = cli->verb;
    out->rest = calloc((size_t)argc + 1, sizeof *out->rest);
    out->sets = calloc((size_t)argc + 1, sizeof *out->sets);
    out->opts = verb->table != NULL ? calloc(1, verb->opts_size) : NULL;
    if (out->rest == NULL || out->sets == NULL || (verb->table != NULL && out->opts == NULL) ||
        sr_opt_defaults(cli_globals_table, &out->globals) < 0 ||
        (verb->table != NULL && sr_opt_defaults(verb->table, out->opts) < 0))
        return cli_no_memory(cli);
    bool all_arguments = false;
    int rc = CLI_WELL;
    for (; parser.i < argc && rc == CLI_WELL; parser.i++) {
        char *word = argv[parser.i];
        if (!all_arguments && strcmp(word, "--") == 0)
            all_arguments = true;
        else if (!all_arguments && strncmp(word, "--", 2) == 0)
            rc = parse_long(&parser, word);
        else if (!all_arguments && word[0] == '-' && word[1] != '\0')
            rc = parse_letters(&parser, word);
        else
            out->rest[out->count++] = word;
    }
    return rc == CLI_WELL ? check_counts(&parser) : rc;
}

void cli_args_deinit(const struct cli_verb *verb, struct cli_args *args) {
    for (size_t i = 0; i < args->set_count; i++)
        free(args->sets[i]);
    free(args->sets);
    free(args->rest);
    if (verb != NULL && verb->table != NULL && args->opts != NULL)
        sr_opt_deinit(verb->table, args->opts);
    free(args->opts);
    sr_opt_deinit(cli_globals_table, &args->globals);
}
