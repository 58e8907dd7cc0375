/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sound in half its bytes: 32 samples become a byte that says how they are predicted and how coarse they are, and a
 * byte each for what the prediction missed. Speech comes back with its noise some 50 dB below it, silence exactly.
 */
#ifndef SR_SPEECH_BANK_PACK_H
#define SR_SPEECH_BANK_PACK_H

#include <stddef.h>
#include <stdint.h>

#define SR_BANK_BLOCK 32

/** So many bytes do so many samples take. [any] */
static inline uint64_t sr_bank_packed_bytes(uint64_t count) {
    return count + (count + SR_BANK_BLOCK - 1) / SR_BANK_BLOCK;
}

/** Packs `count` samples, cut to -1..1, into sr_bank_packed_bytes(count) bytes. [any] */
void sr_bank_pack(const float *samples, size_t count, uint8_t *packed);
/** Gives `count` samples; any bytes give some. [any][rt] */
void sr_bank_unpack(const uint8_t *packed, size_t count, float *samples);

#endif
