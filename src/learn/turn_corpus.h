/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the turn-end head learns from in writing: whole utterances of the project's own tables, and the same cut where
 * people stop to think or anywhere else, with the punctuation that a recognizer may or may not write.
 */
#ifndef SR_LEARN_TURN_CORPUS_H
#define SR_LEARN_TURN_CORPUS_H

#include "base/str.h"
#include "model/paths.h"

enum sr_utterance_kind {
    SR_UTTERANCE_SAID,   /* turn_sentences.txt: all kinds of talk */
    SR_UTTERANCE_PHRASE, /* templates.tsv: short */
    SR_UTTERANCE_READ,   /* knowledge.tsv: long and well-formed */
    SR_UTTERANCE_KINDS
};

struct sr_utterance_text {
    char *text; /* with '/' where it is natural to pause, as in turn_sentences.txt */
    enum sr_utterance_kind kind;
};

struct sr_turn_corpus {
    struct sr_utterance_text *list;
    size_t count, room;
    char **known; /* every whole utterance, folded, sorted */
};

/** Reads turn_sentences.txt, the phrases of templates.tsv and the sentences of knowledge.tsv of a language. The caller
 *  owns `*out`. [init] */
int sr_turn_corpus_load(const struct sr_model_opts *models, const char *language, struct sr_turn_corpus **out,
                        struct sarai_error *error);
void sr_turn_corpus_free(struct sr_turn_corpus *corpus);

/** Utterance `i` as it is written, without '/'; malloc'd, NULL when out of memory. */
char *sr_turn_corpus_text(const struct sr_turn_corpus *corpus, size_t i);

/** A draft of utterance `i`, whole or (`over` false) cut, as chance has it; malloc'd into `*out`, or NULL there when
 *  this utterance can't be cut: it has one short word, or what would be left is a whole utterance too. */
int sr_turn_corpus_draft(const struct sr_turn_corpus *corpus, size_t i, bool over, uint64_t *seed, char **out);

#endif
