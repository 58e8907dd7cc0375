/* SPDX-License-Identifier: Apache-2.0 */
/* The file of an audio bank: bytes changed ('b'), cut short ('c'), any file ('f'); and sentences with slots against
 * texts
 * ('p', a newline between the two). */
#include "speech/bank.h"

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
    FUZZ_SEED("a slot at the end", "pSon las {hora}.\nSon las tres y media."),
    FUZZ_SEED("slots side by side", "p{a}{b}, {c} y {d}.\nuno, dos y tres."),
    FUZZ_SEED("braces without a partner", "p{Son las } {\n{Son las } {"),
    FUZZ_SEED("a slot of nothing", "pSon las {}\nSon las "),
    FUZZ_SEED("the same part twice", "p{a} y {b} y\nuno y y y y"),
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

static int add_part(void *user, const char *part) {
    const float sound[64] = {0, 0.5f, -0.5f, 1, -1};
    FUZZ_CHECK(part[0] && !strpbrk(part, "{"));
    return sr_bank_writer_add(user, part, sound, 64, 24000);
}

static void write_bank(const char *pattern) {
    struct sr_bank_writer *writer = NULL;
    FUZZ_CHECK(sr_bank_writer_new(path, "v", &writer, NULL) == SARAI_OK);
    FUZZ_CHECK(add_part(writer, "Hola.") == SARAI_OK && add_part(writer, "Buenas noches a todos.") == SARAI_OK);
    FUZZ_CHECK(sr_bank_parts(pattern, add_part, writer) == SARAI_OK);
    FUZZ_CHECK(!*pattern || sr_bank_writer_pattern(writer, pattern) == SARAI_OK);
    FUZZ_CHECK(sr_bank_writer_commit(writer, NULL) == SARAI_OK);
}

static void open_once(void) {
    static char made[] = "/tmp/sarai-fuzz-XXXXXX";
    if (folder)
        return;
    folder = mkdtemp(made);
    FUZZ_CHECK(folder && (path = sr_asprintf("%s/v.bank", folder)));
    atexit(tidy);
    write_bank("Son las {hora}.");
    FUZZ_CHECK(sr_read_file(path, 1 << 20, &bytes, &size_of_bank, NULL) == SARAI_OK);
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
        struct sr_str parts = {0};
        int sum = 0;
        if (sr_bank_find(bank, texts[i], &clip))
            for (size_t k = 0; k < clip.count; k++)
                sum += clip.samples[k];
        FUZZ_CHECK(sum < 1 << 30);
        sr_bank_match(bank, texts[i], &parts);
        sr_str_deinit(&parts);
    }
    sr_bank_close(bank);
}

static void check_pattern(char *text) {
    char *said = strchr(text, '\n');
    struct sr_bank *bank = NULL;
    struct sr_str parts = {0};
    if (said)
        *said++ = '\0';
    write_bank(text);
    FUZZ_CHECK(sr_bank_open(path, "v", &bank, NULL) == SARAI_OK);
    const char *spoken = said ? said : "";
    if (sr_bank_match(bank, spoken, &parts)) {
        /* The parts are the text, in order, but for spaces. */
        for (size_t at = 0; at < parts.len; at += strlen(parts.data + at) + 1) {
            const char *part = parts.data + at + 1, *found = strstr(spoken, part);
            struct sr_bank_clip clip;
            FUZZ_CHECK(*part && found);
            FUZZ_CHECK(parts.data[at] != SR_BANK_FIXED || sr_bank_find(bank, part, &clip));
            spoken = found + strlen(part);
        }
        FUZZ_CHECK(strspn(spoken, " ") == strlen(spoken));
    }
    sr_str_deinit(&parts);
    sr_bank_close(bank);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    open_once();
    const unsigned which = fuzz_byte(&data, &size);
    if (which == 'p') {
        char *text = fuzz_text(data, size);
        check_pattern(text);
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
