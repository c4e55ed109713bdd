/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.h - the context that a tree of writes amounts to.
 *
 * Internal to the view. */
#ifndef CONTEXT_RESOLVE_H
#define CONTEXT_RESOLVE_H

#include "context/value.h"
#include "context/write.h"

/* `initial` with all writes of the tree; `initial` itself for the empty tree. NULL: no memory. */
const struct value *tree_value(struct arena *arena, const struct value *initial,
                               const struct tree *tree) MUST_CHECK;

#endif
