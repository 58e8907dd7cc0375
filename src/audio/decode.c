/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File -> packets -> frames (libavcodec) -> mono float at the wanted rate (libswresample).
 *
 * One frame at a time is converted into `ready`, from which `read` serves. The converter is made for the format of the
 * frame at hand and made again, after its tail was taken out, when a file changes its format halfway.
 * A damaged packet is left out, as every player does; a file is called broken when no sound comes out of it at all, or
 * clearly less than its header announces.
 */
#include "audio/decode.h"
#include "audio/resample.h"

#include "base/str.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CHANNELS_MAX 64        /* what libswresample mixes */
#define RATE_MIN 1000          /* a forged header must not eat the memory: below, a byte would be seconds of sound; */
#define RATE_MAX 768000        /* above, the filter grows with the rate */
#define LIVE_BYTES 0x7f000000u /* a RIFF size from there on was written by a recorder that did not know it yet */
#define SAMPLES_MAX (SIZE_MAX / 4 / sizeof(float))

struct sr_decoder {
    char *path;
    int rate_hz;
    AVFormatContext *format;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    int stream;
    double stretch;          /* the length that a RIFF header announces, relative to that of the file */
    bool input_ended, ended; /* of the packets; of the sound */
    /* converter and the frame format it was made for */
    struct SwrContext *swr;
    AVChannelLayout layout;
    int in_hz, in_format;
    /* converted samples; ready[next..count) are still to be read */
    float *ready;
    size_t next, count, cap;
    uint64_t total; /* samples converted so far */
    int status;     /* of the end: SARAI_OK, or why it came too early */
    struct sarai_error reason;
};

/* ---------------------------------------------------------------------------------------------------- opening -- */

/* The length that a RIFF header announces, relative to that of the file: libav believes the size of the file more than
 * the header, and so never misses the rest of a WAV file. */
static double riff_stretch(FILE *file, int64_t file_bytes) {
    uint8_t head[8];
    if (fread(head, sizeof head, 1, file) != 1 || memcmp(head, "RIFF", 4) != 0)
        return 1;
    uint32_t size = head[4] | (uint32_t)head[5] << 8 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 24;
    return size < LIVE_BYTES && size > file_bytes ? (double)size / (double)file_bytes : 1;
}

/* What libav would only call "invalid data". */
static int check_file(const char *path, double *stretch, struct sarai_error *error) {
    struct stat st;
    if (stat(path, &st) != 0)
        return sr_error_errno(error, SARAI_EIO, path, "cannot be read");
    if (S_ISDIR(st.st_mode))
        return sr_error(error, SARAI_EINPUT, path, "is a folder, not an audio file");
    if (!S_ISREG(st.st_mode))
        return SARAI_OK;
    if (st.st_size == 0)
        return sr_error(error, SARAI_EINPUT, path, "is empty");
    FILE *file = fopen(path, "rb");
    if (!file)
        return sr_error_errno(error, SARAI_EIO, path, "cannot be read");
    *stretch = riff_stretch(file, st.st_size);
    const int rc = ferror(file) ? sr_error_errno(error, SARAI_EIO, path, "cannot be read") : SARAI_OK;
    fclose(file);
    return rc;
}

static int av_failure(int code, const char *path, const char *otherwise, struct sarai_error *error) {
    if (code == AVERROR(ENOMEM))
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    if (code == AVERROR(EACCES)) { /* EIO is also what it says of a file that ends too early */
        errno = AVUNERROR(code);
        return sr_error_errno(error, SARAI_EIO, path, "cannot be read");
    }
    return sr_error(error, SARAI_EINPUT, path, "%s", otherwise);
}

