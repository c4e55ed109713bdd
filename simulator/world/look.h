/* SPDX-License-Identifier: Apache-2.0 */
/* look.h - one execution as the store has it, for those who ask between two runs.
 *
 *   first question --> rows, history, whole execution: each is fetched when somebody needs it
 *   next run       --> everything is forgotten: it may have changed
 *
 * Laws: the store is asked directly, without a runner and without time; looking changes nothing
 * that a run could notice. */
#ifndef SIMULATOR_LOOK_H
#define SIMULATOR_LOOK_H

#include <cloacina/world.h>

#include "base/heap.h"

struct looks;

struct looks *looks_create(struct cloacina_heap *heap); /* NULL: no memory */
void looks_destroy(struct looks *looks);                /* NULL is legal */

/* Before the world goes on. */
void looks_forget(struct looks *looks);

#endif
