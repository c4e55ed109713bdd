/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - a URL says which store it is; and how it may be shown.
 *
 * Law: a password is in no message. What looks as if it could hold one is masked. */
#include "dal/store.h"

#include <string.h>

#include "dal/memory/memory.h"
#include "dal/postgres/postgres.h"
#include "dal/sqlite/sqlite.h"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool ends_with(struct text text, const char *end)
{
    size_t length = strlen(end);
    return text.length >= length && memcmp(text.bytes + text.length - length, end, length) == 0;
}

/* ---- kinds ---- */

/* A name without a scheme that can only mean a file. */
static bool is_file_name(const char *url)
{
    static const char *const starts[] = {"/", "./", "../", "file:"};
    static const char *const ends[] = {".db", ".sqlite", ".sqlite3"};
    const char *question = strchr(url, '?');
    struct text name = {url, question == NULL ? strlen(url) : (size_t)(question - url)};
    for (size_t i = 0; i < ARRAY_COUNT(starts); i++) {
        if (starts_with(url, starts[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
        if (strstr(url, "://") == NULL && ends_with(name, ends[i])) {
            return true;
        }
    }
    return false;
}

static enum cloacina_code refuse(const char *url, struct cloacina_error *err)
{
    struct text_builder shown;
    text_builder_init(&shown, NULL);
    store_url_show(url, &shown);
    enum cloacina_code code = cloacina_error_raise(
        err, CLOACINA_INVALID,
        "store '%s': a store is memory://, sqlite://FILE, a file name like app.db or ./app, or "
        "postgres://USER:PASSWORD@HOST:PORT/DATABASE",
        text_builder_terminated(&shown));
    text_builder_finish(&shown);
    return code;
}

enum cloacina_code store_kind_of(const char *url, enum store_kind *ret_kind, const char **ret_rest,
                                 struct cloacina_error *err)
{
    static const struct {
        const char *scheme;
        enum store_kind kind;
    } schemes[] = {
        {"sqlite://", STORE_SQLITE},
        {"postgres://", STORE_POSTGRES},
        {"postgresql://", STORE_POSTGRES},
    };
    if (url == NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "store: no URL was given");
    }
    if (strcmp(url, "memory://") == 0) {
        *ret_kind = STORE_MEMORY;
        *ret_rest = url + strlen(url);
        return CLOACINA_OK;
    }
    for (size_t i = 0; i < ARRAY_COUNT(schemes); i++) {
        size_t length = strlen(schemes[i].scheme);
        if (starts_with(url, schemes[i].scheme) && url[length] != '\0' && url[length] != '?') {
            *ret_kind = schemes[i].kind;
            *ret_rest = url + length;
            return CLOACINA_OK;
        }
    }
    if (strcmp(url, ":memory:") == 0 || is_file_name(url)) {
        *ret_kind = STORE_SQLITE;
        *ret_rest = url;
        return CLOACINA_OK;
    }
    return refuse(url, err);
}

/* ---- showing ---- */

/* The '@' behind "user:password"; NULL: there is none. Rather too far to the right than too far to
 * the left: what is between is masked. */
static const char *find_at(const char *rest)
{
    const char *question = strchr(rest, '?');
    const char *end = question == NULL ? rest + strlen(rest) : question;
    for (const char *at = end; at > rest; at--) {
        if (at[-1] == '@') {
            return at - 1;
        }
    }
    return strrchr(rest, '@');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* `text` begins with "password=", or with a name that is written in escapes and may be that. */
static size_t secret_starts(const char *text)
{
    static const char name[] = "password=";
    size_t same = 0;
    while (name[same] != '\0' && lower(text[same]) == name[same]) {
        same++;
    }
    if (name[same] == '\0') {
        return same;
    }
    size_t length = strcspn(text, "=&");
    bool is_name = text[length] == '=' && text[0] == '%';
    return is_name ? length + 1 : 0;
}

/* Copies, but for the values of passwords. */
static void show_masked(const char *text, struct text_builder *ret_text)
{
    while (*text != '\0') {
        size_t secret = secret_starts(text);
        if (secret == 0) {
            text_builder_append_char(ret_text, *text++);
            continue;
        }
        text_builder_append(ret_text, (struct text){text, secret});
        text_builder_append_terminated(ret_text, "***");
        text += secret;
        text += strcspn(text, "& ");
    }
}

void store_url_show(const char *url, struct text_builder *ret_text)
{
    const char *scheme = strstr(url, "://");
    const char *rest = scheme == NULL ? url : scheme + 3;
    const char *at = starts_with(url, "sqlite:") ? NULL : find_at(rest);
    const char *colon = strchr(rest, ':');
    if (at != NULL && colon != NULL && colon < at) {
        text_builder_append(ret_text, (struct text){url, (size_t)(colon - url) + 1});
        text_builder_append_terminated(ret_text, "***");
        rest = at;
    } else {
        text_builder_append(ret_text, (struct text){url, (size_t)(rest - url)});
    }
    show_masked(rest, ret_text);
}

/* ---- opening ---- */

static enum cloacina_code memory_open(const struct store_options *options, struct dal **ret_dal,
                                      struct cloacina_error *err)
{
    if (options->must_exist) {
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store 'memory://': it is always new");
    }
    struct dal *dal = dal_memory_create(
        options->heap, options->clock != NULL ? options->clock : cloacina_clock_system());
    if (dal == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "store 'memory://': no memory");
    }
    if (options->ret_version_before != NULL) {
        *options->ret_version_before = 0;
    }
    if (options->ret_version != NULL) {
        *options->ret_version = 0;
    }
    *ret_dal = dal;
    return CLOACINA_OK;
}

enum cloacina_code store_open(const struct store_options *options, struct dal **ret_dal,
                              struct cloacina_error *err)
{
    enum store_kind kind;
    const char *rest;
    enum cloacina_code code = store_kind_of(options->url, &kind, &rest, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    switch (kind) {
    case STORE_MEMORY:
        return memory_open(options, ret_dal, err);
    case STORE_SQLITE:
        return sqlite_open(options, rest, ret_dal, err);
    case STORE_POSTGRES:
        return postgres_open(options, options->url, ret_dal, err);
    }
    return refuse(options->url, err);
}
