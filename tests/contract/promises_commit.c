/* SPDX-License-Identifier: Apache-2.0 */
/* promises_commit.c - commit, commit_locked, find_commit: applied or not, and nothing in between.
 *
 * Law: whatever the answer was, the state afterwards is that of before or all of the new one. */
#include "court.h"

static enum cloacina_code find(struct court *court, struct id id, struct stamp commit,
                               uint64_t *ret_revision)
{
    return court->other->impl->find_commit(court->other, id, commit, ret_revision, &court->error);
}

static void assert_revision_of(struct court *court, struct id id, struct stamp commit,
                               uint64_t expected)
{
    uint64_t revision = 77;
    assert_int_equal(find(court, id, commit, &revision), CLOACINA_OK);
    assert_int_equal(revision, expected);
}

/* Why: what was acknowledged is what everybody sees. */
static void what_is_written_is_what_another_session_reads(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b: a; c: a; d: b c", 1);
    court_assert_agrees(court, court->other, copy);
    court_claim(court, copy);
    court_assert_agrees(court, court->other, copy);
    court_succeed(court, copy, 0, "{\"/k\":[1]}");
    court_assert_agrees(court, court->other, copy);
    court_claim(court, copy);
    assert_int_equal(copy_attempt(copy, 1, EXECUTION_TASK_FAILED, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    court_assert_agrees(court, court->other, copy);
    court_command(court, copy, EXECUTION_PAUSE);
    court_command(court, copy, EXECUTION_RESUME);
    court_command(court, copy, EXECUTION_CANCEL);
    court_assert_agrees(court, court->other, copy);
    assert_int_equal(copy->execution.row.status, EXECUTION_CANCELLED);
}

/* Why: ids are names: a second execution of the same name is refused, and the first one stays. */
static void an_id_can_be_taken_once(void **state)
{
    struct court *court = *state;
    (void)court_submit(court, "shop", "a; b: a", 1);
    const char *before = court_told_all(court, court->store);
    struct copy *second = court_begin(court, "other", "x; y; z", 1, "{}");
    assert_int_equal(copy_submit(second, court->other, court_stamp(court)), CLOACINA_EXISTS);
    assert_string_equal(court_told_all(court, court->other), before);
}

/* Why: the revision decides who was first; the loser changes nothing. */
static void a_commit_on_an_old_revision_is_a_conflict(void **state)
{
    struct court *court = *state;
    struct copy *first = court_submit(court, "shop", "a; b", 1);
    struct copy *second = court_load(court, court->other, 1);
    court_claim(court, first);
    const char *before = court_told_all(court, court->store);
    struct stamp late = court_stamp(court);
    assert_int_equal(copy_claim(second, 2, court_stamp(court), court->subject.now), 2);
    assert_int_equal(copy_commit(second, court->other, late), CLOACINA_CONFLICT);
    assert_string_equal(court_told_all(court, court->store), before);
    assert_revision_of(court, court_id(1), late, 0);
    assert_int_equal(copy_refresh(second, court->other), CLOACINA_OK);
    assert_int_equal(copy_claim(second, 2, court_stamp(court), court->subject.now), 1);
    assert_int_equal(copy_commit(second, court->other, late), CLOACINA_OK);
    assert_revision_of(court, court_id(1), late, 3);
}

/* Why: a call that arrives a second time, after all, is a lost race and not a second application:
 * its own stamp is in the row by then. */
static void the_same_commit_again_is_a_conflict(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b", 1);
    struct stamp commit = court_stamp(court);
    assert_int_equal(copy_claim(copy, 1, court_stamp(court), court->subject.now), 1);
    struct dal_write write = copy_write(copy, commit);
    enum cloacina_code answer;
    court->store->impl->commit(court->store, &write, 1, &answer);
    assert_int_equal(answer, CLOACINA_OK);
    const char *after = court_told_all(court, court->other);
    court->other->impl->commit(court->other, &write, 1, &answer);
    assert_int_equal(answer, CLOACINA_CONFLICT);
    assert_string_equal(court_told_all(court, court->other), after);
    copy_answer(copy, CLOACINA_OK);
}

/* Why: an execution that somebody has removed is no lost race: nobody will ever win it. */
static void a_commit_on_what_is_not_there_is_not_found(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a", 1);
    struct copy *late = court_load(court, court->store, 1);
    court_command(court, copy, EXECUTION_CANCEL);
    assert_int_equal(court->other->impl->remove(court->other, court_id(1), NULL), CLOACINA_OK);
    assert_int_equal(copy_command(late, EXECUTION_CANCEL, 1), CLOACINA_OK);
    assert_int_equal(court_commit(court, late), CLOACINA_NOT_FOUND);
}

/* Why: one execution's bad luck is not another's: writes share a call and nothing else. */
static void every_write_of_a_call_has_an_answer_of_its_own(void **state)
{
    struct court *court = *state;
    enum { WRITES = 6 };
    struct copy *copies[WRITES];
    struct dal_submission submissions[WRITES];
    struct dal_write writes[WRITES];
    enum cloacina_code answers[WRITES];
    struct copy *winner = court_submit(court, "shop", "a", 1);
    copies[0] = court_begin(court, "shop", "a", 2, "{}");                  /* new */
    copies[1] = court_load(court, court->store, 1);                        /* lost */
    copies[2] = court_submit(court, "shop", "a; b", 3);                    /* well */
    copies[3] = court_begin(court, "shop", "a", 4, "{\"k\":\"\\u0000\"}"); /* new */
    copies[4] = court_submit(court, "shop", "a; b", 5);                    /* gone */
    copies[5] = court_begin(court, "shop", "b", 1, "{}");                  /* taken: see below */
    struct copy *gone = court_load(court, court->store, 5);
    court_command(court, winner, EXECUTION_PAUSE);
    court_command(court, gone, EXECUTION_CANCEL);
    assert_int_equal(court->store->impl->remove(court->store, court_id(5), NULL), CLOACINA_OK);
    for (size_t i = 0; i < WRITES; i++) {
        if (i == 0 || i == 3 || i == 5) {
            writes[i] = copy_submission(copies[i], court_stamp(court), &submissions[i]);
        } else {
            assert_int_equal(copy_command(copies[i], EXECUTION_CANCEL, 1), CLOACINA_OK);
            writes[i] = copy_write(copies[i], court_stamp(court));
        }
    }
    court->store->impl->commit(court->store, writes, WRITES - 1, answers);
    assert_int_equal(answers[0], CLOACINA_OK);
    assert_int_equal(answers[1], CLOACINA_CONFLICT);
    assert_int_equal(answers[2], CLOACINA_OK);
    assert_int_equal(answers[3], CLOACINA_OK);
    assert_int_equal(answers[4], CLOACINA_NOT_FOUND);
    for (size_t i = 0; i < WRITES - 1; i++) {
        copy_answer(copies[i], answers[i]);
    }
    court_assert_agrees(court, court->other, copies[0]);
    court_assert_agrees(court, court->other, winner);
    court_assert_agrees(court, court->other, copies[2]);
    court_assert_agrees(court, court->other, copies[3]);
    /* No two writes of a call are of the same execution, so EXISTS comes in one of its own. */
    court->store->impl->commit(court->store, &writes[5], 1, answers);
    assert_int_equal(answers[0], CLOACINA_EXISTS);
}

/* Why: a call without anything to write is made by a step that had nothing to do. */
static void a_call_without_writes_does_nothing(void **state)
{
    struct court *court = *state;
    (void)court_submit(court, "shop", "a", 1);
    const char *before = court_told_all(court, court->store);
    court->store->impl->commit(court->store, NULL, 0, NULL);
    assert_string_equal(court_told_all(court, court->store), before);
}

/* Why: it is how a runner learns whether the commit whose answer was lost took place. */
static void a_commit_is_found_by_its_stamp(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_begin(court, "shop", "a; b", 1, "{}");
    struct stamp submit = court_stamp(court);
    struct stamp claim = court_stamp(court);
    assert_revision_of(court, court_id(1), submit, 0);
    assert_int_equal(copy_submit(copy, court->store, submit), CLOACINA_OK);
    assert_int_equal(copy_claim(copy, 1, claim, 1), 1);
    assert_int_equal(copy_commit(copy, court->store, claim), CLOACINA_OK);
    (void)court_submit(court, "shop", "a", 2);
    assert_revision_of(court, court_id(1), submit, 1);
    assert_revision_of(court, court_id(1), claim, 2);
    assert_revision_of(court, court_id(2), claim, 0);
    assert_revision_of(court, court_id(3), claim, 0);
    assert_revision_of(court, court_id(1), (struct stamp){claim.lease + 1, claim.serial}, 0);
    assert_revision_of(court, court_id(1), (struct stamp){claim.lease, claim.serial + 9}, 0);
}

/* Why: all claims of one poll bear the same stamp; any of their revisions says that it took
 * place. */
static void the_claims_of_a_poll_are_found_by_its_stamp(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b", 1);
    struct stamp commit = {court->leases[0], court->serial + 1};
    assert_int_equal(court_poll(court, 0, copy, 2).claimed_count, 2);
    uint64_t revision;
    assert_int_equal(find(court, court_id(1), commit, &revision), CLOACINA_OK);
    assert_true(revision == 2 || revision == 3);
}

/* ---- under the lock ---- */

struct redone {
    struct court *court;
    struct copy *copy;
    struct stamp commit;
    const char *feed;
    size_t calls;
    bool is_idle; /* there is nothing to do, after all */
};

static struct changeset *redo(void *user, const struct feed *feed)
{
    struct redone *redone = user;
    redone->calls++;
    show_feed(&redone->court->show, feed);
    const char *text = show_text(&redone->court->show);
    redone->feed = arena_copy(&redone->court->arena, text, strlen(text));
    show_reset(&redone->court->show);
    if (redone->is_idle || execution_refresh(&redone->copy->execution, feed, NULL) != CLOACINA_OK ||
        copy_command(redone->copy, EXECUTION_PAUSE, 1) != CLOACINA_OK) {
        return NULL;
    }
    (void)copy_write(redone->copy, redone->commit);
    return &redone->copy->changeset;
}

/* Why: the slow runner, who always loses, does its work where nobody can be faster. */
static void a_change_can_be_redone_under_the_lock(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b: a", 1);
    struct copy *slow = court_load(court, court->other, 1);
    court_claim(court, copy);
    court_succeed(court, copy, 0, "{\"/k\":1}");
    struct redone redone = {.court = court, .copy = slow, .commit = court_stamp(court)};
    struct feed feed;
    assert_int_equal(
        court->store->impl->refresh(court->store, court_id(1), 1, &court->arena, &feed, NULL),
        CLOACINA_OK);
    show_feed(&court->show, &feed);
    const char *text = show_text(&court->show);
    const char *expected = arena_copy(&court->arena, text, strlen(text));
    show_reset(&court->show);
    assert_int_equal(court->other->impl->commit_locked(court->other, court_id(1), 1, redo, &redone,
                                                       &court->error),
                     CLOACINA_OK);
    assert_int_equal(redone.calls, 1);
    assert_string_equal(redone.feed, expected);
    copy_answer(slow, CLOACINA_OK);
    assert_int_equal(slow->execution.row.revision, 4);
    court_assert_agrees(court, court->store, slow);
    assert_revision_of(court, court_id(1), redone.commit, 4);
}

/* Why: what was to be done may be done already; the lock is let go all the same. */
static void nothing_to_redo_changes_nothing(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b: a", 1);
    struct redone redone = {.court = court, .is_idle = true};
    const char *before = court_told_all(court, court->store);
    assert_int_equal(court->other->impl->commit_locked(court->other, court_id(1), 1, redo, &redone,
                                                       &court->error),
                     CLOACINA_OK);
    assert_int_equal(redone.calls, 1);
    assert_string_equal(court_told_all(court, court->store), before);
    court_claim(court, copy);
    assert_int_equal(court->other->impl->commit_locked(court->other, court_id(2), 0, redo, &redone,
                                                       &court->error),
                     CLOACINA_NOT_FOUND);
    assert_int_equal(redone.calls, 1);
    court_succeed(court, copy, 0, NULL);
}

int promises_of_commit(void)
{
    const struct CMUnitTest tests[] = {
        COURT_TEST(what_is_written_is_what_another_session_reads),
        COURT_TEST(an_id_can_be_taken_once),
        COURT_TEST(a_commit_on_an_old_revision_is_a_conflict),
        COURT_TEST(the_same_commit_again_is_a_conflict),
        COURT_TEST(a_commit_on_what_is_not_there_is_not_found),
        COURT_TEST(every_write_of_a_call_has_an_answer_of_its_own),
        COURT_TEST(a_call_without_writes_does_nothing),
        COURT_TEST(a_commit_is_found_by_its_stamp),
        COURT_TEST(the_claims_of_a_poll_are_found_by_its_stamp),
        COURT_TEST(a_change_can_be_redone_under_the_lock),
        COURT_TEST(nothing_to_redo_changes_nothing),
    };
    return cmocka_run_group_tests_name("commit", tests, NULL, NULL);
}
