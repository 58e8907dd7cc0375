/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/whisper_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 2.0  /* nats by which a choice may be less likely than the greedy ones on its way */
#define LOSS 1.5  /* nats by which a text may fall behind the best one while it is still growing */
#define OPEN 256  /* choices kept */
#define FINISH 12 /* steps beyond the budget to end a text that was begun */

/* ------------------------------------------------------------------------------------------------------- choices -- */

static void insert(struct sr_choice *choice, int token, float log_prob) {
    int at = SR_CHOICES - 1;
    if (log_prob <= choice->log_prob[at])
        return;
    for (; at > 0 && log_prob > choice->log_prob[at - 1]; at--) {
        choice->token[at] = choice->token[at - 1];
        choice->log_prob[at] = choice->log_prob[at - 1];
    }
    choice->token[at] = token;
    choice->log_prob[at] = log_prob;
}

static struct sr_choice choose(const float *logits, int text, float shift) {
    struct sr_choice choice;
    for (int i = 0; i < SR_CHOICES; i++) {
        choice.token[i] = -1;
        choice.log_prob[i] = -INFINITY;
    }
    for (int i = 0; i < text; i++)
        insert(&choice, i, logits[i] - shift);
    return choice;
}

void sr_trace_take(struct whisper_context *context, struct whisper_state *state, const whisper_token_data *tokens,
                   int count, float *logits, void *user) {
    (void)state, (void)tokens;
    struct sr_trace *trace = user;
    const int words = whisper_n_vocab(context);
    float most = -INFINITY;
    double sum = 0;
    if (count < 0 || count >= SR_PATH_TOKENS)
        return;
    for (int i = 0; i < words; i++)
        most = logits[i] > most ? logits[i] : most;
    for (int i = 0; i < words; i++)
        sum += (double)expf(logits[i] - most);
    trace->steps[count] = choose(logits, whisper_token_eot(context), most + (float)log(sum));
    trace->count = (size_t)count + 1;
}

bool sr_words_decoded(struct whisper_context *context, struct whisper_state *state, struct sr_words *words, int *first,
                      int *last, size_t *front) {
    const int text = whisper_token_eot(context), stamp = whisper_token_beg(context);
    const int tokens = whisper_full_n_tokens_from_state(state, 0);
    *words = (struct sr_words){0};
    *first = *last = stamp;
    *front = 0;
    for (int i = 0; i < tokens; i++) {
        const whisper_token_data data = whisper_full_get_token_data_from_state(state, 0, i);
        if (i == 0 && data.id >= stamp) {
            *first = data.id;
            *front = 1;
        } else if (data.id >= text) {
            *last = data.id >= stamp ? data.id : *last;
        } else if (*last > stamp || words->count >= SR_PATH_TOKENS / 2) {
            return false;
        } else {
            words->tokens[words->count++] = data.id;
            words->log_prob += (double)data.plog;
        }
    }
    return words->count > 0;
}

/* -------------------------------------------------------------------------------------------------------- search -- */

/* A path that leaves the best one known at its last token. */
struct turn {
    double behind; /* how much less likely its choices were; <= 0 mostly */
    struct sr_words words;
};

struct search {
    struct sr_path *path;
    struct turn *open;
    size_t count;
    int budget;
};

/* Notes the choices at one step that were not taken; `before` is what came before it. */
static void branch(struct search *s, const struct sr_words *before, double behind, const struct sr_choice *choice,
                   int taken, float taken_log_prob) {
    for (int i = 0; i < SR_CHOICES && s->count < OPEN; i++) {
        const double less = behind + (double)(choice->log_prob[i] - taken_log_prob);
        if (choice->token[i] < 0 || choice->token[i] == taken || less < -NEAR)
            continue;
        struct turn *turn = &s->open[s->count++];
        turn->behind = less;
        turn->words = *before;
        turn->words.tokens[turn->words.count++] = choice->token[i];
        turn->words.log_prob += (double)choice->log_prob[i];
    }
}

static struct turn take_nearest(struct search *s) {
    size_t nearest = 0;
    for (size_t i = 1; i < s->count; i++)
        if (s->open[i].behind > s->open[nearest].behind)
            nearest = i;
    const struct turn turn = s->open[nearest];
    s->open[nearest] = s->open[--s->count];
    return turn;
}

/* Goes on greedily to the end; false when that is not worth while, or the text ends in the middle of the sound. */
static bool finish(struct search *s, struct turn *turn, double best) {
    struct sr_words *words = &turn->words;
    struct sr_follow follow;
    while (words->count < SR_PATH_TOKENS - 1 && words->log_prob > best - LOSS && s->budget > -FINISH) {
        if (!sr_path_follow(s->path, words->tokens, words->count, &follow)) {
            s->budget = -FINISH;
            return false;
        }
        s->budget--;
        const struct sr_choice choice = choose(follow.logits, whisper_token_eot(s->path->context), follow.shift);
        if (log(follow.stamp) > (double)choice.log_prob[0]) /* Whisper's rule */
            return follow.end > follow.stamp / 2;
        branch(s, words, turn->behind, &choice, choice.token[0], choice.log_prob[0]);
        words->tokens[words->count++] = choice.token[0];
        words->log_prob += (double)choice.log_prob[0];
    }
    return false;
}

static double mean(const struct sr_words *words) {
    return words->log_prob / (double)words->count;
}

bool sr_search(struct sr_path *path, const struct sr_choice *steps, int budget, struct sr_words *words) {
    struct search s = {.path = path, .budget = budget, .open = malloc(OPEN * sizeof *s.open)};
    struct sr_words before = {0};
    bool better = false;
    if (!s.open)
        return false;
    for (size_t i = 0; i < words->count; i++) {
        float taken = -INFINITY;
        for (int k = 0; k < SR_CHOICES; k++)
            if (steps[i].token[k] == words->tokens[i])
                taken = steps[i].log_prob[k];
        if (taken == -INFINITY)
            break;
        branch(&s, &before, 0, &steps[i], words->tokens[i], taken);
        before.tokens[before.count++] = words->tokens[i];
        before.log_prob += (double)taken;
    }
    while (s.count > 0 && s.budget > 0) {
        struct turn turn = take_nearest(&s);
        if (finish(&s, &turn, words->log_prob) && mean(&turn.words) > mean(words)) {
            *words = turn.words;
            better = true;
        }
    }
    free(s.open);
    return better;
}
