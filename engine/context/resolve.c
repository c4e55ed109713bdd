/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.c - the context that a tree of writes amounts to.
 *
 * Law: first each path by itself, then one path against the other (apply.c); both in the order of
 * the authors, which is the definition order of their tasks. */
#include "context/resolve.h"

#include "context/apply.h"
#include "context/sort.h"

/* ---- arrays ---- */

/* An item with its place in all arrays together. */
struct item {
    const struct value *value;
    size_t place;
};

static int item_compare(const void *a, const void *b)
{
    const struct item *one = a;
    const struct item *other = b;
    int order = value_compare(one->value, other->value);
    return order != 0 ? order : one->place < other->place ? -1 : one->place > other->place;
}

/* Forgets in `items` what equals an earlier item; `sorted` is scratch. Returns how many stay. */
static size_t repetitions_drop(const struct value **items, struct item *sorted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sorted[i] = (struct item){.value = items[i], .place = i};
    }
    sort_in_place(sorted, count, sizeof(*sorted), item_compare);
    for (size_t i = 1; i < count; i++) {
        if (value_equal(sorted[i - 1].value, sorted[i].value)) {
            items[sorted[i].place] = NULL;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i] != NULL) {
            items[kept++] = items[i];
        }
    }
    return kept;
}

/* Unites the arrays among `writes` (all of which are arrays or removals). */
static const struct value *arrays_unite(struct arena *arena, const struct write *const *writes,
                                        uint32_t write_count)
{
    size_t count = 0;
    for (uint32_t i = 0; i < write_count; i++) {
        count += writes[i]->value != NULL ? value_count(writes[i]->value) : 0;
    }
    const struct value **items = arena_take_zeroed(arena, count, sizeof(*items));
    struct item *sorted = heap_take(arena->heap, count * sizeof(*sorted) + 1);
    const struct value *united = NULL;
    if (items != NULL && sorted != NULL) {
        size_t place = 0;
        for (uint32_t i = 0; i < write_count; i++) {
            size_t length = writes[i]->value != NULL ? value_count(writes[i]->value) : 0;
            for (size_t k = 0; k < length; k++) {
                items[place++] = value_item(writes[i]->value, k);
            }
        }
        united = value_array_borrow(arena, items, repetitions_drop(items, sorted, count));
    }
    heap_give(arena->heap, sorted, count * sizeof(*sorted) + 1);
    return united;
}

/* ---- one path ---- */

/* What all live writes of one path come to. Only the last sets count if they are arrays: the other
 * ones before them would be overwritten by the first of these. False: no memory. */
static bool entry_resolve(struct arena *arena, const struct entry *entry,
                          const struct value **ret_value, uint32_t *ret_author)
{
    const struct write *last = NULL;    /* set */
    uint32_t first = entry->live_count; /* of the arrays at the end, removals aside */
    uint32_t arrays = 0;
    for (uint32_t i = entry->live_count; i > 0; i--) {
        const struct write *write = entry->writes[i - 1];
        if (write->value == NULL) {
            continue;
        }
        last = last == NULL ? write : last;
        if (value_type(write->value) != VALUE_ARRAY) {
            break;
        }
        first = i - 1;
        arrays++;
    }
    last = last == NULL ? entry->writes[entry->live_count - 1] : last;
    *ret_author = last->author;
    *ret_value = arrays > 1 ? arrays_unite(arena, entry->writes + first, entry->live_count - first)
                            : last->value;
    return arrays <= 1 || *ret_value != NULL;
}

const struct value *tree_value(struct arena *arena, const struct value *initial,
                               const struct tree *tree)
{
    size_t count = tree_count(tree);
    if (count == 0) {
        return initial;
    }
    struct delta_entry *entries = heap_take(arena->heap, count * sizeof(*entries));
    uint32_t *authors = heap_take(arena->heap, count * sizeof(*authors));
    bool has_failed = entries == NULL || authors == NULL;
    struct tree_walk walk;
    tree_walk_begin(&walk, tree);
    for (size_t i = 0; i < count && !has_failed; i++) {
        const struct entry *entry = tree_walk_next(&walk);
        entries[i].path = entry_path(entry);
        has_failed = !entry_resolve(arena, entry, &entries[i].value, &authors[i]);
    }
    const struct value *value =
        has_failed ? NULL : changes_apply(arena, initial, entries, authors, count);
    heap_give(arena->heap, entries, count * sizeof(*entries));
    heap_give(arena->heap, authors, count * sizeof(*authors));
    return value;
}
