/* SPDX-License-Identifier: Apache-2.0 */
/* draft.c - adding tasks and dependencies by name.
 *
 *   slots --> tasks[]: "price" (added)   first, count --> dependencies[]: numbers of tasks
 *                      "audit" (only mentioned so far)
 *
 * Law: adding costs the same whatever the number of tasks; whether a mentioned name is a task is
 * asked once, at the end (build.c). */
#include "workflow/draft.h"

#include <assert.h>
#include <inttypes.h>

#include "base/instant.h"
#include "workflow/name.h"
#include "workflow/similar.h"

enum { SLOTS_FIRST = 64 };
#define TIMEOUT_MS_MAX (INT64_MAX / NANOSECONDS_PER_MILLISECOND)

/* ---- blame ---- */

static enum cloacina_code blame_place(struct place place, enum cloacina_code code,
                                      struct cloacina_error *err)
{
    if (err != NULL && place.file != NULL) {
        (void)cloacina_error_wrap(err, "%s:%d", place.file, place.line);
    }
    return code;
}

enum cloacina_code draft_blame_name(struct text name, struct place place, enum cloacina_code code,
                                    struct cloacina_error *err)
{
    if (err != NULL) {
        (void)cloacina_error_wrap(err, "task '%.*s'", TEXT_PRINT(name));
    }
    return blame_place(place, code, err);
}

enum cloacina_code draft_blame_task(const struct workflow_draft *draft, uint32_t task,
                                    enum cloacina_code code, struct cloacina_error *err)
{
    return draft_blame_name(draft_task_name(draft, task), draft->tasks[task].place, code, err);
}

enum cloacina_code draft_blame(const struct workflow_draft *draft, enum cloacina_code code,
                               struct cloacina_error *err)
{
    if (err != NULL) {
        (void)cloacina_error_wrap(err, "workflow '%.*s'", TEXT_PRINT(draft->name));
    }
    return blame_place(draft->place, code, err);
}

