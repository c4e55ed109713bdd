/* SPDX-License-Identifier: Apache-2.0 */
/* threads.c - workers, the queue in front of them, and their ends.
 *
 * Laws: the lock guards everything but the bodies, and nobody waits while holding it. A worker is
 * joined by the one that ends after it, or by threads_destroy; only one that is left behind is
 * detached. */
#include "executor/threads.h"

#include <pthread.h>

#include "base/compiler.h"
#include "base/instant.h"
#include "executor/job.h"

#define IDLE_DEFAULT_NS (10 * NANOSECONDS_PER_SECOND)

struct worker {
    struct threads *threads;
    struct worker *previous, *next; /* of all */
    struct worker *above, *below;   /* of the idle ones */
    struct worker *ended_before;    /* to be joined by this one */
    struct gate gate;               /* of is_called; locked after the lock of `threads` */
    pthread_t thread;
    bool is_called; /* leave the idle ones: there is work, or it is over */
    bool is_coming; /* called to the queue, and not there yet */
    bool is_left;   /* nobody joins it */
    atomic_bool is_in_body;
};

struct threads {
    struct executor executor; /* first */
    struct cloacina_heap *heap;
    struct cloacina_clock *clock;
    int64_t idle_ns;
    struct jobs jobs;
    struct gate lock; /* of what follows */
    struct job *queue, *queue_last;
    struct worker *all;
    struct worker *idle;  /* the one that worked last on top */
    struct worker *ended; /* the last one to end of idleness, and through it all before */
    size_t count;
    size_t left; /* whoever has to be gone before this is freed */
    bool is_coming;
    bool is_stopped; /* no body begins */
    bool is_closed;
    void (*gone)(void *user);
    void *user;
};

/* ---- lists ---- */

static void all_add(struct threads *threads, struct worker *worker)
{
    worker->next = threads->all;
    if (threads->all != NULL) {
        threads->all->previous = worker;
    }
    threads->all = worker;
    threads->count++;
}

static void all_remove(struct threads *threads, struct worker *worker)
{
    if (worker->previous != NULL) {
        worker->previous->next = worker->next;
    } else {
        threads->all = worker->next;
    }
    if (worker->next != NULL) {
        worker->next->previous = worker->previous;
    }
    threads->count--;
}

static void idle_add(struct threads *threads, struct worker *worker)
{
    worker->above = NULL;
    worker->below = threads->idle;
    if (threads->idle != NULL) {
        threads->idle->above = worker;
    }
    threads->idle = worker;
}

static void idle_remove(struct threads *threads, struct worker *worker)
{
    if (worker->above != NULL) {
        worker->above->below = worker->below;
    } else {
        threads->idle = worker->below;
    }
    if (worker->below != NULL) {
        worker->below->above = worker->above;
    }
}

static void queue_add(struct threads *threads, struct job *job)
{
    if (threads->queue != NULL) {
        threads->queue_last->next = job;
    } else {
        threads->queue = job;
    }
    threads->queue_last = job;
}

static struct job *queue_take(struct threads *threads)
{
    struct job *job = threads->queue;
    if (job != NULL) {
        threads->queue = job->next;
    }
    return job;
}

/* ---- calling workers; all with the lock held ---- */

static void *worker_main(void *user);

static void call(struct worker *worker)
{
    gate_lock(&worker->gate);
    worker->is_called = true;
    gate_signal(&worker->gate);
    gate_unlock(&worker->gate);
}

void threads_block_signals(sigset_t *ret_before)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t others;
    (void)sigfillset(&others);
    for (size_t i = 0; i < ARRAY_COUNT(faults); i++) {
        (void)sigdelset(&others, faults[i]);
    }
    (void)pthread_sigmask(SIG_SETMASK, &others, ret_before);
}

