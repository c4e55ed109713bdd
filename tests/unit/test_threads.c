/* SPDX-License-Identifier: Apache-2.0 */
/* test_threads.c - the executor of production: every body gets a thread, every attempt an answer. */
#include "executor_scene.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "executor/threads.h"

/* ---- no threads, when the test says so (linked with --wrap=pthread_create) ---- */

static atomic_bool threads_are_scarce;

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *user)
{
    return atomic_load(&threads_are_scarce) ? EAGAIN
                                            : __real_pthread_create(thread, attributes, run, user);
}

static struct threads *open_with(struct desk *desk, struct cloacina_heap *heap, int64_t idle_ns)
{
    desk_open(desk);
    return threads_create(&(struct threads_options){
        .heap = heap,
        .clock = cloacina_clock_system(),
        .random = &desk->random.random,
        .idle_ns = idle_ns,
    });
}

static void start(struct threads *threads, struct attempt *attempt)
{
    threads_executor(threads)->impl->start(threads_executor(threads), attempt);
}

static void cancel(struct threads *threads, struct attempt *attempt)
{
    atomic_store(&attempt->is_cancelled, true);
    threads_executor(threads)->impl->cancel(threads_executor(threads), attempt);
}

static void note_gone(void *user)
{
    (void)sem_post(user);
}

static void shut(struct threads *threads, struct desk *desk)
{
    sem_t gone;
    assert_int_equal(sem_init(&gone, 0, 0), 0);
    threads_destroy(threads, note_gone, &gone);
    assert_int_equal(sem_trywait(&gone), 0);
    assert_int_equal(sem_destroy(&gone), 0);
    desk_close(desk);
}

/* The way of every task. */
static void a_body_runs_on_a_thread_and_its_delta_comes_back(void **state)
{
    (void)state;
    struct desk desk;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    struct attempt *attempt = desk_attempt(&desk, 0, body_sets_n, NULL);
    start(threads, attempt);
    desk_expect_end(&desk, attempt, CLOACINA_OK);
    assert_int_equal(attempt->outcome.delta->count, 1);
    assert_int_equal(threads_count(threads), 1);
    desk_release(attempt);
    shut(threads, &desk);
}

/* One body that hangs must not keep others from beginning: each has a thread of its own. */
static void bodies_that_do_not_return_hold_up_nobody(void **state)
{
    (void)state;
    enum { HANGING = 5 };
    struct desk desk;
    struct door door;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    door_open(&door);
    for (size_t i = 0; i < HANGING; i++) {
        start(threads, desk_attempt(&desk, i, body_at_door, &door));
    }
    for (size_t i = 0; i < HANGING; i++) {
        door_wait(&door.has_come);
    }
    struct attempt *quick = desk_attempt(&desk, HANGING, body_sets_n, NULL);
    start(threads, quick);
    desk_expect_end(&desk, quick, CLOACINA_OK);
    desk_release(quick);
    for (size_t i = 0; i < HANGING; i++) {
        enum attempt_message kind;
        (void)sem_post(&door.may_go);
        desk_release(desk_next(&desk, &kind));
    }
    shut(threads, &desk);
    door_close(&door);
}

/* A burst of short bodies is done by few threads, and all of it is done. */
static void a_burst_is_done_whole(void **state)
{
    (void)state;
    struct desk desk;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < DESK_ATTEMPTS_MAX; i++) {
            start(threads, desk_attempt(&desk, i, body_sets_n, NULL));
        }
        for (size_t i = 0; i < DESK_ATTEMPTS_MAX; i++) {
            enum attempt_message kind;
            struct attempt *attempt = desk_next(&desk, &kind);
            assert_int_equal(attempt->outcome.code, CLOACINA_OK);
            desk_release(attempt);
        }
    }
    assert_in_range(threads_count(threads), 1, DESK_ATTEMPTS_MAX);
    shut(threads, &desk);
}

