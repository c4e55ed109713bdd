/* SPDX-License-Identifier: Apache-2.0 */
/* load.h - threads that execute one workflow again and again, and how long each call took. */
#ifndef EXAMPLES_LOAD_H
#define EXAMPLES_LOAD_H

#include <stdint.h>

#include <cloacina/runner.h>

struct load {
    struct cloacina_runner *runner; /* Borrowed */
    const char *workflow;
    uint64_t calls;   /* of all threads together */
    uint32_t threads; /* that call at the same time */
};

/* Every call must end with a Completed execution, or that is the error. `latencies_ns` takes
 * `calls` figures, in no order; `*ret_ns` is the time from the first call to the end of the
 * last. */
enum cloacina_code load_run(const struct load *load, int64_t *latencies_ns, int64_t *ret_ns,
                            struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Nanoseconds on a clock that only goes forward. */
int64_t load_now_ns(void);

/* Processor time that this process has used so far, in nanoseconds. */
int64_t load_cpu_ns(void);

#endif
