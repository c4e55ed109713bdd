/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - one gate that all threads start behind, one counter that they share.
 *
 * Law: a thread does nothing but call; what it measures is written to memory that is there
 * already. */
#include "load.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* A caller needs next to no stack, and there may be thousands. */
enum { STACK_BYTES = 128 * 1024 };

struct crew {
    const struct load *load;
    int64_t *latencies_ns;
    atomic_uint_fast64_t next; /* the call that nobody has taken yet */
    atomic_bool has_failed;
    pthread_mutex_t mutex; /* of all below */
    pthread_cond_t opened;
    bool is_open;
    struct cloacina_error error; /* of the first that failed */
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t load_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t load_cpu_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static void gate_wait(struct crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    while (!crew->is_open) {
        pthread_cond_wait(&crew->opened, &crew->mutex);
    }
    pthread_mutex_unlock(&crew->mutex);
}

static void gate_open(struct crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    crew->is_open = true;
    pthread_cond_broadcast(&crew->opened);
    pthread_mutex_unlock(&crew->mutex);
}

static void crew_fail(struct crew *crew, const struct cloacina_error *error)
{
    pthread_mutex_lock(&crew->mutex);
    if (!atomic_load(&crew->has_failed)) {
        crew->error = *error;
        atomic_store(&crew->has_failed, true);
    }
    pthread_mutex_unlock(&crew->mutex);
}

static enum cloacina_code execute(const struct load *load, struct cloacina_error *err)
{
    struct cloacina_execution *execution;
    enum cloacina_code code =
        cloacina_runner_execute(load->runner, load->workflow, NULL, &execution, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    const struct cloacina_execution_info *info = cloacina_execution_look(execution);
    if (info->status != CLOACINA_EXECUTION_COMPLETED) {
        code = cloacina_error_raise(err, CLOACINA_FAILED, "execution %s of '%s' is %s", info->id,
                                    load->workflow, cloacina_execution_status_name(info->status));
    }
    cloacina_execution_destroy(execution);
    return code;
}

static void *caller(void *argument)
{
    struct crew *crew = argument;
    struct cloacina_error err;
    gate_wait(crew);
    while (!atomic_load_explicit(&crew->has_failed, memory_order_relaxed)) {
        uint64_t call = atomic_fetch_add(&crew->next, 1);
        if (call >= crew->load->calls) {
            break;
        }
        int64_t begin = load_now_ns();
        if (execute(crew->load, &err) != CLOACINA_OK) {
            crew_fail(crew, &err);
        }
        crew->latencies_ns[call] = load_now_ns() - begin;
    }
    return NULL;
}

/* Returns how many threads there are now; fewer than wanted: no more can be had. */
static uint32_t crew_start(struct crew *crew, pthread_t *threads)
{
    pthread_attr_t attributes;
    uint32_t count = 0;
    if (pthread_attr_init(&attributes) != 0) {
        return 0;
    }
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    while (count < crew->load->threads &&
           pthread_create(&threads[count], &attributes, caller, crew) == 0) {
        count++;
    }
    (void)pthread_attr_destroy(&attributes);
    return count;
}

enum cloacina_code load_run(const struct load *load, int64_t *latencies_ns, int64_t *ret_ns,
                            struct cloacina_error *err)
{
    struct crew crew = {.load = load,
                        .latencies_ns = latencies_ns,
                        .mutex = PTHREAD_MUTEX_INITIALIZER,
                        .opened = PTHREAD_COND_INITIALIZER};
    pthread_t *threads = calloc(load->threads, sizeof(*threads));
    if (threads == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for %" PRIu32 " threads",
                                    load->threads);
    }
    uint32_t count = crew_start(&crew, threads);
    if (count < load->threads) {
        crew_fail(&crew, &(struct cloacina_error){CLOACINA_UNAVAILABLE, "cannot start a thread"});
    }
    int64_t begin = load_now_ns();
    gate_open(&crew);
    for (uint32_t i = 0; i < count; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    *ret_ns = load_now_ns() - begin;
    free(threads);
    if (atomic_load(&crew.has_failed)) {
        return cloacina_error_raise(err, crew.error.code, "%s", crew.error.message);
    }
    return CLOACINA_OK;
}
