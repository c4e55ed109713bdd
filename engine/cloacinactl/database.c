/* SPDX-License-Identifier: Apache-2.0 */
/* database.c - opens stores, and completes ids. */
#include "cloacinactl/database.h"

#include <string.h>

enum { ID_DIGITS = 32, DIGITS_IN_HALF = 16 };

enum cloacina_code database_open(const struct command_call *call,
                                 const struct database_values *values, struct dal **ret_dal,
                                 struct cloacina_error *err)
{
    struct store_options options = {
        .url = values->url,
        .heap = call->heap,
        .schema = values->schema,
        .must_exist = true,
        .without_migration = true,
    };
    return store_open(&options, ret_dal, err);
}

/* ---- an id by its beginning ---- */

static bool digit_read(char c, uint64_t *ret_digit)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = c == '\0' ? NULL : strchr(digits, c);
    if (found == NULL) {
        return false;
    }
    size_t index = (size_t)(found - digits);
    *ret_digit = index < 16 ? index : index - 6;
    return true;
}

/* The smallest id that begins so, and how many digits were given. */
static enum cloacina_code beginning_read(const char *text, struct id *ret_least,
                                         unsigned *ret_digits, struct cloacina_error *err)
{
    uint64_t halves[2] = {0, 0};
    unsigned count = 0;
    bool is_good = text[0] != '\0';
    for (size_t i = 0; is_good && text[i] != '\0'; i++) {
        uint64_t digit;
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash) {
            is_good = text[i] == '-';
            continue;
        }
        is_good = count < ID_DIGITS && digit_read(text[i], &digit);
        if (is_good) {
            unsigned place = DIGITS_IN_HALF - 1 - count % DIGITS_IN_HALF;
            halves[count / DIGITS_IN_HALF] |= digit << 4 * place;
            count++;
        }
    }
    if (!is_good) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID, "'%s' is no id of an execution, nor the beginning of one", text);
    }
    *ret_least = (struct id){.high = halves[0], .low = halves[1]};
    *ret_digits = count;
    return CLOACINA_OK;
}

static struct id id_before(struct id id)
{
    return (struct id){.high = id.high - (id.low == 0), .low = id.low - 1};
}

/* Does `id` have the same first digits? */
static bool begins_alike(struct id id, struct id least, unsigned digits)
{
    if (digits <= DIGITS_IN_HALF) {
        return (id.high ^ least.high) >> (4 * (DIGITS_IN_HALF - digits)) == 0;
    }
    return id.high == least.high && (id.low ^ least.low) >> (4 * (ID_DIGITS - digits)) == 0;
}

static enum cloacina_code ambiguous(const char *text, const struct dal_listed *two,
                                    struct cloacina_error *err)
{
    char first[ID_TEXT_SIZE];
    char second[ID_TEXT_SIZE];
    id_print(two[0].row.id, first);
    id_print(two[1].row.id, second);
    return cloacina_error_raise(err, CLOACINA_INVALID,
                                "several executions begin with '%s', such as %s and %s", text,
                                first, second);
}

static enum cloacina_code find(struct dal *dal, struct arena *arena, const char *text,
                               struct id *ret_id, struct cloacina_error *err)
{
    struct id least;
    unsigned digits = 0;
    struct dal_listed *listed;
    size_t count;
    enum cloacina_code code = beginning_read(text, &least, &digits, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct dal_question question = {.limit = 2};
    if (!id_is_zero(least)) {
        question.after = id_before(least);
    }
    code = dal->impl->executions(dal, &question, arena, &listed, &count, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (count == 0 || !begins_alike(listed[0].row.id, least, digits)) {
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "there is no execution '%s'", text);
    }
    if (count == 2 && begins_alike(listed[1].row.id, least, digits)) {
        return ambiguous(text, listed, err);
    }
    *ret_id = listed[0].row.id;
    return CLOACINA_OK;
}

enum cloacina_code database_find(struct dal *dal, struct cloacina_heap *heap, const char *text,
                                 struct id *ret_id, struct cloacina_error *err)
{
    struct arena arena;
    arena_init(&arena, heap);
    enum cloacina_code code = find(dal, &arena, text, ret_id, err);
    arena_finish(&arena);
    return code;
}

enum command_status
database_do(const struct command_call *call, const struct database_values *values,
            enum cloacina_code (*act)(const struct command_call *call, struct dal *dal,
                                      const void *values, struct cloacina_error *err))
{
    struct cloacina_error err = {.code = CLOACINA_OK};
    struct dal *dal = NULL;
    enum cloacina_code code = database_open(call, values, &dal, &err);
    if (code == CLOACINA_OK) {
        code = act(call, dal, values, &err);
    }
    dal_destroy(dal);
    return code == CLOACINA_OK ? COMMAND_SUCCEEDED : command_refuse(call, &err);
}
