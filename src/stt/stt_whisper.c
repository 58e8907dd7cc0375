/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whisper through whisper.cpp: one whisper_context (weights) for all sessions, one whisper_state for each.
 *
 * The encoder works on as much sound as there is, not on the 30 s it was trained with: that makes it several times
 * faster and is only right under these conditions, each of them measured:
 *   flash attention is off: whisper.cpp pads the context to a multiple of 256 and attends to what an earlier utterance
 *     left in the padding, which ends in words of that utterance and in loops;
 *   timestamps are on: without them a shortened context loops;
 *   the number of tokens is bounded by the duration, and a text that repeats itself is decoded once more with more
 * room; long speech that starts at once gets a short silence in front, or its first word suffers. Whisper writes
 * something for noise, too: mostly a stage direction, else a text it does not believe in. Both are dropped.
 * whisper.cpp's own probability of silence is of no use, it is 0 even for an empty room.
 */
#include "audio/level.h"
#include "base/str.h"
#include "model/paths.h"
#include "stt/hallucinations.h"
#include "stt/homophones.h"
#include "stt/stt.h"
#include "stt/stt_text.h"
#include "stt/whisper_bias.h"
#include "stt/whisper_search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whisper.h>

#define MODEL "whisper-base"
#define COUNT_MAX (30 * SR_RATE_HZ)
#define COUNT_MIN (SR_RATE_HZ / 10) /* whisper refuses less */
#define LEAD (SR_RATE_HZ * 3 / 10)
#define LONG (SR_RATE_HZ * 15 / 2) /* what is shorter doesn't need it */
#define ONSET (SR_RATE_HZ / 5)     /* what is looked at to tell that speech starts at once */
#define ONSET_DB 15.0f             /* it does, when the onset is less than that below the whole */
#define WINDOW (SR_RATE_HZ / 50)
#define SILENCE_DB -55.0f /* nobody speaks when no window is louder */
#define HOPELESS -2.5     /* mean log probability of the tokens of a text that no search makes a good one */
#define BELIEF -1.8       /* the same, of a text that somebody may have said */
#define FEW_TOKENS 6      /* of a text so short that ... */
#define FEW_BELIEF -1.3   /* ... it must be believed more */
#define SURE -0.5         /* a text that subtitles end with is believed from here on ... */
#define AUDIBLE_DB -45.0f /* ... and when it is not said under the breath */
#define DOUBT -0.2        /* the same, of a text that may not be the best one */
#define LEAST_ROOM 320    /* encoder positions */
#define MORE_ROOM 128     /* the same, added for the second try */
#define TOKENS_PER_S 7    /* of the fastest speech, timestamps included */
#define TOKENS_SPARE 10
#define ONE_SEGMENT_S 12
#define FASTEST 25 /* bytes of text in a second that somebody may have said twice */

struct sr_stt_model {
    struct whisper_context *context;
    struct sr_bias *bias;             /* NULL: none */
    struct sr_homophones *homophones; /* NULL: none */
    char *hallucinations;             /* NULL: no table */
};

struct sr_stt {
    struct whisper_context *context;
    struct sr_bias *bias;
    const struct sr_homophones *homophones;
    const char *hallucinations;
    const struct sr_stt_opts *opts;
    const char *language;
    struct whisper_state *state;
    struct sr_trace trace;
    float *padded;             /* LEAD samples of silence, then the utterance */
    size_t count;              /* of the samples of that utterance */
    int guess[SR_PATH_TOKENS]; /* its tokens, expected again when it goes on */
    int guess_count;
};

static void drop_log(enum ggml_log_level level, const char *text, void *user) {
    (void)level, (void)text, (void)user;
}

/* ---------------------------------------------------------------------------------------------------- opening -- */

static void unload(struct sr_stt_model *model) {
    if (!model)
        return;
    sr_bias_free(model->bias);
    sr_homophones_free(model->homophones);
    free(model->hallucinations);
    whisper_free(model->context);
    free(model);
}