static enum cloacina_code out_of_memory(const struct workflow_draft *draft,
                                        struct cloacina_error *err)
{
    return draft_blame(draft, cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory"), err);
}

/* ---- beginning and end ---- */

static enum cloacina_code part_set(struct workflow_draft *draft, const char *what, struct text name,
                                   struct text *ret_part, struct cloacina_error *err)
{
    enum cloacina_code code = name_check(what, name, err);
    if (code == CLOACINA_OK) {
        *ret_part = text_copy(&draft->arena, name);
        if (ret_part->bytes == NULL) {
            code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
        }
    }
    return code;
}

enum cloacina_code draft_init(struct workflow_draft *draft, const struct draft_options *options,
                              struct cloacina_error *err)
{
    struct text tenant = options->tenant.bytes == NULL ? TEXT_LITERAL("public") : options->tenant;
    struct text package =
        options->package.bytes == NULL ? TEXT_LITERAL("embedded") : options->package;
    *draft = (struct workflow_draft){.heap = options->heap != NULL ? options->heap
                                                                   : cloacina_heap_system(),
                                     .place = options->place};
    arena_init(&draft->arena, draft->heap);
    enum cloacina_code code = part_set(draft, "workflow", options->name, &draft->name, err);
    if (code == CLOACINA_OK) {
        code = part_set(draft, "tenant", tenant, &draft->tenant, err);
    }
    if (code == CLOACINA_OK) {
        code = part_set(draft, "package", package, &draft->package, err);
    }
    if (code != CLOACINA_OK) {
        draft_finish(draft);
        return blame_place(options->place, code, err);
    }
    return CLOACINA_OK;
}

void draft_finish(struct workflow_draft *draft)
{
    heap_give(draft->heap, draft->tasks, draft->task_capacity * sizeof(draft->tasks[0]));
    heap_give(draft->heap, draft->slots, draft->slot_count * sizeof(draft->slots[0]));
    heap_give(draft->heap, draft->dependencies,
              draft->dependency_capacity * sizeof(draft->dependencies[0]));
    arena_finish(&draft->arena);
    *draft = (struct workflow_draft){.heap = draft->heap, .arena = draft->arena};
}

/* ---- names ---- */

/* The slot that holds `name`, or the free one where it belongs. The table is never full. */
static size_t slot_of(const struct workflow_draft *draft, struct text name)
{
    size_t slot = name_slot(name, draft->slot_count);
    while (draft->slots[slot] != 0 &&
           !text_equal(draft_task_name(draft, draft->slots[slot] - 1), name)) {
        slot = (slot + 1) & (draft->slot_count - 1);
    }
    return slot;
}

bool draft_find(const struct workflow_draft *draft, struct text name, uint32_t *ret_task)
{
    size_t slot = draft->slot_count == 0 ? 0 : slot_of(draft, name);
    if (draft->slot_count == 0 || draft->slots[slot] == 0) {
        return false;
    }
    *ret_task = draft->slots[slot] - 1;
    return true;
}

/* At most three of four slots are taken. */
static bool slots_reserve(struct workflow_draft *draft)
{
    if (draft->task_count + 1 <= draft->slot_count / 4 * 3) {
        return true;
    }
    size_t count = draft->slot_count == 0 ? SLOTS_FIRST : draft->slot_count * 2;
    uint32_t *slots = heap_take_zeroed(draft->heap, count, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    heap_give(draft->heap, draft->slots, draft->slot_count * sizeof(*slots));
    draft->slots = slots;
    draft->slot_count = count;
    for (size_t i = 0; i < draft->task_count; i++) {
        draft->slots[slot_of(draft, draft_task_name(draft, (uint32_t)i))] = (uint32_t)i + 1;
    }
    return true;
}

/* Appends a name that was not mentioned before. False: no memory. */
static bool name_append(struct workflow_draft *draft, struct text name)
{
    if (!slots_reserve(draft) || !heap_grow(draft->heap, &draft->tasks, &draft->task_capacity,
                                            draft->task_count + 1, sizeof(draft->tasks[0]))) {
        return false;
    }
    struct draft_task task = {.name = arena_copy(&draft->arena, name.bytes, name.length),
                              .name_length = (uint32_t)name.length};
    if (task.name == NULL) {
        return false;
    }
    size_t slot = slot_of(draft, name);
    draft->tasks[draft->task_count++] = task;
    draft->slots[slot] = (uint32_t)draft->task_count;
    return true;
}

/* The number of `name`, mentioned now if it was not before. `name` was checked. */
static enum cloacina_code mention(struct workflow_draft *draft, struct text name,
                                  uint32_t *ret_task, struct cloacina_error *err)
{
    if (draft_find(draft, name, ret_task)) {
        return CLOACINA_OK;
    }
    if (draft->task_count == CLOACINA_WORKFLOW_TASKS_MAX) {
        return draft_blame(draft,
                           cloacina_error_raise(err, CLOACINA_LIMIT, "more than %d tasks",
                                                CLOACINA_WORKFLOW_TASKS_MAX),
                           err);
    }
    if (!name_append(draft, name)) {
        return out_of_memory(draft, err);
    }
    *ret_task = (uint32_t)draft->task_count - 1;
    return CLOACINA_OK;
}

const char *draft_similar(const struct workflow_draft *draft, struct similar *similar,
                          struct text wanted)
{
    similar_init(similar, wanted);
    for (size_t i = 0; i < draft->task_count; i++) {
        if (draft->tasks[i].retry != NULL) {
            similar_offer(similar, draft_task_name(draft, (uint32_t)i));
        }
    }
    return similar_question(similar);
}

/* ---- tasks ---- */

/* Generated workflows give all their tasks the same policy: neighbours share one. */
static bool retry_set(struct workflow_draft *draft, struct draft_task *task,
                      const struct retry_policy *policy)
{
    const struct retry_policy *before =
        draft->added_count == 0 ? retry_policy_default() : draft->tasks[draft->last].retry;
    task->retry =
        retry_policy_equal(policy, before) ? before : retry_policy_keep(policy, &draft->arena);
    return task->retry != NULL;
}

/* All of a task but its name and dependencies. */
static enum cloacina_code options_set(struct workflow_draft *draft, struct draft_task *task,
                                      const struct draft_task_options *options,
                                      struct cloacina_error *err)
{
    if (options->timeout_ms < 0 || options->timeout_ms > TIMEOUT_MS_MAX) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "timeout_ms is %" PRId64 ", wanted 1 to %" PRId64
                                    ", or 0 for none",
                                    options->timeout_ms, TIMEOUT_MS_MAX);
    }
    task->timeout_ns = nanoseconds_of_ms(options->timeout_ms);
    struct retry_policy policy;
    enum cloacina_code code = retry_policy_of(&options->retry, &policy, err);
    if (code == CLOACINA_OK && options->rule != NULL) {
        code = rule_of(options->rule, &draft->arena, &task->rule, err);
    }
    if (code == CLOACINA_OK && !retry_set(draft, task, &policy)) {
        code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
    }
    return code;
}

