/* SPDX-License-Identifier: Apache-2.0 */
/* build.c - from a draft to a workflow.
 *
 *   all names are tasks? -> order -> tasks, edges, levels -> rules bound -> JSON -> hash
 *
 * Law: checks come before anything is handed over; after the hand-over nothing but memory can
 * fail. */
#include <assert.h>
#include <string.h>

#include "workflow/ancestry.h"
#include "workflow/draft.h"
#include "workflow/json.h"
#include "workflow/memory.h"
#include "workflow/order.h"
#include "workflow/similar.h"

static enum cloacina_code out_of_memory(const struct workflow_draft *draft,
                                        struct cloacina_error *err)
{
    return draft_blame(draft, cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory"), err);
}

/* ---- names ---- */

static enum cloacina_code missing_raise(const struct workflow_draft *draft, uint32_t task,
                                        uint32_t dependency, struct cloacina_error *err)
{
    struct similar similar;
    struct text name = draft_task_name(draft, dependency);
    enum cloacina_code code =
        cloacina_error_raise(err, CLOACINA_INVALID, "dependency '%.*s' does not exist%s",
                             TEXT_PRINT(name), draft_similar(draft, &similar, name));
    return draft_blame_task(draft, task, code, err);
}

/* Every name that was mentioned is a task; what is none was mentioned by a dependency. */
static enum cloacina_code names_check(const struct workflow_draft *draft,
                                      struct cloacina_error *err)
{
    if (draft->added_count == 0) {
        return draft_blame(draft, cloacina_error_raise(err, CLOACINA_INVALID, "has no tasks"), err);
    }
    if (draft->added_count == draft->task_count) {
        return CLOACINA_OK;
    }
    for (uint32_t task = 0;; task++) {
        assert(task < draft->task_count);
        const uint32_t *dependencies = draft->dependencies + draft->tasks[task].first;
        for (uint32_t i = 0; i < draft->tasks[task].count; i++) {
            if (draft->tasks[dependencies[i]].retry == NULL) {
                return missing_raise(draft, task, dependencies[i], err);
            }
        }
    }
}

/* ---- tasks and edges ---- */

/* The dependencies of all tasks, in definition order, and the levels that follow from them. */
static void dependencies_copy(const struct workflow_draft *draft, const struct order *order,
                              struct workflow_task *tasks, uint32_t *dependencies)
{
    for (uint32_t i = 0; i < order->count; i++) {
        const struct draft_task *from = &draft->tasks[order->draft_of[i]];
        struct workflow_task *task = &tasks[i];
        task->dependencies = dependencies;
        task->dependency_count = from->count;
        for (uint32_t k = 0; k < from->count; k++) {
            uint32_t number = order->position_of[draft->dependencies[from->first + k]];
            *dependencies++ = number;
            tasks[number].dependent_count++;
            if (task->level <= tasks[number].level) {
                task->level = tasks[number].level + 1;
            }
        }
    }
}

/* The way back: counts are known, so every task's range is; tasks in order make every range
 * ascending. */
static void dependents_fill(struct workflow_task *tasks, uint32_t count, uint32_t *dependents)
{
    size_t first = 0;
    for (uint32_t i = 0; i < count; i++) {
        tasks[i].dependents = dependents + first;
        first += tasks[i].dependent_count;
        tasks[i].dependent_count = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < tasks[i].dependency_count; k++) {
            struct workflow_task *dependency = &tasks[tasks[i].dependencies[k]];
            dependents[dependency->dependents - dependents + dependency->dependent_count++] = i;
        }
    }
}

static uint32_t level_count(const struct workflow_task *tasks, uint32_t count)
{
    uint32_t highest = 0;
    for (uint32_t i = 0; i < count; i++) {
        highest = tasks[i].level > highest ? tasks[i].level : highest;
    }
    return highest + 1;
}

