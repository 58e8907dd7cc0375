/* SPDX-License-Identifier: Apache-2.0 */
/* The program sarai: finds the verb, reads its options, makes the configuration, runs it. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wants_spanish(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return strncmp(value, "es", 2) == 0;
    }
    return false;
}

/* --help and --version before any verb are verbs too. */
static const struct cli_verb *pick_verb(int argc, char **argv) {
    if (argc < 2)
        return NULL;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return &cli_help;
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return &cli_version;
    return cli_find_verb(argv[1]);
}

/* The user's file, else the machine's; NULL when there is neither. */
static char *default_config(void) {
    const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *paths[2] = {NULL, sr_strdup("/etc/sarai/sarai.yaml")};
    if (folder != NULL && folder[0] != '\0')
        paths[0] = sr_asprintf("%s/sarai/sarai.yaml", folder);
    else if (home != NULL && home[0] != '\0')
        paths[0] = sr_asprintf("%s/.config/sarai/sarai.yaml", home);
    char *found = NULL;
    for (size_t i = 0; i < 2; i++) {
        if (found == NULL && paths[i] != NULL && access(paths[i], F_OK) == 0)
            found = paths[i];
        else
            free(paths[i]);
    }
    return found;
}

static int apply_sets(struct cli *cli) {
    for (size_t i = 0; i < cli->args.set_count; i++) {
        struct sarai_error error = {0};
        char *value = strchr(cli->args.sets[i], '=');
        *value++ = '\0';
        if (sarai_config_set(cli->config, cli->args.sets[i], value, &error) < 0) {
            if (error.code == SARAI_EINPUT)
                error.code = SARAI_EUSAGE; /* a bad value on the command line is wrong usage */
            return cli_fail(cli, &error);
        }
    }
    return CLI_WELL;
}

static int configure(struct cli *cli) {
    struct sarai_error error = {0};
    const char *given = cli->args.globals.config;
    char *found = given[0] == '\0' ? default_config() : NULL;
    const char *path = found != NULL ? found : given;
    int rc = sarai_config_new(&cli->config, &error);
    if (rc == SARAI_OK && path[0] != '\0')
        rc = sarai_config_load(cli->config, path, &error);
    free(found);
    return rc < 0 ? cli_fail(cli, &error) : apply_sets(cli);
}

static int run(struct cli *cli, int argc, char **argv) {
    int rc = cli_parse(cli, argc, argv, &cli->args);
    if (rc != CLI_WELL)
        return rc;
    if (cli->args.globals.help) {
        cli->args.globals.json = false;
        cli_print_help(cli, cli->verb);
        return CLI_WELL;
    }
    rc = cli->verb->bare ? CLI_WELL : configure(cli);
    return rc == CLI_WELL ? cli->verb->run(cli, cli->args.opts) : rc;
}

int main(int argc, char **argv) {
    struct cli cli = {.spanish = wants_spanish(), .live = isatty(STDERR_FILENO) == 1};
    cli.verb = pick_verb(argc, argv);
    if (cli.verb == NULL)
        return argc < 2 ? cli_usage(&cli, "say what to do; try: sarai help") : cli_unknown_verb(&cli, argv[1]);
    int rc = cli_watch(&cli);
    if (rc == CLI_WELL)
        rc = run(&cli, argc - 2, argv + 2);
    cli_progress_end(&cli);
    if (!cli_flush(&cli)) {
        /* A reader that has enough (sarai ... | head) needs no message. */
        if (cli.output_error != EPIPE)
            fprintf(stderr, "sarai: stdout can't be written: %s\n", strerror(cli.output_error));
        rc = rc == CLI_WELL ? CLI_FAILED : rc;
    }
    cli_unwatch(&cli);
    sarai_config_free(cli.config);
    cli_args_deinit(cli.verb, &cli.args);
    return rc;
}
