/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/own_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define WORDS_MIN 3
#define WRONG_MAX 0.25

/* The fewest letters to be changed in `said` until it stands somewhere in `spoken`; SIZE_MAX: out of memory. */
static size_t edits_within(const struct sr_str *said, const struct sr_str *spoken) {
    size_t *column = malloc((said->len + 1) * sizeof *column), best = said->len;
    if (!column)
        return SIZE_MAX;
    for (size_t i = 0; i <= said->len; i++)
        column[i] = i;
    for (size_t j = 1; j <= spoken->len; j++) {
        size_t diagonal = column[0]; /* stays 0: it may begin anywhere */
        for (size_t i = 1; i <= said->len; i++) {
            const size_t left = column[i];
            const size_t least = left < column[i - 1] ? left : column[i - 1];
            const size_t changed = diagonal + (said->data[i - 1] != spoken->data[j - 1]);
            column[i] = changed < least + 1 ? changed : least + 1;
            diagonal = left;
        }
        best = column[said->len] < best ? column[said->len] : best;
    }
    free(column);
    return best;
}

bool sr_own_words(const char *said, const char *spoken) {
    struct sr_str heard = {0}, own = {0};
    sr_utf8_fold(said, strlen(said), &heard);
    sr_utf8_fold(spoken, strlen(spoken), &own);
    int words = heard.len > 0;
    for (size_t i = 0; i < heard.len; i++)
        words += heard.data[i] == ' ';
    const bool is = words >= WORDS_MIN && !heard.failed && !own.failed &&
                    (double)edits_within(&heard, &own) <= WRONG_MAX * (double)heard.len;
    sr_str_deinit(&heard);
    sr_str_deinit(&own);
    return is;
}
