/* SPDX-License-Identifier: Apache-2.0 */
/* The turn-taking machine: its settings, then frames (bit 0: speech, 1: the machine is heard, 2 and 3: the verdict, the
 * rest: how often). */
#include "turn/turn.h"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 1500000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("a turn with a pause", "\2\5\7\30\12\2\17\50\34\1\1\1\1\1\1\0\0\0\0\0\1\1\1\1\0\0\0\0\360\360"),
    FUZZ_SEED("a barge-in", "\2\5\7\30\12\2\17\50\34\3\3\3\3\3\3\3\3\3\3\363\363\363\0\0\0\0\0\360\360"),
    FUZZ_SEED("a backchannel", "\2\5\7\30\12\2\17\50\34\3\3\3\3\3\3\3\3\3\2\2\2\2\12\2\2\2\2"),
    FUZZ_SEED("a short request", "\2\5\7\30\12\2\17\50\34\3\3\3\3\3\2\2\2\2\16\2\2\360\360"),
    FUZZ_SEED("a cough", "\2\5\7\30\12\2\17\50\34\3\3\2\2\2\2\2\2\2\2\3\3\3\2\2\2\2\2\2\2\2"),
    FUZZ_SEED("a turn that is cut", "\1\1\1\1\1\1\1\5\0\361\361\361\361\361\361\361\361\361\361\361\361\361"),
    FUZZ_SEED("the answer ends in doubt", "\2\5\7\30\12\2\17\50\34\3\3\3\1\1\0\0\0\0\0\2\2"),
    FUZZ_SEEDS_END,
};

/* What the stages around the machine believe, and when it may change. */
struct belief {
    bool open, doubt, held, drafted;
    int open_ms, spoken_ms; /* spoken_ms: of speech that did not open a turn; until then without a pause */
};

static void check(struct belief *b, unsigned actions, const struct sr_turn_frame *in, const struct sr_turn_opts *opts) {
    b->spoken_ms = b->doubt || in->speech ? b->spoken_ms + 32 * in->speech : 0;
    FUZZ_CHECK(!(actions & SR_TURN_DUCK) || ((in->speech || in->maybe) && in->heard && !b->open && !b->doubt));
    FUZZ_CHECK(!(actions & (SR_TURN_HOLD | SR_TURN_RESTORE | SR_TURN_PROBE)) || (b->doubt && !b->open));
    FUZZ_CHECK(!(actions & SR_TURN_HOLD) || (in->speech && !b->held));
    FUZZ_CHECK(!(actions & SR_TURN_HOLD) || in->remark != SR_REMARK_BACKCHANNEL ||
               b->spoken_ms >= 2 * opts->confirm_ms);
    FUZZ_CHECK(!(actions & SR_TURN_RESTORE) || !in->speech);
    FUZZ_CHECK(!(actions & SR_TURN_OPEN) || (!b->open && actions == SR_TURN_OPEN));
    FUZZ_CHECK(!(actions & SR_TURN_OPEN) || in->speech || in->remark == SR_REMARK_REQUEST);
    FUZZ_CHECK(!(actions & SR_TURN_DRAFT) || (!in->speech && b->open && !b->drafted));
    FUZZ_CHECK(!(actions & SR_TURN_RESUME) || (in->speech && b->open && b->drafted));
    FUZZ_CHECK(!(actions & SR_TURN_PARTIAL) || (in->speech && b->open));
    FUZZ_CHECK(!(actions & SR_TURN_FINAL) || (b->open && actions == SR_TURN_FINAL));
    FUZZ_CHECK(!b->open || b->open_ms <= opts->max_turn_s * 1000);
    const bool undone = actions & (SR_TURN_RESTORE | SR_TURN_OPEN);
    b->doubt = (b->doubt || (actions & SR_TURN_DUCK)) && !undone;
    b->held = (b->held || (actions & SR_TURN_HOLD)) && !undone;
    b->drafted = actions & (SR_TURN_RESUME | SR_TURN_FINAL) ? false : b->drafted || (actions & SR_TURN_DRAFT);
    if ((actions & SR_TURN_OPEN) && !in->speech)
        b->drafted = true; /* by the probe */
    b->spoken_ms = undone || b->open ? 0 : b->spoken_ms;
    b->open = (b->open || (actions & SR_TURN_OPEN)) && !(actions & SR_TURN_FINAL);
    b->open_ms = b->open && !(actions & SR_TURN_OPEN) ? b->open_ms + 32 : 0;
}

static int ms(const uint8_t **data, size_t *size, int least, int most) {
    return least + (int)fuzz_byte(data, size) * 32 % (most - least);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sr_turn_machine machine;
    struct belief belief = {0};
    struct sr_turn_opts opts = {.onset_ms = ms(&data, &size, 32, 1000)};
    opts.probe_ms = ms(&data, &size, 32, 2000);
    opts.confirm_ms = ms(&data, &size, 32, 2000);
    opts.yield_ms = ms(&data, &size, 64, 5000);
    opts.doubt_ms = ms(&data, &size, 64, 5000);
    opts.draft_ms = ms(&data, &size, 32, 2000);
    opts.end_ms = ms(&data, &size, 64, 5000);
    opts.partial_ms = ms(&data, &size, 0, 5000);
    opts.max_turn_s = 1 + (int)fuzz_byte(&data, &size) % 29;
    sr_turn_init(&machine, &opts, 32);
    for (size_t i = 0; i < size; i++) {
        const struct sr_turn_frame input = {.speech = data[i] & 1,
                                            .maybe = data[i] & 17, /* bit 4 counts the frames, too */
                                            .heard = data[i] & 2,
                                            .remark = (enum sr_remark)(data[i] >> 2 & 3),
                                            .end_ms = opts.end_ms};
        for (int times = 1 + (data[i] >> 4); times > 0; times--)
            check(&belief, sr_turn_feed(&machine, &input), &input, &opts);
    }
    return 0;
}
