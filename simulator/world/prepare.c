/* SPDX-License-Identifier: Apache-2.0 */
/* prepare.c - what the tests of a workflow say about its bodies, by name.
 *
 * Law: what is wrong in what they say is an error here, not a surprise later. */
#include <string.h>

#include "base/instant.h"
#include "context/value.h"
#include "world/world.h"

/* The task by name. */
static enum cloacina_code find_task(const struct cloacina_world *world, const char *workflow,
                                    const char *task, struct registration **ret_registration,
                                    uint32_t *ret_task, struct cloacina_error *err)
{
    struct cloacina_workflow *found;
    enum cloacina_code code =
        registry_find_workflow(&world->registry, text_of(workflow), &found, err);
    if (code == CLOACINA_OK) {
        code = workflow_find(found->definition, text_of(task), ret_task, err);
    }
    if (code == CLOACINA_OK) {
        *ret_registration = behaviours_find_hash(&world->behaviours, found->definition->hash);
    }
    return code;
}

static enum cloacina_code no_memory(const char *task, struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "task '%s': no memory", task);
}

static enum cloacina_code find_behaviour(struct cloacina_world *world, const char *workflow,
                                         const char *task, struct task_behaviour **ret_behaviour,
                                         struct cloacina_error *err)
{
    struct registration *registration;
    uint32_t index;
    enum cloacina_code code = find_task(world, workflow, task, &registration, &index, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    *ret_behaviour = registration_task(&world->behaviours, registration, index);
    return *ret_behaviour != NULL ? CLOACINA_OK : no_memory(task, err);
}

enum cloacina_code cloacina_world_cost(struct cloacina_world *world, const char *workflow,
                                       const char *task, int64_t cost_ns,
                                       struct cloacina_error *err)
{
    struct task_behaviour *behaviour;
    if (cost_ns < 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "cost of task '%s': it is negative",
                                    task);
    }
    enum cloacina_code code = find_behaviour(world, workflow, task, &behaviour, err);
    if (code == CLOACINA_OK) {
        behaviour->has_cost = true;
        behaviour->cost_ns = cost_ns;
        behaviour->cost_uses = 0;
    }
    return code;
}

/* ---- stubs ---- */

/* Keys with a NUL inside cannot be set by any body, so a stub cannot set them either. */
static enum cloacina_code stub_copy(struct arena *arena, const struct value *object,
                                    struct stub *stub, struct cloacina_error *err)
{
    const struct value_member *members = value_members(object);
    for (size_t i = 0; i < stub->count; i++) {
        struct text key = members[i].key;
        if (key.length == 0 || memchr(key.bytes, '\0', key.length) != NULL) {
            return cloacina_error_raise(err, CLOACINA_INVALID, "a key is empty or holds a NUL");
        }
        stub->members[i].key = arena_copy(arena, key.bytes, key.length);
        stub->members[i].value = members[i].value;
        if (stub->members[i].key == NULL) {
            return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
        }
    }
    return CLOACINA_OK;
}

static enum cloacina_code stub_read(struct arena *arena, struct text json,
                                    const struct stub **ret_stub, struct cloacina_error *err)
{
    const struct value *value;
    enum cloacina_code code = value_read(arena, json, &value, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (value_type(value) != VALUE_OBJECT) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "it is %s, wanted an object",
                                    value_type_name(value_type(value)));
    }
    size_t count = value_count(value);
    struct stub *stub = arena_take(arena, sizeof(*stub) + count * sizeof(stub->members[0]));
    if (stub == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
    }
    stub->count = count;
    *ret_stub = stub;
    return stub_copy(arena, value, stub, err);
}

enum cloacina_code cloacina_world_stub(struct cloacina_world *world, const char *workflow,
                                       const char *task, const char *returns_json,
                                       struct cloacina_error *err)
{
    struct task_behaviour *behaviour;
    struct text json = text_of(returns_json != NULL ? returns_json : "{}");
    enum cloacina_code code = find_behaviour(world, workflow, task, &behaviour, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct cloacina_error own = {CLOACINA_OK, ""};
    const struct stub *stub = NULL;
    code = stub_read(&world->behaviours.arena, json, &stub, &own);
    if (code != CLOACINA_OK) {
        return cloacina_error_raise(err, code, "stub of task '%s': %s", task, own.message);
    }
    behaviour->stub = stub;
    behaviour->stub_uses = 0;
    return CLOACINA_OK;
}

/* ---- failures ---- */

static enum cloacina_code failure_check(const char *task, uint32_t attempt, enum cloacina_code code,
                                        struct cloacina_error *err)
{
    if (attempt == 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "failure of task '%s': attempts are counted from 1", task);
    }
    if (code == CLOACINA_OK) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "failure of task '%s': 'ok' is no failure", task);
    }
    return CLOACINA_OK;
}

/* The failure of that attempt: the one that was there, or a new one. NULL: no memory. */
static struct task_failure *failure_take(struct arena *arena, struct task_behaviour *behaviour,
                                         uint32_t attempt)
{
    struct task_failure *failure = task_failure_of(behaviour, attempt);
    if (failure == NULL) {
        failure = arena_take_zeroed(arena, 1, sizeof(*failure));
        if (failure != NULL) {
            failure->attempt = attempt;
            failure->next = behaviour->failures;
            behaviour->failures = failure;
        }
    }
    return failure;
}

enum cloacina_code cloacina_world_fail(struct cloacina_world *world, const char *workflow,
                                       const char *task, uint32_t attempt, enum cloacina_code code,
                                       const char *message, struct cloacina_error *err)
{
    struct task_behaviour *behaviour;
    struct arena *arena = &world->behaviours.arena;
    struct text text = text_of(message);
    enum cloacina_code result = failure_check(task, attempt, code, err);
    if (result == CLOACINA_OK) {
        result = find_behaviour(world, workflow, task, &behaviour, err);
    }
    if (result != CLOACINA_OK) {
        return result;
    }
    const char *copy = arena_copy(arena, text.bytes, text.length);
    struct task_failure *failure = copy == NULL ? NULL : failure_take(arena, behaviour, attempt);
    if (failure == NULL) {
        return no_memory(task, err);
    }
    failure->code = code;
    failure->message = copy;
    failure->uses = 0;
    return CLOACINA_OK;
}

int cloacina_world_has_unused(const struct cloacina_world *world, char *ret_message, size_t size)
{
    return behaviours_unused(&world->behaviours, ret_message, size) ||
           replay_unused(&world->replay, &world->oracle, ret_message, size) ||
           outsides_refused(&world->outsides, ret_message, size);
}
