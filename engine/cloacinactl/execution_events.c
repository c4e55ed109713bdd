/* SPDX-License-Identifier: Apache-2.0 */
/* execution_events.c - `cloacinactl execution events`: what happened, in order. */
#include "base/instant.h"
#include "cloacinactl/execution.h"
#include "cloacinactl/table.h"
#include "execution/state.h"

struct events_values {
    struct database_values database;
    const char *id;
    uint64_t after;
};

static const struct option events_options[] = {
    DATABASE_OPTIONS(struct events_values),
    {.name = "after",
     .value_name = "REVISION",
     .help = "only what happened behind this revision (default 0: all)",
     .type = OPTION_COUNT,
     .maximum = INT64_MAX,
     .offset = offsetof(struct events_values, after)},
    JSON_OPTION(struct events_values),
};

/* Why: the reason of a skip, or the code of a failure. NULL: it needs none. */
static const char *detail_of(const struct event_row *event)
{
    bool is_failure = event->type == EVENT_TASK_FAILED ||
                      event->type == EVENT_TASK_RETRY_SCHEDULED ||
                      event->type == EVENT_TASK_ABANDONED;
    if (event->type == EVENT_TASK_SKIPPED) {
        return skip_reason_name((enum skip_reason)event->skip);
    }
    return is_failure ? cloacina_code_name((enum cloacina_code)event->code) : NULL;
}

/* NULL: it is about the execution itself. */
static const char *task_of(const struct loaded *loaded, const struct event_row *event)
{
    const struct workflow *workflow = loaded->execution.workflow;
    return event->task < workflow->task_count ? workflow->tasks[event->task].name : NULL;
}

static enum cloacina_code events_json(const struct command_call *call, const struct loaded *loaded,
                                      const struct event_row *events, size_t count,
                                      struct cloacina_error *err)
{
    struct document document;
    document_begin(&document, call->heap);
    document_object(&document, NULL);
    document_id(&document, "id", loaded->execution.row.id);
    document_array(&document, "events");
    for (size_t i = 0; i < count; i++) {
        const struct event_row *event = &events[i];
        document_object(&document, NULL);
        document_number(&document, "revision", event->revision);
        document_number(&document, "n", event->n);
        document_words(&document, "type", event_type_name((enum event_type)event->type));
        document_words(&document, "task", task_of(loaded, event));
        document_number(&document, "attempt", event->attempt);
        document_words(&document, "detail", detail_of(event));
        document_instant(&document, "at", event->at);
        document_instant(&document, "retry_at", event->retry_at);
        document_number(&document, "lease", event->claim.lease);
        document_end(&document);
    }
    document_end(&document);
    document_end(&document);
    return document_put(&document, call, err);
}

static void number_cell(struct table *table, uint64_t number)
{
    if (number == 0) {
        table_cell(table, "-");
    } else {
        table_cell(table, "%llu", (unsigned long long)number);
    }
}

static void event_row_add(struct table *table, const struct loaded *loaded,
                          const struct event_row *event)
{
    const char *task = task_of(loaded, event);
    const char *detail = detail_of(event);
    char at[INSTANT_TEXT_SIZE];
    instant_print(event->at - event->at % NANOSECONDS_PER_MICROSECOND, at);
    table_cell(table, "%llu", (unsigned long long)event->revision);
    table_text(table, text_of(at));
    table_text(table, text_of(event_type_name((enum event_type)event->type)));
    table_text(table, text_of(task != NULL ? task : "-"));
    number_cell(table, event->attempt);
    number_cell(table, event->claim.lease);
    table_text(table, text_of(detail));
}

static enum cloacina_code events_table(const struct command_call *call, const struct loaded *loaded,
                                       const struct event_row *events, size_t count,
                                       struct cloacina_error *err)
{
    static const char *const titles[] = {"REVISION", "AT",    "EVENT",  "TASK",
                                         "ATTEMPT",  "LEASE", "DETAIL", NULL};
    struct table table;
    struct text_builder text;
    text_builder_init(&text, call->heap);
    table_begin(&table, call->heap, titles);
    for (size_t i = 0; i < count; i++) {
        event_row_add(&table, loaded, &events[i]);
    }
    table_write(&table, &text);
    return command_put(call, &text, err);
}

static enum cloacina_code events(const struct command_call *call, struct dal *dal,
                                 const void *values, struct cloacina_error *err)
{
    const struct events_values *given = values;
    struct loaded loaded;
    struct event_row *rows;
    size_t count;
    enum cloacina_code code = execution_read(call, dal, given->id, &loaded, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = loaded_events(&loaded, dal, given->after, &rows, &count, err);
    if (code == CLOACINA_OK) {
        code = given->database.is_json ? events_json(call, &loaded, rows, count, err)
                                       : events_table(call, &loaded, rows, count, err);
    }
    loaded_finish(&loaded);
    return code;
}

static enum command_status events_run(const struct command_call *call, const void *values)
{
    return database_do(call, values, events);
}

CLOACINACTL_COMMAND(execution_events, .name = "execution events",
                    .summary = "what happened to one execution, in order",
                    .usage = "ID --database URL [options]",
                    .table = {.options = events_options,
                              .count = ARRAY_COUNT(events_options),
                              .operand_name = "ID",
                              .operand_offset = offsetof(struct events_values, id),
                              .needs_operand = true},
                    .values_size = sizeof(struct events_values), .run = events_run);
