/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_session.c - opens what every way of simulating needs, and writes what came out.
 *
 * Law: what was opened is closed, and what was not written whole is an error. */
#include "simulate/simulate_session.h"

#include <stdarg.h>
#include <string.h>

#include "report/junit.h"
#include "simulate/simulate_check.h"

enum { CONTEXT_BYTES_MAX = 67108864 };

enum cloacina_code session_no_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
}

/* ---- what goes in ---- */

static void settle(struct simulate_options *options)
{
    options->runners = options->runners != 0 ? options->runners : SIMULATE_RUNNERS_DEFAULT;
    options->slots = options->slots != SIMULATE_NOT_GIVEN ? options->slots : SIMULATE_SLOTS_DEFAULT;
}

void session_init(struct session *session, const struct command_call *call,
                  const struct simulate_options *options)
{
    *session = (struct session){.call = call, .options = *options, .context = "{}"};
    settle(&session->options);
    report_init(&session->report, call->heap);
    text_builder_init(&session->replay, call->heap);
    arena_init(&session->arena, call->heap);
}

void session_finish(struct session *session)
{
    report_finish(&session->report);
    text_builder_finish(&session->replay);
    file_finish(&session->context_file);
    source_close(session->call, &session->source);
    arena_finish(&session->arena);
}

/* Turns @FILE into the text of the file, which gets a NUL behind it. */
static enum cloacina_code context_read(struct session *session, struct cloacina_error *err)
{
    const char *given = session->options.context;
    struct file *file = &session->context_file;
    const char *recorded = session->source.logbook.context;
    session->context = recorded != NULL ? recorded : "{}";
    session->context = given != NULL ? given : session->context;
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
        return session_no_memory(err);
    }
    file->bytes[file->length] = '\0';
    session->context = file->bytes;
    return CLOACINA_OK;
}

enum cloacina_code session_open(struct session *session, struct cloacina_error *err)
{
    enum cloacina_code code = source_open(session->call, &session->options, &session->source, err);
    if (code == CLOACINA_OK && session->source.is_mixed && session->options.context != NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "option '--context': a mixed workflow has contexts of its own");
    }
    return code == CLOACINA_OK ? context_read(session, err) : code;
}

void session_describe(struct session *session)
{
    const struct simulate_options *options = &session->options;
    struct report *report = &session->report;
    report->workflow = text_of(cloacina_workflow_name(session->source.workflow));
    report->seed = options->seed;
    report->seeds = options->seeds;
    report->runners = options->runners;
    report->slots = options->slots;
    report->store = options->store == CLOACINA_WORLD_SQLITE ? "sqlite" : NULL;
}

/* ---- what comes out ---- */

bool session_is_for_programs(const struct session *session)
{
    return simulate_is_output(session->options.json);
}

static enum cloacina_code output_open(const char *path, FILE **ret_stream,
                                      struct cloacina_error *err)
{
    return path == NULL ? CLOACINA_OK : file_create(path, ret_stream, err);
}

enum cloacina_code session_open_outputs(struct session *session, struct cloacina_error *err)
{
    const struct simulate_options *options = &session->options;
    const char *json = simulate_is_output(options->json) ? NULL : options->json;
    const char *coverage = simulate_is_output(options->coverage) ? NULL : options->coverage;
    enum cloacina_code code = output_open(json, &session->json, err);
    if (code == CLOACINA_OK) {
        code = output_open(options->trace, &session->trace, err);
    }
    if (code == CLOACINA_OK) {
        code = output_open(options->junit, &session->junit, err);
    }
    if (code == CLOACINA_OK) {
        code = output_open(coverage, &session->coverage, err);
    }
    return code;
}

static bool shape_put(const struct session *session,
                      void (*write)(const struct report *report, struct text_builder *builder),
                      FILE *stream)
{
    struct text_builder builder;
    text_builder_init(&builder, session->call->heap);
    write(&session->report, &builder);
    fputs(text_builder_terminated(&builder), stream);
    bool is_whole = !builder.failed;
    text_builder_finish(&builder);
    return is_whole;
}

enum cloacina_code session_report_programs(const struct session *session,
                                           struct cloacina_error *err)
{
    FILE *output = session->call->console->output;
    FILE *json = session_is_for_programs(session) ? output : session->json;
    bool is_whole = json == NULL || shape_put(session, report_write_json, json);
    if (session->junit != NULL) {
        is_whole = shape_put(session, junit_write, session->junit) && is_whole;
    }
    return is_whole ? CLOACINA_OK : session_no_memory(err);
}

static enum cloacina_code coverage_report(const struct session *session, struct cloacina_error *err)
{
    bool is_output = simulate_is_output(session->options.coverage);
    FILE *stream = is_output ? session->call->console->output : session->coverage;
    return stream == NULL || shape_put(session, report_write_coverage, stream)
               ? CLOACINA_OK
               : session_no_memory(err);
}

enum cloacina_code session_report(const struct session *session, struct cloacina_error *err)
{
    enum cloacina_code code = session_report_programs(session, err);
    if (code == CLOACINA_OK && !session_is_for_programs(session) &&
        !shape_put(session, report_write_text, session->call->console->output)) {
        code = session_no_memory(err);
    }
    return code == CLOACINA_OK && session->report.search.is_search ? coverage_report(session, err)
                                                                   : code;
}

static void output_close(FILE **stream, const char *path, struct cloacina_error *err)
{
    struct cloacina_error other;
    if (*stream != NULL && console_close(*stream, path, &other) != CLOACINA_OK &&
        err->code == CLOACINA_OK) {
        *err = other;
    }
    *stream = NULL;
}

enum cloacina_code session_close_outputs(struct session *session, struct cloacina_error *err)
{
    struct cloacina_error first = {.code = CLOACINA_OK};
    output_close(&session->json, session->options.json, &first);
    output_close(&session->trace, session->options.trace, &first);
    output_close(&session->junit, session->options.junit, &first);
    output_close(&session->coverage, session->options.coverage, &first);
    if (first.code != CLOACINA_OK) {
        *err = first;
    }
    return first.code;
}

/* ---- beside the output ---- */

FILE *session_progress_stream(const struct session *session)
{
    const struct console *console = session->call->console;
    bool is_wanted = session->options.progress == PROGRESS_ALWAYS ||
                     (session->options.progress == PROGRESS_AUTO && console->errors_are_terminal);
    return is_wanted ? console->errors : NULL;
}

void session_warn(const struct session *session, const char *format, ...)
{
    char message[CLOACINA_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    console_complain(session->call->console, session->call->command->name, "warning: ", message);
}
