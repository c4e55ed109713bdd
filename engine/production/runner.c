/* SPDX-License-Identifier: Apache-2.0 */
/* runner.c - a runner's life: opened, started, shut down, freed.
 *
 *   open:      options -> registry -> store -> executor -> the pure runner (its lease) [-> thread]
 *   shutdown:  stop claiming -> wait -> recall bodies -> wait -> the thread ends -> calls are refused
 *   destroy:   the store closes -> threads end -> what bodies borrow goes when the last has returned
 *
 * Law: whatever fails half way, destroy takes what is there. */
#include <string.h>
#include <sys/random.h>

#include "base/instant.h"
#include "dal/store.h"
#include "production/options.h"
#include "production/production.h"

#define PATIENCE_DEFAULT_MS 5000

/* ---- open ---- */

static void wake(void *user)
{
    struct cloacina_runner *runner = user;
    loop_wake(&runner->loop);
}

static void has_queued(void *user)
{
    struct cloacina_runner *runner = user;
    loop_body_add(&runner->loop);
}

/* Without the system's entropy the clock must do: it makes ids and jitter, no secrets. */
static uint64_t seed_draw(struct cloacina_runner *runner)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
        seed = (uint64_t)cloacina_clock_realtime(runner->clock) ^ (uint64_t)(uintptr_t)runner;
    }
    return seed;
}

/* False: no memory. */
static bool text_keep(struct cloacina_runner *runner, const char *text, const char **ret_kept)
{
    *ret_kept = text == NULL ? NULL : arena_copy(&runner->texts, text, strlen(text));
    return text == NULL || *ret_kept != NULL;
}

static struct cloacina_runner *make(const struct cloacina_runner_options *options)
{
    struct cloacina_runner *runner = heap_take_zeroed(options->heap, 1, sizeof(*runner));
    if (runner == NULL) {
        return NULL;
    }
    runner->heap = options->heap;
    runner->clock = cloacina_clock_system();
    runner->log = options->log;
    runner->slots = (uint32_t)options->slots;
    runner->workflow_timeout_ns = options->workflow_timeout_ms < 0
                                      ? INSTANT_NEVER
                                      : nanoseconds_of_ms(options->workflow_timeout_ms);
    runner->cancel_grace_ns = nanoseconds_of_ms(options->cancel_grace_ms);
    runner->stepper = pthread_self();
    runner->loop.epoll = runner->loop.wake = runner->loop.bodies = -1;
    random_seeded_init(&runner->random, seed_draw(runner));
    registry_init(&runner->registry, options->heap);
    gate_init(&runner->registry_lock);
    gate_init(&runner->stepping);
    gate_init(&runner->life_lock);
    gate_init(&runner->figures_lock);
    arena_init(&runner->texts, options->heap);
    if (!text_keep(runner, options->name, &runner->name) ||
        !text_keep(runner, options->database, &runner->database) ||
        !text_keep(runner, options->schema, &runner->schema)) {
        cloacina_runner_destroy(runner);
        return NULL;
    }
    return runner;
}

static enum cloacina_code bodies_gather(struct cloacina_runner *runner,
                                        const struct cloacina_runner_options *options,
                                        struct cloacina_error *err)
{
    struct registry *registry = &runner->registry;
    bool is_silent = options->workflows == NULL && options->libraries == NULL;
    enum cloacina_code code = CLOACINA_OK;
    for (size_t i = 0;
         code == CLOACINA_OK && options->workflows != NULL && options->workflows[i] != NULL; i++) {
        code = registry_add(registry, options->workflows[i], err);
    }
    for (size_t i = 0;
         code == CLOACINA_OK && options->libraries != NULL && options->libraries[i] != NULL; i++) {
        code = registry_open_library(registry, options->libraries[i], err);
    }
    if (code == CLOACINA_OK && (options->with_declared || is_silent)) {
        code = registry_add_declared(registry, cloacina_workflows_declared, NULL, err);
    }
    return code;
}

