/* SPDX-License-Identifier: Apache-2.0 */
/* The file of an audio bank: bytes changed ('b'), cut short ('c'), any file ('f'); and heads against texts ('p', a
 * newline between the two). */
#include "speech/bank.h"
#include "speech/bank_pack.h"

#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const unsigned fuzz_rounds = 4000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("bytes changed in place", "b\x08\x10\x20\x30\x40\x50"),
    FUZZ_SEED("many bytes changed", "b\x01\x01\x02\x02\x03\x03\x04\x04\x05\x05\x06\x06\x07\x07\x08\x08"),
    FUZZ_SEED("cut short", "c\x40\x01"),
    FUZZ_SEED("cut to nothing", "c\x00\x00"),
    FUZZ_SEED("a file of text",
              "fSARAIBNK and some more that is no index at all, but long enough for a header of it....."
              "..................................................................................."),
    FUZZ_SEED("a head and its text", "pSon las\nSon las tres y media."),
    FUZZ_SEED("a head and nothing behind it", "pSon las\nSon las"),
    FUZZ_SEED("spaces", "p \n   "),
    FUZZ_SEED("a text that is there as a sentence too", "pHola.\nHola. Hola."),
    FUZZ_SEEDS_END,
};

static char *folder, *path, *bytes;
static size_t size_of_bank;

static void tidy(void) {
    unlink(path);
    rmdir(folder);
    free(path);
    free(bytes);
}

static int add_part(struct sr_bank_writer *writer, const char *part, int kind) {
    const float sound[64] = {0, 0.5f, -0.5f, 1, -1};
    return sr_bank_writer_add(writer, part, kind, 11, sound, 64, 24000);
}

static void write_bank(const char *head) {
    struct sr_bank_writer *writer = NULL;
    FUZZ_CHECK(sr_bank_writer_new(path, "v", 7, &writer, NULL) == SARAI_OK);
    FUZZ_CHECK(add_part(writer, "Hola.", 0) == SARAI_OK && add_part(writer, "Buenas noches a todos.", 0) == SARAI_OK);
    FUZZ_CHECK(!*head || add_part(writer, head, SR_BANK_HEAD) == SARAI_OK);
    FUZZ_CHECK(sr_bank_writer_commit(writer, NULL) == SARAI_OK);
}

static void open_once(void) {
    static char made[] = "/tmp/sarai-fuzz-XXXXXX";
    if (folder)
        return;
    folder = mkdtemp(made);
    FUZZ_CHECK(folder && (path = sr_asprintf("%s/v.bank", folder)));
    atexit(tidy);
    write_bank("Son las");
    FUZZ_CHECK(sr_read_file(path, 1 << 20, &bytes, &size_of_bank, NULL) == SARAI_OK);
}

static void check_sound(const struct sr_bank_clip *clip) {
    float *samples = malloc(clip->count * sizeof *samples);
    FUZZ_CHECK(samples);
    sr_bank_unpack(clip->packed, clip->count, samples);
    for (size_t i = 0; i < clip->count; i++)
        FUZZ_CHECK(samples[i] > -1.01f && samples[i] < 1.01f);
    free(samples);
}

static bool is_odd(void *user, const char *text, int kind, uint64_t given) {
    (void)user, (void)kind;
    return (strlen(text) + given) % 2;
}

/* Whatever the file holds: it is refused, or all of it can be read. */
static void check_file(const char *data, size_t size) {
    static const char *const texts[] = {"Hola.", "Buenas noches a todos.", "Son las", "", "otra cosa"};
    struct sr_bank *bank = NULL;
    struct sarai_error error = {0};
    FILE *file = fopen(path, "wb");
    FUZZ_CHECK(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    const int status = sr_bank_open(path, "v", &bank, &error);
    FUZZ_CHECK(status == SARAI_OK || (status == SARAI_EINPUT && error.text[0]));
    for (int i = 0; bank && i < 5; i++) {
        struct sr_bank_clip clip;
        if (sr_bank_find(bank, texts[i], i % 2, &clip) || sr_bank_find_head(bank, texts[i], &clip))
            check_sound(&clip);
        if (i == 2)
            sr_bank_review(bank, is_odd, NULL);
    }
    sr_bank_close(bank);
}

static void check_head(char *text) {
    char *said = strchr(text, '\n');
    struct sr_bank *bank = NULL;
    struct sr_bank_clip clip;
    if (said)
        *said++ = '\0';
    write_bank(text);
    FUZZ_CHECK(sr_bank_open(path, "v", &bank, NULL) == SARAI_OK);
    const char *spoken = said ? said : "";
    const size_t len = strlen(text);
    const bool begins = len && strncmp(spoken, text, len) == 0 && spoken[len] == ' ';
    FUZZ_CHECK(sr_bank_find_head(bank, spoken, &clip) == (begins ? len : 0));
    sr_bank_close(bank);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    open_once();
    const unsigned which = fuzz_byte(&data, &size);
    if (which == 'p') {
        char *text = fuzz_text(data, size);
        check_head(text);
        free(text);
    } else if (which == 'f') {
        check_file((const char *)data, size);
    } else if (which == 'c') {
        const size_t left = (size_t)fuzz_byte(&data, &size) * 256 + fuzz_byte(&data, &size);
        check_file(bytes, left < size_of_bank ? left : size_of_bank);
    } else {
        char *changed = malloc(size_of_bank);
        FUZZ_CHECK(changed);
        memcpy(changed, bytes, size_of_bank);
        for (size_t i = 0; i + 1 < size; i += 2)
            changed[((size_t)data[i] * 257 + i * 31) % size_of_bank] ^= (char)data[i + 1];
        check_file(changed, size_of_bank);
        free(changed);
    }
    return 0;
}
