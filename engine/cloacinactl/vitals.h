/* SPDX-License-Identifier: Apache-2.0 */
/* vitals.h - how a production runner is doing, as health checks and Prometheus want to hear it.
 *
 * Pure: a picture of the figures goes in, text comes out. Whoever serves it is health.h. */
#ifndef CLOACINACTL_VITALS_H
#define CLOACINACTL_VITALS_H

#include <stdbool.h>

#include <cloacina/runner.h>

#include "base/text.h"

struct vitals {
    struct cloacina_runner_figures figures;
    int64_t now;            /* on the clock of figures.answered_at */
    int64_t stale_after_ns; /* so long without an answer of the store: the lease is dead */
    bool is_draining;
};

/* Is the process alive: has it a lease, and does its store answer? `ret_reason` gets why not. */
bool vitals_are_healthy(const struct vitals *vitals, struct text_builder *ret_reason);

/* Would it take work now? Healthy, not draining, and not stopped by bodies that do not return. */
bool vitals_are_ready(const struct vitals *vitals, struct text_builder *ret_reason);

/* {"status":"ok","reason":null}; `status` is what to say when it is not. */
void vitals_write_json(bool is_good, const char *status, struct text reason,
                       struct text_builder *ret_json);

/* Prometheus' text format, version 0.0.4. */
void vitals_write_metrics(const struct vitals *vitals, struct text_builder *ret_text);

#endif
