/* SPDX-License-Identifier: Apache-2.0 */
/* test_runner_options.c - the options of a runner: by name, with their defaults, and at their limits. */
#include "runner_api_scene.h"

#include "production/options.h"

static void set(struct cloacina_runner_options *options, const char *name, const char *value)
{
    assert_ok(cloacina_runner_options_set(options, name, value, &err));
}

/* Whoever comes from the reference system brings its names. */
static void names_of_the_reference_set_what_they_mean(void **state)
{
    (void)state;
    struct cloacina_runner_options options = {0};
    set(&options, "max_concurrent_tasks", "16");
    set(&options, "task_timeout_seconds", "90");
    set(&options, "workflow_timeout_seconds", "None");
    set(&options, "heartbeat_interval_ms", "500");
    set(&options, "stale_claim_threshold", "5s");
    set(&options, "runner_name", "night");
    assert_int_equal(options.slots, 16);
    assert_int_equal(options.task_timeout_ms, 90000);
    assert_int_equal(options.workflow_timeout_ms, -1);
    assert_int_equal(options.heartbeat_ms, 500);
    assert_int_equal(options.stale_after_ms, 5000);
    assert_string_equal(options.name, "night");
}

static void own_names_set_their_fields(void **state)
{
    (void)state;
    struct cloacina_runner_options options = {0};
    set(&options, "database", "sqlite://app.db");
    set(&options, "durability", "normal");
    set(&options, "executor", "host");
    set(&options, "cancel_grace_ms", "7");
    set(&options, "task_timeout_ms", "-1");
    set(&options, "pipeline_timeout_seconds", "-1");
    assert_string_equal(options.database, "sqlite://app.db");
    assert_int_equal(options.durability, CLOACINA_DURABILITY_NORMAL);
    assert_int_equal(options.executor, CLOACINA_EXECUTOR_HOST);
    assert_int_equal(options.cancel_grace_ms, 7);
    assert_int_equal(options.task_timeout_ms, -1);
    assert_int_equal(options.workflow_timeout_ms, -1);
}

/* An option that does nothing is accepted, and says so. */
static void options_without_effect_tell_the_log_why(void **state)
{
    (void)state;
    struct heard heard;
    heard_open(&heard, CLOACINA_LOG_WARNING);
    struct cloacina_runner_options options = {.log = &heard.log};
    set(&options, "db_pool_size", "10");
    assert_string_equal(heard.last,
                        "option 'db_pool_size' has no effect: a runner needs one connection");
    set(&options, "cron_max_catchup_executions", "100");
    assert_int_equal(heard.count, 2);
    options.log = NULL;
    set(&options, "scheduler_poll_interval", "100ms");
    assert_int_equal(sem_destroy(&heard.lines), 0);
}

/* What would be a promise that nobody keeps is an error; what happens anyway is none. */
static void options_that_would_lie_are_refused(void **state)
{
    (void)state;
    struct cloacina_runner_options options = {0};
    assert_int_equal(cloacina_runner_options_set(&options, "require_signatures", "true", &err),
                     CLOACINA_INVALID);
    assert_string_equal(err.message,
                        "option 'require_signatures' cannot be 'true': this version loads no "
                        "packages, so it checks no signatures");
    set(&options, "require_signatures", "False");
    set(&options, "enable_recovery", "true");
    set(&options, "tenant_id", "public");
    assert_int_equal(cloacina_runner_options_set(&options, "enable_recovery", "false", &err),
                     CLOACINA_INVALID);
    assert_int_equal(cloacina_runner_options_set(&options, "tenant_id", "acme", &err),
                     CLOACINA_INVALID);
    assert_int_equal(cloacina_runner_options_set(&options, "routing_config", "{}", &err),
                     CLOACINA_INVALID);
}

