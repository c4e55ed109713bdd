/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - one table of names: what each is, and what came of it.
 *
 *   live       sets a field
 *   no effect  is accepted, checked, and does nothing; the log hears why
 *   refused    would promise what is not kept: INVALID
 *
 * Law: a name of the reference system's configuration is never unknown, and never silently without
 * effect. */
#include "production/options.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/instant.h"
#include "workflow/similar.h"

enum kind {
    KIND_COUNT,    /* a whole number */
    KIND_MS,       /* milliseconds, into a field of milliseconds */
    KIND_SECONDS,  /* seconds, likewise; "none" or -1: no limit */
    KIND_DURATION, /* "250ms", "5s", "1h", likewise */
    KIND_TEXT,
    KIND_FLAG, /* true or false */
    KIND_DURABILITY,
    KIND_EXECUTOR
};

enum effect { LIVE, NO_EFFECT, REFUSED };

struct option {
    const char *name;
    enum kind kind;
    enum effect effect;
    size_t offset;      /* LIVE: of the field */
    const char *reason; /* else: why not. LIVE: what it is, for the table */
    const char *unless; /* REFUSED: but for this value, which is what happens anyway; may be NULL */
};

#define FIELD(field) LIVE, offsetof(struct cloacina_runner_options, field)
#define NOTHING NO_EFFECT, 0
#define ERROR_UNLESS REFUSED, 0

#define CRON "this version has no schedules"
#define PACKAGES "this version loads no packages"
#define WAKES "nothing is polled: a runner wakes with its own commits and with hints"

