/* SPDX-License-Identifier: Apache-2.0 */
/* stderr_log.c - the log that people see: the standard error stream, with the time.
 *
 * Law: one line, one write, so that lines of several threads do not mix. No other file under engine/
 * writes there but the commands. It stands here because it needs the time. */
#include <cloacina/log.h>

#include <stdio.h>
#include <unistd.h>

#include <cloacina/clock.h>

#include "base/instant.h"

enum { LINE_SIZE = CLOACINA_ERROR_MESSAGE_SIZE + INSTANT_TEXT_SIZE + 16 };

/* A standard error that takes nothing has nobody to be told about it. */
static void stderr_write(struct cloacina_log *log, enum cloacina_log_level level, const char *line)
{
    char time[INSTANT_TEXT_SIZE];
    char text[LINE_SIZE];
    (void)log;
    int64_t now = cloacina_clock_realtime(cloacina_clock_system());
    instant_print(now - now % NANOSECONDS_PER_SECOND, time);
    int length =
        snprintf(text, sizeof(text), "%s %s: %s\n", time, cloacina_log_level_name(level), line);
    if (length > 0) {
        (void)!write(STDERR_FILENO, text, (size_t)length);
    }
}

struct cloacina_log *cloacina_log_stderr(enum cloacina_log_level level)
{
    static const struct cloacina_log_impl impl = {.write = stderr_write};
    static struct cloacina_log logs[] = {
        {&impl, CLOACINA_LOG_ERROR},
        {&impl, CLOACINA_LOG_WARNING},
        {&impl, CLOACINA_LOG_INFO},
        {&impl, CLOACINA_LOG_DEBUG},
    };
    return &logs[level < CLOACINA_LOG_ERROR   ? 0
                 : level > CLOACINA_LOG_DEBUG ? CLOACINA_LOG_DEBUG - 1
                                              : level - 1];
}
