/* SPDX-License-Identifier: Apache-2.0 */
/* plan_yaml_absent.c - in place of plan_yaml.c, in a build without libyaml.
 *
 * Law: what cannot be read is said to be so; the plans that are always there need no reader. */
#include "oracle/plan.h"

enum cloacina_code plan_read(struct cloacina_heap *heap, struct text yaml, const char *file,
                             struct cloacina_fault_plan **ret_plan, struct cloacina_error *err)
{
    (void)heap, (void)yaml, (void)ret_plan;
    return cloacina_error_raise(err, CLOACINA_UNAVAILABLE,
                                "%s: this build reads no fault plans (Meson feature 'plans')",
                                file != NULL ? file : "plan");
}

enum cloacina_code cloacina_fault_plan_read(const char *yaml, size_t length, const char *file,
                                            struct cloacina_fault_plan **ret_plan,
                                            struct cloacina_error *err)
{
    return plan_read(NULL, (struct text){yaml, length}, file, ret_plan, err);
}
