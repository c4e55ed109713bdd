/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_property.c - what users promise is judged whenever something has changed, and at
 * rest. */
#include "world_scene.h"

#include "world/property.h"
#include "world/world.h"

/* ---- a workflow that charges, waits, and charges again ---- */

static enum cloacina_code do_well(void *argument, struct cloacina_error *err)
{
    (void)argument, (void)err;
    return CLOACINA_OK;
}

static enum cloacina_code charge(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_effect(
        task,
        &(struct cloacina_effect){.name = "payments.charge", .key = "order-7", .apply = do_well},
        err);
}

static enum cloacina_code greedy_body(struct cloacina_task *task, struct cloacina_error *err)
{
    enum cloacina_code code = charge(task, err);
    if (code == CLOACINA_OK) {
        code = cloacina_task_sleep_ms(task, 5000, err);
    }
    return code == CLOACINA_OK ? charge(task, err) : code;
}

CLOACINA_TASK(greedy, .body = greedy_body);
CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&greedy));

/* ---- properties; `user` counts how often they were asked ---- */

static void asked(void *user)
{
    if (user != NULL) {
        ++*(int *)user;
    }
}

static enum cloacina_code charged_once(const struct cloacina_world *world, void *user,
                                       struct cloacina_error *err)
{
    asked(user);
    return cloacina_world_effects_per_key_max(world, "payments.charge") <= 1
               ? CLOACINA_OK
               : cloacina_error_set(err, "one order was charged twice");
}

static enum cloacina_code charged_twice(const struct cloacina_world *world, void *user,
                                        struct cloacina_error *err)
{
    asked(user);
    (void)err;
    return cloacina_world_effects_with_key(world, "payments.charge", "order-7") == 2
               ? CLOACINA_OK
               : CLOACINA_FAILED;
}

static enum cloacina_code never(const struct cloacina_world *world, void *user,
                                struct cloacina_error *err)
{
    (void)world, (void)user, (void)err;
    return CLOACINA_FAILED;
}

static enum cloacina_code whatever(const struct cloacina_world *world, void *user,
                                   struct cloacina_error *err)
{
    (void)world, (void)err;
    asked(user);
    return CLOACINA_OK;
}

static const struct cloacina_property once = {
    .name = "one order is charged once", .type = CLOACINA_ALWAYS, .holds = charged_once};
static const struct cloacina_property twice = {
    .name = "somebody pays twice", .type = CLOACINA_SOMETIMES, .holds = charged_twice};
static const struct cloacina_property impossible = {
    .name = "pigs fly", .type = CLOACINA_SOMETIMES, .holds = never};

static struct cloacina_world *shop_with(const struct cloacina_property *const *properties,
                                        size_t count)
{
    struct cloacina_world *world = scene_world(NULL, &shop);
    for (size_t i = 0; i < count; i++) {
        assert_ok(cloacina_world_property(world, properties[i], err));
    }
    return world;
}

/* Judged at the instant of the second charge, before its reply: the story ends where it broke. */
static void an_always_property_ends_the_run_at_the_event_that_breaks_it(void **state)
{
    const struct cloacina_property *properties[] = {&impossible, &once, &twice};
    const char *message = "";
    (void)state;
    struct cloacina_world *world = shop_with(properties, 3);
    struct cloacina_world_execution run = scene_submit(world, "shop", NULL);
    scene_run_until(world, 4 * SECOND, CLOACINA_WORLD_UNTIL);
    assert_true(cloacina_world_property_seen(world, &once));
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_VIOLATION);
    assert_string_equal(cloacina_world_violation(world, &message), "always");
    assert_string_equal(message, "'one order is charged once': one order was charged twice");
    assert_true(cloacina_world_now_ns(world) == 5 * SECOND);
    assert_string_equal(scene_task(world, run, "greedy").status, "Running");
    assert_false(cloacina_world_property_seen(world, &once));
    assert_false(cloacina_world_property_seen(world, &impossible));
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_VIOLATION);
    cloacina_world_destroy(world);
}

/* Nothing is wrong with a world in which it never was true; whoever searches adds up. */
static void a_sometimes_property_is_noted_when_it_was_true_once(void **state)
{
    const struct cloacina_property *properties[] = {&twice, &impossible};
    (void)state;
    struct cloacina_world *world = shop_with(properties, 2);
    (void)scene_submit(world, "shop", NULL);
    scene_run_until(world, 4 * SECOND, CLOACINA_WORLD_UNTIL);
    assert_false(cloacina_world_property_seen(world, &twice));
    scene_run(world);
    assert_true(cloacina_world_property_seen(world, &twice));
    assert_false(cloacina_world_property_seen(world, &impossible));
    assert_false(cloacina_world_property_seen(world, &once)); /* it is not judged here at all */
    cloacina_world_destroy(world);
}

