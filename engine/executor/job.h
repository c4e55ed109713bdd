/* SPDX-License-Identifier: Apache-2.0 */
/* job.h - an attempt on a real thread: what the executors of production have in common.
 *
 *   start --> job_take --> (a queue) --> job_run: the body, its waits, its post --> release
 *                                           ^
 *             cancel, resume ---------------+  through the job's gate
 *
 * Law: a job is the body's until `finished` is posted; from that instant it may be released, and
 * nobody but the runner's thread looks at it. */
#ifndef EXECUTOR_JOB_H
#define EXECUTOR_JOB_H

#include <cloacina/log.h>

#include "base/random.h"
#include "clock/gate.h"
#include "executor/executor.h"

struct jobs;

struct job {
    struct body_environment environment; /* first */
    struct jobs *jobs;                   /* Borrowed */
    struct gate gate;
    struct cloacina_task *handle;  /* Owned: what the outcome borrows, until the release */
    struct job *next;              /* in a queue, or in the free list */
    uint32_t draws;                /* random numbers that the body has asked for */
    bool is_resumed, is_cancelled; /* with the gate locked */
    /* Set by whoever runs it; NULL: its thread just waits. Else called, without the gate, until what
     * the body waits for has come: does what else this thread has to do, up to `deadline`. */
    void (*meanwhile)(void *user, int64_t deadline);
    void *user;
};

/* Where jobs come from. Everything Borrowed outlives it. Fields private. */
struct jobs {
    struct cloacina_heap *heap;
    struct cloacina_clock *clock;
    struct random *random; /* thread-safe */
    struct cloacina_log *log;
    struct gate lock; /* of what follows */
    struct job **slabs;
    size_t slab_count, slab_capacity;
    struct job *free;
};

void jobs_init(struct jobs *jobs, struct cloacina_heap *heap, struct cloacina_clock *clock,
               struct random *random, struct cloacina_log *log);

/* Also frees what attempts borrow that were never released. No body may run any more, and the
 * attempts must still be there. */
void jobs_finish(struct jobs *jobs);

/* A job for an attempt that starts. NULL: no memory; then the attempt was posted as finished with
 * that. */
struct job *job_take(struct jobs *jobs, struct attempt *attempt) MUST_CHECK;

/* Calls the body, unless the attempt was cancelled before. */
void job_run(struct job *job);

/* Posts `finished` for a body that has returned. From now on the job is gone. */
void job_finish(struct job *job);

/* Posts `finished` in place of running it. CANCELLED: the claim is handed back; any other `code`: the
 * attempt has failed. `message` is static. */
void job_refuse(struct job *job, enum cloacina_code code, const char *message);

/* For struct executor_impl. */
void job_cancel(struct executor *executor, struct attempt *attempt);
void job_resume(struct executor *executor, struct attempt *attempt);

#endif
