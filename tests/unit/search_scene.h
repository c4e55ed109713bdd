/* SPDX-License-Identifier: Apache-2.0 */
/* search_scene.h - subjects for the tests of searches: a shop whose 'charge' is not idempotent, and
 * bodies that misbehave when the oracle says so. */
#ifndef TESTS_UNIT_SEARCH_SCENE_H
#define TESTS_UNIT_SEARCH_SCENE_H

#include "world_scene.h"

#include "oracle_scene.h"
#include "search/search.h"
#include "search/shrink.h"

/* ---- a shop ---- */

static inline enum cloacina_code scene_apply(void *argument, struct cloacina_error *err)
{
    (void)argument;
    (void)err;
    return CLOACINA_OK;
}

static inline enum cloacina_code scene_charge(struct cloacina_task *task,
                                              struct cloacina_error *err)
{
    struct cloacina_effect effect = {.name = "payments.charge",
                                     .key = cloacina_task_idempotency_key(task),
                                     .apply = scene_apply};
    return cloacina_task_effect(task, &effect, err);
}

static inline enum cloacina_code scene_charge_once(struct cloacina_task *task,
                                                   struct cloacina_error *err)
{
    struct cloacina_effect effect = {.name = "payments.charge",
                                     .key = cloacina_task_idempotency_key(task),
                                     .apply = scene_apply,
                                     .once_per_key = 1};
    return cloacina_task_effect(task, &effect, err);
}

#define SCENE_RETRY                                                                                \
    {                                                                                              \
        .attempts_max = 3, .initial_delay_ms = 1000                                                \
    }

static const struct cloacina_task_definition scene_price = {.name = "price", .body = scene_quiet};
static const struct cloacina_task_definition scene_pay = {.name = "charge",
                                                          .body = scene_charge,
                                                          .dependencies =
                                                              CLOACINA_TASKS(&scene_price),
                                                          .retry = SCENE_RETRY};
static const struct cloacina_task_definition scene_pack = {.name = "pack",
                                                           .body = scene_quiet,
                                                           .dependencies =
                                                               CLOACINA_TASKS(&scene_price),
                                                           .retry = SCENE_RETRY};
static const struct cloacina_task_definition scene_ship = {
    .name = "ship",
    .body = scene_quiet,
    .dependencies = CLOACINA_TASKS(&scene_pay, &scene_pack),
    .retry = SCENE_RETRY};
static const struct cloacina_task_definition scene_thank = {
    .name = "thank", .body = scene_quiet, .dependencies = CLOACINA_TASKS(&scene_ship)};
static const struct cloacina_workflow_definition scene_shop = {
    .name = "shop",
    .tasks = CLOACINA_TASKS(&scene_price, &scene_pay, &scene_pack, &scene_ship, &scene_thank)};

static const struct cloacina_task_definition scene_safe_pay = {.name = "charge",
                                                               .body = scene_charge_once,
                                                               .dependencies =
                                                                   CLOACINA_TASKS(&scene_price),
                                                               .retry = SCENE_RETRY};
static const struct cloacina_task_definition scene_safe_ship = {
    .name = "ship",
    .body = scene_quiet,
    .dependencies = CLOACINA_TASKS(&scene_safe_pay, &scene_pack),
    .retry = SCENE_RETRY};
static const struct cloacina_task_definition scene_safe_thank = {
    .name = "thank", .body = scene_quiet, .dependencies = CLOACINA_TASKS(&scene_safe_ship)};
static const struct cloacina_workflow_definition scene_safe_shop = {
    .name = "shop",
    .tasks = CLOACINA_TASKS(&scene_price, &scene_safe_pay, &scene_pack, &scene_safe_ship,
                            &scene_safe_thank)};

static inline enum cloacina_code scene_charged_once(const struct cloacina_world *world, void *user,
                                                    struct cloacina_error *err)
{
    (void)user;
    return cloacina_world_effects_per_key_max(world, "payments.charge") <= 1
               ? CLOACINA_OK
               : cloacina_error_set(err, "one order was charged twice");
}

static const struct cloacina_property scene_once = {
    .name = "one order is charged once", .type = CLOACINA_ALWAYS, .holds = scene_charged_once};

/* A body that believes its runner's clock: a minute behind is too much for it. */
static inline enum cloacina_code believer_body(struct cloacina_task *task,
                                               struct cloacina_error *err)
{
    return cloacina_task_now(task) < CLOACINA_WORLD_START_NS - INT64_C(60000000000)
               ? cloacina_error_set(err, "it is too early")
               : CLOACINA_OK;
}

static const struct cloacina_task_definition believer = {
    .name = "believer", .body = believer_body, .retry = {.attempts_max = 1}};
static const struct cloacina_workflow_definition believers = {.name = "believers",
                                                              .tasks = CLOACINA_TASKS(&believer)};

/* ---- subjects ---- */

/* What `prepare` puts into each world, and what the tests see of it. */
struct scene {
    const struct cloacina_workflow_definition *definition;
    const struct cloacina_property *properties[4]; /* up to the first NULL */
    uint64_t prepared;
    uint64_t seed; /* of the last run */
};

static inline enum cloacina_code scene_prepare(void *user, struct cloacina_world *world,
                                               uint64_t seed, struct cloacina_error *err)
{
    struct scene *scene = user;
    struct cloacina_world_execution execution;
    enum cloacina_code code = cloacina_world_register(world, scene->definition, err);
    scene->prepared++;
    scene->seed = seed;
    for (size_t i = 0; i < 4 && scene->properties[i] != NULL && code == CLOACINA_OK; i++) {
        code = cloacina_world_property(world, scene->properties[i], err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_world_submit(world, scene->definition->name, NULL, &execution, err);
    }
    return code;
}

static inline struct search_subject scene_subject(struct scene *scene)
{
    return (struct search_subject){
        .world = {.runners = 3},
        .workflow = "shop",
        .prepare = scene_prepare,
        .user = scene,
    };
}

static inline struct scene scene_of_shop(void)
{
    return (struct scene){.definition = &scene_shop, .properties = {&scene_once}};
}

/* ---- decisions ---- */

enum { SCENE_DECISIONS_MAX = 32 };

/* A list of decisions as texts, which must outlive it. */
struct scene_decisions {
    struct arena arena;
    struct decision all[SCENE_DECISIONS_MAX];
    size_t count;
};

static inline void scene_decisions_init(struct scene_decisions *decisions, const char *const *texts,
                                        size_t count)
{
    assert_true(count <= SCENE_DECISIONS_MAX);
    arena_init(&decisions->arena, NULL);
    for (size_t i = 0; i < count; i++) {
        decisions->all[i] = decision_of(&decisions->arena, texts[i]);
    }
    decisions->count = count;
}

static inline void scene_decisions_finish(struct scene_decisions *decisions)
{
    arena_finish(&decisions->arena);
}

/* The decisions are these, in this order. */
static inline void assert_decisions(const struct decision *decisions, size_t count,
                                    const char *expected)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    for (size_t i = 0; i < count; i++) {
        text_builder_append_terminated(&builder, i == 0 ? "" : ",");
        decision_print(&decisions[i], &builder);
    }
    assert_string_equal(text_builder_terminated(&builder), expected);
    text_builder_finish(&builder);
}

#endif
