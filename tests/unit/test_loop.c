/* SPDX-License-Identifier: Apache-2.0 */
/* test_loop.c - what a runner sleeps on: no wake is lost, and none is written for nothing. */
#include "support.h"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/instant.h"
#include "production/loop.h"

static bool is_readable(int descriptor)
{
    struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
    return poll(&wanted, 1, 0) == 1;
}

/* A post while the runner steps must make it step again. */
static void a_wake_during_a_step_is_not_lost_and_not_written(void **state)
{
    (void)state;
    struct loop loop;
    assert_int_equal(loop_open(&loop, NULL), CLOACINA_OK);
    loop_begin(&loop);
    loop_wake(&loop);
    loop_wake(&loop);
    assert_false(is_readable(loop.epoll));
    assert_false(loop_may_sleep(&loop));
    loop_begin(&loop);
    assert_true(loop_may_sleep(&loop));
    loop_close(&loop);
}

/* A sleeper is woken by one write, which the wait takes away. */
static void a_wake_of_a_sleeper_is_readable_until_it_was_waited_for(void **state)
{
    (void)state;
    struct loop loop;
    bool has_hints;
    assert_int_equal(loop_open(&loop, NULL), CLOACINA_OK);
    loop_begin(&loop);
    assert_true(loop_may_sleep(&loop));
    loop_wake(&loop);
    loop_wake(&loop);
    assert_true(is_readable(loop.epoll));
    loop_wait(&loop, INSTANT_NEVER, &has_hints);
    assert_false(has_hints);
    assert_false(is_readable(loop.epoll));
    loop_wait(&loop, 0, &has_hints);
    loop_wait(&loop, 1, &has_hints); /* long ago */
    loop_close(&loop);
    loop_wake(&loop); /* a body that returns late */
}

/* A store may reconnect at any time: its descriptor changes, and may even be another one of the same
 * number. */
static void the_descriptor_of_the_store_may_change(void **state)
{
    (void)state;
    struct loop loop;
    int first[2], second[2];
    bool has_hints;
    assert_int_equal(loop_open(&loop, NULL), CLOACINA_OK);
    assert_int_equal(pipe(first), 0);
    assert_int_equal(pipe(second), 0);
    loop_watch(&loop, -1);
    loop_watch(&loop, first[0]);
    loop_watch(&loop, first[0]);
    assert_int_equal(write(first[1], "x", 1), 1);
    loop_wait(&loop, INSTANT_NEVER, &has_hints);
    assert_true(has_hints);
    loop_watch(&loop, second[0]);
    loop_wait(&loop, 0, &has_hints);
    assert_false(has_hints);
    assert_int_equal(dup2(first[0], second[0]), second[0]); /* closed, and opened anew */
    loop_watch(&loop, second[0]);
    loop_wait(&loop, INSTANT_NEVER, &has_hints);
    assert_true(has_hints);
    loop_watch(&loop, -1);
    assert_false(is_readable(loop.epoll));
    loop_close(&loop);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(close(first[i]), 0);
        assert_int_equal(close(second[i]), 0);
    }
}

/* Bodies that wait for the host keep it awake, one by one. */
static void waiting_bodies_keep_the_descriptor_readable(void **state)
{
    (void)state;
    struct loop loop;
    assert_int_equal(loop_open(&loop, NULL), CLOACINA_OK);
    loop_watch_bodies(&loop);
    loop_body_add(&loop);
    loop_body_add(&loop);
    loop_body_take(&loop);
    assert_true(is_readable(loop.epoll));
    assert_true(is_readable(loop.bodies));
    loop_body_take(&loop);
    loop_body_take(&loop);
    assert_false(is_readable(loop.epoll));
    loop_close(&loop);
}

/* A process may be out of descriptors. */
static void without_descriptors_nothing_is_opened(void **state)
{
    (void)state;
    struct loop loop;
    struct cloacina_error err;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int next = dup(STDERR_FILENO);
    assert_int_equal(close(next), 0);
    for (int more = 0; more < 3; more++) {
        struct rlimit tight = {.rlim_cur = (rlim_t)(next + more), .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
        enum cloacina_code code = loop_open(&loop, &err);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(code, CLOACINA_IO);
        assert_non_null(strstr(err.message, "no descriptor to wait for"));
        assert_int_equal(loop.epoll, -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wake_during_a_step_is_not_lost_and_not_written),
        cmocka_unit_test(a_wake_of_a_sleeper_is_readable_until_it_was_waited_for),
        cmocka_unit_test(the_descriptor_of_the_store_may_change),
        cmocka_unit_test(waiting_bodies_keep_the_descriptor_readable),
        cmocka_unit_test(without_descriptors_nothing_is_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
