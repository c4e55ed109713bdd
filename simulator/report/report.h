/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - what came out of simulating one workflow with one or more seeds: figures, failures,
 * and their three shapes: JSON, a summary for people, a trace for a trace viewer (report_trace.h).
 *
 * Law: all but wall_ns is the same whenever the same is run. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <cloacina/world.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/text.h"

/* The figures of one run, or of several together. */
struct report_figures {
    uint64_t tasks;
    uint64_t completed;
    uint64_t failed;
    uint64_t skipped;
    uint64_t attempts;
    uint64_t events;
    int64_t makespan_ns; /* of several: the longest */
    int64_t virtual_ns;
    int64_t wall_ns;
    char trace_hash[HASH_TEXT_SIZE]; /* of several: the hash over their hashes, in order */
};

/* A promise that was broken: one of the engine's (I-01 ...), or "completed": the workflow did not
 * end well. */
struct report_failure {
    uint64_t seed;
    const char *invariant; /* the report's */
    const char *message;   /* the report's */
};

/* Owned by the caller. What was asked for is filled in by hand after report_init. */
struct report {
    struct arena arena;
    struct text workflow; /* Borrowed */
    uint64_t seed;        /* the first */
    uint64_t seeds;
    uint64_t runners;
    uint64_t slots;     /* per runner; 0: unlimited */
    const char *replay; /* Borrowed: the command line up to the seed, for the shell; "" = none */
    struct report_figures *runs;
    size_t run_count;
    size_t run_capacity;
    struct report_failure *failures;
    size_t failure_count;
    size_t failure_capacity;
};

/* `heap` NULL means the system heap. */
void report_init(struct report *report, struct cloacina_heap *heap);
void report_finish(struct report *report);

/* Adds the figures of the next seed. False: no memory. */
bool report_add_run(struct report *report, const struct report_figures *figures) MUST_CHECK;

/* Copies the texts. False: no memory. */
bool report_add_failure(struct report *report, const struct report_failure *failure) MUST_CHECK;

/* Of all runs together; there is at least one. */
struct report_figures report_total(const struct report *report);

/* One JSON object and a line feed. With several seeds it has "runs", one object for each. */
void report_write_json(const struct report *report, struct text_builder *builder);

/* A few lines for people: failures first, each with the command that shows it again. */
void report_write_text(const struct report *report, struct text_builder *builder);

#endif
