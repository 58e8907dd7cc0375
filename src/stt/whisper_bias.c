/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By Bayes' rule a known phrase was said when P(sound | phrase) P(phrase) is above that of every other text. Whisper
 * gives the product for a speaker of whom nothing is known. So its idea of how likely the phrase is, which is what it
 * gives for a second of silence, is taken off, and ours is put in its place: every phrase of the vocabulary is as
 * likely as the next, every remark as the next remark, and by `stt.bias` they are likelier than other speech. The
 * phrase is scored under the decoder's own conditions: the timestamp it chose, no prompt, closing punctuation as good
 * as none.
 */
#include "stt/whisper_bias.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/table.h"
#include "base/utf8.h"
#include "model/paths.h"
#include "stt/bpe.h"
#include "stt/known.h"
#include "stt/vocabulary.h"
#include "stt/whisper_path.h"

#define BUDGET 24   /* steps of the decoder for the first search, ... */
#define MORE 8      /* ... and for each further one, which mostly looks at the same */
#define LONGEST 12  /* tokens; what is longer, Whisper hears well enough */
#define SURE -0.2   /* mean log probability; what is heard so clearly is no other phrase */
#define DOUBT -1.0  /* mean log probability; a known phrase above it needs no help */
#define FLOOR -25.0 /* log probability of what no evidence makes up for ... */
#define BEHIND 10.0 /* ... and how far it may be behind that of what was heard: one word of several was another */
#define ENDS_MAX 4
#define SILENCE_CONTEXT 64 /* encoder positions, just over a second */
#define UNLIKELY 0.05      /* of closing punctuation, beside none */

struct scorer {
    const struct sr_bias *bias;
    struct sr_path path;
    float *log_probs; /* of every token of text */
};

struct sr_bias {
    struct whisper_context *context;
    struct sr_bpe *bpe;
    int ends[ENDS_MAX]; /* tokens of closing punctuation */
    size_t end_count;
    /* under the lock */
    pthread_mutex_t lock;
    struct sr_known *known;
    struct whisper_state *silence; /* in which nothing is heard */
    struct scorer prior;
};

/* ------------------------------------------------------------------------------------------------------ opening -- */

static const char *token(void *user, int id) {
    return whisper_token_to_str(user, id);
}

struct reader {
    struct sr_known *known;
    struct sr_str ask; /* words that begin a question, each between spaces */
};

static int take_words(void *user, int line, char **cells) {
    struct reader *reader = user;
    (void)line;
    if (strcmp(cells[0], "ask") == 0) {
        sr_str_addc(&reader->ask, ' ');
        sr_str_adds(&reader->ask, cells[1]);
        sr_str_addc(&reader->ask, ' ');
    }
    return reader->ask.failed ? SARAI_ENOMEM : SARAI_OK;
}

static int add_kind(const struct reader *reader, const char *phrase, unsigned kind) {
    struct sr_str first = {0};
    sr_str_addc(&first, ' ');
    sr_str_add(&first, phrase, strcspn(phrase, " "));
    sr_str_addc(&first, ' ');
    if (!first.failed && reader->ask.len > 0 && strstr(reader->ask.data, first.data))
        kind |= SR_KNOWN_QUESTION;
    const int status = first.failed ? SARAI_ENOMEM : sr_known_add(reader->known, phrase, kind);
    sr_str_deinit(&first);
    return status;
}

static int add(void *user, const char *phrase) {
    return add_kind(user, phrase, 0);
}

/* Is it a word, unlike "mm"? */
static bool has_vowel(const char *text) {
    char *folded = sr_utf8_folded(text, strlen(text));
    const char *p = folded ? folded : "";
    while (*p && !sr_utf8_is_vowel(*p))
        p++;
    const bool has = *p;
    free(folded);
    return has;
}

/* What a longer request begins with is hardly ever all that is said. */
static int add_remarks(void *user, int line, char **cells) {
    int status = SARAI_OK;
    const char *p = strcmp(cells[0], "opening") == 0 ? "" : cells[1], *variant;
    (void)line;
    for (size_t len; status >= 0 && (len = sr_table_variant(&p, &variant));) {
        char *text = sr_strndup(variant, len);
        status = !text ? SARAI_ENOMEM : has_vowel(text) ? add_kind(user, text, SR_KNOWN_REMARK) : SARAI_OK;
        free(text);
    }
    return status;
}

