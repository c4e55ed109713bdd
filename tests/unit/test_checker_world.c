/* SPDX-License-Identifier: Apache-2.0 */
/* test_checker_world.c - real worlds on stores that break one promise each: every one is noticed,
 * and by the invariant that is meant for it. */
#include "support.h"

#include <cloacina/world.h>

#include "../../fixtures/broken_store.h"
#include "base/instant.h"
#include "world/world.h"

/* ---- a workflow that needs everything ---- */

static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "cents", 4200, err);
}

static enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t cents = 0;
    if (!cloacina_context_has(cloacina_task_context(task), "cents")) {
        return cloacina_error_set(err, "there is no price");
    }
    return cloacina_context_get_int64(cloacina_task_context(task), "cents", &cents, err);
}

static enum cloacina_code quiet_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

CLOACINA_TASK(price, .body = price_body);
CLOACINA_TASK(charge, .body = charge_body, .dependencies = CLOACINA_TASKS(&price));
CLOACINA_TASK(flaky, .body = quiet_body, .retry = {.attempts_max = 2, .initial_delay_ms = 60000});
CLOACINA_TASK(doomed, .body = quiet_body, .retry = {.attempts_max = 1});
CLOACINA_TASK(after, .body = quiet_body, .dependencies = CLOACINA_TASKS(&doomed));
CLOACINA_TASK(early, .body = quiet_body);
CLOACINA_TASK(late, .body = quiet_body, .dependencies = CLOACINA_TASKS(&early, &price));
CLOACINA_WORKFLOW(shop,
                  .tasks = CLOACINA_TASKS(&price, &charge, &flaky, &doomed, &after, &early, &late));

/* ---- one case: a bug, and who must notice it ---- */

struct broken_case {
    const char *name;
    enum broken_store_bug bug;
    const char *id; /* NULL: nothing is broken */
    uint32_t runners;
    int64_t round_trip_ns;
};

static struct cloacina_world *world_on(struct broken_store *broken,
                                       const struct broken_case *wanted)
{
    struct cloacina_world *world = NULL;
    struct cloacina_error error = {.code = CLOACINA_OK};
    struct cloacina_world_options options = {
        .runners = wanted->runners,
        .round_trip_ns = wanted->round_trip_ns,
        .slots = 2,
    };
    assert_int_equal(cloacina_world_create(&options, &world, &error), CLOACINA_OK);
    broken_store_init(broken, world->memory, wanted->bug);
    world->store = &broken->passing.dal;
    assert_int_equal(cloacina_world_register(world, &shop, &error), CLOACINA_OK);
    assert_int_equal(cloacina_world_cost(world, "shop", "early", 1000000, &error), CLOACINA_OK);
    assert_int_equal(cloacina_world_cost(world, "shop", "price", 1000000, &error), CLOACINA_OK);
    assert_int_equal(
        cloacina_world_fail(world, "shop", "flaky", 1, CLOACINA_FAILED, "not today", &error),
        CLOACINA_OK);
    assert_int_equal(
        cloacina_world_fail(world, "shop", "doomed", 1, CLOACINA_FAILED, "never", &error),
        CLOACINA_OK);
    return world;
}

/* Pauses while 'flaky' waits for its second attempt. */
static enum cloacina_world_end run(struct cloacina_world *world)
{
    struct cloacina_error error = {.code = CLOACINA_OK};
    struct cloacina_world_execution execution;
    enum cloacina_world_end end;
    assert_int_equal(cloacina_world_submit(world, "shop", "{}", &execution, &error), CLOACINA_OK);
    assert_int_equal(cloacina_world_command(world, execution, CLOACINA_WORLD_PAUSE,
                                            10 * NANOSECONDS_PER_SECOND, &error),
                     CLOACINA_OK);
    assert_int_equal(cloacina_world_command(world, execution, CLOACINA_WORLD_RESUME,
                                            20 * NANOSECONDS_PER_SECOND, &error),
                     CLOACINA_OK);
    assert_int_equal(cloacina_world_run(world, INT64_MAX, &end, &error), CLOACINA_OK);
    return end;
}

