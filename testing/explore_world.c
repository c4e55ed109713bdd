/* SPDX-License-Identifier: Apache-2.0 */
/* explore_world.c - what is explored: the world of one seed, with the user's setup around it. */
#include "explore.h"

#include <inttypes.h>
#include <string.h>

#include "world/property.h"

enum { RUNNERS_DEFAULT = 3, SLOTS_DEFAULT = 4 };

/* ---- around every seed ---- */

void exploration_tear_down(struct exploration *exploration)
{
    const struct cloacina_explore_options *options = exploration->options;
    if (exploration->is_set_up && options->teardown != NULL) {
        (void)options->teardown(&exploration->state);
    }
    exploration->is_set_up = false;
}

static enum cloacina_code set_up(struct exploration *exploration, struct cloacina_error *err)
{
    const struct cloacina_explore_options *options = exploration->options;
    exploration_tear_down(exploration); /* of the run before, whose world is gone by now */
    exploration->state = options->state;
    if (options->setup != NULL) {
        int answer = options->setup(&exploration->state);
        if (answer != 0) {
            return cloacina_error_raise(err, CLOACINA_FAILED, "explore: setup answered %d", answer);
        }
    }
    exploration->is_set_up = true;
    return CLOACINA_OK;
}

static enum cloacina_code give_properties(struct exploration *exploration,
                                          struct cloacina_world *world, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    for (size_t i = 0; i < ARRAY_COUNT(exploration->own); i++) {
        exploration->own[i].user = exploration->state;
    }
    for (size_t i = 0; code == CLOACINA_OK && i < exploration->property_count; i++) {
        code = cloacina_world_property(world, exploration->properties[i], err);
    }
    return code;
}

static enum cloacina_code furnish(struct exploration *exploration, struct cloacina_world *world,
                                  struct cloacina_error *err)
{
    const struct cloacina_explore_options *options = exploration->options;
    struct cloacina_world_execution execution;
    enum cloacina_code code = cloacina_world_register(world, options->workflow, err);
    if (code == CLOACINA_OK) {
        code = give_properties(exploration, world, err);
    }
    if (code == CLOACINA_OK && options->prepare != NULL) {
        code = options->prepare(world, exploration->state, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_world_submit(world, options->workflow->name, options->context, &execution,
                                     err);
    }
    return code;
}

/* NOT_FOUND would tell the pool that there are no more runs. */
static enum cloacina_code not_there(struct cloacina_error *err)
{
    if (err != NULL) {
        err->code = CLOACINA_INVALID;
    }
    return CLOACINA_INVALID;
}

static enum cloacina_code prepare(void *user, struct cloacina_world *world, uint64_t seed,
                                  struct cloacina_error *err)
{
    struct exploration *exploration = user;
    (void)seed;
    enum cloacina_code code = set_up(exploration, err);
    if (code == CLOACINA_OK) {
        code = furnish(exploration, world, err);
    }
    if (code != CLOACINA_OK) {
        exploration_tear_down(exploration);
    }
    return code == CLOACINA_NOT_FOUND ? not_there(err) : code;
}

/* ---- made of the options ---- */

static enum cloacina_code add_property(struct exploration *exploration,
                                       const struct cloacina_property *property,
                                       struct cloacina_error *err)
{
    if (exploration->property_count == CLOACINA_WORLD_PROPERTIES_MAX) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "explore: more than %d properties",
                                    CLOACINA_WORLD_PROPERTIES_MAX);
    }
    exploration->properties[exploration->property_count++] = property;
    return CLOACINA_OK;
}

