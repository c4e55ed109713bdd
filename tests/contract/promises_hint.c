/* SPDX-License-Identifier: Apache-2.0 */
/* promises_hint.c - hints: who waits is told when somebody else leaves something.
 *
 * Law: no test waits for a time: it waits for the descriptor, and a store without one, or without
 * hints, is only held to its silence. */
#include "court.h"

#include <poll.h>

/* Nobody waits this long unless the hint is lost. */
enum { PATIENCE_MS = 20000 };

/* Takes in what has come for the second session; with `waits`, until something has. */
static void take(struct court *court, bool waits)
{
    struct dal *store = court->other;
    int before = court->wakes;
    store->impl->take_hints(store);
    while (waits && court->wakes == before) {
        struct pollfd wanted = {.fd = store->impl->descriptor(store), .events = POLLIN};
        if (wanted.fd < 0) {
            break;
        }
        if (poll(&wanted, 1, PATIENCE_MS) <= 0) {
            fail_msg("no hint has come");
        }
        store->impl->take_hints(store);
    }
}

/* Hints can come at all. */
static bool is_told(struct court *court)
{
    return court_kind == STORE_MEMORY || court->other->impl->descriptor(court->other) >= 0;
}

static void listen_and_beat(struct court *court)
{
    court->other->impl->listen(court->other, court->leases[1], court_wake, court);
    (void)court_poll(court, 0, NULL, 0); /* now both sessions know of both leases */
    (void)court_poll(court, 1, NULL, 0);
    take(court, false);
    court->wakes = 0;
}

/* Why: without hints a task waits for a heartbeat before anybody starts it. */
static void work_that_somebody_leaves_is_a_hint(void **state)
{
    struct court *court = *state;
    listen_and_beat(court);
    struct copy *copy = court_submit(court, "shop", "a; b: a; c: a", 1);
    take(court, true);
    assert_true(court->wakes >= 1 || !is_told(court));
    court_claim(court, copy);
    take(court, false);
    court->wakes = 0;
    court_succeed(court, copy, 0, NULL);
    take(court, true);
    assert_true(court->wakes >= 1 || !is_told(court));
}

/* Why: a body learns that it was cancelled from the runner, who learns it like this. */
static void a_command_is_a_hint(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a", 1);
    court_claim(court, copy);
    listen_and_beat(court);
    static const enum execution_input_type commands[] = {EXECUTION_PAUSE, EXECUTION_RESUME,
                                                         EXECUTION_CANCEL};
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        court->wakes = 0;
        court_command(court, copy, commands[i]);
        take(court, true);
        assert_true(court->wakes >= 1 || !is_told(court));
    }
}

/* Why: a runner that wakes itself never sleeps. */
static void the_own_commit_is_no_hint(void **state)
{
    struct court *court = *state;
    listen_and_beat(court);
    struct copy *copy = court_begin(court, "shop", "a; b", 1, "{}");
    struct stamp stamp = {court->leases[1], 1};
    assert_int_equal(copy_submit(copy, court->other, stamp), CLOACINA_OK);
    take(court, false);
    stamp.serial++;
    assert_int_equal(copy_claim(copy, 1, stamp, court->subject.now), 1);
    assert_int_equal(copy_commit(copy, court->other, stamp), CLOACINA_OK);
    (void)court_poll(court, 1, copy, 1);
    take(court, false);
    assert_int_equal(court->wakes, 0);
}

/* Why: who has stopped listening may be gone: its function must not be called again. */
static void who_stops_listening_is_not_called(void **state)
{
    struct court *court = *state;
    listen_and_beat(court);
    court->other->impl->listen(court->other, court->leases[1], NULL, NULL);
    (void)court_submit(court, "shop", "a", 1);
    take(court, false);
    assert_int_equal(court->wakes, 0);
    court->other->impl->listen(court->other, court->leases[1], court_wake, court);
    (void)court_submit(court, "shop", "a", 2);
    take(court, true);
    assert_true(court->wakes >= 1 || !is_told(court));
}

/* Why: an event loop asks for the descriptor and takes hints whether or not there are any. */
static void asking_for_hints_is_always_allowed(void **state)
{
    struct court *court = *state;
    for (size_t i = 0; i < 3; i++) {
        (void)court->store->impl->descriptor(court->store);
        court->store->impl->take_hints(court->store);
    }
    (void)court_submit(court, "shop", "a", 1);
    court->other->impl->take_hints(court->other);
    assert_int_equal(court->wakes, 0);
    if (court_kind == STORE_MEMORY) {
        assert_int_equal(court->store->impl->descriptor(court->store), -1);
    }
}

int promises_of_hint(void)
{
    const struct CMUnitTest tests[] = {
        COURT_TEST(work_that_somebody_leaves_is_a_hint),
        COURT_TEST(a_command_is_a_hint),
        COURT_TEST(the_own_commit_is_no_hint),
        COURT_TEST(who_stops_listening_is_not_called),
        COURT_TEST(asking_for_hints_is_always_allowed),
    };
    return cmocka_run_group_tests_name("hint", tests, NULL, NULL);
}