static enum store_durability durability_of(enum cloacina_durability durability)
{
    switch (durability) {
    case CLOACINA_DURABILITY_FULL:
        return STORE_DURABILITY_FULL;
    case CLOACINA_DURABILITY_NORMAL:
        return STORE_DURABILITY_NORMAL;
    case CLOACINA_DURABILITY_DEFAULT:
        break;
    }
    return STORE_DURABILITY_DEFAULT;
}

static enum cloacina_code store_get(struct cloacina_runner *runner,
                                    const struct cloacina_runner_options *options,
                                    struct cloacina_error *err)
{
    struct dal *inner;
    struct store_options store = {
        .url = runner->database,
        .heap = runner->heap,
        .clock = runner->clock,
        .log = runner->log,
        .schema = runner->schema,
        .durability = durability_of(options->durability),
    };
    enum cloacina_code code = store_open(&store, &inner, err);
    if (code == CLOACINA_OK) {
        counted_store_init(&runner->store, inner, runner->clock, runner->log, runner->name);
    }
    return code;
}

static enum cloacina_code executor_make(struct cloacina_runner *runner,
                                        enum cloacina_executor executor, struct cloacina_error *err)
{
    if (executor == CLOACINA_EXECUTOR_HOST) {
        runner->host = host_create(&(struct host_options){
            .heap = runner->heap,
            .clock = runner->clock,
            .random = &runner->random.random,
            .log = runner->log,
            .has_queued = has_queued,
            .user = runner,
        });
    } else {
        runner->threads = threads_create(&(struct threads_options){
            .heap = runner->heap,
            .clock = runner->clock,
            .random = &runner->random.random,
            .log = runner->log,
        });
    }
    return runner->host != NULL || runner->threads != NULL
               ? CLOACINA_OK
               : cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for its bodies");
}

static int64_t task_timeout_of(const struct cloacina_runner_options *options)
{
    return options->task_timeout_ms < 0 ? 0 : nanoseconds_of_ms(options->task_timeout_ms);
}

static enum cloacina_code step_make(struct cloacina_runner *runner,
                                    const struct cloacina_runner_options *options,
                                    struct cloacina_error *err)
{
    int64_t threshold = nanoseconds_of_ms(options->stale_after_ms);
    struct runner_options step = {
        .heap = runner->heap,
        .clock = runner->clock,
        .random = &runner->random.random,
        .dal = &runner->store.dal,
        .executor =
            runner->host != NULL ? host_executor(runner->host) : threads_executor(runner->threads),
        .bodies = &runner->registry.bodies,
        .name = runner->name,
        .slots = runner->slots,
        .heartbeat_ns = nanoseconds_of_ms(options->heartbeat_ms),
        .lease_threshold_ns = threshold,
        .lease_margin_ns = threshold / 12,
        .cancel_grace_ns = runner->cancel_grace_ns,
        .recoveries_max = (uint32_t)options->recoveries_max,
        .zombies_max = (uint32_t)options->zombies_max,
        .task_timeout_ns = task_timeout_of(options),
        .wake = wake,
        .wake_user = runner,
    };
    return runner_create(&step, &runner->step, err);
}

static enum cloacina_code assemble(struct cloacina_runner *runner,
                                   const struct cloacina_runner_options *options,
                                   struct cloacina_error *err)
{
    enum cloacina_code code = bodies_gather(runner, options, err);
    if (code == CLOACINA_OK) {
        code = loop_open(&runner->loop, err);
    }
    if (code == CLOACINA_OK) {
        code = store_get(runner, options, err);
    }
    if (code == CLOACINA_OK) {
        code = executor_make(runner, options->executor, err);
    }
    return code;
}

