/* SPDX-License-Identifier: Apache-2.0 */
/* promises_poll.c - claiming: the oldest Ready task first, only what is offered, due and not
 * stopped; and telling what has changed.
 *
 * Law: no task is ever claimed twice, and no claim is without its revision, row and event. */
#include "court.h"

static struct dal_poll_reply poll_as(struct court *court, size_t session, struct dal_poll request)
{
    struct dal *store = court->subject.sessions[session];
    struct dal_poll_reply reply;
    request.claim = (struct stamp){court->leases[session], court->serial + 1};
    request.commit = (struct stamp){court->leases[session], court->serial + 1};
    court->serial += request.limit + 1;
    if (store->impl->poll(store, &request, &court->arena, &reply, &court->error) != CLOACINA_OK) {
        fail_msg("%s", court->error.message);
    }
    return reply;
}

static struct dal_poll_reply poll_offering(struct court *court, const struct workflow *workflow,
                                           const uint8_t *bodies, uint32_t limit)
{
    struct dal_offer offer = {.workflow = workflow, .bodies = bodies};
    return poll_as(court, 0, (struct dal_poll){.limit = limit, .offers = &offer, .offer_count = 1});
}

static void assert_claimed(const struct dal_poll_reply *reply, size_t place, uint64_t number,
                           uint32_t task)
{
    assert_true(place < reply->claimed_count);
    assert_true(id_equal(reply->claimed[place].id, court_id(number)));
    assert_int_equal(reply->claimed[place].task, task);
}

/* Why: a claim in the store is the same change as a claim in memory. */
static void a_poll_claims_what_execution_claim_would_claim(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b; c", 1);
    struct stamp first = {court->leases[1], court->serial + 1};
    struct dal_poll_reply reply = court_poll(court, 1, copy, 2);
    assert_int_equal(reply.claimed_count, 2);
    assert_claimed(&reply, 0, 1, 0);
    assert_claimed(&reply, 1, 1, 1);
    assert_true(stamp_equal(reply.claimed[0].claim, first));
    first.serial++;
    assert_true(stamp_equal(reply.claimed[1].claim, first));
    assert_int_equal(copy_refresh(copy, court->store), CLOACINA_OK);
    assert_int_equal(copy->execution.row.revision, 3);
    assert_int_equal(copy->execution.row.status, EXECUTION_RUNNING);
    assert_true(copy->execution.row.started_at > 0);
    assert_true(copy->execution.row.started_at <= reply.now);
    for (uint32_t task = 0; task < 2; task++) {
        assert_int_equal(copy->execution.rows[task].status, TASK_RUNNING);
        assert_int_equal(copy->execution.rows[task].sub_status, TASK_SUB_ACTIVE);
        assert_true(copy->execution.rows[task].started_at >= copy->execution.row.started_at);
        assert_true(copy->execution.rows[task].started_at <= reply.now);
        assert_true(stamp_equal(copy->execution.rows[task].claim, reply.claimed[task].claim));
    }
    assert_int_equal(copy->execution.rows[2].status, TASK_READY);
    court_assert_agrees(court, court->store, copy);
}

/* Why: the feed, the history and whoever asks for a commit rely on a revision for each claim. */
static void each_claim_is_a_revision_with_its_event(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b", 1);
    struct dal_poll_reply reply = court_poll(court, 0, copy, 9);
    assert_int_equal(reply.claimed_count, 2);
    struct event_row *events;
    size_t count;
    assert_int_equal(court->other->impl->events(court->other, court_id(1), 1, 9, &court->arena,
                                                &events, &count, NULL),
                     CLOACINA_OK);
    const struct {
        uint64_t revision;
        uint32_t n;
        enum event_type type;
        uint32_t task;
    } expected[] = {
        {2, 0, EVENT_WORKFLOW_STARTED, TASK_NONE},
        {2, 1, EVENT_TASK_CLAIMED, 0},
        {3, 0, EVENT_TASK_CLAIMED, 1},
    };
    assert_int_equal(count, ARRAY_COUNT(expected));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(events[i].revision, expected[i].revision);
        assert_int_equal(events[i].n, expected[i].n);
        assert_int_equal(events[i].type, expected[i].type);
        assert_int_equal(events[i].task, expected[i].task);
        assert_true(events[i].at > 0 && events[i].at <= reply.now);
        assert_int_equal(events[i].attempt, expected[i].task == TASK_NONE ? 0 : 1);
    }
    assert_true(stamp_equal(events[1].claim, reply.claimed[0].claim));
    assert_true(stamp_equal(events[2].claim, reply.claimed[1].claim));
}

