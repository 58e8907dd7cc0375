/* SPDX-License-Identifier: Apache-2.0 */
/* Thread 6: clips become the sound of a file, a device or the network. */
#ifndef SR_PLAYBACK_PLAYBACK_H
#define SR_PLAYBACK_PLAYBACK_H

#include "base/clock.h"
#include "base/opt.h"

/** Section "playback". */
struct sr_playback_opts {
    char *backend; /* "file", "device" or "null" */
    char *device;  /* device backend: "", a number, or part of a name */
    int rate_hz;
    float duck_db; /* how much softer while it is unclear whether the user interrupts */
    /* null backend: a device that misbehaves on purpose */
    int latency_ms; /* samples are heard so much after they were written */
    int fail_after; /* blocks until the device is lost; 0 = never */
    int return_ms;  /* a lost device comes back after so long; 0 = never */
};

extern const struct sr_opt sr_playback_opts_table[];

struct sr_playback;

struct sr_playback_backend {
    const char *name;
    /** `path` is for the file backend (NULL: the sound is dropped). The caller owns `*out`. [init] */
    int (*open)(const struct sr_playback_opts *opts, const char *path, struct sr_clock *clock, struct sr_playback **out,
                struct sarai_error *error);
    /** Takes the next block of sound, silence included, and returns when the device can take another: it is what paces
     *  the playback thread. 0, or SARAI_EDEVICE: lost, to be called again later. [stage:playback] */
    int (*write)(struct sr_playback *playback, const float *samples, size_t count);
    /** Samples written but not yet heard. [stage:playback] */
    size_t (*delay)(const struct sr_playback *playback);
    /** Completes the output. SARAI_EIO when it could not be written. */
    int (*close)(struct sr_playback *playback, struct sarai_error *error);
};

extern const struct sr_playback_backend sr_playback_file, sr_playback_device, sr_playback_null;

#endif
