/* SPDX-License-Identifier: Apache-2.0 */
/* promises_history.c - events, refresh, load: the history is the change feed.
 *
 * Law: rows and events of one commit are one; whoever replays the events has the rows. */
#include "court.h"

static size_t events_of(struct court *court, uint64_t after, size_t limit,
                        struct event_row **ret_events)
{
    size_t count = 77;
    if (court->other->impl->events(court->other, court_id(1), after, limit, &court->arena,
                                   ret_events, &count, &court->error) != CLOACINA_OK) {
        fail_msg("%s", court->error.message);
    }
    return count;
}

static struct feed feed_of(struct court *court, uint64_t revision)
{
    struct feed feed;
    if (court->other->impl->refresh(court->other, court_id(1), revision, &court->arena, &feed,
                                    &court->error) != CLOACINA_OK) {
        fail_msg("%s", court->error.message);
    }
    return feed;
}

/* Five revisions of a diamond; the fourth fails b, the fifth skips nobody. */
static struct copy *lived_through(struct court *court)
{
    struct copy *copy = court_submit(court, "shop", "a; b: a; c: a; d: b c", 1);
    court_claim(court, copy);                    /* 2: a starts */
    court_succeed(court, copy, 0, "{\"/k\":1}"); /* 3: b, c Ready */
    court_claim(court, copy);                    /* 4: b starts */
    court->subject.now += 1000;
    assert_int_equal(copy_attempt(copy, 1, EXECUTION_TASK_FAILED, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK); /* 5: a retry */
    return copy;
}

/* Why: what happened is asked for later, by people and by checkers: all of it, in order. */
static void the_history_is_complete_and_in_order(void **state)
{
    struct court *court = *state;
    struct copy *copy = lived_through(court);
    struct event_row *events;
    const struct {
        uint64_t revision;
        uint32_t n;
        enum event_type type;
        uint32_t task;
    } expected[] = {
        {1, 0, EVENT_WORKFLOW_SUBMITTED, TASK_NONE},
        {1, 1, EVENT_TASK_MARKED_READY, 0},
        {2, 0, EVENT_WORKFLOW_STARTED, TASK_NONE},
        {2, 1, EVENT_TASK_CLAIMED, 0},
        {3, 0, EVENT_TASK_COMPLETED, 0},
        {3, 1, EVENT_TASK_MARKED_READY, 1},
        {3, 2, EVENT_TASK_MARKED_READY, 2},
        {4, 0, EVENT_TASK_CLAIMED, 1},
        {5, 0, EVENT_TASK_RETRY_SCHEDULED, 1},
    };
    assert_int_equal(events_of(court, 0, 99, &events), ARRAY_COUNT(expected));
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        assert_int_equal(events[i].revision, expected[i].revision);
        assert_int_equal(events[i].n, expected[i].n);
        assert_string_equal(event_type_name((enum event_type)events[i].type),
                            event_type_name(expected[i].type));
        assert_int_equal(events[i].task, expected[i].task);
    }
    const struct event_row *retry = &events[8];
    assert_int_equal(retry->code, CLOACINA_FAILED);
    assert_int_equal(retry->at, court->subject.now);
    assert_int_equal(retry->retry_at, copy->execution.rows[1].retry_at);
    assert_true(stamp_equal(retry->claim, events[7].claim));
    assert_int_equal(retry->attempt, 2);
}

/* Why: a reader that follows asks for what is behind its revision, and for no more than fits. */
static void events_are_given_after_a_revision_and_up_to_a_limit(void **state)
{
    struct court *court = *state;
    struct event_row *events;
    (void)lived_through(court);
    assert_int_equal(events_of(court, 3, 99, &events), 2);
    assert_int_equal(events[0].revision, 4);
    assert_int_equal(events_of(court, 5, 99, &events), 0);
    assert_int_equal(events_of(court, UINT64_MAX, 99, &events), 0);
    assert_int_equal(events_of(court, 0, 0, &events), 0);
    assert_int_equal(events_of(court, 2, 2, &events), 2);
    assert_int_equal(events[0].revision, 3);
    assert_int_equal(events[1].n, 1);
}

/* Why: a refresh is the rows that the events name, each once, as they are now. */
static void a_refresh_is_what_the_events_name(void **state)
{
    struct court *court = *state;
    struct copy *copy = lived_through(court);
    for (uint64_t revision = 0; revision <= 6; revision++) {
        struct event_row *events;
        bool named[4] = {false, false, false, false};
        size_t count = events_of(court, revision, 99, &events);
        for (size_t i = 0; i < count; i++) {
            if (events[i].task != TASK_NONE) {
                named[events[i].task] = true;
            }
        }
        struct feed feed = feed_of(court, revision);
        assert_int_equal(feed.row.revision, 5);
        size_t place = 0;
        for (uint32_t task = 0; task < 4; task++) {
            if (named[task]) {
                assert_true(place < feed.task_count);
                assert_int_equal(feed.tasks[place].task, task);
                assert_int_equal(feed.tasks[place].row.status, copy->execution.rows[task].status);
                assert_int_equal(feed.tasks[place].has_delta, task == 0);
                place++;
            }
        }
        assert_int_equal(feed.task_count, place);
    }
}