static void what_is_no_option_or_no_value_is_named(void **state)
{
    (void)state;
    struct cloacina_runner_options options = {0};
    assert_int_equal(cloacina_runner_options_set(&options, "max_concurent_tasks", "4", &err),
                     CLOACINA_NOT_FOUND);
    assert_string_equal(err.message, "there is no option 'max_concurent_tasks'; did you mean "
                                     "'max_concurrent_tasks'?");
    const char *const wrong[][2] = {
        {"slots", "four"},
        {"slots", ""},
        {"slots", "-"},
        {"slots", "99999999999999999999"},
        {"task_timeout", "5 s"},
        {"task_timeout", "5us"},
        {"task_timeout_seconds", "9223372036854775807"},
        {"durability", "maximal"},
        {"executor", "pool"},
        {"enable_cron_scheduling", "yes"},
        {"heartbeat_ms", "1.5"},
        {"heartbeat_interval_seconds", "ten"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(cloacina_runner_options_set(&options, wrong[i][0], wrong[i][1], &err),
                         CLOACINA_INVALID);
        assert_non_null(strstr(err.message, wrong[i][0]));
    }
    assert_string_equal(err.message, "option 'heartbeat_interval_seconds' is a number of seconds, "
                                     "or none, not 'ten'");
}

static enum cloacina_code complete(struct cloacina_runner_options options)
{
    struct cloacina_runner_options whole;
    return options_complete(&options, &whole, &err);
}

/* All-zero is a working runner; each limit holds at its edge. */
static void defaults_and_limits_are_those_of_the_header(void **state)
{
    (void)state;
    struct cloacina_runner_options whole;
    assert_ok(options_complete(NULL, &whole, &err));
    assert_string_equal(whole.database, "memory://");
    assert_string_equal(whole.name, "runner");
    assert_int_equal(whole.slots, 4);
    assert_int_equal(whole.task_timeout_ms, 300000);
    assert_int_equal(whole.workflow_timeout_ms, 3600000);
    assert_int_equal(whole.heartbeat_ms, 10000);
    assert_int_equal(whole.stale_after_ms, 60000);
    assert_int_equal(whole.cancel_grace_ms, 5000);
    assert_int_equal(whole.zombies_max, 16);
    assert_int_equal(whole.recoveries_max, 3);
    assert_ok(complete((struct cloacina_runner_options){.slots = CLOACINA_RUNNER_SLOTS_MAX}));
    assert_int_equal(
        complete((struct cloacina_runner_options){.slots = CLOACINA_RUNNER_SLOTS_MAX + 1}),
        CLOACINA_INVALID);
    assert_ok(complete((struct cloacina_runner_options){.task_timeout_ms = -1}));
    assert_int_equal(complete((struct cloacina_runner_options){.task_timeout_ms = -2}),
                     CLOACINA_INVALID);
    assert_string_equal(err.message, "runner: option 'task_timeout_ms' is -2, and may be -1, or 1 "
                                     "to 9223372036854");
    assert_int_equal(complete((struct cloacina_runner_options){.cancel_grace_ms = -1}),
                     CLOACINA_INVALID);
    assert_int_equal(
        complete((struct cloacina_runner_options){.durability = (enum cloacina_durability)3}),
        CLOACINA_INVALID);
    assert_int_equal(
        complete((struct cloacina_runner_options){.executor = (enum cloacina_executor)2}),
        CLOACINA_INVALID);
}

/* A runner that beats too rarely would be taken for dead. */
static void a_threshold_must_be_more_than_two_heartbeats(void **state)
{
    (void)state;
    assert_ok(complete((struct cloacina_runner_options){.heartbeat_ms = 10, .stale_after_ms = 21}));
    assert_int_equal(
        complete((struct cloacina_runner_options){.heartbeat_ms = 10, .stale_after_ms = 20}),
        CLOACINA_INVALID);
    assert_string_equal(err.message, "runner: option 'stale_after_ms' is 20, and must be more than "
                                     "twice 'heartbeat_ms', which is 10");
}

/* The page for people is the table of the code. */
static void the_reference_page_is_the_table(void **state)
{
    (void)state;
    struct text_builder table;
    text_builder_init(&table, NULL);
    options_print(&table);
    FILE *file = fopen(SOURCE_ROOT "/docs/reference/runner-options.md", "r");
    assert_non_null(file);
    static char page[65536];
    page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    const char *there = strstr(page, "| option |");
    if (there == NULL || strncmp(there, text_builder_terminated(&table), table.length) != 0) {
        fail_msg("docs/reference/runner-options.md should say\n%s",
                 text_builder_terminated(&table));
    }
    text_builder_finish(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_the_reference_set_what_they_mean),
        cmocka_unit_test(own_names_set_their_fields),
        cmocka_unit_test(options_without_effect_tell_the_log_why),
        cmocka_unit_test(options_that_would_lie_are_refused),
        cmocka_unit_test(what_is_no_option_or_no_value_is_named),
        cmocka_unit_test(defaults_and_limits_are_those_of_the_header),
        cmocka_unit_test(a_threshold_must_be_more_than_two_heartbeats),
        cmocka_unit_test(the_reference_page_is_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