/* The same from a task that was checked before. */
static enum cloacina_code likeness_set(struct workflow_draft *draft, struct draft_task *task,
                                       const struct draft_task_options *options,
                                       struct cloacina_error *err)
{
    const struct workflow_task *like = &options->like->tasks[options->like_task];
    struct workflow_rule_names names = {.names.task_name = workflow_rule_name,
                                        .workflow = options->like};
    task->timeout_ns = like->timeout_ns;
    if (like->rule != NULL) {
        task->rule = rule_copy(like->rule, &draft->arena, &names.names);
    }
    if ((like->rule != NULL && task->rule == NULL) || !retry_set(draft, task, like->retry)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
    }
    return CLOACINA_OK;
}

static enum cloacina_code repeated(const struct workflow_draft *draft, uint32_t task,
                                   struct place place, struct cloacina_error *err)
{
    struct place first = draft->tasks[task].place;
    enum cloacina_code code;
    if (first.file == NULL) {
        code = cloacina_error_raise(err, CLOACINA_EXISTS, "there is a task of this name already");
    } else if (first.file == place.file && first.line == place.line) {
        code = cloacina_error_raise(err, CLOACINA_EXISTS, "is listed twice");
    } else {
        code = cloacina_error_raise(err, CLOACINA_EXISTS,
                                    "there is a task of this name already, at %s:%d", first.file,
                                    first.line);
    }
    return draft_blame_name(draft_task_name(draft, task), place, code, err);
}

enum cloacina_code draft_add_task(struct workflow_draft *draft,
                                  const struct draft_task_options *options, uint32_t *ret_task,
                                  struct cloacina_error *err)
{
    uint32_t number;
    enum cloacina_code code = name_check("task", options->name, err);
    if (code != CLOACINA_OK) {
        return blame_place(options->place, code, err);
    }
    code = mention(draft, options->name, &number, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct draft_task *task = &draft->tasks[number];
    if (task->retry != NULL) {
        return repeated(draft, number, options->place, err);
    }
    code = options->like != NULL ? likeness_set(draft, task, options, err)
                                 : options_set(draft, task, options, err);
    if (code != CLOACINA_OK) {
        return draft_blame_name(options->name, options->place, code, err);
    }
    task->place = options->place;
    task->first = (uint32_t)draft->dependency_count;
    draft->last = number;
    draft->added_count++;
    if (ret_task != NULL) {
        *ret_task = number;
    }
    return CLOACINA_OK;
}

enum cloacina_code draft_add_dependency(struct workflow_draft *draft, struct text name,
                                        struct cloacina_error *err)
{
    assert(draft->added_count > 0);
    uint32_t number;
    enum cloacina_code code = name_check("dependency", name, err);
    if (code != CLOACINA_OK) {
        return draft_blame_task(draft, draft->last, code, err);
    }
    code = mention(draft, name, &number, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (draft->tasks[number].depended_by == draft->last + 1) {
        return CLOACINA_OK;
    }
    if (draft->dependency_count == CLOACINA_WORKFLOW_DEPENDENCIES_MAX) {
        return draft_blame(draft,
                           cloacina_error_raise(err, CLOACINA_LIMIT, "more than %d dependencies",
                                                CLOACINA_WORKFLOW_DEPENDENCIES_MAX),
                           err);
    }
    if (!heap_grow(draft->heap, &draft->dependencies, &draft->dependency_capacity,
                   draft->dependency_count + 1, sizeof(draft->dependencies[0]))) {
        return out_of_memory(draft, err);
    }
    draft->tasks[number].depended_by = draft->last + 1;
    draft->dependencies[draft->dependency_count++] = number;
    draft->tasks[draft->last].count++;
    return CLOACINA_OK;
}
