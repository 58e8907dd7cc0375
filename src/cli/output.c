/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says: documents and text on stdout, reasons and progress on stderr. */
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT_BYTES ((size_t)1 << 28)

/* ---------------------------------------------------------------------------------------------------- stdout -- */

bool cli_flush(struct cli *cli) {
    if (cli->output_error == 0 && (fflush(stdout) != 0 || ferror(stdout)))
        cli->output_error = errno != 0 ? errno : EIO;
    return cli->output_error == 0;
}

bool cli_json(struct cli *cli, cJSON *document) {
    char *line = document != NULL && cli->args.globals.json ? cJSON_PrintUnformatted(document) : NULL;
    const bool lost = document == NULL || (cli->args.globals.json && line == NULL);
    cJSON_Delete(document);
    if (lost) {
        cli_no_memory(cli);
        return false;
    }
    if (line == NULL)
        return true;
    cli_progress_end(cli);
    /* One lock for line and end of line: an interruption never leaves half a document. */
    flockfile(stdout);
    fputs(line, stdout);
    putc('\n', stdout);
    bool good = cli_flush(cli);
    funlockfile(stdout);
    cJSON_free(line);
    return good;
}

void cli_print(struct cli *cli, const char *format, ...) {
    if (cli->args.globals.json)
        return;
    cli_progress_end(cli);
    va_list args;
    va_start(args, format);
    if (vprintf(format, args) < 0 && cli->output_error == 0)
        cli->output_error = errno;
    va_end(args);
}

void cli_add_number(cJSON *object, const char *name, double value, int digits) {
    const double scale = pow(10, digits);
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, round(value * scale) / scale);
    else
        cJSON_AddNullToObject(object, name);
}

void cli_add_text(cJSON *object, const char *name, const char *text) {
    if (text != NULL)
        cJSON_AddStringToObject(object, name, text);
    else
        cJSON_AddNullToObject(object, name);
}

/* ---------------------------------------------------------------------------------------------------- stderr -- */

void cli_note(struct cli *cli, const char *format, ...) {
    if (cli->args.globals.quiet)
        return;
    cli_progress_end(cli);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    putc('\n', stderr);
}

void cli_progress(struct cli *cli, const char *format, ...) {
    if (!cli->live || cli->args.globals.quiet)
        return;
    va_list args;
    va_start(args, format);
    fputs("\r\033[K", stderr);
    vfprintf(stderr, format, args);
    va_end(args);
    fflush(stderr);
    cli->line_open = true;
}

void cli_progress_bar(struct cli *cli, size_t number, size_t count, double part, const char *what) {
    static const char full[] = "####################", empty[] = "....................";
    const int width = (int)sizeof full - 1;
    const double all = ((double)number - 1 + (part < 0 ? 0 : part > 1 ? 1 : part)) / (double)count;
    const int done = (int)(all * width);
    cli_progress(cli, "[%.*s%.*s] %3.0f %% %zu/%zu %s", done, full, width - done, empty, 100 * all, number, count,
                 what);
}

void cli_progress_end(struct cli *cli) {
    if (cli->line_open)
        fputs("\r\033[K", stderr);
    cli->line_open = false;
}

int cli_fail(struct cli *cli, const struct sarai_error *error) {
    cli_progress_end(cli);
    if (error->where[0] != '\0')
        fprintf(stderr, "sarai: %s: %s\n", error->where, error->text);
    else
        fprintf(stderr, "sarai: %s\n", error->text);
    switch (error->code) {
    case SARAI_EUSAGE:
        return CLI_USAGE;
    case SARAI_EINPUT:
        return CLI_INPUT;
    case SARAI_EMODEL:
        return CLI_MISSING;
    default:
        return CLI_FAILED;
    }
}

int cli_fail_input(struct cli *cli, const struct sarai_error *error) {
    const int rc = cli_fail(cli, error);
    return error->code == SARAI_EIO ? CLI_INPUT : rc;
}

int cli_usage(struct cli *cli, const char *format, ...) {
    cli_progress_end(cli);
    va_list args;
    va_start(args, format);
    fputs("sarai: ", stderr);
    vfprintf(stderr, format, args);
    putc('\n', stderr);
    va_end(args);
    return CLI_USAGE;
}

int cli_no_memory(struct cli *cli) {
    const struct sarai_error error = {.code = SARAI_ENOMEM, .text = "out of memory"};
    return cli_fail(cli, &error);
}

/* A missing model stays the result, for it explains the rest; then a failure, then bad input. */
int cli_worse(int before, int now) {
    static const int order[] = {CLI_MISSING, CLI_USAGE, CLI_FAILED, CLI_INPUT};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (before == order[i] || now == order[i])
            return order[i];
    }
    return CLI_WELL;
}

/* ---------------------------------------------------------------------------------------------------- shared -- */

/* A line of the library's log, in one write so that the lines of threads don't mix. */
static void write_log(void *user, enum sarai_log_level level, const char *module, const char *line) {
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    (void)user;
    fprintf(stderr, "sarai: %s: %s: %s\n", levels[level], module, line);
}

int cli_engine(struct cli *cli, unsigned use, struct sarai_engine **out) {
    struct sarai_error error = {0};
    if (!cli->args.globals.quiet)
        sarai_config_set_log(cli->config, cli->args.globals.verbose ? SARAI_LOG_DEBUG : SARAI_LOG_ERROR, write_log,
                             NULL);
    cli_progress(cli, "%s", cli_say_in(cli, "loading the models...", "cargando los modelos..."));
    int rc = sarai_engine_new(cli->config, use, out, &error);
    cli_progress_end(cli);
    return rc < 0 ? cli_fail(cli, &error) : CLI_WELL;
}

static char *read_stdin(struct cli *cli) {
    struct sr_str text = {0};
    struct sarai_error error;
    char block[4096];
    for (size_t got; (got = fread(block, 1, sizeof block, stdin)) > 0;)
        sr_str_add(&text, block, got);
    if (ferror(stdin) || memchr(text.data != NULL ? text.data : "x", '\0', text.len) != NULL) {
        sr_error(&error, SARAI_EINPUT, "stdin", "%s", ferror(stdin) ? "can't be read" : "this is not text");
        cli_fail(cli, &error);
        sr_str_deinit(&text);
        return NULL;
    }
    char *taken = sr_str_take(&text);
    if (taken == NULL)
        cli_no_memory(cli);
    return taken;
}

char *cli_text(struct cli *cli) {
    const struct cli_args *args = &cli->args;
    if (args->count == 0 || (args->count == 1 && strcmp(args->rest[0], "-") == 0))
        return read_stdin(cli);
    struct sr_str text = {0};
    for (size_t i = 0; i < args->count; i++)
        sr_str_addf(&text, "%s%s", i > 0 ? " " : "", args->rest[i]);
    char *taken = sr_str_take(&text);
    if (taken == NULL)
        cli_no_memory(cli);
    return taken;
}

int cli_read(struct cli *cli, char **text) {
    const struct cli_args *args = &cli->args;
    struct sarai_error error = {0};
    size_t len = 0;
    if (args->count == 0 || strcmp(args->rest[0], "-") == 0) {
        *text = read_stdin(cli);
        return *text != NULL ? CLI_WELL : CLI_FAILED;
    }
    if (sr_read_file(args->rest[0], MAX_TEXT_BYTES, text, &len, &error) < 0)
        return cli_fail_input(cli, &error);
    if (memchr(*text, '\0', len) == NULL)
        return CLI_WELL;
    sr_error(&error, SARAI_EINPUT, args->rest[0], "this is not text");
    return cli_fail_input(cli, &error);
}
