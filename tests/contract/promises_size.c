/* SPDX-License-Identifier: Apache-2.0 */
/* promises_size.c - much at once: thousands of writes in a call, ten thousand tasks in a workflow.
 *
 * Law: how a store cuts a large call is its own affair; what is seen is whole. */
#include "court.h"

#include <stdio.h>

enum { WRITES = 5000, TASKS = 10000 };

/* Several executions in one call, each with an open changeset. */
struct heap_of_writes {
    size_t count;
    struct copy *copies;
    struct dal_submission *submissions;
    struct dal_write *writes;
    enum cloacina_code *answers;
};

static struct heap_of_writes writes_begin(struct court *court, size_t count)
{
    struct heap_of_writes all = {
        .count = count,
        .copies = calloc(count, sizeof(all.copies[0])),
        .submissions = calloc(count, sizeof(all.submissions[0])),
        .writes = calloc(count, sizeof(all.writes[0])),
        .answers = calloc(count, sizeof(all.answers[0])),
    };
    struct workflow *workflow = copy_workflow("shop", "a; b: a");
    for (size_t i = 0; i < count; i++) {
        copy_begin(&all.copies[i], workflow, court_id(i), "{\"n\":1}", court->subject.now);
        all.writes[i] = copy_submission(&all.copies[i], court_stamp(court), &all.submissions[i]);
    }
    workflow_unref(workflow);
    return all;
}

static void writes_finish(struct heap_of_writes *all)
{
    for (size_t i = 0; i < all->count; i++) {
        copy_finish(&all->copies[i]);
    }
    free(all->copies);
    free(all->submissions);
    free(all->writes);
    free(all->answers);
}

/* Hands all of it over; each answer but that of `odd` is OK. */
static void writes_commit(struct court *court, struct heap_of_writes *all, size_t odd,
                          enum cloacina_code expected)
{
    court->store->impl->commit(court->store, all->writes, all->count, all->answers);
    for (size_t i = 0; i < all->count; i++) {
        assert_int_equal(all->answers[i], i == odd ? expected : CLOACINA_OK);
        copy_answer(&all->copies[i], all->answers[i]);
    }
}

/* Why: a runner that was cut off from its store comes back with all it has to say, and one lost
 * race among thousands is one lost race. */
static void thousands_of_writes_fit_one_call(void **state)
{
    struct court *court = *state;
    size_t count = subject_share(WRITES);
    struct heap_of_writes all = writes_begin(court, count);
    writes_commit(court, &all, SIZE_MAX, CLOACINA_OK);
    size_t odd = count / 2;
    struct copy *winner = court_load(court, court->other, odd);
    court_command(court, winner, EXECUTION_PAUSE);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(copy_claim(&all.copies[i], 1, court_stamp(court), court->subject.now), 1);
        all.writes[i] = copy_write(&all.copies[i], court_stamp(court));
    }
    writes_commit(court, &all, odd, CLOACINA_CONFLICT);
    for (size_t i = 0; i < count; i += 1 + count / 50) {
        if (i != odd) {
            court_assert_agrees(court, court->other, &all.copies[i]);
        }
    }
    court_assert_agrees(court, court->other, winner);
    assert_int_equal(court_poll(court, 0, NULL, 0).leases[0].claims, count - 1);
    writes_finish(&all);
}

/* Why: the id that is taken stands among thousands that are new. */
static void one_taken_id_among_thousands_is_one_refusal(void **state)
{
    struct court *court = *state;
    size_t count = subject_share(WRITES);
    size_t odd = count / 3;
    struct copy *first = court_submit(court, "first", "x", odd);
    struct heap_of_writes all = writes_begin(court, count);
    writes_commit(court, &all, odd, CLOACINA_EXISTS);
    court_assert_agrees(court, court->other, first);
    court_assert_agrees(court, court->other, &all.copies[count - 1]);
    writes_finish(&all);
}

static struct workflow *wide_workflow(size_t tasks)
{
    struct text_builder graph;
    text_builder_init(&graph, NULL);
    for (size_t i = 0; i < tasks; i++) {
        /* Roots, and tasks behind them. */
        text_builder_print(&graph, i % 2 == 0 ? "%st%05zu" : "%st%05zu: t%05zu", i > 0 ? "; " : "",
                           i, i - i % 2);
    }
    struct workflow *workflow = copy_workflow("wide", text_builder_terminated(&graph));
    text_builder_finish(&graph);
    return workflow;
}

/* Why: a submission larger than any transaction is there entirely or not at all, and its tasks are
 * claimed in their order. */
static void a_submission_of_ten_thousand_tasks_is_whole(void **state)
{
    struct court *court = *state;
    size_t tasks = subject_share(TASKS);
    struct workflow *workflow = wide_workflow(tasks);
    struct copy *copy = &court->copies[court->copy_count++];
    copy_begin(copy, workflow, court_id(1), "{}", court->subject.now);
    workflow_unref(workflow);
    assert_int_equal(copy_submit(copy, court->store, court_stamp(court)), CLOACINA_OK);
    court_assert_agrees(court, court->other, copy);
    struct event_row *events;
    size_t count;
    assert_int_equal(court->other->impl->events(court->other, court_id(1), 0, 2 * tasks,
                                                &court->arena, &events, &count, NULL),
                     CLOACINA_OK);
    assert_int_equal(count, 1 + (tasks + 1) / 2);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(events[i].revision, 1);
        assert_int_equal(events[i].n, i);
    }
    const uint32_t limit = 100;
    struct dal_poll_reply reply = court_poll(court, 1, copy, limit);
    size_t roots = (tasks + 1) / 2;
    assert_int_equal(reply.claimed_count, roots < limit ? roots : limit);
    for (uint32_t i = 1; i < reply.claimed_count; i++) {
        assert_true(reply.claimed[i].task > reply.claimed[i - 1].task);
    }
    assert_int_equal(copy_refresh(copy, court->store), CLOACINA_OK);
    court_assert_agrees(court, court->store, copy);
    court_command(court, copy, EXECUTION_CANCEL); /* as large a commit */
    court_assert_agrees(court, court->other, copy);
    assert_int_equal(court->store->impl->remove(court->store, court_id(1), NULL), CLOACINA_OK);
}

/* Why: a large submission whose id is taken must not leave a half of itself behind. */
static void a_large_submission_of_a_taken_id_changes_nothing(void **state)
{
    struct court *court = *state;
    (void)court_submit(court, "first", "x", 1);
    const char *before = court_told_all(court, court->store);
    struct workflow *workflow = wide_workflow(subject_share(TASKS));
    struct copy *copy = &court->copies[court->copy_count++];
    copy_begin(copy, workflow, court_id(1), "{}", court->subject.now);
    workflow_unref(workflow);
    assert_int_equal(copy_submit(copy, court->other, court_stamp(court)), CLOACINA_EXISTS);
    assert_string_equal(court_told_all(court, court->store), before);
}

int promises_of_size(void)
{
    const struct CMUnitTest tests[] = {
        COURT_TEST(thousands_of_writes_fit_one_call),
        COURT_TEST(one_taken_id_among_thousands_is_one_refusal),
        COURT_TEST(a_submission_of_ten_thousand_tasks_is_whole),
        COURT_TEST(a_large_submission_of_a_taken_id_changes_nothing),
    };
    return cmocka_run_group_tests_name("size", tests, NULL, NULL);
}
