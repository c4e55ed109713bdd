/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/workflow.h - a workflow as an object: build it, check it, ask it questions.
 *
 *     declared:     CLOACINA_WORKFLOW(shop, ...) -> cloacina_workflow_build_definition(&shop, ...)
 *                                                                     |
 *                                                                     +--> struct cloacina_workflow
 *                                                                     |
 *     at run time:  builder_create -> builder_add_task ... -> builder_build
 *
 * A workflow is a directed acyclic graph of tasks, checked when it is built and never changed after
 * that. Its tasks have numbers from 0 in *definition order*: each task after all that it depends
 * on, and among those that could come next the one with the smallest name (by bytes). The same
 * tasks give the same order, the same JSON and the same hash, in whatever order they were added.
 *
 * Errors of building have the code CLOACINA_INVALID (CLOACINA_EXISTS for a name used twice,
 * CLOACINA_LIMIT over a limit) and name the offender, with file and line where they are known:
 *
 *     shop.c:12: task 'charge': dependency 'prise' does not exist; did you mean 'price'?
 *
 * Ownership: a workflow is counted; all texts it returns are its own. It may be used from every
 * thread; a builder from one at a time. No call blocks. */
#ifndef CLOACINA_WORKFLOW_H
#define CLOACINA_WORKFLOW_H

#include <cloacina/authoring.h>
#include <cloacina/error.h>
#include <cloacina/heap.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits; one more is CLOACINA_LIMIT (a name: CLOACINA_INVALID): bytes of a tenant, package,
 * workflow or task name; tasks of one workflow; dependencies of all its tasks together. */
#define CLOACINA_NAME_LENGTH_MAX 255
#define CLOACINA_WORKFLOW_TASKS_MAX 4194304
#define CLOACINA_WORKFLOW_DEPENDENCIES_MAX 268435456

struct cloacina_workflow;
struct cloacina_workflow_builder;

/* ---- making one ---- */

/* Builds what the macros declared. `heap` NULL means the system heap; it must outlive the workflow.
 * Texts are copied; bodies and their `user` pointers are the definition's. A task without a body is
 * refused. */
