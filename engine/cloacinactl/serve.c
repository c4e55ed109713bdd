/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c - `cloacinactl runner`: the process that runs workflows.
 *
 *   libraries -> runner starts -> "ready" -> ... -> SIGTERM -> "draining" -> stopped
 *                     |                                              |
 *                  /health, /ready, /metrics                     SIGTERM again: ends at once
 *
 * Law: what is said on the output is so: "ready" after its lease was opened, "stopped" after it was
 * closed. */
#include <stdlib.h>
#include <unistd.h>

#include <cloacina/clock.h>
#include <cloacina/runner.h>

#include "base/instant.h"
#include "cloacinactl/bodies.h"
#include "cloacinactl/health.h"
#include "cloacinactl/signals.h"

enum { PORT_MAX = 65535, COUNT_MAX = 1000000 };
#define PORT_NONE UINT64_MAX
#define CHOICE_NONE UINT64_MAX
#define DRAIN_DEFAULT_NS (30 * NANOSECONDS_PER_SECOND)
#define STALE_DEFAULT_NS (60 * NANOSECONDS_PER_SECOND)

struct serve_values {
    const char *database;
    const char *schema;
    const char *name;
    struct option_texts libraries;
    uint64_t slots;
    uint64_t port;
    uint64_t durability;
    uint64_t zombies;
    uint64_t recoveries;
    int64_t heartbeat_ns;
    int64_t stale_after_ns;
    int64_t task_timeout_ns;
    int64_t cancel_grace_ns;
    int64_t drain_ns;
    bool is_verbose;
    bool is_quiet;
};

static const struct serve_values serve_defaults = {
    .name = "runner",
    .port = PORT_NONE,
    .durability = CHOICE_NONE,
    .drain_ns = DRAIN_DEFAULT_NS,
    .stale_after_ns = STALE_DEFAULT_NS,
};

static const char *const durability_words[] = {"full", "normal", NULL};

#define FIELD(member) .offset = offsetof(struct serve_values, member)

static const struct option serve_options[] = {
    {.name = "database",
     .value_name = "URL",
     .help = "sqlite://FILE, a FILE.db, or postgres://HOST/NAME;\ncreated and migrated if need be",
     .type = OPTION_TEXT,
     .is_required = true,
     FIELD(database)},
    {.name = "library",
     .value_name = "FILE.so",
     .help = "whose bodies it has; may be given more than once\n"
             "(default: what is built into this program)",
     .type = OPTION_TEXTS,
     FIELD(libraries)},
    {.name = "slots",
     .value_name = "N",
     .help = "bodies at a time (default 4)",
     .type = OPTION_COUNT,
     .minimum = 1,
     .maximum = CLOACINA_RUNNER_SLOTS_MAX,
     FIELD(slots)},
    {.name = "name",
     .value_name = "NAME",
     .help = "shown to people (default runner)",
     .type = OPTION_TEXT,
     FIELD(name)},
    {.name = "health",
     .value_name = "PORT",
     .help = "serve /health, /ready and /metrics on 127.0.0.1:PORT;\n0: any port that is free",
     .type = OPTION_COUNT,
     .maximum = PORT_MAX,
     FIELD(port)},
    {.name = "schema",
     .value_name = "NAME",
     .help = "PostgreSQL: the tenant's schema (default public)",
     .type = OPTION_TEXT,
     FIELD(schema)},
    {.name = "durability",
     .value_name = "full|normal",
     .help = "what a power cut may take (default full: nothing)",
     .type = OPTION_CHOICE,
     .choices = durability_words,
     FIELD(durability)},
    {.name = "heartbeat",
     .value_name = "TIME",
     .help = "how often it says that it is alive (default 10s)",
     .type = OPTION_DURATION,
     .minimum = NANOSECONDS_PER_MILLISECOND,
     FIELD(heartbeat_ns)},
    {.name = "stale-after",
     .value_name = "TIME",
     .help = "another one is dead after so long without (default 60s)",
     .type = OPTION_DURATION,
     .minimum = NANOSECONDS_PER_MILLISECOND,
     FIELD(stale_after_ns)},
    {.name = "task-timeout",
     .value_name = "TIME",
     .help = "for tasks without their own (default 5m)",
     .type = OPTION_DURATION,
     .minimum = NANOSECONDS_PER_MILLISECOND,
     FIELD(task_timeout_ns)},
    {.name = "cancel-grace",
     .value_name = "TIME",
     .help = "how long a cancelled body may take (default 5s)",
     .type = OPTION_DURATION,
     .minimum = NANOSECONDS_PER_MILLISECOND,
     FIELD(cancel_grace_ns)},
    {.name = "zombies",
     .value_name = "N",
     .help = "bodies over that grace before it claims nothing more\n(default 16)",
     .type = OPTION_COUNT,
     .minimum = 1,
     .maximum = COUNT_MAX,
     FIELD(zombies)},
    {.name = "recoveries",
     .value_name = "N",
     .help = "how many dead runners one task survives (default 3)",
     .type = OPTION_COUNT,
     .minimum = 1,
     .maximum = COUNT_MAX,
     FIELD(recoveries)},
    {.name = "drain",
     .value_name = "TIME",
     .help = "how long running bodies may take at the end (default 30s)",
     .type = OPTION_DURATION,
     .minimum = NANOSECONDS_PER_MILLISECOND,
     FIELD(drain_ns)},
    {.name = "verbose", .help = "log every attempt", .type = OPTION_FLAG, FIELD(is_verbose)},
    {.name = "quiet", .help = "log errors only", .type = OPTION_FLAG, FIELD(is_quiet)},
};

