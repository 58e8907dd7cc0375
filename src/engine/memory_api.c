/* SPDX-License-Identifier: Apache-2.0 */
/* The user's own memory, as the library offers it: brain/ opened it if it was there; here it is begun. */
#include <stdlib.h>
#include <string.h>

#include "base/folder.h"
#include "engine/engine.h"
#include "memory/import.h"

#define MAX_BYTES (256U << 20)

static int needs_brain(const struct sarai_engine *engine, struct sarai_error *error) {
    return engine->brain.memory ? SARAI_OK
                                : sr_error(error, SARAI_EUSAGE, "memory", "needs an engine made with SARAI_USE_BRAIN");
}

static int begin(struct sarai_engine *engine, struct sarai_error *error) {
    const int status = needs_brain(engine, error);
    if (status < 0 || engine->brain.notes)
        return status;
    char *path = sr_brain_notes_path(&engine->config->brain);
    if (!path)
        return sr_error(error, SARAI_EIO, "memory", "there is no folder for it; name a file with brain.memory");
    sr_folder_make_for(path);
    const int opened = sr_brain_begin_notes(&engine->brain, path, error);
    free(path);
    return opened;
}

static int needs_notes(const struct sarai_engine *engine, struct sarai_error *error) {
    const int status = needs_brain(engine, error);
    return status < 0 || engine->brain.notes
               ? status
               : sr_error(error, SARAI_EINPUT, "memory", "nothing is remembered yet; try: sarai memory add FILE");
}

int sarai_memory_add(struct sarai_engine *engine, const struct sarai_note *note, struct sarai_error *error) {
    if (!note || note->struct_size < sizeof *note || !note->id || !note->id[0] || !note->text || !note->text[0])
        return sr_error(error, SARAI_EINPUT, "memory", "a note needs an id and a text");
    const int status = begin(engine, error);
    return status < 0 ? status
                      : sr_memory_add(engine->brain.notes, note->id, note->title ? note->title : "", note->text, error);
}

/* --------------------------------------------------------------------------------------------------------- files -- */

struct adding {
    struct sr_memory *memory;
    sarai_progress *progress;
    void *user;
    size_t bytes, done;
    struct sarai_error *error;
    const char *path;
};

static int add_passage(void *user, const char *id, const char *names, const char *passage) {
    struct adding *adding = user;
    adding->done += strlen(passage);
    const double part = adding->bytes ? (double)adding->done / (double)adding->bytes : 1;
    if (adding->progress && adding->progress(adding->user, part < 1 ? part : 1))
        return sr_error(adding->error, SARAI_ESTALE, adding->path, "stopped");
    return sr_memory_add(adding->memory, id, names, passage, adding->error);
}

/* What a longer version of the file had left behind. */
static void forget_rest(struct sr_memory *memory, const char *name, int count) {
    int found = 1;
    while (found > 0) {
        char *id = sr_asprintf("%s#%d", name, ++count);
        found = id ? sr_memory_forget(memory, id, NULL) : 0;
        free(id);
    }
}

int sarai_memory_add_file(struct sarai_engine *engine, const char *path, enum sarai_note_form form,
                          sarai_progress *progress, void *user, struct sarai_error *error) {
    char *text = NULL;
    size_t bytes = 0;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (form == SARAI_NOTE_BY_NAME)
        form = sr_import_form_of(path);
    int status = sr_read_file(path, MAX_BYTES, &text, &bytes, error);
    if (status >= 0 && strlen(text) != bytes)
        status = sr_error(error, SARAI_EINPUT, path, "is not text");
    if (status >= 0)
        status = begin(engine, error);
    if (status >= 0) {
        struct adding adding = {engine->brain.notes, progress, user, bytes, 0, error, path};
        status = sr_import(text, form, name, path, add_passage, &adding, error);
        if (status >= 0 && form != SARAI_NOTE_JSONL)
            forget_rest(engine->brain.notes, name, status);
    }
    free(text);
    return status;
}

/* ------------------------------------------------------------------------------------------------ search and list --
 */

struct showing {
    int (*each)(void *user, const struct sarai_memory_hit *hit);
    void *user;
};

static int show(void *user, const struct sr_passage *passage) {
    const struct showing *showing = user;
    const struct sarai_memory_hit hit = {.id = passage->id,
                                         .title = passage->names,
                                         .text = passage->text,
                                         .answer = passage->answer ? passage->answer : "",
                                         .score = passage->score};
    return showing->each(showing->user, &hit);
}

int sarai_memory_search(struct sarai_engine *engine, const char *question, int limit,
                        int (*each)(void *user, const struct sarai_memory_hit *hit), void *user, double *ms,
                        struct sarai_error *error) {
    struct showing showing = {each, user};
    int status = needs_notes(engine, error);
    const int64_t start_us = sr_clock_now_us(engine->clock);
    if (status >= 0)
        status = sr_memory_search(engine->brain.notes, question, limit, show, &showing);
    if (ms)
        *ms = (double)(sr_clock_now_us(engine->clock) - start_us) / 1000;
    return status;
}

int sarai_memory_list(struct sarai_engine *engine, int (*each)(void *user, const struct sarai_memory_hit *hit),
                      void *user, struct sarai_error *error) {
    struct showing showing = {each, user};
    const int status = needs_notes(engine, error);
    return status < 0 ? status : sr_memory_list(engine->brain.notes, show, &showing, error);
}

int sarai_memory_forget(struct sarai_engine *engine, const char *id, struct sarai_error *error) {
    const int status = needs_notes(engine, error);
    return status < 0 ? status : sr_memory_forget(engine->brain.notes, id, error);
}

int sarai_memory_index(struct sarai_engine *engine, sarai_progress *progress, void *user, struct sarai_error *error) {
    int status = needs_brain(engine, error);
    if (status >= 0)
        status = sr_memory_index(engine->brain.memory, progress, user, error);
    if (status >= 0 && engine->brain.notes)
        status = sr_memory_index(engine->brain.notes, progress, user, error);
    return status;
}