struct tables {
    char *commands, *templates, *words, *remarks;
};

static int read_tables(struct sr_known *known, const struct tables *tables, const char *own,
                       struct sarai_error *error) {
    struct reader reader = {.known = known};
    int status = SARAI_OK;
    if (access(tables->words, R_OK) == 0)
        status = sr_table_read(tables->words, 2, take_words, &reader, error);
    if (status >= 0)
        status = sr_vocabulary_commands(tables->commands, own, add, &reader, error);
    if (status >= 0 && access(tables->templates, R_OK) == 0)
        status = sr_vocabulary_templates(tables->templates, add, &reader, error);
    if (status >= 0 && access(tables->remarks, R_OK) == 0)
        status = sr_table_read(tables->remarks, 2, add_remarks, &reader, error);
    sr_known_sort(known);
    sr_str_deinit(&reader.ask);
    return status;
}

/* A second of silence, heard once. */
static int hear_silence(struct sr_bias *bias, const char *language, struct sarai_error *error) {
    struct whisper_full_params params = whisper_full_default_params(WHISPER_SAMPLING_GREEDY);
    float *samples = calloc(SR_RATE_HZ, sizeof *samples);
    bias->prior.log_probs = malloc((size_t)whisper_n_vocab(bias->context) * sizeof *bias->prior.log_probs);
    bias->silence = samples && bias->prior.log_probs ? whisper_init_state(bias->context) : NULL;
    params.language = language;
    params.n_threads = 1;
    params.single_segment = true;
    params.max_tokens = 1;
    params.temperature_inc = 0;
    params.audio_ctx = SILENCE_CONTEXT;
    params.print_progress = false;
    const int failed =
        bias->silence ? whisper_full_with_state(bias->context, bias->silence, params, samples, SR_RATE_HZ) : -7;
    free(samples);
    if (failed == -7) /* out of memory: whisper.cpp has freed the state itself */
        bias->silence = NULL;
    if (failed)
        return sr_error(error, SARAI_ENOMEM, "stt", "out of memory");
    const int stamp = whisper_token_beg(bias->context);
    sr_path_begin(&bias->prior.path, bias->context, bias->silence, 1, stamp, stamp);
    bias->prior.bias = bias;
    return SARAI_OK;
}

static int build(struct sr_bias *bias, const struct sr_stt_opts *opts, const struct tables *tables,
                 struct sarai_error *error) {
    static const char *const ends[ENDS_MAX] = {".", "!", "?", "..."}; /* a comma would let any beginning pass */
    if (sr_bpe_new(token, bias->context, whisper_token_eot(bias->context), &bias->bpe) < 0 ||
        sr_known_new(bias->bpe, &bias->known) < 0)
        return sr_error(error, SARAI_ENOMEM, "stt", "out of memory");
    for (size_t i = 0; i < ENDS_MAX; i++)
        bias->end_count += sr_bpe_encode(bias->bpe, ends[i], strlen(ends[i]), &bias->ends[bias->end_count], 1);
    const int status = read_tables(bias->known, tables, opts->prompt, error);
    return status < 0 ? status : hear_silence(bias, opts->language, error);
}

static char *table(const struct sr_stt_opts *opts, const struct sr_model_opts *models, const char *file) {
    char *name = sr_asprintf("%s/%s", opts->language, file), *path = name ? sr_path_share(models, name) : NULL;
    free(name);
    return path;
}

