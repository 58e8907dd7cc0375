/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What speech recognition found in a sound that the turn machine waits for, in one atomic word beside the epoch: the
 * number of the sound, what kind of words they are, and how much they sound like the end of what somebody had to say.
 *
 *   bits 63..32  serial    of the utterance; the vad stage numbers them from 1
 *   bits 31..24  remark    enum sr_remark
 *   bits 23..0   over      log-odds that the turn is over, as the text alone has it, in 1/1000, two's complement
 */
#ifndef SR_FLOW_VERDICT_H
#define SR_FLOW_VERDICT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum sr_remark {
    SR_REMARK_UNKNOWN,     /* not decoded yet, or not to be had */
    SR_REMARK_NONE,        /* no words in it */
    SR_REMARK_BACKCHANNEL, /* "ajá", "vale": go on */
    SR_REMARK_REQUEST,     /* somebody wants something */
};

struct sr_verdict {
    uint32_t serial;
    enum sr_remark remark;
    bool has_over;
    float over; /* log-odds; 0 without `has_over` */
};

#define SR_VERDICT_OVER_MAX 8000 /* log-odds of 8: surer than any head can be */
#define SR_VERDICT_NO_OVER 0x800000u

static inline uint64_t sr_verdict_pack(const struct sr_verdict *v) {
    const float wide = v->over * 1000;
    const int32_t over = wide > SR_VERDICT_OVER_MAX    ? SR_VERDICT_OVER_MAX
                         : wide < -SR_VERDICT_OVER_MAX ? -SR_VERDICT_OVER_MAX
                                                       : (int32_t)wide;
    const uint32_t low = v->has_over ? (uint32_t)over & 0xffffff : SR_VERDICT_NO_OVER;
    return (uint64_t)v->serial << 32 | (uint64_t)v->remark << 24 | low;
}

static inline struct sr_verdict sr_verdict_unpack(uint64_t word) {
    const uint32_t low = (uint32_t)word & 0xffffff;
    struct sr_verdict v = {.serial = (uint32_t)(word >> 32),
                           .remark = (enum sr_remark)(word >> 24 & 0xff),
                           .has_over = low != SR_VERDICT_NO_OVER};
    if (v.has_over)
        v.over = (float)((int32_t)(low << 8) >> 8) / 1000;
    return v;
}

#endif
