/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The playback stage with a device that does one step of the input at every block: hand a clip over, interrupt, end the
 * turn, duck, be lost. The first byte is how much may wait in it. What was heard is a beginning of what was said, and
 * nothing of an old turn sounds for longer than the block it fades out in.
 */
#include "playback/playback_stage.h"

#include "fuzz/fuzz.h"

#include <math.h>

#define RATE_HZ 8000

const unsigned fuzz_rounds = 80000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("an answer", "\0\1\1\12\0\0\0\0\0\0\0\0\0\0\0\3\0\0"),
    FUZZ_SEED("an answer that is cut", "\0\41\1\61\0\0\2\0\3\1\0\0\0\3\0"),
    FUZZ_SEED("ducked, then on", "\0\1\4\0\0\5\0\0\0\3\0"),
    FUZZ_SEED("held, then on", "\0\1\4\14\0\0\5\0\0\0\3\0"),
    FUZZ_SEED("held, then cut", "\0\1\14\0\0\2\0\3\0"),
    FUZZ_SEED("a lost device", "\0\1\6\0\6\6\6\0\3\0"),
    FUZZ_SEED("cut between two clips", "\40\1\0\0\0\2\3\1\0\3\0"),
    FUZZ_SEED("clips behind the cut", "\0\1\1\1\2\1\3\3\0\0\0"),
    FUZZ_SEEDS_END,
};

struct sr_playback {
    const uint8_t *steps;
    size_t left;
    struct sr_flow *flow;
    struct sr_str said; /* in this turn */
    sr_stamp stamp;     /* of this turn, which may be stale */
    int silent_in;      /* blocks until an interrupted turn must be silent; 0: nothing to check */
    size_t room, waiting;
};

static void hand_over(struct sr_playback *p, unsigned value, bool last) {
    static const char *const texts[] = {"uno", "dos tres", "Ñu ¡é!", "a b c d e f"};
    struct sr_clip clip = {.stamp = p->stamp, .last = last, .pause_ms = (int)value % 7 * 5};
    if (last) {
        clip.turn = sr_turn_new();
        FUZZ_CHECK(clip.turn);
        clip.turn->reply = sr_strdup(p->said.data ? p->said.data : "");
        sr_str_clear(&p->said);
        p->stamp = sr_epoch_stamp(&p->flow->epoch);
    } else {
        clip.count = 1 + value * 13;
        clip.samples = malloc(clip.count * sizeof *clip.samples);
        clip.text = sr_strdup(texts[value % 4]);
        FUZZ_CHECK(clip.samples && clip.text);
        for (size_t i = 0; i < clip.count; i++)
            clip.samples[i] = i % 2 ? 1 : -1;
        sr_str_addf(&p->said, "%s%s", p->said.len ? " " : "", clip.text);
    }
    sr_edge_push(&p->flow->edges[SR_EDGE_CLIPS], &clip);
}

static void check_records(struct sr_playback *p) {
    struct sarai_event event;
    while (sr_edge_pop(&p->flow->edges[SR_EDGE_PLAYBACK_EVENTS], &event)) {
        const struct sarai_turn *turn = event.turn;
        if (turn) {
            const size_t len = strlen(turn->heard_reply);
            FUZZ_CHECK(strncmp(turn->heard_reply, turn->reply, len) == 0);
            FUZZ_CHECK(turn->interrupted || strcmp(turn->heard_reply, turn->reply) == 0);
            FUZZ_CHECK(turn->first_audio_us <= turn->last_audio_us && turn->gap_count <= SARAI_GAPS_MAX);
            for (int i = 0; i < turn->gap_count; i++)
                FUZZ_CHECK(turn->gaps_ms[i] >= 0);
        }
        sarai_event_deinit(&event);
    }
}

static int write_block(struct sr_playback *p, const float *samples, size_t count) {
    const bool room = sr_ring_depth(&p->flow->edges[SR_EDGE_CLIPS].ring) < 3;
    const unsigned step = fuzz_byte(&p->steps, &p->left);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(fabsf(samples[i]) < 1.001f && (p->silent_in != 1 || samples[i] == 0));
    if (step % 8 != 6)
        p->waiting = p->waiting + count < p->room ? p->waiting + count : p->room;
    p->silent_in -= p->silent_in > 0 && step % 8 != 6; /* a block that was not taken comes again */
    check_records(p);
    sr_clock_sleep_until(p->flow->clock, sr_clock_now_us(p->flow->clock) + 10000);
    if (p->left == 0)
        sr_flow_stop(p->flow);
    if (step % 8 == 1 && room) {
        hand_over(p, step / 8, false);
        p->silent_in = sr_epoch_stale(&p->flow->epoch, p->stamp) ? p->silent_in : 0;
    } else if (step % 8 == 2) {
        sr_epoch_open(&p->flow->epoch);
        p->silent_in = 2;
    } else if (step % 8 == 3 && room) {
        hand_over(p, 0, true);
    } else if (step % 8 == 4 || step % 8 == 5) {
        sr_epoch_yield(&p->flow->epoch, step % 8 == 5 ? SR_YIELD_NOTHING : 1 + step / 8 % 2);
    }
    return step % 8 == 6 ? SARAI_EDEVICE : SARAI_OK;
}

static size_t delay(const struct sr_playback *p) {
    return p->waiting;
}

static size_t drop(struct sr_playback *p, size_t fade, size_t *faded) {
    const size_t waiting = p->waiting;
    *faded = p->waiting = waiting < fade ? waiting : fade;
    return waiting - *faded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct sr_playback_backend backend = {
        .name = "fuzz", .write = write_block, .delay = delay, .drop = drop};
    static struct sr_clock *clock;
    const struct sr_playback_opts opts = {.rate_hz = RATE_HZ, .duck_db = 12};
    struct sr_playback device = {.room = fuzz_byte(&data, &size) * 8};
    struct sr_playback_stage stage = {.opts = &opts, .backend = &backend, .playback = &device};
    if (!clock)
        FUZZ_CHECK(sr_clock_new(true, &clock) == SARAI_OK && sr_clock_join(clock) == SARAI_OK);
    FUZZ_CHECK(sr_flow_new(clock, NULL, &device.flow) == SARAI_OK);
    stage.flow = device.flow;
    device.steps = data;
    device.left = size;
    device.stamp = sr_epoch_stamp(&device.flow->epoch);
    sr_playback_run(&stage);
    check_records(&device);
    sr_playback_stage_deinit(&stage);
    sr_str_deinit(&device.said);
    sr_flow_free(device.flow);
    return 0;
}