/* Why: nobody waits for ever while others overtake: the order is that of becoming Ready, over all
 * executions. */
static void the_oldest_ready_task_is_claimed_first(void **state)
{
    struct court *court = *state;
    struct copy *second = court_submit(court, "shop", "a; b: a", 2);
    struct copy *first = court_submit(court, "shop", "a; b: a", 1);
    court_claim(court, second);
    struct copy *third = court_submit(court, "shop", "a; b: a", 3);
    court_succeed(court, second, 0, NULL); /* its b is Ready after the a of the third */
    struct dal_poll_reply reply = court_poll(court, 1, first, 9);
    assert_int_equal(reply.claimed_count, 3);
    assert_claimed(&reply, 0, 1, 0);
    assert_claimed(&reply, 1, 3, 0);
    assert_claimed(&reply, 2, 2, 1);
    assert_int_equal(copy_refresh(third, court->store), CLOACINA_OK);
    court_assert_agrees(court, court->other, third);
}

/* Why: who gives an attempt back stands at the end of the queue again. */
static void what_becomes_ready_again_goes_to_the_end(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b; c", 1);
    court_claim(court, copy);
    assert_int_equal(copy_attempt(copy, 0, EXECUTION_HANDED_BACK, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    struct dal_poll_reply reply = court_poll(court, 0, copy, 9);
    assert_int_equal(reply.claimed_count, 3);
    assert_claimed(&reply, 0, 1, 1);
    assert_claimed(&reply, 1, 1, 2);
    assert_claimed(&reply, 2, 1, 0);
}

/* Why: limit is how many slots are free; 0 only looks. */
static void no_more_is_claimed_than_was_asked_for(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b; c; d; e", 1);
    const char *before = court_told(court, court->store, 1);
    assert_int_equal(court_poll(court, 0, copy, 0).claimed_count, 0);
    assert_string_equal(court_told(court, court->store, 1), before);
    assert_int_equal(court_poll(court, 0, copy, 1).claimed_count, 1);
    assert_int_equal(court_poll(court, 1, copy, 3).claimed_count, 3);
    assert_int_equal(court_poll(court, 0, copy, 100).claimed_count, 1);
    assert_int_equal(court_poll(court, 1, copy, 100).claimed_count, 0);
}

/* Why: a task whose body nobody here has stays Ready, in its place; new code of the same workflow
 * fits old tasks by their names. */
static void only_what_is_offered_is_claimed(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b; c", 1);
    struct workflow *newer = copy_workflow("shop", "b; d");
    struct workflow *stranger = copy_workflow("other", "a; b; c");
    assert_int_equal(court_poll(court, 0, NULL, 9).claimed_count, 0);
    assert_int_equal(poll_offering(court, stranger, NULL, 9).claimed_count, 0);
    struct dal_poll_reply reply = poll_offering(court, newer, NULL, 9);
    assert_int_equal(reply.claimed_count, 1);
    assert_claimed(&reply, 0, 1, 1);
    const uint8_t none[3] = {0, 0, 0};
    assert_int_equal(poll_offering(court, copy->execution.workflow, none, 9).claimed_count, 0);
    const uint8_t last[3] = {0, 1, 1};
    reply = poll_offering(court, copy->execution.workflow, last, 9);
    assert_int_equal(reply.claimed_count, 1);
    assert_claimed(&reply, 0, 1, 2);
    reply = court_poll(court, 1, copy, 9);
    assert_int_equal(reply.claimed_count, 1);
    assert_claimed(&reply, 0, 1, 0);
    workflow_unref(newer);
    workflow_unref(stranger);
}

/* Why: the bodies of an offer are numbered by its own definition, not by the execution's. */
static void the_bodies_of_an_offer_are_those_of_its_own_definition(void **state)
{
    struct court *court = *state;
    (void)court_submit(court, "shop", "a; b; c", 1);
    struct workflow *newer = copy_workflow("shop", "b; c");
    const uint8_t second[2] = {0, 1};
    struct dal_poll_reply reply = poll_offering(court, newer, second, 9);
    assert_int_equal(reply.claimed_count, 1);
    assert_claimed(&reply, 0, 1, 2);
    workflow_unref(newer);
}

/* Why: a runner has the code of many workflows, and of old versions beside new ones. */
static void any_of_several_offers_will_do(void **state)
{
    struct court *court = *state;
    struct copy *shop = court_submit(court, "shop", "a; b", 1);
    struct copy *bank = court_submit(court, "bank", "a; b", 2);
    (void)court_submit(court, "zoo", "a", 3);
    const uint8_t only_a[2] = {1, 0};
    const uint8_t only_b[2] = {0, 1};
    const struct dal_offer offers[] = {
        {.workflow = bank->execution.workflow, .bodies = only_b},
        {.workflow = shop->execution.workflow, .bodies = only_a},
        {.workflow = shop->execution.workflow, .bodies = only_b},
    };
    struct dal_poll_reply reply =
        poll_as(court, 0, (struct dal_poll){.limit = 9, .offers = offers, .offer_count = 3});
    assert_int_equal(reply.claimed_count, 3);
    assert_claimed(&reply, 0, 1, 0);
    assert_claimed(&reply, 1, 1, 1);
    assert_claimed(&reply, 2, 2, 1);
}

/* Why: a back-off that is not kept is no back-off; who waits keeps its place in the queue. */
static void what_is_not_due_waits_in_its_place(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b", 1);
    court_claim(court, copy);
    /* The far future of every clock there is; or two seconds of ours. */
    int64_t grace = subject_has_our_clock(court_kind) ? 2 * NANOSECONDS_PER_SECOND : INT64_MAX / 2;
    struct execution_input late = {
        .type = EXECUTION_TIMED_OUT, .claim = copy->execution.rows[0].claim, .grace_ns = grace};
    assert_int_equal(copy_apply(copy, &late, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    (void)court_submit(court, "shop", "a; b", 2);
    struct dal_poll_reply reply = court_poll(court, 1, copy, 1);
    assert_claimed(&reply, 0, 1, 1);
    if (subject_has_our_clock(court_kind)) {
        court->subject.now += grace - 1;
        assert_int_equal(court_poll(court, 1, copy, 1).claimed_count, 1);
        court->subject.now += 1;
        (void)court_submit(court, "shop", "a; b", 3);
        reply = court_poll(court, 1, copy, 1);
        assert_claimed(&reply, 0, 1, 0); /* before the second one's b, which became Ready later */
    } else {
        reply = court_poll(court, 1, copy, 9);
        assert_int_equal(reply.claimed_count, 2);
        assert_claimed(&reply, 0, 2, 0);
    }
}

/* Why: a pause stops claims at once, and what was Ready keeps its place. */
static void what_is_paused_or_over_is_not_claimed(void **state)
{
    struct court *court = *state;
    struct copy *paused = court_submit(court, "shop", "a; b", 1);
    struct copy *cancelled = court_submit(court, "shop", "a; b", 2);
    (void)court_submit(court, "shop", "a; b", 3);
    court_command(court, paused, EXECUTION_PAUSE);
    court_command(court, cancelled, EXECUTION_CANCEL);
    struct dal_poll_reply reply = court_poll(court, 1, paused, 1);
    assert_int_equal(reply.claimed_count, 1);
    assert_claimed(&reply, 0, 3, 0);
    court_command(court, paused, EXECUTION_RESUME);
    reply = court_poll(court, 1, paused, 9);
    assert_int_equal(reply.claimed_count, 3);
    assert_claimed(&reply, 0, 1, 0);
    assert_claimed(&reply, 1, 1, 1);
    assert_claimed(&reply, 2, 3, 1);
}

/* Why: an attempt that one session claimed is finished by another, and the next task is claimed by
 * a third: a runner that takes over does not notice. */
static void work_is_handed_over_between_sessions(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b: a", 1);
    struct dal_poll_reply reply = court_poll(court, 1, copy, 9);
    assert_int_equal(reply.claimed_count, 1);
    assert_int_equal(copy_refresh(copy, court->store), CLOACINA_OK);
    court_succeed(court, copy, 0, "{\"/k\":1}");
    struct copy *taker = court_load(court, court->other, 1);
    court_assert_agrees(court, court->other, copy);
    reply = court_poll(court, 1, taker, 9);
    assert_claimed(&reply, 0, 1, 1);
    assert_int_equal(copy_refresh(taker, court->other), CLOACINA_OK);
    assert_int_equal(copy_succeed(taker, 1, NULL, court->subject.now), CLOACINA_OK);
    assert_int_equal(copy_commit(taker, court->other, (struct stamp){court->leases[1], 1u << 20}),
                     CLOACINA_OK);
    assert_int_equal(taker->execution.row.status, EXECUTION_COMPLETED);
    assert_int_equal(copy_refresh(copy, court->store), CLOACINA_OK);
    court_assert_agrees(court, court->store, copy);
}

/* Why: a runner learns from its one query what others did to the executions it keeps. */
static void watches_tell_which_executions_have_moved(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b", 1);
    struct copy *still = court_submit(court, "shop", "a; b", 2);
    struct dal_watch watches[] = {
        {.id = still->execution.row.id, .revision = 1},
        {.id = copy->execution.row.id, .revision = 1},
        {.id = court_id(3), .revision = 1}, /* is not there */
    };
    struct dal_poll request = {.watches = watches, .watch_count = ARRAY_COUNT(watches)};
    assert_int_equal(poll_as(court, 1, request).changed_count, 0);
    court_claim(court, copy);
    struct dal_poll_reply reply = poll_as(court, 1, request);
    assert_int_equal(reply.changed_count, 1);
    assert_true(id_equal(reply.changed[0], court_id(1)));
    reply = poll_as(court, 0, request); /* who did it is told, too: it asked with what it knew */
    assert_int_equal(reply.changed_count, 1);
    watches[1].revision = 2;
    assert_int_equal(poll_as(court, 1, request).changed_count, 0);
    assert_int_equal(poll_as(court, 1, request).changed_count, 0);
    struct dal_offer offer = {.workflow = copy->execution.workflow};
    request.offers = &offer;
    request.offer_count = 1;
    request.limit = 2;
    reply = poll_as(court, 1, request); /* claims b of the first and a of the second */
    assert_int_equal(reply.claimed_count, 2);
    assert_int_equal(reply.changed_count, 2);
    assert_false(id_equal(reply.changed[0], reply.changed[1]));
    assert_false(id_equal(reply.changed[0], court_id(3)));
    assert_false(id_equal(reply.changed[1], court_id(3)));
    request.limit = 0;
    reply = poll_as(court, 1, request); /* they have moved, and are told until that is known */
    assert_int_equal(reply.changed_count, 2);
}

/* Why: without the heartbeat a poll asks for work only. */
static void a_poll_without_a_beat_lists_no_leases(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a", 1);
    struct dal_poll_reply reply = poll_offering(court, copy->execution.workflow, NULL, 1);
    assert_int_equal(reply.claimed_count, 1);
    assert_int_equal(reply.lease_count, 0);
    assert_true(reply.now > 0);
    reply = court_poll(court, 0, NULL, 0);
    assert_int_equal(reply.lease_count, 2);
    assert_int_equal(reply.leases[0].beat, 1);
    assert_int_equal(reply.leases[1].beat, 0);
}

/* Why: instants that runners compare are in store time, which therefore never goes back. */
static void store_time_does_not_go_back(void **state)
{
    struct court *court = *state;
    int64_t before = 0;
    for (size_t i = 0; i < 10; i++) {
        int64_t now = court_poll(court, i % 2, NULL, 0).now;
        assert_true(now >= before);
        before = now;
        court->subject.now += 5;
    }
    assert_true(!subject_has_our_clock(court_kind) || before == court->subject.now - 5);
}

int promises_of_poll(void)
{
    const struct CMUnitTest tests[] = {
        COURT_TEST(a_poll_claims_what_execution_claim_would_claim),
        COURT_TEST(each_claim_is_a_revision_with_its_event),
        COURT_TEST(the_oldest_ready_task_is_claimed_first),
        COURT_TEST(what_becomes_ready_again_goes_to_the_end),
        COURT_TEST(no_more_is_claimed_than_was_asked_for),
        COURT_TEST(only_what_is_offered_is_claimed),
        COURT_TEST(the_bodies_of_an_offer_are_those_of_its_own_definition),
        COURT_TEST(any_of_several_offers_will_do),
        COURT_TEST(what_is_not_due_waits_in_its_place),
        COURT_TEST(what_is_paused_or_over_is_not_claimed),
        COURT_TEST(work_is_handed_over_between_sessions),
        COURT_TEST(watches_tell_which_executions_have_moved),
        COURT_TEST(a_poll_without_a_beat_lists_no_leases),
        COURT_TEST(store_time_does_not_go_back),
    };
    return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
