/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/wav.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES 44
#define DATA_BYTES_MAX (UINT32_MAX - (HEADER_BYTES - 8)) /* the RIFF size counts all but its own 8 bytes */

struct sr_wav {
    FILE *file;
    char *path, *temporary;
    int rate_hz, channels;
    uint64_t data_bytes;
    int status, saved_errno; /* of the first write that failed */
};

static void put32(uint8_t *p, uint32_t value) {
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

static void fill_header(const struct sr_wav *wav, uint8_t header[HEADER_BYTES]) {
    uint32_t frame_bytes = (uint32_t)wav->channels * 2;
    memcpy(header, "RIFF----WAVEfmt ", 16);
    put32(header + 4, (uint32_t)wav->data_bytes + HEADER_BYTES - 8);
    put32(header + 16, 16);
    put32(header + 20, 1 | (uint32_t)wav->channels << 16); /* PCM, channels */
    put32(header + 24, (uint32_t)wav->rate_hz);
    put32(header + 28, (uint32_t)wav->rate_hz * frame_bytes);
    put32(header + 32, frame_bytes | 16u << 16); /* bytes a frame, bits a sample */
    memcpy(header + 36, "data", 4);
    put32(header + 40, (uint32_t)wav->data_bytes);
}

static int fail(struct sr_wav *wav) {
    if (wav->status == SARAI_OK) {
        wav->status = SARAI_EIO;
        wav->saved_errno = errno;
    }
    return wav->status;
}

/* mkstemp would do, were its files not private to their owner. */
static int open_temporary(struct sr_wav *wav, struct sarai_error *error) {
    for (int attempt = 0; attempt < 100; attempt++) {
        unsigned random = 0;
        if (getrandom(&random, sizeof random, 0) != sizeof random)
            break;
        free(wav->temporary);
        wav->temporary = sr_asprintf("%s.tmp-%06x", wav->path, random & 0xffffff);
        if (!wav->temporary)
            return sr_error(error, SARAI_ENOMEM, wav->path, "out of memory");
        int fd = open(wav->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd >= 0) {
            wav->file = fdopen(fd, "wb");
            if (wav->file)
                return SARAI_OK;
            close(fd);
            unlink(wav->temporary);
            break;
        }
        if (errno != EEXIST)
            break;
    }
    int rc = sr_error_errno(error, SARAI_EIO, wav->path, "cannot be written");
    free(wav->temporary); /* nothing of that name is ours */
    wav->temporary = NULL;
    return rc;
}

int sr_wav_create(const char *path, int rate_hz, int channels, struct sr_wav **out, struct sarai_error *error) {
    if (rate_hz <= 0 || channels <= 0 || channels > 64)
        return sr_error(error, SARAI_EUSAGE, path, "%d Hz with %d channels is no WAV format", rate_hz, channels);
    struct stat target;
    if (stat(path, &target) == 0 && !S_ISREG(target.st_mode)) /* the rename would replace a device node */
        return sr_error(error, SARAI_EIO, path, "is %s, not a file", S_ISDIR(target.st_mode) ? "a folder" : "a device");
    struct sr_wav *wav = calloc(1, sizeof *wav);
    if (!wav || !(wav->path = sr_strdup(path))) {
        free(wav);
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    }
    wav->rate_hz = rate_hz;
    wav->channels = channels;
    uint8_t header[HEADER_BYTES] = {0};
    int rc = open_temporary(wav, error);
    if (rc == SARAI_OK && fwrite(header, sizeof header, 1, wav->file) != 1)
        rc = sr_error_errno(error, fail(wav), path, "cannot be written");
    if (rc < 0) {
        sr_wav_abandon(wav);
        return rc;
    }
    *out = wav;
    return SARAI_OK;
}

static uint16_t pcm16(float sample) {
    if (isnan(sample))
        return 0;
    return (uint16_t)(int16_t)lrintf(fmaxf(-1, fminf(1, sample)) * 32767);
}

int sr_wav_write(struct sr_wav *wav, const float *samples, size_t frames) {
    size_t frame_bytes = (size_t)wav->channels * 2;
    if (wav->status < 0)
        return wav->status;
    if (frames > (DATA_BYTES_MAX - wav->data_bytes) / frame_bytes)
        return wav->status = SARAI_EFULL;
    size_t left = frames * (size_t)wav->channels;
    wav->data_bytes += left * 2;
    while (left > 0) {
        uint8_t bytes[4096];
        size_t n = left < sizeof bytes / 2 ? left : sizeof bytes / 2;
        for (size_t i = 0; i < n; i++) {
            uint16_t value = pcm16(samples[i]);
            bytes[2 * i] = (uint8_t)value;
            bytes[2 * i + 1] = (uint8_t)(value >> 8);
        }
        if (fwrite(bytes, 2, n, wav->file) != n)
            return fail(wav);
        samples += n;
        left -= n;
    }
    return SARAI_OK;
}

/* Header, flush, close, rename: the first that fails leaves its reason in `wav`. */
static int complete(struct sr_wav *wav) {
    uint8_t header[HEADER_BYTES];
    fill_header(wav, header);
    if (fseek(wav->file, 0, SEEK_SET) != 0 || fwrite(header, sizeof header, 1, wav->file) != 1)
        return fail(wav);
    FILE *file = wav->file;
    wav->file = NULL;
    if (fclose(file) != 0 || rename(wav->temporary, wav->path) != 0)
        return fail(wav);
    return SARAI_OK;
}

int sr_wav_commit(struct sr_wav *wav, struct sarai_error *error) {
    int rc = wav->status == SARAI_OK ? complete(wav) : wav->status;
    if (rc == SARAI_OK) {
        free(wav->temporary);
        wav->temporary = NULL;
    } else if (rc == SARAI_EFULL) {
        sr_error(error, rc, wav->path, "is longer than a WAV file can be (4 GB)");
    } else {
        errno = wav->saved_errno;
        sr_error_errno(error, rc, wav->path, "cannot be written");
    }
    sr_wav_abandon(wav);
    return rc;
}

void sr_wav_abandon(struct sr_wav *wav) {
    if (!wav)
        return;
    if (wav->file)
        fclose(wav->file);
    if (wav->temporary)
        unlink(wav->temporary);
    free(wav->temporary);
    free(wav->path);
    free(wav);
}
