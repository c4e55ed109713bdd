/* SPDX-License-Identifier: Apache-2.0 */
/* context_access.c - typed reading and writing of a context.
 *
 * Law: a number changes its type only if it keeps its value; every refusal names task, key, what
 * was found and what was wanted. */
#include "context/context.h"

#include <string.h>

/* ---- reading ---- */

/* The value under a key that must be there. */
static enum cloacina_code value_want(struct cloacina_context *context, const char *key,
                                     const char *wanted, const struct value **ret_value,
                                     struct cloacina_error *err)
{
    const struct value *value = NULL;
    enum cloacina_code code = context_get_value(context, key, &value, err);
    if (code == CLOACINA_OK && value == NULL) {
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND,
                                    "task '%s': context key '%s' is absent, wanted %s",
                                    context->task_name, key, wanted);
    }
    if (code == CLOACINA_OK) {
        *ret_value = value;
    }
    return code;
}

static enum cloacina_code raise_type(const struct cloacina_context *context, const char *key,
                                     const char *wanted, const struct value *found,
                                     struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_WRONG_TYPE,
                                "task '%s': context key '%s' is %s, wanted %s", context->task_name,
                                key, value_type_name(value_type(found)), wanted);
}

/* A number of any type. */
static enum cloacina_code number_want(struct cloacina_context *context, const char *key,
                                      const char *wanted, struct number *ret_number,
                                      struct cloacina_error *err)
{
    const struct value *value = NULL;
    enum cloacina_code code = value_want(context, key, wanted, &value, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (!value_is_number(value)) {
        return raise_type(context, key, wanted, value, err);
    }
    *ret_number = value_as_number(value);
    return CLOACINA_OK;
}

/* The number is there, but is not exactly any `wanted`. */
static enum cloacina_code raise_range(const struct cloacina_context *context, const char *key,
                                      const char *wanted, struct number found,
                                      struct cloacina_error *err)
{
    struct text_builder printed;
    text_builder_init(&printed, context->arena.heap);
    number_write(&printed, found);
    enum cloacina_code code = cloacina_error_raise(
        err, CLOACINA_OUT_OF_RANGE, "task '%s': context key '%s' is %s, which %s cannot hold",
        context->task_name, key, text_builder_terminated(&printed), wanted);
    text_builder_finish(&printed);
    return code;
}

/* A value that cannot be written. */
static enum cloacina_code raise_value(const struct cloacina_context *context, const char *key,
                                      enum cloacina_code code, const char *reason,
                                      struct cloacina_error *err)
{
    return cloacina_error_raise(err, code, "task '%s': context key '%s': %s", context->task_name,
                                key != NULL ? key : "", reason);
}

enum cloacina_code cloacina_context_get_int64(struct cloacina_context *context, const char *key,
                                              int64_t *ret_value, struct cloacina_error *err)
{
    struct number number;
    enum cloacina_code code = number_want(context, key, "int64", &number, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    int64_t integer;
    if (!number_to_int64(number, &integer)) {
        return raise_range(context, key, "int64", number, err);
    }
    *ret_value = integer;
    return CLOACINA_OK;
}

enum cloacina_code cloacina_context_get_uint64(struct cloacina_context *context, const char *key,
                                               uint64_t *ret_value, struct cloacina_error *err)
{
    struct number number;
    enum cloacina_code code = number_want(context, key, "uint64", &number, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    uint64_t integer;
    if (!number_to_uint64(number, &integer)) {
        return raise_range(context, key, "uint64", number, err);
    }
    *ret_value = integer;
    return CLOACINA_OK;
}

enum cloacina_code cloacina_context_get_double(struct cloacina_context *context, const char *key,
                                               double *ret_value, struct cloacina_error *err)
{
    struct number number;
    enum cloacina_code code = number_want(context, key, "double", &number, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    double real;
    if (!number_to_double(number, &real)) {
        return raise_range(context, key, "double", number, err);
    }
    *ret_value = real;
    return CLOACINA_OK;
}

enum cloacina_code cloacina_context_get_bool(struct cloacina_context *context, const char *key,
                                             bool *ret_value, struct cloacina_error *err)
{
    const struct value *value = NULL;
    enum cloacina_code code = value_want(context, key, "bool", &value, err);
    if (code == CLOACINA_OK && value_type(value) != VALUE_BOOL) {
        return raise_type(context, key, "bool", value, err);
    }
    if (code == CLOACINA_OK) {
        *ret_value = value_as_bool(value);
    }
    return code;
}

enum cloacina_code cloacina_context_get_string(struct cloacina_context *context, const char *key,
                                               const char **ret_value, struct cloacina_error *err)
{
    const struct value *value = NULL;
    enum cloacina_code code = value_want(context, key, "string", &value, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (value_type(value) != VALUE_TEXT) {
        return raise_type(context, key, "string", value, err);
    }
    struct text text = value_as_text(value);
    if (strlen(text.bytes) < text.length) {
        return cloacina_error_raise(err, CLOACINA_OUT_OF_RANGE,
                                    "task '%s': context key '%s' is a string with a NUL in it, "
                                    "which a C string cannot hold",
                                    context->task_name, key);
    }
    *ret_value = text.bytes;
    return CLOACINA_OK;
}

enum cloacina_code cloacina_context_get_json(struct cloacina_context *context, const char *key,
                                             const char **ret_value, struct cloacina_error *err)
{
    const struct value *value = NULL;
    enum cloacina_code code = value_want(context, key, "JSON", &value, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct text_builder written;
    text_builder_init(&written, context->arena.heap);
    value_write(&written, value);
    struct text json = {.bytes = NULL};
    if (!written.failed) {
        json = text_copy(&context->arena, text_builder_text(&written));
    }
    text_builder_finish(&written);
    if (json.bytes == NULL) {
        return context_raise_no_memory(context, err);
    }
    *ret_value = json.bytes;
    return CLOACINA_OK;
}

bool cloacina_context_has(struct cloacina_context *context, const char *key)
{
    const struct value *value = NULL;
    enum cloacina_code code = context_get_value(context, key, &value, NULL);
    context->has_failed |= code == CLOACINA_NO_MEMORY;
    return code == CLOACINA_OK && value != NULL;
}

/* ---- writing ---- */

enum cloacina_code cloacina_context_set_int64(struct cloacina_context *context, const char *key,
                                              int64_t value, struct cloacina_error *err)
{
    return context_put(context, key, value_int64(&context->arena, value), err);
}

enum cloacina_code cloacina_context_set_uint64(struct cloacina_context *context, const char *key,
                                               uint64_t value, struct cloacina_error *err)
{
    return context_put(context, key, value_uint64(&context->arena, value), err);
}

enum cloacina_code cloacina_context_set_bool(struct cloacina_context *context, const char *key,
                                             bool value, struct cloacina_error *err)
{
    return context_put(context, key, value_bool(value), err);
}

enum cloacina_code cloacina_context_set_null(struct cloacina_context *context, const char *key,
                                             struct cloacina_error *err)
{
    return context_put(context, key, value_null(), err);
}

enum cloacina_code cloacina_context_set_double(struct cloacina_context *context, const char *key,
                                               double value, struct cloacina_error *err)
{
    if (!number_is_finite(value)) {
        return raise_value(context, key, CLOACINA_INVALID, "NaN and infinity are no JSON", err);
    }
    return context_put(context, key, value_double(&context->arena, value), err);
}

enum cloacina_code cloacina_context_set_string(struct cloacina_context *context, const char *key,
                                               const char *value, struct cloacina_error *err)
{
    struct text text = text_of(value);
    if (value == NULL) {
        return raise_value(context, key, CLOACINA_INVALID, "the string is NULL", err);
    }
    if (text.length > CLOACINA_CONTEXT_BYTES_MAX) {
        return raise_value(context, key, CLOACINA_LIMIT, "the string is larger than a context",
                           err);
    }
    if (!text_is_utf8(text)) {
        return raise_value(context, key, CLOACINA_INVALID, "the string is not UTF-8", err);
    }
    return context_put(context, key, value_text(&context->arena, text), err);
}

enum cloacina_code cloacina_context_set_json(struct cloacina_context *context, const char *key,
                                             const char *value, struct cloacina_error *err)
{
    const struct value *read = NULL;
    enum cloacina_code code = value_read(&context->arena, text_of(value), &read, err);
    if (code == CLOACINA_OK) {
        return context_put(context, key, read, err);
    }
    if (err != NULL) {
        (void)cloacina_error_wrap(err, "task '%s': context key '%s'", context->task_name,
                                  key != NULL ? key : "");
    }
    return code;
}
