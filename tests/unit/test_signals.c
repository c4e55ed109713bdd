/* SPDX-License-Identifier: Apache-2.0 */
/* test_signals.c - signals are waited for, and never run anything behind anybody's back. */
#include "support.h"

#include <semaphore.h>
#include <unistd.h>

#include "cloacinactl/signals.h"

/* Why: a process that drains must see the first one and not die of it. */
static void a_signal_ends_the_wait_and_not_the_process(void **state)
{
    (void)state;
    struct signals signals;
    signals_block(&signals);
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    signals_wait(&signals);
    assert_int_equal(kill(getpid(), SIGINT), 0);
    signals_wait(&signals);
    signals_unblock(&signals);
}

/* Why: timeout(1) signals its child twice, and means it once. */
static void an_echo_is_not_counted(void **state)
{
    (void)state;
    struct signals signals;
    signals_block(&signals);
    assert_int_equal(kill(getpid(), SIGINT), 0);
    signals_wait(&signals);
    assert_int_equal(signals.last.si_signo, SIGINT);
    assert_int_equal(kill(getpid(), SIGINT), 0);
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    signals.last_at = INT64_MAX / 2; /* however long this test was held up */
    signals_wait(&signals);
    assert_int_equal(signals.last.si_signo, SIGTERM);
    signals_unblock(&signals);
}

static void note(void *user)
{
    assert_int_equal(sem_post(user), 0);
}

/* Why: the second one must be heard while the program is busy with the first. */
static void further_signals_call_on_a_thread_of_their_own(void **state)
{
    (void)state;
    struct signals signals;
    struct cloacina_error err;
    sem_t arrived;
    int count;
    assert_int_equal(sem_init(&arrived, 0, 0), 0);
    signals_block(&signals);
    assert_int_equal(signals_watch(&signals, note, &arrived, &err), CLOACINA_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(kill(getpid(), i == 0 ? SIGTERM : SIGINT), 0);
        assert_int_equal(sem_wait(&arrived), 0);
    }
    signals_unblock(&signals);
    assert_int_equal(sem_getvalue(&arrived, &count), 0);
    assert_int_equal(count, 0);
    sem_destroy(&arrived);
}

/* Why: a library user's own handling must be as it was. */
static void afterwards_the_mask_is_as_before(void **state)
{
    (void)state;
    struct signals signals;
    sigset_t before;
    sigset_t after;
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &before), 0);
    signals_block(&signals);
    signals_unblock(&signals);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &after), 0);
    assert_int_equal(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
    assert_int_equal(sigismember(&after, SIGINT), sigismember(&before, SIGINT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_ends_the_wait_and_not_the_process),
        cmocka_unit_test(an_echo_is_not_counted),
        cmocka_unit_test(further_signals_call_on_a_thread_of_their_own),
        cmocka_unit_test(afterwards_the_mask_is_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
