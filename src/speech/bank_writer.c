/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/bank_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct sr_bank_writer {
    FILE *file;
    char *path, *temporary;
    char voice[SR_BANK_VOICE_LEN];
    uint64_t tables;
    struct item {
        struct sr_bank_entry entry;
        char *text;
    } * items;
    size_t count, room;
    uint64_t at; /* where the next samples go */
    bool failed;
};

/* An empty file that nobody else writes; EWOULDBLOCK when somebody does. */
static FILE *open_alone(const char *path) {
    struct stat mine, there;
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0)
        return NULL;
    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
        /* Until the lock was had, the other one may have given the file its final name. */
        if (fstat(file, &mine) == 0 && stat(path, &there) == 0 && mine.st_ino == there.st_ino) {
            FILE *stream = ftruncate(file, 0) == 0 ? fdopen(file, "wb") : NULL;
            if (stream)
                return stream;
        } else {
            errno = EWOULDBLOCK;
        }
    }
    const int why = errno;
    close(file);
    errno = why;
    return NULL;
}

int sr_bank_writer_new(const char *path, const char *voice, uint64_t tables, struct sr_bank_writer **out,
                       struct sarai_error *error) {
    const struct sr_bank_header header = {.magic = ""};
    struct sr_bank_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    snprintf(writer->voice, sizeof writer->voice, "%s", voice);
    writer->tables = tables;
    writer->path = sr_strdup(path);
    writer->temporary = sr_asprintf("%s.part", path);
    if (!writer->path || !writer->temporary) {
        sr_bank_writer_abandon(writer);
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    }
    writer->file = open_alone(writer->temporary);
    if (!writer->file && errno == EWOULDBLOCK) {
        sr_bank_writer_abandon(writer);
        return sr_error(error, SARAI_EBUSY, path, "another program is writing it");
    }
    if (!writer->file || fwrite(&header, sizeof header, 1, writer->file) != 1) {
        sr_error(error, SARAI_EIO, path, "can't be written: %s", strerror(errno));
        sr_bank_writer_abandon(writer);
        return SARAI_EIO;
    }
    writer->at = sizeof header;
    *out = writer;
    return SARAI_OK;
}

void sr_bank_writer_abandon(struct sr_bank_writer *writer) {
    if (!writer)
        return;
    if (writer->file) {
        fclose(writer->file);
        unlink(writer->temporary);
    }
    for (size_t i = 0; i < writer->count; i++)
        free(writer->items[i].text);
    free(writer->items);
    free(writer->path);
    free(writer->temporary);
    free(writer);
}

/* A new item for the text, or NULL: out of memory, or (*there) it is there already. */
static struct item *add_item(struct sr_bank_writer *writer, const char *text, uint32_t kind, bool *there) {
    const uint64_t text_hash = sr_bank_hash(SR_BANK_HASH_START, text, strlen(text));
    *there = false;
    for (size_t i = 0; i < writer->count && !*there; i++)
        *there = writer->items[i].entry.text_hash == text_hash && writer->items[i].entry.kind == kind &&
                 strcmp(writer->items[i].text, text) == 0;
    if (*there)
        return NULL;
    if (writer->count == writer->room) {
        const size_t room = writer->room ? writer->room * 2 : 256;
        struct item *items = realloc(writer->items, room * sizeof *items);
        if (!items)
            return NULL;
        writer->items = items;
        writer->room = room;
    }
    struct item *item = &writer->items[writer->count];
    *item = (struct item){.text = sr_strdup(text),
                          .entry = {.text_hash = text_hash, .kind = kind, .samples_at = writer->at}};
    if (!item->text)
        return NULL;
    item->entry.text_len = (uint32_t)strlen(text);
    writer->count++;
    return item;
}

int sr_bank_writer_copy(struct sr_bank_writer *writer, const char *text, int kind, const struct sr_bank_clip *clip) {
    bool there;
    struct item *item = add_item(writer, text, (uint32_t)kind, &there);
    if (!item)
        return there ? SARAI_OK : SARAI_ENOMEM;
    const size_t bytes = (size_t)sr_bank_packed_bytes(clip->count);
    item->entry.samples = (uint32_t)clip->count;
    item->entry.rate_hz = (uint32_t)clip->rate_hz;
    item->entry.samples_hash = sr_bank_hash(SR_BANK_HASH_START, clip->packed, bytes);
    item->entry.cut_count = (uint32_t)clip->cut_count;
    item->entry.given = clip->given;
    for (int i = 0; i < clip->cut_count; i++)
        item->entry.cuts[i] = clip->cuts[i];
    if (bytes && fwrite(clip->packed, bytes, 1, writer->file) != 1)
        writer->failed = true;
    writer->at += bytes;
    return writer->failed ? SARAI_EIO : SARAI_OK;
}

