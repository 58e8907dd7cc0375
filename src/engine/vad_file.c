/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "engine/listen.h"

#define FRAME_S (SR_FRAME_US / 1e6)
#define MERGE_S 0.2 /* speech with a shorter silence between is one segment */
#define FRAMES_A_REPORT 1000
#define SHORT_S 0.1 /* a shorter segment is a click */

struct finder {
    struct sarai_segment *segments;
    size_t count, room;
    double now_s;
    bool open, failed;
    sarai_progress *progress;
    void *progress_user;
    int frames;
};

static int take_frame(void *user, const float *samples, bool speech, double part) {
    struct finder *f = user;
    (void)samples;
    if (f->progress && f->frames++ % FRAMES_A_REPORT == 0 && f->progress(f->progress_user, part < 1 ? part : 1))
        return 1;
    struct sarai_segment *last = f->count ? &f->segments[f->count - 1] : NULL;
    if (speech && !f->open && last && f->now_s - last->end_s < MERGE_S) {
        f->open = true;
    } else if (speech && !f->open) {
        if (last && last->end_s - last->start_s < SHORT_S)
            f->count--;
        if (f->count == f->room) {
            const size_t room = f->room ? f->room * 2 : 64;
            struct sarai_segment *segments = realloc(f->segments, room * sizeof *segments);
            if (!segments)
                return f->failed = true;
            f->segments = segments;
            f->room = room;
        }
        f->segments[f->count++] = (struct sarai_segment){.start_s = f->now_s};
        f->open = true;
    }
    f->now_s += FRAME_S;
    if (speech)
        f->segments[f->count - 1].end_s = f->now_s;
    else
        f->open = false;
    return 0;
}

int sarai_vad_file(struct sarai_engine *engine, const char *path,
                   void (*done)(void *user, const struct sarai_vad_result *result), void *user,
                   sarai_progress *progress, void *progress_user, struct sarai_error *error) {
    struct finder finder = {.progress = progress, .progress_user = progress_user};
    const struct sr_listen listen = {.frame = take_frame, .user = &finder};
    int64_t samples, vad_us;
    int status = sr_listen_file(engine, path, &listen, &samples, &vad_us, error);
    if (finder.failed)
        status = sr_error(error, SARAI_ENOMEM, path, "out of memory");
    if (status == SARAI_OK) {
        const double duration_s = (double)samples / SR_RATE_HZ, frames = duration_s / FRAME_S;
        struct sarai_segment *last = finder.count ? &finder.segments[finder.count - 1] : NULL;
        if (last && last->end_s - last->start_s < SHORT_S)
            finder.count--;
        else if (last && last->end_s > duration_s)
            last->end_s = duration_s;
        const struct sarai_vad_result result = {.duration_s = duration_s,
                                                .us_per_frame = (double)vad_us / (frames < 1 ? 1 : frames),
                                                .count = finder.count,
                                                .segments = finder.segments};
        done(user, &result);
    }
    free(finder.segments);
    return status;
}