static int load(const struct sr_stt_opts *opts, const struct sr_model_opts *models, struct sr_stt_model **out,
                struct sarai_error *error) {
    whisper_log_set(drop_log, NULL);
    const char *language = opts->language;
    if (strcmp(language, "auto") != 0 && whisper_lang_id(language) < 0)
        return sr_error(error, SARAI_EINPUT, "stt.language", "'%s' is not a language that Whisper knows", language);
    char *path = sr_path_model(models, opts->model);
    struct sr_stt_model *model = calloc(1, sizeof *model);
    int rc =
        path && model ? sr_path_check_model(path, MODEL, error) : sr_error(error, SARAI_ENOMEM, MODEL, "out of memory");
    if (rc == SARAI_OK) {
        struct whisper_context_params params = whisper_context_default_params();
        params.use_gpu = false;
        params.flash_attn = false;
        model->context = whisper_init_from_file_with_params_no_state(path, params);
        if (!model->context)
            rc = sr_error(error, SARAI_EMODEL, path, "is damaged or no Whisper model; run: sarai models pull " MODEL);
    }
    if (rc == SARAI_OK)
        rc = sr_bias_new(model->context, opts, models, &model->bias, error);
    if (rc == SARAI_OK && opts->bias > 0)
        rc = sr_homophones_new(opts->language, models, &model->homophones, error);
    if (rc == SARAI_OK)
        rc = sr_hallucinations_of(opts->language, models, &model->hallucinations, error);
    if (rc == SARAI_OK)
        *out = model;
    else
        unload(model);
    free(path);
    return rc;
}

static void close(struct sr_stt *stt) {
    if (!stt)
        return;
    whisper_free_state(stt->state);
    free(stt->padded);
    free(stt);
}

static int open(struct sr_stt_model *model, const struct sr_stt_opts *opts, struct sr_clock *clock, struct sr_stt **out,
                struct sarai_error *error) {
    (void)clock;
    struct sr_stt *stt = calloc(1, sizeof *stt);
    if (!stt)
        return sr_error(error, SARAI_ENOMEM, MODEL, "out of memory");
    stt->context = model->context;
    stt->bias = model->bias;
    stt->homophones = model->homophones;
    stt->hallucinations = model->hallucinations;
    stt->opts = opts;
    stt->language = opts->language;
    stt->padded = calloc(LEAD + COUNT_MAX, sizeof *stt->padded);
    stt->state = stt->padded ? whisper_init_state(model->context) : NULL;
    if (!stt->state) {
        close(stt);
        return sr_error(error, SARAI_ENOMEM, MODEL, "out of memory");
    }
    *out = stt;
    return SARAI_OK;
}

static void listen_for(struct sr_stt *stt, const char *language) {
    if (whisper_lang_id(language) >= 0)
        stt->language = language;
}

/* --------------------------------------------------------------------------------------------------- decoding -- */

static bool abort_asked(void *user) {
    return sr_aborted(user);
}

static struct whisper_full_params make_params(struct sr_stt *stt, size_t count, const struct sr_abort *abort) {
    double seconds = (double)count / SR_RATE_HZ;
    struct whisper_full_params params = whisper_full_default_params(WHISPER_SAMPLING_GREEDY);
    params.n_threads = stt->opts->threads;
    params.language = stt->language;
    params.no_context = true;
    params.single_segment = seconds <= ONE_SEGMENT_S;
    params.max_tokens = (int)(seconds * TOKENS_PER_S) + TOKENS_SPARE;
    params.temperature_inc = 0;
    params.greedy.best_of = 1;
    params.logits_filter_callback = sr_trace_take;
    params.logits_filter_callback_user_data = &stt->trace;
    params.print_progress = false;
    params.abort_callback = abort_asked;
    params.abort_callback_user_data = (void *)abort;
    return params;
}

/* Takes the utterance over. When it begins with the one before, so will its text, and Whisper need not find the same
 * tokens one by one. */
