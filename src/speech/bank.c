/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/bank_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES_MAX (INT64_C(1) << 32)

struct sr_bank {
    const uint8_t *map;
    size_t bytes;
    const struct sr_bank_header *header;
    const struct sr_bank_entry *entries;
    bool *left_out;        /* for each entry */
    struct sr_bank *older; /* the one it replaced */
};

/* ----------------------------------------------------------------------------------------------------- reading -- */

static const char *text_of(const struct sr_bank *bank, const struct sr_bank_entry *entry) {
    return (const char *)bank->map + entry->text_at;
}

static bool entry_fits(const struct sr_bank *bank, const struct sr_bank_entry *entry) {
    const struct sr_bank_header *header = bank->header;
    const uint64_t texts_at = header->index_at + header->count * sizeof *entry;
    if (entry->text_at < texts_at || entry->text_at > header->bytes || !entry->text_len ||
        entry->text_len >= header->bytes - entry->text_at || text_of(bank, entry)[entry->text_len] != '\0' ||
        entry->cut_count > SR_BANK_CUTS)
        return false;
    if (entry->samples_at < sizeof *header || entry->samples_at > header->index_at ||
        sr_bank_packed_bytes(entry->samples) > header->index_at - entry->samples_at)
        return false;
    for (uint32_t i = 0; i < entry->cut_count; i++)
        if (entry->cuts[i] > entry->samples || (i && entry->cuts[i] < entry->cuts[i - 1]))
            return false;
    return entry->samples == 0 || (entry->rate_hz >= 8000 && entry->rate_hz <= 192000);
}

static const char *trouble(const struct sr_bank *bank, const char *voice) {
    const struct sr_bank_header *h = bank->header;
    if (bank->bytes < sizeof *h || memcmp(h->magic, SR_BANK_MAGIC, sizeof h->magic) != 0)
        return "is no audio bank";
    if (h->order != SR_BANK_ORDER || h->version != SR_BANK_VERSION)
        return "is of another version";
    if (h->bytes != bank->bytes)
        return "was cut short";
    if (h->index_at < sizeof *h || h->index_at > h->bytes || h->index_at % 8 != 0 ||
        h->count > (h->bytes - h->index_at) / sizeof(struct sr_bank_entry) ||
        sr_bank_hash_index(h, bank->map + h->index_at) != h->hash)
        return "is damaged";
    if (strncmp(h->voice, voice, SR_BANK_VOICE_LEN) != 0)
        return "is of another voice";
    for (uint64_t i = 0; i < h->count; i++)
        if (!entry_fits(bank, &bank->entries[i]))
            return "is damaged";
    return NULL;
}

int sr_bank_open(const char *path, const char *voice, struct sr_bank **out, struct sarai_error *error) {
    struct stat info;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return sr_error(error, SARAI_EMODEL, path, "%s; run: sarai bank build", strerror(errno));
    struct sr_bank *bank = calloc(1, sizeof *bank);
    const bool sized =
        fstat(file, &info) == 0 && info.st_size >= (off_t)sizeof(struct sr_bank_header) && info.st_size < BYTES_MAX;
    void *map = bank && sized ? mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    close(file);
    if (map == MAP_FAILED) {
        free(bank);
        return bank ? sr_error(error, SARAI_EINPUT, path, "is no audio bank; run: sarai bank build")
                    : sr_error(error, SARAI_ENOMEM, path, "out of memory");
    }
    bank->map = map;
    bank->bytes = (size_t)info.st_size;
    bank->header = map;
    /* The place of the entries is checked before they are looked at. */
    bank->entries = (const void *)(bank->map + (bank->header->index_at < bank->bytes ? bank->header->index_at : 0));
    const char *why = trouble(bank, voice);
    if (!why)
        bank->left_out = calloc(bank->header->count + 1, sizeof *bank->left_out);
    if (!bank->left_out) {
        sr_bank_close(bank);
        return why ? sr_error(error, SARAI_EINPUT, path, "%s; run: sarai bank build", why)
                   : sr_error(error, SARAI_ENOMEM, path, "out of memory");
    }
    *out = bank;
    return SARAI_OK;
}

void sr_bank_close(struct sr_bank *bank) {
    if (!bank)
        return;
    munmap((void *)bank->map, bank->bytes);
    free(bank->left_out);
    free(bank);
}

size_t sr_bank_count(const struct sr_bank *bank) {
    return bank ? bank->header->count : 0;
}

uint64_t sr_bank_tables(const struct sr_bank *bank) {
    return bank ? bank->header->tables : 0;
}

void sr_bank_review(struct sr_bank *bank, bool (*is_same)(void *user, const char *text, int kind, uint64_t given),
                    void *user) {
    for (uint64_t i = 0; i < bank->header->count; i++) {
        const struct sr_bank_entry *entry = &bank->entries[i];
        bank->left_out[i] = !is_same(user, text_of(bank, entry), (int)entry->kind, entry->given);
    }
}

/* The first entry whose hash is not less. */
static size_t lower_bound(const struct sr_bank *bank, uint64_t text_hash) {
    size_t from = 0, to = bank->header->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (bank->entries[middle].text_hash < text_hash)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool find(const struct sr_bank *bank, const char *text, size_t len, uint32_t kind, struct sr_bank_clip *out) {
    const uint64_t text_hash = sr_bank_hash(SR_BANK_HASH_START, text, len);
    for (size_t i = lower_bound(bank, text_hash); i < bank->header->count; i++) {
        const struct sr_bank_entry *entry = &bank->entries[i];
        if (entry->text_hash != text_hash)
            return false;
        if (bank->left_out[i] || !entry->samples || entry->kind != kind || entry->text_len != len ||
            memcmp(text_of(bank, entry), text, len) != 0)
            continue;
        const uint8_t *packed = bank->map + entry->samples_at;
        if (sr_bank_hash(SR_BANK_HASH_START, packed, (size_t)sr_bank_packed_bytes(entry->samples)) !=
            entry->samples_hash)
            return false;
        *out = (struct sr_bank_clip){.packed = packed,
                                     .count = entry->samples,
                                     .rate_hz = (int)entry->rate_hz,
                                     .cuts = entry->cuts,
                                     .cut_count = (int)entry->cut_count,
                                     .given = entry->given};
        return true;
    }
    return false;
}

bool sr_bank_find(const struct sr_bank *bank, const char *text, int kind, struct sr_bank_clip *out) {
    return bank && find(bank, text, strlen(text), (uint32_t)kind, out);
}

size_t sr_bank_find_head(const struct sr_bank *bank, const char *text, struct sr_bank_clip *out) {
    size_t found = 0;
    for (const char *space = bank ? strchr(text, ' ') : NULL; space; space = strchr(space + 1, ' '))
        if (find(bank, text, (size_t)(space - text), SR_BANK_HEAD, out))
            found = (size_t)(space - text);
    return found;
}

/* ------------------------------------------------------------------------------------------------------- shelf -- */

void sr_bank_shelf_put(struct sr_bank_shelf *shelf, struct sr_bank *bank) {
    bank->older = atomic_load(&shelf->bank);
    atomic_store(&shelf->bank, bank);
}

const struct sr_bank *sr_bank_shelf_get(const struct sr_bank_shelf *shelf) {
    return atomic_load_explicit(&shelf->bank, memory_order_acquire);
}

void sr_bank_shelf_clear(struct sr_bank_shelf *shelf) {
    struct sr_bank *bank = atomic_exchange(&shelf->bank, NULL);
    while (bank) {
        struct sr_bank *older = bank->older;
        sr_bank_close(bank);
        bank = older;
    }
}
