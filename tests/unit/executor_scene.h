/* SPDX-License-Identifier: Apache-2.0 */
/* executor_scene.h - an executor without a runner: attempts made by hand, and a desk where they report.
 *
 *   desk_open(&desk, &heap); struct attempt *a = desk_attempt(&desk, 0, body, user);
 *   executor->impl->start(executor, a);
 *   assert_ptr_equal(desk_next(&desk), a);        waits for the next message
 *   desk_release(a); desk_close(&desk);
 *
 * Nothing here waits for a time: bodies wait for semaphores that the test holds. */
#ifndef TESTS_UNIT_EXECUTOR_SCENE_H
#define TESTS_UNIT_EXECUTOR_SCENE_H

#include "execution_scene.h"

#include <semaphore.h>

#include "executor/executor.h"

enum { DESK_ATTEMPTS_MAX = 64 };

struct desk {
    struct inbox inbox;
    sem_t has_mail;
    struct inbox_message *mail; /* drained and not handed out */
    struct cloacina_workflow *workflow;
    struct arena arena;
    const struct view *input;
    struct attempt attempts[DESK_ATTEMPTS_MAX];
    struct random_seeded random;
};

static inline void desk_woken(void *user)
{
    struct desk *desk = user;
    assert_int_equal(sem_post(&desk->has_mail), 0);
}

static inline void desk_open(struct desk *desk)
{
    const struct value *context;
    memset(desk, 0, sizeof(*desk));
    assert_int_equal(sem_init(&desk->has_mail, 0, 0), 0);
    inbox_init(&desk->inbox, desk_woken, desk);
    desk->workflow = scene_workflow("charge", NULL, 0);
    arena_init(&desk->arena, NULL);
    assert_int_equal(value_read(&desk->arena, TEXT_LITERAL("{\"n\":1}"), &context, NULL),
                     CLOACINA_OK);
    desk->input = view_initial(&desk->arena, context);
    random_seeded_init(&desk->random, 1);
}

static inline void desk_close(struct desk *desk)
{
    arena_finish(&desk->arena);
    cloacina_workflow_unref(desk->workflow);
    assert_int_equal(sem_destroy(&desk->has_mail), 0);
}

static inline struct attempt *desk_attempt(struct desk *desk, size_t number,
                                           enum cloacina_code (*body)(struct cloacina_task *,
                                                                      struct cloacina_error *),
                                           void *user)
{
    struct attempt *attempt = &desk->attempts[number];
    const struct workflow *workflow = desk->workflow->definition;
    attempt->workflow = workflow;
    attempt->task = &workflow->tasks[0];
    attempt->body = body;
    attempt->user = user;
    attempt->input = desk->input;
    attempt->execution = (struct id){1, number};
    attempt->claim = (struct stamp){3, 4};
    attempt->number = 1;
    attempt->inbox = &desk->inbox;
    attempt->clock = cloacina_clock_system();
    return attempt;
}

/* The next attempt that reports; `*ret_kind` is what it says. Waits for it. */
static inline struct attempt *desk_next(struct desk *desk, enum attempt_message *ret_kind)
{
    while (desk->mail == NULL) {
        while (sem_wait(&desk->has_mail) != 0) {
        }
        desk->mail = inbox_drain(&desk->inbox);
    }
    struct inbox_message *message = desk->mail;
    desk->mail = message->next;
    *ret_kind = (enum attempt_message)atomic_exchange(&message->kind, 0);
    return (struct attempt *)message;
}

/* The next report is that this one has finished, with that code. */
static inline void desk_expect_end(struct desk *desk, struct attempt *attempt,
                                   enum cloacina_code code)
{
    enum attempt_message kind;
    assert_ptr_equal(desk_next(desk, &kind), attempt);
    assert_int_equal(kind, ATTEMPT_FINISHED);
    assert_int_equal(attempt->outcome.code, code);
}

static inline void desk_release(struct attempt *attempt)
{
    if (attempt->release != NULL) {
        attempt->release(attempt);
    }
}

/* ---- bodies ---- */

/* A semaphore pair that a body and the test hand each other. */
struct door {
    sem_t has_come, may_go;
};

static inline void door_open(struct door *door)
{
    assert_int_equal(sem_init(&door->has_come, 0, 0), 0);
    assert_int_equal(sem_init(&door->may_go, 0, 0), 0);
}

static inline void door_close(struct door *door)
{
    assert_int_equal(sem_destroy(&door->has_come), 0);
    assert_int_equal(sem_destroy(&door->may_go), 0);
}

static inline void door_wait(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
    }
}

/* Says that it is there, and does not return before it may, whatever it is told. */
static inline enum cloacina_code body_at_door(struct cloacina_task *task,
                                              struct cloacina_error *err)
{
    struct door *door = cloacina_task_user(task);
    (void)err;
    (void)sem_post(&door->has_come);
    door_wait(&door->may_go);
    return CLOACINA_OK;
}

static inline enum cloacina_code body_sets_n(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "n", 2, err);
}

/* Sleeps until it is told to stop; `user` is a door, or NULL. */
static inline enum cloacina_code body_sleeps(struct cloacina_task *task, struct cloacina_error *err)
{
    struct door *door = cloacina_task_user(task);
    if (door != NULL) {
        (void)sem_post(&door->has_come);
    }
    return cloacina_task_sleep_ms(task, INT64_MAX, err);
}

static inline int condition_holds(void *user)
{
    atomic_int *questions = user;
    atomic_fetch_add(questions, 1);
    return 1;
}

/* Parks until its condition was asked once. */
static inline enum cloacina_code body_parks(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_defer_until(task, condition_holds, cloacina_task_user(task), 1, err);
}

#endif
