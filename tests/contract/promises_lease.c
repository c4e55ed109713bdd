/* SPDX-License-Identifier: Apache-2.0 */
/* promises_lease.c - who is alive: numbers, beats, closing, and what the dead have left.
 *
 * Law: a lease is judged by its beat alone, and a number is never given twice. */
#include "court.h"

static uint64_t lease_open(struct court *court, struct dal *store, const char *name)
{
    uint64_t lease = 0;
    int64_t now = 0;
    assert_int_equal(store->impl->open_lease(store, text_of(name), &lease, &now, &court->error),
                     CLOACINA_OK);
    assert_true(lease > 0);
    assert_true(now > 0);
    return lease;
}

static enum cloacina_code lease_close(struct court *court, uint64_t lease, uint64_t beat)
{
    return court->other->impl->close_lease(court->other, lease, beat, &court->error);
}

/* How many claims it tells of; they are in the court's arena. */
static size_t claims(struct court *court, uint64_t lease, size_t limit,
                     struct dal_claimed **ret_claims)
{
    size_t count = 77;
    if (court->other->impl->claims(court->other, lease, limit, &court->arena, ret_claims, &count,
                                   &court->error) != CLOACINA_OK) {
        fail_msg("%s", court->error.message);
    }
    return count;
}

/* Why: claims of a dead runner must never look like those of a living one. */
static void a_number_is_never_given_twice(void **state)
{
    struct court *court = *state;
    uint64_t before = court->leases[0] > court->leases[1] ? court->leases[0] : court->leases[1];
    assert_true(court->leases[0] != court->leases[1]);
    for (size_t i = 0; i < 5; i++) {
        struct dal *store = court->subject.sessions[i % 2];
        uint64_t lease = lease_open(court, store, "runner");
        assert_true(lease > before);
        before = lease;
        assert_int_equal(lease_close(court, lease, 0), CLOACINA_OK);
    }
}

/* Why: who is alive is looked up by people, too. */
static void leases_are_listed_with_their_names_and_times(void **state)
{
    struct court *court = *state;
    struct dal_lease *leases;
    size_t count;
    int64_t now;
    court->subject.now += 1000;
    uint64_t third = lease_open(court, court->other, "na\xc3\xafve 'runner' \xf0\x9f\x98\x80");
    uint64_t fourth = lease_open(court, court->store, "");
    court->subject.now += 1000;
    (void)court_poll(court, 1, NULL, 0);
    assert_int_equal(court->store->impl->leases(court->store, &court->arena, &leases, &count, &now,
                                                &court->error),
                     CLOACINA_OK);
    assert_int_equal(count, 4);
    for (size_t i = 1; i < count; i++) {
        assert_true(leases[i].lease > leases[i - 1].lease);
    }
    assert_int_equal(leases[2].lease, third);
    assert_true(text_equal(leases[2].name, TEXT_LITERAL("na\xc3\xafve 'runner' \xf0\x9f\x98\x80")));
    assert_true(text_equal(leases[3].name, TEXT_LITERAL("")));
    assert_int_equal(leases[3].lease, fourth);
    assert_int_equal(leases[0].beat, 0);
    assert_int_equal(leases[1].beat, 1);
    assert_true(leases[2].opened_at <= leases[1].beat_at);
    assert_true(leases[1].opened_at <= leases[2].opened_at);
    assert_true(leases[1].beat_at <= now);
    assert_int_equal(leases[0].beat_at, leases[0].opened_at);
    if (subject_has_our_clock(court_kind)) {
        assert_int_equal(leases[2].opened_at, court->subject.now - 1000);
        assert_int_equal(leases[1].beat_at, court->subject.now);
        assert_int_equal(now, court->subject.now);
    }
}

/* Why: a heartbeat is a count that everybody sees, and that only its owner moves. */
static void a_beat_is_one_more(void **state)
{
    struct court *court = *state;
    for (uint64_t beat = 1; beat <= 3; beat++) {
        struct dal_poll_reply reply = court_poll(court, 0, NULL, 0);
        assert_int_equal(reply.lease_count, 2);
        assert_int_equal(reply.leases[0].beat, beat);
        assert_int_equal(reply.leases[1].beat, beat - 1);
        reply = court_poll(court, 1, NULL, 0);
        assert_int_equal(reply.leases[0].beat, beat);
        assert_int_equal(reply.leases[1].beat, beat);
    }
}

/* Why: whoever was only slow must not be declared dead after a beat. */
static void a_lease_is_closed_by_the_beat_that_was_seen(void **state)
{
    struct court *court = *state;
    (void)court_poll(court, 0, NULL, 0);
    const char *before = court_told_all(court, court->store);
    assert_int_equal(lease_close(court, court->leases[0], 0), CLOACINA_CONFLICT);
    assert_int_equal(lease_close(court, court->leases[0], 2), CLOACINA_CONFLICT);
    assert_string_equal(court_told_all(court, court->store), before);
    assert_int_equal(lease_close(court, court->leases[0], 1), CLOACINA_OK);
    assert_int_equal(lease_close(court, court->leases[0], 1), CLOACINA_NOT_FOUND);
    assert_int_equal(lease_close(court, 999999, 0), CLOACINA_NOT_FOUND);
    struct dal_poll_reply reply = court_poll(court, 0, NULL, 0); /* its owner learns it like this */
    assert_int_equal(reply.lease_count, 1);
    assert_int_equal(reply.leases[0].lease, court->leases[1]);
    assert_int_equal(reply.leases[0].beat, 0);
    reply = court_poll(court, 1, NULL, 0);
    assert_int_equal(reply.lease_count, 1);
}

