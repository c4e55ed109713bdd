/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/log.h - where the library tells what it does. It prints nothing unless it is given a
 * log.
 *
 * Whoever takes a log takes NULL too: silence. A line is one sentence without a newline at its end,
 * in the words of the error messages. Logs must be thread-safe: runners, bodies and the opener of a
 * store speak from their own threads. A log must not call back into what speaks to it. */
#ifndef CLOACINA_LOG_H
#define CLOACINA_LOG_H

#include <cloacina/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* From the quietest to the loudest. */
enum cloacina_log_level {
    CLOACINA_LOG_ERROR = 1,   /* something was given up */
    CLOACINA_LOG_WARNING = 2, /* something is odd, or will be tried again */
    CLOACINA_LOG_INFO = 3,    /* begin, end, who was found dead */
    CLOACINA_LOG_DEBUG = 4    /* every attempt */
};

struct cloacina_log;

/* For implementers; every slot is filled. */
struct cloacina_log_impl {
    /* `line` is Borrowed for the call. Should not block for long. */
    void (*write)(struct cloacina_log *log, enum cloacina_log_level level, const char *line);
};

/* Embed first in your own log. `level` is the loudest that is wanted; louder lines are not made. */
struct cloacina_log {
    const struct cloacina_log_impl *impl;
    enum cloacina_log_level level;
};

/* The standard error stream, with the time in UTC before each line: "2026-01-31T12:00:00Z warning:
 * ...". Static, one for each level; thread-safe. */
CLOACINA_API struct cloacina_log *cloacina_log_stderr(enum cloacina_log_level level);

/* "error", "warning", "info", "debug". Static. */
CLOACINA_API const char *cloacina_log_level_name(enum cloacina_log_level level);

/* Says a line; nothing when `log` is NULL or does not want the level. A longer line than
 * CLOACINA_ERROR_MESSAGE_SIZE ends in "...". */
CLOACINA_API void cloacina_log_print(struct cloacina_log *log, enum cloacina_log_level level,
                                     const char *format, ...) CLOACINA_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
