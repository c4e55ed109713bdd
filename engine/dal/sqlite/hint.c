/* SPDX-License-Identifier: Apache-2.0 */
/* hint.c - hearing that somebody else wrote.
 *
 *   commit elsewhere -> its session writes a byte into the turnstile's file -> inotify -> wake
 *
 * The WAL itself is no good sign: it is written before the commit can be seen. The byte comes
 * behind it, and only if the commit left something. Whether it was somebody else's is told by
 * data_version, which our own commits do not change.
 * Law: a hint is never the truth, and a lost one costs a heartbeat interval at most. */
#include "dal/sqlite/store.h"

#ifdef __linux__
#include <sys/inotify.h>
#include <unistd.h>
#endif

/* The version of the file without what this session wrote; -1: it cannot be told now. */
static int64_t file_version(struct sqlite_store *store)
{
    struct cloacina_error ignored; /* a hint is lost, then */
    struct statement *ask = statement_begin(store, STATEMENT_DATA_VERSION);
    int64_t version = -1;
    wait_begin(store);
    store->patience_us = 0; /* never blocks */
    if (statement_first(store, ask, &ignored) == CLOACINA_OK) {
        version = statement_get_number(ask);
    }
    statement_end(ask);
    return version;
}

static void watch(struct sqlite_store *store)
{
#ifdef __linux__
    struct cloacina_error ignored;
    if (store->turnstile.path == NULL || !store->uses_inotify ||
        turnstile_open(store, &ignored) != CLOACINA_OK) {
        return;
    }
    int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor >= 0 && inotify_add_watch(descriptor, store->turnstile.path, IN_MODIFY) < 0) {
        (void)close(descriptor);
        descriptor = -1;
    }
    store->hints.descriptor = descriptor;
#else
    (void)store;
#endif
}

void sqlite_listen(struct dal *dal, uint64_t lease, void (*wake)(void *user), void *user)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    (void)lease;
    store->hints.wake = wake;
    store->hints.user = user;
    if (wake != NULL && store->hints.descriptor < 0) {
        watch(store);
    }
    if (wake != NULL) {
        store->hints.version = file_version(store);
    }
}

int sqlite_descriptor(struct dal *dal)
{
    return sqlite_store_of(dal)->hints.descriptor;
}

/* What was written since does not matter, only that something was. */
static void drain(int descriptor)
{
#ifdef __linux__
    char events[4096];
    while (descriptor >= 0 && read(descriptor, events, sizeof(events)) > 0) {
    }
#else
    (void)descriptor;
#endif
}

void sqlite_take_hints(struct dal *dal)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    struct hints *hints = &store->hints;
    drain(hints->descriptor);
    if (hints->wake == NULL) {
        return;
    }
    int64_t version = file_version(store);
    bool is_news = version != hints->version;
    hints->version = version;
    if (is_news) {
        hints->wake(hints->user);
    }
}

void hint_close(struct sqlite_store *store)
{
#ifdef __linux__
    if (store->hints.descriptor >= 0) {
        (void)close(store->hints.descriptor);
    }
#endif
    store->hints.descriptor = -1;
}
