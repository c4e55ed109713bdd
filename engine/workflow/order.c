/* SPDX-License-Identifier: Apache-2.0 */
/* order.c - sorting names, Kahn's algorithm, and the cycle where it gets stuck.
 *
 *   names --sort--> rank (smallest name = 0)
 *   rank + number of unplaced dependencies --queue of ranks--> definition order
 *
 * Law: time is n log n in tasks and linear in dependencies; nothing recurses. */
#include "workflow/order.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/timer_queue.h"

/* Of a cycle, this many names are printed. */
enum { CYCLE_NAMES_MAX = 8 };

#define UNPLACED UINT32_MAX

/* ---- names in order ---- */

/* `prefix`: the first eight bytes, big-endian, behind what all names begin with: most comparisons
 * end there. */
struct sort_key {
    uint64_t prefix;
    uint32_t task;
};

static uint64_t prefix_of(struct text name, size_t common)
{
    uint64_t prefix = 0;
    for (size_t i = 0; i < sizeof(prefix); i++) {
        uint64_t byte = common + i < name.length ? (unsigned char)name.bytes[common + i] : 0;
        prefix = prefix << 8 | byte;
    }
    return prefix;
}

static size_t common_length(const struct workflow_draft *draft)
{
    struct text first = draft_task_name(draft, 0);
    size_t common = first.length;
    for (size_t i = 1; i < draft->task_count && common > 0; i++) {
        struct text name = draft_task_name(draft, (uint32_t)i);
        common = common < name.length ? common : name.length;
        while (common > 0 && memcmp(first.bytes, name.bytes, common) != 0) {
            common--;
        }
    }
    return common;
}

static bool is_less(const struct workflow_draft *draft, const struct sort_key *a,
                    const struct sort_key *b)
{
    if (a->prefix != b->prefix) {
        return a->prefix < b->prefix;
    }
    return text_compare(draft_task_name(draft, a->task), draft_task_name(draft, b->task)) < 0;
}

/* Merges the sorted runs from[low..middle) and from[middle..high) to `into`. */
static void merge(const struct workflow_draft *draft, const struct sort_key *from,
                  struct sort_key *into, size_t low, size_t middle, size_t high)
{
    size_t left = low;
    size_t right = middle;
    for (size_t i = low; i < high; i++) {
        bool take_left =
            left < middle && (right == high || !is_less(draft, &from[right], &from[left]));
        into[i] = take_left ? from[left++] : from[right++];
    }
}

static bool is_sorted(const struct workflow_draft *draft, const struct sort_key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (is_less(draft, &keys[i], &keys[i - 1])) {
            return false;
        }
    }
    return true;
}

/* Bottom-up merge sort between two halves of one array; returns the half that holds the result.
 * Generated names mostly come sorted. */
static struct sort_key *keys_sort(const struct workflow_draft *draft, struct sort_key *keys,
                                  size_t count)
{
    struct sort_key *from = keys;
    struct sort_key *into = keys + count;
    size_t width = is_sorted(draft, keys, count) ? count : 1;
    for (; width < count; width *= 2) {
        for (size_t low = 0; low < count; low += 2 * width) {
            size_t middle = low + width < count ? low + width : count;
            size_t high = middle + width < count ? middle + width : count;
            merge(draft, from, into, low, middle, high);
        }
        struct sort_key *swapped = from;
        from = into;
        into = swapped;
    }
    return from;
}

/* ret_sorted[rank] = task. */
static bool names_sort(const struct workflow_draft *draft, uint32_t *ret_sorted)
{
    size_t count = draft->task_count;
    struct sort_key *keys = heap_take_zeroed(draft->heap, 2 * count, sizeof(*keys));
    if (keys == NULL) {
        return false;
    }
    size_t common = common_length(draft);
    for (size_t i = 0; i < count; i++) {
        keys[i].prefix = prefix_of(draft_task_name(draft, (uint32_t)i), common);
        keys[i].task = (uint32_t)i;
    }
    const struct sort_key *sorted = keys_sort(draft, keys, count);
    for (size_t i = 0; i < count; i++) {
        ret_sorted[i] = sorted[i].task;
    }
    heap_give(draft->heap, keys, 2 * count * sizeof(*keys));
    return true;
}

/* ---- placing ---- */

