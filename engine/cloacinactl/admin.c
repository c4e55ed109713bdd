/* SPDX-License-Identifier: Apache-2.0 */
/* admin.c - `cloacinactl admin migrate | cleanup`: the care of a database.
 *
 * Law: nothing is removed that is not over, and nothing that ended after the given time. */
#include "base/instant.h"
#include "cloacinactl/database.h"
#include "cloacinactl/document.h"

enum { BATCH = 500 };

struct admin_values {
    struct database_values database;
    int64_t older_than_ns;
    bool is_dry;
};

/* ---- migrate ---- */

static const struct option migrate_options[] = {
    DATABASE_OPTIONS(struct admin_values),
    JSON_OPTION(struct admin_values),
};

static enum cloacina_code migrated(const struct command_call *call, bool is_json, uint32_t before,
                                   uint32_t after, struct cloacina_error *err)
{
    struct document document;
    struct text_builder text;
    if (is_json) {
        document_begin(&document, call->heap);
        document_object(&document, NULL);
        document_number(&document, "from", before);
        document_number(&document, "to", after);
        document_end(&document);
        return document_put(&document, call, err);
    }
    text_builder_init(&text, call->heap);
    if (before == after) {
        text_builder_print(&text, "nothing to do: the schema has version %u\n", after);
    } else if (before == 0) {
        text_builder_print(&text, "created: the schema has version %u\n", after);
    } else {
        text_builder_print(&text, "migrated: the schema had version %u and has %u\n", before,
                           after);
    }
    return command_put(call, &text, err);
}

static enum command_status migrate_run(const struct command_call *call, const void *values)
{
    const struct admin_values *given = values;
    struct cloacina_error err = {.code = CLOACINA_OK};
    struct dal *dal = NULL;
    uint32_t before = 0;
    uint32_t after = 0;
    struct store_options options = {
        .url = given->database.url,
        .heap = call->heap,
        .schema = given->database.schema,
        .ret_version_before = &before,
        .ret_version = &after,
    };
    enum cloacina_code code = store_open(&options, &dal, &err);
    dal_destroy(dal);
    if (code == CLOACINA_OK) {
        code = migrated(call, given->database.is_json, before, after, &err);
    }
    return code == CLOACINA_OK ? COMMAND_SUCCEEDED : command_refuse(call, &err);
}

/* ---- cleanup ---- */

static const struct option cleanup_options[] = {
    DATABASE_OPTIONS(struct admin_values),
    {.name = "older-than",
     .value_name = "TIME",
     .help = "what ended so long ago, or longer: 90d, 12h, 30m, 10s",
     .type = OPTION_DURATION,
     .is_required = true,
     .offset = offsetof(struct admin_values, older_than_ns)},
    {.name = "dry-run",
     .help = "only count",
     .type = OPTION_FLAG,
     .offset = offsetof(struct admin_values, is_dry)},
    JSON_OPTION(struct admin_values),
};

/* Store time less the age. */
static enum cloacina_code limit_find(const struct command_call *call, struct dal *dal,
                                     int64_t older_than_ns, int64_t *ret_before,
                                     struct cloacina_error *err)
{
    struct arena arena;
    struct dal_lease *leases;
    size_t count;
    int64_t now;
    arena_init(&arena, call->heap);
    enum cloacina_code code = dal->impl->leases(dal, &arena, &leases, &count, &now, err);
    if (code == CLOACINA_OK) {
        *ret_before = instant_add(now, -older_than_ns);
    }
    arena_finish(&arena);
    return code;
}

static enum cloacina_code remove_all(struct dal *dal, int64_t before, uint64_t *ret_count,
                                     struct cloacina_error *err)
{
    size_t removed = BATCH;
    enum cloacina_code code = CLOACINA_OK;
    while (code == CLOACINA_OK && removed == BATCH) {
        code = dal->impl->remove_ended(dal, before, BATCH, &removed, err);
        *ret_count += code == CLOACINA_OK ? removed : 0;
    }
    return code;
}

static uint64_t ended_before(const struct dal_listed *listed, size_t count, int64_t before)
{
    uint64_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += listed[i].row.completed_at < before;
    }
    return found;
}

/* What remove_all would find, page by page. */
static enum cloacina_code count_all(const struct command_call *call, struct dal *dal,
                                    int64_t before, uint64_t *ret_count, struct cloacina_error *err)
{
    struct arena arena;
    struct dal_listed *listed;
    size_t count = BATCH;
    enum cloacina_code code = CLOACINA_OK;
    struct dal_question question = {
        .statuses = 1U << EXECUTION_COMPLETED | 1U << EXECUTION_FAILED | 1U << EXECUTION_CANCELLED,
        .limit = BATCH,
    };
    arena_init(&arena, call->heap);
    while (code == CLOACINA_OK && count == BATCH) {
        code = dal->impl->executions(dal, &question, &arena, &listed, &count, err);
        if (code == CLOACINA_OK && count > 0) {
            *ret_count += ended_before(listed, count, before);
            question.after = listed[count - 1].row.id;
        }
        arena_reset(&arena);
    }
    arena_finish(&arena);
    return code;
}

static enum cloacina_code cleaned(const struct command_call *call,
                                  const struct admin_values *values, int64_t before, uint64_t count,
                                  struct cloacina_error *err)
{
    struct document document;
    struct text_builder text;
    char when[INSTANT_TEXT_SIZE];
    if (values->database.is_json) {
        document_begin(&document, call->heap);
        document_object(&document, NULL);
        document_instant(&document, "before", before);
        document_number(&document, "executions", count);
        document_flag(&document, "removed", !values->is_dry);
        document_end(&document);
        return document_put(&document, call, err);
    }
    text_builder_init(&text, call->heap);
    instant_print(before - before % NANOSECONDS_PER_SECOND, when);
    text_builder_print(&text, "%s %llu %s that ended before %s\n",
                       values->is_dry ? "would remove" : "removed", (unsigned long long)count,
                       count == 1 ? "execution" : "executions", when);
    return command_put(call, &text, err);
}

static enum cloacina_code cleanup(const struct command_call *call, struct dal *dal,
                                  const void *values, struct cloacina_error *err)
{
    const struct admin_values *given = values;
    int64_t before = 0;
    uint64_t count = 0;
    enum cloacina_code code = limit_find(call, dal, given->older_than_ns, &before, err);
    if (code == CLOACINA_OK) {
        code = given->is_dry ? count_all(call, dal, before, &count, err)
                             : remove_all(dal, before, &count, err);
    }
    return code == CLOACINA_OK ? cleaned(call, given, before, count, err) : code;
}

static enum command_status cleanup_run(const struct command_call *call, const void *values)
{
    return database_do(call, values, cleanup);
}

CLOACINACTL_COMMAND(admin_migrate, .name = "admin migrate",
                    .summary = "create a database, or bring it to this version",
                    .usage = "--database URL [options]",
                    .table = {.options = migrate_options, .count = ARRAY_COUNT(migrate_options)},
                    .values_size = sizeof(struct admin_values), .run = migrate_run);

CLOACINACTL_COMMAND(admin_cleanup, .name = "admin cleanup",
                    .summary = "forget executions that ended long ago, and their history",
                    .usage = "--database URL --older-than TIME [options]",
                    .table = {.options = cleanup_options, .count = ARRAY_COUNT(cleanup_options)},
                    .values_size = sizeof(struct admin_values), .run = cleanup_run);
