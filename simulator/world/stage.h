/* SPDX-License-Identifier: Apache-2.0 */
/* stage.h - where the code of a body runs: a coroutine, and the world as its handle sees it.
 *
 *   cloacina_task_sleep_ms --> handle --> environment --> plan an event, yield
 *   the event fires -----------------------------------> resume, answer
 *
 * Law: every call of a body counts (I-26). When the world has stopped, a body stays in its call;
 * when the world ends, each call gives up the processor once and answers CRASHED. */
#ifndef SIMULATOR_STAGE_H
#define SIMULATOR_STAGE_H

#include <cloacina/workflow.h>

#include "world/body.h"
#include "checker/checker.h"

enum { STAGE_NAME_SIZE = CLOACINA_NAME_LENGTH_MAX + sizeof("task ''") };

struct stub;

struct stage {
    struct body_environment environment; /* first: what the handle sees */
    struct body *body;                   /* Borrowed; NULL: free */
    struct coroutine *coroutine;         /* Owned; NULL: no code is running */
    struct cloacina_task *handle;        /* Owned: has the outcome */
    const struct stub *stub;             /* Borrowed: in place of the code; NULL: the code */
    enum cloacina_code answer;           /* of the call that the code waits in */
    struct checkers_spin spin;
    bool is_abandoned;          /* it did not return when its process died: never run again */
    struct stage *next;         /* in the list of all */
    struct stage *free_next;    /* in the free list */
    char name[STAGE_NAME_SIZE]; /* "task 'price'" */
};

/* Gives the body a place for its code. False: no memory. */
bool stage_take(struct body *body) MUST_CHECK;
void stage_give(struct bodies *bodies, struct stage *stage);

/* Runs the code until it waits or returns; then tells body_returned. */
void stage_begin(struct stage *stage);
void stage_go_on(struct stage *stage);

/* Sets the keys of the stub in place of running the code. It never waits. */
void stage_play_stub(struct stage *stage);

/* Its world is ending, or its process is dead: goes on until the code has returned. False: it did
 * not within BODY_CRASHED_CALLS_MAX calls, and is given up. */
bool stage_end(struct stage *stage);

/* ---- for effect.c ---- */

/* Does what cloacina_task_effect promises, in the body's coroutine. */
enum cloacina_code stage_effect(struct stage *stage, const struct cloacina_effect *effect,
                                struct cloacina_error *err) MUST_CHECK;

/* Until the body's event fires, which is planned already or will be by resume or cancel. */
enum cloacina_code stage_wait(struct stage *stage, struct cloacina_error *err) MUST_CHECK;

/* The process dies here, and this call is the first to learn it: CRASHED. */
enum cloacina_code stage_die(const struct stage *stage, int64_t restart_after_ns, const char *where,
                             struct cloacina_error *err) MUST_CHECK;

#endif
