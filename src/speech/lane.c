/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/lane.h"

#include <stdio.h>
#include <string.h>

#include "speech/join.h"

#define NEXT_CLAUSE 24 /* bytes of a text that its first clause has, about */

void sr_lane_deinit(struct sr_lane *lane) {
    sr_split_free(lane->sentences);
    sr_split_free(lane->clauses);
    sr_str_deinit(&lane->head);
    sr_say_deinit(&lane->last);
    lane->sentences = lane->clauses = NULL;
}

void sr_lane_begin(struct sr_lane *lane, sr_stamp stamp, uint32_t turn_id) {
    sr_split_reset(lane->sentences);
    sr_split_reset(lane->clauses);
    lane->stamp = stamp;
    lane->turn_id = turn_id;
    lane->first_text_us = lane->first_clip_us = -1;
    lane->sentences_left = 0;
    lane->spoke = lane->ended = lane->streaming = lane->joined = lane->ready = false;
}

/* About so many sentences end in the text. */
static int sentence_ends(const char *text) {
    int count = 0;
    for (const char *p = text; (p = strpbrk(p, ".!?\n")); p++)
        count += p[1] == ' ' || p[1] == '\0' || p[1] == '\n';
    return count;
}

void sr_lane_feed(struct sr_lane *lane, const char *text, int style, bool complete) {
    const size_t len = text ? strlen(text) : 0;
    const bool whole = complete && !lane->streaming;
    struct sr_split *split = whole ? lane->sentences : lane->clauses;
    if (len)
        sr_split_feed(split, text, len);
    if (complete)
        sr_split_flush(split);
    lane->style = style;
    lane->streaming = !complete && (lane->streaming || len);
    lane->sentences_left += len ? sentence_ends(text) : 0;
}

static bool take(struct sr_lane *lane, const char *text, enum sr_split_end end) {
    lane->piece = (struct sr_piece){.text = text, .end = end};
    lane->piece.joins = (lane->joined ? SR_JOIN_BEFORE : 0) | (end == SR_SPLIT_JOINT ? SR_JOIN_BEHIND : 0);
    lane->ready = true;
    return true;
}

static void to_clauses(struct sr_lane *lane, const char *text) {
    sr_split_feed(lane->clauses, text, strlen(text));
    sr_split_flush(lane->clauses);
}

/* A head is heard at once and the rest joined to it, if it sounds for as long as the next clause will take to be made:
 * else there would be a gap in the middle of the sentence. */
static bool take_head(struct sr_lane *lane, const struct sr_bank *bank, const char *text) {
    struct sr_bank_clip clip;
    char next[NEXT_CLAUSE];
    const size_t len = lane->style || !lane->pace || !lane->pace->clauses ? 0 : sr_bank_find_head(bank, text, &clip);
    if (!len)
        return false;
    snprintf(next, sizeof next, "%s", text + len);
    sr_str_clear(&lane->head);
    sr_str_add(&lane->head, text, len);
    if (lane->head.failed ||
        sr_pace_predict_us(lane->pace, sr_pace_units(next)) > (int64_t)clip.count * 1000000 / clip.rate_hz)
        return false;
    to_clauses(lane, text + len);
    take(lane, lane->head.data, SR_SPLIT_JOINT);
    lane->piece.banked = true;
    lane->piece.clip = clip;
    return true;
}

bool sr_lane_ready(struct sr_lane *lane, int64_t ahead_us) {
    const struct sr_bank *bank = lane->shelf ? sr_bank_shelf_get(lane->shelf) : NULL;
    const char *text;
    enum sr_split_end end;
    struct sr_bank_clip clip;
    if (!lane->ready && lane->pace)
        sr_split_allow(lane->clauses, sr_pace_chars(lane->pace, ahead_us));
    while (!lane->ready) {
        if (sr_split_next(lane->clauses, &text, &end) > 0)
            return take(lane, text, end);
        if (sr_split_next(lane->sentences, &text, &end) <= 0)
            return false;
        if (sr_bank_find(bank, text, lane->style, &clip)) {
            take(lane, text, end);
            lane->piece.banked = true;
            lane->piece.clip = clip;
        } else if (!take_head(lane, bank, text)) {
            to_clauses(lane, text);
        }
    }
    return true;
}

void sr_lane_drop(struct sr_lane *lane) {
    lane->joined = lane->piece.end == SR_SPLIT_JOINT;
    lane->sentences_left -= lane->piece.end == SR_SPLIT_SENTENCE && lane->sentences_left;
    lane->ready = false;
}