int sr_bias_new(struct whisper_context *context, const struct sr_stt_opts *opts, const struct sr_model_opts *models,
                struct sr_bias **out, struct sarai_error *error) {
    const struct tables tables = {table(opts, models, "commands.txt"), table(opts, models, "templates.tsv"),
                                  table(opts, models, "turn_words.tsv"), table(opts, models, "remarks.tsv")};
    struct sr_bias *bias = NULL;
    int status = SARAI_OK;
    if (!tables.commands || !tables.templates || !tables.words || !tables.remarks) {
        status = sr_error(error, SARAI_ENOMEM, "stt", "out of memory");
    } else if (opts->bias > 0 && access(tables.commands, R_OK) == 0) {
        bias = calloc(1, sizeof *bias);
        if (bias) {
            bias->context = context;
            pthread_mutex_init(&bias->lock, NULL);
        }
        status = bias ? build(bias, opts, &tables, error) : sr_error(error, SARAI_ENOMEM, "stt", "out of memory");
    }
    if (status < 0) {
        sr_bias_free(bias);
        bias = NULL;
    }
    *out = bias;
    free(tables.commands);
    free(tables.templates);
    free(tables.words);
    free(tables.remarks);
    return status;
}

void sr_bias_free(struct sr_bias *bias) {
    if (!bias)
        return;
    if (bias->silence)
        whisper_free_state(bias->silence);
    free(bias->prior.log_probs);
    sr_known_free(bias->known);
    sr_bpe_free(bias->bpe);
    pthread_mutex_destroy(&bias->lock);
    free(bias);
}

/* ----------------------------------------------------------------------------------------------------- deciding -- */

static bool is_end(const struct sr_bias *bias, int id) {
    for (size_t i = 0; i < bias->end_count; i++)
        if (bias->ends[i] == id)
            return true;
    return false;
}

struct sr_bias_heard sr_bias_judge(const struct sr_bias *bias, struct whisper_state *state) {
    struct sr_bias_heard heard = {0};
    const int text = whisper_token_eot(bias->context), stamp = whisper_token_beg(bias->context);
    double end = 0;
    bool ended = false;
    if (whisper_full_n_segments_from_state(state) != 1)
        return heard;
    heard.first = heard.last = stamp;
    const int tokens = whisper_full_n_tokens_from_state(state, 0);
    for (int i = 0; i < tokens; i++) {
        const whisper_token_data data = whisper_full_get_token_data_from_state(state, 0, i);
        if (i == 0 && data.id >= stamp) {
            heard.first = data.id;
        } else if (data.id >= text) {
            if (data.id >= stamp)
                heard.last = data.id;
            if (!ended)
                end = log((double)data.ptsum + 1e-9);
            ended = true;
        } else if (is_end(bias, data.id)) {
            end = ended ? end + data.plog : data.plog;
            ended = true;
        } else { /* punctuation in the middle counts like a word */
            heard.log_prob += data.plog + end;
            heard.tokens++;
            end = 0;
            ended = false;
        }
    }
    heard.log_prob += end;
    return heard;
}

static const float *next_in(struct scorer *s, const int *path, size_t count, float *end) {
    struct sr_follow follow;
    if (!sr_path_follow(&s->path, path, count, &follow))
        return NULL;
    for (int i = 0; i < whisper_token_eot(s->bias->context); i++)
        s->log_probs[i] = follow.logits[i] - follow.shift;
    double bound = follow.end;
    for (size_t i = 0; i < s->bias->end_count; i++)
        bound += exp((double)s->log_probs[s->bias->ends[i]]);
    *end = (float)log(bound + 1e-12);
    return s->log_probs;
}

struct scorers {
    struct scorer sound, *silence;
};

static const float *next(void *user, const int *path, size_t count, float *end) {
    struct scorers *scorers = user;
    return next_in(&scorers->sound, path, count, end);
}

static const float *prior(void *user, const int *path, size_t count, float *end) {
    struct scorers *scorers = user;
    return next_in(scorers->silence, path, count, end);
}

/* With the likeliest closing punctuation or without any. */
static float end(void *user, const int *path, size_t count) {
    struct scorer *s = &((struct scorers *)user)->sound;
    struct sr_follow follow;
    int closed[SR_KNOWN_TOKENS + 1];
    if (!sr_path_follow(&s->path, path, count, &follow))
        return -INFINITY;
    int best = s->bias->ends[0];
    for (size_t i = 1; i < s->bias->end_count; i++)
        best = follow.logits[s->bias->ends[i]] > follow.logits[best] ? s->bias->ends[i] : best;
    double sum = follow.end;
    const double close = exp((double)(follow.logits[best] - follow.shift));
    memcpy(closed, path, count * sizeof *closed);
    closed[count] = best;
    if (close > sum * UNLIKELY) {
        if (!sr_path_follow(&s->path, closed, count + 1, &follow))
            return -INFINITY;
        sum += close * follow.end;
    }
    return (float)log(sum + 1e-12);
}