/* Scratch of one order_make; all arrays by number in the draft unless said otherwise. */
struct placing {
    const struct workflow_draft *draft;
    uint32_t *sorted;   /* rank -> task */
    uint32_t *rank;     /* task -> rank */
    uint32_t *unplaced; /* how many dependencies are not placed yet */
    uint32_t *first; /* where its dependents begin in `dependents`; one more element at the end */
    uint32_t *dependents;     /* task by task */
    struct timer_queue ready; /* .time = rank */
};

static void placing_finish(struct placing *placing)
{
    struct cloacina_heap *heap = placing->draft->heap;
    size_t count = placing->draft->task_count;
    heap_give(heap, placing->sorted, count * sizeof(uint32_t));
    heap_give(heap, placing->rank, count * sizeof(uint32_t));
    heap_give(heap, placing->unplaced, count * sizeof(uint32_t));
    heap_give(heap, placing->first, (count + 1) * sizeof(uint32_t));
    heap_give(heap, placing->dependents, placing->draft->dependency_count * sizeof(uint32_t));
    timer_queue_finish(&placing->ready);
}

static bool placing_init(struct placing *placing, const struct workflow_draft *draft)
{
    struct cloacina_heap *heap = draft->heap;
    size_t count = draft->task_count;
    *placing = (struct placing){.draft = draft};
    timer_queue_init(&placing->ready, heap);
    placing->sorted = heap_take(heap, count * sizeof(uint32_t));
    if (placing->sorted == NULL || !names_sort(draft, placing->sorted)) {
        placing_finish(placing);
        return false;
    }
    placing->rank = heap_take(heap, count * sizeof(uint32_t));
    placing->unplaced = heap_take(heap, count * sizeof(uint32_t));
    placing->first = heap_take_zeroed(heap, count + 1, sizeof(uint32_t));
    placing->dependents = heap_take(heap, draft->dependency_count * sizeof(uint32_t));
    if (placing->rank == NULL || placing->unplaced == NULL || placing->first == NULL ||
        placing->dependents == NULL) {
        placing_finish(placing);
        return false;
    }
    return true;
}

/* Lists the dependents of every task: counts them, makes the counts to ends of ranges, fills from
 * the ends. */
static void dependents_list(struct placing *placing)
{
    const struct workflow_draft *draft = placing->draft;
    for (size_t i = 0; i < draft->dependency_count; i++) {
        placing->first[draft->dependencies[i]]++;
    }
    for (size_t i = 1; i <= draft->task_count; i++) {
        placing->first[i] += placing->first[i - 1];
    }
    for (size_t i = 0; i < draft->task_count; i++) {
        const struct draft_task *task = &draft->tasks[i];
        placing->unplaced[i] = task->count;
        for (uint32_t k = 0; k < task->count; k++) {
            uint32_t dependency = draft->dependencies[task->first + k];
            placing->dependents[--placing->first[dependency]] = (uint32_t)i;
        }
    }
}

static bool ready_push(struct placing *placing, uint32_t task)
{
    return timer_queue_push(&placing->ready, (struct timer){.time = placing->rank[task]});
}

static bool roots_push(struct placing *placing)
{
    for (uint32_t i = 0; i < placing->draft->task_count; i++) {
        placing->rank[placing->sorted[i]] = i;
    }
    for (uint32_t i = 0; i < placing->draft->task_count; i++) {
        if (placing->unplaced[i] == 0 && !ready_push(placing, i)) {
            return false;
        }
    }
    return true;
}