CLOACINA_API enum cloacina_code cloacina_workflow_build_definition(
    const struct cloacina_workflow_definition *definition, struct cloacina_heap *heap,
    struct cloacina_workflow **ret_workflow, struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* All-zero is valid except for `name`. Texts are copied. */
struct cloacina_workflow_options {
    const char *name;           /* required */
    const char *tenant;         /* NULL = "public" */
    const char *package;        /* NULL = "embedded" */
    const char *description;    /* may be NULL */
    const char *file;           /* for error messages; may be NULL */
    int line;                   /* the same; 0 = unknown */
    struct cloacina_heap *heap; /* NULL = system heap; outlives builder and workflow */
};

CLOACINA_API enum cloacina_code
cloacina_workflow_builder_create(const struct cloacina_workflow_options *options,
                                 struct cloacina_workflow_builder **ret_builder,
                                 struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* All-zero is valid except for `name`. Texts and rules are copied, except `file`, which must
 * outlive the builder. Meanings and defaults as in struct cloacina_task_definition. */
struct cloacina_task_options {
    const char *name;                /* required */
    const char *const *dependencies; /* names, ending in NULL, added before or later; NULL = none */
    /* NULL: data only. */
    enum cloacina_code (*body)(struct cloacina_task *task, struct cloacina_error *err);
    struct cloacina_retry retry;
    int64_t timeout_ms;
    const struct cloacina_rule *rule;
    const char *revision;
    const char *description;
    void *user; /* Borrowed; outlives the workflow */
    const char *file;
    int line;
};

/* After an error the builder can only be destroyed. */
CLOACINA_API enum cloacina_code
cloacina_workflow_builder_add_task(struct cloacina_workflow_builder *builder,
                                   const struct cloacina_task_options *options,
                                   struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Checks everything and hands out the workflow. After that, whatever the answer, the builder can
 * only be destroyed; other calls on it are INVALID. */
CLOACINA_API enum cloacina_code
cloacina_workflow_builder_build(struct cloacina_workflow_builder *builder,
                                struct cloacina_workflow **ret_workflow,
                                struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* NULL is allowed. */
CLOACINA_API void cloacina_workflow_builder_destroy(struct cloacina_workflow_builder *builder);

CLOACINA_API struct cloacina_workflow *cloacina_workflow_ref(struct cloacina_workflow *workflow);
CLOACINA_API void cloacina_workflow_unref(struct cloacina_workflow *workflow); /* NULL is allowed */

/* The tasks named in `tasks` (ending in NULL) with everything they depend on, as the workflow
 * "<name>-subgraph"; it keeps a reference to `workflow`. NOT_FOUND: no such task (the message
 * suggests one). INVALID: an empty list, or the new name is too long. */
CLOACINA_API enum cloacina_code
cloacina_workflow_subgraph(struct cloacina_workflow *workflow, const char *const *tasks,
                           struct cloacina_workflow **ret_workflow,
                           struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* ---- what it is ---- */

CLOACINA_API const char *cloacina_workflow_tenant(const struct cloacina_workflow *workflow);
CLOACINA_API const char *cloacina_workflow_package(const struct cloacina_workflow *workflow);
CLOACINA_API const char *cloacina_workflow_name(const struct cloacina_workflow *workflow);
/* Or NULL. */
CLOACINA_API const char *cloacina_workflow_description(const struct cloacina_workflow *workflow);

/* The structure as JSON, and 32 hex digits that are XXH3-128 of that JSON: equal exactly for equal
 * structures. Bodies, revisions and descriptions are no part of either. */
CLOACINA_API const char *cloacina_workflow_json(const struct cloacina_workflow *workflow);
CLOACINA_API const char *cloacina_workflow_hash(const struct cloacina_workflow *workflow);

CLOACINA_API uint32_t cloacina_workflow_task_count(const struct cloacina_workflow *workflow);

/* The name of a task by its number in definition order; NULL: there is no such number. */
CLOACINA_API const char *cloacina_workflow_task_name(const struct cloacina_workflow *workflow,
                                                     uint32_t task);

/* The number of a task by its name. NOT_FOUND with a suggestion. */
CLOACINA_API enum cloacina_code
cloacina_workflow_find_task(const struct cloacina_workflow *workflow, const char *name,
                            uint32_t *ret_task, struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* ---- its graph ----
 *
 * Each of these writes the first `capacity` numbers, ascending unless said otherwise, to
 * `ret_tasks` (NULL is allowed with 0) and returns how many there are in all. A number that does
 * not exist has none. */

/* Tasks that depend on nothing; tasks that nothing depends on. */
CLOACINA_API uint32_t cloacina_workflow_roots(const struct cloacina_workflow *workflow,
                                              uint32_t *ret_tasks, uint32_t capacity);
CLOACINA_API uint32_t cloacina_workflow_leaves(const struct cloacina_workflow *workflow,
                                               uint32_t *ret_tasks, uint32_t capacity);

/* What a task depends on (in the order it was declared), and what depends on it; both directly. */
CLOACINA_API uint32_t cloacina_workflow_dependencies(const struct cloacina_workflow *workflow,
                                                     uint32_t task, uint32_t *ret_tasks,
                                                     uint32_t capacity);
CLOACINA_API uint32_t cloacina_workflow_dependents(const struct cloacina_workflow *workflow,
                                                   uint32_t task, uint32_t *ret_tasks,
                                                   uint32_t capacity);

/* Levels: roots have level 0, every other task one more than the highest of its dependencies. The
 * tasks of one level can run at the same time. */
CLOACINA_API uint32_t cloacina_workflow_level_count(const struct cloacina_workflow *workflow);
CLOACINA_API uint32_t cloacina_workflow_level(const struct cloacina_workflow *workflow,
                                              uint32_t level, uint32_t *ret_tasks,
                                              uint32_t capacity);

/* `*ret_yes` is 1 when neither task depends on the other, directly or through others, and they are
 * not the same; else 0. NOT_FOUND: no such task; NO_MEMORY. */
CLOACINA_API enum cloacina_code
cloacina_workflow_can_run_parallel(const struct cloacina_workflow *workflow, const char *task,
                                   const char *other, int *ret_yes,
                                   struct cloacina_error *err) CLOACINA_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
