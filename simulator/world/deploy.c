/* SPDX-License-Identifier: Apache-2.0 */
/* deploy.c - the other code: old bodies, or changed definitions, made when they are first needed.
 *
 * Law: a changed definition differs from the registered one by a first task that nobody runs, so
 * that every task has another number in it. */
#include "world/deploy.h"

#include <string.h>

#include "context/json.h"
#include "world/world.h"

void deploy_init(struct deploy *deploy, struct cloacina_heap *heap)
{
    *deploy = (struct deploy){.has_old = false};
    registry_init(&deploy->other, heap);
}

void deploy_finish(struct deploy *deploy)
{
    registry_finish(&deploy->other);
}

/* ---- changed definitions ---- */

static enum cloacina_code nothing(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task, (void)err;
    return CLOACINA_OK;
}

/* Where the array of tasks begins in the definition's JSON: behind the first bracket outside of a
 * text. */
static size_t start_of_tasks(struct text json)
{
    bool is_in_text = false;
    size_t i = 0;
    for (; json.bytes[i] != '[' || is_in_text; i++) {
        if (json.bytes[i] == '"') {
            is_in_text = !is_in_text;
        } else if (json.bytes[i] == '\\' && is_in_text) {
            i++;
        }
    }
    return i + 1;
}

static bool is_below_all(struct text name, const struct workflow *definition)
{
    for (uint32_t i = 0; i < definition->task_count; i++) {
        if (text_compare(workflow_task_name(definition, i), name) <= 0) {
            return false;
        }
    }
    return true;
}

/* A task that depends on nothing and has the lowest name is the first in definition order. There is
 * no lower name than a space: a definition that has that one stays as it is (empty text). */
static struct text name_of_first(const struct workflow *definition)
{
    static const char *const names[] = {"!deployed", " "};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (is_below_all(text_of(names[i]), definition)) {
            return text_of(names[i]);
        }
    }
    return text_of(NULL);
}

static enum cloacina_code change_definition(struct cloacina_heap *heap,
                                            const struct workflow *definition, struct text first,
                                            struct workflow **ret_changed,
                                            struct cloacina_error *err)
{
    struct text json = definition->json;
    size_t start = start_of_tasks(json);
    struct text_builder builder;
    text_builder_init(&builder, heap);
    text_builder_append(&builder, (struct text){json.bytes, start});
    text_builder_append_terminated(&builder, "{\"name\":");
    json_write_text(&builder, first);
    text_builder_append_terminated(&builder, "},");
    text_builder_append(&builder, (struct text){json.bytes + start, json.length - start});
    enum cloacina_code code =
        builder.failed ? cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory")
                       : workflow_read(heap, text_builder_text(&builder), ret_changed, err);
    text_builder_finish(&builder);
    return code;
}

/* The same bodies under a changed definition, whose reference it takes. NULL: no memory. */
static struct cloacina_workflow *dress(struct cloacina_heap *heap,
                                       const struct cloacina_workflow *workflow,
                                       struct workflow *definition)
{
    struct arena arena;
    arena_init(&arena, heap);
    uint32_t count = workflow->definition->task_count;
    struct cloacina_workflow *changed = arena_take_zeroed(&arena, 1, sizeof(*changed));
    struct task_body *bodies = arena_take_zeroed(&arena, count + 1, sizeof(bodies[0]));
    if (changed == NULL || bodies == NULL) {
        workflow_unref(definition);
        arena_finish(&arena);
        return NULL;
    }
    bodies[0].run = nothing;
    memcpy(bodies + 1, workflow->bodies, count * sizeof(bodies[0]));
    atomic_init(&changed->references, 1);
    changed->definition = definition;
    changed->bodies = bodies;
    hash128_print(definition->hash, changed->hash);
    changed->arena = arena;
    return changed;
}

/* A definition that a store would hand out, and that cannot be read again, is a broken promise of
 * the engine. */
static enum cloacina_code change(struct cloacina_world *world, struct cloacina_workflow *workflow)
{
    struct workflow *definition = NULL;
    struct cloacina_error err = {CLOACINA_OK, ""};
    struct text first = name_of_first(workflow->definition);
    if (first.length == 0) {
        return registry_add_workflow(&world->deploy.other, workflow, NULL);
    }
    enum cloacina_code code =
        change_definition(world->heap, workflow->definition, first, &definition, &err);
    if (code != CLOACINA_OK) {
        if (code != CLOACINA_NO_MEMORY) {
            world_violated(world, "I-28", "a changed definition cannot be read: %s", err.message);
        }
        return code;
    }
    struct cloacina_workflow *changed = dress(world->heap, workflow, definition);
    code = changed == NULL ? CLOACINA_NO_MEMORY
                           : registry_add_workflow(&world->deploy.other, changed, NULL);
    cloacina_workflow_unref(changed);
    return code;
}

static bool change_all(struct cloacina_world *world)
{
    struct deploy *deploy = &world->deploy;
    for (size_t i = deploy->other.count; i < world->registry.count; i++) {
        if (change(world, world->registry.workflows[i]) != CLOACINA_OK) {
            return false;
        }
    }
    deploy->is_changed = true;
    return true;
}

/* ---- who has what ---- */

struct body_source *deploy_bodies(struct cloacina_world *world, bool has_new_code)
{
    struct deploy *deploy = &world->deploy;
    if (deploy->has_old == has_new_code && !deploy->has_old) {
        return &world->registry.bodies;
    }
    if (deploy->has_old) {
        return has_new_code ? &world->registry.bodies : &deploy->other.bodies;
    }
    return deploy->is_changed || change_all(world) ? &deploy->other.bodies : NULL;
}

const struct workflow *deploy_definition(const struct cloacina_world *world, bool has_new_code,
                                         const struct workflow *definition)
{
    const struct deploy *deploy = &world->deploy;
    const struct cloacina_workflow *old = NULL;
    if (deploy->has_old && !has_new_code) {
        old =
            registry_get(&deploy->other, definition->tenant, definition->package, definition->name);
    }
    return old != NULL ? old->definition : definition;
}

static bool has_work(const struct cloacina_world *world, const struct registry *registry)
{
    for (size_t i = 0; i < registry->count; i++) {
        struct dal_offer offer = {.workflow = registry->workflows[i]->definition};
        if (dal_memory_has_work(world->memory, &offer, 1)) {
            return true;
        }
    }
    return false;
}

bool deploy_has_work(const struct cloacina_world *world)
{
    const struct behaviours *all = &world->behaviours;
    const struct deploy *deploy = &world->deploy;
    if (!dal_memory_has_work(world->memory, all->offers, all->offer_count)) {
        return false;
    }
    bool is_any = !deploy->has_old;
    for (uint32_t i = 0; !is_any && i < world->begun; i++) {
        is_any = has_work(world, world->actors[i].has_new_code ? &world->registry : &deploy->other);
    }
    return is_any;
}
