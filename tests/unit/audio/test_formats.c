/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of file that people have: made here with the encoders of libav, read back as the tone that went in. */
#include "audio/decode.h"
#include "base/str.h"
#include "support/test.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <math.h>

#define TWO_PI 6.283185307179586
#define TONE_HZ 440
#define SECONDS 2

struct kind {
    const char *name, *encoder;
    int rate_hz, channels;
    double snr_db; /* at least, after the codec */
};

/* One sample of the tone in the encoder's own format. */
static void put(const AVFrame *frame, int channels, int at, double value) {
    const enum AVSampleFormat format = (enum AVSampleFormat)frame->format;
    const int bytes = av_get_bytes_per_sample(format);
    for (int c = 0; c < channels; c++) {
        uint8_t *to = av_sample_fmt_is_planar(format) ? frame->data[c] + at * bytes
                                                      : frame->data[0] + (at * channels + c) * bytes;
        if (format == AV_SAMPLE_FMT_FLT || format == AV_SAMPLE_FMT_FLTP)
            *(float *)to = (float)value;
        else if (format == AV_SAMPLE_FMT_S16 || format == AV_SAMPLE_FMT_S16P)
            *(int16_t *)to = (int16_t)lrint(value * 32767);
        else
            *(int32_t *)to = (int32_t)lrint(value * 2147483000);
    }
}

static void drain(AVCodecContext *codec, AVFormatContext *file) {
    AVPacket *packet = av_packet_alloc();
    while (avcodec_receive_packet(codec, packet) >= 0) {
        av_packet_rescale_ts(packet, codec->time_base, file->streams[0]->time_base);
        packet->stream_index = 0;
        assert_true(av_interleaved_write_frame(file, packet) >= 0);
    }
    av_packet_free(&packet);
}

static char *make_file(const char *folder, const struct kind *kind) {
    char *path = sr_asprintf("%s/%s", folder, kind->name);
    const AVCodec *encoder = avcodec_find_encoder_by_name(kind->encoder);
    if (!encoder)
        fail_msg("libav has no encoder %s", kind->encoder);
    AVFormatContext *file = NULL;
    assert_true(avformat_alloc_output_context2(&file, NULL, NULL, path) >= 0);
    AVStream *stream = avformat_new_stream(file, NULL);
    AVCodecContext *codec = avcodec_alloc_context3(encoder);
    codec->sample_rate = kind->rate_hz;
    codec->sample_fmt = encoder->sample_fmts[0];
    codec->bit_rate = 96000;
    codec->time_base = (AVRational){1, kind->rate_hz};
    av_channel_layout_default(&codec->ch_layout, kind->channels);
    if (file->oformat->flags & AVFMT_GLOBALHEADER)
        codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    assert_true(avcodec_open2(codec, encoder, NULL) >= 0);
    assert_true(avcodec_parameters_from_context(stream->codecpar, codec) >= 0);
    assert_true(avio_open(&file->pb, path, AVIO_FLAG_WRITE) >= 0);
    assert_true(avformat_write_header(file, NULL) >= 0);
    AVFrame *frame = av_frame_alloc();
    frame->format = codec->sample_fmt;
    frame->nb_samples = codec->frame_size ? codec->frame_size : 1024;
    av_channel_layout_copy(&frame->ch_layout, &codec->ch_layout);
    assert_true(av_frame_get_buffer(frame, 0) >= 0);
    for (int at = 0; at < kind->rate_hz * SECONDS;) {
        assert_true(av_frame_make_writable(frame) >= 0);
        frame->pts = at;
        for (int i = 0; i < frame->nb_samples; i++, at++)
            put(frame, kind->channels, i, 0.5 * sin(TWO_PI * TONE_HZ * at / kind->rate_hz));
        assert_true(avcodec_send_frame(codec, frame) >= 0);
        drain(codec, file);
    }
    assert_true(avcodec_send_frame(codec, NULL) >= 0);
    drain(codec, file);
    assert_true(av_write_trailer(file) >= 0);
    av_frame_free(&frame);
    avcodec_free_context(&codec);
    avio_closep(&file->pb);
    avformat_free_context(file);
    return path;
}

