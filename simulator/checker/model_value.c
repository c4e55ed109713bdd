/* SPDX-License-Identifier: Apache-2.0 */
/* model_value.c - writing into JSON objects, one path at a time, by building them anew.
 *
 * Law: a set makes objects of what stands in its way; a removal of what is not there does nothing.
 * Paths come as they are encoded (context/path.h): each key followed by 00 01, a zero byte inside
 * a key being 00 FF. */
#include "checker/model.h"

#include <string.h>

/* The key at `*offset`, which moves behind it. .bytes NULL: no memory. */
static struct text key_next(struct arena *arena, struct text path, size_t *offset)
{
    char *key = arena_take(arena, path.length - *offset);
    size_t length = 0;
    while (key != NULL && *offset < path.length) {
        char byte = path.bytes[*offset];
        char after = *offset + 1 < path.length ? path.bytes[*offset + 1] : '\0';
        *offset += byte == '\0' ? 2 : 1;
        if (byte == '\0' && after == '\x01') {
            break;
        }
        key[length++] = byte;
    }
    return (struct text){.bytes = key, .length = length};
}

static const struct value *get(const struct value *object, struct text key)
{
    bool is_object = object != NULL && value_type(object) == VALUE_OBJECT;
    for (size_t i = 0; is_object && i < value_count(object); i++) {
        if (text_equal(value_members(object)[i].key, key)) {
            return value_members(object)[i].value;
        }
    }
    return NULL;
}

/* A new object: that of `object` (if it is one), with the key at its place, or without it. */
static const struct value *put(struct arena *arena, const struct value *object, struct text key,
                               const struct value *value)
{
    bool is_object = object != NULL && value_type(object) == VALUE_OBJECT;
    size_t count = is_object ? value_count(object) : 0;
    struct value_member *members = arena_take(arena, (count + 1) * sizeof(*members));
    size_t kept = 0;
    if (members == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const struct value_member *old = &value_members(object)[i];
        int order = text_compare(old->key, key);
        if (order > 0 && value != NULL) {
            members[kept++] = (struct value_member){.key = key, .value = value};
            value = NULL;
        }
        if (order != 0) {
            members[kept++] = *old;
        }
    }
    if (value != NULL) {
        members[kept++] = (struct value_member){.key = key, .value = value};
    }
    return value_object(arena, members, kept);
}

const struct value *model_write_do(struct arena *arena, const struct value *object,
                                   struct text path, const struct value *value)
{
    const struct value *above[JSON_DEPTH_MAX + 1] = {object};
    struct text keys[JSON_DEPTH_MAX + 1];
    size_t depth = 0;
    size_t offset = 0;
    while (offset < path.length && depth < JSON_DEPTH_MAX) {
        keys[depth] = key_next(arena, path, &offset);
        if (keys[depth].bytes == NULL) {
            return NULL;
        }
        above[depth + 1] = get(above[depth], keys[depth]);
        depth++;
    }
    if (value == NULL && above[depth] == NULL) {
        return object;
    }
    const struct value *made = value;
    while (depth > 0) {
        depth--;
        made = put(arena, above[depth], keys[depth], made);
        if (made == NULL) {
            return NULL;
        }
    }
    return made;
}

const struct value *model_apply(struct arena *arena, const struct value *object,
                                const struct delta *delta)
{
    size_t count = delta == NULL ? 0 : delta->count;
    for (size_t i = 0; object != NULL && i < count; i++) {
        const struct delta_entry *entry = &delta->entries[i];
        object = model_write_do(arena, object, entry->path.encoded, entry->value);
    }
    return object;
}

/* What stands at a path; NULL: nothing. False: no memory. */
static bool value_find(struct arena *arena, const struct value *object, struct text path,
                       const struct value **ret_value)
{
    size_t offset = 0;
    while (offset < path.length) {
        struct text key = key_next(arena, path, &offset);
        if (key.bytes == NULL) {
            return false;
        }
        object = get(object, key);
    }
    *ret_value = object;
    return true;
}

static bool is_object(const struct value *value)
{
    return value != NULL && value_type(value) == VALUE_OBJECT;
}

bool model_delta_judge(struct arena *arena, const struct value *object, const struct delta *delta,
                       const char **ret_wrong)
{
    size_t count = delta == NULL ? 0 : delta->count;
    *ret_wrong = NULL;
    for (size_t i = 0; i < count && *ret_wrong == NULL; i++) {
        const struct delta_entry *entry = &delta->entries[i];
        const struct value *before = NULL;
        if (!value_find(arena, object, entry->path.encoded, &before)) {
            return false;
        }
        if (entry->value == NULL) {
            *ret_wrong = before == NULL ? "removes what was not there" : NULL;
        } else if (is_object(before) && is_object(entry->value)) {
            *ret_wrong = "replaces a whole object in place of what changed in it";
        } else if (before != NULL && value_equal(before, entry->value)) {
            *ret_wrong = "sets what was there already";
        }
    }
    return true;
}

static size_t items_add(const struct value **items, size_t count, const struct value *array)
{
    for (size_t i = 0; i < value_count(array); i++) {
        const struct value *item = value_item(array, i);
        size_t same = 0;
        while (same < count && !value_equal(items[same], item)) {
            same++;
        }
        if (same == count) {
            items[count++] = item;
        }
    }
    return count;
}

const struct value *model_arrays_unite(struct arena *arena, const struct value *one,
                                       const struct value *other)
{
    size_t most = value_count(one) + value_count(other);
    const struct value **items = arena_take(arena, most * sizeof(*items));
    if (items == NULL) {
        return NULL;
    }
    size_t count = items_add(items, 0, one);
    return value_array(arena, items, items_add(items, count, other));
}
