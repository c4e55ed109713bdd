/* SPDX-License-Identifier: Apache-2.0 */
/* job.c - the environment of a body that is really there: it waits by waiting.
 *
 * Law: what a body says overwrites what its runner has not read yet. Only a body that was cancelled
 * says two things in a row, and then only the last one matters. */
#include "executor/job.h"

#include "base/instant.h"

enum { JOBS_PER_SLAB = 64 };

static void post(struct attempt *attempt, enum attempt_message message)
{
    uint32_t unread =
        atomic_exchange_explicit(&attempt->message.kind, (uint32_t)message, memory_order_acq_rel);
    if (unread == 0) {
        inbox_post(attempt->inbox, &attempt->message);
    }
}

/* ---- waiting ---- */

static struct job *job_of(struct body_environment *environment)
{
    return (struct job *)environment;
}

static bool is_over(const struct job *job, bool wants_resume)
{
    return job->is_cancelled || (wants_resume && job->is_resumed);
}

/* True: the deadline has come first. */
static bool wait_elsewhere(struct job *job, int64_t deadline)
{
    if (cloacina_clock_monotonic(job->jobs->clock) >= deadline) {
        return true;
    }
    gate_unlock(&job->gate);
    job->meanwhile(job->user, deadline);
    gate_lock(&job->gate);
    return false;
}

static enum cloacina_code wait(struct job *job, int64_t deadline, bool wants_resume,
                               struct cloacina_error *err)
{
    gate_lock(&job->gate);
    bool is_late = false;
    while (!is_late && !is_over(job, wants_resume)) {
        is_late = job->meanwhile != NULL ? wait_elsewhere(job, deadline)
                                         : !gate_wait(&job->gate, deadline);
    }
    gate_unlock(&job->gate);
    const struct attempt *attempt = job->environment.attempt;
    return attempt_is_cancelled(attempt)
               ? cloacina_error_raise(err, CLOACINA_CANCELLED, "task '%s' was told to stop",
                                      attempt->task->name)
               : CLOACINA_OK;
}

static int64_t job_now(struct body_environment *environment)
{
    return cloacina_clock_realtime(job_of(environment)->jobs->clock);
}

static enum cloacina_code job_sleep(struct body_environment *environment, int64_t duration,
                                    struct cloacina_error *err)
{
    struct job *job = job_of(environment);
    int64_t now = cloacina_clock_monotonic(job->jobs->clock);
    return wait(job, instant_add(now, duration), false, err);
}

static enum cloacina_code job_post_and_wait(struct body_environment *environment,
                                            enum attempt_message message,
                                            struct cloacina_error *err)
{
    struct job *job = job_of(environment);
    gate_lock(&job->gate);
    job->is_resumed = false;
    bool is_cancelled = job->is_cancelled;
    gate_unlock(&job->gate);
    if (!is_cancelled) {
        post(environment->attempt, message);
    }
    return wait(job, INSTANT_NEVER, true, err);
}

static enum cloacina_code job_effect(struct body_environment *environment,
                                     const struct cloacina_effect *effect,
                                     struct cloacina_error *err)
{
    (void)environment;
    return effect->apply(effect->argument, err);
}

static uint64_t job_random(struct body_environment *environment, uint64_t bound)
{
    struct job *job = job_of(environment);
    const struct attempt *attempt = environment->attempt;
    struct random_label label = {
        .site = RANDOM_SITE_RANDOM,
        .actor = attempt->runner,
        .execution = attempt->execution,
        .task = {attempt->task->name, attempt->task->name_length},
        .attempt = attempt->number,
        .number = job->draws++,
    };
    return random_choose(job->jobs->random, label, bound);
}

static const struct body_environment_impl environment_impl = {
    .now = job_now,
    .sleep = job_sleep,
    .post_and_wait = job_post_and_wait,
    .effect = job_effect,
    .random = job_random,
};

/* ---- where jobs come from ---- */

void jobs_init(struct jobs *jobs, struct cloacina_heap *heap, struct cloacina_clock *clock,
               struct random *random, struct cloacina_log *log)
{
    *jobs = (struct jobs){.heap = heap, .clock = clock, .random = random, .log = log};
    gate_init(&jobs->lock);
}

