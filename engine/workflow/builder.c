/* SPDX-License-Identifier: Apache-2.0 */
/* builder.c - the public way to a workflow, declared or put together at run time.
 *
 *   definition --\
 *                 > builder: draft (structure) + bodies by number in the draft
 *   options -----/                |
 *                                 `--build--> cloacina_workflow
 *
 * Law: the structure goes into the draft, everything else beside it; they meet again only by
 * number. */
#include <cloacina/workflow.h>

#include <assert.h>

#include "workflow/bodies.h"
#include "workflow/draft.h"

struct cloacina_workflow_builder {
    struct workflow_draft draft;
    struct arena arena;       /* revisions, descriptions; becomes the workflow's */
    struct task_body *bodies; /* Owned, by number in the draft */
    size_t body_capacity;
    const char *description; /* in the arena; NULL: none */
    const char *file;        /* in the arena; NULL: unknown */
    int line;
    bool is_used_up; /* a call failed, or it was built */
};

static enum cloacina_code out_of_memory(const struct cloacina_workflow_builder *builder,
                                        struct cloacina_error *err)
{
    return draft_blame(&builder->draft, cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory"),
                       err);
}

/* ---- life ---- */

/* `*ret_copy` is NULL when `text` is. False: no memory. */
static bool text_keep(struct arena *arena, const char *text, const char **ret_copy)
{
    *ret_copy = NULL;
    if (text == NULL) {
        return true;
    }
    *ret_copy = arena_copy(arena, text, text_of(text).length);
    return *ret_copy != NULL;
}

enum cloacina_code cloacina_workflow_builder_create(const struct cloacina_workflow_options *options,
                                                    struct cloacina_workflow_builder **ret_builder,
                                                    struct cloacina_error *err)
{
    struct cloacina_heap *heap = options->heap != NULL ? options->heap : cloacina_heap_system();
    struct cloacina_workflow_builder *builder = heap_take_zeroed(heap, 1, sizeof(*builder));
    if (builder == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "workflow builder: no memory");
    }
    builder->line = options->line;
    arena_init(&builder->arena, heap);
    enum cloacina_code code =
        draft_init(&builder->draft,
                   &(struct draft_options){.heap = heap,
                                           .tenant = text_of(options->tenant),
                                           .package = text_of(options->package),
                                           .name = text_of(options->name),
                                           .place = {options->file, options->line}},
                   err);
    if (code != CLOACINA_OK) {
        heap_give(heap, builder, sizeof(*builder));
        return code;
    }
    if (!text_keep(&builder->arena, options->description, &builder->description) ||
        !text_keep(&builder->arena, options->file, &builder->file)) {
        code = out_of_memory(builder, err);
        cloacina_workflow_builder_destroy(builder);
        return code;
    }
    *ret_builder = builder;
    return CLOACINA_OK;
}

void cloacina_workflow_builder_destroy(struct cloacina_workflow_builder *builder)
{
    if (builder == NULL) {
        return;
    }
    struct cloacina_heap *heap = builder->draft.heap;
    heap_give(heap, builder->bodies, builder->body_capacity * sizeof(builder->bodies[0]));
    arena_finish(&builder->arena);
    draft_finish(&builder->draft);
    heap_give(heap, builder, sizeof(*builder));
}

static enum cloacina_code usable_check(const struct cloacina_workflow_builder *builder,
                                       struct cloacina_error *err)
{
    if (builder->is_used_up) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "workflow builder: it was built, or an earlier call failed");
    }
    return CLOACINA_OK;
}

/* ---- adding ---- */

/* All but the dependencies. */
static enum cloacina_code task_add(struct cloacina_workflow_builder *builder,
                                   const struct cloacina_task_options *options,
                                   struct cloacina_error *err)
{
    uint32_t number;
    struct workflow_draft *draft = &builder->draft;
    enum cloacina_code code =
        draft_add_task(draft,
                       &(struct draft_task_options){
                           .name = text_of(options->name),
                           .retry = options->retry,
                           .rule = options->rule,
                           .timeout_ms = options->timeout_ms,
                           .place = {.file = options->file, .line = options->line},
                       },
                       &number, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (!heap_grow(draft->heap, &builder->bodies, &builder->body_capacity, draft->task_count,
                   sizeof(builder->bodies[0]))) {
        return out_of_memory(builder, err);
    }
    struct task_body *body = &builder->bodies[number];
    *body = (struct task_body){.run = options->body, .user = options->user};
    if (!text_keep(&builder->arena, options->revision, &body->revision) ||
        !text_keep(&builder->arena, options->description, &body->description)) {
        return out_of_memory(builder, err);
    }
    return CLOACINA_OK;
}

enum cloacina_code cloacina_workflow_builder_add_task(struct cloacina_workflow_builder *builder,
                                                      const struct cloacina_task_options *options,
                                                      struct cloacina_error *err)
{
    enum cloacina_code code = usable_check(builder, err);
    if (code == CLOACINA_OK) {
        code = task_add(builder, options, err);
    }
    for (size_t i = 0;
         code == CLOACINA_OK && options->dependencies != NULL && options->dependencies[i] != NULL;
         i++) {
        code = draft_add_dependency(&builder->draft, text_of(options->dependencies[i]), err);
    }
    builder->is_used_up = code != CLOACINA_OK;
    return code;
}

/* ---- building ---- */

/* Makes the object; takes over the builder's arena. NULL: no memory; then `definition` is still the
 * caller's. */
static struct cloacina_workflow *object_create(struct cloacina_workflow_builder *builder,
                                               const struct workflow *definition,
                                               const uint32_t *numbers)
{
    struct arena *arena = &builder->arena;
    struct cloacina_workflow *workflow = arena_take_zeroed(arena, 1, sizeof(*workflow));
    struct task_body *bodies = arena_take(arena, definition->task_count * sizeof(*bodies));
    if (workflow == NULL || bodies == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < definition->task_count; i++) {
        bodies[numbers[i]] = builder->bodies[i];
    }
    atomic_init(&workflow->references, 1);
    workflow->definition = definition;
    workflow->bodies = bodies;
    workflow->description = builder->description;
    workflow->file = builder->file;
    workflow->line = builder->line;
    hash128_print(definition->hash, workflow->hash);
    workflow->arena = *arena;
    arena_init(arena, builder->draft.heap);
    return workflow;
}

static enum cloacina_code build(struct cloacina_workflow_builder *builder,
                                struct cloacina_workflow **ret_workflow, struct cloacina_error *err)
{
    struct workflow_draft *draft = &builder->draft;
    size_t count = draft->task_count;
    uint32_t *numbers = heap_take(draft->heap, count * sizeof(*numbers));
    if (numbers == NULL) {
        return out_of_memory(builder, err);
    }
    struct workflow *definition;
    enum cloacina_code code = draft_build(draft, &definition, numbers, err);
    if (code == CLOACINA_OK) {
        *ret_workflow = object_create(builder, definition, numbers);
        if (*ret_workflow == NULL) {
            code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "workflow '%.*s': no memory",
                                        TEXT_PRINT(definition->name));
            workflow_unref(definition);
        }
    }
    heap_give(draft->heap, numbers, count * sizeof(*numbers));
    return code;
}

