/* SPDX-License-Identifier: Apache-2.0 */
/* runner_api_scene.h - a runner of production with bodies that wait for doors of the test.
 *
 * Nothing here waits for a time: what a body has to wait for is a semaphore, what the test has to wait
 * for is a handle. */
#ifndef TESTS_UNIT_RUNNER_API_SCENE_H
#define TESTS_UNIT_RUNNER_API_SCENE_H

#include "support.h"

#include <cloacina/clock.h>
#include <cloacina/runner.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        enum cloacina_code assert_ok_code = (call);                                                \
        if (assert_ok_code != CLOACINA_OK) {                                                       \
            fail_msg("%s: %s: %s", #call, cloacina_code_name(assert_ok_code), err.message);        \
        }                                                                                          \
    } while (0)

static struct cloacina_error err;

/* ---- doors: a body comes, and goes when it may ---- */

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

static inline void pass(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
    }
}

/* ---- a runner ---- */

static inline struct cloacina_runner *
runner_with(const struct cloacina_workflow_definition *workflow,
            struct cloacina_runner_options options)
{
    struct cloacina_runner *runner;
    const struct cloacina_workflow_definition *const workflows[] = {workflow, NULL};
    options.workflows = workflows;
    assert_ok(cloacina_runner_start(&options, &runner, &err));
    return runner;
}

static inline struct cloacina_execution *started(struct cloacina_runner *runner,
                                                 const char *workflow)
{
    struct cloacina_execution *execution;
    assert_ok(cloacina_runner_execute_async(runner, workflow, NULL, &execution, &err));
    return execution;
}

static inline void waited(struct cloacina_execution *execution,
                          enum cloacina_execution_status status)
{
    assert_ok(cloacina_execution_wait(execution, -1, &err));
    assert_string_equal(cloacina_execution_status_name(cloacina_execution_look(execution)->status),
                        cloacina_execution_status_name(status));
    cloacina_execution_destroy(execution);
}

static inline void shut(struct cloacina_runner *runner)
{
    assert_ok(cloacina_runner_shutdown(runner, -1, &err));
    cloacina_runner_destroy(runner);
}

/* Figures are told after a step: those of a later one have all that was answered before. */
static inline struct cloacina_runner_figures figures_of(struct cloacina_runner *runner)
{
    struct cloacina_runner_figures figures;
    struct cloacina_listing *listing;
    assert_ok(cloacina_runner_list(runner, NULL, &listing, &err));
    cloacina_listing_destroy(listing);
    cloacina_runner_look(runner, &figures);
    return figures;
}

/* ---- a heap for many threads that knows what is still out ---- */

struct counting_heap {
    struct cloacina_heap heap; /* first */
    _Atomic(size_t) outstanding;
};

static inline void *counting_resize(struct cloacina_heap *heap, void *old, size_t old_size,
                                    size_t new_size)
{
    struct counting_heap *counting = (struct counting_heap *)heap;
    void *block =
        cloacina_heap_system()->impl->resize(cloacina_heap_system(), old, old_size, new_size);
    if (block != NULL || new_size == 0) {
        atomic_fetch_add(&counting->outstanding, new_size - old_size);
    }
    return block;
}

static inline void counting_heap_init(struct counting_heap *heap)
{
    static const struct cloacina_heap_impl impl = {.resize = counting_resize};
    heap->heap.impl = &impl;
    atomic_store(&heap->outstanding, 0);
}

/* ---- a log that the test reads ---- */

struct heard {
    struct cloacina_log log; /* first */
    sem_t lines;
    _Atomic(int) count;
    char last[CLOACINA_ERROR_MESSAGE_SIZE];
};

static inline void heard_write(struct cloacina_log *log, enum cloacina_log_level level,
                               const char *line)
{
    struct heard *heard = (struct heard *)log;
    (void)level;
    (void)snprintf(heard->last, sizeof(heard->last), "%s", line);
    atomic_fetch_add(&heard->count, 1);
    (void)sem_post(&heard->lines);
}

static inline void heard_open(struct heard *heard, enum cloacina_log_level level)
{
    static const struct cloacina_log_impl impl = {.write = heard_write};
    memset(heard, 0, sizeof(*heard));
    heard->log = (struct cloacina_log){.impl = &impl, .level = level};
    assert_int_equal(sem_init(&heard->lines, 0, 0), 0);
}

#endif