void jobs_finish(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->slab_count; i++) {
        for (size_t j = 0; j < JOBS_PER_SLAB; j++) {
            body_handle_destroy(jobs->slabs[i][j].handle);
            gate_finish(&jobs->slabs[i][j].gate);
        }
        heap_give(jobs->heap, jobs->slabs[i], JOBS_PER_SLAB * sizeof(struct job));
    }
    heap_give(jobs->heap, jobs->slabs, jobs->slab_capacity * sizeof(struct job *));
    gate_finish(&jobs->lock);
}

static bool grow(struct jobs *jobs)
{
    if (!heap_grow(jobs->heap, &jobs->slabs, &jobs->slab_capacity, jobs->slab_count + 1,
                   sizeof(struct job *))) {
        return false;
    }
    struct job *slab = heap_take_zeroed(jobs->heap, JOBS_PER_SLAB, sizeof(*slab));
    if (slab == NULL) {
        return false;
    }
    jobs->slabs[jobs->slab_count++] = slab;
    for (size_t i = JOBS_PER_SLAB; i-- > 0;) {
        gate_init(&slab[i].gate);
        slab[i].jobs = jobs;
        slab[i].next = jobs->free;
        jobs->free = &slab[i];
    }
    return true;
}

/* The runner is through with the attempt. */
static void release(struct attempt *attempt)
{
    struct job *job = attempt->executor_state;
    struct jobs *jobs = job->jobs;
    body_handle_destroy(job->handle);
    job->handle = NULL;
    gate_lock(&jobs->lock);
    job->next = jobs->free;
    jobs->free = job;
    gate_unlock(&jobs->lock);
}

struct job *job_take(struct jobs *jobs, struct attempt *attempt)
{
    gate_lock(&jobs->lock);
    struct job *job = jobs->free != NULL || grow(jobs) ? jobs->free : NULL;
    if (job != NULL) {
        jobs->free = job->next;
    }
    gate_unlock(&jobs->lock);
    if (job == NULL) {
        attempt->outcome = (struct attempt_outcome){.code = CLOACINA_NO_MEMORY,
                                                    .message = "no memory for the body"};
        post(attempt, ATTEMPT_FINISHED);
        return NULL;
    }
    job->environment = (struct body_environment){&environment_impl, attempt, jobs->heap};
    job->draws = 0;
    job->is_resumed = job->is_cancelled = false;
    job->meanwhile = NULL;
    job->next = NULL;
    attempt->executor_state = job;
    attempt->release = release;
    return job;
}

/* ---- running ---- */

static void unstarted(struct job *job, enum cloacina_code code, const char *message)
{
    job->environment.attempt->outcome = (struct attempt_outcome){
        .code = code,
        .message = message,
        .is_unstarted = code == CLOACINA_CANCELLED,
    };
}

void job_finish(struct job *job)
{
    post(job->environment.attempt, ATTEMPT_FINISHED);
}

void job_refuse(struct job *job, enum cloacina_code code, const char *message)
{
    unstarted(job, code, message);
    job_finish(job);
}

static void tell(const struct job *job)
{
    const struct attempt *attempt = job->environment.attempt;
    const char *message = attempt->outcome.message;
    char id[ID_TEXT_SIZE];
    if (job->jobs->log == NULL || job->jobs->log->level < CLOACINA_LOG_DEBUG) {
        return;
    }
    id_print(attempt->execution, id);
    cloacina_log_print(job->jobs->log, CLOACINA_LOG_DEBUG, "task '%s' of %s, attempt %u: %s%s%s",
                       attempt->task->name, id, attempt->number,
                       cloacina_code_name(attempt->outcome.code), message == NULL ? "" : ": ",
                       message == NULL ? "" : message);
}

void job_run(struct job *job)
{
    if (attempt_is_cancelled(job->environment.attempt)) {
        unstarted(job, CLOACINA_CANCELLED, "cancelled before it began");
        return;
    }
    job->handle = body_run(&job->environment);
    tell(job);
}

void job_cancel(struct executor *executor, struct attempt *attempt)
{
    (void)executor;
    struct job *job = attempt->executor_state;
    atomic_store_explicit(&attempt->is_cancelled, true, memory_order_relaxed);
    if (job != NULL) { /* else there was no memory for it */
        gate_lock(&job->gate);
        job->is_cancelled = true;
        gate_signal(&job->gate);
        gate_unlock(&job->gate);
    }
}

void job_resume(struct executor *executor, struct attempt *attempt)
{
    (void)executor;
    struct job *job = attempt->executor_state;
    gate_lock(&job->gate);
    job->is_resumed = true;
    gate_signal(&job->gate);
    gate_unlock(&job->gate);
}
