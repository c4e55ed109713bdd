/* SPDX-License-Identifier: Apache-2.0 */
/* simulate.c - `cloacinactl simulate`: a workflow in virtual time, once for each seed.
 *
 * Law: input is judged before any output is opened, outputs are opened before anything runs, and
 * nothing is called done before it is written. */
#include "simulate/simulate.h"

#include <string.h>

#include "simulate/simulate_run.h"
#include "cloacinactl/command.h"
#include "cloacinactl/file.h"
#include "workload/generate.h"

enum { CONTEXT_BYTES_MAX = 67108864 };

static const char *const progress_words[] = {"auto", "always", "never", NULL};
static const char *const checkers_words[] = {"on", "off", NULL};

#define FIELD(member) .offset = offsetof(struct simulate_options, member)

static const struct option simulate_option_list[] = {
    {.name = "generate",
     .value_name = "FORMULA",
     .help = "instead of WORKFLOW: chain:N, layered:WxD,edges=E or\n"
             "random:N,edges=E; also seed=S and cost=MS, after commas",
     .type = OPTION_TEXT,
     FIELD(generate)},
    {.name = "library",
     .value_name = "FILE.so",
     .help = "WORKFLOW is the name of a workflow in this shared object",
     .type = OPTION_TEXT,
     FIELD(library)},
    {.name = "strict",
     .help = "a library that goes around the virtual world is an error",
     .type = OPTION_FLAG,
     FIELD(is_strict)},
    {.name = "list",
     .help = "show the workflows that WORKFLOW may name, and do nothing",
     .type = OPTION_FLAG,
     FIELD(is_list)},
    {.name = "seed",
     .value_name = "S",
     .help = "the first seed (default 0)",
     .type = OPTION_COUNT,
     .maximum = UINT64_MAX,
     FIELD(seed)},
    {.name = "seeds",
     .value_name = "N",
     .help = "how many: S to S+N-1 (default 1)",
     .type = OPTION_COUNT,
     .minimum = 1,
     .maximum = SIMULATE_SEEDS_MAX,
     FIELD(seeds)},
    {.name = "runners",
     .value_name = "N",
     .help = "runners that share the store (default 1)",
     .type = OPTION_COUNT,
     .minimum = 1,
     .maximum = CLOACINA_WORLD_RUNNERS_MAX,
     FIELD(runners)},
    {.name = "slots",
     .value_name = "N",
     .help = "slots of each runner (default 4); 0: unlimited",
     .type = OPTION_COUNT,
     .maximum = SIMULATE_SLOTS_MAX,
     FIELD(slots)},
    {.name = "context",
     .value_name = "JSON|@FILE",
     .help = "the initial context, an object (default {})",
     .type = OPTION_TEXT,
     FIELD(context)},
    {.name = "checkers",
     .value_name = "on|off",
     .help = "check the engine's promises after each event (default on)",
     .type = OPTION_CHOICE,
     .choices = checkers_words,
     FIELD(checkers)},
    {.name = "json",
     .value_name = "FILE|-",
     .help = "write the figures as JSON; -: to the output, in place of\nthe summary",
     .type = OPTION_TEXT,
     FIELD(json)},
    {.name = "trace",
     .value_name = "FILE",
     .help = "write the first seed's attempts for a trace viewer",
     .type = OPTION_TEXT,
     FIELD(trace)},
    {.name = "progress",
     .value_name = "auto|always|never",
     .help = "a bar, on the error output (default auto: on a terminal)",
     .type = OPTION_CHOICE,
     .choices = progress_words,
     FIELD(progress)},
};

static const struct simulate_options simulate_defaults = {.seeds = 1, .runners = 1, .slots = 4};

/* What one call of the command holds. */
struct session {
    const struct command_call *call;
    const struct simulate_options *options;
    struct simulate_source source;
    struct file context;
    FILE *json;  /* Owned; NULL: none, or the output */
    FILE *trace; /* Owned; NULL: none */
    struct text_builder replay;
    struct report report;
};

static enum cloacina_code no_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
}

/* ---- --list ---- */

static void workflow_describe(const struct cloacina_workflow *workflow,
                              struct text_builder *builder)
{
    const char *description = cloacina_workflow_description(workflow);
    uint32_t tasks = cloacina_workflow_task_count(workflow);
    text_builder_print(builder, "%-28s %4u task%s%s%s\n", cloacina_workflow_name(workflow),
                       (unsigned)tasks, tasks == 1 ? "" : "s", description != NULL ? "   " : "",
                       description != NULL ? description : "");
}

static enum cloacina_code list_write(const struct session *session, struct cloacina_error *err)
{
    const struct registry *registry = &session->source.registry;
    struct text_builder builder;
    text_builder_init(&builder, session->call->heap);
    for (size_t i = 0; i < registry->count; i++) {
        workflow_describe(registry->workflows[i], &builder);
    }
    enum cloacina_code code = builder.failed ? no_memory(err) : CLOACINA_OK;
    if (code == CLOACINA_OK) {
        fputs(text_builder_terminated(&builder), session->call->console->output);
    }
    text_builder_finish(&builder);
    return code;
}

