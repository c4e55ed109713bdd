/* SPDX-License-Identifier: Apache-2.0 */
/* tight_arena.h - an arena that runs out of memory at any chosen request.
 *
 * An arena asks its heap for whole blocks, so making the heap fail only hits the requests at the
 * end of a block. Here the first block is used up but for `room` bytes, and the heap fails from its
 * `fail_at`-th allocation after that one on:
 *
 *   for (size_t fail_at = 0; fail_at < N; fail_at++) {
 *       for (size_t room = 0; room <= TIGHT_ROOM_MAX; room += 8) {
 *           tight_arena_init(&tight, room, fail_at);
 *           ... the call under test, with &tight.arena ...
 *           tight_arena_finish(&tight);          stops the test if anything leaks
 *       }
 *   } */
#ifndef TESTS_UNIT_TIGHT_ARENA_H
#define TESTS_UNIT_TIGHT_ARENA_H

#include "support.h"

#include "base/arena.h"

/* A little less than the first block. */
enum { TIGHT_ROOM_MAX = 984 };

struct tight_arena {
    struct failing_heap heap;
    struct arena arena;
};

static inline void tight_arena_init(struct tight_arena *tight, size_t room, size_t fail_at)
{
    failing_heap_init(&tight->heap, FAIL_NEVER);
    arena_init(&tight->arena, &tight->heap.heap);
    assert_non_null(arena_take(&tight->arena, 16));
    size_t left = (size_t)(tight->arena.end - tight->arena.free);
    assert_true(left >= room);
    assert_non_null(arena_take(&tight->arena, left - room));
    tight->heap.fail_at = tight->heap.allocations + fail_at;
    tight->heap.keeps_failing = true;
}

static inline void tight_arena_finish(struct tight_arena *tight)
{
    arena_finish(&tight->arena);
    assert_int_equal(tight->heap.outstanding, 0);
}

#endif
