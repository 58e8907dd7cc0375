/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_ENGINE_BANK_H
#define SR_ENGINE_BANK_H

#include "engine/engine.h"

/** Puts the bank of the configured voice on the engine's shelf, if there is one. [init] */
void sr_engine_bank_open(struct sarai_engine *engine);
/** Renders in the background, at the lowest priority, what is missing; no effect when it was started already. [any] */
void sr_engine_bank_start(struct sarai_engine *engine);
/** Ends that, keeping what was rendered, and closes the bank. */
void sr_engine_bank_close(struct sarai_engine *engine);

#endif
