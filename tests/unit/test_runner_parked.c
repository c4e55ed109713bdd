/* SPDX-License-Identifier: Apache-2.0 */
/* test_runner_parked.c - ten thousand bodies in defer_until on one runner: what they cost. */
#include "runner_api_scene.h"

#include <sys/resource.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define IS_WATCHED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_WATCHED 1
#endif

/* A sanitizer pays for each thread many times over, and knows 8,128 of them at most. */
#ifdef IS_WATCHED
enum { PARKED = 200 };
#else
enum { PARKED = 10000 };
#endif
enum { KIB_MAX = 1024 * 1024 }; /* 1 GiB */
enum { INTERVAL_MS = 4000 };    /* ten thousand thread switches in that time */

static atomic_int is_signed;
static atomic_int questions;

static int signed_yet(void *user)
{
    (void)user;
    atomic_fetch_add(&questions, 1);
    return atomic_load(&is_signed);
}

static enum cloacina_code parking_body(struct cloacina_task *task, struct cloacina_error *error)
{
    return cloacina_task_defer_until(task, signed_yet, NULL, INTERVAL_MS, error);
}

CLOACINA_TASK(parking, .body = parking_body);
CLOACINA_WORKFLOW(approval, .tasks = CLOACINA_TASKS(&parking));

/* A runner with four slots looks after all of them, in bounded memory, and asks nobody twice per
 * interval. */
static void ten_thousand_bodies_park_on_four_slots_in_less_than_a_gibibyte(void **state)
{
    (void)state;
    static struct cloacina_execution *runs[PARKED];
    struct rusage usage;
    struct cloacina_runner_figures figures;
    struct cloacina_runner *runner = runner_with(&approval, (struct cloacina_runner_options){0});
    for (int i = 0; i < PARKED; i++) {
        runs[i] = started(runner, "approval");
    }
    do {
        (void)sched_yield();
        cloacina_runner_look(runner, &figures);
    } while (figures.parked < PARKED);
    assert_int_equal(figures.slots_used, 0);
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    assert_in_range(usage.ru_maxrss, 1, KIB_MAX);
    atomic_store(&is_signed, 1);
    for (int i = 0; i < PARKED; i++) {
        waited(runs[i], CLOACINA_EXECUTION_COMPLETED);
    }
    assert_true(atomic_load(&questions) >= PARKED);
    shut(runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_bodies_park_on_four_slots_in_less_than_a_gibibyte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