/* The arrays go into the draft's arena, which the workflow takes over. False: no memory. */
static bool tasks_make(struct workflow_draft *draft, const struct order *order,
                       struct workflow *workflow)
{
    struct workflow_task *tasks = arena_take_zeroed(&draft->arena, order->count, sizeof(*tasks));
    uint32_t *dependencies = arena_take(&draft->arena, draft->dependency_count * sizeof(uint32_t));
    uint32_t *dependents = arena_take(&draft->arena, draft->dependency_count * sizeof(uint32_t));
    if (tasks == NULL || dependencies == NULL || dependents == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < order->count; i++) {
        const struct draft_task *from = &draft->tasks[order->draft_of[i]];
        tasks[i].name = from->name;
        tasks[i].name_length = from->name_length;
        tasks[i].rule = from->rule;
        tasks[i].retry = from->retry;
        tasks[i].timeout_ns = from->timeout_ns;
    }
    dependencies_copy(draft, order, tasks, dependencies);
    dependents_fill(tasks, order->count, dependents);
    workflow->tasks = tasks;
    workflow->task_count = order->count;
    workflow->level_count = level_count(tasks, order->count);
    workflow->dependency_count = draft->dependency_count;
    return true;
}

/* ---- rules ---- */

/* What rule_bind asks for the names in the rule of `task`. */
struct rule_scope {
    struct rule_resolver resolver;
    const struct workflow_draft *draft;
    const struct order *order;
    struct ancestry ancestry;
    uint32_t task; /* definition number */
};

/* Takes "tenant::package::workflow::" off a full name. False: it is another workflow's. */
static bool short_name(const struct workflow_draft *draft, struct text name, struct text *ret_short)
{
    const struct text parts[] = {draft->tenant, draft->package, draft->name};
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        if (!text_starts_with(name, parts[i])) {
            return false;
        }
        name.bytes += parts[i].length;
        name.length -= parts[i].length;
        if (!text_starts_with(name, TEXT_LITERAL("::"))) {
            return false;
        }
        name.bytes += 2;
        name.length -= 2;
    }
    *ret_short = name;
    return true;
}

static bool is_full_name(struct text name)
{
    for (size_t i = 0; i + 1 < name.length; i++) {
        if (name.bytes[i] == ':' && name.bytes[i + 1] == ':') {
            return true;
        }
    }
    return false;
}

static enum cloacina_code ancestor_check(struct rule_scope *scope, struct text name, uint32_t named,
                                         struct cloacina_error *err)
{
    bool depends;
    if (!ancestry_depends(&scope->ancestry, scope->task, named, &depends)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
    }
    if (!depends) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID,
            "task '%.*s' is no ancestor, so it may not have ended yet; add it to the "
            "dependencies",
            TEXT_PRINT(name));
    }
    return CLOACINA_OK;
}

static enum cloacina_code resolve(const struct rule_resolver *resolver, struct text name,
                                  uint32_t *ret_task, struct cloacina_error *err)
{
    struct rule_scope *scope = CONTAINER_OF(resolver, struct rule_scope, resolver);
    struct text wanted = name;
    if (is_full_name(name) && !short_name(scope->draft, name, &wanted)) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID, "task '%.*s' is not in '%.*s::%.*s::%.*s'", TEXT_PRINT(name),
            TEXT_PRINT(scope->draft->tenant), TEXT_PRINT(scope->draft->package),
            TEXT_PRINT(scope->draft->name));
    }
    uint32_t found;
    if (!draft_find(scope->draft, wanted, &found)) {
        struct similar similar;
        return cloacina_error_raise(err, CLOACINA_INVALID, "task '%.*s' does not exist%s",
                                    TEXT_PRINT(name),
                                    draft_similar(scope->draft, &similar, wanted));
    }
    *ret_task = scope->order->position_of[found];
    return ancestor_check(scope, name, *ret_task, err);
}