static const struct option options[] = {
    /* the fields' own names */
    {"database", KIND_TEXT, FIELD(database), "URL of the store", NULL},
    {"name", KIND_TEXT, FIELD(name), "shown to people", NULL},
    {"schema", KIND_TEXT, FIELD(schema), "PostgreSQL: the tenant's schema", NULL},
    {"durability", KIND_DURABILITY, FIELD(durability), "default, full or normal", NULL},
    {"executor", KIND_EXECUTOR, FIELD(executor), "threads or host", NULL},
    {"slots", KIND_COUNT, FIELD(slots), "bodies at a time", NULL},
    {"task_timeout_ms", KIND_MS, FIELD(task_timeout_ms), "for tasks without their own; -1: none",
     NULL},
    {"workflow_timeout_ms", KIND_MS, FIELD(workflow_timeout_ms),
     "how long execute waits; -1: for ever", NULL},
    {"heartbeat_ms", KIND_MS, FIELD(heartbeat_ms), "how often a runner shows that it lives", NULL},
    {"stale_after_ms", KIND_MS, FIELD(stale_after_ms), "without a heartbeat it is dead", NULL},
    {"cancel_grace_ms", KIND_MS, FIELD(cancel_grace_ms), "how long a cancelled body may take",
     NULL},
    {"zombies_max", KIND_COUNT, FIELD(zombies_max), "bodies over their grace", NULL},
    {"recoveries_max", KIND_COUNT, FIELD(recoveries_max), "lost claims one task survives", NULL},
    /* the reference's, with the units of its Python module and without */
    {"max_concurrent_tasks", KIND_COUNT, FIELD(slots), "slots", NULL},
    {"runner_name", KIND_TEXT, FIELD(name), "name", NULL},
    {"task_timeout", KIND_DURATION, FIELD(task_timeout_ms), "task_timeout_ms", NULL},
    {"task_timeout_seconds", KIND_SECONDS, FIELD(task_timeout_ms), "task_timeout_ms", NULL},
    {"pipeline_timeout", KIND_DURATION, FIELD(workflow_timeout_ms), "workflow_timeout_ms", NULL},
    {"pipeline_timeout_seconds", KIND_SECONDS, FIELD(workflow_timeout_ms), "workflow_timeout_ms",
     NULL},
    {"workflow_timeout", KIND_DURATION, FIELD(workflow_timeout_ms), "workflow_timeout_ms", NULL},
    {"workflow_timeout_seconds", KIND_SECONDS, FIELD(workflow_timeout_ms), "workflow_timeout_ms",
     NULL},
    {"heartbeat_interval", KIND_DURATION, FIELD(heartbeat_ms), "heartbeat_ms", NULL},
    {"heartbeat_interval_ms", KIND_MS, FIELD(heartbeat_ms), "heartbeat_ms", NULL},
    {"heartbeat_interval_seconds", KIND_SECONDS, FIELD(heartbeat_ms), "heartbeat_ms", NULL},
    {"stale_claim_threshold", KIND_DURATION, FIELD(stale_after_ms), "stale_after_ms", NULL},
    {"stale_claim_threshold_ms", KIND_MS, FIELD(stale_after_ms), "stale_after_ms", NULL},
    {"stale_claim_threshold_seconds", KIND_SECONDS, FIELD(stale_after_ms), "stale_after_ms", NULL},
    {"scheduler_poll_interval", KIND_DURATION, NOTHING, WAKES, NULL},
    {"scheduler_poll_interval_ms", KIND_MS, NOTHING, WAKES, NULL},
    {"db_pool_size", KIND_COUNT, NOTHING, "a runner needs one connection", NULL},
    {"stale_claim_sweep_interval", KIND_DURATION, NOTHING, "leases are judged at each heartbeat",
     NULL},
    {"stale_claim_sweep_interval_seconds", KIND_SECONDS, NOTHING,
     "leases are judged at each heartbeat", NULL},
    {"runner_id", KIND_TEXT, NOTHING, "the store numbers the leases of runners", NULL},
    {"enable_recovery", KIND_FLAG, ERROR_UNLESS, "lost tasks are always recovered", "true"},
    {"enable_claiming", KIND_FLAG, ERROR_UNLESS, "tasks are always claimed", "true"},
    {"default_executor", KIND_TEXT, ERROR_UNLESS, "there is one executor", "default"},
    {"tenant_id", KIND_TEXT, ERROR_UNLESS, "tenants are kept apart by option 'schema'", "public"},
    {"routing_config", KIND_TEXT, ERROR_UNLESS,
     "tasks go to the runners that have their bodies, and nowhere else", NULL},
    {"require_signatures", KIND_FLAG, ERROR_UNLESS, PACKAGES ", so it checks no signatures",
     "false"},
    {"verification_org_id", KIND_TEXT, ERROR_UNLESS, PACKAGES ", so it checks no signatures", NULL},
    {"enable_cron_scheduling", KIND_FLAG, NOTHING, CRON, NULL},
    {"cron_poll_interval", KIND_DURATION, NOTHING, CRON, NULL},
    {"cron_poll_interval_seconds", KIND_SECONDS, NOTHING, CRON, NULL},
    {"cron_max_catchup_executions", KIND_COUNT, NOTHING, CRON, NULL},
    {"cron_enable_recovery", KIND_FLAG, NOTHING, CRON, NULL},
    {"cron_recovery_interval", KIND_DURATION, NOTHING, CRON, NULL},
    {"cron_recovery_interval_seconds", KIND_SECONDS, NOTHING, CRON, NULL},
    {"cron_lost_threshold_minutes", KIND_COUNT, NOTHING, CRON, NULL},
    {"cron_max_recovery_age", KIND_DURATION, NOTHING, CRON, NULL},
    {"cron_max_recovery_age_seconds", KIND_SECONDS, NOTHING, CRON, NULL},
    {"cron_max_recovery_attempts", KIND_COUNT, NOTHING, CRON, NULL},
    {"enable_trigger_scheduling", KIND_FLAG, NOTHING, CRON, NULL},
    {"trigger_base_poll_interval", KIND_DURATION, NOTHING, CRON, NULL},
    {"trigger_poll_timeout", KIND_DURATION, NOTHING, CRON, NULL},
    {"enable_registry_reconciler", KIND_FLAG, NOTHING, PACKAGES, NULL},
    {"registry_reconcile_interval", KIND_DURATION, NOTHING, PACKAGES, NULL},
    {"registry_enable_startup_reconciliation", KIND_FLAG, NOTHING, PACKAGES, NULL},
    {"registry_storage_path", KIND_TEXT, NOTHING, PACKAGES, NULL},
    {"registry_storage_backend", KIND_TEXT, NOTHING, PACKAGES, NULL},
};

/* ---- values ---- */

/* What a text means; which member counts is the kind's. */
struct meaning {
    int64_t number;
    const char *text;
};

static bool number_read(const char *value, int64_t *ret_number)
{
    bool is_negative = value[0] == '-';
    const char *digits = value + is_negative;
    int64_t number = 0;
    if (*digits == '\0') {
        return false;
    }
    for (; *digits != '\0'; digits++) {
        if (*digits < '0' || *digits > '9' || number > (INT64_MAX - (*digits - '0')) / 10) {
            return false;
        }
        number = 10 * number + (*digits - '0');
    }
    *ret_number = is_negative ? -number : number;
    return true;
}

static bool seconds_read(const char *value, int64_t *ret_ms)
{
    int64_t seconds;
    if (strcmp(value, "none") == 0 || strcmp(value, "None") == 0) {
        *ret_ms = -1;
        return true;
    }
    if (!number_read(value, &seconds) || seconds > INT64_MAX / 1000) {
        return false;
    }
    *ret_ms = seconds < 0 ? seconds : seconds * 1000;
    return true;
}

static bool duration_read(const char *value, int64_t *ret_ms)
{
    int64_t nanoseconds;
    if (duration_parse(text_of(value), &nanoseconds, NULL) != CLOACINA_OK) {
        return false;
    }
    *ret_ms = nanoseconds / NANOSECONDS_PER_MILLISECOND;
    return nanoseconds % NANOSECONDS_PER_MILLISECOND == 0;
}