/* Those that the program declares for this workflow, then those of the options. */
static enum cloacina_code take_properties(struct exploration *exploration,
                                          struct cloacina_error *err)
{
    const struct cloacina_explore_options *options = exploration->options;
    size_t declared = properties_of(options->workflow->name, cloacina_properties_declared,
                                    exploration->properties);
    if (declared > CLOACINA_WORLD_PROPERTIES_MAX) {
        declared = CLOACINA_WORLD_PROPERTIES_MAX + 1;
    }
    exploration->property_count = declared;
    exploration->own[0] = (struct cloacina_property){
        .name = "always", .type = CLOACINA_ALWAYS, .holds = options->always};
    exploration->own[1] = (struct cloacina_property){
        .name = "eventually", .type = CLOACINA_EVENTUALLY, .holds = options->eventually};
    enum cloacina_code code = CLOACINA_OK;
    for (size_t i = 0; code == CLOACINA_OK && i < ARRAY_COUNT(exploration->own); i++) {
        if (exploration->own[i].holds != NULL) {
            code = add_property(exploration, &exploration->own[i], err);
        }
    }
    for (size_t i = 0;
         code == CLOACINA_OK && options->properties != NULL && options->properties[i] != NULL;
         i++) {
        code = add_property(exploration, options->properties[i], err);
    }
    return code;
}

static enum cloacina_code take_plan(struct exploration *exploration, struct cloacina_error *err)
{
    const struct cloacina_explore_options *options = exploration->options;
    exploration->plan = options->plan;
    if (options->plan != NULL) {
        return CLOACINA_OK;
    }
    enum cloacina_code code = cloacina_fault_plan_named(
        options->faults != NULL ? options->faults : "chaos", &exploration->named, err);
    exploration->plan = exploration->named;
    return code;
}

/* Says now what is wrong with the workflow, and takes its hash. */
static enum cloacina_code take_workflow(struct exploration *exploration, struct cloacina_error *err)
{
    struct cloacina_workflow *workflow;
    enum cloacina_code code = cloacina_workflow_build_definition(
        exploration->options->workflow, cloacina_heap_system(), &workflow, err);
    if (code == CLOACINA_OK) {
        memcpy(exploration->hash, cloacina_workflow_hash(workflow), TOKEN_HASH_DIGITS);
        cloacina_workflow_unref(workflow);
    }
    return code;
}

static void make_subject(struct exploration *exploration)
{
    const struct cloacina_explore_options *options = exploration->options;
    exploration->subject = (struct search_subject){
        .heap = cloacina_heap_system(),
        .world = {.store = options->store,
                  .runners = options->runners != 0 ? options->runners : RUNNERS_DEFAULT,
                  .slots = options->slots != 0 ? options->slots : SLOTS_DEFAULT},
        .workflow = options->workflow->name,
        .plan = cloacina_fault_plan_name(exploration->plan),
        .prepare = prepare,
        .user = exploration,
    };
}

static enum cloacina_code check(const struct cloacina_explore_options *options,
                                struct cloacina_error *err)
{
    if (options->workflow == NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "explore: a workflow is required");
    }
    if (options->budget_ms < 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "explore: a budget of %" PRId64 " ms",
                                    options->budget_ms);
    }
    if (options->hang_ms < 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "explore: a hang after %" PRId64 " ms",
                                    options->hang_ms);
    }
    return CLOACINA_OK;
}

enum cloacina_code exploration_open(struct exploration *exploration,
                                    const struct cloacina_explore_options *options,
                                    struct cloacina_error *err)
{
    *exploration = (struct exploration){.options = options};
    enum cloacina_code code = check(options, err);
    if (code == CLOACINA_OK) {
        code = take_workflow(exploration, err);
    }
    if (code == CLOACINA_OK) {
        code = take_properties(exploration, err);
    }
    if (code == CLOACINA_OK) {
        code = take_plan(exploration, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    make_subject(exploration);
    arena_init(&exploration->arena, cloacina_heap_system());
    report_init(&exploration->report, cloacina_heap_system());
    return CLOACINA_OK;
}

void exploration_close(struct exploration *exploration)
{
    exploration_tear_down(exploration);
    report_finish(&exploration->report);
    arena_finish(&exploration->arena);
    cloacina_fault_plan_destroy(exploration->named);
}
