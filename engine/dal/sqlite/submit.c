/* SPDX-License-Identifier: Apache-2.0 */
/* submit.c - new executions: whole in one transaction, or slice by slice.
 *
 *   execution row, revision 0 | tasks 0.. | tasks 4096.. | events.. | execution row, revision 1
 *   nobody sees it                                                    all of it at once
 *
 * What a crash leaves half written has revision 0; it is replaced when the same id comes again, and
 * goes with remove_ended.
 * Law: a slice first looks whether the execution is still there, half written: another session may
 * have tidied up. */
#include "dal/sqlite/store.h"

size_t submission_weight(const struct dal_write *write)
{
    const struct changeset *changeset = write->changeset;
    size_t tasks = write->submission != NULL ? write->submission->workflow->task_count + 1
                                             : changeset->row_count;
    return 1 + tasks + changeset->delta_count + changeset->event_count;
}

/* ---- the execution row ---- */

static enum cloacina_code insert_execution(struct sqlite_store *store,
                                           const struct dal_write *write, uint64_t revision,
                                           int64_t *ret_number, struct cloacina_error *err)
{
    const struct execution_row *row = write->changeset->after;
    int64_t definition;
    enum cloacina_code code =
        definition_number(store, write->submission->workflow, &definition, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct statement *insert = statement_begin(store, STATEMENT_EXECUTION_INSERT);
    statement_put_id(insert, row->id);
    statement_put_number(insert, definition);
    statement_put_unsigned(insert, revision);
    statement_put_number(insert, row->status);
    statement_put_number(insert, row->recoveries_max);
    statement_put_stamp(insert, row->commit);
    statement_put_number(insert, row->created_at);
    put_execution_columns(insert, row);
    code = statement_run(store, insert, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    *ret_number = sqlite3_last_insert_rowid(store->db);
    struct statement *context = statement_begin(store, STATEMENT_CONTEXT_INSERT);
    statement_put_number(context, *ret_number);
    statement_put_text(context, write->submission->context);
    store->bytes += (int64_t)write->submission->context.length;
    return statement_run(store, context, err);
}

/* ---- the task rows ---- */

/* Places in the Ready queue, by task: 1 for the first that the changeset made Ready; 0: it is not
 * Ready. Borrowed scratch; NULL: no memory. */
static const uint32_t *ready_places(struct sqlite_store *store, const struct dal_write *write,
                                    uint32_t *ret_count)
{
    uint32_t count = write->submission->workflow->task_count;
    if (!heap_grow(store->heap, &store->scratch, &store->scratch_capacity, count * sizeof(uint32_t),
                   1)) {
        return NULL;
    }
    uint32_t *places = store->scratch;
    uint32_t place = 0;
    for (uint32_t task = 0; task < count; task++) {
        places[task] = 0;
    }
    for (size_t i = 0; i < write->changeset->row_count; i++) {
        const struct row_change *change = &write->changeset->rows[i];
        if (change->after->status == TASK_READY) {
            places[change->task] = ++place;
        }
    }
    *ret_count = place;
    return places;
}

static enum cloacina_code insert_task(struct sqlite_store *store, int64_t execution, uint32_t task,
                                      const struct task_row *row, int64_t ready_order,
                                      struct cloacina_error *err)
{
    struct statement *insert = statement_begin(store, STATEMENT_TASK_INSERT);
    statement_put_number(insert, execution);
    statement_put_number(insert, task);
    put_task_columns(insert, row);
    if (row->status == TASK_READY) {
        statement_put_number(insert, ready_order);
    } else {
        statement_put_null(insert);
    }
    statement_put_terminated(insert, row->error);
    return statement_run(store, insert, err);
}

/* The tasks from `first` to before `end`. Within a transaction the queue is in the order of the
 * changeset. */
static enum cloacina_code insert_tasks(struct sqlite_store *store, const struct dal_write *write,
                                       int64_t execution, uint32_t first, uint32_t end,
                                       struct cloacina_error *err)
{
    uint32_t ready_count = 0;
    const uint32_t *places = ready_places(store, write, &ready_count);
    if (places == NULL) {
        return fail_no_memory(store, err);
    }
    enum cloacina_code code = ready_count > 0 ? put_ready_last(store, err) : CLOACINA_OK;
    int64_t before = store->ready_last;
    for (uint32_t task = first; code == CLOACINA_OK && task < end; task++) {
        int64_t order = before + places[task];
        store->ready_last = order > store->ready_last ? order : store->ready_last;
        code = insert_task(store, execution, task, &write->submission->rows[task], order, err);
    }
    return code;
}

/* ---- whole ---- */

/* OK: the id is free, `*ret_hidden` says of what is in its way. EXISTS. */
static enum cloacina_code id_check(struct sqlite_store *store, struct id id,
                                   struct found_execution *ret_hidden, struct cloacina_error *err)
{
    struct cloacina_error nobody; /* that there is none is what is hoped for */
    *ret_hidden = (struct found_execution){.number = 0};
    enum cloacina_code code = number_find_hidden(store, id, ret_hidden, &nobody);
    if (code == CLOACINA_NOT_FOUND) {
        return CLOACINA_OK;
    }
    if (code == CLOACINA_OK) {
        return ret_hidden->revision != 0 ? CLOACINA_EXISTS : CLOACINA_OK;
    }
    return cloacina_error_raise(err, code, "%s", nobody.message);
}

/* It is over the limit of a transaction once at most: what was half written is large. */
static enum cloacina_code hidden_delete(struct sqlite_store *store, int64_t number,
                                        struct cloacina_error *err)
{
    struct statement *forget = statement_begin(store, STATEMENT_EXECUTION_DELETE);
    statement_put_number(forget, number);
    return statement_run(store, forget, err);
}

enum cloacina_code submission_write(struct sqlite_store *store, const struct dal_write *write,
                                    struct cloacina_error *err)
{
    const struct changeset *changeset = write->changeset;
    struct found_execution hidden;
    int64_t number = 0;
    enum cloacina_code code = id_check(store, changeset->before.id, &hidden, err);
    if (code == CLOACINA_OK && hidden.number != 0) {
        code = hidden_delete(store, hidden.number, err);
    }
    if (code == CLOACINA_OK) {
        code = insert_execution(store, write, changeset->after->revision, &number, err);
    }
    if (code == CLOACINA_OK) {
        code = insert_tasks(store, write, number, 0, write->submission->workflow->task_count, err);
    }
    if (code == CLOACINA_OK) {
        code = put_deltas(store, number, changeset, err);
    }
    if (code == CLOACINA_OK) {
        code = put_events(store, number, changeset, 0, changeset->event_count, err);
    }
    if (code == CLOACINA_OK) {
        number_remember(store, changeset->before.id, number, changeset->after->revision);
        store->is_news = store->is_news || dal_is_news(changeset);
    }
    return code;
}

/* ---- in slices ---- */

/* What is written is a sequence: each task, then each event. */
struct progress {
    int64_t number;
    size_t next;
    size_t count;
};

static enum cloacina_code slice_begin(struct sqlite_store *store, const struct dal_write *write,
                                      struct progress *progress, struct cloacina_error *err)
{
    struct found_execution hidden;
    enum cloacina_code code = id_check(store, write->changeset->before.id, &hidden, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (progress->next == 0) {
        return insert_execution(store, write, 0, &progress->number, err);
    }
    if (hidden.number != progress->number) {
        return cloacina_error_raise(err, CLOACINA_UNAVAILABLE,
                                    "store '%s': somebody has removed what was half written",
                                    store->shown);
    }
    return CLOACINA_OK;
}

static enum cloacina_code slice_fill(struct sqlite_store *store, const struct dal_write *write,
                                     struct progress *progress, struct cloacina_error *err)
{
    size_t tasks = write->submission->workflow->task_count;
    size_t first = progress->next;
    size_t end = progress->count - first < TRANSACTION_ROWS_MAX - 2
                     ? progress->count
                     : first + TRANSACTION_ROWS_MAX - 2;
    enum cloacina_code code = CLOACINA_OK;
    if (first < tasks) {
        code = insert_tasks(store, write, progress->number, (uint32_t)first,
                            (uint32_t)(end < tasks ? end : tasks), err);
    }
    if (code == CLOACINA_OK && end > tasks) {
        code = put_events(store, progress->number, write->changeset,
                          first > tasks ? first - tasks : 0, end - tasks, err);
    }
    progress->next = end;
    return code;
}

/* The last step of the last slice: now it can be seen. */
static enum cloacina_code slices_show(struct sqlite_store *store, const struct dal_write *write,
                                      const struct progress *progress, struct cloacina_error *err)
{
    enum cloacina_code code = put_deltas(store, progress->number, write->changeset, err);
    if (code == CLOACINA_OK) {
        code = put_execution(store, progress->number, write->changeset, err);
    }
    store->is_news = store->is_news || dal_is_news(write->changeset);
    return code;
}

/* What stands in the way of the id is removed first. */
static enum cloacina_code way_clear(struct sqlite_store *store, struct id id,
                                    struct cloacina_error *err)
{
    struct found_execution hidden = {.number = 0};
    enum cloacina_code code = transaction_read(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = transaction_end(store, id_check(store, id, &hidden, err), err);
    if (code == CLOACINA_OK && hidden.number != 0) {
        code = remove_hidden(store, hidden.number, hidden.definition, err);
    }
    return code;
}

enum cloacina_code submission_slices(struct sqlite_store *store, const struct dal_write *write,
                                     struct cloacina_error *err)
{
    struct progress progress = {.count = write->submission->workflow->task_count +
                                         write->changeset->event_count};
    enum cloacina_code code = way_clear(store, write->changeset->before.id, err);
    while (code == CLOACINA_OK && progress.next < progress.count) {
        code = transaction_write(store, err);
        if (code != CLOACINA_OK) {
            break;
        }
        code = slice_begin(store, write, &progress, err);
        if (code == CLOACINA_OK) {
            code = slice_fill(store, write, &progress, err);
        }
        bool is_last = progress.next == progress.count;
        if (code == CLOACINA_OK && is_last) {
            code = slices_show(store, write, &progress, err);
        }
        code = transaction_end(store, code, err);
        if (code == CLOACINA_UNKNOWN && !is_last) {
            code = CLOACINA_UNAVAILABLE; /* nobody sees it either way */
        }
    }
    return code;
}
