/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/own_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define WORDS_MIN 3
#define WRONG_MAX 0.25

bool sr_own_words(const char *said, const char *spoken) {
    char *heard = sr_utf8_folded(said, strlen(said)), *own = sr_utf8_folded(spoken, strlen(spoken));
    int words = heard && *heard;
    for (const char *p = heard ? heard : ""; *p; p++)
        words += *p == ' ';
    const bool is =
        own && words >= WORDS_MIN && (double)sr_edits_within(heard, own) <= WRONG_MAX * (double)strlen(heard);
    free(heard);
    free(own);
    return is;
}
