/* SPDX-License-Identifier: Apache-2.0 */
/* test_counted_store.c - what stands between a runner and its store changes nothing, and counts. */
#include "runner_api_scene.h"

#include "dal/memory/memory.h"
#include "production/counted_store.h"

/* A store that answers as it is told, and as the memory store does when it is not. */
struct moody {
    struct dal dal; /* first */
    enum cloacina_code answer;
};

static enum cloacina_code moody_leases(struct dal *dal, struct arena *arena,
                                       struct dal_lease **ret_leases, size_t *ret_count,
                                       int64_t *ret_now, struct cloacina_error *error)
{
    const struct moody *moody = (const struct moody *)dal;
    (void)arena;
    *ret_leases = NULL;
    *ret_count = 0;
    *ret_now = 0;
    return moody->answer == CLOACINA_OK
               ? CLOACINA_OK
               : cloacina_error_raise(error, moody->answer, "the cable is out");
}

static void moody_commit(struct dal *dal, const struct dal_write *writes, size_t count,
                         enum cloacina_code *ret_answers)
{
    const struct moody *moody = (const struct moody *)dal;
    (void)writes;
    for (size_t i = 0; i < count; i++) {
        ret_answers[i] = moody->answer;
    }
}

static void moody_destroy(struct dal *dal)
{
    ((struct moody *)dal)->answer = CLOACINA_CRASHED;
}

/* People must learn when a store falls silent, and when it is back: once each. */
static void the_log_hears_of_silence_and_of_its_end(void **state)
{
    (void)state;
    static const struct dal_impl impl = {
        .leases = moody_leases, .commit = moody_commit, .destroy = moody_destroy};
    struct moody moody = {.dal.impl = &impl, .answer = CLOACINA_UNAVAILABLE};
    struct heard heard;
    struct counted_store store;
    struct dal_lease *leases;
    enum cloacina_code answer;
    size_t count;
    int64_t now;
    heard_open(&heard, CLOACINA_LOG_INFO);
    counted_store_init(&store, &moody.dal, cloacina_clock_system(), &heard.log, "night");
    store.answered_at = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            store.dal.impl->leases(&store.dal, NULL, &leases, &count, &now, i == 0 ? &err : NULL),
            CLOACINA_UNAVAILABLE);
    }
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.last, "runner 'night': the store does not answer, and is tried "
                                    "again: the cable is out");
    assert_int_equal(store.answered_at, 0);
    moody.answer = CLOACINA_OK;
    store.dal.impl->commit(&store.dal, NULL, 1, &answer);
    assert_int_equal(answer, CLOACINA_OK);
    assert_int_equal(heard.count, 2);
    assert_string_equal(heard.last, "runner 'night': the store answers again");
    assert_true(store.answered_at > 0);
    moody.answer = CLOACINA_UNKNOWN;
    store.dal.impl->commit(&store.dal, NULL, 1, &answer);
    assert_int_equal(answer, CLOACINA_UNKNOWN);
    assert_int_equal(heard.count, 3);
    assert_int_equal(store.calls, 5);
    dal_destroy(&store.dal);
    assert_int_equal(moody.answer, CLOACINA_CRASHED);
    assert_int_equal(sem_destroy(&heard.lines), 0);
}

/* A full disk: the commit that fails has no words for it, and the next question has. */
static void the_log_hears_why_as_soon_as_it_is_known_and_only_once(void **state)
{
    (void)state;
    static const struct dal_impl impl = {
        .leases = moody_leases, .commit = moody_commit, .destroy = moody_destroy};
    struct moody moody = {.dal.impl = &impl, .answer = CLOACINA_IO};
    struct heard heard;
    struct counted_store store;
    struct dal_lease *leases;
    enum cloacina_code answer;
    size_t count;
    int64_t now;
    heard_open(&heard, CLOACINA_LOG_INFO);
    counted_store_init(&store, &moody.dal, cloacina_clock_system(), &heard.log, "night");
    for (int i = 0; i < 3; i++) {
        store.dal.impl->commit(&store.dal, NULL, 1, &answer);
        assert_string_equal(heard.last, i == 0 ? "runner 'night': the store does not answer, and "
                                                 "is tried again"
                                               : "runner 'night': the store does not answer, and "
                                                 "is tried again: the cable is out");
        assert_int_equal(store.dal.impl->leases(&store.dal, NULL, &leases, &count, &now, NULL),
                         CLOACINA_IO);
        assert_int_equal(heard.count, 2);
    }
    dal_destroy(&store.dal);
    assert_int_equal(sem_destroy(&heard.lines), 0);
}

