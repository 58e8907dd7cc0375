/* SPDX-License-Identifier: Apache-2.0 */
/* The turn-taking machine: five settings, then frames (bit 0: speech, bit 1: the machine answers). */
#include "turn/turn.h"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 1500000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("a turn with a pause",
              "\3\10\5\20\34\1\1\1\1\1\1\1\0\0\0\0\0\0\0\1\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    FUZZ_SEED("a barge-in", "\3\10\5\20\34\2\2\3\3\3\3\3\3\3\3\3\3\1\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    FUZZ_SEED("a cough", "\3\10\5\20\34\3\3\3\2\2\2\2\2\2\2\3\3\3\2\2\2\2\2\2"),
    FUZZ_SEED("a turn that is cut", "\1\1\1\2\0\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"),
    FUZZ_SEED("the answer ends in doubt", "\1\77\1\2\0\3\3\3\1\1\0\0\0\0\0\2\2"),
    FUZZ_SEEDS_END,
};

/* What the stages behind the machine believe, and when it may change. */
struct belief {
    bool open, ducked, drafted;
    int open_ms;
};

static void check(struct belief *b, unsigned actions, bool speech, bool answering, int max_ms) {
    FUZZ_CHECK(!(actions & SR_TURN_DUCK) || (speech && answering && !b->open && !b->ducked));
    FUZZ_CHECK(!(actions & SR_TURN_RESTORE) || (!speech && b->ducked && !b->open));
    FUZZ_CHECK(!(actions & SR_TURN_OPEN) || (speech && !b->open));
    FUZZ_CHECK(!(actions & SR_TURN_DRAFT) || (!speech && b->open && !b->drafted));
    FUZZ_CHECK(!(actions & SR_TURN_RESUME) || (speech && b->open && b->drafted));
    FUZZ_CHECK(!(actions & SR_TURN_FINAL) || b->open);
    FUZZ_CHECK(!(actions & SR_TURN_OPEN) || actions == SR_TURN_OPEN);
    FUZZ_CHECK(!b->open || b->open_ms <= max_ms);
    b->ducked = (b->ducked || (actions & SR_TURN_DUCK)) && !(actions & (SR_TURN_RESTORE | SR_TURN_OPEN));
    b->drafted = (b->drafted || (actions & SR_TURN_DRAFT)) && !(actions & (SR_TURN_RESUME | SR_TURN_FINAL));
    b->open = (b->open || (actions & SR_TURN_OPEN)) && !(actions & SR_TURN_FINAL);
    b->open_ms = b->open && !(actions & SR_TURN_OPEN) ? b->open_ms + 32 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sr_turn_machine machine;
    struct belief belief = {0};
    struct sr_turn_opts opts = {.onset_ms = 32 + (int)fuzz_byte(&data, &size) * 32 % 968,
                                .confirm_ms = 32 + (int)fuzz_byte(&data, &size) * 32 % 1968,
                                .draft_ms = 32 + (int)fuzz_byte(&data, &size) * 32 % 1968,
                                .end_ms = 64 + (int)fuzz_byte(&data, &size) * 32 % 4936,
                                .max_turn_s = 1 + (int)fuzz_byte(&data, &size) % 29};
    sr_turn_init(&machine, &opts, 32);
    for (size_t i = 0; i < size; i++) {
        const bool speech = data[i] & 1, answering = data[i] & 2;
        for (int times = 1 + (data[i] >> 2); times > 0; times--)
            check(&belief, sr_turn_feed(&machine, speech, answering), speech, answering, opts.max_turn_s * 1000);
    }
    return 0;
}
