/* SPDX-License-Identifier: Apache-2.0 */
/* test_memory.c - the memory store by itself: guards, claims, feed, leases; and every allocation
 * failing. */
#include "memory_scene.h"

/* Why: the revision decides who was first; the loser changes nothing. */
static void a_commit_on_an_old_revision_is_a_conflict(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a; b");
    assert_int_equal(shelf_poll(&shelf, shelf.scene.execution.workflow, 1).claimed_count, 1);
    assert_int_equal(scene_claim(&shelf.scene, 2), 2);
    assert_int_equal(shelf_commit(&shelf), CLOACINA_CONFLICT);
    uint64_t revision;
    assert_int_equal(shelf.store->impl->find_commit(shelf.store, (struct id){1, 2},
                                                    (struct stamp){shelf.lease, 102}, &revision,
                                                    NULL),
                     CLOACINA_OK);
    assert_int_equal(revision, 0);
    assert_int_equal(shelf.store->impl->find_commit(shelf.store, (struct id){1, 2},
                                                    (struct stamp){shelf.lease, 60}, &revision,
                                                    NULL),
                     CLOACINA_OK);
    assert_int_equal(revision, 2);
    struct id other = {8, 8};
    assert_int_equal(
        shelf.store->impl->find_commit(shelf.store, other, (struct stamp){1, 1}, &revision, NULL),
        CLOACINA_OK);
    assert_int_equal(revision, 0);
    shelf_close(&shelf);
}

/* Why: a changeset made from rows that are not the store's is refused even if the revision is
 * right. */
static void a_guard_that_does_not_hold_is_a_conflict(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a");
    assert_int_equal(scene_claim(&shelf.scene, 1), 1);
    shelf.scene.changeset.rows[0].before.claim = (struct stamp){7, 7};
    assert_int_equal(shelf_commit(&shelf), CLOACINA_CONFLICT);
    shelf.scene.changeset.rows[0].before.claim = (struct stamp){0, 0};
    shelf_close(&shelf);
}

/* Why: ids are names: a second execution of the same name is refused. */
static void an_id_can_be_taken_once(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_open(&shelf, "a", NULL);
    shelf_seal(&shelf);
    assert_int_equal(shelf_submit(&shelf), CLOACINA_OK);
    assert_int_equal(shelf_submit(&shelf), CLOACINA_EXISTS);
    shelf_close(&shelf);
}

/* Why: a claim in the store is the same change as a claim in memory. */
static void a_poll_claims_what_execution_claim_would_claim(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a; b; c");
    struct dal_poll_reply reply = shelf_poll(&shelf, shelf.scene.execution.workflow, 2);
    assert_int_equal(reply.claimed_count, 2);
    assert_int_equal(reply.claimed[0].task, 0);
    assert_int_equal(reply.claimed[1].claim.serial, 51);
    assert_int_equal(reply.lease_count, 1);
    assert_int_equal(reply.leases[0].claims, 2);
    assert_int_equal(reply.leases[0].beat, 1);
    struct feed feed;
    assert_int_equal(
        shelf.store->impl->refresh(shelf.store, (struct id){1, 2}, 1, &shelf.arena, &feed, NULL),
        CLOACINA_OK);
    assert_int_equal(feed.task_count, 2);
    assert_int_equal(feed.row.status, EXECUTION_RUNNING);
    assert_int_equal(execution_refresh(&shelf.scene.execution, &feed, NULL), CLOACINA_OK);
    scene_assert_status(&shelf.scene, "a", TASK_RUNNING);
    assert_int_equal(shelf_poll(&shelf, shelf.scene.execution.workflow, 9).claimed_count, 1);
    assert_int_equal(shelf_poll(&shelf, shelf.scene.execution.workflow, 9).claimed_count, 0);
    shelf_close(&shelf);
}

/* Why: a task whose body nobody here has stays Ready, in its place; new code of the same workflow
 * fits old tasks. */