/* Each case of the table below; a bug that never struck proves nothing. */
static void what_is_broken_is_noticed(void **state)
{
    const struct broken_case *wanted = *state;
    struct broken_store broken;
    struct cloacina_world *world = world_on(&broken, wanted);
    enum cloacina_world_end end = run(world);
    const char *message = "";
    const char *id = cloacina_world_violation(world, &message);
    if (wanted->id == NULL) {
        if (end != CLOACINA_WORLD_SETTLED) {
            fail_msg("%s: %s", id, message);
        }
    } else {
        assert_true(broken.strikes > 0);
        if (end != CLOACINA_WORLD_VIOLATION || strcmp(id, wanted->id) != 0) {
            fail_msg("%s: %s; expected %s", id == NULL ? "nothing" : id, message, wanted->id);
        }
    }
    cloacina_world_destroy(world);
    broken_store_finish(&broken);
}

static const struct broken_case cases[] = {
    {"a store that is not broken", BROKEN_NOTHING, NULL, 1, 0},
    {"two runners and a slow store that is not broken", BROKEN_NOTHING, NULL, 2, 1000},
    {"a store that loses an event", BROKEN_LOSES_EVENT, "I-05", 1, 0},
    {"a store that doubles an event", BROKEN_DOUBLES_EVENT, "I-03", 1, 0},
    {"a store that loses a row", BROKEN_LOSES_ROW, "I-05", 1, 0},
    {"a store that does not raise the revision", BROKEN_FORGETS_REVISION, "I-05", 1, 0},
    {"a store that applies a commit twice", BROKEN_APPLIES_TWICE, "I-03", 1, 0},
    {"a store that throws a commit away", BROKEN_APPLIES_NOTHING, "I-01", 1, 0},
    {"a store that lets the loser of a race write", BROKEN_IGNORES_REVISION, "I-04", 2, 1000},
    {"a store that ignores the token", BROKEN_IGNORES_TOKEN, "I-02", 1, 0},
    {"a store that gives one token twice", BROKEN_REUSES_TOKEN, "I-01", 1, 0},
    {"a store that claims during a pause", BROKEN_CLAIMS_WHILE_PAUSED, "I-09", 1, 0},
    {"a store that claims a retry early", BROKEN_CLAIMS_EARLY, "I-10", 1, 0},
    {"a store that shortens the delay of a retry", BROKEN_RETRIES_EARLY, "I-10", 1, 0},
    {"a store that loses a delta", BROKEN_LOSES_DELTA, "I-12", 1, 0},
    {"a store that empties a delta", BROKEN_EMPTIES_DELTA, "I-12", 1, 0},
    {"a store that forgets a dependent", BROKEN_FORGETS_DEPENDENT, "I-06", 1, 0},
    {"a store that runs tasks after a failure", BROKEN_RUNS_AFTER_FAILURE, "I-04", 1, 0},
    {"a store that calls a failure a success", BROKEN_ENDS_COMPLETED, "I-08", 1, 0},
    {"a store that writes nonsense", BROKEN_WRITES_NONSENSE, "I-13", 1, 0},
    {"leases that nobody beats, found dead and closed", BROKEN_LEAKS_LEASE, NULL, 1, 0},
    {"a store that invents claims", BROKEN_INVENTS_CLAIMS, "I-26", 1, 0},
    {"a store that takes a new execution for an old one", BROKEN_KNOWS_EVERYBODY, "I-22", 1, 0},
};

int main(void)
{
    struct CMUnitTest tests[sizeof(cases) / sizeof(cases[0])] = {{0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name,
            .test_func = what_is_broken_is_noticed,
            .initial_state = (void *)&cases[i],
        };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
