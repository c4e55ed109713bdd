/* SPDX-License-Identifier: Apache-2.0 */
/* commit.c - writes: one transaction and one round trip for as many as fit.
 *
 *   BEGIN | lock | update, insert executions | tasks, outputs, events of those written | COMMIT
 *
 * The lock tells which writes win: it shows a revision that nobody else can change any more. A write
 * that the server refuses takes the others with it: the batch is halved until it stands alone. */
#include <string.h>

#include "dal/postgres/session.h"
#include "execution/state.h"

enum { SUBMIT_TRIES = 3 };

/* Locks the executions that exist, in the order of their ids. */
static void lock_send(struct session *session, const struct dal_write *writes, size_t count)
{
    struct parameters *parameters = trip_parameters(session, STATEMENT_LOCK);
    size_t locked = 0;
    for (size_t i = 0; i < count; i++) {
        if (writes[i].submission == NULL) {
            parameters_id(parameters, 0, writes[i].changeset->before.id);
            locked++;
        }
    }
    if (locked > 0) {
        trip_send(session, STATEMENT_LOCK);
    }
}

/* ---- answers ---- */

/* The row of the lock's result, which ascends by id; SIZE_MAX: it has none. */
static size_t locked_row(const PGresult *locked, struct id id)
{
    size_t low = 0;
    size_t high = reply_rows(locked);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = id_compare(reply_id(locked, middle, 0), id);
        if (order == 0) {
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return SIZE_MAX;
}

static enum cloacina_code answer_by_lock(const PGresult *locked, const struct changeset *changeset)
{
    size_t row = locked_row(locked, changeset->before.id);
    uint64_t revision = row == SIZE_MAX ? 0 : (uint64_t)reply_number(locked, row, 1);
    if (row == SIZE_MAX || (revision == 0 && changeset->before.revision != 0)) {
        return CLOACINA_NOT_FOUND;
    }
    return revision == changeset->before.revision ? CLOACINA_OK : CLOACINA_CONFLICT;
}

static enum cloacina_code answer_by_insert(const PGresult *inserted, struct id id)
{
    size_t rows = reply_rows(inserted);
    size_t row = 0;
    while (row < rows && !id_equal(reply_id(inserted, row, 0), id)) {
        row++;
    }
    return row < rows ? CLOACINA_OK : CLOACINA_EXISTS;
}

static size_t submissions(const struct dal_write *writes, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += writes[i].submission != NULL;
    }
    return found;
}

static void answer(const struct session *session, const struct dal_write *writes, size_t count,
                   enum cloacina_code *ret_answers)
{
    size_t wanted = submissions(writes, count);
    const PGresult *locked = wanted < count ? trip_result(session, STATEMENT_LOCK) : NULL;
    const PGresult *inserted =
        wanted > 0 ? trip_result(session, STATEMENT_INSERT_EXECUTIONS) : NULL;
    bool are_all_in = inserted != NULL && reply_rows(inserted) == wanted;
    for (size_t i = 0; i < count; i++) {
        if (writes[i].submission == NULL) {
            ret_answers[i] = answer_by_lock(locked, writes[i].changeset);
        } else if (are_all_in) {
            ret_answers[i] = CLOACINA_OK;
        } else {
            ret_answers[i] = answer_by_insert(inserted, writes[i].changeset->before.id);
        }
    }
}

/* A task row that is not what the changeset was made from: refused like a lost race. */
static bool is_guard(const struct trip *trip)
{
    return trip->culprit == STATEMENT_UPDATE_TASKS && strcmp(trip->sqlstate, "23502") == 0;
}

/* ---- batches ---- */

