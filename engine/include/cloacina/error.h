/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/error.h - how a call says that it did not work.
 *
 * A call that may fail returns `enum cloacina_code` and takes a `struct cloacina_error *` as its
 * last argument. The code is for programs: decide on it, never on the text. The message is for
 * people: lower case, no full stop, 'quoted' names, outermost context first:
 *
 *     run 7 of 'nightly': task 'extract', attempt 3 of 3: source did not answer
 *
 * The error struct belongs to the caller, is plain data without pointers and may be copied. NULL
 * means "I only want the code". A call that returns CLOACINA_OK does not touch it. Needs libc
 * only. */
#ifndef CLOACINA_ERROR_H
#define CLOACINA_ERROR_H

#include <stdarg.h>

#if defined(__GNUC__)
#define CLOACINA_API __attribute__((visibility("default")))
#define CLOACINA_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define CLOACINA_MUST_CHECK __attribute__((warn_unused_result))
#else
#define CLOACINA_API
#define CLOACINA_PRINTF(text, first)
#define CLOACINA_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What a call answers. Values are stored in databases and tokens: they never change. */
enum cloacina_code {
    CLOACINA_OK = 0,           /* it is done */
    CLOACINA_FAILED = 1,       /* the work itself failed: a body's own error */
    CLOACINA_INVALID = 2,      /* wrong input or wrong use; the message names place and reason */
    CLOACINA_NOT_FOUND = 3,    /* no such key, task, workflow, execution */
    CLOACINA_EXISTS = 4,       /* the name is taken */
    CLOACINA_WRONG_TYPE = 5,   /* the value is there and is of another type */
    CLOACINA_OUT_OF_RANGE = 6, /* the value is there and does not fit the wanted type */
    CLOACINA_LIMIT = 7,        /* over a named limit */
    CLOACINA_NO_MEMORY = 8,    /* an allocation failed; nothing was changed */
    CLOACINA_TIMEOUT = 9,      /* took longer than allowed (transient) */
    CLOACINA_UNAVAILABLE = 10, /* an outside service did not answer, for now (transient) */
    CLOACINA_CANCELLED = 11,   /* the attempt lost its claim or its execution was cancelled */
    /* store: somebody else changed the execution first; nothing was applied */
    CLOACINA_CONFLICT = 12,
    /* store: the call may or may not have been applied; read back before going on */
    CLOACINA_UNKNOWN = 13,
    CLOACINA_CRASHED = 14, /* simulator: this actor is dead; return at once */
    CLOACINA_IO = 15       /* a file, a library or the machine failed */
};

/* The longest message, with its final NUL. Longer ones end in "...". */
#define CLOACINA_ERROR_MESSAGE_SIZE 512

/* Owned by the caller; all-zero is "no error". */
struct cloacina_error {
    enum cloacina_code code;
    char message[CLOACINA_ERROR_MESSAGE_SIZE];
};

/* Writes a message with the code CLOACINA_FAILED and returns that code, for `return
 * cloacina_error_set(err, ...)` in bodies. `err` may be NULL. Never blocks, never allocates. */
CLOACINA_API enum cloacina_code cloacina_error_set(struct cloacina_error *err, const char *format,
                                                   ...) CLOACINA_PRINTF(2, 3);

/* The same with a code of your own; returns `code`, which must not be CLOACINA_OK. */
CLOACINA_API enum cloacina_code cloacina_error_raise(struct cloacina_error *err,
                                                     enum cloacina_code code, const char *format,
                                                     ...) CLOACINA_PRINTF(3, 4);

/* Puts "<context>: " in front of the message of an error that a callee has set, and returns its
 * code, which must not be CLOACINA_OK. With `err` NULL returns CLOACINA_FAILED: where the code
 * matters, pass an error. */
CLOACINA_API enum cloacina_code cloacina_error_wrap(struct cloacina_error *err, const char *format,
                                                    ...) CLOACINA_PRINTF(2, 3);

/* The name of a code in lower case with hyphens, "wrong-type"; for a number that is none,
 * "code-<number>" is not invented: it returns "unknown-code". Static text. */
CLOACINA_API const char *cloacina_code_name(enum cloacina_code code);

/* True for the codes that a later try may cure by itself: TIMEOUT and UNAVAILABLE. */
CLOACINA_API int cloacina_code_is_transient(enum cloacina_code code);

#ifdef __cplusplus
}
#endif
#endif
