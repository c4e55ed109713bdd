/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_url.c - which store an URL means, and that no password is ever shown. */
#include "support.h"

#include "clock/virtual.h"
#include "dal/store.h"

static void assert_kind(const char *url, enum store_kind wanted, const char *wanted_rest)
{
    enum store_kind kind = STORE_MEMORY;
    const char *rest = NULL;
    assert_int_equal(store_kind_of(url, &kind, &rest, NULL), CLOACINA_OK);
    assert_int_equal(kind, wanted);
    assert_string_equal(rest, wanted_rest);
}

/* Why: the forms of the manual, each as it says. */
static void an_url_says_its_kind(void **state)
{
    (void)state;
    assert_kind("memory://", STORE_MEMORY, "");
    assert_kind("sqlite://app.db", STORE_SQLITE, "app.db");
    assert_kind("sqlite:///var/app.db?synchronous=full", STORE_SQLITE,
                "/var/app.db?synchronous=full");
    assert_kind("sqlite://:memory:", STORE_SQLITE, ":memory:");
    assert_kind("postgres://a:b@host/db", STORE_POSTGRES, "a:b@host/db");
    assert_kind("postgresql:///db", STORE_POSTGRES, "/db");
}

/* Why: who types a file name means the file. */
static void a_file_name_is_sqlite(void **state)
{
    (void)state;
    static const char *const names[] = {
        ":memory:",   "/var/x",     "./x",         "../x",       "file:x",
        "app.db",     "app.sqlite", "app.sqlite3", "sub/app.db", "app.db?synchronous=normal",
        "/tmp/a?b=c",
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        assert_kind(names[i], STORE_SQLITE, names[i]);
    }
}

/* Why: a slip must not make a database with a strange name. */
static void anything_else_is_refused_with_what_would_be_right(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "",          "app",         "memory",      "memory://x",  "sqlite://",
        "sqlite:x",  "sqlite://?a", "postgres://", "mysql://a/b", "host=a dbname=b",
        "http://db", "x://app.db",  "app.database"};
    for (size_t i = 0; i < ARRAY_COUNT(urls); i++) {
        enum store_kind kind;
        const char *rest;
        struct cloacina_error error;
        assert_int_equal(store_kind_of(urls[i], &kind, &rest, &error), CLOACINA_INVALID);
        assert_non_null(strstr(error.message, "a store is memory://, sqlite://FILE"));
    }
    struct cloacina_error error;
    enum store_kind kind;
    const char *rest;
    assert_int_equal(store_kind_of(NULL, &kind, &rest, &error), CLOACINA_INVALID);
    assert_string_equal(error.message, "store: no URL was given");
}

static void assert_shown(const char *url, const char *wanted)
{
    struct text_builder text;
    text_builder_init(&text, NULL);
    store_url_show(url, &text);
    assert_string_equal(text_builder_terminated(&text), wanted);
    text_builder_finish(&text);
}

/* Why: logs are read by many. */
static void a_password_is_never_shown(void **state)
{
    (void)state;
    assert_shown("postgres://user:secret@host:5432/db", "postgres://user:***@host:5432/db");
    assert_shown("postgres://user@host/db", "postgres://user@host/db");
    assert_shown("postgres://host:5432/db", "postgres://host:5432/db");
    assert_shown("postgres://u:p@ss@host/db?a=x", "postgres://u:***@host/db?a=x");
    assert_shown("postgres://u:p/ss@host/db", "postgres://u:***@host/db");
    assert_shown("postgres://u:p?ss@host/db", "postgres://u:***@host/db");
    assert_shown("postgres://host/db?password=secret&x=y", "postgres://host/db?password=***&x=y");
    assert_shown("postgres://host/db?sslPassword=secret", "postgres://host/db?sslPassword=***");
    assert_shown("postgres://host/db?%70assword=secret", "postgres://host/db?%70assword=***");
    assert_shown("postgres://host/db?a=%20&b=c", "postgres://host/db?a=%20&b=c");
    assert_shown("host=a password=secret user=b", "host=a password=*** user=b");
    assert_shown("sqlite:///tmp/a@b:c.db", "sqlite:///tmp/a@b:c.db");
    assert_shown("memory://", "memory://");
}

/* Why: also the message about a wrong URL is a message. */
static void a_refused_url_hides_its_password(void **state)
{
    (void)state;
    struct cloacina_error error;
    enum store_kind kind;
    const char *rest;
    assert_int_equal(store_kind_of("mysql://user:secret@host/db", &kind, &rest, &error),
                     CLOACINA_INVALID);
    assert_null(strstr(error.message, "secret"));
    assert_non_null(strstr(error.message, "user:***@host"));
}

/* Why: the same call opens every kind. */
static void the_memory_store_opens(void **state)
{
    (void)state;
    struct dal *dal;
    uint32_t before = 7;
    uint32_t version = 7;
    struct store_options options = {
        .url = "memory://", .ret_version_before = &before, .ret_version = &version};
    assert_int_equal(store_open(&options, &dal, NULL), CLOACINA_OK);
    assert_int_equal(dal_check(dal, NULL), CLOACINA_OK);
    assert_int_equal(before, 0);
    assert_int_equal(version, 0);
    dal_destroy(dal);
    options = (struct store_options){.url = "memory://"};
    assert_int_equal(store_open(&options, &dal, NULL), CLOACINA_OK);
    dal_destroy(dal);
}

/* Why: what was asked to exist and never does is not made up. */
static void a_store_in_memory_is_never_there_already(void **state)
{
    (void)state;
    static const char *const urls[] = {"memory://", ":memory:"};
    for (size_t i = 0; i < ARRAY_COUNT(urls); i++) {
        struct dal *dal;
        struct cloacina_error error;
        struct store_options options = {.url = urls[i], .must_exist = true};
        assert_int_equal(store_open(&options, &dal, &error), CLOACINA_NOT_FOUND);
        assert_non_null(strstr(error.message, "it is always new"));
    }
}

/* Why: an URL that cannot be is refused before anything is opened. */
static void a_bad_url_opens_nothing(void **state)
{
    (void)state;
    struct dal *dal = NULL;
    struct store_options options = {.url = "app"};
    assert_int_equal(store_open(&options, &dal, NULL), CLOACINA_INVALID);
    assert_null(dal);
}

/* Why: no memory is an answer, at each allocation. */
static void a_store_without_memory_is_no_store(void **state)
{
    (void)state;
    struct failing_heap heap;
    struct dal *dal;
    struct store_options options = {.url = "memory://", .heap = &heap.heap};
    failing_heap_init(&heap, 0);
    assert_int_equal(store_open(&options, &dal, NULL), CLOACINA_NO_MEMORY);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_url_says_its_kind),
        cmocka_unit_test(a_file_name_is_sqlite),
        cmocka_unit_test(anything_else_is_refused_with_what_would_be_right),
        cmocka_unit_test(a_password_is_never_shown),
        cmocka_unit_test(a_refused_url_hides_its_password),
        cmocka_unit_test(the_memory_store_opens),
        cmocka_unit_test(a_store_in_memory_is_never_there_already),
        cmocka_unit_test(a_bad_url_opens_nothing),
        cmocka_unit_test(a_store_without_memory_is_no_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
