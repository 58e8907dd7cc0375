/* SPDX-License-Identifier: Apache-2.0 */
#include "text/word_list_es.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text/sound_es.h"

#define BYTES_MAX (INT64_C(1) << 30)
#define LINE_MAX (SR_WORD_LIST_MAX + 1) /* no end of a line is looked for farther away, whatever the file holds */

struct sr_word_list_es {
    const char *map;
    size_t bytes;
};

/* Lines from one offset to another, where a line begins. */
struct range {
    size_t from, to;
};

int sr_word_list_es_open(const char *path, struct sr_word_list_es **out, struct sarai_error *error) {
    struct stat info;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return sr_error(error, SARAI_EMODEL, path, "%s; run: sarai models pull es-words", strerror(errno));
    const bool sized = fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 && info.st_size < BYTES_MAX;
    struct sr_word_list_es *list = sized ? calloc(1, sizeof *list) : NULL;
    void *map = list ? mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    close(file);
    if (map == MAP_FAILED) {
        free(list);
        return sized ? sr_error(error, SARAI_ENOMEM, path, "out of memory")
                     : sr_error(error, SARAI_EINPUT, path, "is no list of words; run: sarai models pull es-words");
    }
    *list = (struct sr_word_list_es){.map = map, .bytes = (size_t)info.st_size};
    *out = list;
    return SARAI_OK;
}

void sr_word_list_es_close(struct sr_word_list_es *list) {
    if (!list)
        return;
    munmap((void *)list->map, list->bytes);
    free(list);
}

/* The letter of the line at `line` behind `depth` letters of it that are known; 0: it ends there. */
static unsigned char letter_at(const struct sr_word_list_es *list, size_t line, size_t depth) {
    const size_t at = line + depth;
    return at >= list->bytes || list->map[at] == '\n' ? 0 : (unsigned char)list->map[at];
}

/* Where the line begins that `at` is in; never before `from`. */
static size_t line_of(const struct sr_word_list_es *list, size_t from, size_t at) {
    const size_t least = at - from > LINE_MAX ? at - LINE_MAX : from;
    while (at > least && list->map[at - 1] != '\n')
        at--;
    return at;
}

/* Where the line behind `at` begins; never behind `to`, always behind `at`. */
static size_t line_behind(const struct sr_word_list_es *list, size_t at, size_t to) {
    const size_t most = to - at > LINE_MAX ? at + LINE_MAX : to;
    while (at < most)
        if (list->map[at++] == '\n')
            break;
    return at;
}

/* The first line of the range whose letter at `depth` is not below `letter`. */
static size_t lower_bound(const struct sr_word_list_es *list, struct range range, size_t depth, unsigned letter) {
    while (range.from < range.to) {
        const size_t middle = range.from + (range.to - range.from) / 2, line = line_of(list, range.from, middle);
        if (letter_at(list, line, depth) < letter)
            range.from = line_behind(list, middle, range.to);
        else
            range.to = line;
    }
    return range.from;
}

bool sr_word_list_es_has(const struct sr_word_list_es *list, const char *folded) {
    struct range range = {.to = list->bytes};
    for (size_t depth = 0; range.from < range.to; depth++) {
        const unsigned letter = (unsigned char)folded[depth];
        range.from = lower_bound(list, range, depth, letter);
        if (range.from >= range.to || letter_at(list, range.from, depth) != letter)
            return false;
        if (!letter)
            return true;
        range.to = lower_bound(list, range, depth, letter + 1);
    }
    return false;
}

struct search {
    const struct sr_word_list_es *list;
    const char *sound;
    bool loose;
    char word[SR_WORD_LIST_MAX + 1]; /* the letters with which all lines of the range begin */
    char *out;
    int found;
};

/* All lines of the range begin with the first `depth` letters of the word. Every turn of the loop leaves at least one
 * line behind, sorted or not. */
static void descend(struct search *search, struct range range, size_t depth) {
    while (range.from < range.to && search->found < 2) {
        const unsigned letter = letter_at(search->list, range.from, depth);
        const struct range alike = {range.from, lower_bound(search->list, range, depth, letter + 1)};
        range.from = alike.to;
        if (!letter) {
            if (sr_sound_es_is(search->word, search->loose, search->sound) && !search->found++)
                memcpy(search->out, search->word, depth + 1);
            continue;
        }
        if (depth == SR_WORD_LIST_MAX)
            continue;
        search->word[depth] = (char)letter;
        search->word[depth + 1] = '\0';
        if (sr_sound_es_begins(search->word, search->loose, search->sound))
            descend(search, alike, depth + 1);
        search->word[depth] = '\0';
    }
}

int sr_word_list_es_sounding(const struct sr_word_list_es *list, const char *sound, bool loose,
                             char out[SR_WORD_LIST_MAX + 1]) {
    struct search search = {.list = list, .sound = sound, .loose = loose, .out = out};
    descend(&search, (struct range){0, list->bytes}, 0);
    return search.found;
}
