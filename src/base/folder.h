/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of the file system. */
#ifndef SR_BASE_FOLDER_H
#define SR_BASE_FOLDER_H

#include <stdbool.h>

/** Makes the folders that the file of this path is to be in, as far as they are missing. What follows the last slash is
 *  not looked at. False when one can't be made; errno tells why. */
bool sr_folder_make_for(const char *path);

#endif
