/* SPDX-License-Identifier: Apache-2.0 */
/* subject.c - a fresh store of each kind, and cleaning up behind it.
 *
 * Law: every subject is empty when it is opened: a file in a folder of its own, a schema of its
 * own. */
#include "subject.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "support.h"

#include "base/instant.h"
#include "control.h"
#include "dal/memory/memory.h"

static const char postgres_variable[] = "CLOACINA_TEST_POSTGRES";

static void print(char *to, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
static void print(char *to, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(to, size, format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && (size_t)length < size);
}

const char *subject_kind_name(enum store_kind kind)
{
    switch (kind) {
    case STORE_MEMORY:
        return "memory";
    case STORE_SQLITE:
        return "sqlite";
    case STORE_POSTGRES:
        return "postgres";
    }
    return "unknown";
}

enum store_kind subject_kind_of(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "memory";
    enum store_kind kind = STORE_MEMORY;
    while (kind <= STORE_POSTGRES && strcmp(subject_kind_name(kind), name) != 0) {
        kind++;
    }
    if (kind > STORE_POSTGRES) {
        fprintf(stderr, "'%s' is no kind of store: memory, sqlite or postgres\n", name);
        exit(2);
    }
    if (kind == STORE_POSTGRES && (!control_is_possible() || getenv(postgres_variable) == NULL)) {
        fprintf(stderr, "skipped: %s\n",
                control_is_possible() ? "CLOACINA_TEST_POSTGRES names no server"
                                      : "this build has no PostgreSQL");
        exit(SUBJECT_EXIT_SKIPPED);
    }
    return kind;
}

size_t subject_share(size_t count)
{
    const char *percent = getenv("CONTRACT_PERCENT");
    size_t share = percent == NULL ? count : count * strtoul(percent, NULL, 10) / 100;
    return share > 0 ? share : 1;
}

bool subject_has_our_clock(enum store_kind kind)
{
    return kind != STORE_POSTGRES;
}

/* ---- where it is ---- */

static void folder_make(struct subject *subject)
{
    const char *parent = getenv("TMPDIR");
    print(subject->folder, sizeof(subject->folder), "%s/cloacina-contract-XXXXXX",
          parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(subject->folder));
    print(subject->url, sizeof(subject->url), "sqlite://%s/store.db", subject->folder);
}

static void folder_remove(const struct subject *subject)
{
    DIR *folder = opendir(subject->folder);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[SUBJECT_TEXT_SIZE + 300];
        print(path, sizeof(path), "%s/%s", subject->folder, entry->d_name);
        if (entry->d_name[0] != '.') {
            assert_int_equal(unlink(path), 0);
        }
    }
    closedir(folder);
    assert_int_equal(rmdir(subject->folder), 0);
}

static void schema_name(struct subject *subject)
{
    static unsigned schemas;
    print(subject->schema, sizeof(subject->schema), "contract_%ld_%u", (long)getpid(), ++schemas);
}

static void schema_drop(const struct subject *subject)
{
    char statement[200];
    struct control *control = control_open(getenv(postgres_variable));
    print(statement, sizeof(statement),
          "SET client_min_messages = error; DROP SCHEMA IF EXISTS %s CASCADE", subject->schema);
    control_run(control, statement);
    control_close(control);
}

/* ---- sessions ---- */

/* Nobody waits long in a test: time goes on at once. */
static enum cloacina_code sleep_until(void *user, int64_t world_time, struct cloacina_error *err)
{
    struct subject *subject = user;
    (void)err;
    subject->now = world_time;
    return CLOACINA_OK;
}

static void session_open(struct subject *subject, size_t session)
{
    struct cloacina_error error = {0};
    struct store_options options = {
        .url = subject->url,
        .heap = session == 0 ? subject->heap : NULL,
        .gate = subject->gate,
        .gate_user = subject->gate_users[session],
        /* The promises of a power cut are judged elsewhere; here the machine stays on. */
        .durability = STORE_DURABILITY_NORMAL,
    };
    if (subject->kind == STORE_MEMORY) {
        subject->sessions[session] = session == 0
                                         ? dal_memory_create(subject->heap, &subject->clock.clock)
                                         : subject->sessions[0];
        assert_non_null(subject->sessions[session]);
        return;
    }
    if (subject->kind == STORE_SQLITE) {
        options.clock = &subject->clock.clock;
        options.vfs = subject->vfs;
    } else {
        const char *url = getenv(postgres_variable);
        print(subject->names[session], sizeof(subject->names[session]), "%s_%zu", subject->schema,
              session);
        print(subject->url, sizeof(subject->url), "%s%capplication_name=%s", url,
              strchr(url, '?') == NULL ? '?' : '&', subject->names[session]);
        options.schema = subject->schema;
    }
    if (store_open(&options, &subject->sessions[session], &error) != CLOACINA_OK) {
        fail_msg("%s", error.message);
    }
    if (dal_check(subject->sessions[session], &error) != CLOACINA_OK) {
        fail_msg("%s", error.message);
    }
}

void subject_open(struct subject *subject, enum store_kind kind, size_t sessions)
{
    assert_true(sessions >= 1 && sessions <= SUBJECT_SESSIONS_MAX);
    subject->kind = kind;
    subject->now = 1000 * NANOSECONDS_PER_SECOND;
    virtual_clock_init(&subject->clock, &(struct virtual_clock_options){.now = &subject->now,
                                                                        .sleep_until = sleep_until,
                                                                        .user = subject});
    if (kind == STORE_SQLITE) {
        folder_make(subject);
    } else if (kind == STORE_POSTGRES) {
        schema_name(subject);
    }
    for (size_t i = 0; i < sessions; i++) {
        session_open(subject, i);
    }
}

void subject_reopen(struct subject *subject, size_t session)
{
    if (subject->kind != STORE_MEMORY) {
        dal_destroy(subject->sessions[session]);
        session_open(subject, session);
    }
}

void subject_close(struct subject *subject)
{
    for (size_t i = 0; i < SUBJECT_SESSIONS_MAX; i++) {
        if (i == 0 || subject->kind != STORE_MEMORY) {
            dal_destroy(subject->sessions[i]);
        }
        subject->sessions[i] = NULL;
    }
    if (subject->kind == STORE_SQLITE) {
        folder_remove(subject);
    } else if (subject->kind == STORE_POSTGRES) {
        schema_drop(subject);
    }
}
