/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_calm.c - one world for each seed; and the command that shows a failure again.
 *
 * Law: what the summary says is what the runs said. */
#include "simulate/simulate_calm.h"

#include <string.h>

#include "simulate/simulate_run.h"

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
    if (options->runners != SIMULATE_RUNNERS_DEFAULT) {
        text_builder_print(builder, " --runners %llu", (unsigned long long)options->runners);
    }
    if (options->store == CLOACINA_WORLD_SQLITE) {
        text_builder_append_terminated(builder, " --store sqlite");
    }
    if (options->slots != SIMULATE_SLOTS_DEFAULT) {
        text_builder_print(builder, " --slots %llu", (unsigned long long)options->slots);
    }
}

/* ---- the seeds ---- */

static enum cloacina_code seeds_run(struct session *session, struct progress *progress,
                                    struct cloacina_error *err)
{
    const struct simulate_options *options = &session->options;
    struct report_trace trace;
    struct simulation simulation = {
        .heap = session->call->heap,
        .options = options,
        .source = &session->source,
        .context = session->context,
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
            code = session_no_memory(err);
        }
        progress_next_seed(progress);
    }
    return code;
}

static enum cloacina_code everything_open(struct session *session, struct cloacina_error *err)
{
    enum cloacina_code code = session_open(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    session_describe(session);
    replay_write(&session->options, &session->replay);
    session->report.replay = text_builder_terminated(&session->replay);
    return session->replay.failed ? session_no_memory(err) : session_open_outputs(session, err);
}

enum cloacina_code simulate_calm(struct session *session, struct cloacina_error *err)
{
    struct simulate_options *options = &session->options;
    struct progress progress;
    options->seeds = options->seeds != 0 ? options->seeds : 1;
    enum cloacina_code code = everything_open(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    progress_begin(&progress, session_progress_stream(session),
                   cloacina_workflow_task_count(session->source.workflow), options->seeds,
                   options->progress == PROGRESS_ALWAYS);
    code = seeds_run(session, &progress, err);
    progress_end(&progress);
    return code == CLOACINA_OK ? session_report(session, err) : code;
}
