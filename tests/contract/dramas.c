/* SPDX-License-Identifier: Apache-2.0 */
/* dramas.c - what is prepared, and which calls meet.
 *
 * Law: what is prepared is the same in every performance, to the last byte. */
#include "dramas.h"

#include "support.h"

#include "drama_calls.h"

enum { LARGE = 6000 };

/* ---- preparing; on the first session ---- */

static struct copy *submitted_as(struct performance *performance, size_t place, const char *name,
                                 const char *graph, uint64_t number)
{
    struct copy *copy = &performance->copies[place];
    struct workflow *workflow = copy_workflow(name, graph);
    copy_begin(copy, workflow, drama_id(number), "{\"n\":1}", performance->now);
    workflow_unref(workflow);
    assert_int_equal(copy_submit(copy, performance->house->subject.sessions[0],
                                 drama_stamp(performance, 0, 10 + place)),
                     CLOACINA_OK);
    return copy;
}

static struct copy *submitted(struct performance *performance, size_t place, const char *graph,
                              uint64_t number)
{
    return submitted_as(performance, place, "drama", graph, number);
}

/* Claimed in the name of a session, as the store would do it. */
static void claimed(struct performance *performance, struct copy *copy, size_t session)
{
    uint64_t serial = 20 + copy->execution.row.revision;
    assert_int_equal(
        copy_claim(copy, 1, drama_stamp(performance, session, serial), performance->now), 1);
    assert_int_equal(copy_commit(copy, performance->house->subject.sessions[0],
                                 drama_stamp(performance, session, serial)),
                     CLOACINA_OK);
}

static struct copy *loaded(struct performance *performance, size_t place, uint64_t number)
{
    struct copy *copy = &performance->copies[place];
    assert_true(copy_load(copy, performance->house->subject.sessions[0], drama_id(number)));
    return copy;
}

/* Makes the copy's next commit ready to be sent by a session. */
static void seal(struct performance *performance, struct copy *copy, size_t session,
                 uint64_t serial)
{
    (void)copy_write(copy, drama_stamp(performance, session, serial));
}

static void commanded(struct performance *performance, struct copy *copy, size_t session,
                      enum execution_input_type type)
{
    assert_int_equal(copy_command(copy, type, performance->now), CLOACINA_OK);
    seal(performance, copy, session, 100 + session);
}

static void succeeded(struct performance *performance, struct copy *copy, size_t session,
                      uint32_t task)
{
    assert_int_equal(copy_succeed(copy, task, "{\"/k\":1}", performance->now), CLOACINA_OK);
    seal(performance, copy, session, 100 + session);
}

/* ---- what is prepared ---- */

static void prepare_pause(struct performance *performance)
{
    commanded(performance, submitted(performance, 0, "a; b", 1), 0, EXECUTION_PAUSE);
}

static void prepare_two_commits(struct performance *performance)
{
    prepare_pause(performance);
    struct copy *copy = loaded(performance, 1, 1);
    assert_int_equal(copy_claim(copy, 1, drama_stamp(performance, 1, 50), performance->now), 1);
    seal(performance, copy, 1, 101);
}

static void prepare_resume(struct performance *performance)
{
    struct copy *copy = submitted(performance, 0, "a; b", 1);
    assert_int_equal(copy_command(copy, EXECUTION_PAUSE, performance->now), CLOACINA_OK);
    assert_int_equal(
        copy_commit(copy, performance->house->subject.sessions[0], drama_stamp(performance, 0, 30)),
        CLOACINA_OK);
    commanded(performance, copy, 0, EXECUTION_RESUME);
}

static void prepare_success(struct performance *performance)
{
    struct copy *copy = submitted(performance, 0, "a; b", 1);
    claimed(performance, copy, 0);
    succeeded(performance, copy, 0, 0);
}

static void prepare_join(struct performance *performance)
{
    struct copy *copy = submitted(performance, 0, "a; b; c: a b", 1);
    claimed(performance, copy, 0);
    claimed(performance, copy, 1);
    struct copy *other = loaded(performance, 1, 1);
    succeeded(performance, copy, 0, 0);
    succeeded(performance, other, 1, 1);
}