/* Why: what a runner holds in the store is compared with what it holds in memory. */
static void claims_are_counted_and_listed_by_lease(void **state)
{
    struct court *court = *state;
    struct dal_claimed *found;
    struct copy *copy = court_submit(court, "shop", "a; b; c; d: a", 1);
    (void)court_submit(court, "shop", "a; b; c; d: a", 2);
    assert_int_equal(court_poll(court, 0, copy, 2).claimed_count, 2);
    assert_int_equal(court_poll(court, 1, copy, 2).claimed_count, 2);
    struct dal_poll_reply reply = court_poll(court, 0, NULL, 0);
    assert_int_equal(reply.leases[0].claims, 2);
    assert_int_equal(reply.leases[1].claims, 2);
    assert_int_equal(reply.orphans, 0);
    assert_int_equal(claims(court, court->leases[0], 9, &found), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(id_equal(found[i].id, court_id(1)));
        assert_true(found[i].task < 2);
        assert_int_equal(found[i].claim.lease, court->leases[0]);
    }
    assert_int_equal(claims(court, court->leases[1], 1, &found), 1);
    assert_int_equal(claims(court, court->leases[1], 0, &found), 0);
    assert_int_equal(claims(court, 0, 9, &found), 0);
    assert_int_equal(copy_refresh(copy, court->store), CLOACINA_OK);
    court_succeed(court, copy, 0, NULL);
    assert_int_equal(claims(court, court->leases[0], 9, &found), 1);
    assert_int_equal(found[0].task, 1);
    reply = court_poll(court, 1, NULL, 0);
    assert_int_equal(reply.leases[0].claims, 1);
}

/* Why: what the dead held is found by everybody, until somebody ends it. */
static void what_a_closed_lease_held_is_an_orphan(void **state)
{
    struct court *court = *state;
    struct dal_claimed *found;
    struct copy *copy = court_submit(court, "shop", "a; b; c", 1);
    assert_int_equal(court_poll(court, 1, copy, 2).claimed_count, 2);
    assert_int_equal(lease_close(court, court->leases[1], 1), CLOACINA_OK);
    struct dal_poll_reply reply = court_poll(court, 0, NULL, 0);
    assert_int_equal(reply.lease_count, 1);
    assert_int_equal(reply.leases[0].claims, 0);
    assert_int_equal(reply.orphans, 2);
    assert_int_equal(claims(court, 0, 9, &found), 2);
    assert_int_equal(claims(court, 0, 1, &found), 1);
    assert_int_equal(claims(court, court->leases[1], 9, &found), 2); /* still in its name */
    assert_int_equal(copy_refresh(copy, court->store), CLOACINA_OK);
    assert_int_equal(copy_attempt(copy, 0, EXECUTION_LOST, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    assert_int_equal(claims(court, 0, 9, &found), 1);
    assert_int_equal(found[0].task, 1);
    court_command(court, copy, EXECUTION_CANCEL); /* and now all is over */
    assert_int_equal(claims(court, 0, 9, &found), 0);
    assert_int_equal(court_poll(court, 0, NULL, 0).orphans, 0);
}

/* Why: a runner that was declared dead and lives on may claim, and must be found by its sweep. */
static void a_closed_lease_can_still_claim_and_is_found(void **state)
{
    struct court *court = *state;
    struct dal_claimed *found;
    struct copy *copy = court_submit(court, "shop", "a", 1);
    assert_int_equal(lease_close(court, court->leases[1], 0), CLOACINA_OK);
    struct dal_poll_reply reply = court_poll(court, 1, copy, 1);
    assert_int_equal(reply.claimed_count, 1);
    assert_int_equal(reply.lease_count, 1);
    assert_int_equal(reply.orphans, 1);
    assert_int_equal(claims(court, 0, 9, &found), 1);
    assert_int_equal(found[0].claim.lease, court->leases[1]);
}

int promises_of_lease(void)
{
    const struct CMUnitTest tests[] = {
        COURT_TEST(a_number_is_never_given_twice),
        COURT_TEST(leases_are_listed_with_their_names_and_times),
        COURT_TEST(a_beat_is_one_more),
        COURT_TEST(a_lease_is_closed_by_the_beat_that_was_seen),
        COURT_TEST(claims_are_counted_and_listed_by_lease),
        COURT_TEST(what_a_closed_lease_held_is_an_orphan),
        COURT_TEST(a_closed_lease_can_still_claim_and_is_found),
    };
    return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
