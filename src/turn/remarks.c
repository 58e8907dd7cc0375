/* SPDX-License-Identifier: Apache-2.0 */
#include "turn/remarks.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"

#define SHORT_MS 800     /* longer remarks are recognized well enough to be taken at their word */
#define GARBLED_MS 320   /* several words in so little are recognized no better than one */
#define BEGUN_MS 250     /* of a shorter one only the beginning was heard: "es" may become "eso", or "espera" */
#define LETTERS_PER_S 30 /* nobody says more; what is more was said before, by the machine, or by nobody */
#define AROUND_MS 128    /* of a remark that does not count as speech: its soft beginning and end */
#define WORDS_MAX 4      /* a backchannel has no more: "sí, sí, claro" */
#define SOUNDS_MAX 24
/* Part of its letters that a misheard word shares with what was said; to give up an answer takes more. */
#define LIKE_BACKCHANNEL 0.6f
#define LIKE_REQUEST 0.65f
#define LIKE_BEGUN 0.8f

struct phrase {
    enum sr_remark words;
    char sounds[SOUNDS_MAX]; /* as it sounds, see `spell` */
};

struct sr_remarks {
    struct phrase *phrases;
    size_t count;
};

/* ------------------------------------------------------------------------------------------------------ sounds -- */

/* One letter for the letters that sound alike in Spanish: b and v, ll and y, s, z and soft c, k, qu and hard c, j and
 * soft g; h is silent, and so are spaces and doubled letters. `text` is folded. */
static void spell(const char *text, size_t len, char out[SOUNDS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < len && count + 1 < SOUNDS_MAX; i++) {
        const char next = i + 1 < len ? text[i + 1] : ' ';
        const bool soft = next == 'e' || next == 'i';
        char sound = text[i];
        switch (text[i]) {
        case 'v':
            sound = 'b';
            break;
        case 'z':
            sound = 's';
            break;
        case 'c':
            sound = soft ? 's' : 'k';
            break;
        case 'q':
            sound = 'k';
            i += next == 'u';
            break;
        case 'g':
            sound = soft ? 'j' : 'g';
            break;
        case 'l':
            sound = next == 'l' ? 'y' : 'l';
            i += next == 'l';
            break;
        case 'h':
        case ' ':
            continue;
        }
        if (count == 0 || out[count - 1] != sound)
            out[count++] = sound;
    }
    out[count] = '\0';
}

/* 1 the same, 0 nothing in common. */
static float likeness(const char *a, const char *b) {
    const size_t m = strlen(a), n = strlen(b), longest = m > n ? m : n;
    return longest ? 1 - (float)sr_edit_distance(a, b) / (float)longest : 0;
}

/* ----------------------------------------------------------------------------------------------------- loading -- */

static int add_phrases(struct sr_remarks *remarks, enum sr_remark words, const char *cell) {
    const char *variant;
    size_t len;
    while ((len = sr_table_variant(&cell, &variant)) > 0) {
        struct sr_str folded = {0};
        struct phrase *phrases = realloc(remarks->phrases, (remarks->count + 1) * sizeof *phrases);
        if (!phrases)
            return SARAI_ENOMEM;
        remarks->phrases = phrases;
        sr_utf8_fold(variant, len, &folded);
        phrases[remarks->count].words = words;
        spell(folded.data ? folded.data : "", folded.len, phrases[remarks->count].sounds);
        remarks->count += phrases[remarks->count].sounds[0] != '\0';
        const bool failed = folded.failed;
        sr_str_deinit(&folded);
        if (failed)
            return SARAI_ENOMEM;
    }
    return SARAI_OK;
}

struct reading {
    struct sr_remarks *remarks;
    const char *path;
    struct sarai_error *error;
};

static int add_row(void *user, int line, char **cells) {
    struct reading *reading = user;
    const bool request = strcmp(cells[0], "request") == 0 || strcmp(cells[0], "opening") == 0;
    if (!request && strcmp(cells[0], "backchannel") != 0)
        return sr_error(reading->error, SARAI_EINPUT, reading->path,
                        "line %d: '%s' is none of 'backchannel', 'request' and 'opening'", line, cells[0]);
    return add_phrases(reading->remarks, request ? SR_REMARK_REQUEST : SR_REMARK_BACKCHANNEL, cells[1]);
}

