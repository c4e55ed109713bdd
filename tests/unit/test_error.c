/* SPDX-License-Identifier: Apache-2.0 */
/* test_error.c - messages, codes and their names. */
#include "support.h"

#include <cloacina/error.h>

#include <string.h>

/* The one-line return of a body: message and code in one go. */
static void setting_an_error_writes_the_message_and_returns_failed(void **state)
{
    (void)state;
    struct cloacina_error error = {0};
    assert_int_equal(cloacina_error_set(&error, "%d orders were lost", 3), CLOACINA_FAILED);
    assert_int_equal(error.code, CLOACINA_FAILED);
    assert_string_equal(error.message, "3 orders were lost");
}

/* Whoever wants the code alone passes NULL everywhere. */
static void without_an_error_struct_only_the_code_comes_back(void **state)
{
    (void)state;
    assert_int_equal(cloacina_error_set(NULL, "nobody reads this"), CLOACINA_FAILED);
    assert_int_equal(cloacina_error_raise(NULL, CLOACINA_LIMIT, "nor this"), CLOACINA_LIMIT);
    assert_int_equal(cloacina_error_wrap(NULL, "nor this"), CLOACINA_FAILED);
}

/* Every layer adds where it was; the code stays that of the cause. */
static void wrapping_puts_the_outer_context_first_and_keeps_the_code(void **state)
{
    (void)state;
    struct cloacina_error error = {0};
    (void)cloacina_error_raise(&error, CLOACINA_TIMEOUT, "no answer in %d s", 5);
    assert_int_equal(cloacina_error_wrap(&error, "task '%s'", "extract"), CLOACINA_TIMEOUT);
    assert_int_equal(cloacina_error_wrap(&error, "run %d", 7), CLOACINA_TIMEOUT);
    assert_string_equal(error.message, "run 7: task 'extract': no answer in 5 s");
}

/* A text that was cut must not pass for a whole one. */
static void a_message_that_does_not_fit_ends_in_dots(void **state)
{
    (void)state;
    char wide[2 * CLOACINA_ERROR_MESSAGE_SIZE];
    memset(wide, 'x', sizeof(wide) - 1);
    wide[sizeof(wide) - 1] = '\0';
    struct cloacina_error error = {0};
    (void)cloacina_error_set(&error, "%s", wide);
    assert_int_equal(strlen(error.message), CLOACINA_ERROR_MESSAGE_SIZE - 1);
    assert_string_equal(error.message + CLOACINA_ERROR_MESSAGE_SIZE - 4, "...");

    (void)cloacina_error_set(&error, "%.*s", CLOACINA_ERROR_MESSAGE_SIZE - 1, wide);
    assert_string_equal(error.message + CLOACINA_ERROR_MESSAGE_SIZE - 4, "xxx");
}

/* Wrapping is where cuts happen in practice: the context survives, the cause is cut. */
static void wrapping_cuts_the_inner_message_with_dots(void **state)
{
    (void)state;
    char wide[CLOACINA_ERROR_MESSAGE_SIZE];
    memset(wide, 'x', sizeof(wide) - 1);
    wide[sizeof(wide) - 1] = '\0';
    struct cloacina_error error = {0};
    (void)cloacina_error_set(&error, "%s", wide);
    (void)cloacina_error_wrap(&error, "here");
    assert_memory_equal(error.message, "here: xxx", 9);
    assert_string_equal(error.message + CLOACINA_ERROR_MESSAGE_SIZE - 4, "...");

    (void)cloacina_error_wrap(&error, "%s", wide);
    assert_memory_equal(error.message, "xxxx", 4);
    assert_string_equal(error.message + CLOACINA_ERROR_MESSAGE_SIZE - 4, "...");
}

/* A wide character that the C locale does not have makes printf give up: no rubbish may be
 * shown. */
static void a_message_that_cannot_be_printed_is_empty(void **state)
{
    (void)state;
    struct cloacina_error error = {.message = "before"};
    (void)cloacina_error_set(&error, "%ls", L"\u20ac");
    assert_string_equal(error.message, "");
}

/* Names are stored and printed: they are part of the interface. */
static void every_code_has_its_name(void **state)
{
    (void)state;
    static const char *const names[] = {
        "ok",           "failed",  "invalid",   "not-found", "exists",      "wrong-type",
        "out-of-range", "limit",   "no-memory", "timeout",   "unavailable", "cancelled",
        "conflict",     "unknown", "crashed",   "io",
    };
    for (int code = CLOACINA_OK; code <= CLOACINA_IO; code++) {
        assert_string_equal(cloacina_code_name((enum cloacina_code)code), names[code]);
    }
    assert_string_equal(cloacina_code_name((enum cloacina_code)99), "unknown-code");
}

/* The default retry condition asks this. */
static void only_timeouts_and_unavailable_services_are_transient(void **state)
{
    (void)state;
    for (int code = CLOACINA_OK; code <= CLOACINA_IO; code++) {
        int expected = code == CLOACINA_TIMEOUT || code == CLOACINA_UNAVAILABLE;
        assert_int_equal(cloacina_code_is_transient((enum cloacina_code)code), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_an_error_writes_the_message_and_returns_failed),
        cmocka_unit_test(without_an_error_struct_only_the_code_comes_back),
        cmocka_unit_test(wrapping_puts_the_outer_context_first_and_keeps_the_code),
        cmocka_unit_test(a_message_that_does_not_fit_ends_in_dots),
        cmocka_unit_test(wrapping_cuts_the_inner_message_with_dots),
        cmocka_unit_test(a_message_that_cannot_be_printed_is_empty),
        cmocka_unit_test(every_code_has_its_name),
        cmocka_unit_test(only_timeouts_and_unavailable_services_are_transient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
