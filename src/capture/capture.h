/* SPDX-License-Identifier: Apache-2.0 */
/* Thread 1: sound from a file, a device or the network becomes frames of 32 ms at 16 kHz, mono. */
#ifndef SR_CAPTURE_CAPTURE_H
#define SR_CAPTURE_CAPTURE_H

#include "base/clock.h"
#include "base/opt.h"
#include "flow/message.h"

/** Section "capture". */
struct sr_capture_opts {
    char *backend; /* "file", "device", "network" or "null" */
    char *device;  /* device backend: "", a number, or part of a name */
    int buffer_ms; /* network backend: so much may wait to be heard */
    /* null backend: a device that misbehaves on purpose */
    char *script;   /* "SPEECH_MS,PAUSE_MS,..." repeated: when it pretends that somebody speaks */
    int jitter_ms;  /* frames come up to this much late */
    int drift_ppm;  /* its clock is so much faster than ours */
    int overrun;    /* every so many frames one is lost; 0 = none */
    int fail_after; /* frames until the device is lost; 0 = never */
    int return_ms;  /* a lost device comes back after so long; 0 = never */
};

extern const struct sr_opt sr_capture_opts_table[];

struct sr_capture;

struct sr_capture_backend {
    const char *name;
    /** The caller owns `*out`. [init] */
    int (*open)(const struct sr_capture_opts *opts, struct sr_clock *clock, struct sr_capture **out,
                struct sarai_error *error);
    /** Fills the next frame, waiting on the clock until its time has come (at most 100 ms: then returns 0 to be called
     *  again). 1: filled; SARAI_EDEVICE: lost, to be called again later. [stage:capture] */
    int (*read)(struct sr_capture *capture, struct sr_frame *frame);
    /** Plays a file into the microphone after those given before; the frame in which the last one ends has
     * SR_FRAME_END. A file that is not sound is refused. NULL where that makes no sense. [any] */
    int (*hear_file)(struct sr_capture *capture, const char *path, struct sarai_error *error);
    /** Sound from the application: `frames` of `channels` interleaved samples. SARAI_EUSAGE: a rate or channel count
     *  that makes no sense; SARAI_EFULL: some of it found no room and was lost. NULL where it makes no sense. [one] */
    int (*push)(struct sr_capture *capture, const float *samples, size_t frames, int rate_hz, int channels);
    /** Samples at 16 kHz that were pushed and lost; NULL without `push`. [any] */
    uint64_t (*dropped)(const struct sr_capture *capture);
    void (*close)(struct sr_capture *capture);
};

extern const struct sr_capture_backend sr_capture_file, sr_capture_device, sr_capture_network, sr_capture_null;

#endif
