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

/* What the program was called with. Everything is Borrowed. */
struct program {
    const struct command *const *commands; /* by name */
    size_t count;
    const struct console *console;
    struct cloacina_heap *heap;
};

enum cloacina_code command_put(const struct command_call *call, struct text_builder *builder,
                               struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    if (builder->failed) {
        code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
    } else {
        fwrite(builder->bytes, 1, builder->length, call->console->output);
    }
    text_builder_finish(builder);
    return code;
}

/* Help: nobody but the program itself says it. */
static enum command_status text_put(const struct console *console, struct text_builder *builder)
{
    struct cloacina_error err;
    struct command_call call = {.console = console};
    enum cloacina_code code = command_put(&call, builder, &err);
    if (code != CLOACINA_OK) {
        console_complain(console, NULL, "", err.message);
    }
    return command_status_of(code);
}

/* ---- names of one word or two ---- */

/* The length of the first word. */
static size_t noun_length(const char *name)
{
    return strcspn(name, " ");
}

/* The second word, or "". */
static const char *verb_of(const char *name)
{
    const char *space = strchr(name, ' ');
    return space == NULL ? "" : space + 1;
}

static bool has_noun(const struct command *command, const char *noun)
{
    size_t length = noun_length(command->name);
    return strncmp(command->name, noun, length) == 0 && noun[length] == '\0';
}

/* How many arguments name this command; 0: they do not. */
static int arguments_match(const struct command *command, int argc, char *const *argv)
{
    const char *verb = verb_of(command->name);
    if (!has_noun(command, argv[0])) {
        return 0;
    }
    if (verb[0] == '\0') {
        return 1;
    }
    return argc >= 2 && strcmp(argv[1], verb) == 0 ? 2 : 0;
}

/* "execution list" goes before "execution", which takes what is left. */
static const struct command *command_find(const struct program *program, int argc,
                                          char *const *argv, int *ret_words)
{
    const struct command *found = NULL;
    *ret_words = 0;
    for (size_t i = 0; i < program->count; i++) {
        int words = arguments_match(program->commands[i], argc, argv);
        if (words > *ret_words) {
            found = program->commands[i];
            *ret_words = words;
        }
    }
    return found;
}

/* ---- help ---- */

/* The commands with this noun and a verb, or all (NULL). False: there is none. */
static bool commands_list(const struct program *program, const char *noun,
                          struct text_builder *builder)
{
    bool has_some = false;
    for (size_t i = 0; i < program->count; i++) {
        const struct command *command = program->commands[i];
        if (noun == NULL || (has_noun(command, noun) && verb_of(command->name)[0] != '\0')) {
            text_builder_print(builder, "  %-16s  %s\n", command->name, command->summary);
            has_some = true;
        }
    }
    return has_some;
}

static enum command_status program_describe(const struct program *program)
{
    struct text_builder builder;
    text_builder_init(&builder, program->heap);
    text_builder_append_terminated(&builder, "usage: cloacinactl COMMAND ...\n\ncommands:\n");
    (void)commands_list(program, NULL, &builder);
    text_builder_append_terminated(
        &builder,
        "\n"
        "cloacinactl COMMAND --help explains a command; cloacinactl --version says which "
        "version this is.\n"
        "exit status: 0 as wished, 1 the run, property or expectation failed, 2 wrong use "
        "or input,\n"
        "3 the world outside failed.\n");
    return text_put(program->console, &builder);
}

static enum command_status noun_describe(const struct program *program, const char *noun)
{
    struct text_builder builder;
    text_builder_init(&builder, program->heap);
    text_builder_print(&builder, "usage: cloacinactl %s VERB ...\n\ncommands:\n", noun);
    (void)commands_list(program, noun, &builder);
    text_builder_print(&builder, "\ncloacinactl %s VERB --help explains one of them.\n", noun);
    return text_put(program->console, &builder);
}

static enum command_status command_describe(const struct program *program,
                                            const struct command *command)
{
    struct text_builder builder;
    struct text_builder others;
    text_builder_init(&builder, program->heap);
    text_builder_init(&others, program->heap);
    text_builder_print(&builder, "usage: cloacinactl %s %s\n%s\n\noptions:\n", command->name,
                       command->usage, command->summary);
    options_describe(&command->table, &builder);
    if (command->details != NULL) {
        text_builder_print(&builder, "\n%s", command->details);
    }
    if (commands_list(program, command->name, &others)) {
        text_builder_print(&builder, "\nthere is also:\n%s", text_builder_terminated(&others));
    }
    builder.failed = builder.failed || others.failed;
    text_builder_finish(&others);
    return text_put(program->console, &builder);
}

