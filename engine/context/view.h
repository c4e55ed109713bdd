/* SPDX-License-Identifier: Apache-2.0 */
/* view.h - what a task sees: the writes of its ancestors that nobody later replaced.
 *
 *     initial --> price: sets /cents --> tax: sets /cents  \
 *         \                                                 unite --> charge
 *          `----> check: sets /checked --------------------/
 *
 * A write is (author, path, value or removal). Whoever writes at a path replaces what its own input
 * held at that path and below. Views unite: a write that one of them has seen replaced is replaced,
 * all others stay. So it does not matter in which order tasks ran, or were united. A task that
 * failed or was skipped passes its input on: the very same pointer.
 *
 * The value of a view, where several writes meet at one path: in the order of the authors, arrays
 * are united (an element that equals an earlier one is left out), otherwise the last one wins; a
 * removal counts only if no write sets. Then, of a path and a path below it, the write of the later
 * author wins at the upper one.
 *
 * Views are immutable and share their parts. They live in an arena and borrow the initial context
 * and the deltas, which must live as long. NULL always means: no memory. */
#ifndef CONTEXT_VIEW_H
#define CONTEXT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "context/delta.h"
#include "context/value.h"

struct view;

/* `context` is an object. */
const struct view *view_initial(struct arena *arena, const struct value *context) MUST_CHECK;

/* What follows from `input` when the task number `author` of the definition order has written
 * `delta`; `input` itself when the delta is empty or NULL. The author is higher than all authors
 * that the input has seen. Costs the logarithm of the paths per change, however much it
 * replaces. */
const struct view *view_after(struct arena *arena, const struct view *input, uint32_t author,
                              const struct delta *delta) MUST_CHECK;

/* What a task sees that depends on the `count` (at least 1) tasks with these views of one
 * execution; one of them when that says it all. Costs what they differ in, times a logarithm. */
const struct view *view_unite(struct arena *arena, const struct view *const *views,
                              size_t count) MUST_CHECK;

/* The context that the view amounts to, an object. It shares values with the view. */
const struct value *view_value(struct arena *arena, const struct view *view) MUST_CHECK;

/* The same writes (author, path, value) on the same initial context: for tests. */
bool view_equal(const struct view *a, const struct view *b);

#endif
