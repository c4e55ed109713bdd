/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/context.h - the context: what a task is given, and what it hands on.
 *
 * A context is a JSON object. A body reads the values under its keys and sets or removes keys; when
 * it returns CLOACINA_OK, the differences between what it was given and what it leaves are written
 * down and reach the tasks that depend on it. When it fails, they are forgotten.
 *
 *     int64_t cents;
 *     if (cloacina_context_get_int64(context, "cents", &cents, err) != CLOACINA_OK) {
 *         return err->code; // "task 'charge': context key 'cents' is a string, wanted int64"
 *     }
 *     return cloacina_context_set_bool(context, "charged", true, err);
 *
 * Numbers keep their value exactly: a number is read as another type than it was written as only if
 * nothing is lost by it.
 *
 * Every call may fail with
 *   CLOACINA_INVALID    the key is empty, NULL or not UTF-8
 *   CLOACINA_LIMIT      the key is longer than CLOACINA_CONTEXT_KEY_LENGTH_MAX, or the context that
 *                       the task was given is larger than CLOACINA_CONTEXT_BYTES_MAX
 *   CLOACINA_NO_MEMORY
 * and changes nothing then, neither the context nor `*ret_value`. `err` may be NULL. No call
 * blocks. A context is used by one thread at a time: that of its body. */
#ifndef CLOACINA_CONTEXT_H
#define CLOACINA_CONTEXT_H

#include <cloacina/error.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a key; at least 1. */
#define CLOACINA_CONTEXT_KEY_LENGTH_MAX 1024

/* Bytes of a whole context as JSON without white space, where each double counts 24. */
#define CLOACINA_CONTEXT_BYTES_MAX 67108864

/* Arrays and objects inside each other, the context itself counted. */
#define CLOACINA_CONTEXT_DEPTH_MAX 128

struct cloacina_context;

/* ---- reading ----
 *
 *   CLOACINA_NOT_FOUND      there is no such key
 *   CLOACINA_WRONG_TYPE     the value is of another type
 *   CLOACINA_OUT_OF_RANGE   it is a number, but the wanted type cannot hold it exactly */

/* An integer that fits, or a double that is such an integer: 3.0 is 3, 3.5 is out of range. */
CLOACINA_API enum cloacina_code
cloacina_context_get_int64(struct cloacina_context *context, const char *key, int64_t *ret_value,
                           struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API enum cloacina_code
cloacina_context_get_uint64(struct cloacina_context *context, const char *key, uint64_t *ret_value,
                            struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* A double, or an integer that a double can hold: 2^53 + 1 is out of range. */
CLOACINA_API enum cloacina_code
cloacina_context_get_double(struct cloacina_context *context, const char *key, double *ret_value,
                            struct cloacina_error *err) CLOACINA_MUST_CHECK;

CLOACINA_API enum cloacina_code
cloacina_context_get_bool(struct cloacina_context *context, const char *key, bool *ret_value,
                          struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* UTF-8 with a final NUL, owned by the context: good until the body returns. OUT_OF_RANGE: it has a
 * NUL inside, so a C string cannot hold it; cloacina_context_get_json can. */
CLOACINA_API enum cloacina_code
cloacina_context_get_string(struct cloacina_context *context, const char *key,
                            const char **ret_value, struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* A value of any type as JSON without white space, keys sorted; owned as above. */
CLOACINA_API enum cloacina_code
cloacina_context_get_json(struct cloacina_context *context, const char *key, const char **ret_value,
                          struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Whether the key is there; null is a value too. False for a key that cannot be one. If memory runs
 * out here, the answer is false and the attempt ends in CLOACINA_NO_MEMORY. */
CLOACINA_API bool cloacina_context_has(struct cloacina_context *context, const char *key);

/* ---- writing ----
 *
 * A set replaces the whole value under the key, whatever it was. Everything is copied.
 *   CLOACINA_INVALID   a double that is NaN or infinite, a string that is NULL or not UTF-8, JSON
 *                      that is none (with line and column)
 *   CLOACINA_LIMIT     the context would be larger than CLOACINA_CONTEXT_BYTES_MAX or nested deeper
 *                      than CLOACINA_CONTEXT_DEPTH_MAX */

CLOACINA_API enum cloacina_code
cloacina_context_set_int64(struct cloacina_context *context, const char *key, int64_t value,
                           struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API enum cloacina_code
cloacina_context_set_uint64(struct cloacina_context *context, const char *key, uint64_t value,
                            struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API enum cloacina_code
cloacina_context_set_double(struct cloacina_context *context, const char *key, double value,
                            struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API enum cloacina_code
cloacina_context_set_bool(struct cloacina_context *context, const char *key, bool value,
                          struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API enum cloacina_code
cloacina_context_set_string(struct cloacina_context *context, const char *key, const char *value,
                            struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API enum cloacina_code
cloacina_context_set_null(struct cloacina_context *context, const char *key,
                          struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* `value` is the text of any JSON value: "[1, 2]", "\"text\"", "{\"a\": 1}". OUT_OF_RANGE: a number
 * in it that fits neither 64 bits nor a double. */
CLOACINA_API enum cloacina_code
cloacina_context_set_json(struct cloacina_context *context, const char *key, const char *value,
                          struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Removes the key and what is under it. NOT_FOUND: there is none. */
CLOACINA_API enum cloacina_code
cloacina_context_remove(struct cloacina_context *context, const char *key,
                        struct cloacina_error *err) CLOACINA_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
