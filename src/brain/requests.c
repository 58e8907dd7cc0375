/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/requests.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"

struct row {
    char *id, *intent;
};

struct sr_requests {
    struct row *rows;
    size_t count, room;
};

static int take_row(void *user, int line, char **cells) {
    struct sr_requests *r = user;
    (void)line;
    if (r->count == r->room) {
        const size_t room = r->room ? r->room * 2 : 64;
        struct row *rows = realloc(r->rows, room * sizeof *rows);
        if (!rows)
            return SARAI_ENOMEM;
        r->rows = rows;
        r->room = room;
    }
    struct row *row = &r->rows[r->count++];
    *row = (struct row){.id = sr_strdup(cells[0]), .intent = sr_strdup(cells[1])};
    return row->id && row->intent ? SARAI_OK : SARAI_ENOMEM;
}

int sr_requests_load(const char *path, struct sr_requests **out, struct sarai_error *error) {
    struct sr_requests *r = calloc(1, sizeof *r);
    if (!r)
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    const int status = sr_table_read(path, 2, take_row, r, error);
    if (status < 0)
        sr_requests_free(r);
    else
        *out = r;
    return status < 0 ? status : SARAI_OK;
}

void sr_requests_free(struct sr_requests *r) {
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++) {
        free(r->rows[i].id);
        free(r->rows[i].intent);
    }
    free(r->rows);
    free(r);
}

const char *sr_requests_intent(const struct sr_requests *r, const char *id) {
    for (size_t i = 0; r && i < r->count; i++)
        if (strcmp(r->rows[i].id, id) == 0)
            return r->rows[i].intent;
    return NULL;
}

const char *sr_requests_template(const struct sr_requests *r, const char *intent) {
    for (size_t i = 0; r && i < r->count; i++)
        if (strcmp(r->rows[i].intent, intent) == 0)
            return r->rows[i].id;
    return NULL;
}
