/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Fuzz targets. Each fuzz_NAME.c defines LLVMFuzzerTestOneInput over real code, its seeds and its rounds. driver.c runs
 * the seeds and that many mutations of them, the same ones every time, as the test fuzz/NAME; with the preset "fuzz",
 * libFuzzer takes the place of its main and begins with the same seeds. A seed that once showed a bug says so by name.
 */
#ifndef SR_TESTS_FUZZ_H
#define SR_TESTS_FUZZ_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct fuzz_seed {
    const char *name; /* NULL ends the list */
    const char *bytes;
    size_t size;
};

/* Bytes: a string literal, its closing NUL aside. */
#define FUZZ_SEED(name, literal)                                                                                       \
    { (name), (literal), sizeof(literal) - 1 }
#define FUZZ_SEEDS_END                                                                                                 \
    { NULL }

extern const struct fuzz_seed fuzz_seeds[];
/** Mutations that the driver tries: one or two seconds' worth. */
extern const unsigned fuzz_rounds;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What must hold for every input; ends the process when it does not. */
#define FUZZ_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                             \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/** The input as a string that the caller frees. */
static inline char *fuzz_text(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    FUZZ_CHECK(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/** The path of a file in memory that holds the input until the next call. */
static inline const char *fuzz_file(const uint8_t *data, size_t size) {
    static char path[32];
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("fuzz", 0);
        FUZZ_CHECK(fd >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    FUZZ_CHECK(ftruncate(fd, 0) == 0 && (size == 0 || pwrite(fd, data, size, 0) == (ssize_t)size));
    return path;
}

/** Takes the next byte of the input; 0 when there is none. */
static inline unsigned fuzz_byte(const uint8_t **data, size_t *size) {
    if (*size == 0)
        return 0;
    --*size;
    return *(*data)++;
}

#endif
