/* SPDX-License-Identifier: Apache-2.0 */
/* apply.h - changes of many authors, made on one object. */
#ifndef CONTEXT_APPLY_H
#define CONTEXT_APPLY_H

#include "context/delta.h"

/* `object` as it is when the `count` changes are made one after the other, in the order of their
 * authors: a set replaces what is at its path and makes objects of what stands in its way; a
 * removal of what is not there does nothing. So of a path and a path below it the later author wins
 * at the upper one.
 *
 * The entries ascend by path, each path once; `authors` are theirs, and differ where one path is
 * below another (NULL: it is below none). Shares what did not change, `object` itself when nothing
 * did, and the keys and values of the entries. NULL: no memory. Costs the entries and the members
 * of the objects on their paths, whatever the order of the authors. */
const struct value *changes_apply(struct arena *arena, const struct value *object,
                                  const struct delta_entry *entries, const uint32_t *authors,
                                  size_t count) MUST_CHECK;

#endif
