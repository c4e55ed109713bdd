/* SPDX-License-Identifier: Apache-2.0 */
/* test_inbox.c - many threads post, one drains. */
#include "support.h"

#include <pthread.h>

#include "base/compiler.h"
#include "base/inbox.h"

static void count_wake(void *user)
{
    atomic_fetch_add((atomic_int *)user, 1);
}

/* What happened first is handled first, or a body's end would overtake its beginning. */
static void messages_come_out_in_the_order_in_which_they_went_in(void **state)
{
    (void)state;
    atomic_int wakes = 0;
    struct inbox inbox;
    struct inbox_message messages[3] = {{.kind = 1}, {.kind = 2}, {.kind = 3}};
    inbox_init(&inbox, count_wake, &wakes);
    assert_null(inbox_drain(&inbox));
    for (size_t i = 0; i < ARRAY_COUNT(messages); i++) {
        inbox_post(&inbox, &messages[i]);
    }
    struct inbox_message *message = inbox_drain(&inbox);
    for (uint32_t kind = 1; kind <= 3; kind++) {
        assert_int_equal(message->kind, kind);
        message = message->next;
    }
    assert_null(message);
    assert_null(inbox_drain(&inbox));
}

/* A wake-up costs a system call; one is enough for all that arrives before the reader looks. */
static void only_the_first_message_into_an_empty_inbox_wakes_the_reader(void **state)
{
    (void)state;
    atomic_int wakes = 0;
    struct inbox inbox;
    struct inbox_message messages[3] = {{0}};
    inbox_init(&inbox, count_wake, &wakes);
    inbox_post(&inbox, &messages[0]);
    inbox_post(&inbox, &messages[1]);
    assert_int_equal(wakes, 1);
    (void)inbox_drain(&inbox);
    inbox_post(&inbox, &messages[2]);
    assert_int_equal(wakes, 2);
}

enum { POSTERS = 4, POSTS = 5000 };

struct poster {
    struct inbox *inbox;
    struct inbox_message messages[POSTS];
};

static void *post_all(void *argument)
{
    struct poster *poster = argument;
    for (uint32_t i = 0; i < POSTS; i++) {
        inbox_post(poster->inbox, &poster->messages[i]);
    }
    return NULL;
}

/* Executor threads end bodies at the same instant: nothing is lost, and each thread's own order is
 * kept. */
static void no_message_of_many_threads_is_lost_or_overtaken(void **state)
{
    (void)state;
    static struct poster posters[POSTERS];
    atomic_int wakes = 0;
    struct inbox inbox;
    pthread_t threads[POSTERS];
    uint32_t seen[POSTERS] = {0};
    inbox_init(&inbox, count_wake, &wakes);
    for (uint32_t p = 0; p < POSTERS; p++) {
        posters[p].inbox = &inbox;
        for (uint32_t i = 0; i < POSTS; i++) {
            posters[p].messages[i].kind = p * POSTS + i;
        }
        assert_int_equal(pthread_create(&threads[p], NULL, post_all, &posters[p]), 0);
    }
    for (uint32_t count = 0; count < POSTERS * POSTS;) {
        for (const struct inbox_message *m = inbox_drain(&inbox); m != NULL; m = m->next) {
            assert_int_equal(m->kind % POSTS, seen[m->kind / POSTS]++);
            count++;
        }
    }
    for (size_t p = 0; p < POSTERS; p++) {
        assert_int_equal(pthread_join(threads[p], NULL), 0);
    }
    assert_in_range(wakes, 1, POSTERS * POSTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_in_the_order_in_which_they_went_in),
        cmocka_unit_test(only_the_first_message_into_an_empty_inbox_wakes_the_reader),
        cmocka_unit_test(no_message_of_many_threads_is_lost_or_overtaken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