/* The new thread inherits what is blocked. */
static bool thread_begin(struct worker *worker)
{
    pthread_attr_t attributes;
    sigset_t before;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    threads_block_signals(&before);
    bool has_begun = pthread_attr_setstacksize(&attributes, THREADS_STACK_SIZE) == 0 &&
                     pthread_create(&worker->thread, &attributes, worker_main, worker) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return has_begun;
}

static struct worker *worker_create(struct threads *threads)
{
    struct worker *worker = heap_take_zeroed(threads->heap, 1, sizeof(*worker));
    if (worker == NULL) {
        return NULL;
    }
    worker->threads = threads;
    worker->is_coming = true;
    gate_init(&worker->gate);
    if (!thread_begin(worker)) {
        gate_finish(&worker->gate);
        heap_give(threads->heap, worker, sizeof(*worker));
        return NULL;
    }
    all_add(threads, worker);
    return worker;
}

static void worker_free(struct worker *worker)
{
    gate_finish(&worker->gate);
    heap_give(worker->threads->heap, worker, sizeof(*worker));
}

static void worker_join(struct worker *worker)
{
    (void)pthread_join(worker->thread, NULL);
    worker_free(worker);
}

/* Sees to it that somebody is on the way to the queue if there is something in it. Where no worker can
 * be made, those that are there come by when their bodies have returned. */
static void summon(struct threads *threads)
{
    if (threads->queue == NULL || threads->is_coming) {
        return;
    }
    struct worker *worker = threads->idle;
    if (worker != NULL) {
        idle_remove(threads, worker);
        worker->is_coming = true;
        call(worker);
    } else {
        worker = worker_create(threads);
    }
    threads->is_coming = worker != NULL;
    while (threads->count == 0 && threads->queue != NULL) {
        job_refuse(queue_take(threads), CLOACINA_UNAVAILABLE, "no thread could be made for it");
    }
}

/* ---- a worker's life; with the lock held, but while it waits or works ---- */

static void arrive(struct worker *worker)
{
    if (worker->is_coming) {
        worker->is_coming = false;
        worker->threads->is_coming = false;
    }
}

static void work(struct worker *worker, struct job *job)
{
    struct threads *threads = worker->threads;
    atomic_store(&worker->is_in_body, true);
    gate_unlock(&threads->lock);
    job_run(job);
    atomic_store(&worker->is_in_body, false); /* before anybody can know that it has returned */
    job_finish(job);
    gate_lock(&threads->lock);
}

/* False: nobody called, and it has left the idle ones. */
static bool rest(struct worker *worker)
{
    struct threads *threads = worker->threads;
    int64_t end = instant_add(cloacina_clock_monotonic(threads->clock), threads->idle_ns);
    idle_add(threads, worker);
    gate_unlock(&threads->lock);
    gate_lock(&worker->gate);
    while (!worker->is_called && gate_wait(&worker->gate, end)) {
    }
    gate_unlock(&worker->gate);
    gate_lock(&threads->lock);
    bool is_called = worker->is_called; /* perhaps just now: it is set with the lock held */
    worker->is_called = false;
    if (!is_called) {
        idle_remove(threads, worker);
    }
    return is_called;
}

/* Nobody is left who needs any of it. */
static void vanish(struct threads *threads)
{
    struct cloacina_heap *heap = threads->heap;
    void (*gone)(void *user) = threads->gone;
    void *user = threads->user;
    jobs_finish(&threads->jobs);
    gate_finish(&threads->lock);
    heap_give(heap, threads, sizeof(*threads));
    gone(user);
}

static void leave(struct threads *threads)
{
    gate_lock(&threads->lock);
    bool is_last = --threads->left == 0;
    gate_unlock(&threads->lock);
    if (is_last) {
        vanish(threads);
    }
}

static void end_of_idleness(struct worker *worker)
{
    struct threads *threads = worker->threads;
    all_remove(threads, worker);
    worker->ended_before = threads->ended;
    threads->ended = worker;
    struct worker *before = worker->ended_before;
    gate_unlock(&threads->lock);
    if (before != NULL) {
        worker_join(before);
    }
}

