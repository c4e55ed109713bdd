/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - a line for whoever listens.
 *
 * Law: a line that nobody wants is not made. What writes lines is somebody else's: nothing here has
 * an effect. */
#include <cloacina/log.h>

#include <stdio.h>
#include <string.h>

const char *cloacina_log_level_name(enum cloacina_log_level level)
{
    switch (level) {
    case CLOACINA_LOG_ERROR:
        return "error";
    case CLOACINA_LOG_WARNING:
        return "warning";
    case CLOACINA_LOG_INFO:
        return "info";
    case CLOACINA_LOG_DEBUG:
        return "debug";
    }
    return "unknown-level";
}

void cloacina_log_print(struct cloacina_log *log, enum cloacina_log_level level, const char *format,
                        ...)
{
    char line[CLOACINA_ERROR_MESSAGE_SIZE];
    if (log == NULL || level > log->level) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length < 0) {
        return;
    }
    if ((size_t)length >= sizeof(line)) {
        memcpy(line + sizeof(line) - 4, "...", 4);
    }
    log->impl->write(log, level, line);
}
