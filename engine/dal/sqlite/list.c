/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - reading across executions: claims, executions by id, the newest definition.
 *
 * Law: at most as many rows as were asked for are looked at behind the index. */
#include <string.h>

#include "dal/sqlite/store.h"

/* An answer whose length is known at its end: rows on the heap, then a copy in the arena. */
struct gathering {
    char *bytes; /* Owned */
    size_t capacity, used;
};

/* NULL: no memory. */
static void *gathering_add(struct sqlite_store *store, struct gathering *gathering, size_t size)
{
    if (!heap_grow(store->heap, &gathering->bytes, &gathering->capacity, gathering->used + size,
                   1)) {
        return NULL;
    }
    void *place = gathering->bytes + gathering->used;
    gathering->used += size;
    return place;
}

/* Gives the heap back its memory, whatever `code` is. */
static enum cloacina_code gathering_answer(struct sqlite_store *store, struct gathering *gathering,
                                           enum cloacina_code code, struct arena *arena,
                                           void **ret_rows, struct cloacina_error *err)
{
    if (code == CLOACINA_OK) {
        *ret_rows = arena_take(arena, gathering->used);
        if (*ret_rows == NULL) {
            code = fail_no_memory(store, err);
        } else if (gathering->used > 0) {
            memcpy(*ret_rows, gathering->bytes, gathering->used);
        }
    }
    heap_give(store->heap, gathering->bytes, gathering->capacity);
    return code;
}

/* ---- claims ---- */

static enum cloacina_code gather_claims(struct sqlite_store *store, uint64_t lease, size_t limit,
                                        struct gathering *gathering, struct cloacina_error *err)
{
    struct statement *list =
        statement_begin(store, lease == 0 ? STATEMENT_CLAIMS_LOST : STATEMENT_CLAIMS_OF);
    enum cloacina_code code = CLOACINA_OK;
    bool has_row = true;
    statement_put_unsigned(list, lease);
    statement_put_revision(list, limit);
    while (code == CLOACINA_OK) {
        code = statement_step(store, list, &has_row, err);
        if (code != CLOACINA_OK || !has_row) {
            break;
        }
        struct dal_claimed *claimed = gathering_add(store, gathering, sizeof(*claimed));
        if (claimed == NULL) {
            code = fail_no_memory(store, err);
            break;
        }
        claimed->id = statement_get_id(list);
        claimed->task = statement_get_small(list, TASK_NONE - 1);
        claimed->claim = statement_get_stamp(list);
        if (list->is_damaged) {
            code = cloacina_error_raise(err, CLOACINA_INVALID,
                                        "store '%s': table 'task_executions': a claim of lease "
                                        "%llu is damaged",
                                        store->shown, (unsigned long long)claimed->claim.lease);
        }
    }
    statement_end(list);
    return code;
}

enum cloacina_code sqlite_claims(struct dal *dal, uint64_t lease, size_t limit, struct arena *arena,
                                 struct dal_claimed **ret_claims, size_t *ret_count,
                                 struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    struct gathering gathering = {.bytes = NULL};
    void *rows = NULL;
    enum cloacina_code code = transaction_read(store, err);
    if (code == CLOACINA_OK) {
        code = gather_claims(store, lease, limit, &gathering, err);
        code = transaction_end(store, code, err);
    }
    size_t used = gathering.used;
    code = gathering_answer(store, &gathering, code, arena, &rows, err);
    if (code == CLOACINA_OK) {
        *ret_claims = rows;
        *ret_count = used / sizeof(struct dal_claimed);
    }
    return code;
}

/* ---- executions ---- */

