/* SPDX-License-Identifier: Apache-2.0 */
/* dramas.c - what is prepared, and what each session does.
 *
 * Law: the calls assert nothing: what they see goes into the history, and the judge says whether
 * it may be. */
#include "dramas.h"

#include "support.h"

enum { LIST_MAX = 1000, LARGE = 6000 };

static struct id id_number(uint64_t number)
{
    return (struct id){.high = 0x0190000000007000, .low = 0x8000000000000000 + number};
}

/* ---- preparing; on the first session ---- */

static struct copy *submitted_as(struct performance *performance, size_t place, const char *name,
                                 const char *graph, uint64_t number)
{
    struct copy *copy = &performance->copies[place];
    struct workflow *workflow = copy_workflow(name, graph);
    copy_begin(copy, workflow, id_number(number), "{\"n\":1}", performance->now);
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
    assert_true(copy_load(copy, performance->house->subject.sessions[0], id_number(number)));
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

/* ---- calls ---- */

static void answer(struct performance *performance, size_t number, enum cloacina_code code)
{
    performance->codes[number] = code;
    show_code(&performance->answers[number], code);
}

/* Sends the changeset of the copy with that place. */
static void commit_copy(struct performance *performance, struct dal *store, size_t number,
                        size_t place)
{
    struct dal_write write = {.changeset = &performance->copies[place].changeset};
    enum cloacina_code code;
    store->impl->commit(store, &write, 1, &code);
    answer(performance, number, code);
}

static void commit_first(struct performance *performance, struct dal *store, size_t number)
{
    commit_copy(performance, store, number, 0);
}

static void commit_second(struct performance *performance, struct dal *store, size_t number)
{
    commit_copy(performance, store, number, 1);
}

static void commit_third(struct performance *performance, struct dal *store, size_t number)
{
    commit_copy(performance, store, number, 2);
}

static void commit_fourth(struct performance *performance, struct dal *store, size_t number)
{
    commit_copy(performance, store, number, 3);
}

/* What the copy was to do, done with what is there now. */
struct again {
    struct performance *performance;
    struct copy *copy;
    enum execution_input_type type;
    uint32_t task;
    struct stamp claim;
    struct stamp commit;
};

static struct changeset *redo(void *user, const struct feed *feed)
{
    struct again *again = user;
    struct execution_input input = {
        .type = again->type, .task = again->task, .claim = again->claim};
    execution_undo(&again->copy->execution, &again->copy->changeset);
    if (execution_refresh(&again->copy->execution, feed, NULL) != CLOACINA_OK ||
        copy_apply(again->copy, &input, again->performance->now) != CLOACINA_OK) {
        return NULL;
    }
    (void)copy_write(again->copy, again->commit);
    return &again->copy->changeset;
}

static void commit_locked(struct performance *performance, struct dal *store, size_t number,
                          struct again again)
{
    const struct changeset *changeset = &again.copy->changeset;
    uint64_t revision =
        changeset->is_open ? changeset->before.revision : again.copy->execution.row.revision;
    again.performance = performance;
    again.commit =
        drama_stamp(performance, performance->drama->calls[number].session, 200 + number);
    answer(performance, number,
           store->impl->commit_locked(store, again.copy->execution.row.id, revision, redo, &again,
                                      NULL));
}

/* The success of the copy's task, once more under the lock, when the call before was lost. */
static void succeed_again(struct performance *performance, struct dal *store, size_t number,
                          size_t place, uint32_t task)
{
    struct copy *copy = &performance->copies[place];
    if (performance->codes[number - 1] != CLOACINA_CONFLICT) {
        show_number(&performance->answers[number], "not needed", 0);
        return;
    }
    struct stamp claim = {0, 0};
    for (size_t i = 0; i < copy->changeset.row_count; i++) {
        if (copy->changeset.rows[i].task == task) {
            claim = copy->changeset.rows[i].before.claim;
        }
    }
    commit_locked(
        performance, store, number,
        (struct again){.copy = copy, .type = EXECUTION_SUCCEEDED, .task = task, .claim = claim});
}

static void first_again(struct performance *performance, struct dal *store, size_t number)
{
    succeed_again(performance, store, number, 0, 0);
}

static void second_again(struct performance *performance, struct dal *store, size_t number)
{
    succeed_again(performance, store, number, 1, 1);
}

static void pause_locked(struct performance *performance, struct dal *store, size_t number)
{
    commit_locked(performance, store, number,
                  (struct again){
                      .copy = &performance->copies[0], .type = EXECUTION_PAUSE, .task = TASK_NONE});
}

static void cancel_locked(struct performance *performance, struct dal *store, size_t number)
{
    commit_locked(performance, store, number,
                  (struct again){.copy = &performance->copies[1],
                                 .type = EXECUTION_CANCEL,
                                 .task = TASK_NONE});
}

/* A poll that offers the workflows of the first two copies, but for what it passes over. */
static void poll_with(struct performance *performance, struct dal *store, size_t number,
                      uint32_t limit, bool beats)
{
    size_t session = performance->drama->calls[number].session;
    struct arena arena;
    struct dal_poll_reply reply;
    struct dal_offer offers[2] = {{0}};
    struct dal_poll request = {
        .limit = limit,
        .claim = drama_stamp(performance, session, 300 + number),
        .commit = drama_stamp(performance, session, 400 + number),
        .offers = offers,
        .beats = beats,
    };
    for (size_t i = 0; i < 2; i++) {
        if (performance->copies[i].is_open && (performance->passes_over[number] >> i & 1) == 0) {
            offers[request.offer_count++].workflow = performance->copies[i].execution.workflow;
        }
    }
    arena_init(&arena, NULL);
    enum cloacina_code code = store->impl->poll(store, &request, &arena, &reply, NULL);
    answer(performance, number, code);
    if (code == CLOACINA_OK) {
        show_reply(&performance->answers[number], &reply);
    }
    arena_finish(&arena);
}

static void poll_one(struct performance *performance, struct dal *store, size_t number)
{
    poll_with(performance, store, number, 1, false);
}

static void beat(struct performance *performance, struct dal *store, size_t number)
{
    poll_with(performance, store, number, 0, true);
}

static void close_first_lease(struct performance *performance, struct dal *store, size_t number)
{
    answer(performance, number, store->impl->close_lease(store, performance->leases[0], 0, NULL));
}

static void open_lease(struct performance *performance, struct dal *store, size_t number)
{
    uint64_t lease = 0;
    int64_t now;
    answer(performance, number,
           store->impl->open_lease(store, TEXT_LITERAL("another"), &lease, &now, NULL));
    show_lease(&performance->answers[number], lease);
}

static void claims_of_the_dead(struct performance *performance, struct dal *store, size_t number)
{
    struct arena arena;
    struct dal_claimed *claims;
    size_t count;
    arena_init(&arena, NULL);
    enum cloacina_code code =
        store->impl->claims(store, 0, LIST_MAX, &arena, &claims, &count, NULL);
    answer(performance, number, code);
    if (code == CLOACINA_OK) {
        show_claims(&performance->answers[number], claims, count);
    }
    arena_finish(&arena);
}

static void find_first_commit(struct performance *performance, struct dal *store, size_t number)
{
    uint64_t revision = 0;
    answer(performance, number,
           store->impl->find_commit(store, id_number(1), drama_stamp(performance, 0, 100),
                                    &revision, NULL));
    show_number(&performance->answers[number], "revision", revision);
}

static void load(struct performance *performance, struct dal *store, size_t number)
{
    struct arena arena;
    struct dal_snapshot snapshot;
    arena_init(&arena, NULL);
    enum cloacina_code code = store->impl->load(store, id_number(1), &arena, &snapshot, NULL);
    answer(performance, number, code);
    if (code == CLOACINA_OK) {
        show_snapshot(&performance->answers[number], &snapshot);
    }
    arena_finish(&arena);
}

static void refresh(struct performance *performance, struct dal *store, size_t number)
{
    struct arena arena;
    struct feed feed;
    arena_init(&arena, NULL);
    enum cloacina_code code = store->impl->refresh(store, id_number(1), 1, &arena, &feed, NULL);
    answer(performance, number, code);
    if (code == CLOACINA_OK) {
        show_feed(&performance->answers[number], &feed);
    }
    arena_finish(&arena);
}

static void list(struct performance *performance, struct dal *store, size_t number)
{
    struct arena arena;
    struct dal_question question = {.limit = LIST_MAX};
    struct dal_listed *listed;
    size_t count;
    arena_init(&arena, NULL);
    enum cloacina_code code =
        store->impl->executions(store, &question, &arena, &listed, &count, NULL);
    answer(performance, number, code);
    if (code == CLOACINA_OK) {
        show_listed(&performance->answers[number], listed, count);
    }
    arena_finish(&arena);
}

static void remove_first(struct performance *performance, struct dal *store, size_t number)
{
    answer(performance, number, store->impl->remove(store, id_number(1), NULL));
}

static void remove_old(struct performance *performance, struct dal *store, size_t number)
{
    size_t removed = 0;
    answer(performance, number,
           store->impl->remove_ended(store, performance->now + 1, LIST_MAX, &removed, NULL));
    show_number(&performance->answers[number], "removed", removed);
}

/* The copy with that place is submitted; its changeset is sealed. */
static void submit_copy(struct performance *performance, struct dal *store, size_t number,
                        size_t place)
{
    struct copy *copy = &performance->copies[place];
    struct dal_submission submission = {.workflow = copy->execution.workflow,
                                        .context = text_of(copy->context),
                                        .rows = copy->execution.rows};
    struct dal_write write = {.changeset = &copy->changeset, .submission = &submission};
    enum cloacina_code code;
    store->impl->commit(store, &write, 1, &code);
    answer(performance, number, code);
}

static void submit_first(struct performance *performance, struct dal *store, size_t number)
{
    submit_copy(performance, store, number, 0);
}

static void submit_second(struct performance *performance, struct dal *store, size_t number)
{
    submit_copy(performance, store, number, 1);
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
    copy_begin(copy, workflow, id_number(number), "{}", performance->now);
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
        answer(performance, places[session][i], codes[i]);
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
    .calls = {{.session = 0, .make = commit_first}, {.session = 1, .make = commit_second}},
};

const struct drama drama_large_submission = {
    .name = "a large submission beside others",
    .sessions = 2,
    .prepare = prepare_large,
    .calls = {{.session = 0, .make = submit_first},
              {.session = 1, .make = list},
              {.session = 1, .make = poll_one, .may_pass_over = 3},
              {.session = 1, .make = submit_second}},
};

const struct drama drama_large_removal = {
    .name = "a large removal beside others",
    .sessions = 2,
    .prepare = prepare_large_end,
    .calls = {{.session = 0, .make = remove_first},
              {.session = 1, .make = load},
              {.session = 1, .make = submit_second},
              {.session = 1, .make = list}},
};

const struct drama dramas[] = {
    {
        .name = "a pause against a claim",
        .sessions = 2,
        .prepare = prepare_pause,
        .calls = {{.session = 0, .make = commit_first},
                  {.session = 1, .make = poll_one, .may_pass_over = 3}},
    },
    {
        .name = "a resume against a claim",
        .sessions = 2,
        .prepare = prepare_resume,
        .calls = {{.session = 0, .make = commit_first},
                  {.session = 1, .make = poll_one, .may_pass_over = 3}},
    },
    {
        .name = "a claim against a commit",
        .sessions = 2,
        .prepare = prepare_success,
        .calls = {{.session = 0, .make = commit_first},
                  {.session = 0, .make = first_again},
                  {.session = 1, .make = poll_one, .may_pass_over = 3}},
    },
    {
        .name = "two halves of a join",
        .sessions = 2,
        .prepare = prepare_join,
        .calls = {{.session = 0, .make = commit_first},
                  {.session = 0, .make = first_again},
                  {.session = 1, .make = commit_second},
                  {.session = 1, .make = second_again}},
    },
    {
        .name = "a sweep against a completion",
        .sessions = 2,
        .prepare = prepare_sweep,
        .calls = {{.session = 0, .make = commit_first},
                  {.session = 1, .make = close_first_lease},
                  {.session = 1, .make = commit_second},
                  {.session = 1, .make = claims_of_the_dead}},
    },
    {
        .name = "two sweeps",
        .sessions = 3,
        .prepare = prepare_sweep,
        .calls = {{.session = 1, .make = close_first_lease},
                  {.session = 1, .make = commit_second},
                  {.session = 2, .make = close_first_lease},
                  {.session = 2, .make = commit_third}},
    },
    {
        .name = "a late call after read-back",
        .sessions = 3,
        .prepare = prepare_late,
        .calls = {{.session = 0, .make = commit_first},
                  {.session = 1, .make = find_first_commit},
                  {.session = 1, .make = commit_second},
                  {.session = 2, .make = poll_one, .may_pass_over = 3}},
    },
    {
        .name = "three polls",
        .sessions = 3,
        .prepare = prepare_two,
        .calls = {{.session = 0, .make = poll_one, .may_pass_over = 3},
                  {.session = 1, .make = poll_one, .may_pass_over = 3},
                  {.session = 2, .make = poll_one, .may_pass_over = 3}},
    },
    {
        .name = "two changes under the lock",
        .sessions = 2,
        .prepare = prepare_locked,
        .calls = {{.session = 0, .make = pause_locked}, {.session = 1, .make = cancel_locked}},
    },
    {
        .name = "one id for two",
        .sessions = 2,
        .prepare = prepare_same_id,
        .calls = {{.session = 0, .make = submit_first}, {.session = 1, .make = submit_second}},
    },
    {
        .name = "a new definition for two",
        .sessions = 2,
        .prepare = prepare_same_definition,
        .calls = {{.session = 0, .make = submit_first},
                  {.session = 1, .make = submit_second},
                  {.session = 1, .make = list}},
    },
    {
        .name = "a removal against a reset",
        .sessions = 2,
        .prepare = prepare_over,
        .calls = {{.session = 0, .make = commit_first}, {.session = 1, .make = remove_first}},
    },
    {
        .name = "a clearance against a reset",
        .sessions = 2,
        .prepare = prepare_over,
        .calls = {{.session = 0, .make = commit_first},
                  {.session = 1, .make = remove_old},
                  {.session = 1, .make = list}},
    },
    {
        .name = "a clearance against a new execution",
        .sessions = 2,
        .prepare = prepare_successor,
        .calls = {{.session = 0, .make = remove_old},
                  {.session = 1, .make = submit_second},
                  {.session = 1, .make = list}},
    },
    {
        .name = "a reader beside a removal",
        .sessions = 2,
        .prepare = prepare_successor,
        .calls = {{.session = 0, .make = remove_first},
                  {.session = 1, .make = load},
                  {.session = 1, .make = refresh}},
    },
    {
        .name = "a change under the lock against a claim",
        .sessions = 2,
        .prepare = prepare_locked,
        .calls = {{.session = 0, .make = pause_locked},
                  {.session = 1, .make = poll_one, .may_pass_over = 3}},
    },
    {
        .name = "a beat against a closing",
        .sessions = 2,
        .prepare = prepare_two,
        .calls = {{.session = 0, .make = beat},
                  {.session = 1, .make = close_first_lease},
                  {.session = 1, .make = beat}},
    },
    {
        .name = "two new leases",
        .sessions = 2,
        .prepare = prepare_two,
        .calls = {{.session = 0, .make = open_lease}, {.session = 1, .make = open_lease}},
    },
    {
        .name = "a reader beside a writer",
        .sessions = 2,
        .prepare = prepare_success,
        .calls = {{.session = 0, .make = commit_first},
                  {.session = 1, .make = load},
                  {.session = 1, .make = refresh}},
    },
    {
        .name = "two groups that cross",
        .sessions = 2,
        .prepare = prepare_crossing,
        .calls = {{.session = 0, .make = commit_first, .is_loose = true},
                  {.session = 0, .make = commit_second, .is_loose = true},
                  {.session = 1, .make = commit_third, .is_loose = true},
                  {.session = 1, .make = commit_fourth, .is_loose = true}},
        .play = play_crossing,
    },
};
const size_t drama_count = ARRAY_COUNT(dramas);