/* A cancelled body must not sleep on until its time is over. */
static void cancelling_ends_a_sleep(void **state)
{
    (void)state;
    struct desk desk;
    struct door door;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    door_open(&door);
    struct attempt *attempt = desk_attempt(&desk, 0, body_sleeps, &door);
    start(threads, attempt);
    door_wait(&door.has_come);
    cancel(threads, attempt);
    desk_expect_end(&desk, attempt, CLOACINA_CANCELLED);
    assert_string_equal(attempt->outcome.message, "task 'charge' was told to stop");
    assert_false(attempt->outcome.is_unstarted);
    cancel(threads, attempt); /* once more, after its end */
    desk_release(attempt);
    shut(threads, &desk);
    door_close(&door);
}

/* Parking gives the slot up and takes it again: two messages, two answers. */
static void a_body_that_parks_asks_for_its_slot_again(void **state)
{
    (void)state;
    struct desk desk;
    atomic_int questions = 0;
    enum attempt_message kind;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    struct executor *executor = threads_executor(threads);
    struct attempt *attempt = desk_attempt(&desk, 0, body_parks, &questions);
    start(threads, attempt);
    assert_ptr_equal(desk_next(&desk, &kind), attempt);
    assert_int_equal(kind, ATTEMPT_DEFERRED);
    assert_int_equal(questions, 0);
    executor->impl->resume(executor, attempt);
    assert_ptr_equal(desk_next(&desk, &kind), attempt);
    assert_int_equal(kind, ATTEMPT_WANTS_SLOT);
    assert_int_equal(questions, 1);
    executor->impl->resume(executor, attempt);
    desk_expect_end(&desk, attempt, CLOACINA_OK);
    desk_release(attempt);
    shut(threads, &desk);
}

/* A runner that has not read `deferred` yet, and cancels, must hear of the end once. */
static void a_cancelled_body_overwrites_what_was_not_read(void **state)
{
    (void)state;
    struct desk desk;
    atomic_int questions = 0;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    struct attempt *attempt = desk_attempt(&desk, 0, body_parks, &questions);
    start(threads, attempt);
    door_wait(&desk.has_mail); /* it is there, and stays unread */
    cancel(threads, attempt);
    while (atomic_load(&attempt->message.kind) != ATTEMPT_FINISHED) {
        (void)sched_yield();
    }
    assert_int_equal(sem_trywait(&desk.has_mail), -1); /* nothing was posted twice */
    (void)sem_post(&desk.has_mail);
    desk_expect_end(&desk, attempt, CLOACINA_CANCELLED);
    desk_release(attempt);
    shut(threads, &desk);
}

/* What was cancelled while it waited for a thread has done nothing, and may be claimed again. */
static void a_body_that_was_cancelled_before_it_began_is_not_called(void **state)
{
    (void)state;
    struct desk desk;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    struct attempt *attempt = desk_attempt(&desk, 0, body_sets_n, NULL);
    atomic_store(&attempt->is_cancelled, true);
    start(threads, attempt);
    desk_expect_end(&desk, attempt, CLOACINA_CANCELLED);
    assert_true(attempt->outcome.is_unstarted);
    desk_release(attempt);
    shut(threads, &desk);
}

static enum cloacina_code body_looks_at_signals(struct cloacina_task *task,
                                                struct cloacina_error *err)
{
    (void)err;
    return pthread_sigmask(SIG_SETMASK, NULL, cloacina_task_user(task)) == 0 ? CLOACINA_OK
                                                                             : CLOACINA_FAILED;
}

/* The program's signals do not disturb a body; a fault of its own reaches the program's handler. */
static void faults_of_a_body_are_heard_and_no_other_signal(void **state)
{
    (void)state;
    struct desk desk;
    sigset_t blocked;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    struct attempt *attempt = desk_attempt(&desk, 0, body_looks_at_signals, &blocked);
    start(threads, attempt);
    desk_expect_end(&desk, attempt, CLOACINA_OK);
    assert_int_equal(sigismember(&blocked, SIGTERM), 1);
    assert_int_equal(sigismember(&blocked, SIGCHLD), 1);
    assert_int_equal(sigismember(&blocked, SIGSEGV), 0);
    assert_int_equal(sigismember(&blocked, SIGABRT), 0);
    desk_release(attempt);
    shut(threads, &desk);
}

