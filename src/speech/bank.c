/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/bank.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "SARAIBNK"
#define VERSION 1
#define ORDER UINT32_C(0x01020304)
#define VOICE_LEN 32
#define BYTES_MAX (INT64_C(1) << 32)

struct header {
    char magic[8];
    uint32_t order, version; /* bytes in another order, or another version: refused */
    char voice[VOICE_LEN];
    uint64_t bytes;           /* of the whole file */
    uint64_t index_at;        /* entries, then texts up to the end */
    uint32_t count, patterns; /* entries with sound, by hash; behind them those with slots */
    uint64_t hash;            /* of the index, and of this header with a zero in its place */
};

struct entry {
    uint64_t text_hash, samples_hash;
    uint64_t samples_at, text_at; /* in the file */
    uint32_t samples, rate_hz, text_len, cut_count;
    uint32_t cuts[SR_BANK_CUTS];
};

struct sr_bank {
    const uint8_t *map;
    size_t bytes;
    const struct header *header;
    const struct entry *entries;
    struct sr_bank *older; /* the one it replaced */
};

/* FNV-1a, eight bytes at a time. */
static uint64_t hash(uint64_t h, const void *data, size_t len) {
    const uint8_t *bytes = data;
    for (; len >= 8; len -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        h = (h ^ word) * UINT64_C(1099511628211);
        h ^= h >> 29;
    }
    for (; len; len--)
        h = (h ^ *bytes++) * UINT64_C(1099511628211);
    return h;
}

#define HASH_START UINT64_C(1469598103934665603)

static uint64_t hash_of_index(const struct header *header, const void *index) {
    struct header plain = *header;
    plain.hash = 0;
    return hash(hash(HASH_START, &plain, sizeof plain), index, (size_t)(header->bytes - header->index_at));
}

/* ----------------------------------------------------------------------------------------------------- reading -- */

static bool entry_fits(const struct header *header, const struct entry *entry) {
    const uint64_t texts_at = header->index_at + ((uint64_t)header->count + header->patterns) * sizeof *entry;
    if (entry->text_at < texts_at || entry->text_at > header->bytes || !entry->text_len ||
        entry->text_len > header->bytes - entry->text_at || entry->cut_count > SR_BANK_CUTS)
        return false;
    if (entry->samples_at % sizeof(int16_t) || entry->samples_at < sizeof *header ||
        entry->samples_at > header->index_at ||
        entry->samples > (header->index_at - entry->samples_at) / sizeof(int16_t))
        return false;
    for (uint32_t i = 0; i < entry->cut_count; i++)
        if (entry->cuts[i] > entry->samples || (i && entry->cuts[i] < entry->cuts[i - 1]))
            return false;
    return entry->samples == 0 || (entry->rate_hz >= 8000 && entry->rate_hz <= 192000);
}

static const char *trouble(const struct sr_bank *bank, const char *voice) {
    const struct header *h = bank->header;
    if (bank->bytes < sizeof *h || memcmp(h->magic, MAGIC, sizeof h->magic) != 0)
        return "is no audio bank";
    if (h->order != ORDER || h->version != VERSION)
        return "is of another version";
    if (h->bytes != bank->bytes)
        return "was cut short";
    if (h->index_at < sizeof *h || h->index_at > h->bytes || h->index_at % 8 != 0 ||
        (uint64_t)h->count + h->patterns > (h->bytes - h->index_at) / sizeof(struct entry) ||
        hash_of_index(h, bank->map + h->index_at) != h->hash)
        return "is damaged";
    if (strncmp(h->voice, voice, VOICE_LEN) != 0)
        return "is of another voice";
    for (uint64_t i = 0; i < (uint64_t)h->count + h->patterns; i++)
        if (!entry_fits(h, &bank->entries[i]))
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
        fstat(file, &info) == 0 && info.st_size >= (off_t)sizeof(struct header) && info.st_size < BYTES_MAX;
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
    if (why) {
        sr_bank_close(bank);
        return sr_error(error, SARAI_EINPUT, path, "%s; run: sarai bank build", why);
    }
    *out = bank;
    return SARAI_OK;
}

void sr_bank_close(struct sr_bank *bank) {
    if (!bank)
        return;
    munmap((void *)bank->map, bank->bytes);
    free(bank);
}

size_t sr_bank_count(const struct sr_bank *bank) {
    return bank ? bank->header->count : 0;
}

