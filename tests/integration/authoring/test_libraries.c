/* SPDX-License-Identifier: Apache-2.0 */
/* test_libraries.c - shared objects in a registry: their own workflows, and clear words for what is
 * none.
 *
 * usage: test_libraries one.so two.so bare.so foreign.so tomorrow.so broken.so */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "registry/registry.h"

enum library { ONE, TWO, BARE, FOREIGN, TOMORROW, BROKEN, LIBRARIES };

static const char *paths[LIBRARIES];

static enum cloacina_code order_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

/* As in the libraries: `order` must be each one's own. */
CLOACINA_TASK(order, .body = order_body, .description = "of the program");
CLOACINA_WORKFLOW(host, .tasks = CLOACINA_TASKS(&order));

static void opened(struct registry *registry, enum library library)
{
    struct cloacina_error err = {0};
    if (registry_open_library(registry, paths[library], &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
}

static void refused(enum library library, enum cloacina_code code, const char *reason)
{
    struct registry registry;
    struct cloacina_error err = {0};
    char message[CLOACINA_ERROR_MESSAGE_SIZE];
    (void)snprintf(message, sizeof(message), "library '%s': %s", paths[library], reason);
    registry_init(&registry, NULL);
    assert_int_equal(registry_open_library(&registry, paths[library], &err), code);
    assert_string_equal(err.message, message);
    assert_int_equal(registry.count, 0);
    assert_int_equal(registry_open_library(&registry, paths[library], NULL), code);
    registry_finish(&registry);
}

/* Both declare a task `order`, as this program does: nobody may see another one's. */
static void libraries_see_only_their_own_lists_and_tasks(void **state)
{
    (void)state;
    struct registry registry;
    registry_init(&registry, NULL);
    opened(&registry, TWO);
    opened(&registry, ONE);
    assert_int_equal(registry.count, 2);
    assert_string_equal(cloacina_workflow_name(registry.workflows[0]), "one");
    assert_string_equal(registry.workflows[0]->bodies[0].description, "one");
    assert_string_equal(cloacina_workflow_name(registry.workflows[1]), "two");
    assert_string_equal(registry.workflows[1]->bodies[0].description, "two");
    assert_ptr_not_equal(registry.workflows[0]->bodies[0].run, order_body);
    registry_finish(&registry);
}

static void a_library_may_be_opened_again(void **state)
{
    (void)state;
    struct registry registry;
    registry_init(&registry, NULL);
    opened(&registry, ONE);
    opened(&registry, ONE);
    assert_int_equal(registry.count, 1);
    registry_finish(&registry);
    registry_init(&registry, NULL);
    opened(&registry, ONE);
    assert_int_equal(registry.count, 1);
    registry_finish(&registry);
}

static void what_is_no_workflow_library_is_refused(void **state)
{
    (void)state;
    refused(BARE, CLOACINA_INVALID, "declares no workflows with CLOACINA_WORKFLOW");
    refused(FOREIGN, CLOACINA_INVALID,
            "does not include cloacina/authoring.h: there are no workflows in it");
    refused(TOMORROW, CLOACINA_INVALID, "built for version 2 of cloacina/authoring.h, wanted 1");
}

static void a_library_with_a_wrong_workflow_adds_none(void **state)
{
    (void)state;
    refused(BROKEN, CLOACINA_INVALID, "broken.c:7: workflow 'wrong': has no tasks");
}

/* What comes behind the colon is the loader's. A file of the current directory needs no "./" in
 * front. */
static void a_file_that_is_no_library_is_refused_by_the_loader(void **state)
{
    (void)state;
    struct registry registry;
    struct cloacina_error err = {0};
    FILE *file = fopen("no-library.so", "w");
    assert_non_null(file);
    assert_true(fputs("this is no library", file) >= 0);
    assert_int_equal(fclose(file), 0);
    registry_init(&registry, NULL);
    assert_int_equal(registry_open_library(&registry, "no-library.so", &err), CLOACINA_IO);
    assert_memory_equal(err.message, "library 'no-library.so': ", 25);
    registry_finish(&registry);
    assert_int_equal(remove("no-library.so"), 0);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libraries_see_only_their_own_lists_and_tasks),
        cmocka_unit_test(a_library_may_be_opened_again),
        cmocka_unit_test(what_is_no_workflow_library_is_refused),
        cmocka_unit_test(a_library_with_a_wrong_workflow_adds_none),
        cmocka_unit_test(a_file_that_is_no_library_is_refused_by_the_loader),
    };
    if (count != LIBRARIES + 1) {
        fprintf(stderr,
                "usage: test_libraries one.so two.so bare.so foreign.so tomorrow.so broken.so\n");
        return 2;
    }
    for (int i = 0; i < LIBRARIES; i++) {
        paths[i] = arguments[i + 1];
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
