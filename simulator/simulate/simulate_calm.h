/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_calm.h - some seeds, one after the other, in worlds in which nothing goes wrong. */
#ifndef CLI_SIMULATE_CALM_H
#define CLI_SIMULATE_CALM_H

#include "simulate/simulate_session.h"

/* Opens everything, runs the seeds, writes the report. */
enum cloacina_code simulate_calm(struct session *session, struct cloacina_error *err) MUST_CHECK;

#endif