/* Fills `order` as far as there is no cycle. False: no memory. */
static bool place_all(struct placing *placing, struct order *order)
{
    dependents_list(placing);
    if (!roots_push(placing)) {
        return false;
    }
    while (placing->ready.count > 0) {
        uint32_t task = placing->sorted[timer_queue_pop(&placing->ready).time];
        order->draft_of[order->count] = task;
        order->position_of[task] = order->count++;
        for (uint32_t i = placing->first[task]; i < placing->first[task + 1]; i++) {
            uint32_t dependent = placing->dependents[i];
            if (--placing->unplaced[dependent] == 0 && !ready_push(placing, dependent)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- the cycle ---- */

/* The unplaced dependency of an unplaced task with the smallest name; there always is one. */
static uint32_t cycle_step(const struct placing *placing, const struct order *order, uint32_t task)
{
    const struct draft_task *from = &placing->draft->tasks[task];
    uint32_t best = UNPLACED;
    for (uint32_t k = 0; k < from->count; k++) {
        uint32_t dependency = placing->draft->dependencies[from->first + k];
        if (order->position_of[dependency] == UNPLACED &&
            (best == UNPLACED || placing->rank[dependency] < placing->rank[best])) {
            best = dependency;
        }
    }
    assert(best != UNPLACED);
    return best;
}

/* The member with the smallest name of a cycle, and how many members it has. Going from dependency
 * to dependency among the unplaced ends in a cycle; Brent's method finds one of its members without
 * marking any. */
static uint32_t cycle_find(const struct placing *placing, const struct order *order,
                           uint32_t *ret_length)
{
    uint32_t slow = 0;
    while (order->position_of[placing->sorted[slow]] != UNPLACED) {
        slow++;
    }
    slow = placing->sorted[slow];
    uint32_t fast = cycle_step(placing, order, slow);
    uint32_t length = 1;
    for (uint32_t power = 1; slow != fast; length++) {
        if (length == power) {
            slow = fast;
            power *= 2;
            length = 0;
        }
        fast = cycle_step(placing, order, fast);
    }
    uint32_t smallest = fast;
    for (uint32_t i = 0; i < length; i++) {
        fast = cycle_step(placing, order, fast);
        smallest = placing->rank[fast] < placing->rank[smallest] ? fast : smallest;
    }
    *ret_length = length;
    return smallest;
}

/* "a -> b -> a", or "a -> b -> ... -> a (1000 tasks)". */
static enum cloacina_code cycle_raise(const struct placing *placing, const struct order *order,
                                      struct cloacina_error *err)
{
    uint32_t length;
    uint32_t first = cycle_find(placing, order, &length);
    struct text_builder path;
    text_builder_init(&path, placing->draft->heap);
    uint32_t task = first;
    for (uint32_t i = 0; i < length && i < CYCLE_NAMES_MAX; i++) {
        text_builder_append(&path, draft_task_name(placing->draft, task));
        text_builder_append_terminated(&path, " -> ");
        task = cycle_step(placing, order, task);
    }
    text_builder_append_terminated(&path, length > CYCLE_NAMES_MAX ? "... -> " : "");
    text_builder_append(&path, draft_task_name(placing->draft, first));
    if (length > CYCLE_NAMES_MAX) {
        text_builder_print(&path, " (%u tasks)", length);
    }
    enum cloacina_code code =
        path.failed ? cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory")
                    : cloacina_error_raise(err, CLOACINA_INVALID, "depends on itself: %s",
                                           text_builder_terminated(&path));
    text_builder_finish(&path);
    return draft_blame_task(placing->draft, first, code, err);
}

/* ---- together ---- */

static enum cloacina_code out_of_memory(const struct workflow_draft *draft,
                                        struct cloacina_error *err)
{
    return draft_blame(draft, cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory"), err);
}

static bool order_init(struct order *order, const struct workflow_draft *draft)
{
    *order = (struct order){
        .draft_of = heap_take(draft->heap, draft->task_count * sizeof(uint32_t)),
        .position_of = heap_take(draft->heap, draft->task_count * sizeof(uint32_t)),
    };
    if (order->draft_of == NULL || order->position_of == NULL) {
        heap_give(draft->heap, order->draft_of, draft->task_count * sizeof(uint32_t));
        heap_give(draft->heap, order->position_of, draft->task_count * sizeof(uint32_t));
        return false;
    }
    memset(order->position_of, 0xff, draft->task_count * sizeof(uint32_t));
    return true;
}

enum cloacina_code order_make(const struct workflow_draft *draft, struct order *ret_order,
                              struct cloacina_error *err)
{
    struct order order;
    struct placing placing;
    if (!order_init(&order, draft)) {
        return out_of_memory(draft, err);
    }
    enum cloacina_code code = CLOACINA_OK;
    if (!placing_init(&placing, draft)) {
        code = out_of_memory(draft, err);
    } else {
        if (!place_all(&placing, &order)) {
            code = out_of_memory(draft, err);
        } else if (order.count < draft->task_count) {
            code = cycle_raise(&placing, &order, err);
        }
        placing_finish(&placing);
    }
    if (code != CLOACINA_OK) {
        order.count = (uint32_t)draft->task_count;
        order_finish(&order, draft->heap);
        return code;
    }
    *ret_order = order;
    return CLOACINA_OK;
}

void order_finish(struct order *order, struct cloacina_heap *heap)
{
    heap_give(heap, order->draft_of, order->count * sizeof(uint32_t));
    heap_give(heap, order->position_of, order->count * sizeof(uint32_t));
    *order = (struct order){0};
}