static void take_sound(struct sr_stt *stt, const float *samples, size_t count) {
    float *sound = stt->padded + LEAD;
    if (count < stt->count || memcmp(sound, samples, stt->count * sizeof *samples) != 0)
        stt->guess_count = 0;
    memcpy(sound, samples, count * sizeof *samples);
    stt->count = count;
}

/* Encoder positions (20 ms each) for so much sound: a fifth more and a third of a second, in steps of 64. */
static int short_context(size_t count, int extra) {
    int context = (int)(ceil((60.0 * (double)count / SR_RATE_HZ + 16) / 64) * 64) + extra;
    return context < LEAST_ROOM ? LEAST_ROOM : context;
}

static int run(struct sr_stt *stt, struct whisper_full_params params, const float *samples, size_t count,
               const struct sr_abort *abort, int extra) {
    int full = whisper_model_n_audio_ctx(stt->context), context = short_context(count, extra);
    params.audio_ctx = context < full ? context : full;
    params.guess = stt->guess;
    params.n_guess = stt->guess_count;
    stt->trace.count = 0;
    int failed = whisper_full_with_state(stt->context, stt->state, params, samples, (int)count);
    if (failed == -7) /* out of memory: whisper.cpp has freed the state itself */
        stt->state = NULL;
    if (sr_aborted(abort))
        return SARAI_ESTALE;
    if (!failed)
        stt->guess_count = sr_path_decoded(stt->context, stt->state, stt->guess);
    return failed == -7 ? SARAI_ENOMEM : failed ? SARAI_EINTERNAL : SARAI_OK;
}

static bool is_silence(const float *samples, size_t count) {
    for (size_t i = 0; i < count; i += WINDOW)
        if (sr_level_db(samples + i, count - i < WINDOW ? count - i : WINDOW) > SILENCE_DB)
            return false;
    return true;
}

static bool starts_at_once(const float *samples, size_t count) {
    return count > ONSET && sr_level_db(samples, ONSET) > sr_level_db(samples, count) - ONSET_DB;
}

/* ----------------------------------------------------------------------------------------------------- result -- */

struct verdict {
    int tokens;
    double belief; /* mean log probability */
};

static struct verdict judge(const struct sr_stt *stt) {
    struct verdict verdict = {0};
    int segments = whisper_full_n_segments_from_state(stt->state);
    for (int i = 0; i < segments; i++) {
        int tokens = whisper_full_n_tokens_from_state(stt->state, i);
        for (int j = 0; j < tokens; j++) {
            whisper_token_data token = whisper_full_get_token_data_from_state(stt->state, i, j);
            if (token.id >= whisper_token_eot(stt->context))
                continue;
            verdict.tokens++;
            verdict.belief += token.plog;
        }
    }
    if (verdict.tokens > 0)
        verdict.belief /= verdict.tokens;
    return verdict;
}

static int64_t clamp_ms(int64_t centiseconds, size_t lead, size_t count) {
    int64_t ms = centiseconds * 10 - (int64_t)(lead * 1000 / SR_RATE_HZ);
    int64_t end = (int64_t)(count * 1000 / SR_RATE_HZ);
    return ms < 0 ? 0 : ms > end ? end : ms;
}

/* The tables of known words are of one language. */
static bool hears_known_words(const struct sr_stt *stt) {
    return strcmp(stt->language, stt->opts->language) == 0;
}

/* As it is to be read: known words for what only sounds like them. */
static void spell(const struct sr_stt *stt, const char *raw, struct sr_str *text) {
    struct sr_str clean = {0};
    sr_stt_clean(raw, &clean);
    sr_homophones_spell(hears_known_words(stt) ? stt->homophones : NULL, clean.data ? clean.data : "", text);
    text->failed |= clean.failed;
    sr_str_deinit(&clean);
}