/* ---- which one ---- */

static enum command_status command_run(const struct program *program, const struct command *command,
                                       int argc, char *const *argv)
{
    struct command_call call = {
        .command = command, .console = program->console, .heap = program->heap};
    struct cloacina_error err = {0};
    bool wants_help;
    enum command_status status;
    void *values = heap_take_zeroed(program->heap, 1, command->values_size);
    if (values == NULL) {
        (void)cloacina_error_raise(&err, CLOACINA_NO_MEMORY, "no memory");
        return command_refuse(&call, &err);
    }
    if (command->defaults != NULL) {
        memcpy(values, command->defaults, command->values_size);
    }
    if (options_parse(&command->table, argc, argv, values, &wants_help, &err) != CLOACINA_OK) {
        status = command_refuse(&call, &err);
    } else if (wants_help) {
        status = command_describe(program, command);
    } else {
        status = command->run(&call, values);
    }
    heap_give(program->heap, values, command->values_size);
    return status;
}

static enum command_status unknown(const struct program *program, const char *kind,
                                   const char *word, const char *similar)
{
    struct cloacina_error err;
    (void)cloacina_error_raise(&err, CLOACINA_INVALID, "unknown %s '%s'%s%s%s", kind, word,
                               similar != NULL ? "; did you mean '" : "",
                               similar != NULL ? similar : "", similar != NULL ? "'?" : "");
    console_complain(program->console, NULL, "", err.message);
    return COMMAND_MISUSED;
}

static enum command_status noun_unknown(const struct program *program, const char *word)
{
    char noun[32];
    const char *similar = NULL;
    for (size_t i = 0; i < program->count && similar == NULL; i++) {
        (void)snprintf(noun, sizeof(noun), "%.*s", (int)noun_length(program->commands[i]->name),
                       program->commands[i]->name);
        similar = text_is_similar(text_of(word), text_of(noun)) ? noun : NULL;
    }
    return unknown(program, word[0] == '-' ? "option" : "command", word, similar);
}

/* There are verbs, and none of them was meant. */
static enum command_status verb_unknown(const struct program *program, int argc, char *const *argv)
{
    struct cloacina_error err;
    const char *similar = NULL;
    if (argc < 2) {
        (void)cloacina_error_raise(&err, CLOACINA_INVALID,
                                   "a verb is missing; cloacinactl %s --help lists them", argv[0]);
        console_complain(program->console, argv[0], "", err.message);
        return COMMAND_MISUSED;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        return noun_describe(program, argv[0]);
    }
    for (size_t i = 0; i < program->count && similar == NULL; i++) {
        const char *verb = verb_of(program->commands[i]->name);
        bool is_near = has_noun(program->commands[i], argv[0]) &&
                       text_is_similar(text_of(argv[1]), text_of(verb));
        similar = is_near ? program->commands[i]->name : NULL;
    }
    (void)snprintf(err.message, sizeof(err.message), "%s %s", argv[0], argv[1]);
    return unknown(program, argv[1][0] == '-' ? "option" : "command",
                   argv[1][0] == '-' ? argv[1] : err.message, similar);
}

static enum command_status dispatch(const struct program *program, int argc, char *const *argv)
{
    int words;
    if (argc < 1) {
        console_complain(program->console, NULL, "",
                         "a command is missing; cloacinactl --help lists them");
        return COMMAND_MISUSED;
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
        return program_describe(program);
    }
    if (strcmp(argv[0], "--version") == 0) {
        fputs("cloacinactl " CLOACINA_VERSION "\n", program->console->output);
        return COMMAND_SUCCEEDED;
    }
    const struct command *command = command_find(program, argc, argv, &words);
    if (command != NULL) {
        return command_run(program, command, argc - words, argv + words);
    }
    for (size_t i = 0; i < program->count; i++) {
        if (has_noun(program->commands[i], argv[0])) {
            return verb_unknown(program, argc, argv);
        }
    }
    return noun_unknown(program, argv[0]);
}

enum command_status cloacinactl_run(const struct command **commands, size_t count,
                                    const struct console *console, struct cloacina_heap *heap,
                                    int argc, char *const *argv)
{
    struct cloacina_error err;
    struct program program = {
        .commands = commands, .count = count, .console = console, .heap = heap};
    qsort(commands, count, sizeof(*commands), command_compare);
    enum command_status status = dispatch(&program, argc - 1, argv + 1);
    if (console_flush(console, &err) != CLOACINA_OK) {
        console_complain(console, NULL, "", err.message);
        return COMMAND_BROKEN;
    }
    return status;
}
