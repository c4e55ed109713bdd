/* SPDX-License-Identifier: Apache-2.0 */
/* test_memory_lists.c - what people ask the memory store for, and what they let it forget. */
#include "memory_scene.h"

/* Why: people ask who is there, without beating for anybody. */
static void leases_are_listed_with_their_times(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_submitted(&shelf, "a; b");
    struct dal *store = shelf.store;
    struct dal_lease *leases;
    uint64_t other;
    size_t count;
    int64_t now;
    shelf.now = 2000;
    assert_int_equal(store->impl->open_lease(store, TEXT_LITERAL("you"), &other, &now, NULL),
                     CLOACINA_OK);
    shelf.now = 3000;
    assert_int_equal(shelf_poll(&shelf, shelf.scene.execution.workflow, 1).claimed_count, 1);
    shelf.now = 4000;
    for (int i = 0; i < 2; i++) { /* the second time nothing has changed */
        assert_int_equal(store->impl->leases(store, &shelf.arena, &leases, &count, &now, NULL),
                         CLOACINA_OK);
        assert_int_equal(now, 4000);
        assert_int_equal(count, 2);
        assert_true(leases[0].lease == shelf.lease && leases[1].lease == other);
        assert_true(leases[0].beat == 1 && leases[1].beat == 0);
        assert_true(leases[0].claims == 1 && leases[1].claims == 0);
        assert_true(leases[0].opened_at == 1000 && leases[0].beat_at == 3000);
        assert_true(leases[1].opened_at == 2000 && leases[1].beat_at == 2000);
        assert_true(text_equal(leases[0].name, TEXT_LITERAL("me")));
        assert_true(text_equal(leases[1].name, TEXT_LITERAL("you")));
    }
    assert_int_equal(store->impl->close_lease(store, shelf.lease, 1, NULL), CLOACINA_OK);
    assert_int_equal(store->impl->leases(store, &shelf.arena, &leases, &count, &now, NULL),
                     CLOACINA_OK);
    assert_int_equal(count, 1);
    assert_true(leases[0].lease == other);
    shelf_close(&shelf);
}

enum { IS_CANCELLED = 1 << EXECUTION_CANCELLED, IS_PENDING = 1 << EXECUTION_PENDING };

/* Why: a list that leaves out or repeats somebody between two pages is worse than none. */
static void executions_are_listed_as_asked(void **state)
{
    (void)state;
    struct shelf shelf;
    struct text other = TEXT_LITERAL("other");
    struct id id = {1, 2};
    shelf_submitted(&shelf, "a; b; c");
    shelf_add(&shelf, (struct id){2, 0}, "other", 0);
    shelf_add(&shelf, (struct id){1, 3}, "scene", 3000);
    shelf_add(&shelf, (struct id){1, 1}, "other", 2000);
    const struct {
        struct dal_question question;
        const char *ids;
    } cases[] = {
        {{.limit = 9}, "1-1 1-2 1-3 2-0 "},
        {{.limit = 9, .newest_first = true}, "2-0 1-3 1-2 1-1 "},
        {{.limit = 2}, "1-1 1-2 "},
        {{.limit = 1, .newest_first = true}, "2-0 "},
        {{.limit = 0}, ""},
        {{.limit = 9, .after = id}, "1-3 2-0 "},
        {{.limit = 1, .after = id}, "1-3 "},
        {{.limit = 9, .after = id, .newest_first = true}, "1-1 "},
        {{.limit = 9, .after = {1, 9}}, "2-0 "}, /* it need not be there */
        {{.limit = 9, .after = {2, 0}}, ""},
        {{.limit = 9, .statuses = IS_CANCELLED}, "1-1 1-3 "},
        {{.limit = 9, .statuses = IS_PENDING}, "1-2 2-0 "},
        {{.limit = 9, .statuses = IS_PENDING | IS_CANCELLED}, "1-1 1-2 1-3 2-0 "},
        {{.limit = 9, .statuses = 1 << EXECUTION_PAUSED}, ""},
        {{.limit = 9, .workflow = other}, "1-1 2-0 "},
        {{.limit = 9, .workflow = TEXT_LITERAL("othe")}, ""},
        {{.limit = 1, .workflow = other, .statuses = IS_CANCELLED, .newest_first = true}, "1-1 "},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(shelf_asked(&shelf, cases[i].question), cases[i].ids);
    }
    struct dal_question question = {.limit = 1};
    struct dal_listed *listed;
    size_t count;
    assert_int_equal(
        shelf.store->impl->executions(shelf.store, &question, &shelf.arena, &listed, &count, NULL),
        CLOACINA_OK);
    assert_int_equal(count, 1);
    assert_int_equal(listed->task_count, 1);
    assert_int_equal(listed->row.revision, 2);
    assert_int_equal(listed->row.status, EXECUTION_CANCELLED);
    assert_int_equal(listed->row.completed_at, 2000);
    assert_true(text_equal(listed->workflow, other));
    assert_true(text_equal(listed->package, TEXT_LITERAL("embedded")));
    assert_true(text_equal(listed->tenant, TEXT_LITERAL("public")));
    shelf_close(&shelf);
}

