/* SPDX-License-Identifier: Apache-2.0 */
/* path.h - where in a context something is: the keys from the outermost object inwards.
 *
 * Kept as one text, each key followed by 00 01, a zero byte inside a key being 00 FF:
 *
 *     "a"       61 00 01
 *     "a", "b"  61 00 01 62 00 01       below "a": begins with its bytes
 *     "ab"      61 62 00 01             not below "a"
 *
 * So the order of the bytes is the order of the keys, and all that is below a path stands together
 * right behind it. A path has at least one key. */
#ifndef CONTEXT_PATH_H
#define CONTEXT_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

/* Borrowed bytes. */
struct path {
    struct text encoded;
};

enum path_place { PATH_BEFORE = -1, PATH_INSIDE = 0, PATH_AFTER = 1 };

bool path_equal(struct path a, struct path b);
int path_compare(struct path a, struct path b); /* <0, 0, >0 */
bool path_is_at_or_below(struct path path, struct path above);

/* Where `path` stands relative to `range` and all that is below it. */
enum path_place path_place(struct path path, struct path range);

/* How many keys. */
size_t path_depth(struct path path);

/* The part of a path up to and with the key that begins at `offset` (0: the first key). The next
 * key begins at the length of the result. */
struct path path_prefix(struct path path, size_t offset);

/* The key that begins at `offset`: Borrowed from the path, or decoded into the arena. .bytes is
 * NULL when there is no memory. */
struct text path_key(struct path path, size_t offset, struct arena *arena);

/* Appends a key to a path under construction. */
void path_append(struct text_builder *builder, struct text key);

/* As a JSON Pointer (RFC 6901): "/a/b". */
void path_write_pointer(struct text_builder *builder, struct path path);

/* Appends the keys of a pointer; false when it is none or names no key. */
bool path_read_pointer(struct text_builder *builder, struct text pointer) MUST_CHECK;

#endif