/* The middle of the quietest 20 ms within 100 ms of `about`. */
static size_t quietest(const float *samples, size_t count, int rate_hz, size_t about) {
    const size_t window = (size_t)rate_hz / 50, reach = (size_t)rate_hz / 10, step = window / 4;
    const size_t from = about > reach ? about - reach : 0, to = about + reach < count ? about + reach : count;
    size_t best = about;
    float least = INFINITY;
    for (size_t at = from; at + window <= to; at += step) {
        float energy = 0;
        for (size_t i = at; i < at + window; i++)
            energy += samples[i] * samples[i];
        if (energy < least) {
            least = energy;
            best = at + window / 2;
        }
    }
    return best;
}

/* Where one word ends and the next begins: letters are spread evenly over the sound, and speech is softest between two
 * words. */
static int find_cuts(const char *text, const float *samples, size_t count, int rate_hz, uint32_t cuts[SR_BANK_CUTS]) {
    const size_t len = strlen(text);
    int found = 0;
    for (const char *space = strchr(text, ' '); space && found < SR_BANK_CUTS; space = strchr(space + 1, ' ')) {
        const size_t cut = quietest(samples, count, rate_hz, count * (size_t)(space - text) / len);
        if (!found || cut > cuts[found - 1])
            cuts[found++] = (uint32_t)cut;
    }
    return found;
}

int sr_bank_writer_add(struct sr_bank_writer *writer, const char *text, int kind, uint64_t given, const float *samples,
                       size_t count, int rate_hz) {
    uint32_t cuts[SR_BANK_CUTS];
    uint8_t *packed = malloc((size_t)sr_bank_packed_bytes(count) + 1);
    if (!packed)
        return SARAI_ENOMEM;
    sr_bank_pack(samples, count, packed);
    const struct sr_bank_clip clip = {.packed = packed,
                                      .count = count,
                                      .rate_hz = rate_hz,
                                      .given = given,
                                      .cuts = cuts,
                                      .cut_count = find_cuts(text, samples, count, rate_hz, cuts)};
    const int status = sr_bank_writer_copy(writer, text, kind, &clip);
    free(packed);
    return status;
}

static int by_hash(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    return (x->entry.text_hash > y->entry.text_hash) - (x->entry.text_hash < y->entry.text_hash);
}

/* The index as it stands in the file; NULL when out of memory. */
static char *make_index(struct sr_bank_writer *writer, struct sr_bank_header *header) {
    struct sr_str index = {0};
    qsort(writer->items, writer->count, sizeof *writer->items, by_hash);
    uint64_t text_at = header->index_at + writer->count * sizeof(struct sr_bank_entry);
    for (size_t i = 0; i < writer->count; i++) {
        struct item *item = &writer->items[i];
        item->entry.text_at = text_at;
        text_at += item->entry.text_len + 1;
        header->count++;
        sr_str_add(&index, (const char *)&item->entry, sizeof item->entry);
    }
    for (size_t i = 0; i < writer->count; i++)
        sr_str_add(&index, writer->items[i].text, writer->items[i].entry.text_len + 1);
    header->bytes = header->index_at + index.len;
    sr_str_add(&index, "", 0);
    return sr_str_take(&index);
}

int sr_bank_writer_commit(struct sr_bank_writer *writer, struct sarai_error *error) {
    static const char padding[8];
    struct sr_bank_header header = {.order = SR_BANK_ORDER,
                                    .version = SR_BANK_VERSION,
                                    .tables = writer->tables,
                                    .index_at = (writer->at + 7) & ~UINT64_C(7)};
    memcpy(header.magic, SR_BANK_MAGIC, sizeof header.magic);
    memcpy(header.voice, writer->voice, sizeof header.voice);
    char *index = make_index(writer, &header);
    int status = index ? SARAI_OK : sr_error(error, SARAI_ENOMEM, writer->path, "out of memory");
    if (index) {
        header.hash = sr_bank_hash_index(&header, index);
        const size_t gap = (size_t)(header.index_at - writer->at), len = (size_t)(header.bytes - header.index_at);
        bool written = !writer->failed && fwrite(padding, 1, gap, writer->file) == gap &&
                       fwrite(index, 1, len, writer->file) == len && fseek(writer->file, 0, SEEK_SET) == 0 &&
                       fwrite(&header, sizeof header, 1, writer->file) == 1;
        written = fflush(writer->file) == 0 && written;
        if (!written || rename(writer->temporary, writer->path) != 0)
            status = sr_error(error, SARAI_EIO, writer->path, "can't be written: is the disk full?");
    }
    free(index);
    if (status == SARAI_OK) {
        fclose(writer->file);
        writer->file = NULL;
    }
    sr_bank_writer_abandon(writer);
    return status;
}
