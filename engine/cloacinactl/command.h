/* SPDX-License-Identifier: Apache-2.0 */
/* command.h - what a command of cloacinactl is, and how a layer adds one.
 *
 *     CLOACINACTL_COMMAND(greet, .name = "greet", .summary = "say hello", .table = {...},
 *                         .values_size = sizeof(struct greet_values), .run = greet_run);
 *
 * A name is one word, or a noun and a verb: "execution list". A noun may be a command as well
 * ("runner" and "runner list"); a verb of it goes before its operand.
 *
 * The program knows no command by name. Each stands in the linker section "cloacinactl_commands" as
 * a pointer, so that a layer above this room (the simulator) adds its own without being included
 * from below. Nobody refers to a command, so the archive that holds it is linked whole (Meson:
 * link_whole). The order in the section is the order of linking; sorted before use. */
#ifndef CLOACINACTL_COMMAND_H
#define CLOACINACTL_COMMAND_H

#include <stddef.h>

#include <cloacina/error.h>
#include <cloacina/heap.h>

#include "cloacinactl/console.h"
#include "cloacinactl/options.h"

/* The exit status of every command. */
enum command_status {
    COMMAND_SUCCEEDED = 0, /* as wished */
    COMMAND_FAILED = 1,    /* the run, property or expectation failed */
    COMMAND_MISUSED = 2,   /* wrong use or input */
    COMMAND_BROKEN = 3     /* the world outside failed: no memory, a full disk, a closed pipe */
};

struct command;

/* What a command may use. Valid during the call. */
struct command_call {
    const struct command *command;
    const struct console *console; /* Borrowed */
    struct cloacina_heap *heap;    /* Borrowed */
};

struct command {
    const char *name;    /* "greet" or "noun verb" */
    const char *summary; /* one line for the list of commands */
    const char *usage;   /* what follows the name in the first line of its help */
    const char *details; /* the end of its help, with line breaks; may be NULL */
    struct option_table table;
    size_t values_size;   /* of the struct that the table fills */
    const void *defaults; /* of that struct; NULL: all-zero */
    /* Does it. `values` is that struct. Has complained about whatever is not COMMAND_SUCCEEDED. */
    enum command_status (*run)(const struct command_call *call, const void *values);
};

/* The status that says what kind of thing went wrong; OK gives COMMAND_SUCCEEDED. */
enum command_status command_status_of(enum cloacina_code code);

/* Complains in the name of the command and returns the status of the error. */
enum command_status command_refuse(const struct command_call *call,
                                   const struct cloacina_error *err) MUST_CHECK;

/* Writes what was built to the output, and frees the builder. NO_MEMORY: building it failed. That
 * the output took it is known when it is flushed. */
enum cloacina_code command_put(const struct command_call *call, struct text_builder *builder,
                               struct cloacina_error *err) MUST_CHECK;

/* Runs the program: `commands` in any order (the array gets sorted), argv as main() has it. */
enum command_status cloacinactl_run(const struct command **commands, size_t count,
                                    const struct console *console, struct cloacina_heap *heap,
                                    int argc, char *const *argv) MUST_CHECK;

#define CLOACINACTL_COMMAND(identifier, ...)                                                       \
    static const struct command identifier = {__VA_ARGS__};                                        \
    static const struct command *const identifier##_entry KEPT_IN_SECTION(                         \
        "cloacinactl_commands") = &identifier

#endif