static void a_poll_takes_only_what_is_offered(void **state)
{
    (void)state;
    struct shelf shelf;
    struct cloacina_workflow *newer = scene_workflow("b; d", NULL, 0);
    shelf_submitted(&shelf, "a; b; c");
    assert_false(dal_memory_has_work(shelf.store, NULL, 0));
    assert_int_equal(shelf_poll(&shelf, NULL, 9).claimed_count, 0);
    struct dal_offer offer = {.workflow = newer->definition};
    assert_true(dal_memory_has_work(shelf.store, &offer, 1));
    struct dal_poll_reply reply = shelf_poll(&shelf, newer->definition, 9);
    assert_int_equal(reply.claimed_count, 1);
    assert_int_equal(reply.claimed[0].task, 1);
    uint8_t bodies[3] = {0, 0, 1};
    offer = (struct dal_offer){.workflow = shelf.scene.execution.workflow, .bodies = bodies};
    struct dal_poll request = {.limit = 9,
                               .claim = {shelf.lease, 70},
                               .commit = {shelf.lease, 80},
                               .offers = &offer,
                               .offer_count = 1};
    assert_int_equal(shelf.store->impl->poll(shelf.store, &request, &shelf.arena, &reply, NULL),
                     CLOACINA_OK);
    assert_int_equal(reply.claimed_count, 1);
    assert_int_equal(reply.claimed[0].task, 2);
    reply = shelf_poll(&shelf, shelf.scene.execution.workflow, 9);
    assert_int_equal(reply.claimed[0].task, 0);
    cloacina_workflow_unref(newer);
    shelf_close(&shelf);
}

/* Why: what is not due and what is paused keeps its place and is claimed later. */
static void what_may_not_run_yet_keeps_its_place(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a; b");
    const struct workflow *workflow = shelf.scene.execution.workflow;
    assert_int_equal(scene_claim(&shelf.scene, 1), 1);
    shelf.scene.now = 1000;
    assert_int_equal(scene_attempt(&shelf.scene, "a", EXECUTION_TASK_FAILED), CLOACINA_OK);
    assert_int_equal(shelf_commit(&shelf), CLOACINA_OK);
    assert_int_equal(scene_command(&shelf.scene, EXECUTION_PAUSE), CLOACINA_OK);
    assert_int_equal(shelf_commit(&shelf), CLOACINA_OK);
    assert_int_equal(shelf_poll(&shelf, workflow, 9).claimed_count, 0);
    assert_int_equal(scene_command(&shelf.scene, EXECUTION_RESUME), CLOACINA_OK);
    assert_int_equal(shelf_commit(&shelf), CLOACINA_OK);
    struct dal_poll_reply reply = shelf_poll(&shelf, workflow, 9);
    assert_int_equal(reply.claimed_count, 1);
    assert_int_equal(reply.claimed[0].task, 1);
    shelf.now = 1000 + NANOSECONDS_PER_SECOND;
    reply = shelf_poll(&shelf, workflow, 9);
    assert_int_equal(reply.claimed_count, 1);
    assert_int_equal(reply.claimed[0].task, 0);
    shelf_close(&shelf);
}

/* Why: the history is complete, ordered by (revision, n), and a load gives everything back. */
static void history_and_rows_can_be_read_back(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a; b: a");
    struct id id = {1, 2};
    assert_int_equal(scene_claim(&shelf.scene, 1), 1);
    assert_int_equal(shelf_commit(&shelf), CLOACINA_OK);
    assert_int_equal(scene_succeed(&shelf.scene, "a", "{\"/k\":[1]}"), CLOACINA_OK);
    assert_int_equal(shelf_commit(&shelf), CLOACINA_OK);
    struct event_row *events;
    size_t count;
    assert_int_equal(
        shelf.store->impl->events(shelf.store, id, 0, 99, &shelf.arena, &events, &count, NULL),
        CLOACINA_OK);
    const enum event_type types[] = {EVENT_WORKFLOW_SUBMITTED, EVENT_TASK_MARKED_READY,
                                     EVENT_WORKFLOW_STARTED,   EVENT_TASK_CLAIMED,
                                     EVENT_TASK_COMPLETED,     EVENT_TASK_MARKED_READY};
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(events[i].type, types[i]);
        assert_int_equal(events[i].revision, 1 + i / 2);
        assert_int_equal(events[i].n, i % 2);
    }
    assert_int_equal(
        shelf.store->impl->events(shelf.store, id, 2, 1, &shelf.arena, &events, &count, NULL),
        CLOACINA_OK);
    assert_int_equal(count, 1);
    struct dal_snapshot snapshot;
    assert_int_equal(shelf.store->impl->load(shelf.store, id, &shelf.arena, &snapshot, NULL),
                     CLOACINA_OK);
    assert_true(text_equal(snapshot.context, TEXT_LITERAL("{\"n\":1}")));
    assert_true(text_equal(snapshot.definition_json, shelf.scene.execution.workflow->json));
    assert_int_equal(snapshot.feed.task_count, 2);
    assert_true(snapshot.feed.tasks[0].has_delta);
    assert_int_equal(snapshot.feed.tasks[0].delta->count, 1);
    struct feed feed;
    assert_int_equal(shelf.store->impl->refresh(shelf.store, (struct id){5, 5}, 0, &shelf.arena,
                                                &feed, &shelf.scene.error),
                     CLOACINA_NOT_FOUND);
    assert_string_equal(shelf.scene.error.message,
                        "store: there is no execution 00000000-0000-0005-0000-000000000005");
    shelf_close(&shelf);
}

