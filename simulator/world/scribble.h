/* SPDX-License-Identifier: Apache-2.0 */
/* scribble.h - a heap whose memory looks different and lies elsewhere, for whoever depends on it.
 *
 *   inner block   | nobody's | what the caller gets: new bytes hold the pattern |
 *
 * A run of the same decisions with another pattern must leave the same trace: a body that reads an
 * address, or bytes that nobody has written, gives itself away (I-29). The stacks of coroutines do
 * the same: see coroutine_pool. Memory that a body takes from elsewhere (malloc) is moved by the
 * ballast, but holds what it holds. */
#ifndef SIMULATOR_SCRIBBLE_H
#define SIMULATOR_SCRIBBLE_H

#include <stdint.h>

#include "base/heap.h"

enum { SCRIBBLE_BALLAST = 64 }; /* blocks of 16, 32, 48... bytes */

/* Owned by the caller; fields private but `heap`. */
struct scribble {
    struct cloacina_heap heap; /* first */
    struct cloacina_heap *inner;
    uint8_t pattern; /* 0: there is nothing to finish */
    void *ballast[SCRIBBLE_BALLAST];
};

/* `pattern` is not 0. Ballast that cannot be had is left out. */
void scribble_init(struct scribble *scribble, struct cloacina_heap *inner, uint8_t pattern);
void scribble_finish(struct scribble *scribble);

#endif
