/* SPDX-License-Identifier: Apache-2.0 */
/* coroutine.h - functions that can stop in the middle: what lets engine code and task bodies be
 * ordinary blocking code in a world that has one thread.
 *
 *   thread ----resume(a)----> a ----resume(b)----> b      resume returns when the other yields
 *          <----yield()------   <----yield()------        or returns
 *
 * A coroutine has a stack of its own with an unmapped guard below it, and stays on the thread that
 * resumed it first. Its stack is never thrown away half used: it ends by returning. A stopped one
 * can be looked at in a debugger, and valgrind and the sanitizers are told of every switch. */
#ifndef SIMULATOR_COROUTINE_H
#define SIMULATOR_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cloacina/error.h>

#include "base/compiler.h"

/* What a body may use, less a few hundred bytes at the top. The guard is larger than a page, so
 * that a function with a large array cannot step over it. */
enum { COROUTINE_STACK_SIZE = 256 * 1024, COROUTINE_GUARD_SIZE = 64 * 1024 };

struct coroutine;

/* Stacks, used again in LIFO order while they are warm. Owned by the caller, fields private except
 * the counts and `scribble`, which may be set after the init; used by one thread at a time. */
struct coroutine_pool {
    /* Not 0: every coroutine begins on a stack full of this byte, at another place than with
     * another byte. It costs a quarter of a megabyte each time. */
    uint8_t scribble;
    struct coroutine *all;  /* Owned: every stack ever mapped */
    struct coroutine *free; /* those of them that nobody uses */
    size_t mapped_count;
    size_t used_count;
};

/* Maps nothing. */
void coroutine_pool_init(struct coroutine_pool *pool);

/* Unmaps everything. Every coroutine must have been destroyed. */
void coroutine_pool_finish(struct coroutine_pool *pool);

/* Makes a coroutine that will call entry(argument) when it is resumed. `name` ("task 'extract'") is
 * Borrowed until it is destroyed and starts the message when the stack is overrun. NO_MEMORY: no
 * stack could be mapped. */
enum cloacina_code coroutine_create(struct coroutine_pool *pool, const char *name,
                                    void (*entry)(void *), void *argument,
                                    struct coroutine **ret_coroutine,
                                    struct cloacina_error *err) MUST_CHECK;

/* Gives the stack back to the pool. The coroutine has never been resumed, or has returned. NULL is
 * allowed. */
void coroutine_destroy(struct coroutine *coroutine);

/* Runs it until it yields (true) or returns (false; then only coroutine_destroy is left). It must
 * not be running, nor be waiting for one that it resumed itself. */
bool coroutine_resume(struct coroutine *coroutine);

/* Goes back to whoever resumed this coroutine; returns with the next resume. Only inside of one. */
void coroutine_yield(void);

/* The coroutine that this code runs in; NULL on a thread's own stack. */
struct coroutine *coroutine_current(void);

const char *coroutine_name(const struct coroutine *coroutine);

/* Whether `address` lies in the guard below its stack. Safe in a signal handler. */
bool coroutine_guards(const struct coroutine *coroutine, const void *address);

#endif