/* Why: leases count, are closed only on the beat that was seen, and what they held is found. */
static void leases_are_closed_by_the_beat_that_was_seen(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a");
    uint64_t other;
    int64_t now;
    struct dal *store = shelf.store;
    assert_int_equal(store->impl->open_lease(store, TEXT_LITERAL("you"), &other, &now, NULL),
                     CLOACINA_OK);
    store->impl->listen(store, other, shelf_wake, &shelf);
    assert_int_equal(shelf_poll(&shelf, shelf.scene.execution.workflow, 1).claimed_count, 1);
    assert_int_equal(store->impl->close_lease(store, shelf.lease, 0, NULL), CLOACINA_CONFLICT);
    struct dal_claimed *claims;
    size_t count;
    assert_int_equal(store->impl->claims(store, 0, 9, &shelf.arena, &claims, &count, NULL),
                     CLOACINA_OK);
    assert_int_equal(count, 0);
    assert_int_equal(
        store->impl->claims(store, shelf.lease, 9, &shelf.arena, &claims, &count, NULL),
        CLOACINA_OK);
    assert_int_equal(count, 1);
    assert_int_equal(store->impl->close_lease(store, shelf.lease, 1, NULL), CLOACINA_OK);
    assert_int_equal(store->impl->close_lease(store, shelf.lease, 1, NULL), CLOACINA_NOT_FOUND);
    assert_int_equal(store->impl->claims(store, 0, 9, &shelf.arena, &claims, &count, NULL),
                     CLOACINA_OK);
    assert_int_equal(count, 1);
    struct dal_poll_reply reply = shelf_poll(&shelf, NULL, 0);
    assert_int_equal(reply.orphans, 1);
    assert_int_equal(reply.lease_count, 1);
    store->impl->listen(store, 99, shelf_wake, &shelf);
    shelf_close(&shelf);
}

/* Why: one execution's bad luck is not another's: writes share a call and nothing else. */
static void every_write_has_an_answer_of_its_own(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a");
    struct id ids[] = {{7, 7}, {1, 2}, {9, 9}, {8, 8}};
    struct execution_row rows[4];
    struct changeset changesets[4];
    struct dal_submission submission = {.workflow = shelf.scene.execution.workflow,
                                        .context = TEXT_LITERAL("{}"),
                                        .rows = shelf.scene.execution.rows};
    struct dal_write writes[4];
    enum cloacina_code answers[4];
    for (size_t i = 0; i < 4; i++) {
        rows[i] = (struct execution_row){.id = ids[i], .revision = 1};
        changesets[i] = (struct changeset){.before = {.id = ids[i]}, .after = &rows[i]};
        writes[i] = (struct dal_write){&changesets[i], i == 1 || i == 2 ? NULL : &submission};
    }
    shelf.store->impl->commit(shelf.store, writes, 4, answers);
    assert_int_equal(answers[0], CLOACINA_OK);
    assert_int_equal(answers[1], CLOACINA_CONFLICT);
    assert_int_equal(answers[2], CLOACINA_NOT_FOUND);
    assert_int_equal(answers[3], CLOACINA_OK);
    assert_int_equal(dal_memory_active_count(shelf.store), 3);
    shelf_close(&shelf);
}

/* Why: hints of this store come by themselves, and who waits for a descriptor must know. */
static void there_is_no_descriptor_to_wait_for(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a");
    assert_int_equal(dal_check(shelf.store, NULL), CLOACINA_OK);
    assert_int_equal(shelf.store->impl->descriptor(shelf.store), -1);
    shelf.store->impl->listen(shelf.store, shelf.lease, shelf_wake, &shelf);
    shelf.store->impl->take_hints(shelf.store);
    assert_int_equal(shelf.wakes, 0);
    shelf_close(&shelf);
    dal_destroy(NULL);
}