static void prepare_sweep(struct performance *performance)
{
    struct copy *copy = submitted(performance, 0, "a; b: a", 1);
    claimed(performance, copy, 0);
    for (size_t place = 1; place < performance->drama->sessions; place++) {
        struct copy *sweeper = loaded(performance, place, 1);
        assert_int_equal(copy_attempt(sweeper, 0, EXECUTION_LOST, performance->now), CLOACINA_OK);
        seal(performance, sweeper, place, 100 + place);
    }
    succeeded(performance, copy, 0, 0);
}

/* The same changeset twice, under the same stamp: the one that is late, and the one sent again. */
static void prepare_late(struct performance *performance)
{
    struct copy *copy = submitted(performance, 0, "a; b: a; c; d", 1);
    claimed(performance, copy, 0);
    struct copy *again = loaded(performance, 1, 1);
    assert_int_equal(copy_succeed(again, 0, "{\"/k\":1}", performance->now), CLOACINA_OK);
    seal(performance, again, 0, 100);
    succeeded(performance, copy, 0, 0);
}

static void prepare_two(struct performance *performance)
{
    (void)submitted_as(performance, 0, "comedy", "a; b", 1);
    (void)submitted_as(performance, 1, "tragedy", "a; b", 2);
}

static void prepare_locked(struct performance *performance)
{
    (void)submitted(performance, 0, "a; b", 1);
    (void)loaded(performance, 1, 1);
}

static void prepare_over(struct performance *performance)
{
    struct copy *copy = submitted(performance, 0, "a; b: a", 1);
    for (int attempt = 0; attempt < 2; attempt++) {
        performance->now += 10 * INT64_C(1000000000);
        claimed(performance, copy, 0);
        assert_int_equal(copy_attempt(copy, 0, EXECUTION_TASK_FAILED, performance->now),
                         CLOACINA_OK);
        assert_int_equal(copy_commit(copy, performance->house->subject.sessions[0],
                                     drama_stamp(performance, 0, 40 + (uint64_t)attempt)),
                         CLOACINA_OK);
    }
    assert_int_equal(copy->execution.row.status, EXECUTION_FAILED);
    commanded(performance, copy, 0, EXECUTION_RESET);
}

static void prepare_submission(struct performance *performance, size_t place, const char *graph,
                               uint64_t number)
{
    struct copy *copy = &performance->copies[place];
    struct workflow *workflow = copy_workflow("drama", graph);
    copy_begin(copy, workflow, drama_id(number), "{}", performance->now);
    workflow_unref(workflow);
    seal(performance, copy, place, 100 + place);
}

static void prepare_same_id(struct performance *performance)
{
    prepare_submission(performance, 0, "a; b: a", 1);
    prepare_submission(performance, 1, "x; y; z", 1);
}

static void prepare_same_definition(struct performance *performance)
{
    prepare_submission(performance, 0, "a; b: a", 1);
    prepare_submission(performance, 1, "a; b: a", 2);
}

/* One that is over, and a new one of the same definition. */
static void prepare_successor(struct performance *performance)
{
    struct copy *copy = submitted(performance, 0, "a; b: a", 1);
    assert_int_equal(copy_command(copy, EXECUTION_CANCEL, performance->now), CLOACINA_OK);
    assert_int_equal(
        copy_commit(copy, performance->house->subject.sessions[0], drama_stamp(performance, 0, 40)),
        CLOACINA_OK);
    prepare_submission(performance, 1, "a; b: a", 2);
}

static void prepare_crossing(struct performance *performance)
{
    (void)submitted(performance, 0, "a; b", 1);
    (void)submitted(performance, 1, "a; b", 2);
    for (size_t place = 2; place < 4; place++) {
        struct copy *copy = loaded(performance, place, place - 1);
        commanded(performance, copy, 1, EXECUTION_CANCEL);
    }
    commanded(performance, &performance->copies[0], 0, EXECUTION_PAUSE);
    commanded(performance, &performance->copies[1], 0, EXECUTION_PAUSE);
}

