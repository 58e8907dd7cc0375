/* SPDX-License-Identifier: Apache-2.0 */
/* Words to tokens, as a GPT-2 style recognizer was trained to write them. whisper.cpp's own tokenizer takes the longest
 * token first, which is another spelling than the model's and gets no probability from it. */
#ifndef SR_STT_BPE_H
#define SR_STT_BPE_H

#include <stddef.h>

struct sr_bpe;

/** A vocabulary of `count` tokens: `token(user, id)` is the bytes of one, borrowed until the vocabulary is freed; ids
 *  must be in the order in which training merged them. SARAI_ENOMEM. [any] */
int sr_bpe_new(const char *(*token)(void *user, int id), void *user, int count, struct sr_bpe **out);
void sr_bpe_free(struct sr_bpe *bpe);

/** Byte pair encoding (Sennrich et al. 2016) of `len` bytes, each word with the space before it encoded by itself.
 * Writes at most `room` ids; returns how many, or 0 when there are more or a byte has no token. [any] */
size_t sr_bpe_encode(const struct sr_bpe *bpe, const char *text, size_t len, int *ids, size_t room);

#endif