/* One such process. */
struct serving {
    const struct command_call *call;
    const struct serve_values *values;
    struct registry registry; /* only for the names: the runner opens the libraries itself */
    struct cloacina_runner *runner;
    struct health *health;
    struct signals signals;
    atomic_bool is_draining;
};

/* ---- what it is told ---- */

static struct cloacina_log *log_of(const struct serve_values *values)
{
    enum cloacina_log_level level = CLOACINA_LOG_INFO;
    if (values->is_verbose) {
        level = CLOACINA_LOG_DEBUG;
    } else if (values->is_quiet) {
        level = CLOACINA_LOG_ERROR;
    }
    return cloacina_log_stderr(level);
}

static int64_t milliseconds(int64_t nanoseconds)
{
    return nanoseconds / NANOSECONDS_PER_MILLISECOND;
}

static struct cloacina_runner_options runner_options_of(const struct serve_values *values)
{
    struct cloacina_runner_options options = {
        .database = values->database,
        .name = values->name,
        .schema = values->schema,
        .libraries = values->libraries.count > 0 ? values->libraries.items : NULL,
        .slots = (int64_t)values->slots,
        .task_timeout_ms = milliseconds(values->task_timeout_ns),
        .heartbeat_ms = milliseconds(values->heartbeat_ns),
        .stale_after_ms = milliseconds(values->stale_after_ns),
        .cancel_grace_ms = milliseconds(values->cancel_grace_ns),
        .zombies_max = (int64_t)values->zombies,
        .recoveries_max = (int64_t)values->recoveries,
        .log = log_of(values),
    };
    if (values->durability != CHOICE_NONE) {
        options.durability =
            values->durability == 0 ? CLOACINA_DURABILITY_FULL : CLOACINA_DURABILITY_NORMAL;
    }
    return options;
}

static enum cloacina_code values_check(const struct serve_values *values,
                                       struct cloacina_error *err)
{
    if (values->is_verbose && values->is_quiet) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "options '--verbose' and '--quiet' contradict each other");
    }
    return CLOACINA_OK;
}

/* ---- what it says ---- */

static enum cloacina_code say(const struct serving *serving, struct text_builder *text,
                              struct cloacina_error *err)
{
    enum cloacina_code code = command_put(serving->call, text, err);
    return code == CLOACINA_OK ? console_flush(serving->call->console, err) : code;
}

static enum cloacina_code say_ready(const struct serving *serving, struct cloacina_error *err)
{
    struct cloacina_runner_figures figures;
    struct text_builder text;
    cloacina_runner_look(serving->runner, &figures);
    text_builder_init(&text, serving->call->heap);
    text_builder_print(&text, "ready: runner '%s', lease %llu, workflows ", serving->values->name,
                       (unsigned long long)figures.lease);
    bodies_list(&serving->registry, &text);
    if (serving->health != NULL) {
        text_builder_print(&text, "; http://127.0.0.1:%u", health_port(serving->health));
    }
    text_builder_append_char(&text, '\n');
    return say(serving, &text, err);
}

