/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_session.h - what one call of the command holds, whichever way it goes.
 *
 *   judged: options -> source -> context      opened: JSON, trace, JUnit      then runs, report
 *
 * Laws: input is judged before any output is opened, outputs are opened before anything runs, and
 * nothing is called done before it is written. */
#ifndef CLI_SIMULATE_SESSION_H
#define CLI_SIMULATE_SESSION_H

#include "cloacinactl/file.h"
#include "report/report.h"
#include "simulate/simulate_source.h"

/* Owned by the caller. */
struct session {
    const struct command_call *call;
    struct simulate_options options; /* what was not given has its default */
    struct simulate_source source;
    struct file context_file;
    const char *context; /* Borrowed from the file or the options; JSON */
    FILE *json;          /* Owned; NULL: none, or the output */
    FILE *trace;         /* Owned; NULL: none */
    FILE *junit;         /* Owned; NULL: none */
    FILE *coverage;      /* Owned; NULL: none, or the output */
    struct text_builder replay;
    struct report report;
    struct arena arena; /* texts that live as long as the session */
};

void session_init(struct session *session, const struct command_call *call,
                  const struct simulate_options *options);
void session_finish(struct session *session);

/* Opens source and context. */
enum cloacina_code session_open(struct session *session, struct cloacina_error *err) MUST_CHECK;

/* Says in the report what is run. */
void session_describe(struct session *session);

enum cloacina_code session_open_outputs(struct session *session,
                                        struct cloacina_error *err) MUST_CHECK;

/* Writes the report in its shapes. A failed write shows when the stream is closed or flushed. */
enum cloacina_code session_report(const struct session *session,
                                  struct cloacina_error *err) MUST_CHECK;

/* Only the shapes for programs: JSON and JUnit. */
enum cloacina_code session_report_programs(const struct session *session,
                                           struct cloacina_error *err) MUST_CHECK;

/* Closes the files; the first that did not arrive whole is the error. */
enum cloacina_code session_close_outputs(struct session *session,
                                         struct cloacina_error *err) MUST_CHECK;

/* Does the JSON take the place of what people read? */
bool session_is_for_programs(const struct session *session);

/* Where a bar is drawn; NULL: nowhere. */
FILE *session_progress_stream(const struct session *session);

/* Says it on the error output. */
void session_warn(const struct session *session, const char *format, ...) PRINTF_LIKE(2, 3);

enum cloacina_code session_no_memory(struct cloacina_error *err) MUST_CHECK;

#endif
