/* SPDX-License-Identifier: Apache-2.0 */
/* explore_scene.h - a shop that can misbehave, explored in a child process, whose output is read.
 *
 *   the test --in_child--> a cmocka with one test: cloacina_explore(&the_options)
 *                             \--> children of its own: counts are in shared memory */
#ifndef TESTS_UNIT_EXPLORE_SCENE_H
#define TESTS_UNIT_EXPLORE_SCENE_H

#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, which POSIX got only in 2024 */

#include <cloacina/fault.h>
#include <cloacina/testing.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "child.h"

/* ---- counted over all processes ---- */

struct counts {
    _Atomic uint32_t setups, teardowns, prepares; /* of several processes */
    uint32_t charges_at_home;                     /* bodies that ran in the process of the test */
    uint32_t naps_without_state;                  /* bodies that ended after the teardown */
};

static struct counts *counts;
static pid_t home;

/* ---- the workflow ---- */

static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "cents", 4200, err);
}

static enum cloacina_code charge_card(void *argument, struct cloacina_error *err)
{
    (void)argument;
    (void)err;
    return CLOACINA_OK;
}

/* What a body does before it charges; NULL: nothing. */
static void (*misbehave)(void);

static enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *err)
{
    const struct cloacina_effect effect = {
        .name = "payments.charge",
        .key = cloacina_task_idempotency_key(task),
        .apply = charge_card,
    };
    counts->charges_at_home += getpid() == home;
    if (misbehave != NULL) {
        misbehave();
    }
    return cloacina_task_effect(task, &effect, err);
}

CLOACINA_TASK(price, .body = price_body);
CLOACINA_TASK(charge, .body = charge_body, .dependencies = CLOACINA_TASKS(&price),
              .retry = {.attempts_max = 3, .initial_delay_ms = 1000});
CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&price, &charge));

static inline enum cloacina_code charged_once(const struct cloacina_world *world, void *user,
                                              struct cloacina_error *err)
{
    (void)user;
    return cloacina_world_effects_per_key_max(world, "payments.charge") <= 1
               ? CLOACINA_OK
               : cloacina_error_set(err, "one order was charged twice");
}

/* ---- the scene ---- */

static struct cloacina_fault_plan *forgetful; /* every reply of an effect is lost */

/* Before the first child is made. */
static inline void scene_open(void)
{
    const struct cloacina_fault lost = {.fault = "reply-lost", .at = "effect", .from_nth = 1};
    void *shared = mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    counts = shared;
    assert_int_equal(cloacina_fault_plan_create("forgetful", &forgetful, NULL), CLOACINA_OK);
    assert_int_equal(cloacina_fault_plan_swarm(forgetful, 1, NULL), CLOACINA_OK);
    assert_int_equal(cloacina_fault_plan_add(forgetful, &lost, NULL), CLOACINA_OK);
}

static inline void scene_close(void)
{
    cloacina_fault_plan_destroy(forgetful);
    (void)munmap(counts, sizeof(struct counts));
}

/* ---- exploring it ---- */

static struct cloacina_explore_options the_options;

static void explores(void **state)
{
    (void)state;
    cloacina_explore(&the_options);
}
enum { EXPLORE_LINE = __LINE__ - 2 };

/* Both outputs are looked at. */
static inline void run_the_case(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(explores)};
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    home = getpid();
    exit(cmocka_run_group_tests(tests, NULL, NULL));
}

static inline struct outcome outcome_of(struct cloacina_explore_options options)
{
    the_options = options;
    *counts = (struct counts){.setups = 0};
    return in_child(run_the_case);
}

static inline void assert_prints(const struct outcome *outcome, const char *text)
{
    if (strstr(outcome->text, text) == NULL) {
        fail_msg("'%s' is not in:\n%s", text, outcome->text);
    }
}

static inline void assert_does_not_print(const struct outcome *outcome, const char *text)
{
    if (strstr(outcome->text, text) != NULL) {
        fail_msg("'%s' is in:\n%s", text, outcome->text);
    }
}

/* Nothing is said but that it passed. */
static inline void assert_survives(struct cloacina_explore_options options)
{
    const struct outcome outcome = outcome_of(options);
    assert_exited(&outcome, 0);
    assert_does_not_print(&outcome, "ERROR");
}

/* It fails, in the line of the call, and says so. */
static inline struct outcome assert_fails(struct cloacina_explore_options options,
                                          const char *message)
{
    char place[64];
    const struct outcome outcome = outcome_of(options);
    (void)snprintf(place, sizeof(place), "explore_scene.h:%d: ", EXPLORE_LINE);
    assert_exited(&outcome, 1);
    assert_prints(&outcome, message);
    assert_prints(&outcome, place);
    return outcome;
}

#endif
