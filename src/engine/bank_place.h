/* SPDX-License-Identifier: Apache-2.0 */
/* Which file the audio bank of the configured voice is. */
#ifndef SR_ENGINE_BANK_PLACE_H
#define SR_ENGINE_BANK_PLACE_H

#include <stdint.h>

struct sarai_engine;

struct sr_bank_place {
    char key[17];    /* of all that shapes how given phonemes sound: the options of the voice and its models */
    uint64_t tables; /* a hash of what texts are read with */
    char *path;
};

/** SARAI_ENOMEM when out of memory or without a home; `path` is NULL then. [init] */
int sr_bank_place_init(const struct sarai_engine *engine, struct sr_bank_place *place);
void sr_bank_place_deinit(struct sr_bank_place *place);
/** Notes that the file was used just now. */
void sr_bank_place_touch(const struct sr_bank_place *place);
/** Deletes the banks beside the file but for those that were used last. */
void sr_bank_place_tidy(const struct sr_bank_place *place);

#endif