/* Why: a workflow can be looked at that nobody here has the code of. */
static void the_newest_definition_of_a_name_is_found(void **state)
{
    (void)state;
    struct shelf shelf;
    struct text json = {0};
    shelf_submitted(&shelf, "a; b; c");
    struct dal *store = shelf.store;
    assert_int_equal(
        store->impl->definition(store, TEXT_LITERAL("scene"), &shelf.arena, &json, NULL),
        CLOACINA_OK);
    assert_true(text_equal(json, shelf.scene.execution.workflow->json));
    shelf_add(&shelf, (struct id){1, 1}, "scene", 0);
    shelf_add(&shelf, (struct id){1, 3}, "other", 0);
    struct dal_snapshot snapshot;
    assert_int_equal(store->impl->load(store, (struct id){1, 1}, &shelf.arena, &snapshot, NULL),
                     CLOACINA_OK);
    assert_int_equal(
        store->impl->definition(store, TEXT_LITERAL("scene"), &shelf.arena, &json, NULL),
        CLOACINA_OK);
    assert_true(text_equal(json, snapshot.definition_json));
    assert_int_equal(store->impl->definition(store, TEXT_LITERAL("never seen"), &shelf.arena, &json,
                                             &shelf.scene.error),
                     CLOACINA_NOT_FOUND);
    assert_string_equal(shelf.scene.error.message, "store: it knows no workflow 'never seen'");
    shelf_close(&shelf);
}

/* Nothing is left of it. */
static void assert_forgotten(struct shelf *shelf, struct id id)
{
    struct dal *store = shelf->store;
    struct dal_watch watch = {.id = id, .revision = 77};
    struct dal_poll request = {.watches = &watch, .watch_count = 1};
    struct dal_poll_reply reply;
    struct dal_snapshot snapshot;
    struct event_row *events;
    struct feed feed;
    uint64_t revision;
    size_t count;
    assert_int_equal(store->impl->load(store, id, &shelf->arena, &snapshot, NULL),
                     CLOACINA_NOT_FOUND);
    assert_int_equal(store->impl->refresh(store, id, 0, &shelf->arena, &feed, NULL),
                     CLOACINA_NOT_FOUND);
    assert_int_equal(store->impl->events(store, id, 0, 9, &shelf->arena, &events, &count, NULL),
                     CLOACINA_NOT_FOUND);
    for (uint64_t serial = 100; serial < 110; serial++) {
        struct stamp stamp = {shelf->lease, serial};
        assert_int_equal(store->impl->find_commit(store, id, stamp, &revision, NULL), CLOACINA_OK);
        assert_int_equal(revision, 0);
    }
    assert_int_equal(store->impl->poll(store, &request, &shelf->arena, &reply, NULL), CLOACINA_OK);
    assert_int_equal(reply.changed_count, 0);
    assert_int_equal(store->impl->remove(store, id, &shelf->scene.error), CLOACINA_NOT_FOUND);
}