static int add_segment(const struct sr_stt *stt, int i, size_t lead, size_t count, struct sr_str *all,
                       struct sr_stt_result *result) {
    struct sr_str text = {0};
    struct sr_stt_segment *segment = &result->segments[result->count];
    spell(stt, whisper_full_get_segment_text_from_state(stt->state, i), &text);
    if (text.len > 0 && all->len > 0)
        sr_str_addc(all, ' ');
    if (text.len > 0)
        sr_str_add(all, text.data, text.len);
    if (text.failed || text.len == 0) {
        bool failed = text.failed;
        sr_str_deinit(&text);
        return failed ? SARAI_ENOMEM : SARAI_OK;
    }
    segment->start_ms = clamp_ms(whisper_full_get_segment_t0_from_state(stt->state, i), lead, count);
    segment->end_ms = clamp_ms(whisper_full_get_segment_t1_from_state(stt->state, i), lead, count);
    segment->text = sr_str_take(&text);
    result->count++;
    return SARAI_OK;
}

/* The texts that Whisper found; `result` is complete or untouched. */
static int collect(const struct sr_stt *stt, size_t lead, size_t count, struct sr_stt_result *result) {
    struct sr_stt_result found = {0};
    struct sr_str all = {0};
    int rc = SARAI_OK, segments = whisper_full_n_segments_from_state(stt->state);
    const char *language = whisper_lang_str(whisper_full_lang_id_from_state(stt->state));
    snprintf(found.language, sizeof found.language, "%s", language ? language : "");
    found.segments = calloc((size_t)segments + 1, sizeof *found.segments);
    if (!found.segments)
        rc = SARAI_ENOMEM;
    for (int i = 0; i < segments && rc == SARAI_OK; i++)
        rc = add_segment(stt, i, lead, count, &all, &found);
    sr_str_adds(&all, "");
    if (rc == SARAI_OK && !all.failed) {
        found.text = sr_str_take(&all);
        *result = found;
        return SARAI_OK;
    }
    sr_str_deinit(&all);
    sr_stt_result_deinit(&found);
    return SARAI_ENOMEM;
}

/* "": nobody spoke. */
static int nothing(const struct sr_stt *stt, struct sr_stt_result *result) {
    memset(result, 0, sizeof *result);
    snprintf(result->language, sizeof result->language, "%s", strcmp(stt->language, "auto") ? stt->language : "");
    result->text = sr_strdup("");
    return result->text ? SARAI_OK : SARAI_ENOMEM;
}

/* The text becomes one segment. */
static void join(struct sr_stt_result *result) {
    for (size_t i = 1; i < result->count; i++)
        free(result->segments[i].text);
    if (result->count > 0) {
        struct sr_stt_segment *first = &result->segments[0];
        char *text = sr_strdup(result->text);
        first->end_ms = result->segments[result->count - 1].end_ms;
        result->count = 1;
        if (text) {
            free(first->text);
            first->text = text;
        }
    }
}

/* Another text takes the place of what Whisper wrote, in one segment. Takes `text` over. */
static void replace(struct sr_stt_result *result, struct sr_str *text) {
    if (text->len > 0 && !text->failed) {
        free(result->text);
        result->text = sr_str_take(text);
        join(result);
    }
    sr_str_deinit(text);
}

/* A known phrase was said, which may be what was heard; false when there is none. */
static bool prefer_known(struct sr_stt *stt, struct sr_stt_result *result, struct verdict *verdict) {
    struct sr_str text = {0};
    if (!stt->bias || result->count != 1 || !hears_known_words(stt))
        return false;
    const struct sr_bias_heard heard = sr_bias_judge(stt->bias, stt->state);
    const bool found = sr_bias_find(stt->bias, stt->state, stt->opts, &heard, result->text, &text);
    if (found)
        verdict->belief = text.len > 0 ? 0 : fmax(verdict->belief, FEW_BELIEF);
    replace(result, &text);
    return found;
}

