/* SPDX-License-Identifier: Apache-2.0 */
/* promises_list.c - executions, definition, remove, remove_ended: looking through all there is, and
 * forgetting.
 *
 * Law: what can still move is never removed; what is removed is gone with everything beneath it. */
#include "court.h"

#include <stdio.h>

enum { IDS_SIZE = 1000 };

#define IS_CANCELLED (1u << EXECUTION_CANCELLED)
#define IS_PENDING (1u << EXECUTION_PENDING)

/* The numbers of the answer: "1 2 3 ". In the court's arena. */
static const char *asked(struct court *court, struct dal_question question)
{
    struct dal_listed *listed;
    size_t count;
    char *numbers = arena_take_zeroed(&court->arena, 1, IDS_SIZE);
    size_t length = 0;
    assert_non_null(numbers);
    if (court->other->impl->executions(court->other, &question, &court->arena, &listed, &count,
                                       &court->error) != CLOACINA_OK) {
        fail_msg("%s", court->error.message);
    }
    for (size_t i = 0; i < count; i++) {
        length += (size_t)snprintf(numbers + length, IDS_SIZE - length, "%d ",
                                   (int)(listed[i].row.id.low - court_id(0).low));
    }
    return numbers;
}

/* Cancelled at that instant. */
static struct copy *ended(struct court *court, const char *name, uint64_t number, int64_t at)
{
    struct copy *copy = court_submit(court, name, "a; b", number);
    assert_int_equal(copy_command(copy, EXECUTION_CANCEL, at), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    return copy;
}

/* Why: a list that leaves out or repeats somebody between two pages is worse than none. */
static void executions_are_listed_as_asked(void **state)
{
    struct court *court = *state;
    struct text other = TEXT_LITERAL("other");
    struct id id = court_id(2);
    (void)court_submit(court, "scene", "a; b; c", 2);
    (void)court_submit(court, "other", "a", 8);
    (void)ended(court, "scene", 3, 3000);
    (void)ended(court, "other", 1, 2000);
    const struct {
        struct dal_question question;
        const char *numbers;
    } cases[] = {
        {{.limit = 9}, "1 2 3 8 "},
        {{.limit = 9, .newest_first = true}, "8 3 2 1 "},
        {{.limit = 2}, "1 2 "},
        {{.limit = 1, .newest_first = true}, "8 "},
        {{.limit = 9, .after = id}, "3 8 "},
        {{.limit = 1, .after = id}, "3 "},
        {{.limit = 9, .after = id, .newest_first = true}, "1 "},
        {{.limit = 9, .after = court_id(5)}, "8 "}, /* it need not be there */
        {{.limit = 9, .after = court_id(8)}, ""},
        {{.limit = 9, .statuses = IS_CANCELLED}, "1 3 "},
        {{.limit = 9, .statuses = IS_PENDING}, "2 8 "},
        {{.limit = 9, .statuses = IS_PENDING | IS_CANCELLED}, "1 2 3 8 "},
        {{.limit = 9, .statuses = 1u << EXECUTION_PAUSED}, ""},
        {{.limit = 9, .workflow = other}, "1 8 "},
        {{.limit = 9, .workflow = TEXT_LITERAL("othe")}, ""},
        {{.limit = 9, .workflow = TEXT_LITERAL("OTHER")}, ""},
        {{.limit = 9, .workflow = TEXT_LITERAL("ot%")}, ""},
        {{.limit = 1, .workflow = other, .statuses = IS_CANCELLED, .newest_first = true}, "1 "},
        {{.limit = 1, .workflow = other, .after = id, .statuses = IS_PENDING}, "8 "},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_string_equal(asked(court, cases[i].question), cases[i].numbers);
    }
}

/* Why: the row of a list is the row itself. */
static void a_listed_execution_is_told_in_full(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b; c", 1);
    struct execution_input pause = {
        .type = EXECUTION_PAUSE, .task = TASK_NONE, .message = TEXT_LITERAL("lunch")};
    court_claim(court, copy);
    assert_int_equal(copy_apply(copy, &pause, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    struct dal_question question = {.limit = 1};
    struct dal_listed *listed;
    size_t count;
    assert_int_equal(court->other->impl->executions(court->other, &question, &court->arena, &listed,
                                                    &count, NULL),
                     CLOACINA_OK);
    assert_int_equal(count, 1);
    show_execution_row(&court->show, &listed->row);
    const char *shown = show_text(&court->show);
    const char *told = arena_copy(&court->arena, shown, strlen(shown));
    show_reset(&court->show);
    show_execution_row(&court->show, &copy->execution.row);
    assert_string_equal(told, show_text(&court->show));
    assert_string_equal(listed->row.reason, "lunch");
    assert_int_equal(listed->task_count, 3);
    assert_true(text_equal(listed->workflow, TEXT_LITERAL("shop")));
}

/* Why: a workflow can be looked at that nobody here has the code of. */
static void the_newest_definition_of_a_name_is_found(void **state)
{
    struct court *court = *state;
    struct text json = {0};
    struct dal *store = court->other;
    struct copy *old = court_submit(court, "shop", "a; b; c", 1);
    assert_int_equal(
        store->impl->definition(store, TEXT_LITERAL("shop"), &court->arena, &json, NULL),
        CLOACINA_OK);
    assert_true(text_equal(json, old->execution.workflow->json));
    struct copy *newer = court_submit(court, "shop", "a; b", 2);
    (void)court_submit(court, "other", "x", 3);
    assert_int_equal(
        store->impl->definition(store, TEXT_LITERAL("shop"), &court->arena, &json, NULL),
        CLOACINA_OK);
    assert_true(text_equal(json, newer->execution.workflow->json));
    assert_int_equal(store->impl->definition(store, TEXT_LITERAL("never seen"), &court->arena,
                                             &json, &court->error),
                     CLOACINA_NOT_FOUND);
    assert_non_null(strstr(court->error.message, "'never seen'"));
}

/* Nothing is left of it. */
static void assert_forgotten(struct court *court, uint64_t number)
{
    struct dal *store = court->other;
    struct id id = court_id(number);
    struct dal_watch watch = {.id = id, .revision = 77};
    struct dal_poll request = {.watches = &watch, .watch_count = 1};
    struct dal_poll_reply reply;
    struct dal_snapshot snapshot;
    uint64_t revision;
    assert_int_equal(store->impl->load(store, id, &court->arena, &snapshot, NULL),
                     CLOACINA_NOT_FOUND);
    for (uint64_t serial = 1; serial <= court->serial; serial++) {
        struct stamp stamp = {court->leases[0], serial};
        assert_int_equal(store->impl->find_commit(store, id, stamp, &revision, NULL), CLOACINA_OK);
        assert_int_equal(revision, 0);
    }
    assert_int_equal(store->impl->poll(store, &request, &court->arena, &reply, NULL), CLOACINA_OK);
    assert_int_equal(reply.changed_count, 0);
    assert_int_equal(store->impl->remove(store, id, &court->error), CLOACINA_NOT_FOUND);
}

/* Why: what is removed is gone as if it had never been; what can still move stays. */
static void only_what_is_over_is_removed_and_all_of_it(void **state)
{
    struct court *court = *state;
    struct dal *store = court->other;
    struct copy *copy = court_submit(court, "shop", "a; b", 2);
    assert_int_equal(store->impl->remove(store, court_id(2), &court->error), CLOACINA_INVALID);
    assert_non_null(strstr(court->error.message, "Pending"));
    (void)ended(court, "shop", 1, 2000);
    (void)court_submit(court, "shop", "a; b", 3);
    assert_int_equal(store->impl->remove(store, court_id(1), NULL), CLOACINA_OK);
    assert_forgotten(court, 1);
    assert_string_equal(asked(court, (struct dal_question){.limit = 9}), "2 3 ");
    (void)court_submit(court, "shop", "a; b", 1); /* the id is free again */
    struct dal_poll_reply reply = court_poll(court, 0, copy, 9);
    const uint64_t numbers[] = {2, 2, 3, 3, 1, 1}; /* in the order of Ready */
    assert_int_equal(reply.claimed_count, ARRAY_COUNT(numbers));
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        assert_true(id_equal(reply.claimed[i].id, court_id(numbers[i])));
    }
    assert_int_equal(store->impl->remove(store, court_id(3), &court->error), CLOACINA_INVALID);
    assert_non_null(strstr(court->error.message, "Running"));
}

/* Why: an id that was removed and is used again has none of its first life. */
static void a_second_life_remembers_nothing_of_the_first(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b: a", 1);
    court_claim(court, copy);
    court_succeed(court, copy, 0, "{\"/k\":1}");
    court_command(court, copy, EXECUTION_CANCEL);
    assert_int_equal(court->other->impl->remove(court->other, court_id(1), NULL), CLOACINA_OK);
    copy = court_submit(court, "shop", "a; b: a", 1);
    court_assert_agrees(court, court->other, copy);
    struct event_row *events;
    size_t count;
    assert_int_equal(court->other->impl->events(court->other, court_id(1), 0, 99, &court->arena,
                                                &events, &count, NULL),
                     CLOACINA_OK);
    assert_int_equal(count, 2);
}

/* Why: history is cut off at its old end, in bites, and never at what still runs. */
static void what_ended_before_is_removed_oldest_first(void **state)
{
    struct court *court = *state;
    struct dal *store = court->other;
    struct dal_question all = {.limit = 9};
    size_t removed = 77;
    (void)court_submit(court, "shop", "a", 2);
    (void)ended(court, "shop", 5, 3000);
    (void)ended(court, "shop", 7, 2000);
    (void)ended(court, "shop", 3, 4000);
    (void)ended(court, "shop", 1, 5000);
    assert_int_equal(store->impl->remove_ended(store, 2000, 9, &removed, NULL), CLOACINA_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(store->impl->remove_ended(store, 5000, 2, &removed, NULL), CLOACINA_OK);
    assert_int_equal(removed, 2);
    assert_string_equal(asked(court, all), "1 2 3 ");
    assert_int_equal(store->impl->remove_ended(store, 5000, 2, &removed, NULL), CLOACINA_OK);
    assert_int_equal(removed, 1);
    assert_forgotten(court, 3);
    assert_int_equal(store->impl->remove_ended(store, INT64_MAX, 0, &removed, NULL), CLOACINA_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(store->impl->remove_ended(store, INT64_MAX, 9, &removed, NULL), CLOACINA_OK);
    assert_int_equal(removed, 1);
    assert_string_equal(asked(court, all), "2 ");
}

int promises_of_list(void)
{
    const struct CMUnitTest tests[] = {
        COURT_TEST(executions_are_listed_as_asked),
        COURT_TEST(a_listed_execution_is_told_in_full),
        COURT_TEST(the_newest_definition_of_a_name_is_found),
        COURT_TEST(only_what_is_over_is_removed_and_all_of_it),
        COURT_TEST(a_second_life_remembers_nothing_of_the_first),
        COURT_TEST(what_ended_before_is_removed_oldest_first),
    };
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
