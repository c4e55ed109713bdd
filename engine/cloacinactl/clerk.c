/* SPDX-License-Identifier: Apache-2.0 */
/* clerk.c - posts a command, and steps until it is answered.
 *
 * Law: no wait is without an end that the clerk itself sees to. */
#include "cloacinactl/clerk.h"

#include <assert.h>
#include <limits.h>
#include <poll.h>
#include <sys/random.h>

#include "base/instant.h"

/* How often it looks for what others committed to the execution it waits for. */
#define CLERK_BEAT_NS (500 * NANOSECONDS_PER_MILLISECOND)
#define CLERK_PATIENCE_NS (60 * NANOSECONDS_PER_SECOND)
#define CLERK_STOP_NS (5 * NANOSECONDS_PER_SECOND)

/* ---- what a runner needs around it ---- */

static void start_nothing(struct executor *executor, struct attempt *attempt)
{
    (void)executor;
    assert(attempt == NULL); /* without bodies nothing is claimed */
}

static void tell_nobody(struct executor *executor, struct attempt *attempt)
{
    (void)executor;
    (void)attempt;
}

/* Without the system's entropy the clock must do: it makes ids, no secrets. */
static uint64_t seed_of(struct cloacina_clock *clock)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
        seed = (uint64_t)cloacina_clock_realtime(clock);
    }
    return seed;
}

static void wake(void *user)
{
    struct clerk *clerk = user;
    atomic_store(&clerk->is_woken, true);
}

enum cloacina_code clerk_open(struct clerk *clerk, struct cloacina_heap *heap, struct dal *dal,
                              struct cloacina_error *err)
{
    static const struct executor_impl impl = {
        .start = start_nothing, .cancel = tell_nobody, .resume = tell_nobody};
    *clerk = (struct clerk){.executor.impl = &impl, .clock = cloacina_clock_system(), .dal = dal};
    registry_init(&clerk->bodies, heap);
    random_seeded_init(&clerk->random, seed_of(clerk->clock));
    struct runner_options options = {
        .heap = heap,
        .clock = clerk->clock,
        .random = &clerk->random.random,
        .dal = dal,
        .executor = &clerk->executor,
        .bodies = &clerk->bodies.bodies,
        .name = "cloacinactl",
        .slots = 1,
        .heartbeat_ns = CLERK_BEAT_NS,
        .wake = wake,
        .wake_user = clerk,
    };
    enum cloacina_code code = runner_create(&options, &clerk->runner, err);
    if (code != CLOACINA_OK) {
        registry_finish(&clerk->bodies);
    }
    return code;
}

/* ---- stepping ---- */

/* Waits for a hint, for the runner's next deadline, or for `deadline`. */
static void idle(struct clerk *clerk, int64_t next, int64_t deadline)
{
    clerk->dal->impl->take_hints(clerk->dal);
    int64_t until = next < deadline ? next : deadline;
    int64_t left = until - cloacina_clock_monotonic(clerk->clock);
    int64_t most = INT_MAX;
    if (atomic_exchange(&clerk->is_woken, false) || left <= 0) {
        return;
    }
    left = left / NANOSECONDS_PER_MILLISECOND + 1;
    struct pollfd hints = {.fd = clerk->dal->impl->descriptor(clerk->dal), .events = POLLIN};
    (void)poll(&hints, 1, (int)(left < most ? left : most)); /* one that is -1 is not looked at */
}

/* Steps until the command is answered, or until `deadline` on the monotonic clock. */
static enum cloacina_code step_until(struct clerk *clerk, int64_t deadline,
                                     struct cloacina_error *err)
{
    while (!clerk->is_answered) {
        struct runner_next next;
        enum cloacina_code code = runner_step(clerk->runner, &next, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        if (clerk->is_answered || cloacina_clock_monotonic(clerk->clock) >= deadline) {
            break;
        }
        idle(clerk, next.deadline, deadline);
    }
    return CLOACINA_OK;
}

static void answered(struct runner_command *command)
{
    struct clerk *clerk = command->user;
    clerk->is_answered = true;
}

static void ended(struct runner_command *command)
{
    (void)command; /* what is waited for is the answer to the other one */
}

static int64_t from_now(const struct clerk *clerk, int64_t duration)
{
    return instant_add(cloacina_clock_monotonic(clerk->clock), duration);
}

static bool may_wait(const struct runner_command *command)
{
    return command->message.kind == RUNNER_WAIT ||
           (command->message.kind == RUNNER_SUBMIT && command->waits);
}

enum cloacina_code clerk_ask(struct clerk *clerk, struct runner_command *command,
                             int64_t timeout_ns, struct cloacina_error *err)
{
    bool waits = may_wait(command);
    struct runner_command end = {
        .message.kind = RUNNER_END_WAIT, .other = command, .done = ended, .user = clerk};
    command->done = answered;
    command->user = clerk;
    clerk->is_answered = false;
    runner_post(clerk->runner, command);
    int64_t patience = waits ? timeout_ns : CLERK_PATIENCE_NS;
    enum cloacina_code code = step_until(clerk, from_now(clerk, patience), err);
    if (code == CLOACINA_OK && !clerk->is_answered && waits) {
        runner_post(clerk->runner, &end);
        code = step_until(clerk, from_now(clerk, CLERK_PATIENCE_NS), err);
    }
    if (!clerk->is_answered) {
        runner_refuse(clerk->runner, CLOACINA_UNAVAILABLE,
                      "the database does not answer; whether it was done is not known");
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    return command->code == CLOACINA_OK
               ? CLOACINA_OK
               : cloacina_error_raise(err, command->code, "%s", command->error.message);
}

void clerk_close(struct clerk *clerk)
{
    struct cloacina_error err;
    struct runner_command stop = {.message.kind = RUNNER_STOP, .done = answered, .user = clerk};
    clerk->is_answered = false;
    runner_post(clerk->runner, &stop);
    (void)step_until(clerk, from_now(clerk, CLERK_STOP_NS), &err); /* a lease ends by itself, too */
    if (!clerk->is_answered) {
        runner_refuse(clerk->runner, CLOACINA_CANCELLED, "closed");
    }
    runner_destroy(clerk->runner);
    registry_finish(&clerk->bodies);
}
