/* SPDX-License-Identifier: Apache-2.0 */
/* execution_list.c - `cloacinactl execution list`: what runs, what ran. */
#include "cloacinactl/execution.h"

#include <string.h>

#include "cloacinactl/table.h"
#include "execution/state.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 100000 };

struct list_values {
    struct database_values database;
    struct option_texts statuses;
    const char *workflow;
    const char *after;
    uint64_t limit;
    bool is_oldest_first;
};

static const struct list_values list_defaults = {.limit = LIMIT_DEFAULT};

static const struct option list_options[] = {
    DATABASE_OPTIONS(struct list_values),
    {.name = "status",
     .value_name = "STATUS",
     .help = "only these; may be given more than once: Pending, Running,\n"
             "Completed, Failed, Cancelled, Paused",
     .type = OPTION_TEXTS,
     .offset = offsetof(struct list_values, statuses)},
    {.name = "workflow",
     .value_name = "NAME",
     .help = "only this one",
     .type = OPTION_TEXT,
     .offset = offsetof(struct list_values, workflow)},
    {.name = "limit",
     .value_name = "N",
     .help = "at most so many (default 100)",
     .type = OPTION_COUNT,
     .minimum = 1,
     .maximum = LIMIT_MAX,
     .offset = offsetof(struct list_values, limit)},
    {.name = "after",
     .value_name = "ID",
     .help = "only those behind this one: the next page",
     .type = OPTION_TEXT,
     .offset = offsetof(struct list_values, after)},
    {.name = "oldest-first",
     .help = "from the oldest on, not from the newest",
     .type = OPTION_FLAG,
     .offset = offsetof(struct list_values, is_oldest_first)},
    JSON_OPTION(struct list_values),
};

/* ---- the question ---- */

/* Whatever the case. */
static bool is_same_word(const char *a, const char *b)
{
    return strlen(a) == strlen(b) && text_contains_ignoring_case(text_of(a), text_of(b));
}

static enum cloacina_code status_read(const char *name, uint32_t *ret_bit,
                                      struct cloacina_error *err)
{
    const char *names[EXECUTION_STATUSES];
    for (unsigned status = 0; status < EXECUTION_STATUSES; status++) {
        names[status] = execution_status_name((enum execution_status)status);
        if (is_same_word(name, names[status])) {
            *ret_bit = UINT32_C(1) << status;
            return CLOACINA_OK;
        }
    }
    const char *similar = name_similar(text_of(name), names, EXECUTION_STATUSES);
    return cloacina_error_raise(err, CLOACINA_INVALID, "option '--status': '%s' is no status%s%s%s",
                                name, similar != NULL ? "; did you mean '" : "",
                                similar != NULL ? similar : "", similar != NULL ? "'?" : "");
}

static enum cloacina_code question_make(const struct command_call *call, struct dal *dal,
                                        const struct list_values *values,
                                        struct dal_question *ret_question,
                                        struct cloacina_error *err)
{
    *ret_question = (struct dal_question){
        .workflow = text_of(values->workflow),
        .newest_first = !values->is_oldest_first,
        .limit = (size_t)values->limit,
    };
    for (size_t i = 0; i < values->statuses.count; i++) {
        uint32_t bit = 0;
        enum cloacina_code code = status_read(values->statuses.items[i], &bit, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        ret_question->statuses |= bit;
    }
    return values->after == NULL
               ? CLOACINA_OK
               : database_find(dal, call->heap, values->after, &ret_question->after, err);
}

/* ---- the answer ---- */

static enum cloacina_code print_json(const struct command_call *call,
                                     const struct dal_listed *listed, size_t count, bool has_more,
                                     struct cloacina_error *err)
{
    struct document document;
    document_begin(&document, call->heap);
    document_object(&document, NULL);
    document_array(&document, "executions");
    for (size_t i = 0; i < count; i++) {
        document_object(&document, NULL);
        execution_document(&document, &listed[i]);
        document_end(&document);
    }
    document_end(&document);
    document_id(&document, "next", has_more ? listed[count - 1].row.id : (struct id){0, 0});
    document_end(&document);
    return document_put(&document, call, err);
}

static enum cloacina_code print_table(const struct command_call *call,
                                      const struct dal_listed *listed, size_t count, bool has_more,
                                      struct cloacina_error *err)
{
    static const char *const titles[] = {"ID",      "WORKFLOW", "STATUS", "DONE",
                                         "CREATED", "ENDED",    "REASON", NULL};
    struct table table;
    struct text_builder text;
    char id[ID_TEXT_SIZE] = "";
    text_builder_init(&text, call->heap);
    table_begin(&table, call->heap, titles);
    for (size_t i = 0; i < count; i++) {
        const struct execution_row *row = &listed[i].row;
        id_print(row->id, id);
        table_text(&table, text_of(id));
        table_text(&table, listed[i].workflow);
        table_text(&table, text_of(execution_status_name((enum execution_status)row->status)));
        table_cell(&table, "%u/%u", row->completed + row->failed + row->skipped,
                   listed[i].task_count);
        table_instant(&table, row->created_at);
        table_instant(&table, row->completed_at);
        table_text(&table, text_of(row->reason));
    }
    table_write(&table, &text);
    if (has_more) {
        text_builder_print(&text, "there may be more: --after %s\n", id);
    }
    return command_put(call, &text, err);
}

static enum cloacina_code list(const struct command_call *call, struct dal *dal, const void *values,
                               struct cloacina_error *err)
{
    const struct list_values *given = values;
    struct arena arena;
    struct dal_question question;
    struct dal_listed *listed;
    size_t count;
    arena_init(&arena, call->heap);
    enum cloacina_code code = question_make(call, dal, given, &question, err);
    if (code == CLOACINA_OK) {
        code = dal->impl->executions(dal, &question, &arena, &listed, &count, err);
    }
    if (code == CLOACINA_OK) {
        bool has_more = count == question.limit;
        code = given->database.is_json ? print_json(call, listed, count, has_more, err)
                                       : print_table(call, listed, count, has_more, err);
    }
    arena_finish(&arena);
    return code;
}

static enum command_status list_run(const struct command_call *call, const void *values)
{
    return database_do(call, values, list);
}

CLOACINACTL_COMMAND(execution_list, .name = "execution list",
                    .summary = "the executions in a database, newest first",
                    .usage = "--database URL [options]",
                    .table = {.options = list_options, .count = ARRAY_COUNT(list_options)},
                    .values_size = sizeof(struct list_values), .defaults = &list_defaults,
                    .run = list_run);