static const char *text_of(const struct sr_bank *bank, const struct entry *entry) {
    return (const char *)bank->map + entry->text_at;
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

static const struct entry *find_entry(const struct sr_bank *bank, const char *text, size_t len) {
    const uint64_t text_hash = hash(HASH_START, text, len);
    for (size_t i = lower_bound(bank, text_hash); i < bank->header->count; i++) {
        const struct entry *entry = &bank->entries[i];
        if (entry->text_hash != text_hash)
            return NULL;
        if (entry->text_len == len && memcmp(text_of(bank, entry), text, len) == 0)
            return entry;
    }
    return NULL;
}

bool sr_bank_find(const struct sr_bank *bank, const char *text, struct sr_bank_clip *out) {
    const struct entry *entry = bank ? find_entry(bank, text, strlen(text)) : NULL;
    if (!entry || !entry->samples)
        return false;
    const void *samples = bank->map + entry->samples_at;
    if (hash(HASH_START, samples, entry->samples * sizeof(int16_t)) != entry->samples_hash)
        return false;
    *out = (struct sr_bank_clip){.samples = samples,
                                 .count = entry->samples,
                                 .rate_hz = (int)entry->rate_hz,
                                 .cuts = entry->cuts,
                                 .cut_count = (int)entry->cut_count};
    return true;
}

/* ------------------------------------------------------------------------------------------------------- slots -- */

/* The fixed part of a pattern at *p, trimmed; *p moves behind the slot after it. False at the end. */
static bool next_fixed(const char **p, const char *end, const char **part, size_t *len) {
    if (*p >= end)
        return false;
    const char *slot = memchr(*p, '{', (size_t)(end - *p));
    const char *stop = slot ? slot : end, *close = slot ? memchr(slot, '}', (size_t)(end - slot)) : NULL;
    const char *from = *p;
    while (from < stop && *from == ' ')
        from++;
    *p = slot ? (close ? close + 1 : end) : end;
    while (stop > from && stop[-1] == ' ')
        stop--;
    *part = from;
    *len = (size_t)(stop - from);
    return true;
}

/* A part of only signs can't be spoken; it goes with the slot before it. */
static bool is_spoken(const char *part, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (!strchr(" .,;:?!\xC2\xBF\xA1", part[i])) /* with the bytes of ¿ and ¡ */
            return true;
    return false;
}

int sr_bank_parts(const char *pattern, int (*each)(void *user, const char *part), void *user) {
    const char *p = pattern, *end = pattern + strlen(pattern), *part;
    size_t len;
    int status = SARAI_OK;
    while (status >= 0 && next_fixed(&p, end, &part, &len)) {
        if (!is_spoken(part, len))
            continue;
        char *copy = sr_strndup(part, len);
        status = copy ? each(user, copy) : SARAI_ENOMEM;
        free(copy);
    }
    return status;
}

static const char *find_text(const char *in, const char *what, size_t len) {
    for (size_t left = strlen(in); left >= len; in++, left--)
        if (memcmp(in, what, len) == 0)
            return in;
    return NULL;
}

static void add_part(struct sr_str *parts, char kind, const char *from, const char *to) {
    while (from < to && *from == ' ')
        from++;
    while (to > from && to[-1] == ' ')
        to--;
    if (from == to)
        return;
    sr_str_addc(parts, kind);
    sr_str_add(parts, from, (size_t)(to - from));
    sr_str_addc(parts, '\0');
}

/* Lays the pattern over the text: each fixed part where it first occurs, what lies between is in the slots. */
static bool fits(const struct sr_bank *bank, const struct entry *pattern, const char *text, struct sr_str *parts) {
    const char *p = text_of(bank, pattern), *end = p + pattern->text_len, *part;
    size_t len;
    bool slot = *p == '{'; /* one may come next */
    sr_str_clear(parts);
    while (next_fixed(&p, end, &part, &len)) {
        if (!is_spoken(part, len)) {
            slot = true; /* the signs are spoken with it */
            continue;
        }
        const char *found = slot                            ? find_text(*text ? text + 1 : text, part, len)
                            : strncmp(text, part, len) == 0 ? text
                                                            : NULL;
        if (!found || !find_entry(bank, part, len))
            return false;
        add_part(parts, SR_BANK_SLOT, text, found);
        add_part(parts, SR_BANK_FIXED, found, found + len);
        text = found + len;
        slot = p < end || end[-1] == '}';
    }
    add_part(parts, SR_BANK_SLOT, text, text + strlen(text));
    return slot == (*text != '\0') && !parts->failed;
}

bool sr_bank_match(const struct sr_bank *bank, const char *text, struct sr_str *parts) {
    for (uint32_t i = 0; bank && i < bank->header->patterns; i++)
        if (fits(bank, &bank->entries[bank->header->count + i], text, parts))
            return true;
    return false;
}

/* ----------------------------------------------------------------------------------------------------- writing -- */

struct sr_bank_writer {
    FILE *file;
    char *path, *temporary;
    char voice[VOICE_LEN];
    struct item {
        struct entry entry;
        char *text;
        bool pattern;
    } * items;
    size_t count, room;
    uint64_t at; /* where the next samples go */
    bool failed;
};

int sr_bank_writer_new(const char *path, const char *voice, struct sr_bank_writer **out, struct sarai_error *error) {
    const struct header header = {.magic = ""};
    struct sr_bank_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    snprintf(writer->voice, sizeof writer->voice, "%s", voice);
    writer->path = sr_strdup(path);
    writer->temporary = sr_asprintf("%s.%ld.part", path, (long)getpid());
    if (!writer->path || !writer->temporary) {
        sr_bank_writer_abandon(writer);
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    }
    writer->file = fopen(writer->temporary, "wbe");
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
static struct item *add_item(struct sr_bank_writer *writer, const char *text, bool *there) {
    const uint64_t text_hash = hash(HASH_START, text, strlen(text));
    *there = false;
    for (size_t i = 0; i < writer->count && !*there; i++)
        *there = writer->items[i].entry.text_hash == text_hash && strcmp(writer->items[i].text, text) == 0;
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
    *item = (struct item){.text = sr_strdup(text), .entry = {.text_hash = text_hash, .samples_at = writer->at}};
    if (!item->text)
        return NULL;
    item->entry.text_len = (uint32_t)strlen(text);
    writer->count++;
    return item;
}

int sr_bank_writer_pattern(struct sr_bank_writer *writer, const char *text) {
    bool there;
    struct item *item = add_item(writer, text, &there);
    if (!item)
        return there ? SARAI_OK : SARAI_ENOMEM;
    item->entry.samples_at = sizeof(struct header);
    item->pattern = true;
    return SARAI_OK;
}

static int write_samples(struct sr_bank_writer *writer, const char *text, const struct sr_bank_clip *clip) {
    bool there;
    struct item *item = add_item(writer, text, &there);
    if (!item)
        return there ? SARAI_OK : SARAI_ENOMEM;
    const size_t bytes = clip->count * sizeof *clip->samples;
    item->entry.samples = (uint32_t)clip->count;
    item->entry.rate_hz = (uint32_t)clip->rate_hz;
    item->entry.samples_hash = hash(HASH_START, clip->samples, bytes);
    item->entry.cut_count = (uint32_t)clip->cut_count;
    for (int i = 0; i < clip->cut_count; i++)
        item->entry.cuts[i] = clip->cuts[i];
    if (bytes && fwrite(clip->samples, bytes, 1, writer->file) != 1)
        writer->failed = true;
    writer->at += bytes;
    return writer->failed ? SARAI_EIO : SARAI_OK;
}

int sr_bank_writer_copy(struct sr_bank_writer *writer, const char *text, const struct sr_bank_clip *clip) {
    return write_samples(writer, text, clip);
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

int sr_bank_writer_add(struct sr_bank_writer *writer, const char *text, const float *samples, size_t count,
                       int rate_hz) {
    uint32_t cuts[SR_BANK_CUTS];
    int16_t *small = malloc(count * sizeof *small + 1);
    if (!small)
        return SARAI_ENOMEM;
    for (size_t i = 0; i < count; i++)
        small[i] = (int16_t)lrintf(fminf(fmaxf(samples[i], -1), 1) * INT16_MAX);
    const struct sr_bank_clip clip = {.samples = small,
                                      .count = count,
                                      .rate_hz = rate_hz,
                                      .cuts = cuts,
                                      .cut_count = find_cuts(text, samples, count, rate_hz, cuts)};
    const int status = write_samples(writer, text, &clip);
    free(small);
    return status;
}

static int by_hash(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    if (x->pattern != y->pattern)
        return x->pattern - y->pattern;
    return (x->entry.text_hash > y->entry.text_hash) - (x->entry.text_hash < y->entry.text_hash);
}

/* The index as it stands in the file; NULL when out of memory. */
static char *make_index(struct sr_bank_writer *writer, struct header *header) {
    struct sr_str index = {0};
    qsort(writer->items, writer->count, sizeof *writer->items, by_hash);
    uint64_t text_at = header->index_at + writer->count * sizeof(struct entry);
    for (size_t i = 0; i < writer->count; i++) {
        struct item *item = &writer->items[i];
        item->entry.text_at = text_at;
        text_at += item->entry.text_len;
        *(item->pattern ? &header->patterns : &header->count) += 1;
        sr_str_add(&index, (const char *)&item->entry, sizeof item->entry);
    }
    for (size_t i = 0; i < writer->count; i++)
        sr_str_adds(&index, writer->items[i].text);
    header->bytes = header->index_at + index.len;
    sr_str_add(&index, "", 0);
    return sr_str_take(&index);
}

int sr_bank_writer_commit(struct sr_bank_writer *writer, struct sarai_error *error) {
    static const char padding[8];
    struct header header = {.order = ORDER, .version = VERSION, .index_at = (writer->at + 7) & ~UINT64_C(7)};
    memcpy(header.magic, MAGIC, sizeof header.magic);
    memcpy(header.voice, writer->voice, sizeof header.voice);
    char *index = make_index(writer, &header);
    int status = index ? SARAI_OK : sr_error(error, SARAI_ENOMEM, writer->path, "out of memory");
    if (index) {
        header.hash = hash_of_index(&header, index);
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
