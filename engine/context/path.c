/* SPDX-License-Identifier: Apache-2.0 */
/* path.c - encoded paths.
 *
 * Law: comparing the bytes of two paths compares their keys, outermost first. */
#include "context/path.h"

#include <string.h>

/* What may follow a zero byte. */
enum { KEY_ENDS = '\x01', KEY_HAS_ZERO = '\xff' };

bool path_equal(struct path a, struct path b)
{
    return text_equal(a.encoded, b.encoded);
}

int path_compare(struct path a, struct path b)
{
    return text_compare(a.encoded, b.encoded);
}

bool path_is_at_or_below(struct path path, struct path above)
{
    return text_starts_with(path.encoded, above.encoded);
}

enum path_place path_place(struct path path, struct path range)
{
    if (path_is_at_or_below(path, range)) {
        return PATH_INSIDE;
    }
    return path_compare(path, range) < 0 ? PATH_BEFORE : PATH_AFTER;
}

struct path path_prefix(struct path path, size_t offset)
{
    const char *bytes = path.encoded.bytes;
    while (bytes[offset] != '\0' || bytes[offset + 1] != KEY_ENDS) {
        offset += bytes[offset] == '\0' ? 2 : 1;
    }
    return (struct path){{bytes, offset + 2}};
}

size_t path_depth(struct path path)
{
    size_t depth = 0;
    for (size_t offset = 0; offset < path.encoded.length; depth++) {
        offset = path_prefix(path, offset).encoded.length;
    }
    return depth;
}

struct text path_key(struct path path, size_t offset, struct arena *arena)
{
    size_t length = path_prefix(path, offset).encoded.length - offset - 2;
    const char *from = path.encoded.bytes + offset;
    if (memchr(from, '\0', length) == NULL) {
        return (struct text){from, length};
    }
    char *key = arena_take(arena, length);
    size_t used = 0;
    for (size_t i = 0; key != NULL && i < length; i++) {
        key[used++] = from[i];
        i += from[i] == '\0';
    }
    return (struct text){key, used};
}

static void byte_append(struct text_builder *builder, char byte)
{
    text_builder_append_char(builder, byte);
    if (byte == '\0') {
        text_builder_append_char(builder, KEY_HAS_ZERO);
    }
}

static void key_end(struct text_builder *builder)
{
    text_builder_append(builder, (struct text){(const char[]){'\0', KEY_ENDS}, 2});
}

void path_append(struct text_builder *builder, struct text key)
{
    for (size_t i = 0; i < key.length; i++) {
        byte_append(builder, key.bytes[i]);
    }
    key_end(builder);
}

void path_write_pointer(struct text_builder *builder, struct path path)
{
    size_t offset = 0;
    while (offset < path.encoded.length) {
        size_t next = path_prefix(path, offset).encoded.length;
        text_builder_append_char(builder, '/');
        for (; offset < next - 2; offset++) {
            char byte = path.encoded.bytes[offset];
            if (byte == '~' || byte == '/') {
                text_builder_append_terminated(builder, byte == '~' ? "~0" : "~1");
            } else {
                text_builder_append_char(builder, byte);
            }
            offset += byte == '\0';
        }
        offset = next;
    }
}

/* Undoes "~0" and "~1" in one key; false when something else follows a "~". */
static bool key_read(struct text_builder *builder, struct text token)
{
    for (size_t i = 0; i < token.length; i++) {
        char byte = token.bytes[i];
        if (byte == '~') {
            char kind = i + 1 < token.length ? token.bytes[++i] : '\0';
            if (kind != '0' && kind != '1') {
                return false;
            }
            byte = kind == '0' ? '~' : '/';
        }
        byte_append(builder, byte);
    }
    key_end(builder);
    return true;
}

bool path_read_pointer(struct text_builder *builder, struct text pointer)
{
    if (pointer.length == 0 || pointer.bytes[0] != '/') {
        return false;
    }
    for (size_t start = 1; start <= pointer.length;) {
        const char *from = pointer.bytes + start;
        const char *slash = memchr(from, '/', pointer.length - start);
        size_t length = slash != NULL ? (size_t)(slash - from) : pointer.length - start;
        if (!key_read(builder, (struct text){from, length})) {
            return false;
        }
        start += length + 1;
    }
    return true;
}
