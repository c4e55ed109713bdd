/* SPDX-License-Identifier: Apache-2.0 */
/* subject.h - what is measured: workflows in a world without faults. */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include <cloacina/workflow.h>

/* A workflow of tasks that only cost time. */
struct subject {
    struct cloacina_workflow *workflow; /* Owned reference */
    int64_t *costs_ns;                  /* Owned */
    uint32_t tasks;
    int64_t work_ns; /* all costs together */
};

/* From a formula of `cloacinactl simulate --generate`. Ends the program when it is wrong. */
void subject_open(struct subject *subject, const char *formula);
void subject_close(struct subject *subject);

struct subject_run {
    int64_t ns; /* processor time from the submission until everything rests */
    uint64_t events;
    int64_t makespan_ns;
};

/* Runs it once, with one runner and unlimited slots. */
struct subject_run subject_run(const struct subject *subject, bool has_checkers);

/* A unit test of three tasks with bodies: nanoseconds to create a world, run and destroy it. */
int64_t subject_unit_test_ns(void);

#endif
