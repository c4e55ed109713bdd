/* SPDX-License-Identifier: Apache-2.0 */
/* name.h - names of tenants, packages, workflows and tasks, and their slots in a hash table.
 *
 *   tenant::package::workflow::task
 *
 * Law: a part is 1 to 255 bytes of UTF-8 without "::" and without control characters, and neither
 * begins nor ends with ':', so that a full name can be taken apart in one way only. */
#ifndef WORKFLOW_NAME_H
#define WORKFLOW_NAME_H

#include <cloacina/error.h>

#include "base/hash.h"
#include "base/text.h"

/* INVALID: "<what> name is empty", "<what> 'a::b': '::' is kept for full names". `what` is "task",
 * "workflow"... */
enum cloacina_code name_check(const char *what, struct text name,
                              struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Where the search for a name begins in a table of `slot_count` slots (a power of two); the search
 * goes up from there and around. The one rule for drafts and for workflows, since tables are handed
 * from one to the other. */
static inline size_t name_slot(struct text name, size_t slot_count)
{
    return (size_t)hash_of(name.bytes, name.length, 0) & (slot_count - 1);
}

#endif
