/* SPDX-License-Identifier: Apache-2.0 */
/* host.c - a queue of bodies, and whoever comes to run one.
 *
 * Law: each body that is queued is announced once. */
#include "executor/host.h"

#include "executor/job.h"

struct host {
    struct executor executor; /* first */
    struct host_options options;
    struct jobs jobs;
    struct gate lock; /* of what follows */
    struct job *queue, *queue_last;
    bool is_stopped;
};

/* False: nothing begins any more. */
static bool queue_add(struct host *host, struct job *job)
{
    gate_lock(&host->lock);
    bool is_stopped = host->is_stopped;
    if (!is_stopped) {
        if (host->queue != NULL) {
            host->queue_last->next = job;
        } else {
            host->queue = job;
        }
        host->queue_last = job;
    }
    gate_unlock(&host->lock);
    return !is_stopped;
}

static struct job *queue_take(struct host *host)
{
    gate_lock(&host->lock);
    struct job *job = host->queue;
    if (job != NULL) {
        host->queue = job->next;
    }
    gate_unlock(&host->lock);
    return job;
}

static void start(struct executor *executor, struct attempt *attempt)
{
    struct host *host = (struct host *)executor;
    struct job *job = job_take(&host->jobs, attempt);
    if (job == NULL) {
        return;
    }
    if (queue_add(host, job)) {
        host->options.has_queued(host->options.user);
    } else {
        job_refuse(job, CLOACINA_CANCELLED, "the runner stops");
    }
}

struct host *host_create(const struct host_options *options)
{
    static const struct executor_impl impl = {
        .start = start,
        .cancel = job_cancel,
        .resume = job_resume,
    };
    struct host *host = heap_take_zeroed(options->heap, 1, sizeof(*host));
    if (host == NULL) {
        return NULL;
    }
    host->executor.impl = &impl;
    host->options = *options;
    jobs_init(&host->jobs, options->heap, options->clock, options->random, options->log);
    gate_init(&host->lock);
    return host;
}

struct executor *host_executor(struct host *host)
{
    return &host->executor;
}

bool host_work(struct host *host, void (*meanwhile)(void *user, int64_t deadline), void *user)
{
    struct job *job = queue_take(host);
    if (job == NULL) {
        return false;
    }
    job->meanwhile = meanwhile;
    job->user = user;
    job_run(job);
    job_finish(job);
    return true;
}

void host_stop(struct host *host)
{
    gate_lock(&host->lock);
    host->is_stopped = true;
    struct job *job = host->queue;
    host->queue = NULL;
    gate_unlock(&host->lock);
    while (job != NULL) {
        struct job *next = job->next;
        job_refuse(job, CLOACINA_CANCELLED, "the runner stops");
        job = next;
    }
}

void host_destroy(struct host *host)
{
    if (host != NULL) {
        jobs_finish(&host->jobs);
        gate_finish(&host->lock);
        heap_give(host->options.heap, host, sizeof(*host));
    }
}