/* ---- what goes in ---- */

/* Turns @FILE into the text of the file, which gets a NUL behind it. */
static enum cloacina_code context_read(struct session *session, const char **ret_context,
                                       struct cloacina_error *err)
{
    const char *given = session->options->context;
    struct file *file = &session->context;
    *ret_context = given != NULL ? given : "{}";
    if (given == NULL || given[0] != '@') {
        return CLOACINA_OK;
    }
    enum cloacina_code code =
        file_read(session->call->heap, given + 1, CONTEXT_BYTES_MAX, file, err);
    if (code != CLOACINA_OK) {
        return cloacina_error_wrap(err, "option '--context'");
    }
    if (memchr(file->bytes, '\0', file->length) != NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "option '--context': '%s' holds a zero byte", given + 1);
    }
    if (!heap_grow(file->heap, &file->bytes, &file->capacity, file->length + 1, 1)) {
        return no_memory(err);
    }
    file->bytes[file->length] = '\0';
    *ret_context = file->bytes;
    return CLOACINA_OK;
}

static enum cloacina_code seeds_check(const struct simulate_options *options,
                                      struct cloacina_error *err)
{
    if (options->seeds - 1 > UINT64_MAX - options->seed) {
        return cloacina_error_raise(
            err, CLOACINA_OUT_OF_RANGE, "the last seed, %llu + %llu - 1, does not fit 64 bits",
            (unsigned long long)options->seed, (unsigned long long)options->seeds);
    }
    return CLOACINA_OK;
}

/* ---- the command that shows a failure again ---- */

/* A word for the shell: as it is, or in single quotes. */
static void word_append(struct text_builder *builder, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789._/:,=@+-";
    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        text_builder_append_terminated(builder, word);
        return;
    }
    text_builder_append_char(builder, '\'');
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '\'') {
            text_builder_append_terminated(builder, "'\\''");
        } else {
            text_builder_append_char(builder, *c);
        }
    }
    text_builder_append_char(builder, '\'');
}

static void option_append(struct text_builder *builder, const char *name, const char *value)
{
    if (value != NULL) {
        text_builder_print(builder, " --%s ", name);
        word_append(builder, value);
    }
}

static void replay_write(const struct simulate_options *options, struct text_builder *builder)
{
    text_builder_append_terminated(builder, "cloacinactl simulate");
    if (options->workflow != NULL) {
        text_builder_append_char(builder, ' ');
        word_append(builder, options->workflow);
    }
    option_append(builder, "generate", options->generate);
    option_append(builder, "library", options->library);
    option_append(builder, "context", options->context);
    if (options->runners != simulate_defaults.runners) {
        text_builder_print(builder, " --runners %llu", (unsigned long long)options->runners);
    }
    if (options->slots != simulate_defaults.slots) {
        text_builder_print(builder, " --slots %llu", (unsigned long long)options->slots);
    }
}

/* ---- what comes out ---- */

static bool json_goes_to_output(const struct simulate_options *options)
{
    return options->json != NULL && strcmp(options->json, "-") == 0;
}

static enum cloacina_code outputs_open(struct session *session, struct cloacina_error *err)
{
    const struct simulate_options *options = session->options;
    enum cloacina_code code = CLOACINA_OK;
    if (options->json != NULL && !json_goes_to_output(options)) {
        code = file_create(options->json, &session->json, err);
    }
    if (code == CLOACINA_OK && options->trace != NULL) {
        code = file_create(options->trace, &session->trace, err);
    }
    return code;
}

/* Writes the report in its shapes. A failed write shows when the stream is closed or flushed. */
static enum cloacina_code report_put(const struct session *session, struct cloacina_error *err)
{
    FILE *output = session->call->console->output;
    FILE *json = json_goes_to_output(session->options) ? output : session->json;
    struct text_builder builder;
    text_builder_init(&builder, session->call->heap);
    if (json != NULL) {
        report_write_json(&session->report, &builder);
        fputs(text_builder_terminated(&builder), json);
    }
    if (json != output) {
        bool has_failed = builder.failed;
        text_builder_reset(&builder);
        report_write_text(&session->report, &builder);
        builder.failed = builder.failed || has_failed;
        fputs(text_builder_terminated(&builder), output);
    }
    enum cloacina_code code = builder.failed ? no_memory(err) : CLOACINA_OK;
    text_builder_finish(&builder);
    return code;
}

/* Closes the files; the first that did not arrive whole is the error. */
static enum cloacina_code outputs_close(struct session *session, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    if (session->json != NULL) {
        code = console_close(session->json, session->options->json, err);
    }
    if (session->trace != NULL) {
        struct cloacina_error other;
        enum cloacina_code second = console_close(session->trace, session->options->trace, &other);
        if (code == CLOACINA_OK && second != CLOACINA_OK) {
            code = second;
            *err = other;
        }
    }
    session->json = NULL;
    session->trace = NULL;
    return code;
}

