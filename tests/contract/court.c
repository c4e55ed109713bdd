/* SPDX-License-Identifier: Apache-2.0 */
/* court.c - setting a test up and clearing it away.
 *
 * Law: a step that is not what the test is about fails the test when it does not go well. */
#include "court.h"

enum store_kind court_kind = STORE_MEMORY;

int court_setup(void **state)
{
    struct court *court = calloc(1, sizeof(*court));
    int64_t now;
    assert_non_null(court);
    *state = court;
    arena_init(&court->arena, NULL);
    show_init(&court->show, false);
    subject_open(&court->subject, court_kind, 2);
    court->store = court->subject.sessions[0];
    court->other = court->subject.sessions[1];
    for (size_t i = 0; i < 2; i++) {
        struct dal *session = court->subject.sessions[i];
        assert_int_equal(session->impl->open_lease(session, TEXT_LITERAL("runner"),
                                                   &court->leases[i], &now, &court->error),
                         CLOACINA_OK);
    }
    return 0;
}

int court_teardown(void **state)
{
    struct court *court = *state;
    for (size_t i = 0; i < court->copy_count; i++) {
        copy_finish(&court->copies[i]);
    }
    subject_close(&court->subject);
    show_finish(&court->show);
    arena_finish(&court->arena);
    free(court);
    return 0;
}

struct id court_id(uint64_t number)
{
    return (struct id){.high = 0x0190000000007000, .low = 0x8000000000000000 + number};
}

struct stamp court_stamp(struct court *court)
{
    return (struct stamp){court->leases[0], ++court->serial};
}

static struct copy *copy_new(struct court *court)
{
    assert_true(court->copy_count < COURT_COPIES_MAX);
    return &court->copies[court->copy_count++];
}

struct copy *court_begin(struct court *court, const char *name, const char *graph, uint64_t number,
                         const char *context)
{
    struct copy *copy = copy_new(court);
    struct workflow *workflow = copy_workflow(name, graph);
    copy_begin(copy, workflow, court_id(number), context, court->subject.now);
    workflow_unref(workflow);
    return copy;
}

struct copy *court_submit(struct court *court, const char *name, const char *graph, uint64_t number)
{
    struct copy *copy = court_begin(court, name, graph, number, "{\"n\":1}");
    assert_int_equal(copy_submit(copy, court->store, court_stamp(court)), CLOACINA_OK);
    return copy;
}

struct copy *court_load(struct court *court, struct dal *store, uint64_t number)
{
    struct copy *copy = copy_new(court);
    assert_true(copy_load(copy, store, court_id(number)));
    return copy;
}

enum cloacina_code court_commit(struct court *court, struct copy *copy)
{
    return copy_commit(copy, court->store, court_stamp(court));
}

void court_claim(struct court *court, struct copy *copy)
{
    assert_int_equal(copy_claim(copy, 1, court_stamp(court), court->subject.now), 1);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
}

void court_succeed(struct court *court, struct copy *copy, uint32_t task, const char *sets)
{
    assert_int_equal(copy_succeed(copy, task, sets, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
}

void court_command(struct court *court, struct copy *copy, enum execution_input_type type)
{
    assert_int_equal(copy_command(copy, type, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
}

struct dal_poll_reply court_poll(struct court *court, size_t session, const struct copy *offered,
                                 uint32_t limit)
{
    struct dal *store = court->subject.sessions[session];
    struct dal_offer offer = {.workflow = offered == NULL ? NULL : offered->execution.workflow};
    struct dal_poll request = {
        .limit = limit,
        .claim = {court->leases[session], court->serial + 1},
        .commit = {court->leases[session], court->serial + 1},
        .offers = &offer,
        .offer_count = offered != NULL,
        .beats = true,
    };
    struct dal_poll_reply reply;
    if (store->impl->poll(store, &request, &court->arena, &reply, &court->error) != CLOACINA_OK) {
        fail_msg("%s", court->error.message);
    }
    court->serial += limit + 1;
    return reply;
}

static const char *told(struct court *court)
{
    const char *text = show_text(&court->show);
    const char *copy = arena_copy(&court->arena, text, strlen(text));
    assert_non_null(copy);
    show_reset(&court->show);
    return copy;
}

const char *court_told(struct court *court, struct dal *store, uint64_t number)
{
    show_execution(&court->show, store, court_id(number));
    return told(court);
}

const char *court_told_all(struct court *court, struct dal *store)
{
    show_store(&court->show, store);
    return told(court);
}

void court_assert_agrees(struct court *court, struct dal *store, const struct copy *copy)
{
    struct dal_snapshot snapshot;
    const struct execution *execution = &copy->execution;
    uint32_t count = execution->workflow->task_count;
    struct feed feed = {.row = execution->row, .task_count = count};
    feed.tasks = arena_take_zeroed(&court->arena, count, sizeof(feed.tasks[0]));
    assert_non_null(feed.tasks);
    if (store->impl->load(store, execution->row.id, &court->arena, &snapshot, &court->error) !=
        CLOACINA_OK) {
        fail_msg("%s", court->error.message);
    }
    assert_int_equal(snapshot.feed.task_count, count);
    for (uint32_t task = 0; task < count; task++) {
        feed.tasks[task] = (struct feed_task){.task = task, .row = execution->rows[task]};
        assert_int_equal(snapshot.feed.tasks[task].has_delta,
                         execution->rows[task].status == TASK_COMPLETED);
        snapshot.feed.tasks[task].has_delta = false; /* the copy does not keep it */
    }
    show_feed(&court->show, &feed);
    const char *expected = told(court);
    show_feed(&court->show, &snapshot.feed);
    assert_string_equal(told(court), expected);
    assert_true(hash128_equal(snapshot.definition, execution->workflow->hash));
    assert_true(text_equal(snapshot.definition_json, execution->workflow->json));
    assert_true(text_equal(snapshot.context, text_of(copy->context)));
}

void court_wake(void *user)
{
    ((struct court *)user)->wakes++;
}
