/* SPDX-License-Identifier: Apache-2.0 */
/* test_log.c - lines for whoever listens: the level, the length, and the standard error stream. */
#include "support.h"

#include <cloacina/log.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct page {
    struct cloacina_log log; /* first */
    int lines;
    enum cloacina_log_level level;
    char line[2 * CLOACINA_ERROR_MESSAGE_SIZE];
};

static void page_write(struct cloacina_log *log, enum cloacina_log_level level, const char *line)
{
    struct page *page = (struct page *)log;
    page->lines++;
    page->level = level;
    (void)snprintf(page->line, sizeof(page->line), "%s", line);
}

static struct page page_of(enum cloacina_log_level level)
{
    static const struct cloacina_log_impl impl = {.write = page_write};
    return (struct page){.log = {.impl = &impl, .level = level}};
}

/* Who wants warnings is not told of every attempt. */
static void a_line_above_the_level_is_not_said(void **state)
{
    (void)state;
    struct page page = page_of(CLOACINA_LOG_WARNING);
    cloacina_log_print(&page.log, CLOACINA_LOG_INFO, "begins");
    assert_int_equal(page.lines, 0);
    cloacina_log_print(&page.log, CLOACINA_LOG_WARNING, "%d of %s", 2, "three");
    cloacina_log_print(&page.log, CLOACINA_LOG_ERROR, "%s", "given up");
    assert_int_equal(page.lines, 2);
    assert_int_equal(page.level, CLOACINA_LOG_ERROR);
    assert_string_equal(page.line, "given up");
    cloacina_log_print(NULL, CLOACINA_LOG_ERROR, "to nobody");
}

/* A name of any length must not make a line of any length. */
static void a_line_that_is_too_long_ends_in_dots(void **state)
{
    (void)state;
    struct page page = page_of(CLOACINA_LOG_DEBUG);
    char text[CLOACINA_ERROR_MESSAGE_SIZE + 1];
    memset(text, 'x', sizeof(text));
    text[CLOACINA_ERROR_MESSAGE_SIZE - 1] = '\0';
    cloacina_log_print(&page.log, CLOACINA_LOG_DEBUG, "%s", text);
    assert_string_equal(page.line, text);
    text[CLOACINA_ERROR_MESSAGE_SIZE - 1] = 'x';
    text[CLOACINA_ERROR_MESSAGE_SIZE] = '\0';
    cloacina_log_print(&page.log, CLOACINA_LOG_DEBUG, "%s", text);
    assert_int_equal(strlen(page.line), CLOACINA_ERROR_MESSAGE_SIZE - 1);
    assert_string_equal(page.line + CLOACINA_ERROR_MESSAGE_SIZE - 4, "...");
}

static void levels_have_names(void **state)
{
    (void)state;
    assert_string_equal(cloacina_log_level_name(CLOACINA_LOG_ERROR), "error");
    assert_string_equal(cloacina_log_level_name(CLOACINA_LOG_WARNING), "warning");
    assert_string_equal(cloacina_log_level_name(CLOACINA_LOG_INFO), "info");
    assert_string_equal(cloacina_log_level_name(CLOACINA_LOG_DEBUG), "debug");
    assert_string_equal(cloacina_log_level_name((enum cloacina_log_level)9), "unknown-level");
}

/* What a service manager reads: one line, with the time, in UTC. */
static void the_standard_error_stream_gets_the_time_before_each_line(void **state)
{
    (void)state;
    int ends[2];
    char line[256] = "";
    int year, month, day, hour, minute, second, end = 0;
    assert_int_equal(pipe(ends), 0);
    int before = dup(STDERR_FILENO);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    cloacina_log_print(cloacina_log_stderr(CLOACINA_LOG_WARNING), CLOACINA_LOG_INFO, "nothing");
    cloacina_log_print(cloacina_log_stderr(CLOACINA_LOG_WARNING), CLOACINA_LOG_WARNING, "look out");
    assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
    assert_true(read(ends[0], line, sizeof(line) - 1) > 0);
    assert_int_equal(sscanf(line, "%4d-%2d-%2dT%2d:%2d:%2dZ warning: look out%n", &year, &month,
                            &day, &hour, &minute, &second, &end),
                     6);
    assert_string_equal(line + end, "\n");
    assert_int_equal(close(ends[0]) + close(ends[1]) + close(before), 0);
}

/* There is one log for each level, whatever number is asked for. */
static void a_level_that_is_none_is_the_nearest_one(void **state)
{
    (void)state;
    assert_int_equal(cloacina_log_stderr((enum cloacina_log_level)0)->level, CLOACINA_LOG_ERROR);
    assert_int_equal(cloacina_log_stderr(CLOACINA_LOG_INFO)->level, CLOACINA_LOG_INFO);
    assert_int_equal(cloacina_log_stderr((enum cloacina_log_level)99)->level, CLOACINA_LOG_DEBUG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_above_the_level_is_not_said),
        cmocka_unit_test(a_line_that_is_too_long_ends_in_dots),
        cmocka_unit_test(levels_have_names),
        cmocka_unit_test(the_standard_error_stream_gets_the_time_before_each_line),
        cmocka_unit_test(a_level_that_is_none_is_the_nearest_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
