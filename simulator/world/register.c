/* SPDX-License-Identifier: Apache-2.0 */
/* register.c - the workflows that every runner of a world has bodies for.
 *
 * Law: a runner learns at its start what it offers, so all registrations come before the first
 * submission. On an error nothing was registered. */
#include "base/compiler.h"
#include "world/world.h"

static enum cloacina_code no_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory to register a workflow");
}

static enum cloacina_code check(const struct cloacina_world *world, const struct registry *registry,
                                const struct workflow *definition, struct cloacina_error *err)
{
    if (world->begun > 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "workflow '%.*s' is registered after the first submission",
                                    TEXT_PRINT(definition->name));
    }
    if (registry_get(registry, definition->tenant, definition->package, definition->name) != NULL) {
        return cloacina_error_raise(err, CLOACINA_EXISTS, "workflow '%.*s' is already registered",
                                    TEXT_PRINT(definition->name));
    }
    return CLOACINA_OK;
}

/* A task without a body would stay Ready for ever, offered by nobody. */
static enum cloacina_code bodies_check(const struct cloacina_workflow *workflow,
                                       struct cloacina_error *err)
{
    const struct workflow *definition = workflow->definition;
    for (uint32_t i = 0; i < definition->task_count; i++) {
        if (workflow->bodies[i].run == NULL) {
            return cloacina_error_raise(err, CLOACINA_INVALID,
                                        "workflow '%.*s': task '%s' has no body",
                                        TEXT_PRINT(definition->name), definition->tasks[i].name);
        }
    }
    return CLOACINA_OK;
}

enum cloacina_code cloacina_world_register_workflow(struct cloacina_world *world,
                                                    struct cloacina_workflow *workflow,
                                                    struct cloacina_error *err)
{
    enum cloacina_code code = check(world, &world->registry, workflow->definition, err);
    if (code == CLOACINA_OK) {
        code = bodies_check(workflow, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    struct registration *registration = behaviours_make(&world->behaviours, NULL);
    if (registration == NULL) {
        return no_memory(err);
    }
    code = registry_add_workflow(&world->registry, workflow, err);
    if (code == CLOACINA_OK) {
        behaviours_add(&world->behaviours, registration, workflow);
    }
    return code;
}

/* Executions of a definition that only the old code has are looked at, too. */
enum cloacina_code cloacina_world_register_old(struct cloacina_world *world,
                                               struct cloacina_workflow *workflow,
                                               struct cloacina_error *err)
{
    struct registry *old = &world->deploy.other;
    enum cloacina_code code = check(world, old, workflow->definition, err);
    if (code == CLOACINA_OK) {
        code = bodies_check(workflow, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    bool is_known = behaviours_find_hash(&world->behaviours, workflow->definition->hash) != NULL;
    struct registration *registration = is_known ? NULL : behaviours_make(&world->behaviours, NULL);
    if (!is_known && registration == NULL) {
        return no_memory(err);
    }
    code = registry_add_workflow(old, workflow, err);
    if (code == CLOACINA_OK) {
        world->deploy.has_old = true;
    }
    if (code == CLOACINA_OK && !is_known) {
        behaviours_add(&world->behaviours, registration, workflow);
    }
    return code;
}

enum cloacina_code cloacina_world_register(struct cloacina_world *world,
                                           const struct cloacina_workflow_definition *definition,
                                           struct cloacina_error *err)
{
    struct cloacina_workflow *workflow;
    enum cloacina_code code =
        cloacina_workflow_build_definition(definition, world->heap, &workflow, err);
    if (code == CLOACINA_OK) {
        code = cloacina_world_register_workflow(world, workflow, err);
        cloacina_workflow_unref(workflow);
    }
    return code;
}

/* The same definition with other bodies: every one only costs time. NULL: no memory. */
static struct cloacina_workflow *dress(struct cloacina_heap *heap,
                                       const struct cloacina_workflow *workflow,
                                       struct registration *registration)
{
    struct arena arena;
    arena_init(&arena, heap);
    uint32_t count = workflow->definition->task_count;
    struct cloacina_workflow *dressed = arena_take_zeroed(&arena, 1, sizeof(*dressed));
    struct task_body *bodies = arena_take_zeroed(&arena, count, sizeof(bodies[0]));
    if (dressed == NULL || bodies == NULL) {
        arena_finish(&arena);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        bodies[i].run = body_costs_only;
        bodies[i].user = registration;
    }
    atomic_init(&dressed->references, 1);
    dressed->definition = workflow_ref(workflow->definition);
    dressed->bodies = bodies;
    hash128_print(workflow->definition->hash, dressed->hash);
    dressed->arena = arena;
    return dressed;
}

enum cloacina_code cloacina_world_register_costs(struct cloacina_world *world,
                                                 const struct cloacina_workflow *workflow,
                                                 const int64_t *costs_ns,
                                                 struct cloacina_error *err)
{
    enum cloacina_code code = check(world, &world->registry, workflow->definition, err);
    for (uint32_t i = 0;
         code == CLOACINA_OK && costs_ns != NULL && i < workflow->definition->task_count; i++) {
        if (costs_ns[i] < 0) {
            code = cloacina_error_raise(err, CLOACINA_INVALID, "cost of task '%s': it is negative",
                                        workflow->definition->tasks[i].name);
        }
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    struct registration *registration = behaviours_make(&world->behaviours, costs_ns);
    struct cloacina_workflow *dressed =
        registration == NULL ? NULL : dress(world->heap, workflow, registration);
    if (dressed == NULL) {
        return no_memory(err);
    }
    code = registry_add_workflow(&world->registry, dressed, err);
    if (code == CLOACINA_OK) {
        behaviours_add(&world->behaviours, registration, dressed);
    }
    cloacina_workflow_unref(dressed);
    return code;
}
