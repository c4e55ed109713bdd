/* SPDX-License-Identifier: Apache-2.0 */
/* apply.c - changes of many authors, made on one object, in one walk over the paths.
 *
 * Law: making the changes one by one in the order of their authors gives the same. Only two things
 * of that order can be seen in the end: a change at a path undoes all that was changed below it by
 * earlier authors (so the walk carries the author of the change that it stands under, and skips
 * what is not later), and a set makes objects of all above it, even when it is undone
 * afterwards. */
#include "context/apply.h"

/* Entries [first, end) are all below one path, whose keys take `offset` bytes. */
struct range {
    size_t first, end;
    size_t offset;
};

struct applying {
    struct arena *arena;
    const struct delta_entry *entries;
    const uint32_t *authors;
    bool has_failed;
};

/* Nobody: every author is later. */
enum { AUTHOR_NONE = -1 };

static int64_t author_of(const struct applying *applying, size_t index)
{
    return applying->authors != NULL ? applying->authors[index] : 0;
}

static bool has_set(const struct applying *applying, struct range range, int64_t under)
{
    for (size_t i = range.first; i < range.end; i++) {
        if (applying->entries[i].value != NULL && author_of(applying, i) > under) {
            return true;
        }
    }
    return false;
}

/* Those at the front of `range` that share the next key. */
static struct range group_of(const struct applying *applying, struct range range)
{
    struct path prefix = path_prefix(applying->entries[range.first].path, range.offset);
    struct range group = {.first = range.first, .end = range.first + 1};
    group.offset = prefix.encoded.length;
    while (group.end < range.end &&
           path_is_at_or_below(applying->entries[group.end].path, prefix)) {
        group.end++;
    }
    return group;
}

static const struct value *object_change(struct applying *applying, const struct value *old,
                                         struct range range, int64_t under);

/* What becomes of the value under one key; NULL is absent, before and after. */
static const struct value *group_change(struct applying *applying, const struct value *old,
                                        struct range group, int64_t under)
{
    if (applying->entries[group.first].path.encoded.length == group.offset) {
        if (author_of(applying, group.first) > under) {
            old = applying->entries[group.first].value;
            under = author_of(applying, group.first);
        }
        group.first++;
    }
    return group.first < group.end ? object_change(applying, old, group, under) : old;
}

/* The members of the new object while it grows. */
struct growing {
    struct value_member *members;
    size_t count;
    bool is_changed;
};

static void member_put(struct growing *growing, struct text key, const struct value *old,
                       const struct value *value)
{
    growing->is_changed |= value != old;
    if (value != NULL) {
        growing->members[growing->count++] = (struct value_member){.key = key, .value = value};
    }
}

/* Both lists ascend by key: merges them. */
static void members_merge(struct applying *applying, struct growing *growing,
                          const struct value_member *old, size_t old_count, struct range range,
                          int64_t under)
{
    size_t i = 0;
    while (range.first < range.end && !applying->has_failed) {
        struct range group = group_of(applying, range);
        struct path path = applying->entries[group.first].path;
        struct text key = path_key(path, range.offset, applying->arena);
        applying->has_failed |= key.bytes == NULL;
        for (; i < old_count && text_compare(old[i].key, key) < 0; i++) {
            member_put(growing, old[i].key, old[i].value, old[i].value);
        }
        bool is_old = i < old_count && text_equal(old[i].key, key);
        const struct value *value = is_old ? old[i].value : NULL;
        member_put(growing, key, value, group_change(applying, value, group, under));
        i += is_old;
        range.first = group.end;
    }
    for (; i < old_count; i++) {
        member_put(growing, old[i].key, old[i].value, old[i].value);
    }
}

static const struct value *object_change(struct applying *applying, const struct value *old,
                                         struct range range, int64_t under)
{
    bool is_object = old != NULL && value_type(old) == VALUE_OBJECT;
    if (!is_object && !has_set(applying, range, under)) {
        return old;
    }
    size_t old_count = is_object ? value_count(old) : 0;
    struct growing growing = {
        .members = arena_take_zeroed(applying->arena, old_count + (range.end - range.first),
                                     sizeof(struct value_member)),
        .is_changed = !is_object,
    };
    if (growing.members == NULL) {
        applying->has_failed = true;
        return NULL;
    }
    members_merge(applying, &growing, is_object ? value_members(old) : NULL, old_count, range,
                  under);
    if (applying->has_failed || !growing.is_changed) {
        return old;
    }
    const struct value *made = value_object_borrow(applying->arena, growing.members, growing.count);
    applying->has_failed |= made == NULL;
    return made;
}

const struct value *changes_apply(struct arena *arena, const struct value *object,
                                  const struct delta_entry *entries, const uint32_t *authors,
                                  size_t count)
{
    struct applying applying = {.arena = arena, .entries = entries, .authors = authors};
    const struct value *changed =
        object_change(&applying, object, (struct range){.end = count}, AUTHOR_NONE);
    return applying.has_failed ? NULL : changed;
}