/* Between the charges it is false, and nobody minds. */
static void an_eventually_property_is_judged_at_rest_alone(void **state)
{
    int count = 0;
    const char *message = "";
    const struct cloacina_property finally = {.name = "it is charged twice in the end",
                                              .type = CLOACINA_EVENTUALLY,
                                              .holds = charged_twice,
                                              .user = &count};
    const struct cloacina_property *properties[] = {&finally};
    (void)state;
    struct cloacina_world *world = shop_with(properties, 1);
    (void)scene_submit(world, "shop", NULL);
    scene_run_until(world, 4 * SECOND, CLOACINA_WORLD_UNTIL);
    assert_int_equal(count, 0);
    scene_run(world);
    assert_int_equal(count, 1);
    assert_true(cloacina_world_property_seen(world, &finally));
    (void)scene_submit(world, "shop", NULL);
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_VIOLATION);
    assert_string_equal(cloacina_world_violation(world, &message), "eventually");
    assert_string_equal(message, "'it is charged twice in the end': it does not hold");
    cloacina_world_destroy(world);
}

/* A world without work is at rest, too. */
static void an_empty_world_is_judged_at_rest(void **state)
{
    int count = 0;
    const struct cloacina_property always = {
        .name = "always", .type = CLOACINA_ALWAYS, .holds = whatever, .user = &count};
    (void)state;
    const struct cloacina_property *properties[] = {&always};
    struct cloacina_world *world = shop_with(properties, 1);
    scene_run(world);
    assert_int_equal(count, 1);
    assert_true(cloacina_world_property_seen(world, &always));
    cloacina_world_destroy(world);
}

/* Beats, timers and turns change nothing that a property could see: a long wait costs nothing. */
static void nothing_is_judged_twice_in_the_same_state(void **state)
{
    int count = 0;
    const struct cloacina_property always = {
        .name = "always", .type = CLOACINA_ALWAYS, .holds = whatever, .user = &count};
    const struct cloacina_property *properties[] = {&always};
    (void)state;
    struct cloacina_world *world = shop_with(properties, 1);
    (void)scene_submit(world, "shop", NULL);
    scene_run_until(world, 4 * SECOND, CLOACINA_WORLD_UNTIL);
    int before = count;
    scene_run_until(world, 4999 * MS, CLOACINA_WORLD_UNTIL);
    assert_int_equal(count, before);
    scene_run(world);
    assert_true(count > before);
    before = count;
    scene_run_until(world, 100000 * SECOND, CLOACINA_WORLD_UNTIL);
    assert_int_equal(count, before);
    cloacina_world_destroy(world);
}

/* ---- the truth of the store ---- */

static struct cloacina_world_execution watched;

/* Status and rows never contradict each other at any moment, whatever was looked at before. */
static enum cloacina_code rows_agree(const struct cloacina_world *world, void *user,
                                     struct cloacina_error *err)
{
    struct cloacina_world_task task;
    const char *status = cloacina_world_status(world, watched, NULL);
    asked(user);
    if (status == NULL) {
        return CLOACINA_OK;
    }
    enum cloacina_code code = cloacina_world_task(world, watched, "greedy", &task, err);
    bool has_ended = strcmp(status, "Completed") == 0;
    if (code == CLOACINA_OK && has_ended != (strcmp(task.status, "Completed") == 0)) {
        code = cloacina_error_set(err, "execution %s, task %s", status, task.status);
    }
    return code;
}

static void a_property_sees_the_rows_of_this_very_moment(void **state)
{
    int count = 0;
    const struct cloacina_property agree = {
        .name = "rows agree", .type = CLOACINA_ALWAYS, .holds = rows_agree, .user = &count};
    const struct cloacina_property *properties[] = {&agree};
    (void)state;
    struct cloacina_world *world = shop_with(properties, 1);
    watched = scene_submit(world, "shop", NULL);
    scene_run(world);
    assert_true(count >= 4);
    assert_string_equal(scene_task(world, watched, "greedy").status, "Completed");
    assert_string_equal(cloacina_world_context(world, watched), "{}");
    cloacina_world_destroy(world);
}

/* ---- what is wrong with a property ---- */

static void a_property_that_lacks_something_is_refused(void **state)
{
    struct cloacina_world *world = scene_world(NULL, &shop);
    (void)state;
    assert_error(
        cloacina_world_property(world, &(struct cloacina_property){.holds = whatever}, err),
        CLOACINA_INVALID, "property '': it wants a name");
    assert_error(cloacina_world_property(world, &(struct cloacina_property){.name = "empty"}, err),
                 CLOACINA_INVALID, "property 'empty': it wants 'holds'");
    assert_error(cloacina_world_property(
                     world,
                     &(struct cloacina_property){
                         .name = "odd", .holds = whatever, .type = (enum cloacina_property_type)3},
                     err),
                 CLOACINA_INVALID, "property 'odd': there is no type 3");
    cloacina_world_destroy(world);
}

static void a_world_judges_so_many_properties_and_no_more(void **state)
{
    struct cloacina_property many[CLOACINA_WORLD_PROPERTIES_MAX + 1];
    struct cloacina_world *world = scene_world(NULL, &shop);
    (void)state;
    for (int i = 0; i < CLOACINA_WORLD_PROPERTIES_MAX; i++) {
        many[i] = (struct cloacina_property){.name = "one of many", .holds = whatever};
        assert_ok(cloacina_world_property(world, &many[i], err));
    }
    many[CLOACINA_WORLD_PROPERTIES_MAX] = once;
    assert_error(cloacina_world_property(world, &many[CLOACINA_WORLD_PROPERTIES_MAX], err),
                 CLOACINA_INVALID,
                 "property 'one order is charged once': a world has at most 64 properties");
    scene_run(world);
    assert_true(cloacina_world_property_seen(world, &many[CLOACINA_WORLD_PROPERTIES_MAX - 1]));
    cloacina_world_destroy(world);
}