/* ---- the seeds ---- */

static FILE *progress_stream(const struct session *session)
{
    const struct console *console = session->call->console;
    bool is_wanted = session->options->progress == PROGRESS_ALWAYS ||
                     (session->options->progress == PROGRESS_AUTO && console->errors_are_terminal);
    return is_wanted ? console->errors : NULL;
}

static enum cloacina_code seeds_run(struct session *session, const char *context,
                                    struct progress *progress, struct cloacina_error *err)
{
    const struct simulate_options *options = session->options;
    struct report_trace trace;
    struct simulation simulation = {
        .heap = session->call->heap,
        .options = options,
        .source = &session->source,
        .context = context,
        .report = &session->report,
        .progress = progress,
    };
    enum cloacina_code code = CLOACINA_OK;
    for (uint64_t i = 0; i < options->seeds && code == CLOACINA_OK; i++) {
        bool is_traced = i == 0 && session->trace != NULL;
        if (is_traced) {
            report_trace_begin(&trace, session->call->heap, session->trace,
                               (uint32_t)options->runners);
        }
        simulation.trace = is_traced ? &trace : NULL;
        code = simulation_run(&simulation, options->seed + i, err);
        if (is_traced && !report_trace_end(&trace) && code == CLOACINA_OK) {
            code = no_memory(err);
        }
        progress_next_seed(progress);
    }
    return code;
}

static enum cloacina_code report_prepare(struct session *session, struct cloacina_error *err)
{
    const struct simulate_options *options = session->options;
    struct report *report = &session->report;
    replay_write(options, &session->replay);
    report->workflow = text_of(cloacina_workflow_name(session->source.workflow));
    report->seed = options->seed;
    report->seeds = options->seeds;
    report->runners = options->runners;
    report->slots = options->slots;
    report->replay = text_builder_terminated(&session->replay);
    return session->replay.failed ? no_memory(err) : CLOACINA_OK;
}

static enum cloacina_code session_simulate(struct session *session, struct cloacina_error *err)
{
    const struct simulate_options *options = session->options;
    const char *context;
    struct progress progress;
    enum cloacina_code code = seeds_check(options, err);
    if (code == CLOACINA_OK) {
        code = source_open(session->call, options, &session->source, err);
    }
    if (code == CLOACINA_OK) {
        code = context_read(session, &context, err);
    }
    if (code == CLOACINA_OK) {
        code = report_prepare(session, err);
    }
    if (code == CLOACINA_OK) {
        code = outputs_open(session, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    progress_begin(&progress, progress_stream(session),
                   cloacina_workflow_task_count(session->source.workflow), options->seeds,
                   options->progress == PROGRESS_ALWAYS);
    code = seeds_run(session, context, &progress, err);
    progress_end(&progress);
    return code == CLOACINA_OK ? report_put(session, err) : code;
}

static enum cloacina_code session_list(struct session *session, struct cloacina_error *err)
{
    enum cloacina_code code =
        source_open_registry(session->call, session->options, &session->source, err);
    return code == CLOACINA_OK ? list_write(session, err) : code;
}

static void session_finish(struct session *session)
{
    report_finish(&session->report);
    text_builder_finish(&session->replay);
    file_finish(&session->context);
    source_close(session->call, &session->source);
}

static enum command_status simulate_run(const struct command_call *call, const void *values)
{
    struct cloacina_error err;
    struct cloacina_error close_err;
    struct session session = {.call = call, .options = values};
    report_init(&session.report, call->heap);
    text_builder_init(&session.replay, call->heap);
    enum cloacina_code code =
        session.options->is_list ? session_list(&session, &err) : session_simulate(&session, &err);
    if (outputs_close(&session, &close_err) != CLOACINA_OK && code == CLOACINA_OK) {
        code = close_err.code;
        err = close_err;
    }
    bool has_failures = session.report.failure_count > 0;
    session_finish(&session);
    if (code != CLOACINA_OK) {
        return command_refuse(call, &err);
    }
    return has_failures ? COMMAND_FAILED : COMMAND_SUCCEEDED;
}

CLOACINACTL_COMMAND(simulate, .name = "simulate",
                    .summary = "run a workflow in virtual time, and say what happened",
                    .usage = "WORKFLOW [options]",
                    .details =
                        "WORKFLOW is the name of a built-in workflow (--list), or else a WfFormat\n"
                        "1.5 file (https://wfcommons.org) whose tasks cost what they took when\n"
                        "they were recorded. The same command always gives the same result.\n",
                    .table = {.options = simulate_option_list,
                              .count = ARRAY_COUNT(simulate_option_list),
                              .operand_name = "WORKFLOW",
                              .operand_offset = offsetof(struct simulate_options, workflow)},
                    .values_size = sizeof(struct simulate_options), .defaults = &simulate_defaults,
                    .run = simulate_run);
