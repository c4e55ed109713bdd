/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c - a runner's border to the store: every call gets through, and none of a dead
 * actor. */
#include "world_scene.h"

#include "base/instant.h"
#include "world/world.h"

CLOACINA_TASK(only, .body = scene_quiet);
CLOACINA_WORKFLOW(plain, .tasks = CLOACINA_TASKS(&only));

/* A world with one finished execution, and the border of its runner. */
struct border {
    struct cloacina_world *world;
    struct dal *dal;
    struct id id;
    struct arena arena;
};

static int setup(void **state)
{
    static struct border border;
    border.world = scene_world(NULL, &plain);
    struct cloacina_world_execution run = scene_submit(border.world, "plain", "{\"a\": 1}");
    scene_run(border.world);
    border.dal = &border.world->actors[0].store.dal;
    border.id = (struct id){run.high, run.low};
    arena_init(&border.arena, cloacina_heap_system());
    *state = &border;
    return 0;
}

static int teardown(void **state)
{
    struct border *border = *state;
    arena_finish(&border->arena);
    cloacina_world_destroy(border->world);
    return 0;
}

static struct changeset *nothing(void *user, const struct feed *feed)
{
    ++*(int *)user;
    assert_int_equal(feed->row.status, EXECUTION_COMPLETED);
    return NULL;
}

/* Of silence: then a lease is dead. */
#define LEASE_NS (60 * NANOSECONDS_PER_SECOND)

/* Makes every call once and counts those that answered `code`. */
static int calls_that_answer(struct border *border, enum cloacina_code code, int *ret_redone)
{
    struct dal *dal = border->dal;
    const struct dal_impl *impl = dal->impl;
    struct arena *arena = &border->arena;
    struct dal_snapshot snapshot;
    struct dal_poll_reply reply;
    struct dal_claimed *claims;
    struct dal_question question = {.limit = 10};
    struct dal_listed *listed;
    struct dal_lease *leases;
    struct event_row *events;
    struct text json;
    struct feed feed;
    uint64_t number;
    int64_t now;
    size_t count;
    struct execution_row before = {.id = border->id, .revision = 12345};
    struct changeset stale = {.before = before, .after = &before};
    struct dal_submission again = {.workflow = NULL};
    enum cloacina_code answer;
    int found = 0;
    impl->commit(dal, &(struct dal_write){&stale, &again}, 1, &answer);
    found += answer == (code == CLOACINA_OK ? CLOACINA_EXISTS : code);
    impl->commit(dal, &(struct dal_write){&stale, NULL}, 1, &answer);
    found += answer == (code == CLOACINA_OK ? CLOACINA_CONFLICT : code);
    found += impl->commit_locked(dal, border->id, 0, nothing, ret_redone, NULL) == code;
    found += impl->poll(dal, &(struct dal_poll){0}, arena, &reply, NULL) == code;
    found += impl->load(dal, border->id, arena, &snapshot, NULL) == code;
    found += impl->refresh(dal, border->id, 0, arena, &feed, NULL) == code;
    found += impl->find_commit(dal, border->id, (struct stamp){1, 1}, &number, NULL) == code;
    found += impl->open_lease(dal, TEXT_LITERAL("other"), &number, &now, NULL) == code;
    if (code == CLOACINA_OK) {
        border->world->timeline.now += LEASE_NS; /* before that nobody may close it (I-17) */
        found += impl->close_lease(dal, number, 0, NULL) == code;
    } else {
        found += impl->close_lease(dal, 1, 0, NULL) == code;
    }
    found += impl->claims(dal, 0, 10, arena, &claims, &count, NULL) == code;
    found += impl->events(dal, border->id, 0, 10, arena, &events, &count, NULL) == code;
    found += impl->executions(dal, &question, arena, &listed, &count, NULL) == code;
    found += impl->definition(dal, TEXT_LITERAL("plain"), arena, &json, NULL) == code;
    found += impl->leases(dal, arena, &leases, &count, &now, NULL) == code;
    found += impl->remove_ended(dal, 0, 10, &count, NULL) == code;
    found += impl->remove(dal, border->id, NULL) == code;
    return found;
}

enum { CALLS = 16 }; /* and those that ask the store nothing: `listen`, `descriptor`... */

/* A border that swallowed a call would be a fault that nobody planned. */
static void every_call_gets_through(void **state)
{
    struct border *border = *state;
    int redone = 0;
    assert_ok(dal_check(border->dal, err));
    assert_int_equal(calls_that_answer(border, CLOACINA_OK, &redone), CALLS);
    assert_int_equal(redone, 1);
}

/* Hints take no round trip; and the store is the world's to destroy. */
static void what_asks_nothing_is_passed_on(void **state)
{
    struct border *border = *state;
    border->dal->impl->take_hints(border->dal);
    border->dal->impl->destroy(border->dal);
    assert_int_equal(border->dal->impl->descriptor(border->dal), -1);
    assert_int_equal(dal_memory_active_count(border->world->memory), 0);
}

/* Every effect of a dead actor does nothing. */
static void no_call_of_a_dead_actor_gets_through(void **state)
{
    struct border *border = *state;
    int redone = 0;
    uint32_t leases = border->world->trace.leases;
    border->world->is_ending = true;
    assert_int_equal(calls_that_answer(border, CLOACINA_CRASHED, &redone), CALLS);
    assert_int_equal(redone, 0);
    assert_int_equal(border->world->trace.leases, leases);
}

/* I-26: calls without news or time are counted, whoever makes them. */
static void a_runner_that_spins_is_seen(void **state)
{
    struct border *border = *state;
    for (int i = 0; i < 1000; i++) {
        struct dal_poll_reply reply;
        assert_null(cloacina_world_violation(border->world, NULL));
        assert_int_equal(border->dal->impl->poll(border->dal, &(struct dal_poll){0}, &border->arena,
                                                 &reply, NULL),
                         CLOACINA_OK);
    }
    const char *message = NULL;
    assert_string_equal(cloacina_world_violation(border->world, &message), "I-26");
    assert_non_null(strstr(message, "runner-1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_call_gets_through, setup, teardown),
        cmocka_unit_test_setup_teardown(what_asks_nothing_is_passed_on, setup, teardown),
        cmocka_unit_test_setup_teardown(no_call_of_a_dead_actor_gets_through, setup, teardown),
        cmocka_unit_test_setup_teardown(a_runner_that_spins_is_seen, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