static enum cloacina_code rules_bind(const struct workflow_draft *draft, const struct order *order,
                                     const struct workflow *workflow, struct cloacina_error *err)
{
    struct rule_scope scope = {.resolver.resolve = resolve, .draft = draft, .order = order};
    ancestry_init(&scope.ancestry, workflow->tasks, workflow->task_count, draft->heap);
    enum cloacina_code code = CLOACINA_OK;
    for (uint32_t i = 0; i < order->count && code == CLOACINA_OK; i++) {
        struct rule *rule = draft->tasks[order->draft_of[i]].rule;
        if (rule != NULL) {
            scope.task = i;
            code = rule_bind(rule, &scope.resolver, err);
            if (code != CLOACINA_OK) {
                code = draft_blame_task(draft, order->draft_of[i], code, err);
            }
        }
    }
    ancestry_finish(&scope.ancestry);
    return code;
}

/* ---- hand-over ---- */

/* What the workflow does not need any more goes before the JSON comes: both are large. */
static void draft_hand_over(struct workflow_draft *draft, const struct order *order,
                            struct workflow_memory *memory)
{
    for (size_t i = 0; i < draft->slot_count; i++) {
        if (draft->slots[i] != 0) {
            draft->slots[i] = order->position_of[draft->slots[i] - 1] + 1;
        }
    }
    memory->slots = draft->slots;
    memory->slot_count = draft->slot_count;
    memory->arena = draft->arena;
    draft->slots = NULL;
    draft->slot_count = 0;
    arena_init(&draft->arena, draft->heap);
    draft_finish(draft);
}

/* The buffer is cut to its length: it stays as long as the workflow. */
static bool json_make(struct workflow_memory *memory)
{
    struct workflow *workflow = &memory->workflow;
    struct text_builder builder;
    text_builder_init(&builder, memory->heap);
    workflow_json_write(&builder, workflow);
    if (builder.failed) {
        text_builder_finish(&builder);
        return false;
    }
    size_t size = builder.length + 1;
    char *cut = memory->heap->impl->resize(memory->heap, builder.bytes, builder.capacity, size);
    if (cut == NULL) {
        text_builder_finish(&builder);
        return false;
    }
    memory->json = cut;
    memory->json_size = size;
    workflow->json = (struct text){.bytes = cut, .length = builder.length};
    workflow->hash = hash128_of(cut, builder.length);
    return true;
}

static struct workflow_memory *memory_create(const struct workflow_draft *draft)
{
    struct workflow_memory *memory = heap_take_zeroed(draft->heap, 1, sizeof(*memory));
    if (memory != NULL) {
        memory->heap = draft->heap;
        memory->workflow.tenant = draft->tenant;
        memory->workflow.package = draft->package;
        memory->workflow.name = draft->name;
        memory->workflow.memory = memory;
        atomic_init(&memory->references, 1);
        arena_init(&memory->arena, draft->heap);
    }
    return memory;
}

/* Fills `memory`; on an error the caller destroys it. */
static enum cloacina_code workflow_fill(struct workflow_draft *draft, const struct order *order,
                                        struct workflow_memory *memory, struct cloacina_error *err)
{
    if (!tasks_make(draft, order, &memory->workflow)) {
        return out_of_memory(draft, err);
    }
    enum cloacina_code code = rules_bind(draft, order, &memory->workflow, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    draft_hand_over(draft, order, memory);
    if (!json_make(memory)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "workflow '%.*s': no memory",
                                    TEXT_PRINT(memory->workflow.name));
    }
    return CLOACINA_OK;
}

enum cloacina_code draft_build(struct workflow_draft *draft, struct workflow **ret_workflow,
                               uint32_t *ret_numbers, struct cloacina_error *err)
{
    enum cloacina_code code = names_check(draft, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct order order;
    struct cloacina_heap *heap = draft->heap;
    code = order_make(draft, &order, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct workflow_memory *memory = memory_create(draft);
    code = memory == NULL ? out_of_memory(draft, err) : workflow_fill(draft, &order, memory, err);
    if (code == CLOACINA_OK) {
        if (ret_numbers != NULL) {
            memcpy(ret_numbers, order.position_of, order.count * sizeof(*ret_numbers));
        }
        *ret_workflow = &memory->workflow;
    } else if (memory != NULL) {
        workflow_memory_destroy(memory);
    }
    order_finish(&order, heap);
    return code;
}
