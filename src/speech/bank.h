/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The audio bank: sentences rendered beforehand, in one file that is mapped into memory. Looking one up reads its
 * index entry and its samples, nothing else.
 *
 *   header | packed samples of every sentence | index, by hash of the text | texts
 *
 * A file serves one voice, named by a key over all that shapes its sound. A bank is read-only; a new one is written
 * beside it and takes its name. A file that is damaged, cut short or of another voice is refused when it is opened, and
 * a sentence whose samples changed is not found.
 *
 * How a text is read is no part of the voice: each sentence carries a hash of what its voice was given, as of
 * sr_voice_read, and the file one of the tables that it was read with. Where the tables are others, sr_bank_review
 * leaves out the sentences that would be given otherwise now.
 *
 * A text is there in each of the kinds in which it is said: the styles (enum sr_style) and SR_BANK_HEAD, the words
 * that sentences with slots begin with, "Son las" of "Son las {hora}.".
 */
#ifndef SR_SPEECH_BANK_H
#define SR_SPEECH_BANK_H

#include "base/str.h"

#include <stdatomic.h>

#define SR_BANK_VERSION 3 /* of the file's form */
#define SR_BANK_CUTS 8    /* word boundaries known of a sentence, at most */
#define SR_BANK_HEAD 256  /* a kind beside the styles */

struct sr_bank;

/** A sentence; everything is borrowed from the bank. */
struct sr_bank_clip {
    const uint8_t *packed; /* samples, as of sr_bank_unpack */
    size_t count;
    int rate_hz;
    const uint32_t *cuts; /* samples between two words, ascending */
    int cut_count;
    uint64_t given; /* to the voice */
};

/** Maps the file. SARAI_EMODEL: there is none; SARAI_EINPUT: it can't be used, `error` says why. The caller owns
 *  `*out`. [any] */
int sr_bank_open(const char *path, const char *voice, struct sr_bank **out, struct sarai_error *error);
void sr_bank_close(struct sr_bank *bank);
size_t sr_bank_count(const struct sr_bank *bank);
/** The hash of the tables that its texts were read with; 0 for NULL. [any] */
uint64_t sr_bank_tables(const struct sr_bank *bank);
/** Asks for each sentence whether its voice would be given the same; where not, it is not found any more. Not while
 *  somebody reads the bank. */
void sr_bank_review(struct sr_bank *bank, bool (*is_same)(void *user, const char *text, int kind, uint64_t given),
                    void *user);
/** The sentence of exactly that text and kind; false for none. `bank` may be NULL. [any] */
bool sr_bank_find(const struct sr_bank *bank, const char *text, int kind, struct sr_bank_clip *out);
/** The longest head that `text` begins with and does not end with; how many bytes of it that is, or 0. [any] */
size_t sr_bank_find_head(const struct sr_bank *bank, const char *text, struct sr_bank_clip *out);

struct sr_bank_writer;

/** Begins a new bank under a temporary name beside `path`. The caller owns `*out`. [any] */
int sr_bank_writer_new(const char *path, const char *voice, uint64_t tables, struct sr_bank_writer **out,
                       struct sarai_error *error);
/** Adds a sentence; a text that is there already in that kind is ignored. */
int sr_bank_writer_add(struct sr_bank_writer *writer, const char *text, int kind, uint64_t given, const float *samples,
                       size_t count, int rate_hz);
/** The same from another bank. */
int sr_bank_writer_copy(struct sr_bank_writer *writer, const char *text, int kind, const struct sr_bank_clip *clip);
/** Completes the file and gives it its name; frees the writer in any case. */
int sr_bank_writer_commit(struct sr_bank_writer *writer, struct sarai_error *error);
/** Forgets it. */
void sr_bank_writer_abandon(struct sr_bank_writer *writer);

/** Where the sessions of an engine find the bank of the moment. Zero-initialize. */
struct sr_bank_shelf {
    _Atomic(struct sr_bank *) bank;
};

/** Hands `bank` over; it replaces the one there, which stays readable until the shelf is cleared. [one] */
void sr_bank_shelf_put(struct sr_bank_shelf *shelf, struct sr_bank *bank);
/** The bank of the moment or NULL. [any] */
const struct sr_bank *sr_bank_shelf_get(const struct sr_bank_shelf *shelf);
/** Closes all banks. Nobody may read them any more. */
void sr_bank_shelf_clear(struct sr_bank_shelf *shelf);

#endif