static bool word_read(const char *value, const char *const *words, int64_t *ret_number)
{
    for (int64_t i = 0; words[i] != NULL; i++) {
        if (strcmp(value, words[i]) == 0) {
            *ret_number = i;
            return true;
        }
    }
    return false;
}

static bool flag_read(const char *value, int64_t *ret_number)
{
    static const char *const words[] = {"false", "true", "False", "True", "0", "1", NULL};
    if (!word_read(value, words, ret_number)) {
        return false;
    }
    *ret_number %= 2;
    return true;
}

static bool value_read(enum kind kind, const char *value, struct meaning *ret_meaning)
{
    static const char *const durabilities[] = {"default", "full", "normal", NULL};
    static const char *const executors[] = {"threads", "host", NULL};
    ret_meaning->text = value;
    switch (kind) {
    case KIND_COUNT:
    case KIND_MS:
        return number_read(value, &ret_meaning->number);
    case KIND_SECONDS:
        return seconds_read(value, &ret_meaning->number);
    case KIND_DURATION:
        return duration_read(value, &ret_meaning->number);
    case KIND_TEXT:
        return true;
    case KIND_FLAG:
        return flag_read(value, &ret_meaning->number);
    case KIND_DURABILITY:
        return word_read(value, durabilities, &ret_meaning->number);
    case KIND_EXECUTOR:
        return word_read(value, executors, &ret_meaning->number);
    }
    return false;
}

static const char *kind_name(enum kind kind)
{
    switch (kind) {
    case KIND_COUNT:
        return "a whole number";
    case KIND_MS:
        return "a number of milliseconds";
    case KIND_SECONDS:
        return "a number of seconds, or none";
    case KIND_DURATION:
        return "a duration like 250ms, 5s or 1h";
    case KIND_TEXT:
        return "a text";
    case KIND_FLAG:
        return "true or false";
    case KIND_DURABILITY:
        return "default, full or normal";
    case KIND_EXECUTOR:
        return "threads or host";
    }
    return "a value";
}

static void field_set(struct cloacina_runner_options *into, const struct option *option,
                      const struct meaning *meaning)
{
    char *field = (char *)into + option->offset;
    switch (option->kind) {
    case KIND_TEXT:
        memcpy(field, &meaning->text, sizeof(meaning->text));
        return;
    case KIND_DURABILITY:
        into->durability = (enum cloacina_durability)meaning->number;
        return;
    case KIND_EXECUTOR:
        into->executor = (enum cloacina_executor)meaning->number;
        return;
    case KIND_COUNT:
    case KIND_MS:
    case KIND_SECONDS:
    case KIND_DURATION:
    case KIND_FLAG:
        memcpy(field, &meaning->number, sizeof(meaning->number));
        return;
    }
}

/* ---- by name ---- */

static const struct option *option_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(options); i++) {
        if (strcmp(options[i].name, name) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

static enum cloacina_code unknown_raise(const char *name, struct cloacina_error *err)
{
    struct similar similar;
    similar_init(&similar, text_of(name));
    for (size_t i = 0; i < ARRAY_COUNT(options); i++) {
        similar_offer(&similar, text_of(options[i].name));
    }
    return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "there is no option '%s'%s", name,
                                similar_question(&similar));
}

/* A value that says what happens anyway is no lie. */
static bool is_what_happens(const struct option *option, const char *value,
                            const struct meaning *meaning)
{
    int64_t flag;
    if (option->unless == NULL) {
        return false;
    }
    return option->kind == KIND_FLAG ? flag_read(option->unless, &flag) && flag == meaning->number
                                     : strcmp(option->unless, value) == 0;
}

enum cloacina_code cloacina_runner_options_set(struct cloacina_runner_options *into,
                                               const char *name, const char *value,
                                               struct cloacina_error *err)
{
    const struct option *option = option_find(name);
    struct meaning meaning = {0};
    if (option == NULL) {
        return unknown_raise(name, err);
    }
    if (!value_read(option->kind, value, &meaning)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "option '%s' is %s, not '%s'", name,
                                    kind_name(option->kind), value);
    }
    switch (option->effect) {
    case LIVE:
        field_set(into, option, &meaning);
        return CLOACINA_OK;
    case NO_EFFECT:
        cloacina_log_print(into->log, CLOACINA_LOG_WARNING, "option '%s' has no effect: %s", name,
                           option->reason);
        return CLOACINA_OK;
    case REFUSED:
        break;
    }
    return is_what_happens(option, value, &meaning)
               ? CLOACINA_OK
               : cloacina_error_raise(err, CLOACINA_INVALID, "option '%s' cannot be '%s': %s", name,
                                      value, option->reason);
}

