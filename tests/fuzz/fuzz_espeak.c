/* SPDX-License-Identifier: Apache-2.0 */
/* What the phoneme helper may send back, without the helper: the bytes wait in a socket. And which text goes to it. */
#include "speech/phonemes.c"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 40000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("phonemes", "OK 8\nˈola."),
    FUZZ_SEED("samples", "OK 6 22050\n\0\1\377\177\0\200"),
    FUZZ_SEED("a reason", "ERR 8\nbad text"),
    FUZZ_SEED("a reply that is cut off", "OK 100\nabc"),
    FUZZ_SEED("a negative length", "OK -1\nabc"),
    FUZZ_SEED("lengths beyond all types", "OK 99999999999999999999 99999999999\nabc"),
    FUZZ_SEED("a line without an end", "OK 1                                                                     \nx"),
    FUZZ_SEED("noise before the reply", "warning: x\nOK 1\nx"),
    FUZZ_SEED("text", "Hola 😀 5 € — «sí»\t\x1b[0m \xE2\x80\x8B\xC2\xAD"),
    FUZZ_SEEDS_END,
};

static void check_reply(const uint8_t *data, size_t size) {
    int ends[2];
    struct reply reply = {0};
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    FUZZ_CHECK(size == 0 || write(ends[1], data, size) == (ssize_t)size);
    close(ends[1]);
    const struct sr_espeak espeak = {.fd = ends[0]};
    if (receive(&espeak, &reply, now_ms() + 10000) == SARAI_OK) {
        FUZZ_CHECK(reply.body && reply.len <= size && reply.body[reply.len] == '\0');
    }
    close(ends[0]);
    free(reply.body);
}

static void check_text(const char *text) {
    struct sr_str readable = {0};
    const bool some = add_readable(&readable, text);
    FUZZ_CHECK(!some || readable.len);
    FUZZ_CHECK(!readable.len || sr_utf8_valid(readable.data, readable.len));
    for (size_t i = 0; i < readable.len; i++)
        FUZZ_CHECK((unsigned char)readable.data[i] >= ' ' && readable.data[i] != 0x7F);
    sr_str_deinit(&readable);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    check_reply(data, size < 65536 ? size : 65536);
    check_text(text);
    free(text);
    return 0;
}
