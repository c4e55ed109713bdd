/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - the definition as text: what stores keep and what the hash is taken of.
 *
 *   {"format":1,"name":"shop","package":"embedded","tasks":[
 *     {"name":"price"},
 *     {"dependencies":["price"],"name":"charge","retry":{...},"rule":{...},"timeout_ms":30000}
 *   ],"tenant":"public"}                                     (without the line breaks)
 *
 * Law: keys sorted, tasks in definition order, dependencies in declared order, defaults left out,
 * no white space: one structure has one text. */
#ifndef WORKFLOW_JSON_H
#define WORKFLOW_JSON_H

#include "base/text.h"
#include "workflow/workflow.h"

enum { WORKFLOW_JSON_FORMAT = 1 };

/* Everything but `json` and `hash` must be set. A failure shows in builder->failed. */
void workflow_json_write(struct text_builder *builder, const struct workflow *workflow);

#endif
