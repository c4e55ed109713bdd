/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_emit.c - writes the C test, or says why there is none.
 *
 * Law: whatever is not written is said, with the reason. */
#include "simulate/simulate_emit.h"

#include <string.h>

#include "report/reproduce.h"
#include "simulate/simulate_subject.h"

enum { SOURCE_BYTES_MAX = 67108864 };

/* Is there a file that begins otherwise than ours do? */
static bool is_of_somebody_else(const struct session *session, const char *path)
{
    struct file file;
    struct cloacina_error err;
    enum cloacina_code code = file_read(session->call->heap, path, SOURCE_BYTES_MAX, &file, &err);
    if (code == CLOACINA_NOT_FOUND) {
        return false;
    }
    if (code != CLOACINA_OK) {
        return true;
    }
    bool is_ours =
        file.length == 0 || text_starts_with(file_text(&file), TEXT_LITERAL(REPRODUCE_MARK));
    file_finish(&file);
    return !is_ours;
}

enum cloacina_code emit_open(const struct session *session, struct emit *ret_emit,
                             struct cloacina_error *err)
{
    const char *given = session->options.emit_test;
    struct emit emit = {.path = given != NULL ? given : EMIT_PATH_DEFAULT};
    if (strcmp(emit.path, "none") == 0) {
        *ret_emit = (struct emit){.path = NULL};
        return CLOACINA_OK;
    }
    emit.is_blocked = is_of_somebody_else(session, emit.path);
    if (emit.is_blocked && given != NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "option '--emit-test': '%s' is there already, and was not "
                                    "written by this command",
                                    given);
    }
    *ret_emit = emit;
    return CLOACINA_OK;
}

/* Why there is none, as far as the options know; NULL: there may be one. */
static const char *reason_against(const struct emit *emit, const struct session *session,
                                  const struct report_finding *finding)
{
    if (emit->is_done) {
        return "it shows the first failure";
    }
    if (emit->is_blocked) {
        return "'" EMIT_PATH_DEFAULT "' is there already, and is not ours; see --emit-test";
    }
    if (session->options.upgrade_from != NULL) {
        return "an upgrade needs the code of both sides";
    }
    if (strcmp(finding->finding.id, "I-29") == 0) {
        return "it takes two runs to see it";
    }
    if (strcmp(finding->finding.name, SIMULATE_COMPLETION) == 0) {
        return "cloacina_explore() does not ask a workflow to complete";
    }
    return NULL;
}

static enum cloacina_code file_write(const struct emit *emit, const struct session *session,
                                     const struct reproduce *reproduce, struct cloacina_error *err)
{
    FILE *stream;
    struct text_builder builder;
    enum cloacina_code code = file_create(emit->path, &stream, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    text_builder_init(&builder, session->call->heap);
    reproduce_write(reproduce, &builder);
    bool is_whole = !builder.failed;
    fputs(text_builder_terminated(&builder), stream);
    text_builder_finish(&builder);
    code = console_close(stream, emit->path, err);
    return code == CLOACINA_OK && !is_whole ? session_no_memory(err) : code;
}

/* Kept by the report. */
static enum cloacina_code say(struct session *session, const char *reason, const char **ret_text,
                              struct cloacina_error *err)
{
    struct text copy = text_copy(&session->report.arena, text_of(reason));
    if (copy.bytes == NULL) {
        return session_no_memory(err);
    }
    *ret_text = copy.bytes;
    return CLOACINA_OK;
}

static enum cloacina_code write_possible(struct emit *emit, struct session *session,
                                         const struct reproduce *reproduce,
                                         struct report_finding *finding, struct cloacina_error *err)
{
    struct cloacina_error file_err;
    if (file_write(emit, session, reproduce, &file_err) == CLOACINA_OK) {
        emit->is_done = true;
        return say(session, emit->path, &finding->test, err);
    }
    if (session->options.emit_test != NULL || file_err.code == CLOACINA_NO_MEMORY) {
        *err = file_err;
        return err->code;
    }
    return say(session, file_err.message, &finding->no_test, err);
}

enum cloacina_code emit_write(struct emit *emit, struct session *session,
                              const struct simulate_options *options, const char *context,
                              struct report_finding *finding, struct cloacina_error *err)
{
    const struct simulate_source *source = &session->source;
    const char *name = cloacina_workflow_name(source->workflow);
    const struct reproduce reproduce = {
        .workflow = source->is_declared ? name : NULL,
        .origin = source->origin,
        .context = strcmp(context, "{}") == 0 ? NULL : context,
        .runners = options->runners,
        .slots = options->slots,
        .is_sqlite = options->store == CLOACINA_WORLD_SQLITE,
        .finding = &finding->finding,
        .token = finding->token,
        .story = finding->story,
    };
    if (emit->path == NULL) {
        return CLOACINA_OK;
    }
    const char *against = reason_against(emit, session, finding);
    if (against != NULL) {
        return say(session, against, &finding->no_test, err);
    }
    struct text_builder reason;
    text_builder_init(&reason, session->call->heap);
    enum cloacina_code code =
        reproduce_is_impossible(&reproduce, &reason)
            ? say(session, text_builder_terminated(&reason), &finding->no_test, err)
            : write_possible(emit, session, &reproduce, finding, err);
    if (reason.failed && code == CLOACINA_OK) {
        code = session_no_memory(err);
    }
    text_builder_finish(&reason);
    return code;
}
