/* SPDX-License-Identifier: Apache-2.0 */
/* outside.h - what reaches a world from outside: submissions, and what an operator does.
 *
 *   submit, command --> event at its instant --> posted to the lowest living runner --> answered
 *                           ^  ^                        |                |
 *                           |  +---- a second later ----+ it has died    | no answer of the store
 *                           +------- a second later ---------------------+
 *
 * Laws: what comes from outside goes first at its instant, in the order in which it was asked for.
 * It is asked again until there is an answer; that it was done already is one then. A command that
 * makes no sense when its time comes changes nothing and is kept as refused. */
#ifndef SIMULATOR_OUTSIDE_H
#define SIMULATOR_OUTSIDE_H

#include <cloacina/world.h>

#include "base/heap.h"
#include "base/id.h"
#include "base/id_map.h"
#include "base/text.h"

struct actor;
struct choice;
struct outside;
struct workflow;

/* Owned by the caller; fields private. */
struct outsides {
    struct cloacina_heap *heap;
    struct outside *first;   /* Owned: everything that was asked for and not answered well */
    struct outside *refused; /* of those: the first that was refused */
    struct id_maker ids;     /* of executions */
    struct id_map runs;      /* their numbers, from 1, in the order of submission */
    uint64_t count;
    uint64_t waiting; /* so many have found no living runner */
};

void outsides_init(struct outsides *outsides, struct cloacina_heap *heap, uint64_t entropy);
void outsides_finish(struct outsides *outsides);

/* What this runner was asked and has not answered is asked again of another: it is gone. */
void outsides_forsaken(struct cloacina_world *world, const struct actor *actor);

/* There is a living runner: what waits for one is asked now. */
void outsides_runner_came(struct cloacina_world *world);

/* An operator does to the execution what was chosen (FAULT_PAUSE, FAULT_CANCEL, FAULT_RESET); a
 * pause is always followed by its resume. Tasks are counted in `definition`, which is Borrowed and
 * outlives the world. */
void outsides_operate(struct cloacina_world *world, struct id execution,
                      const struct workflow *definition, struct choice choice);

/* Writes about the first refused command; false: there is none. */
bool outsides_refused(const struct outsides *outsides, char *ret_message, size_t size);

#endif