/* The sound speaks for the text that Whisper wrote, and Whisper only thinks it rare. */
static bool is_heard(struct sr_bias *bias, struct whisper_state *state, const struct sr_bias_heard *heard) {
    int tokens[LONGEST + ENDS_MAX], count = 0;
    const int all = whisper_full_n_tokens_from_state(state, 0);
    for (int i = 0; i < all && count < LONGEST + ENDS_MAX; i++) {
        const int id = whisper_full_get_token_id_from_state(state, 0, i);
        if (id < whisper_token_eot(bias->context))
            tokens[count++] = id;
    }
    while (count > 0 && is_end(bias, tokens[count - 1]))
        count--;
    struct sr_known_match match = {.log_prob = heard->log_prob};
    float end = 0;
    for (int i = 0; i <= count; i++) {
        const float *log_probs = next_in(&bias->prior, tokens, (size_t)i, &end);
        if (!log_probs)
            return false;
        match.prior += i < count ? log_probs[tokens[i]] : end;
    }
    return sr_known_audible(&match);
}

static void spell(const struct sr_bias *bias, const struct sr_known_match *match, struct sr_str *out) {
    static const char question[] = "\xC2\xBF";
    for (size_t i = 0; i < match->count; i++)
        sr_str_adds(out, whisper_token_to_str(bias->context, match->tokens[i]) + (i == 0));
    if (!out->failed && strncmp(out->data, question, sizeof question - 1) == 0)
        sr_str_addc(out, '?');
}

/* The known phrase that was said and not the text that was heard. A search may not come to it within its budget, so
 * there are three of them: for the one of the highest probability, by what Whisper itself takes for likely, and by what
 * the sound speaks for most. */
static bool search(struct sr_bias *bias, struct scorers *scorers, const struct sr_bias_heard *heard, double favor,
                   const char *text, struct sr_str *out) {
    const struct sr_known_scorer scorer = {next, prior, end, scorers};
    const double far = fmax(FLOOR, heard->log_prob - BEHIND), near = fmax(FLOOR, heard->log_prob - favor);
    const struct sr_known_limits limits[] = {
        {SR_KNOWN_BY_CHANCE, far, BUDGET}, {SR_KNOWN_BY_LIKELIHOOD, near, MORE}, {SR_KNOWN_BY_EVIDENCE, far, MORE}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct sr_known_match match;
        if (!sr_known_search(bias->known, &scorer, &limits[i], &match) ||
            !sr_known_said(&match, heard->log_prob, favor))
            continue;
        spell(bias, &match, out);
        if (!out->failed && sr_known_may_be(out->data, text))
            return true;
        sr_str_deinit(out);
    }
    return false;
}

bool sr_bias_find(struct sr_bias *bias, struct whisper_state *state, const struct sr_stt_opts *opts,
                  const struct sr_bias_heard *heard, const char *text, struct sr_str *out) {
    struct scorers scorers = {.sound = {.bias = bias}, .silence = &bias->prior};
    bool said;
    if (heard->tokens < 1 || heard->tokens > LONGEST)
        return false;
    scorers.sound.log_probs = malloc((size_t)whisper_n_vocab(bias->context) * sizeof *scorers.sound.log_probs);
    if (!scorers.sound.log_probs)
        return false;
    pthread_mutex_lock(&bias->lock);
    if (sr_known_has(bias->known, text)) {
        said = heard->log_prob >= DOUBT * heard->tokens || is_heard(bias, state, heard);
    } else if (heard->log_prob > SURE * heard->tokens) {
        said = false;
    } else {
        sr_path_begin(&scorers.sound.path, bias->context, state, opts->threads, heard->first, heard->last);
        said = search(bias, &scorers, heard, opts->bias, text, out);
        sr_known_forget(bias->known);
    }
    pthread_mutex_unlock(&bias->lock);
    free(scorers.sound.log_probs);
    return said;
}
