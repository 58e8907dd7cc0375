/* SPDX-License-Identifier: Apache-2.0 */
/* Devices over a PortAudio that this program plays itself: what its callbacks make of the sound, and how a device that
 * was plugged in later is found. */
#include "audio/device.h"
#include "support/test.h"

#include <alsa/asoundlib.h>
#include <portaudio.h>

#define FRAMES 700 /* more than the mixer takes at a time */

static struct {
    int devices;    /* in the system */
    int listed;     /* when PortAudio was started */
    int starts;     /* of PortAudio */
    bool reachable; /* what ALSA says of the last one */
    struct stream {
        PaStreamCallback *callback;
        void *user;
        bool open, active, output;
        int channels;
    } streams[4];
} pa;

static const PaDeviceInfo infos[] = {
    {.name = "spk", .maxOutputChannels = 2, .defaultSampleRate = 48000},
    {.name = "mic: USB (hw:1,0)", .maxInputChannels = 2, .defaultSampleRate = 48000},
};

PaError Pa_Initialize(void) {
    pa.starts++;
    pa.listed = pa.devices;
    return paNoError;
}

PaError Pa_Terminate(void) {
    for (int i = 0; i < 4; i++)
        assert_false(pa.streams[i].open);
    return paNoError;
}

PaDeviceIndex Pa_GetDeviceCount(void) {
    return pa.listed;
}

PaDeviceIndex Pa_GetDefaultInputDevice(void) {
    return paNoDevice;
}

PaDeviceIndex Pa_GetDefaultOutputDevice(void) {
    return 0;
}

const PaDeviceInfo *Pa_GetDeviceInfo(PaDeviceIndex device) {
    return device >= 0 && device < pa.listed ? &infos[device] : NULL;
}

const PaHostApiInfo *Pa_GetHostApiInfo(PaHostApiIndex api) {
    (void)api;
    return NULL;
}

const char *Pa_GetErrorText(PaError error) {
    (void)error;
    return "a made-up error";
}

PaError Pa_OpenStream(PaStream **out, const PaStreamParameters *in, const PaStreamParameters *outputs, double rate_hz,
                      unsigned long frames, PaStreamFlags flags, PaStreamCallback *callback, void *user) {
    (void)rate_hz, (void)frames, (void)flags;
    struct stream *stream = pa.streams;
    while (stream->open)
        stream++;
    *stream = (struct stream){.callback = callback,
                              .user = user,
                              .open = true,
                              .output = outputs != NULL,
                              .channels = in ? in->channelCount : outputs->channelCount};
    *out = stream;
    return paNoError;
}

PaError Pa_StartStream(PaStream *stream) {
    ((struct stream *)stream)->active = true;
    return paNoError;
}

PaError Pa_AbortStream(PaStream *stream) {
    ((struct stream *)stream)->active = false;
    return paNoError;
}

PaError Pa_CloseStream(PaStream *stream) {
    ((struct stream *)stream)->open = false;
    return paNoError;
}

PaError Pa_IsStreamActive(PaStream *stream) {
    return ((struct stream *)stream)->active;
}

void PaUtil_SetDebugPrintFunction(void (*print)(const char *line)) {
    (void)print;
}

int snd_pcm_open(snd_pcm_t **pcm, const char *name, snd_pcm_stream_t stream, int mode) {
    (void)stream, (void)mode;
    *pcm = NULL;
    return pa.reachable && strcmp(name, "hw:1,0") == 0 ? 0 : -1;
}

int snd_pcm_close(snd_pcm_t *pcm) {
    (void)pcm;
    return 0;
}

struct heard {
    float samples[FRAMES];
    size_t count;
    int64_t latency_us;
    bool broken;
};