/* The tone over everything else in the middle of the sound, whatever its phase. */
static double snr_db(const float *samples, size_t from, size_t to) {
    double a = 0, b = 0, all = 0;
    for (size_t i = from; i < to; i++) {
        a += samples[i] * sin(TWO_PI * TONE_HZ * (double)i / 16000);
        b += samples[i] * cos(TWO_PI * TONE_HZ * (double)i / 16000);
        all += (double)samples[i] * (double)samples[i];
    }
    const double n = (double)(to - from), tone = 2 * (a * a + b * b) / n;
    return 10 * log10(tone / (all - tone));
}

static void every_kind_of_file_is_read_as_the_sound_that_it_holds(void **state) {
    static const struct kind kinds[] = {
        {"a.wav", "pcm_s16le", 44100, 2, 80},  {"a.flac", "flac", 48000, 2, 80},
        {"a.mp3", "libmp3lame", 44100, 2, 30}, {"a.m4a", "aac", 44100, 2, 30},
        {"a.aac", "aac", 24000, 1, 30},        {"a.ogg", "libvorbis", 44100, 2, 30},
        {"a.opus", "libopus", 48000, 2, 20},   {"phone.wav", "pcm_mulaw", 8000, 1, 30},
        {"film.mkv", "aac", 48000, 2, 30},     {"old.wma", "wmav2", 44100, 2, 20},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        char *path = make_file(*state, &kinds[k]);
        struct sarai_error error = {0};
        float *samples = NULL;
        size_t count = 0;
        if (sr_decode_file(path, 16000, &samples, &count, &error) < 0)
            fail_msg("%s: %s", path, error.text);
        const double snr = snr_db(samples, 8000, 24000);
        print_message("%-9s %5d Hz, %d channels: %.3f s, %.0f dB\n", kinds[k].name, kinds[k].rate_hz, kinds[k].channels,
                      (double)count / 16000, snr);
        assert_true(fabs((double)count / 16000 - SECONDS) < 0.25);
        assert_true(snr > kinds[k].snr_db);
        free(samples);
        free(path);
    }
}

static void every_kind_of_file_that_is_cut_off_ends_without_harm(void **state) {
    static const struct kind kinds[] = {{"b.mp3", "libmp3lame", 44100, 2, 0},
                                        {"b.m4a", "aac", 44100, 2, 0},
                                        {"b.ogg", "libvorbis", 44100, 2, 0},
                                        {"b.opus", "libopus", 48000, 2, 0},
                                        {"b.flac", "flac", 48000, 2, 0}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        char *path = make_file(*state, &kinds[k]), *bytes = NULL;
        size_t len = 0;
        assert_int_equal(sr_read_file(path, 10000000, &bytes, &len, NULL), SARAI_OK);
        for (int part = 1; part < 8; part++) {
            struct sarai_error error = {0};
            float *samples = NULL;
            size_t count = 0;
            FILE *file = fopen(path, "wb");
            assert_non_null(file);
            assert_int_equal(fwrite(bytes, 1, len * (size_t)part / 8, file), len * (size_t)part / 8);
            fclose(file);
            if (sr_decode_file(path, 16000, &samples, &count, &error) < 0)
                assert_true(error.code == SARAI_EINPUT && error.text[0] && strstr(error.where, kinds[k].name));
            else
                assert_in_range(count, 1, 16000 * SECONDS);
            free(samples);
        }
        free(bytes);
        free(path);
    }
}

static int setup(void **state) {
    *state = test_folder();
    return 0;
}

static int teardown(void **state) {
    test_folder_remove(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    av_log_set_level(AV_LOG_QUIET);
    const struct CMUnitTest tests[] = {
        TEST(every_kind_of_file_is_read_as_the_sound_that_it_holds),
        TEST(every_kind_of_file_that_is_cut_off_ends_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
