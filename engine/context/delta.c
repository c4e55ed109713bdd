/* SPDX-License-Identifier: Apache-2.0 */
/* delta.c - what a task changed in its context.
 *
 * Law: applying the delta of (input, output) to the input gives the output, and no smaller set of
 * paths does. */
#include "context/delta.h"

#include "context/apply.h"
#include "context/sort.h"

/* A list of entries that grows on the heap; paths and values live in the arena. */
struct listing {
    struct arena *arena;
    struct text_builder path;    /* Owned scratch: the path that is being looked at */
    struct delta_entry *entries; /* Owned scratch */
    size_t count, capacity;
    uint64_t size;
    enum cloacina_code code; /* of the first failure */
};

static void listing_init(struct listing *listing, struct arena *arena)
{
    *listing = (struct listing){.arena = arena};
    text_builder_init(&listing->path, arena->heap);
}

static void listing_finish(struct listing *listing)
{
    heap_give(listing->arena->heap, listing->entries,
              listing->capacity * sizeof(struct delta_entry));
    text_builder_finish(&listing->path);
}

/* Adds the current path. */
static void listing_add(struct listing *listing, const struct value *value)
{
    listing->size += listing->path.length + (value != NULL ? value_size(value) : 0);
    if (listing->size > DELTA_BYTES_MAX) {
        listing->code = CLOACINA_LIMIT;
        return;
    }
    struct text path = text_copy(listing->arena, text_builder_text(&listing->path));
    if (listing->path.failed || path.bytes == NULL ||
        !heap_grow(listing->arena->heap, &listing->entries, &listing->capacity, listing->count + 1,
                   sizeof(struct delta_entry))) {
        listing->code = CLOACINA_NO_MEMORY;
        return;
    }
    listing->entries[listing->count++] = (struct delta_entry){.path = {path}, .value = value};
}

/* A delta of the listed entries; NULL when there is no memory. */
static const struct delta *delta_make(struct listing *listing)
{
    struct delta *delta = arena_take(listing->arena, sizeof(*delta));
    struct delta_entry *entries =
        arena_take_zeroed(listing->arena, listing->count, sizeof(*entries));
    if (delta == NULL || entries == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < listing->count; i++) {
        entries[i] = listing->entries[i];
    }
    *delta = (struct delta){.count = listing->count, .entries = entries};
    return delta;
}

/* Hands out the delta, or raises what went wrong on the way. */
static enum cloacina_code listing_close(struct listing *listing, const struct delta **ret_delta,
                                        struct cloacina_error *err)
{
    const struct delta *delta = listing->code == CLOACINA_OK ? delta_make(listing) : NULL;
    if (delta != NULL) {
        *ret_delta = delta;
        return CLOACINA_OK;
    }
    return listing->code == CLOACINA_LIMIT
               ? cloacina_error_raise(err, CLOACINA_LIMIT, "delta of more than %zu bytes",
                                      DELTA_BYTES_MAX)
               : cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for a delta");
}

/* ---- computing ---- */

static void objects_compare(struct listing *listing, const struct value *input,
                            const struct value *output);

/* What changed under one key; NULL is absent. */
static void member_compare(struct listing *listing, struct text key, const struct value *input,
                           const struct value *output)
{
    if (input == output) {
        return;
    }
    size_t outside = listing->path.length;
    path_append(&listing->path, key);
    if (input != NULL && output != NULL && value_type(input) == VALUE_OBJECT &&
        value_type(output) == VALUE_OBJECT) {
        objects_compare(listing, input, output);
    } else if (input == NULL || output == NULL || !value_equal(input, output)) {
        listing_add(listing, output);
    }
    listing->path.length = outside;
}

static void objects_compare(struct listing *listing, const struct value *input,
                            const struct value *output)
{
    const struct value_member *old = value_members(input);
    const struct value_member *new = value_members(output);
    const struct value_member *old_end = old + value_count(input);
    const struct value_member *new_end = new + value_count(output);
    while ((old < old_end || new < new_end) && listing->code == CLOACINA_OK) {
        int order = old == old_end ? 1 : new == new_end ? -1 : text_compare(old->key, new->key);
        member_compare(listing, order <= 0 ? old->key : new->key, order <= 0 ? old->value : NULL,
                       order >= 0 ? new->value : NULL);
        old += order <= 0;
        new += order >= 0;
    }
}

enum cloacina_code delta_compute(struct arena *arena, const struct value *input,
                                 const struct value *output, const struct delta **ret_delta,
                                 struct cloacina_error *err)
{
    struct listing listing;
    listing_init(&listing, arena);
    objects_compare(&listing, input, output);
    enum cloacina_code code = listing_close(&listing, ret_delta, err);
    listing_finish(&listing);
    return code;
}

/* ---- using ---- */

bool delta_is_empty(const struct delta *delta)
{
    return delta == NULL || delta->count == 0;
}