/* ---- the list of a program ---- */

CLOACINA_PROPERTY(declared_late, .workflow = "shop", .name = "z", .holds = whatever);
CLOACINA_PROPERTY(declared_early, .workflow = "shop", .name = "a", .holds = whatever);
CLOACINA_PROPERTY(declared_for_all, .name = "m", .holds = whatever);
CLOACINA_PROPERTY(declared_for_another, .workflow = "bank", .name = "b", .holds = whatever);

/* The order of a list is that of the linker: nobody may depend on it. */
static void declared_properties_come_by_name(void **state)
{
    const struct cloacina_property *found[CLOACINA_WORLD_PROPERTIES_MAX];
    (void)state;
    assert_int_equal(properties_of("shop", cloacina_properties_declared, found), 3);
    assert_ptr_equal(found[0], &declared_early);
    assert_ptr_equal(found[1], &declared_for_all);
    assert_ptr_equal(found[2], &declared_late);
    assert_int_equal(properties_of("nothing", cloacina_properties_declared, found), 1);
    assert_ptr_equal(found[0], &declared_for_all);
}

static struct cloacina_property crowd[CLOACINA_WORLD_PROPERTIES_MAX + 8];
static const struct cloacina_property *crowd_list[ARRAY_COUNT(crowd)];

static int crowd_declared(const struct cloacina_property *const **ret_properties, size_t *ret_count)
{
    *ret_properties = crowd_list;
    *ret_count = ARRAY_COUNT(crowd);
    return CLOACINA_AUTHORING_ABI;
}

/* A library is not trusted: it may declare too many, and some without a name. */
static void more_properties_than_fit_are_counted_and_cut(void **state)
{
    const struct cloacina_property *found[CLOACINA_WORLD_PROPERTIES_MAX];
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(crowd); i++) {
        crowd[i].name = i % 2 == 0 ? "x" : "a";
        crowd_list[i] = &crowd[i];
    }
    crowd[ARRAY_COUNT(crowd) - 1].name = NULL;
    assert_int_equal(properties_of("shop", crowd_declared, found), ARRAY_COUNT(crowd));
    assert_ptr_equal(found[0], &crowd[ARRAY_COUNT(crowd) - 1]);
    assert_ptr_equal(found[1], &crowd[1]);
    assert_string_equal(found[CLOACINA_WORLD_PROPERTIES_MAX - 1]->name, "x");
}

/* ---- memory ---- */

/* A violation that cannot be written down is an error, never silence. */
static void a_violation_without_memory_is_an_error(void **state)
{
    bool has_failed = true;
    (void)state;
    for (size_t n = 0; has_failed; n++) {
        struct failing_heap heap;
        struct cloacina_world *world = NULL;
        struct cloacina_world_execution run;
        enum cloacina_world_end end = CLOACINA_WORLD_VIOLATION;
        struct cloacina_error err = {CLOACINA_OK, ""};
        failing_heap_init(&heap, n);
        enum cloacina_code code = cloacina_world_create(
            &(struct cloacina_world_options){.heap = &heap.heap}, &world, &err);
        if (code == CLOACINA_OK) {
            code = cloacina_world_register(world, &shop, &err);
            assert_int_equal(cloacina_world_property(world, &once, NULL), CLOACINA_OK);
        }
        if (code == CLOACINA_OK) {
            code = cloacina_world_submit(world, "shop", NULL, &run, &err);
        }
        if (code == CLOACINA_OK) {
            code = cloacina_world_run(world, INT64_MAX, &end, &err);
        }
        assert_true(code == CLOACINA_OK || code == CLOACINA_NO_MEMORY);
        assert_int_equal(end, CLOACINA_WORLD_VIOLATION);
        cloacina_world_destroy(world);
        assert_int_equal(heap.outstanding, 0);
        has_failed = heap.has_failed;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_always_property_ends_the_run_at_the_event_that_breaks_it),
        cmocka_unit_test(a_sometimes_property_is_noted_when_it_was_true_once),
        cmocka_unit_test(an_eventually_property_is_judged_at_rest_alone),
        cmocka_unit_test(an_empty_world_is_judged_at_rest),
        cmocka_unit_test(nothing_is_judged_twice_in_the_same_state),
        cmocka_unit_test(a_property_sees_the_rows_of_this_very_moment),
        cmocka_unit_test(a_property_that_lacks_something_is_refused),
        cmocka_unit_test(a_world_judges_so_many_properties_and_no_more),
        cmocka_unit_test(declared_properties_come_by_name),
        cmocka_unit_test(more_properties_than_fit_are_counted_and_cut),
        cmocka_unit_test(a_violation_without_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
