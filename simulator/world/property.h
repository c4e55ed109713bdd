/* SPDX-License-Identifier: Apache-2.0 */
/* property.h - private: the user's own promises, judged while a world runs.
 *
 *   something has changed --> ALWAYS: must hold           at rest --> EVENTUALLY: must hold
 *                             SOMETIMES: is noted
 *
 * What has changed is the store (a commit) or the outside (an effect, or a call of one); nothing is
 * judged twice in the same state.
 * Law: a property looks at the truth of the store and the ledger, not at what a runner believes. */
#ifndef SIMULATOR_PROPERTY_H
#define SIMULATOR_PROPERTY_H

#include <cloacina/world.h>

#include <stdbool.h>

/* Those of one world; all-zero: none. Fields private but `count`. */
struct properties {
    const struct cloacina_property *all[CLOACINA_WORLD_PROPERTIES_MAX]; /* Borrowed */
    uint32_t count;
    bool has_judged;
    uint64_t seen;    /* bit i: all[i] was true at some moment */
    uint64_t broken;  /* bit i: it was false at some moment */
    uint64_t changes; /* of the world, when it was judged last */
};

/* When there are some: judges, if anything has changed. After an event call properties_look. */
void properties_judge(struct cloacina_world *world);

/* The world has come to rest. */
void properties_settled(struct cloacina_world *world);

/* Gives the properties that a program or library declares for a workflow, and those for any, by
 * name; `declared` is its cloacina_properties_declared(), or your own. Writes at most
 * CLOACINA_WORLD_PROPERTIES_MAX of them, and returns how many there are. */
size_t properties_of(const char *workflow,
                     int (*declared)(const struct cloacina_property *const **ret_properties,
                                     size_t *ret_count),
                     const struct cloacina_property **ret_properties);

#endif
