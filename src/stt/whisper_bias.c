/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By Bayes' rule a known phrase was said when P(sound | phrase) P(phrase) is above that of every other text. Whisper
 * gives the product for a speaker of whom nothing is known; `stt.bias` is by how much, in natural logarithms, a phrase
 * of the vocabulary is likelier for this one. The phrase is scored under the decoder's own conditions: the timestamp it
 * chose, no prompt, closing punctuation as good as none.
 */
#include "stt/whisper_bias.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "model/paths.h"
#include "stt/bpe.h"
#include "stt/known.h"
#include "stt/vocabulary.h"
#include "stt/whisper_path.h"

#define BUDGET 24
#define LONGEST 12  /* tokens; what is longer, Whisper hears well enough */
#define BELIEF -1.4 /* mean log probability of the tokens of a phrase, its end being one */
#define ENDS_MAX 4
#define UNLIKELY 0.05 /* of closing punctuation, beside none */

struct sr_bias {
    struct whisper_context *context;
    struct sr_bpe *bpe;
    struct sr_known *known;
    int ends[ENDS_MAX]; /* tokens of closing punctuation */
    size_t end_count;
};

/* ------------------------------------------------------------------------------------------------------ opening -- */

static const char *token(void *user, int id) {
    return whisper_token_to_str(user, id);
}

static int add(void *user, const char *phrase) {
    return sr_known_add(user, phrase);
}

static int read_tables(struct sr_known *known, const char *commands, const char *templates, const char *words,
                       struct sarai_error *error) {
    int status = sr_vocabulary_commands(commands, words, add, known, error);
    if (status >= 0 && access(templates, R_OK) == 0)
        status = sr_vocabulary_templates(templates, add, known, error);
    sr_known_sort(known);
    return status;
}

static int build(struct sr_bias *bias, const char *commands, const char *templates, const char *words,
                 struct sarai_error *error) {
    static const char *const ends[ENDS_MAX] = {".", "!", "?", "..."}; /* a comma would let any beginning pass */
    if (sr_bpe_new(token, bias->context, whisper_token_eot(bias->context), &bias->bpe) < 0 ||
        sr_known_new(bias->bpe, &bias->known) < 0)
        return sr_error(error, SARAI_ENOMEM, "stt", "out of memory");
    for (size_t i = 0; i < ENDS_MAX; i++)
        bias->end_count += sr_bpe_encode(bias->bpe, ends[i], strlen(ends[i]), &bias->ends[bias->end_count], 1);
    return read_tables(bias->known, commands, templates, words, error);
}

int sr_bias_new(struct whisper_context *context, const struct sr_stt_opts *opts, const struct sr_model_opts *models,
                struct sr_bias **out, struct sarai_error *error) {
    char *name = sr_asprintf("%s/commands.txt", opts->language),
         *other = sr_asprintf("%s/templates.tsv", opts->language);
    char *commands = name ? sr_path_share(models, name) : NULL,
         *templates = other ? sr_path_share(models, other) : NULL;
    struct sr_bias *bias = NULL;
    int status = SARAI_OK;
    if (!commands || !templates) {
        status = sr_error(error, SARAI_ENOMEM, "stt", "out of memory");
    } else if (opts->bias > 0 && access(commands, R_OK) == 0) {
        bias = calloc(1, sizeof *bias);
        if (bias)
            bias->context = context;
        status = bias ? build(bias, commands, templates, opts->prompt, error)
                      : sr_error(error, SARAI_ENOMEM, "stt", "out of memory");
    }
    if (status < 0) {
        sr_bias_free(bias);
        bias = NULL;
    }
    *out = bias;
    free(name);
    free(other);
    free(commands);
    free(templates);
    return status;
}

void sr_bias_free(struct sr_bias *bias) {
    if (!bias)
        return;
    sr_known_free(bias->known);
    sr_bpe_free(bias->bpe);
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

struct scorer {
    const struct sr_bias *bias;
    struct sr_path path;
    float *log_probs; /* of every token of text */
};

static const float *next(void *user, const int *path, size_t count, float *end) {
    struct scorer *s = user;
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

/* With the likeliest closing punctuation or without any. */
static float end(void *user, const int *path, size_t count) {
    struct scorer *s = user;
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

bool sr_bias_find(const struct sr_bias *bias, struct whisper_state *state, const struct sr_stt_opts *opts,
                  const struct sr_bias_heard *heard, const char *text, struct sr_str *out) {
    struct whisper_context *context = bias->context;
    if (heard->tokens < 1 || heard->tokens > LONGEST || sr_known_has(bias->known, text))
        return false;
    struct scorer scorer = {.bias = bias};
    sr_path_begin(&scorer.path, context, state, opts->threads, heard->first, heard->last);
    scorer.log_probs = malloc((size_t)whisper_n_vocab(context) * sizeof *scorer.log_probs);
    if (!scorer.log_probs)
        return false;
    const struct sr_known_scorer known = {next, end, &scorer};
    struct sr_known_match match;
    const bool found = sr_known_search(bias->known, &known, heard->log_prob - opts->bias, BUDGET, &match) &&
                       match.log_prob / (double)(match.count + 1) >= BELIEF;
    for (size_t i = 0; i < match.count && found; i++)
        sr_str_adds(out, whisper_token_to_str(context, match.tokens[i]) + (i == 0));
    free(scorer.log_probs);
    return found && !out->failed;
}