/* The row that the statement is at. */
static enum cloacina_code get_listed(struct sqlite_store *store, struct statement *list,
                                     struct arena *arena, struct dal_listed *ret_listed,
                                     struct cloacina_error *err)
{
    *ret_listed = (struct dal_listed){.task_count = 0};
    bool has_memory = get_execution_columns(list, arena, &ret_listed->row);
    struct text *texts[] = {&ret_listed->workflow, &ret_listed->package, &ret_listed->tenant};
    for (size_t i = 0; has_memory && i < ARRAY_COUNT(texts); i++) {
        *texts[i] = text_copy(arena, statement_get_text(list));
        has_memory = texts[i]->bytes != NULL;
    }
    if (!has_memory) {
        return fail_no_memory(store, err);
    }
    ret_listed->task_count = statement_get_small(list, TASK_NONE - 1);
    if (list->is_damaged) {
        char text[ID_TEXT_SIZE];
        id_print(ret_listed->row.id, text);
        return cloacina_error_raise(
            err, CLOACINA_INVALID,
            "store '%s': table 'workflow_executions', execution %s: it is damaged", store->shown,
            text);
    }
    return CLOACINA_OK;
}

/* Where the list begins: behind `after`, or with everything. A longer row of bytes is behind every
 * id, an empty one before. */
static void put_after(struct statement *list, const struct dal_question *question)
{
    static const uint8_t last[17] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    if (!id_is_zero(question->after)) {
        statement_put_id(list, question->after);
    } else {
        statement_put_bytes(list, last, question->newest_first ? sizeof(last) : 0);
    }
}

static enum cloacina_code gather_executions(struct sqlite_store *store,
                                            const struct dal_question *question,
                                            struct arena *arena, struct gathering *gathering,
                                            struct cloacina_error *err)
{
    struct statement *list = statement_begin(
        store, question->newest_first ? STATEMENT_EXECUTIONS_DOWN : STATEMENT_EXECUTIONS_UP);
    enum cloacina_code code = CLOACINA_OK;
    bool has_row = true;
    put_after(list, question);
    statement_put_number(list, question->statuses);
    statement_put_text(list, question->workflow);
    statement_put_revision(list, question->limit);
    while (code == CLOACINA_OK) {
        code = statement_step(store, list, &has_row, err);
        if (code != CLOACINA_OK || !has_row) {
            break;
        }
        struct dal_listed *listed = gathering_add(store, gathering, sizeof(*listed));
        code = listed == NULL ? fail_no_memory(store, err)
                              : get_listed(store, list, arena, listed, err);
    }
    statement_end(list);
    return code;
}

enum cloacina_code sqlite_executions(struct dal *dal, const struct dal_question *question,
                                     struct arena *arena, struct dal_listed **ret_listed,
                                     size_t *ret_count, struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    struct gathering gathering = {.bytes = NULL};
    void *rows = NULL;
    enum cloacina_code code = transaction_read(store, err);
    if (code == CLOACINA_OK) {
        code = gather_executions(store, question, arena, &gathering, err);
        code = transaction_end(store, code, err);
    }
    size_t used = gathering.used;
    code = gathering_answer(store, &gathering, code, arena, &rows, err);
    if (code == CLOACINA_OK) {
        *ret_listed = rows;
        *ret_count = used / sizeof(struct dal_listed);
    }
    return code;
}

/* ---- definitions ---- */

enum cloacina_code sqlite_definition(struct dal *dal, struct text workflow, struct arena *arena,
                                     struct text *ret_json, struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    enum cloacina_code code = transaction_read(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct statement *newest = statement_begin(store, STATEMENT_DEFINITION_NEWEST);
    statement_put_text(newest, workflow);
    code = statement_first(store, newest, err);
    if (code == CLOACINA_OK) {
        *ret_json = text_copy(arena, statement_get_text(newest));
        code = ret_json->bytes != NULL ? CLOACINA_OK : fail_no_memory(store, err);
    } else if (code == CLOACINA_NOT_FOUND) {
        code = cloacina_error_raise(err, code, "store '%s': it knows no workflow '%.*s'",
                                    store->shown, TEXT_PRINT(workflow));
    }
    statement_end(newest);
    return transaction_end(store, code, err);
}
