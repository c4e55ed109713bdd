/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_run.h - one seed: a world from its beginning to its rest. */
#ifndef CLI_SIMULATE_RUN_H
#define CLI_SIMULATE_RUN_H

#include "simulate/simulate.h"
#include "simulate/simulate_progress.h"
#include "simulate/simulate_source.h"
#include "report/report.h"
#include "report/report_trace.h"

/* What all seeds share. Everything is Borrowed. */
struct simulation {
    struct cloacina_heap *heap;
    const struct simulate_options *options;
    const struct simulate_source *source;
    const char *context; /* JSON */
    struct report *report;
    struct progress *progress;
    struct report_trace *trace; /* NULL: none is wanted */
};

/* Runs one seed and adds its figures, and what failed, to the report. A workflow that fails and a
 * promise that is broken are results; errors are wrong input (INVALID: the context) and the
 * machine (NO_MEMORY). */
enum cloacina_code simulation_run(const struct simulation *simulation, uint64_t seed,
                                  struct cloacina_error *err) MUST_CHECK;

#endif
