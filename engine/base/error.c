/* SPDX-License-Identifier: Apache-2.0 */
/* error.c - messages that fit in the caller's memory.
 *
 * Law: nothing here allocates or fails, so that the report of a failure cannot fail. */
#include <cloacina/error.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Formats into `message`; what does not fit ends in "..." so that nobody takes it for whole. */
CLOACINA_PRINTF(2, 0)
static void message_write(char message[CLOACINA_ERROR_MESSAGE_SIZE], const char *format,
                          va_list arguments)
{
    int length = vsnprintf(message, CLOACINA_ERROR_MESSAGE_SIZE, format, arguments);
    if (length < 0) {
        message[0] = '\0';
    } else if (length >= CLOACINA_ERROR_MESSAGE_SIZE) {
        memcpy(message + CLOACINA_ERROR_MESSAGE_SIZE - 4, "...", 4);
    }
}

enum cloacina_code cloacina_error_set(struct cloacina_error *err, const char *format, ...)
{
    if (err != NULL) {
        va_list arguments;
        va_start(arguments, format);
        err->code = CLOACINA_FAILED;
        message_write(err->message, format, arguments);
        va_end(arguments);
    }
    return CLOACINA_FAILED;
}

enum cloacina_code cloacina_error_raise(struct cloacina_error *err, enum cloacina_code code,
                                        const char *format, ...)
{
    assert(code != CLOACINA_OK);
    if (err != NULL) {
        va_list arguments;
        va_start(arguments, format);
        err->code = code;
        message_write(err->message, format, arguments);
        va_end(arguments);
    }
    return code;
}

enum cloacina_code cloacina_error_wrap(struct cloacina_error *err, const char *format, ...)
{
    if (err == NULL) {
        return CLOACINA_FAILED;
    }
    assert(err->code != CLOACINA_OK);
    char inner[CLOACINA_ERROR_MESSAGE_SIZE];
    memcpy(inner, err->message, sizeof(inner));
    va_list arguments;
    va_start(arguments, format);
    message_write(err->message, format, arguments);
    va_end(arguments);
    size_t used = strlen(err->message);
    int length = snprintf(err->message + used, sizeof(err->message) - used, ": %s", inner);
    if (length < 0 || (size_t)length >= sizeof(err->message) - used) {
        memcpy(err->message + sizeof(err->message) - 4, "...", 4);
    }
    return err->code;
}

const char *cloacina_code_name(enum cloacina_code code)
{
    switch (code) {
    case CLOACINA_OK:
        return "ok";
    case CLOACINA_FAILED:
        return "failed";
    case CLOACINA_INVALID:
        return "invalid";
    case CLOACINA_NOT_FOUND:
        return "not-found";
    case CLOACINA_EXISTS:
        return "exists";
    case CLOACINA_WRONG_TYPE:
        return "wrong-type";
    case CLOACINA_OUT_OF_RANGE:
        return "out-of-range";
    case CLOACINA_LIMIT:
        return "limit";
    case CLOACINA_NO_MEMORY:
        return "no-memory";
    case CLOACINA_TIMEOUT:
        return "timeout";
    case CLOACINA_UNAVAILABLE:
        return "unavailable";
    case CLOACINA_CANCELLED:
        return "cancelled";
    case CLOACINA_CONFLICT:
        return "conflict";
    case CLOACINA_UNKNOWN:
        return "unknown";
    case CLOACINA_CRASHED:
        return "crashed";
    case CLOACINA_IO:
        return "io";
    }
    return "unknown-code";
}

int cloacina_code_is_transient(enum cloacina_code code)
{
    return code == CLOACINA_TIMEOUT || code == CLOACINA_UNAVAILABLE;
}