/* A machine without threads to spare: the attempt fails, and is not lost. */
static void without_any_thread_the_attempt_fails_as_unavailable(void **state)
{
    (void)state;
    struct desk desk;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    struct attempt *attempt = desk_attempt(&desk, 0, body_sets_n, NULL);
    atomic_store(&threads_are_scarce, true);
    start(threads, attempt);
    atomic_store(&threads_are_scarce, false);
    desk_expect_end(&desk, attempt, CLOACINA_UNAVAILABLE);
    assert_string_equal(attempt->outcome.message, "no thread could be made for it");
    assert_false(attempt->outcome.is_unstarted);
    desk_release(attempt);
    shut(threads, &desk);
}

/* With one thread there, the next body waits for it; stopping then gives back what has not begun. */
static void without_a_further_thread_bodies_wait_for_one(void **state)
{
    (void)state;
    struct desk desk;
    struct door door;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    door_open(&door);
    struct attempt *first = desk_attempt(&desk, 0, body_at_door, &door);
    struct attempt *second = desk_attempt(&desk, 1, body_at_door, &door);
    struct attempt *third = desk_attempt(&desk, 2, body_sets_n, NULL);
    struct attempt *fourth = desk_attempt(&desk, 3, body_sets_n, NULL);
    start(threads, first);
    door_wait(&door.has_come);
    atomic_store(&threads_are_scarce, true);
    start(threads, second);
    start(threads, third);
    (void)sem_post(&door.may_go);
    desk_expect_end(&desk, first, CLOACINA_OK);
    door_wait(&door.has_come); /* the second has the thread of the first */
    threads_stop(threads);
    desk_expect_end(&desk, third, CLOACINA_CANCELLED);
    assert_true(third->outcome.is_unstarted);
    start(threads, fourth);
    desk_expect_end(&desk, fourth, CLOACINA_CANCELLED);
    assert_true(fourth->outcome.is_unstarted);
    (void)sem_post(&door.may_go);
    desk_expect_end(&desk, second, CLOACINA_OK);
    atomic_store(&threads_are_scarce, false);
    for (size_t i = 0; i < 4; i++) {
        desk_release(&desk.attempts[i]);
    }
    shut(threads, &desk);
    door_close(&door);
}

/* A body that never returns must not keep its program from going on. */
static void a_body_that_hangs_is_left_behind_and_cleans_up_when_it_returns(void **state)
{
    (void)state;
    struct desk desk;
    struct door door;
    sem_t gone;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    door_open(&door);
    assert_int_equal(sem_init(&gone, 0, 0), 0);
    struct attempt *quick = desk_attempt(&desk, 1, body_sets_n, NULL);
    start(threads, desk_attempt(&desk, 0, body_at_door, &door));
    start(threads, quick);
    door_wait(&door.has_come);
    desk_expect_end(&desk, quick, CLOACINA_OK); /* never released: it goes with the rest */
    threads_destroy(threads, note_gone, &gone);
    assert_int_equal(sem_trywait(&gone), -1);
    (void)sem_post(&door.may_go);
    door_wait(&gone);
    assert_int_equal(sem_destroy(&gone), 0);
    desk_close(&desk);
    door_close(&door);
}

/* ---- idle threads ---- */

static pthread_key_t at_thread_end;

static void thread_ended(void *user)
{
    (void)sem_post(user);
}

static enum cloacina_code body_marks_its_thread(struct cloacina_task *task,
                                                struct cloacina_error *err)
{
    (void)err;
    (void)pthread_setspecific(at_thread_end, cloacina_task_user(task));
    return CLOACINA_OK;
}

