/* SPDX-License-Identifier: Apache-2.0 */
/* fault.h - questions of a world to its oracle, and what an answer means beyond the one who asked.
 *
 * Law: whatever goes wrong is in the trace and in the story, and moves the beginning of the
 * calm. */
#ifndef WORLD_FAULT_H
#define WORLD_FAULT_H

#include "oracle/oracle.h"

struct cloacina_world;

/* oracle_ask() for a world. Nothing is asked in a calm one. `runner` is whose call or moment it is,
 * for the story: a label may leave that open. */
struct choice world_ask_by(struct cloacina_world *world, const struct label *label,
                           uint32_t runner);

/* The same, where the label says all. */
static inline struct choice world_ask(struct cloacina_world *world, const struct label *label)
{
    return world_ask_by(world, label, label->runner);
}

#endif
