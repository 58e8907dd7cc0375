/* SPDX-License-Identifier: Apache-2.0 */
/* What every test program includes: cmocka with what it needs, and temporary files. */
#ifndef SR_TESTS_TEST_H
#define SR_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** A new empty folder; removed, with what is in it, by test_folder_remove. malloc'd. */
char *test_folder(void);
void test_folder_remove(char *folder);
/** Writes a file into the folder; returns its malloc'd path. */
char *test_file(const char *folder, const char *name, const char *text);
/** How many entries the folder has. */
int test_folder_count(const char *folder);

#endif
