/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events: what they say does not depend on how the bytes arrive. The input: how they are cut, the bytes. */
#include "brain/sse.h"
#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 40000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("events", "\1data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n"),
    FUZZ_SEED("ends of lines", "\2data: a\r\n\r\ndata: b\r\rdata\n: c\n\ndata:\n\n"),
    FUZZ_SEED("fields", "\3\xEF\xBB\xBF"
                        "event: x\nid: 1\ndata: a\ndata: b\nretry\n\n"),
    FUZZ_SEEDS_END,
};

static int take(void *user, const char *data) {
    sr_str_addf(user, "%s\1", data);
    return 0;
}

static void read_events(const uint8_t *data, size_t size, unsigned step, struct sr_str *out) {
    struct sr_sse sse = {0};
    uint32_t random = step;
    sr_str_adds(out, "");
    for (size_t at = 0, len; at < size; at += len) {
        random = random * 1664525u + 1013904223u;
        len = step ? 1 + (random >> 16) % step : size;
        len = len > size - at ? size - at : len;
        FUZZ_CHECK(sr_sse_feed(&sse, (const char *)data + at, len, take, out) == SARAI_OK);
    }
    sr_sse_deinit(&sse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sr_str whole = {0}, streamed = {0};
    const unsigned step = 1 + fuzz_byte(&data, &size) % 16;
    read_events(data, size, 0, &whole);
    read_events(data, size, step, &streamed);
    FUZZ_CHECK(whole.len == streamed.len && memcmp(whole.data, streamed.data, whole.len) == 0);
    sr_str_deinit(&whole), sr_str_deinit(&streamed);
    return 0;
}