static void end_of_all(struct worker *worker)
{
    struct threads *threads = worker->threads;
    bool is_left = worker->is_left;
    gate_unlock(&threads->lock);
    if (is_left) {
        worker_free(worker);
        leave(threads);
    }
}

static void *worker_main(void *user)
{
    struct worker *worker = user;
    struct threads *threads = worker->threads;
    gate_lock(&threads->lock);
    bool is_wanted = true;
    while (is_wanted && !threads->is_closed) {
        arrive(worker);
        struct job *job = queue_take(threads);
        if (job != NULL) {
            summon(threads);
            work(worker, job);
        } else {
            is_wanted = rest(worker);
        }
    }
    if (threads->is_closed) {
        end_of_all(worker);
    } else {
        end_of_idleness(worker);
    }
    return NULL;
}

/* ---- the executor ---- */

static void start(struct executor *executor, struct attempt *attempt)
{
    struct threads *threads = (struct threads *)executor;
    struct job *job = job_take(&threads->jobs, attempt);
    if (job == NULL) {
        return;
    }
    gate_lock(&threads->lock);
    bool is_stopped = threads->is_stopped;
    if (!is_stopped) {
        queue_add(threads, job);
        summon(threads);
    }
    gate_unlock(&threads->lock);
    if (is_stopped) {
        job_refuse(job, CLOACINA_CANCELLED, "the runner stops");
    }
}

struct threads *threads_create(const struct threads_options *options)
{
    static const struct executor_impl impl = {
        .start = start,
        .cancel = job_cancel,
        .resume = job_resume,
    };
    struct threads *threads = heap_take_zeroed(options->heap, 1, sizeof(*threads));
    if (threads == NULL) {
        return NULL;
    }
    threads->executor.impl = &impl;
    threads->heap = options->heap;
    threads->clock = options->clock;
    threads->idle_ns = options->idle_ns != 0 ? options->idle_ns : IDLE_DEFAULT_NS;
    jobs_init(&threads->jobs, options->heap, options->clock, options->random, options->log);
    gate_init(&threads->lock);
    return threads;
}

struct executor *threads_executor(struct threads *threads)
{
    return &threads->executor;
}

size_t threads_count(struct threads *threads)
{
    gate_lock(&threads->lock);
    size_t count = threads->count;
    gate_unlock(&threads->lock);
    return count;
}

void threads_stop(struct threads *threads)
{
    gate_lock(&threads->lock);
    threads->is_stopped = true;
    struct job *job = threads->queue;
    threads->queue = NULL;
    gate_unlock(&threads->lock);
    while (job != NULL) {
        struct job *next = job->next;
        job_refuse(job, CLOACINA_CANCELLED, "the runner stops");
        job = next;
    }
}

/* Sends all workers home. Returns those to be joined, linked by `next`. */
static struct worker *close_all(struct threads *threads)
{
    struct worker *joinable = NULL;
    struct worker *next;
    for (struct worker *worker = threads->all; worker != NULL; worker = next) {
        next = worker->next;
        worker->is_left = atomic_load(&worker->is_in_body);
        if (worker->is_left) {
            threads->left++;
            (void)pthread_detach(worker->thread);
        } else {
            worker->next = joinable;
            joinable = worker;
            call(worker);
        }
    }
    return joinable;
}

void threads_destroy(struct threads *threads, void (*gone)(void *user), void *user)
{
    threads_stop(threads);
    gate_lock(&threads->lock);
    threads->gone = gone;
    threads->user = user;
    threads->left = 1; /* the caller */
    struct worker *ended = threads->ended;
    struct worker *joinable = close_all(threads);
    threads->is_closed = true;
    gate_unlock(&threads->lock);
    while (joinable != NULL) {
        struct worker *next = joinable->next;
        worker_join(joinable);
        joinable = next;
    }
    if (ended != NULL) {
        worker_join(ended); /* which has joined the one before it, and so on */
    }
    leave(threads);
}
