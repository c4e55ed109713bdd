/* SPDX-License-Identifier: Apache-2.0 */
/* workload.h - tasks that only cost time, and what they wait for: a recorded run, or a generated
 * one.
 *
 *   wfformat_read -\                                        /-> struct cloacina_workflow
 *                   +-> struct workload -> workload_build -+
 *   generate      -/                                        \-> costs, in definition order
 *
 * Laws: names are unique and the first `task_count` of the arena's; dependencies are numbers of
 * tasks of the same workload, none twice for one task. Whether there is a cycle is said by
 * workload_build. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stdint.h>

#include <cloacina/workflow.h>

#include "base/arena.h"
#include "base/text.h"

/* What all tasks together may cost: 100 years, so that instants stay far below the end of int64. */
#define WORKLOAD_COST_NS_MAX (INT64_C(36525) * 86400 * 1000000000)

struct workload_task {
    struct text name;          /* NUL-terminated as well; the arena's */
    int64_t cost_ns;           /* not negative */
    uint32_t line;             /* where it stands in the file it was read from; 0: nowhere */
    uint32_t dependency_first; /* index into `dependencies` */
    uint32_t dependency_count;
};

/* Owned by the caller; made by wfformat_read or generate. */
struct workload {
    struct arena arena; /* holds all below */
    struct text name;   /* NUL-terminated as well */
    const char *file;   /* for error messages; Borrowed; NULL: none */
    uint32_t line;      /* of the name in it; 0: nowhere */
    struct workload_task *tasks;
    uint32_t task_count;
    uint32_t *dependencies; /* numbers of tasks, task by task */
    size_t dependency_count;
};

/* `heap` NULL means the system heap. */
void workload_init(struct workload *workload, struct cloacina_heap *heap);
void workload_finish(struct workload *workload);

/* The sum of all costs, which fits: readers see to it. */
int64_t workload_cost_ns(const struct workload *workload);

/* Makes the workflow and fills `ret_costs_ns`, which has room for every task, in definition order.
 * INVALID: a cycle (the message has its path), or a name that the engine refuses. */
enum cloacina_code workload_build(const struct workload *workload, struct cloacina_heap *heap,
                                  struct cloacina_workflow **ret_workflow, int64_t *ret_costs_ns,
                                  struct cloacina_error *err) MUST_CHECK;

#endif