/* Why: what is removed is gone as if it had never been; what can still move stays. */
static void only_what_is_over_is_removed_and_all_of_it(void **state)
{
    (void)state;
    struct shelf shelf;
    struct id id = {1, 1};
    shelf_submitted(&shelf, "a; b");
    struct dal *store = shelf.store;
    assert_int_equal(store->impl->remove(store, (struct id){1, 2}, &shelf.scene.error),
                     CLOACINA_INVALID);
    assert_string_equal(shelf.scene.error.message,
                        "store: execution 00000000-0000-0001-0000-000000000002 is Pending: it "
                        "cannot be removed");
    shelf_add(&shelf, id, "scene", 2000);
    shelf_add(&shelf, (struct id){1, 3}, "scene", 0);
    assert_int_equal(store->impl->remove(store, id, NULL), CLOACINA_OK);
    assert_forgotten(&shelf, id);
    assert_string_equal(shelf.scene.error.message,
                        "store: there is no execution 00000000-0000-0001-0000-000000000001");
    assert_string_equal(shelf_asked(&shelf, (struct dal_question){.limit = 9}), "1-2 1-3 ");
    shelf_add(&shelf, id, "scene", 0); /* the id is free again */
    struct dal_poll_reply reply = shelf_poll(&shelf, shelf.scene.execution.workflow, 9);
    const struct id claimed[] = {{1, 2}, {1, 2}, {1, 3}, {1, 1}}; /* in the order of Ready */
    assert_int_equal(reply.claimed_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(id_compare(reply.claimed[i].id, claimed[i]), 0);
    }
    shelf_close(&shelf);
}

/* Why: history is cut off at its old end, in bites, and never at what still runs. */
static void what_ended_before_is_removed_oldest_first(void **state)
{
    (void)state;
    struct shelf shelf;
    size_t removed = 77;
    shelf_submitted(&shelf, "a");
    struct dal *store = shelf.store;
    struct dal_question all = {.limit = 9};
    shelf_add(&shelf, (struct id){1, 5}, "scene", 3000);
    shelf_add(&shelf, (struct id){1, 7}, "scene", 2000);
    shelf_add(&shelf, (struct id){1, 3}, "scene", 4000);
    shelf_add(&shelf, (struct id){1, 1}, "scene", 5000);
    assert_int_equal(store->impl->remove_ended(store, 2000, 9, &removed, NULL), CLOACINA_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(store->impl->remove_ended(store, 5000, 2, &removed, NULL), CLOACINA_OK);
    assert_int_equal(removed, 2);
    assert_string_equal(shelf_asked(&shelf, all), "1-1 1-2 1-3 ");
    assert_int_equal(store->impl->remove_ended(store, 5000, 2, &removed, NULL), CLOACINA_OK);
    assert_int_equal(removed, 1);
    assert_forgotten(&shelf, (struct id){1, 3});
    assert_int_equal(store->impl->remove_ended(store, INT64_MAX, 0, &removed, NULL), CLOACINA_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(store->impl->remove_ended(store, INT64_MAX, 9, &removed, NULL), CLOACINA_OK);
    assert_int_equal(removed, 1);
    assert_string_equal(shelf_asked(&shelf, all), "1-2 ");
    shelf_close(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leases_are_listed_with_their_times),
        cmocka_unit_test(executions_are_listed_as_asked),
        cmocka_unit_test(the_newest_definition_of_a_name_is_found),
        cmocka_unit_test(only_what_is_over_is_removed_and_all_of_it),
        cmocka_unit_test(what_ended_before_is_removed_oldest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