/* Why: a copy that was behind at any point catches up to the same rows. */
static void a_copy_catches_up_from_any_revision(void **state)
{
    struct court *court = *state;
    struct copy *behind[4];
    struct copy *copy = court_submit(court, "shop", "a; b: a; c: a; d: b c", 1);
    behind[0] = court_load(court, court->other, 1);
    court_claim(court, copy);
    behind[1] = court_load(court, court->other, 1);
    court_succeed(court, copy, 0, "{\"/k\":1}");
    behind[2] = court_load(court, court->other, 1);
    court_claim(court, copy);
    court_claim(court, copy);
    behind[3] = court_load(court, court->other, 1);
    court_succeed(court, copy, 2, "{\"/c\":1}");
    court_succeed(court, copy, 1, "{\"/b\":1}");
    court_claim(court, copy);
    court_succeed(court, copy, 3, NULL);
    assert_int_equal(copy->execution.row.status, EXECUTION_COMPLETED);
    for (size_t i = 0; i < ARRAY_COUNT(behind); i++) {
        assert_int_equal(copy_refresh(behind[i], court->other), CLOACINA_OK);
        court_assert_agrees(court, court->store, behind[i]);
        assert_true(value_equal(execution_final_context(&behind[i]->execution),
                                execution_final_context(&copy->execution)));
    }
}

/* Why: missing is an answer of its own, and names what is missing. */
static void what_is_not_there_is_not_found(void **state)
{
    struct court *court = *state;
    struct dal_snapshot snapshot;
    struct feed feed;
    struct event_row *events;
    size_t count;
    struct dal *store = court->other;
    static const char missing[] = "01900000-0000-7000-8000-000000000009";
    (void)court_submit(court, "shop", "a", 1);
    assert_int_equal(store->impl->load(store, court_id(9), &court->arena, &snapshot, &court->error),
                     CLOACINA_NOT_FOUND);
    assert_non_null(strstr(court->error.message, missing));
    assert_int_equal(
        store->impl->refresh(store, court_id(9), 0, &court->arena, &feed, &court->error),
        CLOACINA_NOT_FOUND);
    assert_non_null(strstr(court->error.message, missing));
    assert_int_equal(store->impl->events(store, court_id(9), 0, 9, &court->arena, &events, &count,
                                         &court->error),
                     CLOACINA_NOT_FOUND);
    assert_non_null(strstr(court->error.message, missing));
    assert_int_equal(store->impl->remove(store, court_id(9), &court->error), CLOACINA_NOT_FOUND);
    assert_non_null(strstr(court->error.message, missing));
    assert_int_equal(store->impl->load(store, court_id(9), &court->arena, &snapshot, NULL),
                     CLOACINA_NOT_FOUND);
}

/* Why: who is closed and opened again finds everything as it was; of the memory store this is the
 * same object. */
static void what_was_written_outlives_its_session(void **state)
{
    struct court *court = *state;
    struct copy *copy = lived_through(court);
    assert_int_equal(court_poll(court, 1, copy, 1).claimed_count, 1);
    const char *before = court_told_all(court, court->store);
    int64_t now;
    subject_reopen(&court->subject, 1);
    subject_reopen(&court->subject, 0);
    court->store = court->subject.sessions[0];
    court->other = court->subject.sessions[1];
    assert_string_equal(court_told_all(court, court->store), before);
    assert_string_equal(court_told_all(court, court->other), before);
    uint64_t lease;
    assert_int_equal(
        court->other->impl->open_lease(court->other, TEXT_LITERAL("x"), &lease, &now, NULL),
        CLOACINA_OK);
    assert_true(lease > court->leases[0] && lease > court->leases[1]);
    assert_int_equal(court_poll(court, 0, NULL, 0).lease_count, 3);
    assert_int_equal(copy_refresh(copy, court->store), CLOACINA_OK);
    court_command(court, copy, EXECUTION_CANCEL);
    court_assert_agrees(court, court->other, copy);
}

/* Why: numbers of leases that were closed before a restart are not given again after it, and store
 * time goes on. */
static void nothing_starts_again_after_a_restart(void **state)
{
    struct court *court = *state;
    uint64_t lease;
    int64_t now;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            court->store->impl->close_lease(court->store, court->leases[i], 0, &court->error),
            CLOACINA_OK);
    }
    int64_t before = court_poll(court, 0, NULL, 0).now;
    subject_reopen(&court->subject, 1);
    subject_reopen(&court->subject, 0);
    court->store = court->subject.sessions[0];
    assert_int_equal(
        court->store->impl->open_lease(court->store, TEXT_LITERAL("x"), &lease, &now, NULL),
        CLOACINA_OK);
    assert_true(lease > court->leases[0] && lease > court->leases[1]);
    assert_true(now >= before);
}

int promises_of_history(void)
{
    const struct CMUnitTest tests[] = {
        COURT_TEST(the_history_is_complete_and_in_order),
        COURT_TEST(events_are_given_after_a_revision_and_up_to_a_limit),
        COURT_TEST(a_refresh_is_what_the_events_name),
        COURT_TEST(a_copy_catches_up_from_any_revision),
        COURT_TEST(what_is_not_there_is_not_found),
        COURT_TEST(what_was_written_outlives_its_session),
        COURT_TEST(nothing_starts_again_after_a_restart),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
