/* SPDX-License-Identifier: Apache-2.0 */
/* outside.h - what reaches a world from outside: submissions, and what an operator does.
 *
 *   submit, command --> event at its instant --> posted to runner 1 --> answered by its step
 *
 * Laws: what comes from outside goes first at its instant, in the order in which it was asked for.
 * A command that makes no sense when its time comes changes nothing and is kept as refused. */
#ifndef SIMULATOR_OUTSIDE_H
#define SIMULATOR_OUTSIDE_H

#include <cloacina/world.h>

#include "base/heap.h"
#include "base/id.h"
#include "base/id_map.h"
#include "base/text.h"

struct outside;

/* Owned by the caller; fields private. */
struct outsides {
    struct cloacina_heap *heap;
    struct outside *first;   /* Owned: everything that was asked for and not answered well */
    struct outside *refused; /* of those: the first that was refused */
    struct id_maker ids;     /* of executions */
    struct id_map runs;      /* their numbers, from 1, in the order of submission */
    uint64_t count;
};

void outsides_init(struct outsides *outsides, struct cloacina_heap *heap, uint64_t entropy);
void outsides_finish(struct outsides *outsides);

/* Writes about the first refused command; false: there is none. */
bool outsides_refused(const struct outsides *outsides, char *ret_message, size_t size);

#endif
