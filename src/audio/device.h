/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sound devices, through PortAudio: list, choose, open, notice that one is lost.
 *
 * PortAudio is one per process and makes its list of devices when it starts. It is started by the first user and ended
 * by the last. When a device is asked for that is not in the list and the system has it now, PortAudio is started anew
 * and the other devices, opened again within, just pause for that moment. Whoever lost a device closes it before trying
 * again.
 */
#ifndef SR_AUDIO_DEVICE_H
#define SR_AUDIO_DEVICE_H

#include "base/realtime.h"
#include "base/status.h"

#define SR_DEVICE_NAME_MAX 128

/** Calls `each` for every device; `input` and `output` are what a user chose, as in struct sr_device_request. Returns
 *  how many devices there are. [any] */
int sr_device_each(const char *input, const char *output, void (*each)(void *user, const struct sarai_device *device),
                   void *user, struct sarai_error *error);

/** What the card asks for at each turn of its own clock: `frames` samples of mono, taken from `in` or put into `out`
 *  (the other is NULL). `latency_us`: how long ago the first one was captured, or how long until it is heard. `broken`:
 *  sound was lost before this. [rt] */
typedef void sr_device_callback(void *user, const float *in, float *out, size_t frames, int64_t latency_us,
                                bool broken) SR_NONBLOCKING;

struct sr_device_request {
    bool output;
    const char *device; /* "": the system's choice; a number, a name or a part of one */
    int rate_hz;        /* preferred, where the card can; 0: the card's own */
    int block_ms;       /* how often the callback should come */
    sr_device_callback *callback;
    void *user;
};

struct sr_device;

/** Opens the device; SARAI_EDEVICE: there is none, or it does not open. The caller owns `*out`. [any] */
int sr_device_open(const struct sr_device_request *request, struct sr_device **out, struct sarai_error *error);
/** From here on the callback comes. */
int sr_device_start(struct sr_device *device, struct sarai_error *error);
/** No callback comes after this. */
void sr_device_close(struct sr_device *device);

int sr_device_rate_hz(const struct sr_device *device);
/** Chooses the same device again, whatever its number is by then. */
const char *sr_device_name(const struct sr_device *device);
/** False when the card of a started device stopped asking. [any] */
bool sr_device_alive(const struct sr_device *device);

#endif
