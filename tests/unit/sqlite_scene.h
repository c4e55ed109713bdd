/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_scene.h - a folder of its own with a database in it, and the shelf of memory_scene.h on
 * it.
 *
 *   drawer_open(&drawer, "a; b: a")              a new file; drawer.shelf.store is its session
 *   drawer_submit(&drawer)                       the execution is in it, with an open lease
 *   drawer_sql(&drawer, "UPDATE ...")            what another program would do to the file
 *   drawer_number(&drawer, "SELECT ...")
 *   drawer_close(&drawer)                        the folder is gone */
#ifndef TESTS_UNIT_SQLITE_SCENE_H
#define TESTS_UNIT_SQLITE_SCENE_H

#include "memory_scene.h"

#include <dirent.h>
#include <sqlite3.h>
#include <unistd.h>

#include "dal/sqlite/schema.h"
#include "dal/store.h"

struct drawer {
    struct shelf shelf;
    char folder[64];
    char path[96];
    char url[256];
    struct store_options options;
    struct cloacina_error error;
};

static inline void drawer_make_folder(struct drawer *drawer)
{
    memset(drawer, 0, sizeof(*drawer));
    (void)snprintf(drawer->folder, sizeof(drawer->folder), "/tmp/cloacina-sqlite-XXXXXX");
    assert_non_null(mkdtemp(drawer->folder));
    (void)snprintf(drawer->path, sizeof(drawer->path), "%s/app.db", drawer->folder);
    (void)snprintf(drawer->url, sizeof(drawer->url), "sqlite://%s?synchronous=normal",
                   drawer->path);
    drawer->options.url = drawer->url;
}

static inline void drawer_remove_folder(struct drawer *drawer)
{
    DIR *folder = opendir(drawer->folder);
    char path[512];
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof(path), "%s/%s", drawer->folder, entry->d_name);
            assert_int_equal(remove(path), 0);
        }
    }
    assert_int_equal(closedir(folder), 0);
    assert_int_equal(rmdir(drawer->folder), 0);
}

/* A session of the file; its answer is in drawer->error too. */
static inline enum cloacina_code drawer_try(struct drawer *drawer, struct dal **ret_dal)
{
    memset(&drawer->error, 0, sizeof(drawer->error));
    return store_open(&drawer->options, ret_dal, &drawer->error);
}

static inline struct dal *drawer_session(struct drawer *drawer)
{
    struct dal *dal = NULL;
    enum cloacina_code code = drawer_try(drawer, &dal);
    assert_string_equal(drawer->error.message, "");
    assert_int_equal(code, CLOACINA_OK);
    assert_int_equal(dal_check(dal, NULL), CLOACINA_OK);
    return dal;
}

static inline void drawer_open(struct drawer *drawer, const char *graph)
{
    drawer_make_folder(drawer);
    shelf_open(&drawer->shelf, graph, NULL);
    dal_destroy(drawer->shelf.store);
    drawer->options.clock = &drawer->shelf.clock.clock;
    drawer->shelf.store = drawer_session(drawer);
}

static inline void drawer_close(struct drawer *drawer)
{
    shelf_close(&drawer->shelf);
    drawer_remove_folder(drawer);
}

static inline void drawer_submit(struct drawer *drawer)
{
    struct shelf *shelf = &drawer->shelf;
    int64_t now;
    assert_int_equal(
        shelf->store->impl->open_lease(shelf->store, TEXT_LITERAL("me"), &shelf->lease, &now, NULL),
        CLOACINA_OK);
    shelf_seal(shelf);
    assert_int_equal(shelf_submit(shelf), CLOACINA_OK);
    execution_accept(&shelf->scene.execution, &shelf->scene.changeset);
}

/* ---- as another program ---- */

static inline void drawer_sql(struct drawer *drawer, const char *sql)
{
    sqlite3 *db;
    char *message = NULL;
    assert_int_equal(sqlite3_open(drawer->path, &db), SQLITE_OK);
    (void)sqlite3_exec(db, sql, NULL, NULL, &message);
    assert_null(message);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Copies the first column of the first row; "(none)" without a row, "(null)" for NULL. */
static inline void drawer_text(struct drawer *drawer, const char *sql, char *ret_text, size_t size)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(drawer->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    bool has_row = sqlite3_step(statement) == SQLITE_ROW;
    const char *text = has_row ? (const char *)sqlite3_column_text(statement, 0) : "(none)";
    (void)snprintf(ret_text, size, "%s", text == NULL ? "(null)" : text);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline long long drawer_number(struct drawer *drawer, const char *sql)
{
    char text[64];
    drawer_text(drawer, sql, text, sizeof(text));
    return strtoll(text, NULL, 10);
}

/* The store refuses to open, with this code and a message that ends like this. */
static inline void drawer_assert_refused(struct drawer *drawer, enum cloacina_code wanted,
                                         const char *end)
{
    struct dal *dal = NULL;
    assert_int_equal(drawer_try(drawer, &dal), wanted);
    assert_null(dal);
    size_t length = strlen(drawer->error.message);
    assert_true(length >= strlen(end));
    assert_string_equal(drawer->error.message + length - strlen(end), end);
    assert_int_equal(drawer->error.code, wanted);
}

#endif
