/* SPDX-License-Identifier: Apache-2.0 */
#include "support/word_errors.h"

#include <string.h>

#include "base/utf8.h"

double test_word_errors(const char *wanted, const char *got) {
    enum { MAX = 256 };
    struct sr_str a = {0}, b = {0};
    char *x[MAX], *y[MAX], *save = NULL;
    int n = 0, m = 0, row[MAX + 1];
    sr_utf8_fold(wanted, strlen(wanted), &a);
    sr_utf8_fold(got, strlen(got), &b);
    for (char *word = strtok_r(a.data, " ", &save); word && n < MAX; word = strtok_r(NULL, " ", &save))
        x[n++] = word;
    for (char *word = strtok_r(b.data, " ", &save); word && m < MAX; word = strtok_r(NULL, " ", &save))
        y[m++] = word;
    for (int j = 0; j <= m; j++)
        row[j] = j;
    for (int i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            const int replaced = diagonal + (strcmp(x[i - 1], y[j - 1]) != 0);
            diagonal = row[j];
            const int other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = replaced < other ? replaced : other;
        }
    }
    const double errors = n ? (double)row[m] / n : 1;
    sr_str_deinit(&a);
    sr_str_deinit(&b);
    return errors;
}
