/* SPDX-License-Identifier: Apache-2.0 */
/* draft.h - a workflow while it is put together: tasks in any order, dependencies by name.
 *
 *   draft_init -> draft_add_task, draft_add_dependency ... -> draft_build -> struct workflow
 *                                                         \-> draft_finish
 *
 * Law: a name is kept once, whoever mentions it first, so a dependency may come before its task.
 * Every error names the offender, with file and line where they were given. Nothing is allocated
 * per task. */
#ifndef WORKFLOW_DRAFT_H
#define WORKFLOW_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "workflow/workflow.h"

/* A place in a source file. */
struct place {
    const char *file; /* Borrowed, outlives the draft; NULL: unknown */
    int line;         /* 0: unknown */
};

/* A name that was mentioned; a task once it was added: then `retry` is not NULL. 64 bytes. */
struct draft_task {
    const char *name;
    uint32_t name_length;
    uint32_t first;       /* index of its first dependency in the draft's list */
    uint32_t count;       /* of its dependencies */
    uint32_t depended_by; /* 1 + the last task that named it as a dependency: finds repetitions */
    struct place place;
    struct rule *rule; /* NULL: none */
    const struct retry_policy *retry;
    int64_t timeout_ns;
};

/* Owned by the caller; private to draft.c, order.c and build.c except `task_count`. */
struct workflow_draft {
    struct cloacina_heap *heap; /* Borrowed */
    struct arena arena;         /* names, rules, policies; becomes the workflow's */
    struct text tenant;
    struct text package;
    struct text name;
    struct place place;
    struct draft_task *tasks; /* Owned; in the order of first mention */
    size_t task_count;        /* names mentioned so far */
    size_t task_capacity;
    size_t added_count;     /* of them, tasks */
    uint32_t *slots;        /* Owned hash table: 1 + index into tasks, 0 = free */
    size_t slot_count;      /* 0 or a power of two */
    uint32_t *dependencies; /* Owned: indices into tasks, task by task */
    size_t dependency_count;
    size_t dependency_capacity;
    uint32_t last; /* the task added last */
};

struct draft_options {
    struct cloacina_heap *heap; /* NULL: system heap; outlives draft and workflow */
    struct text tenant;         /* empty: "public" */
    struct text package;        /* empty: "embedded" */
    struct text name;
    struct place place;
};

/* Texts are copied. On an error there is nothing to finish. */
enum cloacina_code draft_init(struct workflow_draft *draft, const struct draft_options *options,
                              struct cloacina_error *err) MUST_CHECK;
void draft_finish(struct workflow_draft *draft);

struct draft_task_options {
    struct text name;
    struct cloacina_retry retry;
    const struct cloacina_rule *rule; /* NULL: none */
    int64_t timeout_ms;               /* 0: none */
    struct place place;
    /* Not NULL: retry, rule and timeout are those of its task `like_task`. */
    const struct workflow *like;
    uint32_t like_task;
};

/* `*ret_task` (may be NULL) is the task's number in this draft, not in the workflow. Name and rule
 * are copied. After an error of this or the next two calls the draft can only be finished. */
enum cloacina_code draft_add_task(struct workflow_draft *draft,
                                  const struct draft_task_options *options, uint32_t *ret_task,
                                  struct cloacina_error *err) MUST_CHECK;

/* Makes the task added last depend on the one called `name`. Repetition is ignored. */
enum cloacina_code draft_add_dependency(struct workflow_draft *draft, struct text name,
                                        struct cloacina_error *err) MUST_CHECK;

/* Checks everything and makes the workflow; after that the draft can only be finished.
 * `ret_numbers`, if not NULL, has room for `draft->task_count` numbers and gets, for each number in
 * the draft, that in the workflow. */
enum cloacina_code draft_build(struct workflow_draft *draft, struct workflow **ret_workflow,
                               uint32_t *ret_numbers, struct cloacina_error *err) MUST_CHECK;

/* ---- for order.c and build.c ---- */

static inline struct text draft_task_name(const struct workflow_draft *draft, uint32_t task)
{
    const struct draft_task *found = &draft->tasks[task];
    return (struct text){.bytes = found->name, .length = found->name_length};
}

/* Puts "<file>:<line>: task '<name>': " in front of the message; returns `code`. */
enum cloacina_code draft_blame_task(const struct workflow_draft *draft, uint32_t task,
                                    enum cloacina_code code, struct cloacina_error *err) MUST_CHECK;

/* The same for a task by its name and place. */
enum cloacina_code draft_blame_name(struct text name, struct place place, enum cloacina_code code,
                                    struct cloacina_error *err) MUST_CHECK;

/* Puts "<file>:<line>: workflow '<name>': " in front of the message; returns `code`. */
enum cloacina_code draft_blame(const struct workflow_draft *draft, enum cloacina_code code,
                               struct cloacina_error *err) MUST_CHECK;

/* The number of a mentioned name; false: it was not mentioned. */
bool draft_find(const struct workflow_draft *draft, struct text name,
                uint32_t *ret_task) MUST_CHECK;

/* The nearest name of a task that was added: "; did you mean 'price'?", or "". */
struct similar;
const char *draft_similar(const struct workflow_draft *draft, struct similar *similar,
                          struct text wanted);

#endif