/* A runner that is found dead is news; one that closes its own lease is none. */
static void the_log_hears_of_leases(void **state)
{
    (void)state;
    struct heard heard;
    struct counted_store store;
    uint64_t own, other;
    int64_t now;
    heard_open(&heard, CLOACINA_LOG_INFO);
    counted_store_init(&store, dal_memory_create(NULL, cloacina_clock_system()),
                       cloacina_clock_system(), &heard.log, "night");
    struct dal *dal = &store.dal;
    assert_ok(store.inner->impl->open_lease(store.inner, TEXT_LITERAL("dead"), &other, &now, &err));
    assert_ok(dal->impl->open_lease(dal, TEXT_LITERAL("night"), &own, &now, &err));
    assert_string_equal(heard.last, "runner 'night': has lease 2");
    assert_int_equal(dal->impl->close_lease(dal, other, 7, &err), CLOACINA_CONFLICT);
    assert_int_equal(heard.count, 1);
    assert_ok(dal->impl->close_lease(dal, other, 0, &err));
    assert_string_equal(heard.last, "runner 'night': lease 1 was found dead");
    assert_ok(dal->impl->close_lease(dal, own, 0, &err));
    assert_int_equal(heard.count, 2);
    dal_destroy(dal);
    assert_int_equal(sem_destroy(&heard.lines), 0);
}

/* Nothing is lost on the way: every slot is there, and the answers are those of the store. */
static void every_call_goes_through(void **state)
{
    (void)state;
    struct counted_store store;
    struct arena arena;
    struct dal_claimed *claims;
    struct dal_snapshot snapshot;
    struct feed feed;
    struct event_row *events;
    struct dal_listed *listed;
    struct text json;
    uint64_t revision;
    size_t count;
    const struct id nobody = {1, 2};
    arena_init(&arena, NULL);
    counted_store_init(&store, dal_memory_create(NULL, cloacina_clock_system()),
                       cloacina_clock_system(), NULL, "night");
    struct dal *dal = &store.dal;
    assert_ok(dal_check(dal, &err));
    const struct dal_impl *call = dal->impl;
    assert_int_equal(call->load(dal, nobody, &arena, &snapshot, NULL), CLOACINA_NOT_FOUND);
    assert_int_equal(call->refresh(dal, nobody, 0, &arena, &feed, NULL), CLOACINA_NOT_FOUND);
    assert_ok(call->find_commit(dal, nobody, (struct stamp){1, 1}, &revision, &err));
    assert_int_equal(revision, 0);
    assert_ok(call->claims(dal, 0, 10, &arena, &claims, &count, &err));
    assert_int_equal(count, 0);
    assert_int_equal(call->events(dal, nobody, 0, 10, &arena, &events, &count, NULL),
                     CLOACINA_NOT_FOUND);
    assert_ok(
        call->executions(dal, &(struct dal_question){.limit = 1}, &arena, &listed, &count, &err));
    assert_int_equal(call->definition(dal, TEXT_LITERAL("shop"), &arena, &json, NULL),
                     CLOACINA_NOT_FOUND);
    assert_int_equal(call->remove(dal, nobody, NULL), CLOACINA_NOT_FOUND);
    assert_ok(call->remove_ended(dal, INT64_MAX, 10, &count, &err));
    assert_int_equal(call->commit_locked(dal, nobody, 0, NULL, NULL, NULL), CLOACINA_NOT_FOUND);
    assert_int_equal(call->descriptor(dal), -1);
    call->take_hints(dal);
    call->listen(dal, 1, NULL, NULL);
    assert_int_equal(store.calls, 10);
    dal_destroy(dal);
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_hears_of_silence_and_of_its_end),
        cmocka_unit_test(the_log_hears_why_as_soon_as_it_is_known_and_only_once),
        cmocka_unit_test(the_log_hears_of_leases),
        cmocka_unit_test(every_call_goes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
