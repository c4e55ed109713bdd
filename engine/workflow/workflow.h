/* SPDX-License-Identifier: Apache-2.0 */
/* workflow.h - the graph of a workflow as data, checked and immutable.
 *
 *   tasks[0] tasks[1] tasks[2] ...          definition order: every arrow points to the left
 *      ^________|  ^_________|  dependencies
 *
 * Bodies are not in it (workflow/bodies.h): whoever reads the store can apply any event to an
 * execution.
 * Laws:
 * - The JSON is canonical and the hash is that of the JSON: equal structure, equal bytes, equal
 *   hash.
 * - workflow_read() rebuilds exactly what was written, or refuses.
 * - Nothing here recurses along the graph: a chain may be millions long. */
#ifndef WORKFLOW_WORKFLOW_H
#define WORKFLOW_WORKFLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <cloacina/error.h>
#include <cloacina/workflow.h>

#include "base/hash.h"
#include "base/heap.h"
#include "base/text.h"
#include "task/retry.h"
#include "task/rule.h"

/* 64 bytes: one cache line. Texts and arrays are the workflow's own. */
struct workflow_task {
    const char *name; /* NUL-terminated as well */
    uint32_t name_length;
    uint32_t dependency_count;
    uint32_t dependent_count;
    uint32_t level;               /* roots 0, else one more than the highest dependency */
    const uint32_t *dependencies; /* without repetition, in declared order */
    const uint32_t *dependents;   /* ascending */
    const struct rule *rule;      /* NULL: no rule */
    const struct retry_policy *retry;
    int64_t timeout_ns; /* 0: none of its own */
};

struct workflow_memory;

/* Read freely; immutable. Texts are NUL-terminated as well. */
struct workflow {
    struct text tenant;
    struct text package;
    struct text name;
    uint32_t task_count; /* at least 1 */
    uint32_t level_count;
    const struct workflow_task *tasks; /* definition order */
    uint64_t dependency_count;         /* of all tasks */
    struct hash128 hash;               /* of `json` */
    struct text json;
    struct workflow_memory *memory; /* private: what workflow_ref counts and workflow_unref frees */
};

static inline struct text workflow_task_name(const struct workflow *workflow, uint32_t task)
{
    const struct workflow_task *found = &workflow->tasks[task];
    return (struct text){.bytes = found->name, .length = found->name_length};
}

/* How rules write down the tasks they name. */
struct workflow_rule_names {
    struct rule_names names; /* .task_name = workflow_rule_name */
    const struct workflow *workflow;
};
struct text workflow_rule_name(const struct rule_names *names, uint32_t task);

/* Counting is atomic. Both take NULL. */
struct workflow *workflow_ref(const struct workflow *workflow);
void workflow_unref(const struct workflow *workflow);

/* The number of the task called `name`; false: there is none. Constant time. */
bool workflow_index(const struct workflow *workflow, struct text name,
                    uint32_t *ret_task) MUST_CHECK;

/* The same; NOT_FOUND with "workflow 'shop' has no task 'prise'; did you mean 'price'?". */
enum cloacina_code workflow_find(const struct workflow *workflow, struct text name,
                                 uint32_t *ret_task, struct cloacina_error *err) MUST_CHECK;

/* Rebuilds a workflow from its JSON as stored. INVALID: it is not exactly what a workflow writes
 * (the message says what is wrong and where). `json` is copied. */
enum cloacina_code workflow_read(struct cloacina_heap *heap, struct text json,
                                 struct workflow **ret_workflow,
                                 struct cloacina_error *err) MUST_CHECK;

/* The tasks `tasks` (in any order, repetition allowed, at least one) and all that they depend on,
 * as
 * "<name>-subgraph". */
enum cloacina_code workflow_subgraph(const struct workflow *workflow, const uint32_t *tasks,
                                     size_t count, struct workflow **ret_workflow,
                                     struct cloacina_error *err) MUST_CHECK;

/* Whether `task` depends on `ancestor`, directly or through others. Looks only at tasks between the
 * two. */
enum cloacina_code workflow_depends(const struct workflow *workflow, uint32_t task,
                                    uint32_t ancestor, bool *ret_depends,
                                    struct cloacina_error *err) MUST_CHECK;

#endif