enum cloacina_code cloacina_runner_open(const struct cloacina_runner_options *options,
                                        struct cloacina_runner **ret_runner,
                                        struct cloacina_error *err)
{
    struct cloacina_runner_options complete;
    struct cloacina_error why = {CLOACINA_OK, ""};
    *ret_runner = NULL;
    enum cloacina_code code = options_complete(options, &complete, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct cloacina_runner *runner = make(&complete);
    if (runner == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "runner '%s': no memory",
                                    complete.name);
    }
    code = assemble(runner, &complete, &why);
    if (code != CLOACINA_OK) {
        cloacina_runner_destroy(runner);
        return cloacina_error_raise(err, code, "runner '%s': %s", complete.name, why.message);
    }
    code = step_make(runner, &complete, &why); /* it names the runner itself */
    if (code != CLOACINA_OK) {
        cloacina_runner_destroy(runner);
        /* A lease that may have been opened all the same is nobody's, and will be found dead. */
        code = code == CLOACINA_UNKNOWN ? CLOACINA_UNAVAILABLE : code;
        return cloacina_error_raise(err, code, "%s", why.message);
    }
    if (complete.executor == CLOACINA_EXECUTOR_HOST) {
        loop_watch_bodies(&runner->loop);
    }
    figures_publish(runner);
    *ret_runner = runner;
    return CLOACINA_OK;
}