enum cloacina_code cloacina_workflow_builder_build(struct cloacina_workflow_builder *builder,
                                                   struct cloacina_workflow **ret_workflow,
                                                   struct cloacina_error *err)
{
    enum cloacina_code code = usable_check(builder, err);
    if (code == CLOACINA_OK) {
        code = build(builder, ret_workflow, err);
    }
    builder->is_used_up = true;
    return code;
}

/* ---- what the macros declared ---- */

static enum cloacina_code declared_add(struct cloacina_workflow_builder *builder,
                                       const struct cloacina_task_definition *task,
                                       struct cloacina_error *err)
{
    enum cloacina_code code = task_add(builder,
                                       &(struct cloacina_task_options){
                                           .name = task->name,
                                           .body = task->body,
                                           .retry = task->retry,
                                           .timeout_ms = task->timeout_ms,
                                           .rule = task->rule,
                                           .revision = task->revision,
                                           .description = task->description,
                                           .user = task->user,
                                           .file = task->file,
                                           .line = task->line,
                                       },
                                       err);
    if (code == CLOACINA_OK && task->body == NULL) {
        code = draft_blame_task(&builder->draft, builder->draft.last,
                                cloacina_error_raise(err, CLOACINA_INVALID, "has no body"), err);
    }
    for (size_t i = 0;
         code == CLOACINA_OK && task->dependencies != NULL && task->dependencies[i] != NULL; i++) {
        code = draft_add_dependency(&builder->draft, text_of(task->dependencies[i]->name), err);
    }
    return code;
}

static bool is_listed(const struct workflow_draft *draft,
                      const struct cloacina_task_definition *task)
{
    uint32_t number;
    return draft_find(draft, text_of(task->name), &number) && draft->tasks[number].retry != NULL;
}

/* A dependency that exists in C but was left out of the workflow deserves its own words. */
static enum cloacina_code declared_check(const struct workflow_draft *draft,
                                         const struct cloacina_task_definition *task,
                                         struct cloacina_error *err)
{
    for (size_t i = 0; task->dependencies != NULL && task->dependencies[i] != NULL; i++) {
        if (!is_listed(draft, task->dependencies[i])) {
            return draft_blame_name(
                text_of(task->name), (struct place){task->file, task->line},
                cloacina_error_raise(err, CLOACINA_INVALID,
                                     "dependency '%s' is not in the .tasks of workflow '%.*s'",
                                     task->dependencies[i]->name, TEXT_PRINT(draft->name)),
                err);
        }
    }
    return CLOACINA_OK;
}

static enum cloacina_code declared_build(struct cloacina_workflow_builder *builder,
                                         const struct cloacina_task_definition *const *tasks,
                                         struct cloacina_workflow **ret_workflow,
                                         struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    for (size_t i = 0; code == CLOACINA_OK && tasks != NULL && tasks[i] != NULL; i++) {
        code = declared_add(builder, tasks[i], err);
    }
    for (size_t i = 0; code == CLOACINA_OK && tasks != NULL && tasks[i] != NULL; i++) {
        code = declared_check(&builder->draft, tasks[i], err);
    }
    return code == CLOACINA_OK ? build(builder, ret_workflow, err) : code;
}

enum cloacina_code cloacina_workflow_build_definition(
    const struct cloacina_workflow_definition *definition, struct cloacina_heap *heap,
    struct cloacina_workflow **ret_workflow, struct cloacina_error *err)
{
    assert(definition != NULL);
    struct cloacina_workflow_builder *builder;
    enum cloacina_code code = cloacina_workflow_builder_create(
        &(struct cloacina_workflow_options){.name = definition->name,
                                            .tenant = definition->tenant,
                                            .package = definition->package,
                                            .description = definition->description,
                                            .file = definition->file,
                                            .line = definition->line,
                                            .heap = heap},
        &builder, err);
    if (code == CLOACINA_OK) {
        code = declared_build(builder, definition->tasks, ret_workflow, err);
        cloacina_workflow_builder_destroy(builder);
    }
    return code;
}
