/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/hallucinations.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/utf8.h"
#include "model/paths.h"

#define FILE_MAX ((size_t)1 << 20)

/* In memory: every phrase folded, with a line break on both sides. */
int sr_hallucinations_read(const char *path, char **out, struct sarai_error *error) {
    char *text = NULL;
    size_t len = 0;
    int status = sr_read_file(path, FILE_MAX, &text, &len, error);
    if (status < 0)
        return status;
    struct sr_str table = {0};
    sr_str_addc(&table, '\n');
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const size_t size = strcspn(line, "\n"), before = table.len;
        if (*line == '#')
            continue;
        sr_utf8_fold(line, size, &table);
        if (table.len > before)
            sr_str_addc(&table, '\n');
    }
    if (!sr_utf8_valid(text, len))
        status = sr_error(error, SARAI_EINPUT, path, "not UTF-8; save the file as UTF-8");
    else if (table.failed)
        status = sr_error(error, SARAI_ENOMEM, path, "out of memory");
    else
        *out = sr_str_take(&table);
    sr_str_deinit(&table);
    free(text);
    return status < 0 ? status : SARAI_OK;
}

int sr_hallucinations_of(const char *language, const struct sr_model_opts *models, char **out,
                         struct sarai_error *error) {
    char *name = sr_asprintf("%s/hallucinations.txt", language), *path = name ? sr_path_share(models, name) : NULL;
    int status = SARAI_OK;
    if (!path)
        status = sr_error(error, SARAI_ENOMEM, "stt", "out of memory");
    else if (access(path, R_OK) == 0)
        status = sr_hallucinations_read(path, out, error);
    free(path);
    free(name);
    return status;
}

bool sr_hallucinations_has(const char *table, const char *text) {
    struct sr_str line = {0};
    sr_str_addc(&line, '\n');
    sr_utf8_fold(text, strlen(text), &line);
    const bool any = line.len > 1;
    sr_str_addc(&line, '\n');
    const bool found = table && any && !line.failed && strstr(table, line.data);
    sr_str_deinit(&line);
    return found;
}
