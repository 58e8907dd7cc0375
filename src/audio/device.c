/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One lock around everything that starts, ends or changes PortAudio, which is not safe for threads; the callbacks run
 * beside it without one. Cards with two channels or more are opened with two and mixed, since nobody knows on which one
 * the microphone is; what is played goes to both.
 */
#include "audio/device.h"

#include <alsa/asoundlib.h>
#include <errno.h>
#include <jack/jack.h>
#include <portaudio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHANNELS_MAX 2
#define MIX_FRAMES 256
#define LATENCY_MAX_US 1000000
/* A pulled card ends its stream, or just never asks again; a busy sound server may take two seconds to go on. */
#define SILENT_MAX_US 3000000

struct sr_device {
    /* immutable after open */
    sr_device_callback *callback;
    void *user;
    bool output;
    int channels, rate_hz, block_ms;
    bool held; /* counts as a user of PortAudio */
    char name[SR_DEVICE_NAME_MAX];
    /* under the lock */
    PaStream *stream; /* NULL: not open, or not to be had again */
    bool started;
    struct sr_device *next; /* that is open */
    /* atomic, written by the callback */
    _Atomic int64_t asked_us;
};

/* The one mutable state of the library that hangs from no handle, as PortAudio's own does. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int users;
static struct sr_device *opened;
static snd_lib_error_handler_t alsa_handler;

/* ---------------------------------------------------------------------------------------------------- PortAudio -- */

static void say_nothing(const char *file, int line, const char *function, int error, const char *format, ...) {
    (void)file, (void)line, (void)function, (void)error, (void)format;
}

static void say_no_line(const char *line) {
    (void)line;
}

/* Of PortAudio's archive, in no header of it; its shared library does not have it. */
void PaUtil_SetDebugPrintFunction(void (*print)(const char *line)) __attribute__((weak));

/* All three tell stderr of everything that they look for and do not find. */
static void silence_backends(void) {
    alsa_handler = snd_lib_error;
    snd_lib_error_set_handler(say_nothing);
    jack_set_error_function(say_no_line);
    jack_set_info_function(say_no_line);
    if (PaUtil_SetDebugPrintFunction)
        PaUtil_SetDebugPrintFunction(say_no_line);
}

/* The caller holds the lock, here and in all of this part. */
static int hold(struct sarai_error *error) {
    if (users == 0) {
        silence_backends();
        snd_config_update_free_global(); /* what was plugged in or configured since it was read counts, too */
        const PaError rc = Pa_Initialize();
        if (rc != paNoError) {
            snd_lib_error_set_handler(alsa_handler);
            return sr_error(error, SARAI_EDEVICE, "sound devices", "can't be reached: %s", Pa_GetErrorText(rc));
        }
    }
    users++;
    return SARAI_OK;
}

static void release(void) {
    if (--users > 0)
        return;
    Pa_Terminate();
    snd_lib_error_set_handler(alsa_handler);
}

static int channels_of(const PaDeviceInfo *info, bool output) {
    return output ? info->maxOutputChannels : info->maxInputChannels;
}

/* The whole name before a part of one; paNoDevice when nothing matches. */
static PaDeviceIndex find_name(const char *name, bool output) {
    PaDeviceIndex found = paNoDevice;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        if (!info || channels_of(info, output) < 1)
            continue;
        if (strcmp(info->name, name) == 0)
            return i;
        if (found == paNoDevice && strcasestr(info->name, name))
            found = i;
    }
    return found;
}

static PaDeviceIndex find(const char *wanted, bool output) {
    if (!wanted[0])
        return output ? Pa_GetDefaultOutputDevice() : Pa_GetDefaultInputDevice();
    char *end;
    errno = 0;
    const long number = strtol(wanted, &end, 10);
    if (*end || errno)
        return find_name(wanted, output);
    const PaDeviceInfo *info = number >= 0 && number < Pa_GetDeviceCount() ? Pa_GetDeviceInfo((int)number) : NULL;
    return info && channels_of(info, output) > 0 ? (PaDeviceIndex)number : paNoDevice;
}

int sr_device_each(const char *input, const char *output, void (*each)(void *user, const struct sarai_device *device),
                   void *user, struct sarai_error *error) {
    pthread_mutex_lock(&lock);
    int count = hold(error);
    if (count == SARAI_OK) {
        const PaDeviceIndex in = find(input, false), out = find(output, true);
        for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
            const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
            const PaHostApiInfo *api = info ? Pa_GetHostApiInfo(info->hostApi) : NULL;
            if (!info)
                continue;
            each(user, &(struct sarai_device){.number = i,
                                              .name = info->name,
                                              .system = api ? api->name : "",
                                              .inputs = info->maxInputChannels,
                                              .outputs = info->maxOutputChannels,
                                              .rate_hz = (int)info->defaultSampleRate,
                                              .is_input = i == in,
                                              .is_output = i == out});
            count++;
        }
        release();
    }
    pthread_mutex_unlock(&lock);
    return count;
}

