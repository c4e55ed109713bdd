/* SPDX-License-Identifier: Apache-2.0 */
/* reply.c - binary values of a result, by their length. */
#include <assert.h>
#include <string.h>

#include "dal/postgres/session.h"
#include "dal/postgres/wire.h"

size_t reply_rows(const PGresult *result)
{
    return (size_t)PQntuples(result);
}

bool reply_is_null(const PGresult *result, size_t row, int column)
{
    return PQgetisnull(result, (int)row, column) != 0;
}

int64_t reply_number(const PGresult *result, size_t row, int column)
{
    int length = PQgetlength(result, (int)row, column);
    assert(length <= 8);
    return length == 0 ? 0 : wire_get(PQgetvalue(result, (int)row, column), (size_t)length);
}

struct id reply_id(const PGresult *result, size_t row, int column)
{
    const char *bytes = PQgetvalue(result, (int)row, column);
    assert(PQgetlength(result, (int)row, column) == 16);
    return (struct id){(uint64_t)wire_get(bytes, 8), (uint64_t)wire_get(bytes + 8, 8)};
}

struct text reply_text(const PGresult *result, size_t row, int column)
{
    return (struct text){PQgetvalue(result, (int)row, column),
                         (size_t)PQgetlength(result, (int)row, column)};
}

bool reply_words(const PGresult *result, size_t row, int column, struct arena *arena,
                 const char **ret_words)
{
    struct text text = reply_text(result, row, column);
    *ret_words = NULL;
    if (!reply_is_null(result, row, column)) {
        *ret_words = arena_copy(arena, text.bytes, text.length);
        return *ret_words != NULL;
    }
    return true;
}

bool reply_text_copy(const PGresult *result, size_t row, int column, struct arena *arena,
                     struct text *ret_text)
{
    *ret_text = text_copy(arena, reply_text(result, row, column));
    return ret_text->bytes != NULL;
}
