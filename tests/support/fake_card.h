/* SPDX-License-Identifier: Apache-2.0 */
/* A sound card that the test plays itself: this file, included once in a program, takes the place of audio/device.c. */
#ifndef SR_TESTS_FAKE_CARD_H
#define SR_TESTS_FAKE_CARD_H

#include "audio/device.h"
#include "support/test.h"

#define CARD_HZ 48000
#define BLOCK (CARD_HZ / 100)

struct sr_device {
    struct sr_device_request request;
};

static struct {
    int rate_hz; /* that it insists on; 0: takes any */
    bool absent, dead;
    int opened, closed, started;
    char asked_for[SR_DEVICE_NAME_MAX];
    struct sr_device *device;
} card;

int sr_device_open(const struct sr_device_request *request, struct sr_device **out, struct sarai_error *error) {
    snprintf(card.asked_for, sizeof card.asked_for, "%s", request->device);
    if (card.absent)
        return sr_error(error, SARAI_EDEVICE, "microphone", "there is none");
    struct sr_device *device = calloc(1, sizeof *device);
    if (!device)
        return sr_error(error, SARAI_ENOMEM, "sound devices", "out of memory");
    device->request = *request;
    card.opened++;
    card.dead = false;
    *out = card.device = device;
    return SARAI_OK;
}

int sr_device_start(struct sr_device *device, struct sarai_error *error) {
    (void)device, (void)error;
    card.started++;
    return SARAI_OK;
}

void sr_device_close(struct sr_device *device) {
    card.closed += device != NULL;
    free(device);
}

int sr_device_rate_hz(const struct sr_device *device) {
    return card.rate_hz ? card.rate_hz : device->request.rate_hz;
}

const char *sr_device_name(const struct sr_device *device) {
    (void)device;
    return "USB Audio: Mic (hw:3,0)";
}

bool sr_device_alive(const struct sr_device *device) {
    (void)device;
    return !card.dead;
}

static inline void bring(const float *in, size_t frames, bool broken) {
    card.device->request.callback(card.device->request.user, in, NULL, frames, 0, broken);
}

static inline void ask(float *out, size_t frames, int64_t latency_us) {
    card.device->request.callback(card.device->request.user, NULL, out, frames, latency_us, false);
}

#endif