int sr_remarks_load(const char *path, struct sr_remarks **out, struct sarai_error *error) {
    struct sr_remarks *remarks = calloc(1, sizeof *remarks);
    if (!remarks)
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    struct reading reading = {remarks, path, error};
    const int rc = sr_table_read(path, 2, add_row, &reading, error);
    if (rc < 0) {
        if (rc == SARAI_ENOMEM)
            sr_error(error, rc, path, "out of memory");
        sr_remarks_free(remarks);
        return rc;
    }
    *out = remarks;
    return SARAI_OK;
}

void sr_remarks_free(struct sr_remarks *remarks) {
    if (!remarks)
        return;
    free(remarks->phrases);
    free(remarks);
}

/* --------------------------------------------------------------------------------------------------- judgement -- */

static bool is_backchannel(const struct sr_remarks *remarks, const char *sounds) {
    for (size_t i = 0; i < remarks->count; i++)
        if (remarks->phrases[i].words == SR_REMARK_BACKCHANNEL && strcmp(remarks->phrases[i].sounds, sounds) == 0)
            return true;
    return false;
}

/* True when the whole, or each of its few words, is a backchannel. */
static bool consists_of_backchannels(const struct sr_remarks *remarks, const char *folded) {
    char sounds[SOUNDS_MAX];
    int words = 0;
    spell(folded, strlen(folded), sounds);
    if (is_backchannel(remarks, sounds))
        return true;
    for (const char *p = folded; *p; p += strspn(p, " "), words++) {
        const size_t len = strcspn(p, " ");
        spell(p, len, sounds);
        if (words == WORDS_MAX || !is_backchannel(remarks, sounds))
            return false;
        p += len;
    }
    return words > 0;
}

static enum sr_remark sounds_like(const struct sr_remarks *remarks, const char *folded, float request) {
    char sounds[SOUNDS_MAX];
    enum sr_remark words = SR_REMARK_NONE;
    float best = 0;
    spell(folded, strlen(folded), sounds);
    for (size_t i = 0; i < remarks->count; i++) {
        const float like = likeness(sounds, remarks->phrases[i].sounds);
        const float enough = remarks->phrases[i].words == SR_REMARK_REQUEST ? request : LIKE_BACKCHANNEL;
        if (like >= enough && like > best) {
            best = like;
            words = remarks->phrases[i].words;
        }
    }
    return words;
}

/* Can anybody say so much in that time? What can't be said is Whisper's invention, or our own voice before it. */
static bool fits(const char *folded, int speech_ms) {
    int letters = 0;
    for (const char *p = folded; *p; p++)
        letters += *p != ' ';
    return letters <= (speech_ms + AROUND_MS) * LETTERS_PER_S / 1000;
}

enum sr_remark sr_remarks_judge(const struct sr_remarks *remarks, const char *text, int speech_ms) {
    struct sr_str folded = {0};
    enum sr_remark words = SR_REMARK_REQUEST;
    sr_utf8_fold(text, strlen(text), &folded);
    if (folded.failed)
        words = SR_REMARK_UNKNOWN;
    else if (folded.len == 0 || !fits(folded.data, speech_ms))
        words = SR_REMARK_NONE;
    else if (consists_of_backchannels(remarks, folded.data))
        words = SR_REMARK_BACKCHANNEL;
    else if (speech_ms < (strchr(folded.data, ' ') ? GARBLED_MS : SHORT_MS)) {
        words = sounds_like(remarks, folded.data, speech_ms < BEGUN_MS ? LIKE_BEGUN : LIKE_REQUEST);
        if (words == SR_REMARK_BACKCHANNEL && speech_ms < BEGUN_MS)
            words = SR_REMARK_NONE;
    }
    sr_str_deinit(&folded);
    return words;
}