const struct delta *delta_copy(struct arena *arena, const struct delta *delta)
{
    struct delta *copy = arena_take(arena, sizeof(*copy));
    struct delta_entry *entries = arena_take_zeroed(arena, delta->count, sizeof(*entries));
    if (copy == NULL || entries == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < delta->count; i++) {
        const struct delta_entry *entry = &delta->entries[i];
        entries[i].path.encoded = text_copy(arena, entry->path.encoded);
        entries[i].value = entry->value != NULL ? value_copy(arena, entry->value) : NULL;
        if (entries[i].path.encoded.bytes == NULL ||
            (entry->value != NULL && entries[i].value == NULL)) {
            return NULL;
        }
    }
    *copy = (struct delta){.count = delta->count, .entries = entries};
    return copy;
}

const struct value *delta_apply(struct arena *arena, const struct value *object,
                                const struct delta *delta)
{
    return delta_is_empty(delta) ? object
                                 : changes_apply(arena, object, delta->entries, NULL, delta->count);
}

/* ---- as JSON ---- */

static void entry_write(struct text_builder *builder, struct text_builder *key,
                        const struct delta_entry *entry)
{
    text_builder_reset(key);
    if (entry->value == NULL) {
        text_builder_append_char(key, '-');
    }
    path_write_pointer(key, entry->path);
    builder->failed |= key->failed;
    json_write_text(builder, text_builder_text(key));
    text_builder_append_char(builder, ':');
    value_write(builder, entry->value != NULL ? entry->value : value_null());
}

void delta_write(struct text_builder *builder, const struct delta *delta)
{
    struct text_builder key;
    text_builder_init(&key, builder->heap);
    text_builder_append_char(builder, '{');
    for (size_t i = 0; !delta_is_empty(delta) && i < delta->count; i++) {
        if (i > 0) {
            text_builder_append_char(builder, ',');
        }
        entry_write(builder, &key, &delta->entries[i]);
    }
    text_builder_append_char(builder, '}');
    text_builder_finish(&key);
}

static enum cloacina_code member_read(struct listing *listing, const struct value_member *member,
                                      struct cloacina_error *err)
{
    struct text pointer = member->key;
    bool is_removal = text_starts_with(pointer, TEXT_LITERAL("-"));
    if (is_removal) {
        pointer = (struct text){pointer.bytes + 1, pointer.length - 1};
    }
    text_builder_reset(&listing->path);
    if (!path_read_pointer(&listing->path, pointer)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "key '%.*s' is no path",
                                    TEXT_PRINT(member->key));
    }
    if (is_removal && value_type(member->value) != VALUE_NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "key '%.*s' is %s, wanted null",
                                    TEXT_PRINT(member->key),
                                    value_type_name(value_type(member->value)));
    }
    if (listing->path.failed) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for a path");
    }
    struct path path = {text_builder_text(&listing->path)};
    if (path_depth(path) + value_depth(member->value) > JSON_DEPTH_MAX) {
        return cloacina_error_raise(err, CLOACINA_LIMIT, "key '%.*s' leads deeper than %d levels",
                                    TEXT_PRINT(member->key), JSON_DEPTH_MAX);
    }
    listing_add(listing, is_removal ? NULL : member->value);
    return CLOACINA_OK;
}

static int entry_compare(const void *a, const void *b)
{
    return path_compare(((const struct delta_entry *)a)->path,
                        ((const struct delta_entry *)b)->path);
}

/* Sorts by path, and refuses what delta_compute never makes. */
static enum cloacina_code entries_sort(struct listing *listing, struct cloacina_error *err)
{
    sort_in_place(listing->entries, listing->count, sizeof(struct delta_entry), entry_compare);
    for (size_t i = 1; i < listing->count; i++) {
        struct path above = listing->entries[i - 1].path;
        if (path_is_at_or_below(listing->entries[i].path, above)) {
            text_builder_reset(&listing->path);
            path_write_pointer(&listing->path, above);
            return cloacina_error_raise(err, CLOACINA_INVALID,
                                        "path '%s' stands twice, or with one below it",
                                        text_builder_terminated(&listing->path));
        }
    }
    return CLOACINA_OK;
}

static enum cloacina_code object_read(struct arena *arena, struct text json,
                                      const struct value **ret_object, struct cloacina_error *err)
{
    struct json_reader reader;
    struct json_token token;
    json_reader_init(&reader, json, arena);
    enum cloacina_code code = value_read_next(&reader, arena, ret_object, err);
    code = code == CLOACINA_OK ? json_expect(&reader, JSON_END, &token, err) : code;
    if (code == CLOACINA_OK && value_type(*ret_object) != VALUE_OBJECT) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "wanted an object, found %s",
                                    value_type_name(value_type(*ret_object)));
    }
    return code;
}

enum cloacina_code delta_read(struct arena *arena, struct text json, const struct delta **ret_delta,
                              struct cloacina_error *err)
{
    const struct value *object = NULL;
    enum cloacina_code code = object_read(arena, json, &object, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct listing listing;
    listing_init(&listing, arena);
    for (size_t i = 0; i < value_count(object) && code == CLOACINA_OK; i++) {
        code = member_read(&listing, &value_members(object)[i], err);
    }
    code = code == CLOACINA_OK ? entries_sort(&listing, err) : code;
    code = code == CLOACINA_OK ? listing_close(&listing, ret_delta, err) : code;
    listing_finish(&listing);
    return code;
}
