/* SPDX-License-Identifier: Apache-2.0 */
/* test_host.c - bodies that wait until the host lends a thread. */
#include "executor_scene.h"

#include "executor/host.h"

static void count(void *user)
{
    ++*(int *)user;
}

static struct host *open_with(struct desk *desk, struct cloacina_heap *heap, int *queued)
{
    desk_open(desk);
    *queued = 0;
    return host_create(&(struct host_options){
        .heap = heap,
        .clock = cloacina_clock_system(),
        .random = &desk->random.random,
        .has_queued = count,
        .user = queued,
    });
}

static void start(struct host *host, struct attempt *attempt)
{
    host_executor(host)->impl->start(host_executor(host), attempt);
}

/* A host that owns its threads decides when user code runs. */
static void a_body_runs_when_the_host_works(void **state)
{
    (void)state;
    struct desk desk;
    int queued;
    struct host *host = open_with(&desk, cloacina_heap_system(), &queued);
    assert_false(host_work(host, NULL, NULL));
    struct attempt *first = desk_attempt(&desk, 0, body_sets_n, NULL);
    struct attempt *second = desk_attempt(&desk, 1, body_sets_n, NULL);
    start(host, first);
    start(host, second);
    assert_int_equal(queued, 2);
    assert_int_equal(sem_trywait(&desk.has_mail), -1);
    assert_true(host_work(host, NULL, NULL));
    desk_expect_end(&desk, first, CLOACINA_OK);
    assert_true(host_work(host, NULL, NULL));
    desk_expect_end(&desk, second, CLOACINA_OK);
    assert_false(host_work(host, NULL, NULL));
    desk_release(first);
    desk_release(second);
    host_destroy(host);
    desk_close(&desk);
}

/* What the one thread does while its body waits: it plays the runner. */
struct other_work {
    struct desk *desk;
    struct executor *executor;
    int calls;
};

static void answer(void *user, int64_t deadline)
{
    struct other_work *work = user;
    (void)deadline;
    work->calls++;
    struct inbox_message *message = inbox_drain(&work->desk->inbox);
    if (message != NULL) {
        atomic_store(&message->kind, 0);
        work->executor->impl->resume(work->executor, (struct attempt *)message);
    }
}

/* A host with one thread must not stand still because a body waits for the runner. */
static void a_waiting_body_lets_its_thread_do_what_else_there_is(void **state)
{
    (void)state;
    struct desk desk;
    int queued;
    atomic_int questions = 0;
    struct host *host = open_with(&desk, cloacina_heap_system(), &queued);
    struct other_work work = {.desk = &desk, .executor = host_executor(host)};
    struct attempt *attempt = desk_attempt(&desk, 0, body_parks, &questions);
    start(host, attempt);
    assert_true(host_work(host, answer, &work));
    assert_true(work.calls >= 2); /* for `deferred`, for `wants slot`, and for the interval */
    assert_int_equal(questions, 1);
    desk_expect_end(&desk, attempt, CLOACINA_OK);
    desk_release(attempt);
    host_destroy(host);
    desk_close(&desk);
}

static void cancel_all(void *user, int64_t deadline)
{
    struct other_work *work = user;
    (void)deadline;
    work->calls++;
    work->executor->impl->cancel(work->executor, &work->desk->attempts[0]);
}

static void a_waiting_body_can_be_cancelled_from_its_own_thread(void **state)
{
    (void)state;
    struct desk desk;
    int queued;
    struct host *host = open_with(&desk, cloacina_heap_system(), &queued);
    struct other_work work = {.desk = &desk, .executor = host_executor(host)};
    struct attempt *attempt = desk_attempt(&desk, 0, body_sleeps, NULL);
    start(host, attempt);
    assert_true(host_work(host, cancel_all, &work));
    assert_int_equal(work.calls, 1);
    desk_expect_end(&desk, attempt, CLOACINA_CANCELLED);
    host_destroy(host); /* frees what was not released */
    desk_close(&desk);
}

/* A claim whose body never began is handed back, not failed. */
static void stopping_gives_back_what_has_not_begun(void **state)
{
    (void)state;
    struct desk desk;
    int queued;
    struct host *host = open_with(&desk, cloacina_heap_system(), &queued);
    for (size_t i = 0; i < 3; i++) {
        if (i == 2) {
            host_stop(host);
        }
        start(host, desk_attempt(&desk, i, body_sets_n, NULL));
    }
    for (size_t i = 0; i < 3; i++) {
        desk_expect_end(&desk, &desk.attempts[i], CLOACINA_CANCELLED);
        assert_true(desk.attempts[i].outcome.is_unstarted);
        desk_release(&desk.attempts[i]);
    }
    assert_int_equal(queued, 2);
    assert_false(host_work(host, NULL, NULL));
    host_destroy(host);
    host_destroy(NULL);
    desk_close(&desk);
}

static void without_memory_the_attempt_comes_back_all_the_same(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct desk desk;
        int queued;
        failing_heap_init(&heap, n);
        struct host *host = open_with(&desk, &heap.heap, &queued);
        if (host == NULL) {
            desk_close(&desk);
            continue;
        }
        struct attempt *attempt = desk_attempt(&desk, 0, body_sets_n, NULL);
        start(host, attempt);
        assert_int_equal(host_work(host, NULL, NULL), queued);
        desk_expect_end(&desk, attempt, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        desk_release(attempt);
        host_destroy(host);
        assert_int_equal(heap.outstanding, 0);
        desk_close(&desk);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_runs_when_the_host_works),
        cmocka_unit_test(a_waiting_body_lets_its_thread_do_what_else_there_is),
        cmocka_unit_test(a_waiting_body_can_be_cancelled_from_its_own_thread),
        cmocka_unit_test(stopping_gives_back_what_has_not_begun),
        cmocka_unit_test(without_memory_the_attempt_comes_back_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
