/* SPDX-License-Identifier: Apache-2.0 */
/* commit.c - many writes in few transactions.
 *
 *   writes  | 0 1 2 3 4 5 6 7 8 | 9 ...            a batch: as many as a transaction may have
 *           | 0 1 2 3 | 4 5 ...                    it failed for good: half of it, from the start
 *           | 4 | 5 ...                            ... until the culprit stands alone
 *
 * Law: an answer is given behind the COMMIT, never before. */
#include "dal/sqlite/store.h"

/* Leaves of `count` writes as many as one transaction may have; at least one. */
static size_t batch_size(const struct dal_write *writes, size_t count)
{
    size_t rows = 0;
    size_t size = 0;
    while (size < count) {
        rows += submission_weight(&writes[size]);
        if (size > 0 && rows > TRANSACTION_ROWS_MAX) {
            break;
        }
        size++;
    }
    return size;
}

/* The execution is in the file already: by its number, if that is remembered. */
static enum cloacina_code write_known(struct sqlite_store *store, const struct changeset *changeset,
                                      struct cloacina_error *err)
{
    struct id id = changeset->before.id;
    int64_t number = number_recall(store, id);
    if (number != 0) {
        enum cloacina_code code = put_changeset(store, number, changeset, err);
        if (code != CLOACINA_CONFLICT) {
            return code;
        }
    } /* else it was removed, perhaps, or somebody was first */
    struct found_execution found;
    enum cloacina_code code = number_find(store, id, &found, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (found.revision != changeset->before.revision) {
        return CLOACINA_CONFLICT;
    }
    return put_changeset(store, found.number, changeset, err);
}

/* The answers that leave the transaction as it is. */
static bool is_verdict(enum cloacina_code code)
{
    return code == CLOACINA_OK || code == CLOACINA_CONFLICT || code == CLOACINA_NOT_FOUND ||
           code == CLOACINA_EXISTS;
}

/* One transaction with the first of `count` writes; `*ret_done` is how many it took in. */
static enum cloacina_code batch_write(struct sqlite_store *store, const struct dal_write *writes,
                                      size_t count, enum cloacina_code *answers, size_t *ret_done,
                                      struct cloacina_error *err)
{
    enum cloacina_code code = transaction_write(store, err);
    size_t done = 0;
    if (code != CLOACINA_OK) {
        return code;
    }
    while (code == CLOACINA_OK && done < count && store->bytes < TRANSACTION_BYTES_MAX) {
        const struct dal_write *write = &writes[done];
        answers[done] = write->submission != NULL ? submission_write(store, write, err)
                                                  : write_known(store, write->changeset, err);
        if (is_verdict(answers[done])) {
            done++;
        } else {
            code = answers[done];
        }
    }
    *ret_done = done;
    return transaction_end(store, code, err);
}

/* The store itself does not work at the moment: more attempts would say the same. */
static bool is_outage(enum cloacina_code code)
{
    return code == CLOACINA_UNAVAILABLE || code == CLOACINA_IO;
}

/* One transaction, or one write that is too large for it. Returns how many answers were given; 0:
 * try again with half of them. */
static size_t batch_commit(struct sqlite_store *store, const struct dal_write *writes, size_t count,
                           enum cloacina_code *answers, enum cloacina_code *ret_code)
{
    struct cloacina_error error = {.code = CLOACINA_OK};
    size_t done = 0;
    if (writes->submission != NULL && submission_weight(writes) > TRANSACTION_ROWS_MAX) {
        *ret_code = answers[0] = submission_slices(store, writes, &error);
        done = 1;
    } else {
        *ret_code = batch_write(store, writes, count, answers, &done, &error);
        if (*ret_code == CLOACINA_UNKNOWN) {
            for (size_t i = 0; i < done; i++) {
                answers[i] = answers[i] == CLOACINA_OK ? CLOACINA_UNKNOWN : answers[i];
            }
        } else if (*ret_code != CLOACINA_OK) {
            answers[0] = *ret_code;
            done = count == 1 || is_outage(*ret_code) ? 1 : 0;
        }
    }
    if (done > 0 && !is_verdict(*ret_code)) {
        cloacina_log_print(store->log, CLOACINA_LOG_WARNING, "commit: %s", error.message);
    }
    return done;
}

void sqlite_commit(struct dal *dal, const struct dal_write *writes, size_t count,
                   enum cloacina_code *ret_answers)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    size_t most = count;
    size_t next = 0;
    while (next < count) {
        enum cloacina_code code;
        size_t left = count - next < most ? count - next : most;
        size_t size = batch_size(writes + next, left);
        size_t done = batch_commit(store, writes + next, size, ret_answers + next, &code);
        most = done == 0 ? size / 2 : count;
        next += done;
        while (is_outage(code) && next < count) {
            ret_answers[next++] = code;
        }
    }
}

enum cloacina_code sqlite_commit_locked(struct dal *dal, struct id id, uint64_t revision,
                                        struct changeset *(*redo)(void *user,
                                                                  const struct feed *feed),
                                        void *user, struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    enum cloacina_code code = transaction_write(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct arena arena;
    struct feed feed;
    struct found_execution found;
    arena_init(&arena, store->heap);
    code = number_find(store, id, &found, err);
    if (code == CLOACINA_OK) {
        code = get_feed(store, found.number, revision, &arena, &feed, err);
    }
    if (code == CLOACINA_OK) {
        const struct changeset *changeset = redo(user, &feed);
        if (changeset != NULL) {
            code = put_changeset(store, found.number, changeset, err);
        }
        if (code == CLOACINA_CONFLICT) {
            code = cloacina_error_raise(err, code, "store '%s': it was made from another revision",
                                        store->shown);
        }
    }
    arena_finish(&arena);
    return transaction_end(store, code, err);
}
