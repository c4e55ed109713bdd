/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_plan.h - the fault plan that was asked for: one that is always there, or a file. */
#ifndef CLI_SIMULATE_PLAN_H
#define CLI_SIMULATE_PLAN_H

#include "oracle/plan.h"
#include "simulate/simulate_session.h"

/* NULL in *ret_plan: none was asked for. Owned by the caller. Errors name the file with its line,
 * or list the plans that there are. */
enum cloacina_code simulate_plan_open(const struct session *session,
                                      struct cloacina_fault_plan **ret_plan,
                                      struct cloacina_error *err) MUST_CHECK;

/* "60s", "5m": more than nothing. INVALID names the option. */
enum cloacina_code simulate_budget_read(const char *text, int64_t *ret_ns,
                                        struct cloacina_error *err) MUST_CHECK;

#endif
