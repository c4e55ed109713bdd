/* SPDX-License-Identifier: Apache-2.0 */
/* floor.h - the least that simulating costs: take the next event from a heap, call its callback,
 * touch what it is about, plan the next event.
 *
 *   heap of (time, order, node) -> node->callback(node): reads and writes all four cache lines of
 *                                  its node -> pushes the next node
 *
 * Frozen: it is what the engine is measured against, so it changes only together with a new
 * baseline. It shares no code with the engine. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdint.h>

struct floor_options {
    uint64_t nodes;   /* of 256 bytes each */
    uint64_t pending; /* how many events are planned at any time */
    uint64_t events;  /* how many are fired: more than nodes come back to the first */
};

/* Allocates, runs, frees. Returns a number that depends on everything it did. */
uint64_t floor_run(const struct floor_options *options);

/* Nanoseconds of processor time of the loop alone. */
int64_t floor_time_ns(const struct floor_options *options);

#endif
