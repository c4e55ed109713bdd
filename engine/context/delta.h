/* SPDX-License-Identifier: Apache-2.0 */
/* delta.h - what a task changed in its context: a list of paths, each set or removed.
 *
 *     input   {"a": {"b": 1, "c": 2}, "list": [1],    "old": 0}
 *     output  {"a": {"b": 1, "c": 3}, "list": [1, 2], "new": null}
 *     delta   /a/c set to 3, /list set to [1,2], /new set to null, /old removed
 *     stored  {"/a/c":3,"/list":[1,2],"/new":null,"-/old":null}
 *
 * It descends into objects that exist on both sides; everything else is replaced whole; what is
 * equal as JSON is no change. No path of a delta is at or below another one of it.
 *
 * The stored form is one object. A key is the path as a JSON Pointer (RFC 6901: "~0" is "~", "~1"
 * is "/"), with "-" before it when the path was removed; then the value is null. Written in the
 * order of the paths, read in any. It is never nested deeper than the context itself. */
#ifndef CONTEXT_DELTA_H
#define CONTEXT_DELTA_H

#include <cloacina/error.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"
#include "context/path.h"
#include "context/value.h"

/* The bytes of all paths and values, the values as value_size counts them; one more is
 * CLOACINA_LIMIT. (Many small changes under a very long key cost much more than the context.) */
#define DELTA_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct delta_entry {
    struct path path;
    const struct value *value; /* NULL: removed */
};

/* Immutable; lives as long as the arena that it was made in. Entries ascend by path. */
struct delta {
    size_t count;
    const struct delta_entry *entries;
};

/* How `output` differs from `input`; both are objects. The values are shared with `output`. LIMIT:
 * more than DELTA_BYTES_MAX; NO_MEMORY. */
enum cloacina_code delta_compute(struct arena *arena, const struct value *input,
                                 const struct value *output, const struct delta **ret_delta,
                                 struct cloacina_error *err) CLOACINA_MUST_CHECK;

bool delta_is_empty(const struct delta *delta); /* NULL is empty */

/* A copy that shares nothing with the original; NULL when there is no memory. */
const struct delta *delta_copy(struct arena *arena, const struct delta *delta) MUST_CHECK;

/* `object` with the changes made: a set replaces what is there and makes objects of what stands in
 * its way; a removal of what is not there does nothing. Shares what did not change, and the keys
 * and values of the delta. NULL: no memory. */
const struct value *delta_apply(struct arena *arena, const struct value *object,
                                const struct delta *delta) MUST_CHECK;

void delta_write(struct text_builder *builder, const struct delta *delta); /* NULL: "{}" */

/* Reads what delta_write wrote; nothing of `json` is kept. INVALID also: not an object, a key that
 * is no path, a removal whose value is not null, a path below another one. LIMIT also: more than
 * DELTA_BYTES_MAX, or something deeper than JSON_DEPTH_MAX. Else as value_read. */
enum cloacina_code delta_read(struct arena *arena, struct text json, const struct delta **ret_delta,
                              struct cloacina_error *err) CLOACINA_MUST_CHECK;

#endif
