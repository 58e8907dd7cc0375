/* SPDX-License-Identifier: Apache-2.0 */
/* A list of words: a file of anything, and a word (behind the first newline begins the file). What is found has the
 * sound, and of a sorted list of words each one is found. */
#include "text/word_list_es.h"

#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "text/sound_es.h"

const unsigned fuzz_rounds = 150000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("a list and a word of it", "vaca\nbaca\nbaya\nesbelta\nvaca\nvaya\n"),
    FUZZ_SEED("a word that is spelled otherwise", "esvelta\nbaca\nbaya\nesbelta\nvaca\nvaya\nzarza\nñu\n"),
    FUZZ_SEED("letters that hang on those behind them", "quejío\nccha\nchh\nggue\nlllla\nmmb\nqque\nqueji\nrrr\nyy\n"),
    FUZZ_SEED("no newline at the end", "vaca\nbaca\nvaca"),
    FUZZ_SEED("unsorted", "ab\nz\nab\ny\nab\na\nb\nab\n"),
    FUZZ_SEED("NULs", "a\na\0b\n\0\0\na\n"),
    FUZZ_SEED("empty lines", "a\n\n\n\n\na\n\n"),
    FUZZ_SEED(
        "a long line",
        "aaaa\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    FUZZ_SEEDS_END,
};

/* Lines that end in a newline and rise, each of a few letters. */
static bool is_sound(const char *file, size_t size) {
    const char *last = "";
    size_t last_len = 0;
    for (const char *p = file, *end = file + size; p < end;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const size_t len = newline ? (size_t)(newline - p) : 0;
        if (!len || len > SR_WORD_LIST_MAX || memchr(p, '\0', len))
            return false;
        const int order = memcmp(last, p, last_len < len ? last_len : len);
        if (order > 0 || (order == 0 && last_len >= len))
            return false;
        last = p;
        last_len = len;
        p = newline + 1;
    }
    return size > 0;
}

static void check_word(const struct sr_word_list_es *list, const char *word, bool loose, bool is_there) {
    char found[SR_WORD_LIST_MAX + 1];
    struct sr_str sound = {0};
    sr_sound_es(word, loose, &sound);
    const char *sounds = sound.data ? sound.data : "";
    const int count = sr_word_list_es_sounding(list, sounds, loose, found);
    FUZZ_CHECK(count >= 0 && count <= 2);
    FUZZ_CHECK(!count || (strlen(found) <= SR_WORD_LIST_MAX && sr_sound_es_is(found, loose, sounds)));
    FUZZ_CHECK(!is_there || (count && sr_word_list_es_has(list, word) && (count > 1 || strcmp(found, word) == 0)));
    sr_str_deinit(&sound);
}

static void check_all(const struct sr_word_list_es *list, const char *file, const char *end) {
    char word[SR_WORD_LIST_MAX + 1];
    for (const char *p = file; p < end;) {
        const size_t len = (size_t)((const char *)memchr(p, '\n', (size_t)(end - p)) - p);
        memcpy(word, p, len);
        word[len] = '\0';
        check_word(list, word, false, true);
        check_word(list, word, true, true);
        p += len + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sr_word_list_es *list = NULL;
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    const size_t word_len = newline ? (size_t)(newline - data) : size, behind = newline ? word_len + 1 : size;
    const char *file = (const char *)data + behind;
    const int status = sr_word_list_es_open(fuzz_file(data + behind, size - behind), &list, NULL);
    FUZZ_CHECK(status == (size > behind ? SARAI_OK : SARAI_EINPUT));
    if (!list)
        return 0;
    char *word = fuzz_text(data, word_len), *folded = sr_utf8_folded(word, strlen(word));
    FUZZ_CHECK(folded);
    check_word(list, folded, false, false);
    check_word(list, folded, true, false);
    sr_word_list_es_has(list, folded);
    if (is_sound(file, size - behind))
        check_all(list, file, (const char *)data + size);
    sr_word_list_es_close(list);
    free(folded);
    free(word);
    return 0;
}
