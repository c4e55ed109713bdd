/* SPDX-License-Identifier: Apache-2.0 */
/* lease.c - who is alive: numbers that are never given twice, beats that only count.
 *
 * Law: nobody's wall clock is compared here; a lease is closed by an observer who saw the same beat
 * for too long. */
#include "dal/sqlite/store.h"

enum cloacina_code sqlite_open_lease(struct dal *dal, struct text name, uint64_t *ret_lease,
                                     int64_t *ret_now, struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    int64_t now;
    uint64_t lease = 0;
    enum cloacina_code code = transaction_write(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = transaction_time(store, &now, err);
    if (code == CLOACINA_OK) {
        struct statement *open = statement_begin(store, STATEMENT_LEASE_OPEN);
        statement_put_text(open, name);
        statement_put_number(open, now);
        code = statement_run(store, open, err);
        lease = (uint64_t)sqlite3_last_insert_rowid(store->db);
    }
    code = transaction_end(store, code, err);
    if (code == CLOACINA_OK) {
        *ret_lease = lease;
        *ret_now = now;
    }
    return code;
}

static enum cloacina_code close_observed(struct sqlite_store *store, uint64_t lease,
                                         uint64_t observed_beat, struct cloacina_error *err)
{
    struct statement *find = statement_begin(store, STATEMENT_LEASE_FIND);
    statement_put_unsigned(find, lease);
    enum cloacina_code code = statement_first(store, find, err);
    bool has_beaten = code == CLOACINA_OK && statement_get_unsigned(find) != observed_beat;
    statement_end(find);
    if (code == CLOACINA_NOT_FOUND) {
        return cloacina_error_raise(err, code, "store '%s': the lease was closed before",
                                    store->shown);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    if (has_beaten) {
        return cloacina_error_raise(err, CLOACINA_CONFLICT,
                                    "store '%s': the lease has beaten since", store->shown);
    }
    struct statement *close = statement_begin(store, STATEMENT_LEASE_CLOSE);
    statement_put_unsigned(close, lease);
    return statement_run(store, close, err);
}

enum cloacina_code sqlite_close_lease(struct dal *dal, uint64_t lease, uint64_t observed_beat,
                                      struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    enum cloacina_code code = transaction_write(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return transaction_end(store, close_observed(store, lease, observed_beat, err), err);
}

/* ---- lists ---- */

/* The row that the statement is at. */
static enum cloacina_code get_lease(struct sqlite_store *store, struct statement *list,
                                    struct arena *arena, struct dal_lease *ret_lease,
                                    struct cloacina_error *err)
{
    ret_lease->lease = statement_get_unsigned(list);
    ret_lease->beat = statement_get_unsigned(list);
    struct text name = statement_get_text(list);
    ret_lease->opened_at = statement_get_number(list);
    ret_lease->beat_at = statement_get_number(list);
    ret_lease->claims = statement_get_small(list, UINT32_MAX);
    if (list->is_damaged) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store '%s': table 'runner_leases', lease %llu: it is damaged",
                                    store->shown, (unsigned long long)ret_lease->lease);
    }
    ret_lease->name = text_copy(arena, name);
    return ret_lease->name.bytes != NULL ? CLOACINA_OK : fail_no_memory(store, err);
}

static enum cloacina_code list_leases(struct sqlite_store *store, struct arena *arena,
                                      struct dal_lease **ret_leases, size_t *ret_count,
                                      struct cloacina_error *err)
{
    struct statement *list = statement_begin(store, STATEMENT_LEASES);
    struct dal_lease *leases = NULL;
    size_t count = 0;
    size_t capacity = 0;
    enum cloacina_code code = CLOACINA_OK;
    bool has_row = true;
    while (code == CLOACINA_OK) {
        code = statement_step(store, list, &has_row, err);
        if (code != CLOACINA_OK || !has_row) {
            break;
        }
        if (!heap_grow(store->heap, &leases, &capacity, count + 1, sizeof(leases[0]))) {
            code = fail_no_memory(store, err);
            break;
        }
        code = get_lease(store, list, arena, &leases[count++], err);
    }
    statement_end(list);
    if (code == CLOACINA_OK) {
        *ret_count = count;
        *ret_leases = arena_take(arena, count * sizeof(leases[0]));
        if (*ret_leases == NULL) {
            code = fail_no_memory(store, err);
        }
        for (size_t i = 0; code == CLOACINA_OK && i < count; i++) {
            (*ret_leases)[i] = leases[i];
        }
    }
    heap_give(store->heap, leases, capacity * sizeof(leases[0]));
    return code;
}

static enum cloacina_code count_running(struct sqlite_store *store, uint32_t *ret_count,
                                        struct cloacina_error *err)
{
    struct statement *running = statement_begin(store, STATEMENT_RUNNING_COUNT);
    enum cloacina_code code = statement_first(store, running, err);
    if (code == CLOACINA_OK) {
        *ret_count = statement_get_small(running, UINT32_MAX);
    }
    statement_end(running);
    return code;
}

enum cloacina_code beat_lease(struct sqlite_store *store, uint64_t lease, int64_t now,
                              struct arena *arena, struct dal_poll_reply *reply,
                              struct cloacina_error *err)
{
    uint32_t running = 0;
    struct statement *beat = statement_begin(store, STATEMENT_LEASE_BEAT);
    statement_put_unsigned(beat, lease);
    statement_put_number(beat, now);
    enum cloacina_code code = statement_run(store, beat, err);
    if (code == CLOACINA_OK) {
        code = list_leases(store, arena, &reply->leases, &reply->lease_count, err);
    }
    if (code == CLOACINA_OK) {
        code = count_running(store, &running, err);
    }
    for (size_t i = 0; code == CLOACINA_OK && i < reply->lease_count; i++) {
        running -= reply->leases[i].claims;
    }
    reply->orphans = running;
    return code;
}

enum cloacina_code sqlite_leases(struct dal *dal, struct arena *arena,
                                 struct dal_lease **ret_leases, size_t *ret_count, int64_t *ret_now,
                                 struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    enum cloacina_code code = transaction_read(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = transaction_time(store, ret_now, err);
    if (code == CLOACINA_OK) {
        code = list_leases(store, arena, ret_leases, ret_count, err);
    }
    return transaction_end(store, code, err);
}
