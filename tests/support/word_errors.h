/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_TESTS_WORD_ERRORS_H
#define SR_TESTS_WORD_ERRORS_H

/** Words wrong (replaced, left out, put in) as a part of the words wanted; case, accents and signs don't matter. */
double test_word_errors(const char *wanted, const char *got);

#endif