static enum cloacina_code say_draining(const struct serving *serving, struct cloacina_error *err)
{
    struct cloacina_runner_figures figures;
    struct text_builder text;
    cloacina_runner_look(serving->runner, &figures);
    text_builder_init(&text, serving->call->heap);
    text_builder_print(&text, "draining: %u %s running; the same signal again ends it at once\n",
                       figures.attempts, figures.attempts == 1 ? "task is" : "tasks are");
    return say(serving, &text, err);
}

static enum cloacina_code say_stopped(const struct serving *serving, struct cloacina_error *err)
{
    struct text_builder text;
    text_builder_init(&text, serving->call->heap);
    text_builder_append_terminated(&text, "stopped\n");
    return say(serving, &text, err);
}

/* ---- its life ---- */

static void look(void *user, struct vitals *ret_vitals)
{
    struct serving *serving = user;
    *ret_vitals = (struct vitals){
        .now = cloacina_clock_monotonic(cloacina_clock_system()),
        .stale_after_ns = serving->values->stale_after_ns,
        .is_draining = atomic_load(&serving->is_draining),
    };
    cloacina_runner_look(serving->runner, &ret_vitals->figures);
}

static enum cloacina_code health_open(struct serving *serving, struct cloacina_error *err)
{
    if (serving->values->port == PORT_NONE) {
        return CLOACINA_OK;
    }
    struct health_options options = {
        .heap = serving->call->heap,
        .port = (uint16_t)serving->values->port,
        .look = look,
        .user = serving,
    };
    enum cloacina_code code = health_start(&options, &serving->health, err);
    return code == CLOACINA_OK ? code : cloacina_error_wrap(err, "option '--health'");
}

/* Whoever says it twice means it. Claims stay behind, to be found lost. */
static void end_at_once(void *user)
{
    (void)user;
    _exit(COMMAND_FAILED);
}

static enum cloacina_code drain(struct serving *serving, struct cloacina_error *err)
{
    atomic_store(&serving->is_draining, true);
    enum cloacina_code code = say_draining(serving, err);
    if (code == CLOACINA_OK) {
        code = signals_watch(&serving->signals, end_at_once, NULL, err);
    }
    if (code == CLOACINA_OK) {
        int64_t timeout_ms = milliseconds(serving->values->drain_ns);
        code = cloacina_runner_shutdown(serving->runner, timeout_ms, err);
    }
    return code == CLOACINA_OK ? say_stopped(serving, err) : code;
}

static enum cloacina_code serve(struct serving *serving, struct cloacina_error *err)
{
    struct cloacina_runner_options options = runner_options_of(serving->values);
    enum cloacina_code code = values_check(serving->values, err);
    if (code == CLOACINA_OK) {
        code = bodies_open(&serving->registry, &serving->values->libraries, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_runner_start(&options, &serving->runner, err);
    }
    if (code == CLOACINA_OK) {
        code = health_open(serving, err);
    }
    if (code == CLOACINA_OK) {
        code = say_ready(serving, err);
    }
    if (code == CLOACINA_OK) {
        signals_wait(&serving->signals);
        code = drain(serving, err);
    }
    return code;
}

static enum command_status serve_run(const struct command_call *call, const void *values)
{
    struct cloacina_error err = {.code = CLOACINA_OK};
    struct serving serving = {.call = call, .values = values};
    registry_init(&serving.registry, call->heap);
    signals_block(&serving.signals);
    enum cloacina_code code = serve(&serving, &err);
    health_stop(serving.health);
    cloacina_runner_destroy(serving.runner);
    signals_unblock(&serving.signals);
    registry_finish(&serving.registry);
    return code == CLOACINA_OK ? COMMAND_SUCCEEDED : command_refuse(call, &err);
}

CLOACINACTL_COMMAND(
    runner, .name = "runner", .summary = "run workflows, until it is told to end",
    .usage = "--database URL [--library FILE.so]... [options]",
    .details = "Says on the output when it is ready. SIGTERM or SIGINT drains it: nothing new is\n"
               "claimed, running bodies may finish; a second one ends it at once. What it leaves\n"
               "behind goes on with other runners, or with the next one.\n",
    .table = {.options = serve_options, .count = ARRAY_COUNT(serve_options)},
    .values_size = sizeof(struct serve_values), .defaults = &serve_defaults, .run = serve_run);
