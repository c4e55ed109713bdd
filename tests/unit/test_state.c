/* SPDX-License-Identifier: Apache-2.0 */
/* test_state.c - the table of states is the page in docs/reference/states.md, row by row.
 *
 * `test_state --print` writes the table, for the page. */
#include "support.h"

#include <stdio.h>

#include "base/text.h"
#include "execution/state.h"

static void table_print(struct text_builder *text)
{
    size_t count;
    const struct state_edge *edges = state_edges(&count);
    text_builder_append_terminated(text, "| event | from | to |\n|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        enum event_type event = (enum event_type)edges[i].event;
        bool is_task = event_is_of_task(event);
        const char *from = is_task ? task_status_name((enum task_status)edges[i].from)
                                   : execution_status_name((enum execution_status)edges[i].from);
        const char *to = is_task ? task_status_name((enum task_status)edges[i].to)
                                 : execution_status_name((enum execution_status)edges[i].to);
        text_builder_print(text, "| `%s` | %s | %s |\n", event_type_name(event), from, to);
    }
}

/* Why: a page that says something else than the code is worse than none. */
static void the_page_has_exactly_the_table_of_the_code(void **state)
{
    (void)state;
    struct text_builder table;
    struct text_builder page;
    text_builder_init(&table, NULL);
    text_builder_init(&page, NULL);
    table_print(&table);
    FILE *file = fopen(SOURCE_ROOT "/docs/reference/states.md", "r");
    assert_non_null(file);
    char line[256];
    while (fgets(line, sizeof(line), file) != NULL) {
        if (line[0] == '|') {
            text_builder_append_terminated(&page, line);
        }
    }
    (void)fclose(file);
    assert_string_equal(text_builder_terminated(&page), text_builder_terminated(&table));
    text_builder_finish(&table);
    text_builder_finish(&page);
}

/* Why: names are what stores and people keep; they are the reference's. */
static void names_are_those_of_the_reference(void **state)
{
    (void)state;
    assert_string_equal(task_status_name(TASK_NOT_STARTED), "NotStarted");
    assert_string_equal(execution_status_name(EXECUTION_CANCELLED), "Cancelled");
    assert_string_equal(event_type_name(EVENT_TASK_MARKED_READY), "task_marked_ready");
    assert_string_equal(event_type_name(EVENT_WORKFLOW_STARTED), "workflow_started");
    assert_string_equal(skip_reason_name(SKIP_UPSTREAM_SKIPPED), "upstream_skipped");
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "--print") == 0) {
        struct text_builder table;
        text_builder_init(&table, NULL);
        table_print(&table);
        (void)fputs(text_builder_terminated(&table), stdout);
        text_builder_finish(&table);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_has_exactly_the_table_of_the_code),
        cmocka_unit_test(names_are_those_of_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
