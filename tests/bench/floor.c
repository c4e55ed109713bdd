/* SPDX-License-Identifier: Apache-2.0 */
/* floor.c - the bare loop.
 *
 * Law: as fast as a simple program is: one 4-ary heap of values, one allocation for all nodes. */
#include "floor.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "meter.h"

enum { NODE_WORDS = 32, LINE_WORDS = 8, ARITY = 4 };

struct loop;

struct node {
    void (*callback)(struct loop *loop, struct node *node);
    uint64_t words[NODE_WORDS - 1];
};

struct entry {
    uint64_t time;
    uint64_t order;
    struct node *node;
};

struct loop {
    struct entry *heap;
    uint64_t pending;
    struct node *nodes;
    uint64_t node_count;
    uint64_t next; /* the node of the next event that is planned */
    uint64_t now;
    uint64_t order;
};

static bool is_before(const struct entry *a, const struct entry *b)
{
    return a->time < b->time || (a->time == b->time && a->order < b->order);
}

static void push(struct loop *loop, struct entry entry)
{
    uint64_t hole = loop->pending++;
    while (hole > 0 && is_before(&entry, &loop->heap[(hole - 1) / ARITY])) {
        loop->heap[hole] = loop->heap[(hole - 1) / ARITY];
        hole = (hole - 1) / ARITY;
    }
    loop->heap[hole] = entry;
}

/* The smallest child of a place, or the count when it has none. */
static uint64_t smallest_child(const struct loop *loop, uint64_t place)
{
    uint64_t first = place * ARITY + 1;
    uint64_t end = first + ARITY < loop->pending ? first + ARITY : loop->pending;
    uint64_t smallest = first < loop->pending ? first : loop->pending;
    for (uint64_t child = first + 1; child < end; child++) {
        if (is_before(&loop->heap[child], &loop->heap[smallest])) {
            smallest = child;
        }
    }
    return smallest;
}

static struct entry pop(struct loop *loop)
{
    struct entry top = loop->heap[0];
    struct entry last = loop->heap[--loop->pending];
    uint64_t hole = 0;
    uint64_t child = smallest_child(loop, hole);
    while (child < loop->pending && is_before(&loop->heap[child], &last)) {
        loop->heap[hole] = loop->heap[child];
        hole = child;
        child = smallest_child(loop, hole);
    }
    loop->heap[hole] = last;
    return top;
}

/* A pseudo-random step of time, so that the heap has something to do (splitmix64's finaliser). */
static uint64_t step(uint64_t number)
{
    uint64_t mixed = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    return 1 + (mixed >> 54);
}

static void plan_next(struct loop *loop)
{
    struct node *node = &loop->nodes[loop->next];
    loop->next = loop->next + 1 == loop->node_count ? 0 : loop->next + 1;
    uint64_t order = loop->order++;
    push(loop, (struct entry){.time = loop->now + step(order), .order = order, .node = node});
}

static void touch_and_plan(struct loop *loop, struct node *node)
{
    for (size_t word = 0; word < NODE_WORDS - 1; word += LINE_WORDS) {
        node->words[word] += loop->now;
    }
    plan_next(loop);
}

static void loop_create(struct loop *loop, const struct floor_options *options)
{
    *loop = (struct loop){.node_count = options->nodes};
    loop->heap = calloc(options->pending + 1, sizeof(*loop->heap));
    loop->nodes = calloc(options->nodes, sizeof(*loop->nodes));
    if (loop->heap == NULL || loop->nodes == NULL) {
        abort();
    }
    for (uint64_t i = 0; i < options->nodes; i++) {
        loop->nodes[i].callback = touch_and_plan;
    }
    for (uint64_t i = 0; i < options->pending; i++) {
        plan_next(loop);
    }
}

static void loop_go(struct loop *loop, uint64_t events)
{
    for (uint64_t i = 0; i < events; i++) {
        struct entry entry = pop(loop);
        loop->now = entry.time;
        entry.node->callback(loop, entry.node);
    }
}

static uint64_t loop_destroy(struct loop *loop)
{
    uint64_t sum = loop->now;
    for (uint64_t i = 0; i < loop->node_count; i++) {
        sum += loop->nodes[i].words[0];
    }
    free(loop->heap);
    free(loop->nodes);
    return sum;
}

uint64_t floor_run(const struct floor_options *options)
{
    struct loop loop;
    loop_create(&loop, options);
    loop_go(&loop, options->events);
    return loop_destroy(&loop);
}

int64_t floor_time_ns(const struct floor_options *options)
{
    struct loop loop;
    assert(options->pending > 0 && options->nodes > 0);
    loop_create(&loop, options);
    int64_t begin = meter_now_ns();
    loop_go(&loop, options->events);
    int64_t end = meter_now_ns();
    (void)loop_destroy(&loop);
    return end - begin;
}