static int open_format(struct sr_decoder *decoder, struct sarai_error *error) {
    /* "file:" and the whitelist: a name or a playlist must never make libav reach for the network. */
    char *url = sr_asprintf("file:%s", decoder->path);
    AVDictionary *options = NULL;
    int av = url ? av_dict_set(&options, "protocol_whitelist", "file", 0) : AVERROR(ENOMEM);
    if (av >= 0)
        av = avformat_open_input(&decoder->format, url, NULL, &options);
    av_dict_free(&options);
    free(url);
    if (av < 0)
        return av_failure(av, decoder->path, "is not a sound file that can be read, or it is cut off", error);
    av = avformat_find_stream_info(decoder->format, NULL);
    if (av < 0)
        return av_failure(av, decoder->path, "is damaged or cut off", error);
    return SARAI_OK;
}

static int open_codec(struct sr_decoder *decoder, struct sarai_error *error) {
    const AVCodec *codec = NULL;
    decoder->stream = av_find_best_stream(decoder->format, AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
    if (decoder->stream == AVERROR_DECODER_NOT_FOUND)
        return sr_error(error, SARAI_EINPUT, decoder->path, "holds sound in a format that is not supported");
    if (decoder->stream < 0)
        return sr_error(error, SARAI_EINPUT, decoder->path, "holds no sound");
    const AVStream *stream = decoder->format->streams[decoder->stream];
    for (unsigned i = 0; i < decoder->format->nb_streams; i++)
        if ((int)i != decoder->stream)
            decoder->format->streams[i]->discard = AVDISCARD_ALL;
    decoder->codec = avcodec_alloc_context3(codec);
    if (!decoder->codec)
        return sr_error(error, SARAI_ENOMEM, decoder->path, "out of memory");
    int av = avcodec_parameters_to_context(decoder->codec, stream->codecpar);
    decoder->codec->thread_count = 1;
    if (av >= 0)
        av = avcodec_open2(decoder->codec, codec, NULL);
    if (av < 0)
        return av_failure(av, decoder->path, "is damaged: its sound cannot be decoded", error);
    return SARAI_OK;
}

int sr_decoder_open(const char *path, int rate_hz, struct sr_decoder **out, struct sarai_error *error) {
    av_log_set_level(AV_LOG_QUIET);
    double stretch = 1;
    int rc = check_file(path, &stretch, error);
    if (rc < 0)
        return rc;
    struct sr_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    decoder->rate_hz = rate_hz;
    decoder->stretch = stretch;
    decoder->path = sr_strdup(path);
    decoder->packet = av_packet_alloc();
    decoder->frame = av_frame_alloc();
    if (!decoder->path || !decoder->packet || !decoder->frame) {
        rc = sr_error(error, SARAI_ENOMEM, path, "out of memory");
        goto out;
    }
    rc = open_format(decoder, error);
    if (rc < 0)
        goto out;
    rc = open_codec(decoder, error);
    if (rc < 0)
        goto out;
    *out = decoder;
    return SARAI_OK;
out:
    sr_decoder_close(decoder);
    return rc;
}

void sr_decoder_close(struct sr_decoder *decoder) {
    if (!decoder)
        return;
    swr_free(&decoder->swr);
    av_channel_layout_uninit(&decoder->layout);
    av_frame_free(&decoder->frame);
    av_packet_free(&decoder->packet);
    avcodec_free_context(&decoder->codec);
    avformat_close_input(&decoder->format);
    free(decoder->ready);
    free(decoder->path);
    free(decoder);
}

/* ------------------------------------------------------------------------------------------------- converting -- */

static int damaged(struct sr_decoder *decoder, const char *text) {
    return sr_error(&decoder->reason, SARAI_EINPUT, decoder->path, "%s", text);
}

static int no_memory(struct sr_decoder *decoder) {
    return sr_error(&decoder->reason, SARAI_ENOMEM, decoder->path, "out of memory");
}

/* Files of floats may hold what is no sample at all. */
static void limit(float *samples, size_t count) {
    for (size_t i = 0; i < count; i++)
        samples[i] = isnan(samples[i]) ? 0 : fmaxf(-1, fminf(samples[i], 1));
}

/* Adds what the converter makes of `frame` (NULL: its tail) to `ready`. */
static int convert(struct sr_decoder *decoder, const AVFrame *frame) {
    int room = swr_get_out_samples(decoder->swr, frame ? frame->nb_samples : 0);
    if (room < 0)
        return damaged(decoder, "is damaged: its sound cannot be decoded");
    size_t need = decoder->count + (size_t)room + 1;
    if (need > decoder->cap) {
        float *ready = realloc(decoder->ready, need * sizeof *ready);
        if (!ready)
            return no_memory(decoder);
        decoder->ready = ready;
        decoder->cap = need;
    }
    uint8_t *to = (uint8_t *)(decoder->ready + decoder->count);
    int got = swr_convert(decoder->swr, &to, room, frame ? (const uint8_t **)frame->extended_data : NULL,
                          frame ? frame->nb_samples : 0);
    if (got < 0)
        return damaged(decoder, "is damaged: its sound cannot be decoded");
    limit(decoder->ready + decoder->count, (size_t)got);
    decoder->count += (size_t)got;
    decoder->total += (uint64_t)got;
    return SARAI_OK;
}

static bool same_format(const struct sr_decoder *decoder, const AVFrame *frame) {
    return decoder->swr && decoder->in_hz == frame->sample_rate && decoder->in_format == frame->format &&
           av_channel_layout_compare(&decoder->layout, &frame->ch_layout) == 0;
}

/* A converter for the format of `frame`. Channels whose places are unknown are mixed evenly. */
static int make_converter(struct sr_decoder *decoder, const AVFrame *frame) {
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    int channels = frame->ch_layout.nb_channels;
    if (channels < 1 || channels > CHANNELS_MAX || frame->sample_rate < RATE_MIN || frame->sample_rate > RATE_MAX)
        return sr_error(&decoder->reason, SARAI_EINPUT, decoder->path,
                        "has %d channels at %d Hz; up to %d channels and %d to %d Hz are supported", channels,
                        frame->sample_rate, CHANNELS_MAX, RATE_MIN, RATE_MAX);
    swr_free(&decoder->swr);
    av_channel_layout_uninit(&decoder->layout);
    decoder->in_hz = frame->sample_rate;
    decoder->in_format = frame->format;
    if (av_channel_layout_copy(&decoder->layout, &frame->ch_layout) < 0 ||
        swr_alloc_set_opts2(&decoder->swr, &mono, AV_SAMPLE_FMT_FLT, decoder->rate_hz, &decoder->layout, frame->format,
                            frame->sample_rate, 0, NULL) < 0)
        return no_memory(decoder);
    double even[CHANNELS_MAX];
    for (int i = 0; i < channels; i++)
        even[i] = 1.0 / channels;
    if (decoder->layout.order != AV_CHANNEL_ORDER_NATIVE && swr_set_matrix(decoder->swr, even, channels) < 0)
        return no_memory(decoder);
    if (sr_resample_tune(decoder->swr) < 0 || swr_init(decoder->swr) < 0)
        return damaged(decoder, "has a channel layout that cannot be mixed to one channel");
    return SARAI_OK;
}

static int take_frame(struct sr_decoder *decoder) {
    int rc = SARAI_OK;
    if (!same_format(decoder, decoder->frame)) {
        if (decoder->swr)
            rc = convert(decoder, NULL);
        if (rc == SARAI_OK)
            rc = make_converter(decoder, decoder->frame);
    }
    if (rc == SARAI_OK)
        rc = convert(decoder, decoder->frame);
    av_frame_unref(decoder->frame);
    return rc;
}

/* --------------------------------------------------------------------------------------------------- decoding -- */

/* Gives the codec its next packet, or at the end of the file the order to hand out what it kept back. */
static int feed_codec(struct sr_decoder *decoder) {
    int av;
    while ((av = av_read_frame(decoder->format, decoder->packet)) >= 0) {
        bool ours = decoder->packet->stream_index == decoder->stream;
        if (ours)
            av = avcodec_send_packet(decoder->codec, decoder->packet);
        av_packet_unref(decoder->packet);
        if (av == AVERROR(ENOMEM))
            return no_memory(decoder);
        if (ours && av >= 0)
            return SARAI_OK;
    }
    if (av == AVERROR(ENOMEM))
        return no_memory(decoder);
    decoder->input_ended = true;
    avcodec_send_packet(decoder->codec, NULL);
    return SARAI_OK;
}

double sr_decoder_announced_s(const struct sr_decoder *decoder) {
    const AVStream *stream = decoder->format->streams[decoder->stream];
    bool guessed = decoder->format->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE &&
                   av_get_exact_bits_per_sample(stream->codecpar->codec_id) == 0;
    if (stream->duration == AV_NOPTS_VALUE || guessed)
        return 0;
    return (double)stream->duration * av_q2d(stream->time_base) * decoder->stretch;
}

static int finish(struct sr_decoder *decoder) {
    int rc = decoder->swr ? convert(decoder, NULL) : SARAI_OK;
    if (rc < 0)
        return rc;
    double seconds = (double)decoder->total / decoder->rate_hz, announced = sr_decoder_announced_s(decoder);
    if (decoder->total == 0) /* nor does a click shorter than the converter's filter give any */
        return damaged(decoder, announced > 0.01 ? "is cut off: none of its sound is there" : "holds no sound");
    if (announced - seconds > fmax(0.25, 0.02 * announced))
        return sr_error(&decoder->reason, SARAI_EINPUT, decoder->path, "is cut off: it ends after %.1f s of %.1f s",
                        seconds, announced);
    return SARAI_OK;
}

/* Makes `ready` hold something, or `ended` true. */
static void refill(struct sr_decoder *decoder) {
    int rc = SARAI_OK;
    decoder->next = decoder->count = 0;
    while (rc == SARAI_OK && decoder->count == 0) {
        int av = avcodec_receive_frame(decoder->codec, decoder->frame);
        if (av >= 0)
            rc = take_frame(decoder);
        else if (av == AVERROR(ENOMEM))
            rc = no_memory(decoder);
        else if (!decoder->input_ended)
            rc = feed_codec(decoder);
        else
            break;
    }
    if (rc < 0 || decoder->count == 0) {
        decoder->ended = true;
        decoder->status = rc < 0 ? rc : finish(decoder);
    }
}

int64_t sr_decoder_read(struct sr_decoder *decoder, float *samples, size_t max, struct sarai_error *error) {
    size_t got = 0;
    while (got < max) {
        if (decoder->next == decoder->count) {
            if (decoder->ended)
                break;
            refill(decoder);
            continue;
        }
        size_t n = decoder->count - decoder->next;
        if (n > max - got)
            n = max - got;
        memcpy(samples + got, decoder->ready + decoder->next, n * sizeof *samples);
        decoder->next += n;
        got += n;
    }
    if (got == 0 && max > 0 && decoder->status < 0) {
        if (error)
            *error = decoder->reason;
        return decoder->status;
    }
    return (int64_t)got;
}

int sr_decode_file(const char *path, int rate_hz, float **samples, size_t *count, struct sarai_error *error) {
    struct sr_decoder *decoder = NULL;
    float *all = NULL;
    size_t len = 0, cap = 0;
    int64_t got = sr_decoder_open(path, rate_hz, &decoder, error);
    if (got < 0)
        return (int)got;
    do {
        if (len == cap) {
            cap = cap ? cap * 2 : (size_t)rate_hz * 8;
            float *more = cap <= SAMPLES_MAX ? realloc(all, cap * sizeof *more) : NULL;
            if (!more) {
                got = sr_error(error, SARAI_ENOMEM, path, "is too long: out of memory");
                break;
            }
            all = more;
        }
        got = sr_decoder_read(decoder, all + len, cap - len, error);
        if (got > 0)
            len += (size_t)got;
    } while (got > 0);
    sr_decoder_close(decoder);
    if (got < 0) {
        free(all);
        return (int)got;
    }
    *samples = all;
    *count = len;
    return SARAI_OK;
}