/* Threads that were needed once do not stay for ever. */
static void threads_without_work_end(void **state)
{
    (void)state;
    struct desk desk;
    sem_t ended;
    assert_int_equal(sem_init(&ended, 0, 0), 0);
    assert_int_equal(pthread_key_create(&at_thread_end, thread_ended), 0);
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 1);
    for (size_t i = 0; i < 3; i++) {
        struct attempt *attempt = desk_attempt(&desk, i, body_marks_its_thread, &ended);
        start(threads, attempt);
        desk_expect_end(&desk, attempt, CLOACINA_OK);
        desk_release(attempt);
        door_wait(&ended);
    }
    shut(threads, &desk);
    assert_int_equal(pthread_key_delete(at_thread_end), 0);
    assert_int_equal(sem_destroy(&ended), 0);
}

/* ---- what a body is given ---- */

static enum cloacina_code apply(void *argument, struct cloacina_error *err)
{
    (void)err;
    *(int *)argument += 1;
    return CLOACINA_OK;
}

static enum cloacina_code body_asks(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t before = cloacina_clock_realtime(cloacina_clock_system());
    struct cloacina_effect effect = {
        .name = "count", .apply = apply, .argument = cloacina_task_user(task)};
    uint64_t seen = 0;
    for (int i = 0; i < 64; i++) {
        seen |= cloacina_task_random(task, 256);
    }
    assert_int_equal(seen, 255); /* of 64 numbers, all alike would be no randomness */
    assert_true(cloacina_task_now(task) >= before);
    assert_int_equal(cloacina_task_sleep_ms(task, 0, err), CLOACINA_OK);
    return cloacina_task_effect(task, &effect, err);
}

/* In production an effect is a call, time is the system's, and chance is chance. */
static void a_body_gets_real_time_real_chance_and_its_effects_done(void **state)
{
    (void)state;
    struct desk desk;
    int effects = 0;
    struct threads *threads = open_with(&desk, cloacina_heap_system(), 0);
    struct attempt *attempt = desk_attempt(&desk, 0, body_asks, &effects);
    start(threads, attempt);
    desk_expect_end(&desk, attempt, CLOACINA_OK);
    assert_int_equal(effects, 1);
    desk_release(attempt);
    shut(threads, &desk);
}

/* Whatever allocation fails, the attempt comes back. */
static void without_memory_the_attempt_comes_back_all_the_same(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct desk desk;
        enum attempt_message kind;
        failing_heap_init(&heap, n);
        struct threads *threads = open_with(&desk, &heap.heap, 0);
        if (threads == NULL) {
            desk_close(&desk);
            continue;
        }
        struct attempt *attempt = desk_attempt(&desk, 0, body_sets_n, NULL);
        start(threads, attempt);
        assert_ptr_equal(desk_next(&desk, &kind), attempt);
        assert_int_equal(kind, ATTEMPT_FINISHED);
        if (attempt->release == NULL) { /* there was no job for it */
            assert_int_equal(attempt->outcome.code, CLOACINA_NO_MEMORY);
            cancel(threads, attempt);
        }
        desk_release(attempt);
        shut(threads, &desk);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_runs_on_a_thread_and_its_delta_comes_back),
        cmocka_unit_test(bodies_that_do_not_return_hold_up_nobody),
        cmocka_unit_test(a_burst_is_done_whole),
        cmocka_unit_test(cancelling_ends_a_sleep),
        cmocka_unit_test(a_body_that_parks_asks_for_its_slot_again),
        cmocka_unit_test(a_cancelled_body_overwrites_what_was_not_read),
        cmocka_unit_test(a_body_that_was_cancelled_before_it_began_is_not_called),
        cmocka_unit_test(faults_of_a_body_are_heard_and_no_other_signal),
        cmocka_unit_test(without_any_thread_the_attempt_fails_as_unavailable),
        cmocka_unit_test(without_a_further_thread_bodies_wait_for_one),
        cmocka_unit_test(a_body_that_hangs_is_left_behind_and_cleans_up_when_it_returns),
        cmocka_unit_test(threads_without_work_end),
        cmocka_unit_test(a_body_gets_real_time_real_chance_and_its_effects_done),
        cmocka_unit_test(without_memory_the_attempt_comes_back_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