static void take(void *user, const float *in, float *out, size_t frames, int64_t latency_us,
                 bool broken) SR_NONBLOCKING {
    struct heard *heard = user;
    if (!heard->count) {
        heard->latency_us = latency_us;
        heard->broken = broken;
    }
    for (size_t i = 0; i < frames; i++) {
        if (in)
            heard->samples[heard->count + i] = in[i];
        else
            out[i] = heard->samples[heard->count + i];
    }
    heard->count += frames;
}

static struct sr_device *open_device(struct heard *heard, bool output) {
    const struct sr_device_request request = {.output = output,
                                              .device = output ? "spk" : "mic: USB (hw:1,0)",
                                              .block_ms = 10,
                                              .callback = take,
                                              .user = heard};
    struct sr_device *device = NULL;
    if (sr_device_open(&request, &device, NULL) == SARAI_OK)
        assert_int_equal(sr_device_start(device, NULL), SARAI_OK);
    return device;
}

static struct stream *of(bool output) {
    for (int i = 0; i < 4; i++)
        if (pa.streams[i].open && pa.streams[i].output == output)
            return &pa.streams[i];
    return NULL;
}

static int setup(void **state) {
    (void)state;
    memset(&pa, 0, sizeof pa);
    pa.devices = 2;
    return 0;
}

static void two_channels_are_heard_as_their_mean(void **state) {
    (void)state;
    static float in[2 * FRAMES];
    struct heard heard = {.count = 0};
    struct sr_device *device = open_device(&heard, false);
    const PaStreamCallbackTimeInfo time = {.inputBufferAdcTime = 1, .currentTime = 1.02};
    for (int i = 0; i < FRAMES; i++) {
        in[2 * i] = (float)i;
        in[2 * i + 1] = (float)(3 * i);
    }
    struct stream *stream = of(false);
    assert_int_equal(stream->callback(in, NULL, FRAMES, &time, paInputOverflow, stream->user), paContinue);
    assert_int_equal(heard.count, FRAMES);
    for (int i = 0; i < FRAMES; i++)
        assert_float_equal(heard.samples[i], 2 * i, 0);
    assert_in_range(heard.latency_us, 19999, 20001);
    assert_true(heard.broken);
    sr_device_close(device);
}

static void one_channel_is_played_on_both(void **state) {
    (void)state;
    static float out[2 * FRAMES];
    struct heard heard = {.count = 0};
    struct sr_device *device = open_device(&heard, true);
    const PaStreamCallbackTimeInfo time = {.currentTime = 1, .outputBufferDacTime = 1.03};
    for (int i = 0; i < FRAMES; i++)
        heard.samples[i] = (float)i;
    struct stream *stream = of(true);
    assert_int_equal(stream->callback(NULL, out, FRAMES, &time, 0, stream->user), paContinue);
    for (int i = 0; i < 2 * FRAMES; i++)
        assert_float_equal(out[i], (float)(i / 2), 0);
    assert_in_range(heard.latency_us, 29999, 30001);
    assert_false(heard.broken);
    sr_device_close(device);
}

static void a_device_plugged_in_later_is_found_while_another_plays_on(void **state) {
    (void)state;
    struct heard heard = {.count = 0};
    pa.devices = 1;
    struct sr_device *speaker = open_device(&heard, true);
    assert_non_null(speaker);
    assert_null(open_device(&heard, false));
    pa.devices = 2;
    assert_null(open_device(&heard, false)); /* ALSA cannot open it: the loudspeaker is left in peace */
    assert_int_equal(pa.starts, 1);
    pa.reachable = true;
    struct sr_device *microphone = open_device(&heard, false);
    assert_non_null(microphone);
    assert_int_equal(pa.starts, 2);
    assert_true(of(true)->active && of(false)->active);
    assert_true(sr_device_alive(speaker) && sr_device_alive(microphone));
    sr_device_close(speaker);
    sr_device_close(microphone);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(two_channels_are_heard_as_their_mean),
        TEST(one_channel_is_played_on_both),
        TEST(a_device_plugged_in_later_is_found_while_another_plays_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