enum cloacina_code cloacina_runner_start(const struct cloacina_runner_options *options,
                                         struct cloacina_runner **ret_runner,
                                         struct cloacina_error *err)
{
    enum cloacina_code code = cloacina_runner_open(options, ret_runner, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = step_thread_start(*ret_runner, err);
    if (code != CLOACINA_OK) {
        cloacina_runner_destroy(*ret_runner);
        *ret_runner = NULL;
    }
    return code;
}

/* ---- more bodies ---- */

static void add(struct runner *step, struct runner_command *command)
{
    struct call *call = (struct call *)command;
    struct cloacina_runner *runner = call->runner;
    gate_lock(&runner->registry_lock);
    command->code = registry_add(&runner->registry, call->argument, &command->error);
    gate_unlock(&runner->registry_lock);
    if (command->code == CLOACINA_OK && !runner_renew_offers(step)) {
        command->code = cloacina_error_raise(&command->error, CLOACINA_NO_MEMORY, "no memory");
    }
}

enum cloacina_code cloacina_runner_register(struct cloacina_runner *runner,
                                            const struct cloacina_workflow_definition *definition,
                                            struct cloacina_error *err)
{
    return call_run(runner, add, (void *)definition, err);
}

/* ---- the end ---- */

static void stop_queue(struct cloacina_runner *runner)
{
    if (runner->host != NULL) {
        host_stop(runner->host);
    } else {
        threads_stop(runner->threads);
    }
}

/* Posts a command that is answered at once, and does not wait for that. */
static void tell(struct cloacina_runner *runner, enum runner_command_type type)
{
    struct call *call = call_create(runner, type, (struct text){0}, NULL);
    if (call != NULL) {
        call_post(call);
        call_drop(call);
    }
}

/* Where the host steps, its thread may be gone: then it is done here. */
static bool wait_stepping_too(struct cloacina_runner *runner, struct call *call, int64_t deadline)
{
    if (runner->has_thread) {
        return call_wait(call, deadline);
    }
    gate_lock(&runner->stepping);
    runner->stepper = pthread_self();
    gate_unlock(&runner->stepping);
    return call_wait(call, deadline);
}

static enum cloacina_code stop(struct cloacina_runner *runner, int64_t patience_ns,
                               struct cloacina_error *err)
{
    struct cloacina_runner_figures figures;
    struct call *call = call_create(runner, RUNNER_STOP, (struct text){0}, err);
    if (call == NULL) {
        return CLOACINA_NO_MEMORY;
    }
    call_post(call);
    tell(runner, RUNNER_RECALL_PARKED);
    stop_queue(runner);
    bool has_stopped = wait_stepping_too(runner, call, call_deadline(runner, patience_ns));
    if (!has_stopped) {
        tell(runner, RUNNER_RECALL);
        int64_t grace_end = call_deadline(runner, runner->cancel_grace_ns);
        has_stopped = wait_stepping_too(runner, call, grace_end);
    }
    call_drop(call);
    if (has_stopped) {
        return CLOACINA_OK;
    }
    cloacina_runner_look(runner, &figures);
    return figures.attempts > 0
               ? cloacina_error_raise(err, CLOACINA_TIMEOUT,
                                      "runner '%s': %u bodies have not returned", runner->name,
                                      figures.attempts)
               : cloacina_error_raise(err, CLOACINA_UNAVAILABLE,
                                      "runner '%s': the store does not answer; what this runner "
                                      "holds is left to be found lost",
                                      runner->name);
}

/* True: it is for the caller to end it. */
static bool end_begins(struct cloacina_runner *runner)
{
    gate_lock(&runner->life_lock);
    bool is_first = runner->life == LIFE_RUNS;
    if (is_first) {
        runner->life = LIFE_ENDS;
    }
    while (!is_first && runner->life != LIFE_OVER) {
        (void)gate_wait(&runner->life_lock, INSTANT_NEVER);
    }
    gate_unlock(&runner->life_lock);
    return is_first;
}

enum cloacina_code cloacina_runner_shutdown(struct cloacina_runner *runner, int64_t timeout_ms,
                                            struct cloacina_error *err)
{
    int64_t patience_ms = timeout_ms == 0 ? PATIENCE_DEFAULT_MS : timeout_ms;
    if (!end_begins(runner)) {
        return CLOACINA_OK;
    }
    enum cloacina_code code =
        stop(runner, patience_ms < 0 ? INSTANT_NEVER : nanoseconds_of_ms(patience_ms), err);
    step_thread_end(runner);
    figures_publish(runner);
    calls_close(runner);
    cloacina_log_print(runner->log, CLOACINA_LOG_INFO, "runner '%s': %s", runner->name,
                       code == CLOACINA_OK ? "has shut down" : "has shut down, and left claims");
    gate_lock(&runner->life_lock);
    runner->life = LIFE_OVER;
    gate_broadcast(&runner->life_lock);
    gate_unlock(&runner->life_lock);
    return code;
}

/* Nobody runs any more who could look. */
static void gone(void *user)
{
    struct cloacina_runner *runner = user;
    host_destroy(runner->host);
    runner_destroy(runner->step);
    registry_finish(&runner->registry);
    gate_finish(&runner->registry_lock);
    gate_finish(&runner->stepping);
    gate_finish(&runner->life_lock);
    gate_finish(&runner->figures_lock);
    arena_finish(&runner->texts);
    heap_give(runner->heap, runner, sizeof(*runner));
}

void cloacina_runner_destroy(struct cloacina_runner *runner)
{
    if (runner == NULL) {
        return;
    }
    if (runner->step != NULL) {
        (void)!cloacina_runner_shutdown(runner, 0, NULL);
        runner_abandon(runner->step);
    }
    if (runner->store.inner != NULL) {
        dal_destroy(&runner->store.dal);
    }
    loop_close(&runner->loop);
    if (runner->threads != NULL) {
        threads_destroy(runner->threads, gone, runner);
    } else {
        gone(runner);
    }
}

/* ---- in the host's event loop ---- */

int cloacina_runner_descriptor(const struct cloacina_runner *runner)
{
    if (!runner->has_thread) {
        return runner->loop.epoll;
    }
    return runner->host != NULL ? runner->loop.bodies : -1;
}

enum cloacina_code cloacina_runner_step(struct cloacina_runner *runner, int64_t *ret_deadline,
                                        struct cloacina_error *err)
{
    if (runner->has_thread) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "runner '%s': it has a thread of its own that steps",
                                    runner->name);
    }
    return step_turn(runner, 0, ret_deadline, err);
}

int cloacina_runner_work(struct cloacina_runner *runner)
{
    if (runner->host == NULL) {
        return 0;
    }
    bool steps = step_is_mine(runner);
    loop_body_take(&runner->loop);
    return host_work(runner->host, steps ? step_meanwhile : NULL, runner);
}
