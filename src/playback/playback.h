/* SPDX-License-Identifier: Apache-2.0 */
/* Thread 6: clips become the sound of a file, a device or the network. */
#ifndef SR_PLAYBACK_PLAYBACK_H
#define SR_PLAYBACK_PLAYBACK_H

#include "base/clock.h"
#include "base/opt.h"

/** Section "playback". */
struct sr_playback_opts {
    char *backend; /* "file", "device", "network" or "null" */
    char *device;  /* device backend: "", a number, or part of a name */
    int rate_hz;
    float duck_db;  /* how much softer while it is unclear whether the user interrupts */
    int latency_ms; /* null and network backends: samples are heard so much after the card took them */
    /* null backend: a device that misbehaves on purpose */
    int buffer_ms;  /* so much waits in front of the card and can be taken back */
    int fail_after; /* blocks until the device is lost; 0 = never */
    int return_ms;  /* a lost device comes back after so long; 0 = never */
};

extern const struct sr_opt sr_playback_opts_table[];

/** A fade is no longer: 5 ms at the highest rate. */
#define SR_PLAYBACK_FADE_MAX 960

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
    /** A barge-in: of what was written and can still be taken back, the next `fade` samples fade out and the rest is
     *  forgotten. Returns how many were forgotten; `*faded` becomes how many fade, fewer than `fade` when fewer waited
     *  (the caller fades on from there). NULL where nothing ever waits. [stage:playback] */
    size_t (*drop)(struct sr_playback *playback, size_t fade, size_t *faded);
    /** What to raise to have a waiting `write` return at once; NULL where none waits long. [init] */
    struct sr_event *(*wake)(struct sr_playback *playback);
    /** Takes up to `count` of the samples written, waiting `timeout_ms` for the first; returns how many. NULL where
     *  they go elsewhere. [one] */
    int64_t (*pull)(struct sr_playback *playback, float *samples, size_t count, int timeout_ms);
    /** Samples that nobody pulled in time; NULL without `pull`. [any] */
    uint64_t (*dropped)(const struct sr_playback *playback);
    /** Completes the output. SARAI_EIO when it could not be written. */
    int (*close)(struct sr_playback *playback, struct sarai_error *error);
};

extern const struct sr_playback_backend sr_playback_file, sr_playback_device, sr_playback_network, sr_playback_null;

#endif