/* A better text than the greedy one. */
static void search(struct sr_stt *stt, struct sr_stt_result *result, struct verdict *verdict) {
    struct sr_path path = {0};
    struct sr_words words;
    struct sr_str raw = {0}, text = {0};
    int first, last;
    size_t keep, front;
    if (result->count != 1 || whisper_full_n_segments_from_state(stt->state) != 1 ||
        !sr_words_decoded(stt->context, stt->state, &words, &first, &last, &front))
        return;
    sr_path_begin(&path, stt->context, stt->state, stt->opts->threads, first, last);
    if (words.count + front <= stt->trace.count &&
        sr_search(&path, stt->trace.steps + front, stt->opts->search, &words)) {
        for (size_t i = 0; i < words.count; i++)
            sr_str_adds(&raw, whisper_token_to_str(stt->context, words.tokens[i]));
        if (!raw.failed)
            spell(stt, raw.data, &text);
        if (text.len > 0 && !sr_stt_repeats(text.data, &keep)) {
            replace(result, &text);
            *verdict = (struct verdict){(int)words.count, words.log_prob / (double)words.count};
        }
    }
    sr_str_deinit(&raw);
    sr_str_deinit(&text);
}

/* Nobody said it. */
static bool is_made_up(const struct sr_stt *stt, struct verdict verdict, const char *text, float level_db) {
    if (verdict.belief < (verdict.tokens <= FEW_TOKENS ? FEW_BELIEF : BELIEF))
        return true;
    return (verdict.belief < SURE || level_db < AUDIBLE_DB) && sr_hallucinations_has(stt->hallucinations, text);
}

static int decode(struct sr_stt *stt, const float *samples, size_t count, enum sr_purpose purpose,
                  const struct sr_abort *abort, struct sr_stt_result *result) {
    (void)purpose; /* drafts are decoded like final texts, to be final when nothing was said since */
    if (sr_aborted(abort))
        return SARAI_ESTALE;
    if (count > COUNT_MAX)
        return SARAI_EINPUT;
    if (!stt->state && !(stt->state = whisper_init_state(stt->context)))
        return SARAI_ENOMEM;
    if (count < COUNT_MIN || is_silence(samples, count))
        return nothing(stt, result);

    size_t lead = count > LONG && starts_at_once(samples, count) ? LEAD : 0;
    take_sound(stt, samples, count);
    const float *sound = stt->padded + LEAD - lead;
    struct whisper_full_params params = make_params(stt, count + lead, abort);
    struct sr_stt_result found = {0};
    struct verdict verdict = {0};
    size_t keep = 0;
    bool repeats = true;
    for (int extra = 0; repeats && extra <= MORE_ROOM; extra += MORE_ROOM) {
        sr_stt_result_deinit(&found);
        int rc = run(stt, params, sound, count + lead, abort, extra);
        if (rc < 0)
            return rc;
        verdict = judge(stt);
        rc = collect(stt, lead, count, &found);
        if (rc < 0)
            return rc;
        repeats = sr_stt_repeats(found.text, &keep);
    }
    const bool too_fast = repeats && strlen(found.text) > FASTEST * ((double)count / SR_RATE_HZ);
    if (repeats && (too_fast || verdict.tokens >= params.max_tokens)) { /* a loop, ended by its bound or the sound's */
        found.text[keep] = '\0';
        join(&found);
    } else if (verdict.belief > HOPELESS && !prefer_known(stt, &found, &verdict) && verdict.belief < DOUBT &&
               stt->opts->search > 0) {
        search(stt, &found, &verdict);
    }
    if (sr_aborted(abort)) {
        sr_stt_result_deinit(&found);
        return SARAI_ESTALE;
    }
    if (is_made_up(stt, verdict, found.text, sr_level_db(samples, count))) {
        sr_stt_result_deinit(&found);
        return nothing(stt, result);
    }
    *result = found;
    return SARAI_OK;
}

const struct sr_stt_backend sr_stt_whisper = {"whisper", load, unload, open, close, decode, listen_for};
