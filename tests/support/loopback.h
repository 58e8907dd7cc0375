/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A microphone that hears a user and, through a room, what the session plays: capture and playback backends that share
 * the sound. While `loopback` is set, a session in virtual time configured with the backends "null" gets these two.
 */
#ifndef SR_TESTS_LOOPBACK_H
#define SR_TESTS_LOOPBACK_H

#include "support/room.h"

struct loopback {
    /* set by the test */
    struct room room; /* of `echo_db` only: how much louder the echo is than what was played; `ppm` has no effect */
    const struct room *later; /* the rooms after that, each for so many samples; NULL: it stays as it is */
    size_t later_count, room_samples;
    int told_ms;       /* the latency that playback tells; what it has is room.delay_ms more */
    const float *user; /* 16 kHz, from the session's start on; not owned */
    size_t user_count;
    /* what was played and what the microphone heard, 16 kHz, from the session's start on */
    float *played, *heard;
    size_t played_count, heard_count;
};

extern struct loopback *loopback;

/** Frees the sounds. */
void loopback_deinit(struct loopback *loop);

#endif
