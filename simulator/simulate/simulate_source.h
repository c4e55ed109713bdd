/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_source.h - where the workflow to simulate comes from. */
#ifndef CLI_SIMULATE_SOURCE_H
#define CLI_SIMULATE_SOURCE_H

#include <cloacina/workflow.h>

#include "simulate/simulate.h"
#include "cloacinactl/command.h"
#include "registry/registry.h"

/* All-zero is "nothing opened". */
struct source {
    struct registry registry; /* Owned: what the library declares, or this program */
    bool has_registry;
    struct cloacina_workflow *workflow; /* Owned reference */
    int64_t *costs_ns; /* Owned: bodies only cost time; NULL: the workflow has bodies */
    uint32_t costs_count;
    int64_t cost_total_ns; /* of all tasks, one after the other */
};

/* Opens what the options name; warns about what goes around the virtual world. Errors name the file
 * with line and column where there is one. On an error there is nothing to close. */
enum cloacina_code source_open(const struct command_call *call,
                               const struct simulate_options *options, struct source *ret_source,
                               struct cloacina_error *err) MUST_CHECK;

/* Opens only what --list shows: the library's workflows, or those of this program. */
enum cloacina_code source_open_registry(const struct command_call *call,
                                        const struct simulate_options *options,
                                        struct source *ret_source,
                                        struct cloacina_error *err) MUST_CHECK;

void source_close(const struct command_call *call, struct source *source);

#endif
