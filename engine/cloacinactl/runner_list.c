/* SPDX-License-Identifier: Apache-2.0 */
/* runner_list.c - `cloacinactl runner list`: who is there. */
#include "base/instant.h"
#include "cloacinactl/database.h"
#include "cloacinactl/document.h"
#include "cloacinactl/table.h"

struct runner_list_values {
    struct database_values database;
};

static const struct option runner_list_options[] = {
    DATABASE_OPTIONS(struct runner_list_values),
    JSON_OPTION(struct runner_list_values),
};

static enum cloacina_code print_json(const struct command_call *call,
                                     const struct dal_lease *leases, size_t count, int64_t now,
                                     struct cloacina_error *err)
{
    struct document document;
    document_begin(&document, call->heap);
    document_object(&document, NULL);
    document_instant(&document, "now", now);
    document_array(&document, "runners");
    for (size_t i = 0; i < count; i++) {
        document_object(&document, NULL);
        document_text(&document, "name", leases[i].name);
        document_number(&document, "lease", leases[i].lease);
        document_number(&document, "claims", leases[i].claims);
        document_number(&document, "beat", leases[i].beat);
        document_instant(&document, "opened_at", leases[i].opened_at);
        document_instant(&document, "beat_at", leases[i].beat_at);
        document_end(&document);
    }
    document_end(&document);
    document_end(&document);
    return document_put(&document, call, err);
}

static enum cloacina_code print_table(const struct command_call *call,
                                      const struct dal_lease *leases, size_t count, int64_t now,
                                      struct cloacina_error *err)
{
    static const char *const titles[] = {"NAME", "LEASE", "CLAIMS", "OPENED", "LAST BEAT", NULL};
    struct table table;
    struct text_builder text;
    text_builder_init(&text, call->heap);
    table_begin(&table, call->heap, titles);
    for (size_t i = 0; i < count; i++) {
        int64_t silence = now - leases[i].beat_at;
        char ago[DURATION_TEXT_SIZE];
        duration_print(silence - silence % NANOSECONDS_PER_SECOND, ago);
        table_text(&table, leases[i].name);
        table_cell(&table, "%llu", (unsigned long long)leases[i].lease);
        table_cell(&table, "%u", leases[i].claims);
        table_instant(&table, leases[i].opened_at);
        table_cell(&table, "%s ago", ago);
    }
    table_write(&table, &text);
    return command_put(call, &text, err);
}

static enum cloacina_code list(const struct command_call *call, struct dal *dal, const void *values,
                               struct cloacina_error *err)
{
    const struct runner_list_values *given = values;
    struct arena arena;
    struct dal_lease *leases;
    size_t count;
    int64_t now;
    arena_init(&arena, call->heap);
    enum cloacina_code code = dal->impl->leases(dal, &arena, &leases, &count, &now, err);
    if (code == CLOACINA_OK) {
        code = given->database.is_json ? print_json(call, leases, count, now, err)
                                       : print_table(call, leases, count, now, err);
    }
    arena_finish(&arena);
    return code;
}

static enum command_status runner_list_run(const struct command_call *call, const void *values)
{
    return database_do(call, values, list);
}

CLOACINACTL_COMMAND(runner_list, .name = "runner list",
                    .summary = "the runners that have a database open",
                    .usage = "--database URL [options]",
                    .table = {.options = runner_list_options,
                              .count = ARRAY_COUNT(runner_list_options)},
                    .values_size = sizeof(struct runner_list_values), .run = runner_list_run);