/* ----------------------------------------------------------------------------------------------------- callback -- */

static int64_t now_us(void) SR_NONBLOCKING {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static int64_t to_latency(double seconds) SR_NONBLOCKING {
    return seconds > 0 && seconds < LATENCY_MAX_US / 1e6 ? (int64_t)(seconds * 1e6) : 0;
}

static int record(const void *in, void *out, unsigned long frames, const PaStreamCallbackTimeInfo *time,
                  PaStreamCallbackFlags flags, void *user) SR_NONBLOCKING {
    struct sr_device *device = user;
    const float *from = in;
    int64_t latency_us = to_latency(time->currentTime - time->inputBufferAdcTime);
    float mix[MIX_FRAMES];
    bool broken = flags & paInputOverflow;
    (void)out;
    atomic_store_explicit(&device->asked_us, now_us(), memory_order_relaxed);
    while (frames > 0 && from) {
        const size_t part = frames < MIX_FRAMES ? frames : MIX_FRAMES;
        for (size_t i = 0; device->channels == 2 && i < part; i++)
            mix[i] = (from[2 * i] + from[2 * i + 1]) / 2;
        device->callback(device->user, device->channels == 2 ? mix : from, NULL, part, latency_us, broken);
        from += part * (size_t)device->channels;
        frames -= part;
        latency_us -= (int64_t)part * 1000000 / device->rate_hz;
        broken = false;
    }
    return paContinue;
}

static int play(const void *in, void *out, unsigned long frames, const PaStreamCallbackTimeInfo *time,
                PaStreamCallbackFlags flags, void *user) SR_NONBLOCKING {
    struct sr_device *device = user;
    const bool broken = flags & paOutputUnderflow;
    float *to = out;
    (void)in;
    atomic_store_explicit(&device->asked_us, now_us(), memory_order_relaxed);
    /* Mono goes into the front of the buffer and is spread from its end. */
    device->callback(device->user, NULL, to, frames, to_latency(time->outputBufferDacTime - time->currentTime), broken);
    for (size_t i = frames; device->channels == 2 && i-- > 0;)
        to[2 * i] = to[2 * i + 1] = to[i];
    return paContinue;
}

/* --------------------------------------------------------------------------------------------------------- open -- */

static int no_device(const struct sr_device_request *request, struct sarai_error *error) {
    const char *kind = request->output ? "loudspeaker" : "microphone";
    if (!request->device[0])
        return sr_error(error, SARAI_EDEVICE, kind, "there is none on this machine; see: sarai devices");
    return sr_error(error, SARAI_EDEVICE, kind, "there is no '%s'; see: sarai devices", request->device);
}

static void close_stream(struct sr_device *device) {
    if (device->stream) {
        Pa_AbortStream(device->stream);
        Pa_CloseStream(device->stream);
    }
    device->stream = NULL;
}

static PaError open_stream(struct sr_device *device, PaDeviceIndex index, double rate_hz) {
    const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
    if (!info)
        return paInvalidDevice;
    const PaStreamParameters parameters = {.device = index,
                                           .channelCount = device->channels,
                                           .sampleFormat = paFloat32,
                                           .suggestedLatency = device->output ? info->defaultLowOutputLatency
                                                                              : info->defaultLowInputLatency};
    const unsigned long block = (unsigned long)(rate_hz * device->block_ms / 1000);
    const PaError rc =
        Pa_OpenStream(&device->stream, device->output ? NULL : &parameters, device->output ? &parameters : NULL,
                      rate_hz, block, paClipOff | paDitherOff, device->output ? play : record, device);
    if (rc != paNoError)
        device->stream = NULL;
    else
        device->rate_hz = (int)rate_hz;
    return rc;
}

static PaError start_stream(struct sr_device *device) {
    atomic_store(&device->asked_us, now_us());
    const PaError rc = device->stream ? Pa_StartStream(device->stream) : paBadStreamPtr;
    device->started = rc == paNoError;
    return rc;
}

/* The preferred rate, the card's own, then those that most cards have. */
static int open_at_any_rate(struct sr_device *device, const struct sr_device_request *request,
                            struct sarai_error *error) {
    const PaDeviceIndex index = find(request->device, request->output);
    const PaDeviceInfo *info = index == paNoDevice ? NULL : Pa_GetDeviceInfo(index);
    if (!info)
        return no_device(request, error);
    const int channels = channels_of(info, request->output);
    device->channels = channels < CHANNELS_MAX ? channels : CHANNELS_MAX;
    snprintf(device->name, sizeof device->name, "%s", info->name);
    const double rates_hz[] = {request->rate_hz, info->defaultSampleRate, 48000, 44100, 16000};
    PaError rc = paInvalidSampleRate;
    for (size_t i = 0; i < sizeof rates_hz / sizeof *rates_hz && !device->stream; i++)
        if (rates_hz[i] > 0)
            rc = open_stream(device, index, rates_hz[i]);
    return device->stream ? SARAI_OK
                          : sr_error(error, SARAI_EDEVICE, device->name, "does not open: %s", Pa_GetErrorText(rc));
}

/* Can ALSA open what PortAudio's list does not have? Its names are those of ALSA, or end in them: "(hw:1,0)". */
static bool came_since(const struct sr_device_request *request) {
    char pcm[SR_DEVICE_NAME_MAX];
    const char *card = strstr(request->device, "(hw:");
    snprintf(pcm, sizeof pcm, "%s", card ? card + 1 : request->device[0] ? request->device : "default");
    if (card)
        pcm[strcspn(pcm, ")")] = '\0';
    snd_pcm_t *probe = NULL;
    if (find(request->device, request->output) != paNoDevice)
        return false;
    snd_config_update_free_global(); /* it is read once and kept, as by PortAudio */
    if (snd_pcm_open(&probe, pcm, request->output ? SND_PCM_STREAM_PLAYBACK : SND_PCM_STREAM_CAPTURE,
                     SND_PCM_NONBLOCK) < 0)
        return false;
    snd_pcm_close(probe);
    return true;
}

/* Starts PortAudio anew; a device that does not open again as it was is lost to its owner. */
static void look_again(void) {
    for (struct sr_device *device = opened; device; device = device->next)
        close_stream(device);
    Pa_Terminate();
    if (Pa_Initialize() != paNoError)
        return;
    for (struct sr_device *device = opened; device; device = device->next)
        if (open_stream(device, find(device->name, device->output), device->rate_hz) == paNoError && device->started)
            start_stream(device);
}

int sr_device_open(const struct sr_device_request *request, struct sr_device **out, struct sarai_error *error) {
    struct sr_device *device = calloc(1, sizeof *device);
    if (!device)
        return sr_error(error, SARAI_ENOMEM, "sound devices", "out of memory");
    device->callback = request->callback;
    device->user = request->user;
    device->output = request->output;
    device->block_ms = request->block_ms;
    pthread_mutex_lock(&lock);
    int rc = hold(error);
    device->held = rc == SARAI_OK;
    if (rc == SARAI_OK && opened && came_since(request))
        look_again();
    if (rc == SARAI_OK)
        rc = open_at_any_rate(device, request, error);
    if (rc == SARAI_OK) {
        device->next = opened;
        opened = device;
    }
    pthread_mutex_unlock(&lock);
    if (rc == SARAI_OK)
        *out = device;
    else
        sr_device_close(device);
    return rc;
}

int sr_device_start(struct sr_device *device, struct sarai_error *error) {
    pthread_mutex_lock(&lock);
    const PaError rc = start_stream(device);
    pthread_mutex_unlock(&lock);
    if (rc != paNoError)
        return sr_error(error, SARAI_EDEVICE, device->name, "does not start: %s", Pa_GetErrorText(rc));
    return SARAI_OK;
}

void sr_device_close(struct sr_device *device) {
    if (!device)
        return;
    pthread_mutex_lock(&lock);
    struct sr_device **place = &opened;
    while (*place && *place != device)
        place = &(*place)->next;
    if (*place)
        *place = device->next;
    close_stream(device);
    if (device->held)
        release();
    pthread_mutex_unlock(&lock);
    free(device);
}

int sr_device_rate_hz(const struct sr_device *device) {
    return device->rate_hz;
}

const char *sr_device_name(const struct sr_device *device) {
    return device->name;
}

bool sr_device_alive(const struct sr_device *device) {
    pthread_mutex_lock(&lock);
    const bool active = device->stream && Pa_IsStreamActive(device->stream) == 1;
    pthread_mutex_unlock(&lock);
    return active && now_us() - atomic_load_explicit(&device->asked_us, memory_order_relaxed) < SILENT_MAX_US;
}
