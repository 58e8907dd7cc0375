/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_NAME [ROUND]: runs every seed and `fuzz_rounds` mutations of them, or one round alone. Round r is always the
 * same input: its random numbers begin with r.
 *
 * Built with FUZZ_LIBFUZZER there is no main here: libFuzzer's own runs, and only its first corpus folder is filled.
 */
#include "fuzz/fuzz.h"

#include <signal.h>

static size_t count_seeds(void) {
    size_t count = 0;
    while (fuzz_seeds[count].name)
        count++;
    return count;
}

#ifdef FUZZ_LIBFUZZER

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    const char *folder = NULL;
    for (int i = 1; i < *argc && !folder; i++)
        folder = (*argv)[i][0] == '-' ? NULL : (*argv)[i];
    for (size_t i = 0; folder && i < count_seeds(); i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/seed-%zu", folder, i);
        FILE *file = fopen(path, "wb");
        if (!file)
            return 0; /* a single input to be run again, not a folder */
        fwrite(fuzz_seeds[i].bytes, 1, fuzz_seeds[i].size, file);
        fclose(file);
    }
    return 0;
}

#else

#define MOST_BYTES 4096

static uint64_t state; /* of the random numbers */
static char running[64];

static uint32_t below(size_t limit) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return limit ? (uint32_t)(state >> 33) % (uint32_t)limit : 0;
}

static const struct fuzz_seed *any_seed(size_t seeds) {
    return &fuzz_seeds[below(seeds)];
}

/* One change: a byte, a stretch doubled or cut out, or a piece of another seed put in. */
static size_t change(uint8_t *bytes, size_t size, size_t seeds) {
    static const uint8_t telling[] = "\0\xff\x7f\x80 \n\t|\".,?!;:-019aZ([{\xc3";
    const size_t at = below(size + 1), left = size - at;
    switch (below(6)) {
    case 0:
        if (left)
            bytes[at] ^= (uint8_t)(1u << below(8));
        return size;
    case 1:
        if (left)
            bytes[at] = (uint8_t)below(256);
        return size;
    case 2:
        if (left)
            bytes[at] = telling[below(sizeof telling - 1)];
        return size;
    case 3: {
        const size_t gone = below(left < 32 ? left + 1 : 32);
        memmove(bytes + at, bytes + at + gone, left - gone);
        return size - gone;
    }
    case 4: {
        const size_t more = below((left < 64 ? left : 64) + 1);
        if (size + more > MOST_BYTES)
            return size;
        memmove(bytes + at + more, bytes + at, left);
        return size + more;
    }
    default: {
        const struct fuzz_seed *seed = any_seed(seeds);
        const size_t from = below(seed->size), more = below(seed->size - from + 1);
        if (size + more > MOST_BYTES)
            return size;
        memmove(bytes + at + more, bytes + at, left);
        memcpy(bytes + at, seed->bytes + from, more);
        return size + more;
    }
    }
}

/* A copy of exactly its size, so that a sanitizer sees a read behind it. */
static void run(const uint8_t *bytes, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    FUZZ_CHECK(copy);
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_round(unsigned round, size_t seeds) {
    uint8_t bytes[MOST_BYTES];
    state = round * UINT64_C(0x9E3779B97F4A7C15);
    const struct fuzz_seed *seed = any_seed(seeds);
    size_t size = seed->size < MOST_BYTES ? seed->size : MOST_BYTES;
    memcpy(bytes, seed->bytes, size);
    for (uint32_t changes = 1 + below(8); changes > 0; changes--)
        size = change(bytes, size, seeds);
    snprintf(running, sizeof running, "failed in round %u of seed %.30s\n", round, seed->name);
    run(bytes, size);
}

static void say_where(int signal_number) {
    if (write(STDERR_FILENO, running, strlen(running)) < 0)
        _exit(1);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

int main(int argc, char **argv) {
    const size_t seeds = count_seeds();
    signal(SIGABRT, say_where);
    if (argc > 1) {
        run_round((unsigned)strtoul(argv[1], NULL, 10), seeds);
        return 0;
    }
    for (size_t i = 0; i < seeds; i++) {
        snprintf(running, sizeof running, "failed with seed %.40s\n", fuzz_seeds[i].name);
        run((const uint8_t *)fuzz_seeds[i].bytes, fuzz_seeds[i].size);
    }
    for (unsigned round = 0; round < fuzz_rounds; round++)
        run_round(round, seeds);
    printf("%zu seeds, %u mutations\n", seeds, fuzz_rounds);
    return 0;
}

#endif