/* Why: others hear of work that is left and of commands, and of nothing else. */
static void hints_go_to_others_when_they_may_want_something(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a; b: a; c: a");
    uint64_t other;
    int64_t now;
    assert_int_equal(
        shelf.store->impl->open_lease(shelf.store, TEXT_LITERAL("you"), &other, &now, NULL),
        CLOACINA_OK);
    shelf.store->impl->listen(shelf.store, other, shelf_wake, &shelf);
    assert_int_equal(scene_claim(&shelf.scene, 1), 1);
    assert_int_equal(shelf_commit(&shelf), CLOACINA_OK);
    assert_int_equal(shelf.wakes, 0);
    assert_int_equal(scene_succeed(&shelf.scene, "a", NULL), CLOACINA_OK);
    assert_int_equal(scene_claim(&shelf.scene, 1), 1);
    assert_int_equal(shelf_commit(&shelf), CLOACINA_OK);
    assert_int_equal(shelf.wakes, 1);
    assert_int_equal(scene_command(&shelf.scene, EXECUTION_CANCEL), CLOACINA_OK);
    assert_int_equal(shelf_commit(&shelf), CLOACINA_OK);
    assert_int_equal(shelf.wakes, 2);
    shelf_close(&shelf);
}

/* Why: watched executions are told when their revision moved. */
static void watches_tell_what_changed(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a");
    struct dal_watch watches[] = {{.id = {1, 2}, .revision = 1}, {.id = {3, 3}, .revision = 1}};
    struct dal_poll request = {.claim = {shelf.lease, 1}, .watches = watches, .watch_count = 2};
    struct dal_poll_reply reply;
    assert_int_equal(shelf.store->impl->poll(shelf.store, &request, &shelf.arena, &reply, NULL),
                     CLOACINA_OK);
    assert_int_equal(reply.changed_count, 0);
    watches[0].revision = 0;
    assert_int_equal(shelf.store->impl->poll(shelf.store, &request, &shelf.arena, &reply, NULL),
                     CLOACINA_OK);
    assert_int_equal(reply.changed_count, 1);
    shelf_close(&shelf);
}

/* The end of a shelf whose heap may fail: what others have done is read, all is cancelled, and
 * nothing but the lease stays. */
static void torture_removal(struct shelf *shelf)
{
    struct dal *store = shelf->store;
    uint64_t revision = shelf->scene.execution.row.revision;
    struct dal_lease *leases;
    struct feed feed;
    size_t count;
    int64_t now;
    while (store->impl->refresh(store, (struct id){1, 2}, revision, &shelf->arena, &feed, NULL) !=
           CLOACINA_OK) {
    }
    assert_int_equal(execution_refresh(&shelf->scene.execution, &feed, NULL), CLOACINA_OK);
    assert_int_equal(scene_command(&shelf->scene, EXECUTION_CANCEL), CLOACINA_OK);
    while (shelf_commit(shelf) != CLOACINA_OK) {
        shelf->scene.commits--;
    }
    while (store->impl->leases(store, &shelf->arena, &leases, &count, &now, NULL) != CLOACINA_OK) {
    }
    assert_int_equal(count, 1);
    assert_string_equal(shelf_asked(shelf, (struct dal_question){.limit = 9}), "1-2 ");
    while (store->impl->remove_ended(store, INT64_MAX, 9, &count, NULL) != CLOACINA_OK) {
    }
    assert_int_equal(count, 1);
    assert_string_equal(shelf_asked(shelf, (struct dal_question){.limit = 9}), "");
}

/* Why: a call that has no memory changes nothing: the same call later gives what it would have
 * given. */