/* ---- the table for people ---- */

static void row_print(struct text_builder *text, const struct option *option)
{
    text_builder_print(text, "| `%s` | %s | ", option->name, kind_name(option->kind));
    switch (option->effect) {
    case LIVE:
        text_builder_print(text, "live | %s |\n", option->reason);
        return;
    case NO_EFFECT:
        text_builder_print(text, "no effect | %s |\n", option->reason);
        return;
    case REFUSED:
        text_builder_print(text, "refused%s%s | %s |\n", option->unless == NULL ? "" : " unless ",
                           option->unless == NULL ? "" : option->unless, option->reason);
        return;
    }
}

void options_print(struct text_builder *ret_text)
{
    text_builder_append_terminated(ret_text, "| option | value | | what it is, or why not |\n"
                                             "|---|---|---|---|\n");
    for (size_t i = 0; i < ARRAY_COUNT(options); i++) {
        row_print(ret_text, &options[i]);
    }
}

/* ---- defaults and limits ---- */

struct range {
    const char *name;
    size_t offset;
    int64_t zero_means, max;
    bool may_be_none; /* -1 is legal */
};

#define MS_MAX (INT64_MAX / NANOSECONDS_PER_MILLISECOND)

static const struct range ranges[] = {
    {"slots", offsetof(struct cloacina_runner_options, slots), 4, CLOACINA_RUNNER_SLOTS_MAX, false},
    {"task_timeout_ms", offsetof(struct cloacina_runner_options, task_timeout_ms), 300000, MS_MAX,
     true},
    {"workflow_timeout_ms", offsetof(struct cloacina_runner_options, workflow_timeout_ms), 3600000,
     MS_MAX, true},
    {"heartbeat_ms", offsetof(struct cloacina_runner_options, heartbeat_ms), 10000, MS_MAX, false},
    {"stale_after_ms", offsetof(struct cloacina_runner_options, stale_after_ms), 60000, MS_MAX,
     false},
    {"cancel_grace_ms", offsetof(struct cloacina_runner_options, cancel_grace_ms), 5000, MS_MAX,
     false},
    {"zombies_max", offsetof(struct cloacina_runner_options, zombies_max), 16, UINT32_MAX, false},
    {"recoveries_max", offsetof(struct cloacina_runner_options, recoveries_max), 3, UINT32_MAX,
     false},
};

static enum cloacina_code range_apply(struct cloacina_runner_options *into,
                                      const struct range *range, struct cloacina_error *err)
{
    int64_t value;
    char *field = (char *)into + range->offset;
    memcpy(&value, field, sizeof(value));
    value = value == 0 ? range->zero_means : value;
    if (value > range->max || (value < 0 && !(range->may_be_none && value == -1))) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "runner: option '%s' is %lld, and may be %s1 to %lld",
                                    range->name, (long long)value,
                                    range->may_be_none ? "-1, or " : "", (long long)range->max);
    }
    memcpy(field, &value, sizeof(value));
    return CLOACINA_OK;
}

static enum cloacina_code words_check(const struct cloacina_runner_options *options_given,
                                      struct cloacina_error *err)
{
    if ((unsigned)options_given->durability > CLOACINA_DURABILITY_NORMAL) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "runner: option 'durability' is %d",
                                    (int)options_given->durability);
    }
    if ((unsigned)options_given->executor > CLOACINA_EXECUTOR_HOST) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "runner: option 'executor' is %d",
                                    (int)options_given->executor);
    }
    return CLOACINA_OK;
}

enum cloacina_code options_complete(const struct cloacina_runner_options *given,
                                    struct cloacina_runner_options *ret_complete,
                                    struct cloacina_error *err)
{
    struct cloacina_runner_options complete = {0};
    if (given != NULL) {
        complete = *given;
    }
    complete.heap = complete.heap != NULL ? complete.heap : cloacina_heap_system();
    complete.name = complete.name != NULL ? complete.name : "runner";
    complete.database = complete.database != NULL ? complete.database : "memory://";
    enum cloacina_code code = words_check(&complete, err);
    for (size_t i = 0; code == CLOACINA_OK && i < ARRAY_COUNT(ranges); i++) {
        code = range_apply(&complete, &ranges[i], err);
    }
    if (code == CLOACINA_OK &&
        complete.heartbeat_ms >= complete.stale_after_ms - complete.heartbeat_ms) {
        code = cloacina_error_raise(err, CLOACINA_INVALID,
                                    "runner: option 'stale_after_ms' is %lld, and must be more "
                                    "than twice 'heartbeat_ms', which is %lld",
                                    (long long)complete.stale_after_ms,
                                    (long long)complete.heartbeat_ms);
    }
    if (code == CLOACINA_OK) {
        *ret_complete = complete;
    }
    return code;
}
