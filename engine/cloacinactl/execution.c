/* SPDX-License-Identifier: Apache-2.0 */
/* execution.c - what the commands about executions share. */
#include "cloacinactl/execution.h"

#include "execution/state.h"

enum cloacina_code execution_read(const struct command_call *call, struct dal *dal,
                                  const char *text, struct loaded *ret_loaded,
                                  struct cloacina_error *err)
{
    struct id id;
    enum cloacina_code code = database_find(dal, call->heap, text, &id, err);
    return code == CLOACINA_OK ? loaded_read(dal, call->heap, id, ret_loaded, err) : code;
}

struct dal_listed execution_listed(const struct loaded *loaded)
{
    const struct workflow *workflow = loaded->execution.workflow;
    return (struct dal_listed){
        .row = loaded->execution.row,
        .workflow = workflow->name,
        .package = workflow->package,
        .tenant = workflow->tenant,
        .task_count = workflow->task_count,
    };
}

void execution_document(struct document *document, const struct dal_listed *listed)
{
    const struct execution_row *row = &listed->row;
    document_id(document, "id", row->id);
    document_text(document, "workflow", listed->workflow);
    document_text(document, "package", listed->package);
    document_text(document, "tenant", listed->tenant);
    document_words(document, "status", execution_status_name((enum execution_status)row->status));
    document_words(document, "reason", row->reason);
    document_number(document, "revision", row->revision);
    document_number(document, "tasks", listed->task_count);
    document_number(document, "completed", row->completed);
    document_number(document, "failed", row->failed);
    document_number(document, "skipped", row->skipped);
    document_instant(document, "created_at", row->created_at);
    document_instant(document, "started_at", row->started_at);
    document_instant(document, "completed_at", row->completed_at);
}