/* Both executions in one call; the second session names them the other way round. */
static void play_crossing(struct performance *performance, struct dal *store, size_t session)
{
    const size_t places[2][2] = {{0, 1}, {3, 2}};
    struct dal_write writes[2];
    enum cloacina_code codes[2];
    for (size_t i = 0; i < 2; i++) {
        writes[i] =
            (struct dal_write){.changeset = &performance->copies[places[session][i]].changeset};
    }
    store->impl->commit(store, writes, 2, codes);
    for (size_t i = 0; i < 2; i++) {
        call_answer(performance, places[session][i], codes[i]);
    }
}

static void prepare_large(struct performance *performance)
{
    struct text_builder graph;
    text_builder_init(&graph, NULL);
    for (size_t i = 0; i < LARGE; i++) {
        text_builder_print(&graph, "%st%05zu", i > 0 ? "; " : "", i);
    }
    prepare_submission(performance, 0, text_builder_terminated(&graph), 1);
    prepare_submission(performance, 1, "x; y; z", 1);
    text_builder_finish(&graph);
}

static void prepare_large_end(struct performance *performance)
{
    prepare_large(performance);
    struct copy *copy = &performance->copies[0];
    struct dal *store = performance->house->subject.sessions[0];
    execution_undo(&copy->execution, &copy->changeset);
    assert_int_equal(copy_command(copy, EXECUTION_SUBMITTED, performance->now), CLOACINA_OK);
    assert_int_equal(copy_submit(copy, store, drama_stamp(performance, 0, 30)), CLOACINA_OK);
    assert_int_equal(copy_command(copy, EXECUTION_CANCEL, performance->now), CLOACINA_OK);
    assert_int_equal(copy_commit(copy, store, drama_stamp(performance, 0, 31)), CLOACINA_OK);
}

const struct drama drama_two_commits = {
    .name = "two commits of one revision",
    .sessions = 2,
    .prepare = prepare_two_commits,
    .calls = {{.session = 0, .make = call_commit_first},
              {.session = 1, .make = call_commit_second}},
};

const struct drama drama_large_submission = {
    .name = "a large submission beside others",
    .sessions = 2,
    .prepare = prepare_large,
    .calls = {{.session = 0, .make = call_submit_first},
              {.session = 1, .make = call_list},
              {.session = 1, .make = call_poll_one, .may_pass_over = 3},
              {.session = 1, .make = call_submit_second}},
};

const struct drama drama_large_removal = {
    .name = "a large removal beside others",
    .sessions = 2,
    .prepare = prepare_large_end,
    .calls = {{.session = 0, .make = call_remove_first},
              {.session = 1, .make = call_load},
              {.session = 1, .make = call_submit_second},
              {.session = 1, .make = call_list}},
};

