/* SPDX-License-Identifier: Apache-2.0 */
/* report_trace.h - a run for a trace viewer, written while it goes on.
 *
 * The Chrome trace-event format ("Trace Event Format", JSON Object Format): one process per runner,
 * one thread per slot, one complete event ("X") per attempt. `ts` and `dur` are microseconds with
 * the nanoseconds as decimals; 0 is the start of the world. */
#ifndef REPORT_TRACE_H
#define REPORT_TRACE_H

#include <stdbool.h>
#include <stdio.h>

#include <cloacina/world.h>

#include "base/text.h"

/* Owned by the caller; all fields private. */
struct report_trace {
    FILE *stream;               /* Borrowed */
    struct text_builder buffer; /* one event */
    bool has_events;
    uint32_t slots[CLOACINA_WORLD_RUNNERS_MAX + 1]; /* how many of a runner have a name so far */
};

/* Writes the beginning. `heap` NULL means the system heap. */
void report_trace_begin(struct report_trace *trace, struct cloacina_heap *heap, FILE *stream,
                        uint32_t runners);

/* One attempt, in the order in which they end. Write errors stay in the stream. */
void report_trace_attempt(struct report_trace *trace, const struct cloacina_world_attempt *attempt);

/* Writes the end. False: there was no memory for an event. */
bool report_trace_end(struct report_trace *trace) MUST_CHECK;

#endif
