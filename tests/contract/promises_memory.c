/* SPDX-License-Identifier: Apache-2.0 */
/* promises_memory.c - no memory: every allocation of every call fails once.
 *
 * Law: a call that says NO_MEMORY has changed nothing, and the same call again goes well. */
#include "court.h"

/* A court whose first session takes its memory from a heap that fails. */
struct scarcity {
    struct court court;
    struct failing_heap heap;
};

static void setup(struct scarcity *scarcity)
{
    struct court *court = &scarcity->court;
    int64_t now;
    *scarcity = (struct scarcity){0};
    failing_heap_init(&scarcity->heap, FAIL_NEVER);
    arena_init(&court->arena, NULL);
    show_init(&court->show, false);
    court->subject.heap = &scarcity->heap.heap;
    subject_open(&court->subject, court_kind, 2);
    court->store = court->subject.sessions[0];
    court->other = court->subject.sessions[1];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(court->other->impl->open_lease(court->other, TEXT_LITERAL("runner"),
                                                        &court->leases[i], &now, NULL),
                         CLOACINA_OK);
    }
}

static void teardown(struct scarcity *scarcity)
{
    struct court *court = &scarcity->court;
    for (size_t i = 0; i < court->copy_count; i++) {
        copy_finish(&court->copies[i]);
    }
    subject_close(&court->subject);
    show_finish(&court->show);
    arena_finish(&court->arena);
    assert_int_equal(scarcity->heap.outstanding, 0);
}

/* The n-th allocation from now on fails. */
static void scarce_from(struct scarcity *scarcity, size_t n)
{
    scarcity->heap.fail_at = scarcity->heap.allocations + n;
    scarcity->heap.has_failed = false;
}

static void plenty(struct scarcity *scarcity)
{
    scarcity->heap.fail_at = FAIL_NEVER;
}

/* ---- calls of the first session, each with its answer ---- */

static enum cloacina_code call_submit(struct court *court)
{
    struct copy *copy = court_begin(court, "shop", "a; b: a; c", 2, "{\"n\":1}");
    enum cloacina_code answer = copy_submit(copy, court->store, (struct stamp){1, 1000});
    copy_finish(&court->copies[--court->copy_count]);
    return answer;
}

static enum cloacina_code call_commit(struct court *court)
{
    struct copy *copy = court_load(court, court->other, 1);
    assert_int_equal(copy_succeed(copy, 0, "{\"/k\":[1]}", 1), CLOACINA_OK);
    enum cloacina_code answer = copy_commit(copy, court->store, (struct stamp){1, 1001});
    copy_finish(&court->copies[--court->copy_count]);
    return answer;
}

static struct changeset *pause(void *user, const struct feed *feed)
{
    struct copy *copy = user;
    assert_int_equal(execution_refresh(&copy->execution, feed, NULL), CLOACINA_OK);
    assert_int_equal(copy_command(copy, EXECUTION_PAUSE, 1), CLOACINA_OK);
    (void)copy_write(copy, (struct stamp){1, 1002});
    return &copy->changeset;
}

static enum cloacina_code call_commit_locked(struct court *court)
{
    struct copy *copy = court_load(court, court->other, 1);
    enum cloacina_code answer =
        court->store->impl->commit_locked(court->store, court_id(1), 1, pause, copy, NULL);
    copy_finish(&court->copies[--court->copy_count]);
    return answer;
}

static enum cloacina_code call_poll(struct court *court)
{
    struct workflow *workflow = copy_workflow("shop", "a; b: a; c");
    struct dal_offer offer = {.workflow = workflow};
    struct dal_watch watch = {.id = court_id(1)};
    struct dal_poll request = {.limit = 1,
                               .claim = {court->leases[0], 2000},
                               .commit = {court->leases[0], 2000},
                               .offers = &offer,
                               .offer_count = 1,
                               .watches = &watch,
                               .watch_count = 1,
                               .beats = true};
    struct dal_poll_reply reply;
    enum cloacina_code answer =
        court->store->impl->poll(court->store, &request, &court->arena, &reply, NULL);
    workflow_unref(workflow);
    return answer;
}