const struct drama dramas[] = {
    {
        .name = "a pause against a claim",
        .sessions = 2,
        .prepare = prepare_pause,
        .calls = {{.session = 0, .make = call_commit_first},
                  {.session = 1, .make = call_poll_one, .may_pass_over = 3}},
    },
    {
        .name = "a resume against a claim",
        .sessions = 2,
        .prepare = prepare_resume,
        .calls = {{.session = 0, .make = call_commit_first},
                  {.session = 1, .make = call_poll_one, .may_pass_over = 3}},
    },
    {
        .name = "a claim against a commit",
        .sessions = 2,
        .prepare = prepare_success,
        .calls = {{.session = 0, .make = call_commit_first},
                  {.session = 0, .make = call_first_again},
                  {.session = 1, .make = call_poll_one, .may_pass_over = 3}},
    },
    {
        .name = "two halves of a join",
        .sessions = 2,
        .prepare = prepare_join,
        .calls = {{.session = 0, .make = call_commit_first},
                  {.session = 0, .make = call_first_again},
                  {.session = 1, .make = call_commit_second},
                  {.session = 1, .make = call_second_again}},
    },
    {
        .name = "a sweep against a completion",
        .sessions = 2,
        .prepare = prepare_sweep,
        .calls = {{.session = 0, .make = call_commit_first},
                  {.session = 1, .make = call_close_first_lease},
                  {.session = 1, .make = call_commit_second},
                  {.session = 1, .make = call_claims_of_the_dead}},
    },
    {
        .name = "two sweeps",
        .sessions = 3,
        .prepare = prepare_sweep,
        .calls = {{.session = 1, .make = call_close_first_lease},
                  {.session = 1, .make = call_commit_second},
                  {.session = 2, .make = call_close_first_lease},
                  {.session = 2, .make = call_commit_third}},
    },
    {
        .name = "a late call after read-back",
        .sessions = 3,
        .prepare = prepare_late,
        .calls = {{.session = 0, .make = call_commit_first},
                  {.session = 1, .make = call_find_first_commit},
                  {.session = 1, .make = call_commit_second},
                  {.session = 2, .make = call_poll_one, .may_pass_over = 3}},
    },
    {
        .name = "three polls",
        .sessions = 3,
        .prepare = prepare_two,
        .calls = {{.session = 0, .make = call_poll_one, .may_pass_over = 3},
                  {.session = 1, .make = call_poll_one, .may_pass_over = 3},
                  {.session = 2, .make = call_poll_one, .may_pass_over = 3}},
    },
    {
        .name = "two changes under the lock",
        .sessions = 2,
        .prepare = prepare_locked,
        .calls = {{.session = 0, .make = call_pause_locked},
                  {.session = 1, .make = call_cancel_locked}},
    },
    {
        .name = "one id for two",
        .sessions = 2,
        .prepare = prepare_same_id,
        .calls = {{.session = 0, .make = call_submit_first},
                  {.session = 1, .make = call_submit_second}},
    },
    {
        .name = "a new definition for two",
        .sessions = 2,
        .prepare = prepare_same_definition,
        .calls = {{.session = 0, .make = call_submit_first},
                  {.session = 1, .make = call_submit_second},
                  {.session = 1, .make = call_list}},
    },
    {
        .name = "a removal against a reset",
        .sessions = 2,
        .prepare = prepare_over,
        .calls = {{.session = 0, .make = call_commit_first},
                  {.session = 1, .make = call_remove_first}},
    },
    {
        .name = "a clearance against a reset",
        .sessions = 2,
        .prepare = prepare_over,
        .calls = {{.session = 0, .make = call_commit_first},
                  {.session = 1, .make = call_remove_old},
                  {.session = 1, .make = call_list}},
    },
    {
        .name = "a clearance against a new execution",
        .sessions = 2,
        .prepare = prepare_successor,
        .calls = {{.session = 0, .make = call_remove_old},
                  {.session = 1, .make = call_submit_second},
                  {.session = 1, .make = call_list}},
    },
    {
        .name = "a reader beside a removal",
        .sessions = 2,
        .prepare = prepare_successor,
        .calls = {{.session = 0, .make = call_remove_first},
                  {.session = 1, .make = call_load},
                  {.session = 1, .make = call_refresh}},
    },
    {
        .name = "a change under the lock against a claim",
        .sessions = 2,
        .prepare = prepare_locked,
        .calls = {{.session = 0, .make = call_pause_locked},
                  {.session = 1, .make = call_poll_one, .may_pass_over = 3}},
    },
    {
        .name = "a beat against a closing",
        .sessions = 2,
        .prepare = prepare_two,
        .calls = {{.session = 0, .make = call_beat},
                  {.session = 1, .make = call_close_first_lease},
                  {.session = 1, .make = call_beat}},
    },
    {
        .name = "two new leases",
        .sessions = 2,
        .prepare = prepare_two,
        .calls = {{.session = 0, .make = call_open_lease}, {.session = 1, .make = call_open_lease}},
    },
    {
        .name = "a reader beside a writer",
        .sessions = 2,
        .prepare = prepare_success,
        .calls = {{.session = 0, .make = call_commit_first},
                  {.session = 1, .make = call_load},
                  {.session = 1, .make = call_refresh}},
    },
    {
        .name = "two groups that cross",
        .sessions = 2,
        .prepare = prepare_crossing,
        .calls = {{.session = 0, .make = call_commit_first, .is_loose = true},
                  {.session = 0, .make = call_commit_second, .is_loose = true},
                  {.session = 1, .make = call_commit_third, .is_loose = true},
                  {.session = 1, .make = call_commit_fourth, .is_loose = true}},
        .play = play_crossing,
    },
};
const size_t drama_count = ARRAY_COUNT(dramas);
