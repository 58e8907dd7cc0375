/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_BASE_REALTIME_H
#define SR_BASE_REALTIME_H

/** Behind the parameters of a function that never waits, locks or allocates: a sound card's callback and what it calls.
 *  Compilers that know the attribute check it (-Wfunction-effects, -fsanitize=realtime). */
#define SR_NONBLOCKING
#if defined(__has_attribute)
#if __has_attribute(nonblocking)
#undef SR_NONBLOCKING
#define SR_NONBLOCKING __attribute__((nonblocking))
#endif
#endif

#endif