static enum cloacina_code call_open_lease(struct court *court)
{
    uint64_t lease;
    int64_t now;
    return court->store->impl->open_lease(court->store, TEXT_LITERAL("third"), &lease, &now, NULL);
}

static enum cloacina_code call_questions(struct court *court)
{
    struct dal *store = court->store;
    struct dal_question question = {.limit = 9, .workflow = TEXT_LITERAL("shop")};
    struct arena arena;
    struct dal_snapshot snapshot;
    struct feed feed;
    struct event_row *events;
    struct dal_listed *listed;
    struct dal_lease *leases;
    struct dal_claimed *claims;
    struct text json;
    size_t count;
    uint64_t revision;
    int64_t now;
    arena_init(&arena, court->subject.heap);
    enum cloacina_code code = store->impl->load(store, court_id(1), &arena, &snapshot, NULL);
    code = code != CLOACINA_OK ? code
                               : store->impl->refresh(store, court_id(1), 0, &arena, &feed, NULL);
    code = code != CLOACINA_OK
               ? code
               : store->impl->events(store, court_id(1), 0, 9, &arena, &events, &count, NULL);
    code = code != CLOACINA_OK
               ? code
               : store->impl->executions(store, &question, &arena, &listed, &count, NULL);
    code = code != CLOACINA_OK
               ? code
               : store->impl->definition(store, question.workflow, &arena, &json, NULL);
    code = code != CLOACINA_OK ? code
                               : store->impl->leases(store, &arena, &leases, &count, &now, NULL);
    code = code != CLOACINA_OK ? code
                               : store->impl->claims(store, 1, 9, &arena, &claims, &count, NULL);
    code = code != CLOACINA_OK ? code
                               : store->impl->find_commit(store, court_id(1), (struct stamp){1, 1},
                                                          &revision, NULL);
    arena_finish(&arena);
    return code;
}

static enum cloacina_code call_remove(struct court *court)
{
    return court->store->impl->remove(court->store, court_id(3), NULL);
}

static enum cloacina_code call_remove_ended(struct court *court)
{
    size_t removed;
    return court->store->impl->remove_ended(court->store, INT64_MAX, 9, &removed, NULL);
}

/* Why: a machine without memory is a machine that may have some in a moment. */
static void a_call_without_memory_changes_nothing(void **state)
{
    (void)state;
    const struct {
        const char *name;
        enum cloacina_code (*make)(struct court *court);
    } calls[] = {
        {"submit", call_submit},
        {"commit", call_commit},
        {"commit_locked", call_commit_locked},
        {"poll", call_poll},
        {"open_lease", call_open_lease},
        {"questions", call_questions},
        {"remove", call_remove},
        {"remove_ended", call_remove_ended},
    };
    for (size_t i = 0; i < ARRAY_COUNT(calls); i++) {
        struct scarcity scarcity;
        struct court *court = &scarcity.court;
        setup(&scarcity);
        struct copy *copy = court_submit(court, "shop", "a; b: a; c", 1);
        court_claim(court, copy);
        copy = court_submit(court, "shop", "a", 3);
        court_command(court, copy, EXECUTION_CANCEL);
        const char *before = court_told_all(court, court->other);
        bool is_over = false;
        for (size_t n = 0; !is_over; n++) {
            scarce_from(&scarcity, n);
            enum cloacina_code answer = calls[i].make(court);
            plenty(&scarcity);
            is_over = answer == CLOACINA_OK;
            const char *after = court_told_all(court, court->other);
            if (!is_over && (answer != CLOACINA_NO_MEMORY || strcmp(after, before) != 0)) {
                fail_msg("%s without allocation %zu: %s\n%s", calls[i].name, n,
                         cloacina_code_name(answer), after);
            }
        }
        teardown(&scarcity);
    }
}

int promises_of_memory(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_without_memory_changes_nothing),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
