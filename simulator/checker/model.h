/* SPDX-License-Identifier: Apache-2.0 */
/* model.h - the engine once more, slow and obvious: what must become of an execution.
 *
 *   definition, initial context, how each task ended, what it wrote
 *        --> was it to run, or to be skipped, and why?      model_decision
 *        --> what did its body have to see?                 model_input
 *        --> how does the execution end, and in what?       model_status, model_final
 *
 * Law: written from the design's section 3 alone. It shares no code with what it judges (execution,
 * rules, retries, views); it reads definitions, and compares JSON values. Nothing is fast here: an
 * execution of more than MODEL_TASKS_MAX tasks, or MODEL_WRITES_MAX writes, is not judged. */
#ifndef CHECKER_MODEL_H
#define CHECKER_MODEL_H

#include "base/arena.h"
#include "context/delta.h"
#include "execution/rows.h"
#include "workflow/workflow.h"

enum { MODEL_TASKS_MAX = 64, MODEL_WRITES_MAX = 256 };

/* How a task ended. */
struct model_end {
    uint8_t status;            /* enum task_status: Completed, Failed, Skipped */
    uint8_t skip;              /* enum skip_reason */
    const struct delta *delta; /* Completed: what it wrote; NULL: nothing. Borrowed */
};

/* One change of one completed task. */
struct model_write {
    uint32_t author;
    struct text path;          /* as a struct path is encoded */
    const struct value *value; /* NULL: removed */
};

/* What somebody knows of a write: nothing, that it is there, or that it was replaced. */
enum model_sight { MODEL_UNSEEN = 0, MODEL_THERE = 1, MODEL_REPLACED = 2 };

/* Owned by the caller; everything in it is in the arena, or Borrowed for as long. */
struct model {
    struct arena *arena;
    const struct workflow *workflow;
    const struct value *initial;
    const struct model_end *ends; /* task_count */
    struct model_write *writes;   /* in the order of their authors */
    size_t write_count;
    uint8_t *sights; /* what each task hands on: task_count times write_count enum model_sight */
};

/* Too large for it? */
bool model_fits(const struct workflow *workflow, const struct model_end *ends);

/* False: no memory. */
bool model_init(struct model *model, struct arena *arena, const struct workflow *workflow,
                const struct value *initial, const struct model_end *ends) MUST_CHECK;

/* SKIP_NONE: the task is to run. For a task all of whose dependencies have ended, not by a
 * cancellation. False: no memory. */
bool model_decision(const struct model *model, uint32_t task,
                    enum skip_reason *ret_reason) MUST_CHECK;

/* What its body sees; likewise. NULL: no memory. */
const struct value *model_input(const struct model *model, uint32_t task) MUST_CHECK;

/* Of the whole: Completed or Failed, when nobody cancelled it. */
enum execution_status model_status(const struct model *model);
const struct value *model_final(const struct model *model) MUST_CHECK; /* NULL: no memory */

/* ---- model_rule.c ---- */

struct model_facts {
    uint8_t (*status)(const void *user, uint32_t task); /* enum task_status of an ancestor */
    const void *user;
    const struct value *input; /* NULL is legal when the rule asks for no context */
};
bool model_rule_holds(const struct rule *rule, const struct model_facts *facts);
bool model_rule_reads(const struct rule *rule); /* does it ask for the context? */

/* ---- model_retry.c ---- */

/* The shortest and the longest time to the next attempt after attempt `failed` (from 1). */
void model_delay(const struct retry_policy *policy, uint32_t failed, int64_t *ret_shortest,
                 int64_t *ret_longest);

/* Whether attempt `failed`, which ended so, is followed by another. */
bool model_retries(const struct retry_policy *policy, uint32_t failed, enum cloacina_code code,
                   struct text message);

/* ---- model_value.c ---- */

/* `object` with `value` at the path (NULL: nothing there any more). NULL: no memory. */
const struct value *model_write_do(struct arena *arena, const struct value *object,
                                   struct text path, const struct value *value) MUST_CHECK;

/* `object` with all of a delta written into it. NULL: no memory. */
const struct value *model_apply(struct arena *arena, const struct value *object,
                                const struct delta *delta) MUST_CHECK;

/* Does a delta of somebody who saw `object` name changes only, each as deep as it goes? Equal
 * values are no change; what is an object before and after is not replaced as a whole; what is not
 * there is not removed. NULL: yes; else what is wrong, static. False: no memory. */
bool model_delta_judge(struct arena *arena, const struct value *object, const struct delta *delta,
                       const char **ret_wrong) MUST_CHECK;

/* The arrays' items, each once, in the order of their first occurrence. NULL: no memory. */
const struct value *model_arrays_unite(struct arena *arena, const struct value *one,
                                       const struct value *other) MUST_CHECK;

#endif
