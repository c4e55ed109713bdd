/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_source.h - where the workflow to simulate comes from, and what comes with it.
 *
 *   simulate_source.c    a file, a formula, a name     simulate_library.c   a shared object: what
 *                                                      it declares, what it goes around */
#ifndef CLI_SIMULATE_SOURCE_H
#define CLI_SIMULATE_SOURCE_H

#include <cloacina/workflow.h>
#include <cloacina/world.h>

#include "simulate/simulate.h"
#include "cloacinactl/command.h"
#include "registry/registry.h"
#include "workload/logbook.h"
#include "workload/mixed.h"

enum { SOURCE_ORIGIN_SIZE = 160 };

/* All-zero is "nothing opened". */
struct simulate_source {
    struct registry registry; /* Owned: what the library declares, or this program */
    bool has_registry;
    struct registry old; /* Owned: what the library to upgrade from declares */
    bool has_old;
    struct mixed mixed; /* Owned: makes workflow, bodies and submissions for each seed */
    bool is_mixed;
    struct cloacina_workflow *workflow; /* Owned reference */
    int64_t *costs_ns; /* Owned: bodies only cost time; NULL: the workflow has bodies */
    uint32_t costs_count;
    int64_t cost_total_ns;           /* of all tasks, one after the other */
    struct logbook logbook;          /* Owned: of a recording with its attempts; else all-zero */
    bool is_recording;               /* the operand is a file */
    bool is_declared;                /* in C, by a macro: its name is an identifier */
    char origin[SOURCE_ORIGIN_SIZE]; /* what it is, for people: "formula 'chain:3'" */
    const struct cloacina_property *properties[CLOACINA_WORLD_PROPERTIES_MAX]; /* Borrowed */
    size_t property_count;
};

/* Opens what the options name; warns about what goes around the virtual world. Errors name the file
 * with line and column where there is one. On an error there is nothing to close. The source must
 * stay where it is. */
enum cloacina_code source_open(const struct command_call *call,
                               const struct simulate_options *options,
                               struct simulate_source *ret_source,
                               struct cloacina_error *err) MUST_CHECK;

/* Opens only what --list shows: the library's workflows, or those of this program. */
enum cloacina_code source_open_registry(const struct command_call *call,
                                        const struct simulate_options *options,
                                        struct simulate_source *ret_source,
                                        struct cloacina_error *err) MUST_CHECK;

void source_close(const struct command_call *call, struct simulate_source *source);

/* Gives a fresh world the workflow, its old bodies if there are some, and its properties. Not for
 * mixed ones: they do that themselves. */
enum cloacina_code source_register(const struct simulate_source *source,
                                   struct cloacina_world *world,
                                   struct cloacina_error *err) MUST_CHECK;

/* ---- private: simulate_library.c ---- */

/* Opens a shared object into a registry that is initialised. INVALID: it goes around the virtual
 * world, and --strict was given; or whatever keeps it from being used. */
enum cloacina_code library_read(const struct command_call *call,
                                const struct simulate_options *options, const char *path,
                                struct registry *registry, struct cloacina_error *err) MUST_CHECK;

/* The properties that were declared together with the source's workflow. LIMIT: too many. */
enum cloacina_code properties_take(struct simulate_source *source, bool is_library,
                                   struct cloacina_error *err) MUST_CHECK;

#endif