static void no_memory_at_any_point_changes_nothing(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct shelf shelf;
        failing_heap_init(&heap, n);
        shelf_open(&shelf, "a; b: a", &heap.heap);
        if (shelf.store == NULL) {
            scene_close(&shelf.scene);
            continue;
        }
        int64_t now;
        while (shelf.store->impl->open_lease(shelf.store, TEXT_LITERAL("me"), &shelf.lease, &now,
                                             NULL) != CLOACINA_OK) {
        }
        shelf_seal(&shelf);
        while (shelf_submit(&shelf) != CLOACINA_OK) {
            assert_int_equal(dal_memory_active_count(shelf.store), 0);
        }
        execution_accept(&shelf.scene.execution, &shelf.scene.changeset);
        assert_int_equal(scene_claim(&shelf.scene, 1), 1);
        while (shelf_commit(&shelf) != CLOACINA_OK) {
            shelf.scene.commits--;
        }
        assert_int_equal(scene_attempt(&shelf.scene, "a", EXECUTION_TASK_FAILED), CLOACINA_OK);
        while (shelf_commit(&shelf) != CLOACINA_OK) {
            shelf.scene.commits--;
        }
        shelf.now = shelf.scene.now = 3 * NANOSECONDS_PER_SECOND;
        assert_int_equal(scene_claim(&shelf.scene, 1), 1);
        assert_int_equal(scene_succeed(&shelf.scene, "a", "{\"/k\":1}"), CLOACINA_OK);
        while (shelf_commit(&shelf) != CLOACINA_OK) {
            shelf.scene.commits--;
        }
        struct dal_claimed *claims;
        size_t count;
        struct dal_offer offer = {.workflow = shelf.scene.execution.workflow};
        struct dal_poll request = {.limit = 4,
                                   .claim = {shelf.lease, 900},
                                   .commit = {shelf.lease, 950},
                                   .offers = &offer,
                                   .offer_count = 1};
        struct dal_poll_reply reply;
        while (shelf.store->impl->poll(shelf.store, &request, &shelf.arena, &reply, NULL) !=
               CLOACINA_OK) {
        }
        while (shelf.store->impl->claims(shelf.store, shelf.lease, 9, &shelf.arena, &claims, &count,
                                         NULL) != CLOACINA_OK) {
        }
        assert_int_equal(count, 1);
        torture_removal(&shelf);
        shelf_close(&shelf);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

/* Why: the same for what is read into the caller's arena. A poll that fails does not beat. */
static void no_memory_in_the_callers_arena_is_an_answer(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a; b");
    struct dal *store = shelf.store;
    struct id id = {1, 2};
    assert_int_equal(scene_claim(&shelf.scene, 1), 1);
    assert_int_equal(scene_attempt(&shelf.scene, "a", EXECUTION_TASK_FAILED), CLOACINA_OK);
    assert_int_equal(shelf_commit(&shelf), CLOACINA_OK);
    for (size_t n = 0, beats = 0;; n++) {
        struct failing_heap heap;
        struct arena arena;
        struct dal_snapshot snapshot;
        struct feed feed;
        struct event_row *events;
        struct dal_question question = {.limit = 9};
        struct dal_listed *listed;
        struct dal_claimed *claims;
        struct dal_lease *leases;
        struct text json;
        int64_t now;
        size_t count;
        struct dal_poll request = {.claim = {shelf.lease, 1}, .beats = true};
        struct dal_poll_reply reply;
        failing_heap_init(&heap, n);
        arena_init(&arena, &heap.heap);
        arena.block_size = 16; /* every text an allocation of its own */
        enum cloacina_code codes[] = {
            store->impl->load(store, id, &arena, &snapshot, NULL),
            store->impl->refresh(store, id, 0, &arena, &feed, NULL),
            store->impl->events(store, id, 0, 9, &arena, &events, &count, NULL),
            store->impl->executions(store, &question, &arena, &listed, &count, NULL),
            store->impl->definition(store, TEXT_LITERAL("scene"), &arena, &json, NULL),
            store->impl->leases(store, &arena, &leases, &count, &now, NULL),
            store->impl->claims(store, 0, 9, &arena, &claims, &count, NULL),
            store->impl->poll(store, &request, &arena, &reply, NULL),
        };
        enum { POLLED = sizeof(codes) / sizeof(codes[0]) - 1 };
        size_t failed = 0;
        for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
            assert_true(codes[i] == CLOACINA_OK || codes[i] == CLOACINA_NO_MEMORY);
            failed += codes[i] == CLOACINA_NO_MEMORY;
        }
        assert_int_equal(failed, heap.has_failed);
        beats += codes[POLLED] == CLOACINA_OK;
        assert_int_equal(shelf_poll(&shelf, NULL, 0).leases[0].beat, ++beats);
        arena_finish(&arena);
        if (!heap.has_failed) {
            break;
        }
    }
    shelf_close(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_on_an_old_revision_is_a_conflict),
        cmocka_unit_test(a_guard_that_does_not_hold_is_a_conflict),
        cmocka_unit_test(an_id_can_be_taken_once),
        cmocka_unit_test(a_poll_claims_what_execution_claim_would_claim),
        cmocka_unit_test(a_poll_takes_only_what_is_offered),
        cmocka_unit_test(what_may_not_run_yet_keeps_its_place),
        cmocka_unit_test(history_and_rows_can_be_read_back),
        cmocka_unit_test(leases_are_closed_by_the_beat_that_was_seen),
        cmocka_unit_test(every_write_has_an_answer_of_its_own),
        cmocka_unit_test(there_is_no_descriptor_to_wait_for),
        cmocka_unit_test(hints_go_to_others_when_they_may_want_something),
        cmocka_unit_test(watches_tell_what_changed),
        cmocka_unit_test(no_memory_at_any_point_changes_nothing),
        cmocka_unit_test(no_memory_in_the_callers_arena_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
