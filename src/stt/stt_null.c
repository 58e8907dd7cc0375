/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hears what its script says, whatever the sound: one text a turn. Drafts see the text of the final decoding to come,
 * as good drafts do. It takes its time on the clock, obeys an abort, and fails when told to.
 */
#include "stt/stt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_US 10000

struct sr_stt_model {
    char unused;
};

struct sr_stt {
    const struct sr_stt_opts *opts;
    struct sr_clock *clock;
    const char *next; /* place in the script */
    bool told;        /* a draft was given it ... */
    uint32_t epoch;   /* ... for this turn */
    int since_failure;
};

static int load(const struct sr_stt_opts *opts, const struct sr_model_opts *models, struct sr_stt_model **out,
                struct sarai_error *error) {
    (void)opts, (void)models;
    struct sr_stt_model *model = calloc(1, sizeof *model);
    if (!model)
        return sr_error(error, SARAI_ENOMEM, "stt", "out of memory");
    *out = model;
    return SARAI_OK;
}

static void unload(struct sr_stt_model *model) {
    free(model);
}

static int open(struct sr_stt_model *model, const struct sr_stt_opts *opts, struct sr_clock *clock, struct sr_stt **out,
                struct sarai_error *error) {
    (void)model;
    struct sr_stt *stt = calloc(1, sizeof *stt);
    if (!stt)
        return sr_error(error, SARAI_ENOMEM, "stt", "out of memory");
    stt->opts = opts;
    stt->clock = clock;
    stt->next = opts->script;
    *out = stt;
    return SARAI_OK;
}

static void close(struct sr_stt *stt) {
    free(stt);
}

static int work(struct sr_stt *stt, const struct sr_abort *abort) {
    int64_t now = sr_clock_now_us(stt->clock), end = now + (int64_t)stt->opts->delay_ms * 1000;
    for (; !sr_aborted(abort); now += SLICE_US) {
        if (now >= end)
            return SARAI_OK;
        sr_clock_sleep_until(stt->clock, now + SLICE_US < end ? now + SLICE_US : end);
    }
    return SARAI_ESTALE;
}

static int fill(struct sr_stt_result *result, const char *text, size_t len, int64_t end_ms, const char *language) {
    memset(result, 0, sizeof *result);
    result->text = sr_strndup(text, len);
    if (!result->text)
        return SARAI_ENOMEM;
    snprintf(result->language, sizeof result->language, "%s", strcmp(language, "auto") ? language : "es");
    if (len == 0)
        return SARAI_OK;
    result->segments = calloc(1, sizeof *result->segments);
    if (!result->segments)
        goto out;
    result->segments[0].text = sr_strndup(text, len);
    if (!result->segments[0].text)
        goto out;
    result->segments[0].end_ms = end_ms;
    result->count = 1;
    return SARAI_OK;
out:
    sr_stt_result_deinit(result);
    return SARAI_ENOMEM;
}

static void advance(struct sr_stt *stt) {
    const size_t len = strcspn(stt->next, "|");
    stt->next = stt->next[len] ? stt->next + len + 1 : stt->opts->script;
    stt->told = false;
}

static int decode(struct sr_stt *stt, const float *samples, size_t count, enum sr_purpose purpose,
                  const struct sr_abort *abort, struct sr_stt_result *result) {
    (void)samples;
    int rc = work(stt, abort);
    if (rc < 0)
        return rc;
    if (stt->opts->fail_after > 0 && stt->since_failure == stt->opts->fail_after) {
        stt->since_failure = 0;
        return SARAI_EINTERNAL;
    }
    if (purpose == SR_PROBE && stt->opts->overheard[0])
        return fill(result, stt->opts->overheard, strlen(stt->opts->overheard), 0, stt->opts->language);
    const uint32_t epoch = abort ? sr_stamp_epoch(abort->stamp) : 0;
    if (stt->told && stt->epoch != epoch)
        advance(stt);
    size_t len = strcspn(stt->next, "|");
    rc = fill(result, stt->next, len, (int64_t)count * 1000 / SR_RATE_HZ, stt->opts->language);
    if (rc < 0)
        return rc;
    stt->since_failure++;
    if (purpose == SR_PROBE)
        return SARAI_OK;
    stt->told = true;
    stt->epoch = epoch;
    if (purpose == SR_FINAL)
        advance(stt);
    return SARAI_OK;
}

const struct sr_stt_backend sr_stt_null = {"null", load, unload, open, close, decode, NULL};
