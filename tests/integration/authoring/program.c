/* SPDX-License-Identifier: Apache-2.0 */
/* program.c - prints the workflows that it declares, then those of the shared objects named on its
 * command line:
 *
 *     program: shop [order price write]
 *     ./plugin_one.so: one [order (one)] */
#include <cloacina/authoring.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

CLOACINA_TASK_DECLARE(order);
CLOACINA_TASK(price, .body = price_body);
CLOACINA_TASK(write, .body = price_body, .dependencies = CLOACINA_TASKS(&price));
CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&order, &price, &write));
CLOACINA_WORKFLOW(nightly, .tasks = CLOACINA_TASKS(&price));

static int by_name(const void *a, const void *b)
{
    const struct cloacina_workflow_definition *const *first = a;
    const struct cloacina_workflow_definition *const *second = b;
    return strcmp((*first)->name, (*second)->name);
}

static void workflow_print(const struct cloacina_workflow_definition *workflow)
{
    printf(" %s [", workflow->name);
    for (size_t i = 0; workflow->tasks[i] != NULL; i++) {
        const struct cloacina_task_definition *task = workflow->tasks[i];
        printf(task->description != NULL ? "%s%s (%s)" : "%s%s", i == 0 ? "" : " ", task->name,
               task->description);
    }
    printf("]");
}

static int list_print(const char *name,
                      int (*declared)(const struct cloacina_workflow_definition *const **,
                                      size_t *))
{
    const struct cloacina_workflow_definition *const *workflows;
    const struct cloacina_workflow_definition *sorted[8];
    size_t count;
    if (declared(&workflows, &count) != CLOACINA_AUTHORING_ABI || count > 8) {
        return EXIT_FAILURE;
    }
    memcpy(sorted, workflows, count * sizeof(sorted[0]));
    qsort(sorted, count, sizeof(sorted[0]), by_name);
    printf("%s:", name);
    for (size_t i = 0; i < count; i++) {
        workflow_print(sorted[i]);
    }
    printf("\n");
    return EXIT_SUCCESS;
}

int main(int count, char **arguments)
{
    int status = list_print("program", cloacina_workflows_declared);
    for (int i = 1; i < count; i++) {
        int (*declared)(const struct cloacina_workflow_definition *const **, size_t *) = NULL;
        void *library = dlopen(arguments[i], RTLD_NOW | RTLD_LOCAL);
        void *symbol = library == NULL ? NULL : dlsym(library, "cloacina_workflows_declared");
        memcpy(&declared, &symbol, sizeof(declared));
        if (declared == NULL) {
            fprintf(stderr, "%s\n", dlerror());
            return EXIT_FAILURE;
        }
        status |= list_print(strrchr(arguments[i], '/') + 1, declared);
    }
    return status;
}
