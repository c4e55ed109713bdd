/* SPDX-License-Identifier: Apache-2.0 */
/* statement.c - prepare once, put, step, get.
 *
 * Law: nothing here decides; an error of SQLite becomes one of ours in fail.c only. */
#include <assert.h>
#include <string.h>

#include "dal/sqlite/store.h"

struct statement *statement_begin(struct sqlite_store *store, enum statement_name name)
{
    struct statement *statement = &store->statements[name];
    if (store->gate != NULL) {
        store->gate(store->gate_user, statement_sql(name));
    }
    statement->bound = 0;
    statement->column = 0;
    statement->is_damaged = false;
    statement->code = SQLITE_OK;
    if (statement->handle == NULL) {
        statement->code = sqlite3_prepare_v3(store->db, statement_sql(name), -1,
                                             SQLITE_PREPARE_PERSISTENT, &statement->handle, NULL);
    }
    return statement;
}

void statement_end(struct statement *statement)
{
    (void)sqlite3_reset(statement->handle); /* it repeats what the step has said */
}

/* ---- parameters ---- */

static void note(struct statement *statement, int code)
{
    if (statement->code == SQLITE_OK) {
        statement->code = code;
    }
}

void statement_put_number(struct statement *statement, int64_t number)
{
    note(statement, sqlite3_bind_int64(statement->handle, ++statement->bound, number));
}

void statement_put_unsigned(struct statement *statement, uint64_t number)
{
    statement_put_number(statement, (int64_t)number);
}

void statement_put_revision(struct statement *statement, uint64_t revision)
{
    statement_put_number(statement, revision > INT64_MAX ? INT64_MAX : (int64_t)revision);
}

void statement_put_stamp(struct statement *statement, struct stamp stamp)
{
    statement_put_unsigned(statement, stamp.lease);
    statement_put_unsigned(statement, stamp.serial);
}

void statement_put_text(struct statement *statement, struct text text)
{
    note(statement, sqlite3_bind_text64(statement->handle, ++statement->bound,
                                        text.length == 0 ? "" : text.bytes, text.length,
                                        SQLITE_STATIC, SQLITE_UTF8));
}

void statement_put_terminated(struct statement *statement, const char *text)
{
    if (text == NULL) {
        statement_put_null(statement);
    } else {
        statement_put_text(statement, text_of(text));
    }
}

void statement_put_null(struct statement *statement)
{
    note(statement, sqlite3_bind_null(statement->handle, ++statement->bound));
}

void statement_put_bytes(struct statement *statement, const void *bytes, size_t size)
{
    note(statement, sqlite3_bind_blob64(statement->handle, ++statement->bound,
                                        size == 0 ? "" : bytes, size, SQLITE_STATIC));
}

/* Big-endian, so that the bytes sort as the numbers do. */
static void put_words(struct statement *statement, uint64_t high, uint64_t low)
{
    for (size_t i = 0; i < 8; i++) {
        statement->name[i] = (uint8_t)(high >> (56 - 8 * i));
        statement->name[8 + i] = (uint8_t)(low >> (56 - 8 * i));
    }
    statement_put_bytes(statement, statement->name, sizeof(statement->name));
}

void statement_put_id(struct statement *statement, struct id id)
{
    put_words(statement, id.high, id.low);
}

void statement_put_hash(struct statement *statement, struct hash128 hash)
{
    put_words(statement, hash.high, hash.low);
}

/* ---- rows ---- */

enum cloacina_code statement_step(struct sqlite_store *store, struct statement *statement,
                                  bool *ret_has_row, struct cloacina_error *err)
{
    int code = statement->code != SQLITE_OK ? statement->code : sqlite3_step(statement->handle);
    *ret_has_row = code == SQLITE_ROW;
    statement->column = 0;
    if (code == SQLITE_ROW) {
        return CLOACINA_OK;
    }
    enum cloacina_code answer = CLOACINA_OK;
    if (code != SQLITE_DONE) {
        answer = fail_with(store, code, err);
    }
    (void)sqlite3_reset(statement->handle);
    return answer;
}

enum cloacina_code statement_run(struct sqlite_store *store, struct statement *statement,
                                 struct cloacina_error *err)
{
    bool has_row = true;
    enum cloacina_code code = CLOACINA_OK;
    while (code == CLOACINA_OK && has_row) {
        code = statement_step(store, statement, &has_row, err);
    }
    return code;
}

enum cloacina_code statement_first(struct sqlite_store *store, struct statement *statement,
                                   struct cloacina_error *err)
{
    bool has_row;
    enum cloacina_code code = statement_step(store, statement, &has_row, err);
    return code == CLOACINA_OK && !has_row ? CLOACINA_NOT_FOUND : code;
}

/* ---- columns ---- */

/* The column to be got now; it should be of this type. */
static int next_column(struct statement *statement, int type)
{
    int column = statement->column++;
    if (sqlite3_column_type(statement->handle, column) != type) {
        statement->is_damaged = true;
    }
    return column;
}

int64_t statement_get_number(struct statement *statement)
{
    return sqlite3_column_int64(statement->handle, next_column(statement, SQLITE_INTEGER));
}

uint64_t statement_get_unsigned(struct statement *statement)
{
    return (uint64_t)statement_get_number(statement);
}

uint32_t statement_get_small(struct statement *statement, uint32_t most)
{
    int64_t number = statement_get_number(statement);
    if (number < 0 || number > most) {
        statement->is_damaged = true;
        return 0;
    }
    return (uint32_t)number;
}

struct stamp statement_get_stamp(struct statement *statement)
{
    struct stamp stamp = {.lease = statement_get_unsigned(statement)};
    stamp.serial = statement_get_unsigned(statement);
    return stamp;
}

struct text statement_get_text(struct statement *statement)
{
    if (sqlite3_column_type(statement->handle, statement->column) == SQLITE_NULL) {
        statement->column++;
        return (struct text){.bytes = NULL};
    }
    int column = next_column(statement, SQLITE_TEXT);
    const char *bytes = (const char *)sqlite3_column_text(statement->handle, column);
    return (struct text){
        .bytes = bytes,
        .length = (size_t)sqlite3_column_bytes(statement->handle, column),
    };
}

static void get_words(struct statement *statement, uint64_t *ret_high, uint64_t *ret_low)
{
    int column = next_column(statement, SQLITE_BLOB);
    const uint8_t *bytes = sqlite3_column_blob(statement->handle, column);
    uint64_t words[2] = {0, 0};
    if (bytes == NULL || sqlite3_column_bytes(statement->handle, column) != 16) {
        statement->is_damaged = true;
    } else {
        for (size_t i = 0; i < 16; i++) {
            words[i / 8] = words[i / 8] << 8 | bytes[i];
        }
    }
    *ret_high = words[0];
    *ret_low = words[1];
}

struct id statement_get_id(struct statement *statement)
{
    struct id id;
    get_words(statement, &id.high, &id.low);
    return id;
}

struct hash128 statement_get_hash(struct statement *statement)
{
    struct hash128 hash;
    get_words(statement, &hash.high, &hash.low);
    return hash;
}
