/* SPDX-License-Identifier: Apache-2.0 */
/* tomorrow.c - a shared object built against another version of authoring.h. */
#include <stddef.h>

int cloacina_workflows_declared(const void *ret_workflows, size_t *ret_count);
__attribute__((visibility("default"))) int cloacina_workflows_declared(const void *ret_workflows,
                                                                       size_t *ret_count)
{
    (void)ret_workflows;
    *ret_count = 3;
    return 2;
}