enum cloacina_code commit_batch(struct session *session, const struct dal_write *writes,
                                size_t count, enum cloacina_code *ret_answers, bool *ret_is_of_rows)
{
    *ret_is_of_rows = false;
    enum cloacina_code code = submit_definitions(session, writes, count, ret_is_of_rows);
    if (code == CLOACINA_OK) {
        code = trip_begin(session, NULL);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    trip_send_plain(session, STATEMENT_BEGIN);
    lock_send(session, writes, count);
    write_executions(session, writes, count);
    write_rows(session, writes, count);
    trip_send_plain(session, STATEMENT_COMMIT);
    code = trip_end(session, NULL);
    if (code == CLOACINA_OK) {
        answer(session, writes, count, ret_answers);
    } else if (is_guard(&session->trip)) {
        code = CLOACINA_CONFLICT;
    }
    *ret_is_of_rows = session->trip.failure.is_of_rows;
    return code;
}

/* How many of the writes make one transaction; at least one. */
static size_t batch_count(const struct dal_write *writes, size_t count)
{
    size_t rows = 0;
    size_t size = 0;
    size_t fitting = 0;
    while (fitting < count) {
        rows += 1 + write_row_count(&writes[fitting]);
        size += write_size(&writes[fitting]);
        if (fitting > 0 && (rows > COMMIT_ROWS_MAX || size > COMMIT_BYTES_MAX)) {
            break;
        }
        fitting++;
    }
    return fitting;
}

static bool is_large(const struct dal_write *write)
{
    return write->submission != NULL && write->submission->workflow->task_count > COMMIT_ROWS_MAX;
}

/* A submission that its batch did not insert, alone. */
static enum cloacina_code submit_again(struct session *session, const struct dal_write *write)
{
    enum cloacina_code answer = CLOACINA_EXISTS;
    for (int tries = 0; tries < SUBMIT_TRIES && answer == CLOACINA_EXISTS; tries++) {
        bool is_of_rows;
        enum cloacina_code code = submit_judge(session, write);
        if (code == CLOACINA_OK) {
            code = commit_batch(session, write, 1, &answer, &is_of_rows);
        }
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    return answer == CLOACINA_EXISTS ? CLOACINA_UNAVAILABLE : answer;
}

/* One transaction; how many of the writes are answered, 0: try fewer. */
static size_t commit_some(struct session *session, const struct dal_write *writes, size_t count,
                          enum cloacina_code *ret_answers)
{
    bool is_of_rows;
    if (is_large(&writes[0])) {
        ret_answers[0] = submit_in_slices(session, &writes[0]);
        return 1;
    }
    enum cloacina_code code = commit_batch(session, writes, count, ret_answers, &is_of_rows);
    if (is_of_rows && count > 1) {
        return 0;
    }
    for (size_t i = 0; code != CLOACINA_OK && i < count; i++) {
        ret_answers[i] = code;
    }
    for (size_t i = 0; code == CLOACINA_OK && i < count; i++) {
        if (writes[i].submission != NULL && ret_answers[i] == CLOACINA_EXISTS) {
            ret_answers[i] = submit_again(session, &writes[i]);
        }
    }
    return count;
}

void postgres_commit(struct dal *dal, const struct dal_write *writes, size_t count,
                     enum cloacina_code *ret_answers)
{
    struct session *session = session_of(dal);
    size_t limit = SIZE_MAX;
    for (size_t first = 0; first < count;) {
        size_t fitting = batch_count(writes + first, count - first);
        size_t large = 1;
        while (large < fitting && !is_large(&writes[first + large])) {
            large++;
        }
        fitting = is_large(&writes[first]) ? 1 : large < fitting ? large : fitting;
        fitting = fitting < limit ? fitting : limit;
        size_t done = commit_some(session, writes + first, fitting, ret_answers + first);
        limit = done == 0 ? fitting / 2 : SIZE_MAX;
        first += done;
    }
    notify_others(session, writes, count, ret_answers);
}

/* ---- under the lock ---- */

static enum cloacina_code lock_and_feed(struct session *session, struct id id, uint64_t revision,
                                        struct arena *arena, struct feed *ret_feed,
                                        struct cloacina_error *err)
{
    enum cloacina_code code = trip_begin(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    trip_send_plain(session, STATEMENT_BEGIN);
    parameters_id(trip_parameters(session, STATEMENT_LOCK), 0, id);
    trip_send(session, STATEMENT_LOCK);
    feed_ask(session, id, revision);
    code = trip_end(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = feed_read(session, id, arena, ret_feed, err);
    if (code != CLOACINA_OK) {
        trip_send_away(session, "rollback", "ROLLBACK");
    }
    return code;
}

static enum cloacina_code write_locked(struct session *session, const struct changeset *changeset,
                                       struct cloacina_error *err)
{
    struct dal_write write = {.changeset = changeset};
    trip_continue(session);
    write_executions(session, &write, 1);
    write_rows(session, &write, 1);
    trip_send_plain(session, STATEMENT_COMMIT);
    enum cloacina_code code = trip_end(session, err);
    if (code != CLOACINA_OK && is_guard(&session->trip)) {
        code = cloacina_error_raise(err, CLOACINA_CONFLICT, "store: a task has changed");
    }
    notify_others(session, &write, 1, &code);
    return code;
}

enum cloacina_code postgres_commit_locked(struct dal *dal, struct id id, uint64_t revision,
                                          struct changeset *(*redo)(void *user,
                                                                    const struct feed *feed),
                                          void *user, struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    struct arena arena;
    struct feed feed;
    arena_init(&arena, session->heap);
    enum cloacina_code code = lock_and_feed(session, id, revision, &arena, &feed, err);
    if (code == CLOACINA_OK) {
        const struct changeset *changeset = redo(user, &feed);
        if (changeset != NULL && changeset->before.revision == feed.row.revision) {
            code = write_locked(session, changeset, err);
        } else {
            trip_send_away(session, "rollback", "ROLLBACK");
            code = changeset == NULL ? CLOACINA_OK
                                     : cloacina_error_raise(err, CLOACINA_CONFLICT,
                                                            "store: the changeset is not made "
                                                            "from the revision that it was given");
        }
    }
    arena_finish(&arena);
    return code;
}
