/* SPDX-License-Identifier: Apache-2.0 */
/* command.c - finds the command, reads its options, runs it, answers with its status.
 *
 * Law: whatever happens, the exit status says of which kind it was. */
#include "cloacinactl/command.h"

#include <stdlib.h>
#include <string.h>

static int command_compare(const void *a, const void *b)
{
    const struct command *const *left = a;
    const struct command *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

enum command_status command_status_of(enum cloacina_code code)
{
    switch (code) {
    case CLOACINA_OK:
        return COMMAND_SUCCEEDED;
    case CLOACINA_FAILED:
    case CLOACINA_TIMEOUT:
    case CLOACINA_CANCELLED:
    case CLOACINA_CONFLICT:
    case CLOACINA_UNKNOWN:
    case CLOACINA_CRASHED:
        return COMMAND_FAILED;
    case CLOACINA_INVALID:
    case CLOACINA_NOT_FOUND:
    case CLOACINA_EXISTS:
    case CLOACINA_WRONG_TYPE:
    case CLOACINA_OUT_OF_RANGE:
    case CLOACINA_LIMIT:
        return COMMAND_MISUSED;
    case CLOACINA_NO_MEMORY:
    case CLOACINA_UNAVAILABLE:
    case CLOACINA_IO:
        break;
    }
    return COMMAND_BROKEN;
}

enum command_status command_refuse(const struct command_call *call,
                                   const struct cloacina_error *err)
{
    console_complain(call->console, call->command->name, "", err->message);
    return command_status_of(err->code);
}

/* Writes what was built to the output, and gives the builder's memory back. */
static enum command_status text_put(const struct console *console, struct text_builder *builder)
{
    enum command_status status = COMMAND_SUCCEEDED;
    if (builder->failed) {
        console_complain(console, NULL, "", "no memory");
        status = COMMAND_BROKEN;
    } else {
        fputs(text_builder_terminated(builder), console->output);
    }
    text_builder_finish(builder);
    return status;
}

static enum command_status program_describe(const struct command *const *commands, size_t count,
                                            const struct console *console,
                                            struct cloacina_heap *heap)
{
    struct text_builder builder;
    text_builder_init(&builder, heap);
    text_builder_append_terminated(&builder, "usage: cloacinactl COMMAND ...\n\ncommands:\n");
    for (size_t i = 0; i < count; i++) {
        text_builder_print(&builder, "  %-10s  %s\n", commands[i]->name, commands[i]->summary);
    }
    text_builder_append_terminated(
        &builder,
        "\n"
        "cloacinactl COMMAND --help explains a command; cloacinactl --version says which "
        "version this is.\n"
        "exit status: 0 as wished, 1 the run, property or expectation failed, 2 wrong use "
        "or input,\n"
        "3 the world outside failed.\n");
    return text_put(console, &builder);
}

static enum command_status command_describe(const struct command_call *call)
{
    const struct command *command = call->command;
    struct text_builder builder;
    text_builder_init(&builder, call->heap);
    text_builder_print(&builder, "usage: cloacinactl %s %s\n%s\n\noptions:\n", command->name,
                       command->usage, command->summary);
    options_describe(&command->table, &builder);
    if (command->details != NULL) {
        text_builder_print(&builder, "\n%s", command->details);
    }
    return text_put(call->console, &builder);
}

static enum command_status command_run(const struct command_call *call, int argc, char *const *argv)
{
    const struct command *command = call->command;
    struct cloacina_error err = {0};
    bool wants_help;
    enum command_status status;
    void *values = heap_take_zeroed(call->heap, 1, command->values_size);
    if (values == NULL) {
        (void)cloacina_error_raise(&err, CLOACINA_NO_MEMORY, "no memory");
        return command_refuse(call, &err);
    }
    if (command->defaults != NULL) {
        memcpy(values, command->defaults, command->values_size);
    }
    if (options_parse(&command->table, argc, argv, values, &wants_help, &err) != CLOACINA_OK) {
        status = command_refuse(call, &err);
    } else if (wants_help) {
        status = command_describe(call);
    } else {
        status = command->run(call, values);
    }
    heap_give(call->heap, values, command->values_size);
    return status;
}

static enum command_status command_unknown(const struct command *const *commands, size_t count,
                                           const struct console *console, const char *name)
{
    struct cloacina_error err;
    const char *similar = NULL;
    for (size_t i = 0; i < count && similar == NULL; i++) {
        similar = name_similar(text_of(name), &commands[i]->name, 1);
    }
    (void)cloacina_error_raise(&err, CLOACINA_INVALID, "unknown %s '%s'%s%s%s",
                               name[0] == '-' ? "option" : "command", name,
                               similar != NULL ? "; did you mean '" : "",
                               similar != NULL ? similar : "", similar != NULL ? "'?" : "");
    console_complain(console, NULL, "", err.message);
    return COMMAND_MISUSED;
}

static enum command_status dispatch(const struct command *const *commands, size_t count,
                                    const struct console *console, struct cloacina_heap *heap,
                                    int argc, char *const *argv)
{
    if (argc < 2) {
        console_complain(console, NULL, "", "a command is missing; cloacinactl --help lists them");
        return COMMAND_MISUSED;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        return program_describe(commands, count, console, heap);
    }
    if (strcmp(name, "--version") == 0) {
        fputs("cloacinactl " CLOACINA_VERSION "\n", console->output);
        return COMMAND_SUCCEEDED;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, commands[i]->name) == 0) {
            struct command_call call = {.command = commands[i], .console = console, .heap = heap};
            return command_run(&call, argc - 2, argv + 2);
        }
    }
    return command_unknown(commands, count, console, name);
}

enum command_status cloacinactl_run(const struct command **commands, size_t count,
                                    const struct console *console, struct cloacina_heap *heap,
                                    int argc, char *const *argv)
{
    struct cloacina_error err;
    qsort(commands, count, sizeof(*commands), command_compare);
    enum command_status status = dispatch(commands, count, console, heap, argc, argv);
    if (console_flush(console, &err) != CLOACINA_OK) {
        console_complain(console, NULL, "", err.message);
        return COMMAND_BROKEN;
    }
    return status;
}
