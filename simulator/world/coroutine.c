/* SPDX-License-Identifier: Apache-2.0 */
/* coroutine.c - stacks, and who runs on them.
 *
 *   mapping   | guard, no access | stack ............... <- top | struct coroutine |
 *             low                                                               high
 *
 * Law: at every moment the chain current -> resumer -> resumer... is what waits for what on this
 * thread; a coroutine is in it at most once.
 *
 * The struct lies above its stack: one mapping, no allocation, and it shares the page that is
 * touched anyway. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS and MAP_STACK, which POSIX got only in 2024 */

#include "world/coroutine.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "world/coroutine_tools.h"
#include "world/switch.h"

enum { MAPPING_SIZE = COROUTINE_GUARD_SIZE + COROUTINE_STACK_SIZE };

enum coroutine_status {
    COROUTINE_UNUSED,
    COROUTINE_NEW,     /* never resumed */
    COROUTINE_RUNNING, /* current, or waits for one that it resumed */
    COROUTINE_STOPPED, /* in coroutine_yield() */
    COROUTINE_RETURNED,
};

struct coroutine {
    struct switch_point here;  /* where it goes on */
    struct switch_point there; /* where its resumer goes on */
    struct coroutine *resumer; /* while running; NULL: the thread's own stack */
    enum coroutine_status status;
    void (*entry)(void *);
    void *argument;
    const char *name; /* Borrowed */
    char *mapping;
    struct coroutine_pool *pool;
    struct coroutine *next;      /* in pool->all */
    struct coroutine *next_free; /* in pool->free */
    struct coroutine_tools tools;
};

/* The struct in whole cache lines, which also keeps the stack's top aligned. */
enum { CACHE_LINE_SIZE = 64 };
enum {
    STRUCT_SPACE =
        (sizeof(struct coroutine) + CACHE_LINE_SIZE - 1) / CACHE_LINE_SIZE * CACHE_LINE_SIZE
};

static THREAD_LOCAL struct coroutine *current;

/* ---- stacks ---- */

void coroutine_pool_init(struct coroutine_pool *pool)
{
    *pool = (struct coroutine_pool){0};
}

void coroutine_pool_finish(struct coroutine_pool *pool)
{
    assert(pool->used_count == 0);
    struct coroutine *coroutine = pool->all;
    while (coroutine != NULL) {
        struct coroutine *next = coroutine->next;
        tools_stack_unmap(&coroutine->tools);
        int status = munmap(coroutine->mapping, MAPPING_SIZE);
        assert(status == 0);
        coroutine = next;
    }
    coroutine_pool_init(pool);
}

/* Maps a stack with its guard; NULL when there is no memory, or no further mapping is allowed. */
static char *mapping_make(void)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK;
    char *mapping = mmap(NULL, MAPPING_SIZE, PROT_NONE, flags, -1, 0);
    if (mapping == MAP_FAILED) {
        return NULL;
    }
    if (mprotect(mapping + COROUTINE_GUARD_SIZE, COROUTINE_STACK_SIZE, PROT_READ | PROT_WRITE) !=
        0) {
        (void)munmap(mapping, MAPPING_SIZE);
        return NULL;
    }
    return mapping;
}

static struct coroutine *stack_map(struct coroutine_pool *pool)
{
    char *mapping = mapping_make();
    if (mapping == NULL) {
        return NULL;
    }
    char *stack = mapping + COROUTINE_GUARD_SIZE;
    char *top = mapping + MAPPING_SIZE - STRUCT_SPACE;
    struct coroutine *coroutine = (struct coroutine *)(void *)top;
    coroutine->mapping = mapping;
    coroutine->pool = pool;
    tools_stack_map(&coroutine->tools, stack, (size_t)(top - stack));
    coroutine->next = pool->all;
    pool->all = coroutine;
    pool->mapped_count++;
    return coroutine;
}

static struct coroutine *stack_take(struct coroutine_pool *pool)
{
    struct coroutine *coroutine = pool->free;
    if (coroutine == NULL) {
        return stack_map(pool);
    }
    pool->free = coroutine->next_free;
    return coroutine;
}

/* What a body finds on its stack, and where it finds it, must not matter to it. */
enum { SCRIBBLE_SHIFT = 64 }; /* keeps the alignment of the top */

static size_t stack_scribble(const struct coroutine *coroutine, uint8_t pattern)
{
    if (pattern != 0 && !RUNNING_ON_VALGRIND) { /* it finds by itself what nobody has written */
        memset(coroutine->tools.stack, pattern, coroutine->tools.stack_size);
    }
    return coroutine->tools.stack_size - (size_t)pattern * SCRIBBLE_SHIFT;
}

/* ---- coroutines ---- */

/* The first and last thing that runs on a stack. */
static void coroutine_main(void *argument)
{
    struct coroutine *self = argument;
    tools_arrive_at_coroutine(&self->tools);
    self->entry(self->argument);
    self->status = COROUTINE_RETURNED;
    tools_leave_coroutine(&self->tools, true);
    switch_to(&self->here, &self->there);
    abort(); /* a coroutine that has returned is not resumed */
}

enum cloacina_code coroutine_create(struct coroutine_pool *pool, const char *name,
                                    void (*entry)(void *), void *argument,
                                    struct coroutine **ret_coroutine, struct cloacina_error *err)
{
    struct coroutine *coroutine = stack_take(pool);
    if (coroutine == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY,
                                    "%s: no memory for a stack of %d KiB beside %zu others", name,
                                    COROUTINE_STACK_SIZE / 1024, pool->mapped_count);
    }
    coroutine->status = COROUTINE_NEW;
    coroutine->entry = entry;
    coroutine->argument = argument;
    coroutine->name = name;
    size_t size = stack_scribble(coroutine, pool->scribble);
    switch_prepare(&coroutine->here, coroutine->tools.stack, size, coroutine_main, coroutine);
    tools_begin(&coroutine->tools);
    pool->used_count++;
    *ret_coroutine = coroutine;
    return CLOACINA_OK;
}

void coroutine_destroy(struct coroutine *coroutine)
{
    if (coroutine == NULL) {
        return;
    }
    assert(coroutine->status == COROUTINE_NEW || coroutine->status == COROUTINE_RETURNED);
    struct coroutine_pool *pool = coroutine->pool;
    tools_end(&coroutine->tools);
    coroutine->status = COROUTINE_UNUSED;
    coroutine->next_free = pool->free;
    pool->free = coroutine;
    pool->used_count--;
}

bool coroutine_resume(struct coroutine *coroutine)
{
    assert(coroutine->status == COROUTINE_NEW || coroutine->status == COROUTINE_STOPPED);
    coroutine->status = COROUTINE_RUNNING;
    coroutine->resumer = current;
    current = coroutine;
    tools_leave_resumer(&coroutine->tools);
    switch_to(&coroutine->there, &coroutine->here);
    tools_arrive_at_resumer(&coroutine->tools);
    current = coroutine->resumer;
    return coroutine->status == COROUTINE_STOPPED;
}

void coroutine_yield(void)
{
    struct coroutine *self = current;
    assert(self != NULL);
    self->status = COROUTINE_STOPPED;
    tools_leave_coroutine(&self->tools, false);
    switch_to(&self->here, &self->there);
    tools_arrive_at_coroutine(&self->tools);
}

struct coroutine *coroutine_current(void)
{
    return current;
}

const char *coroutine_name(const struct coroutine *coroutine)
{
    return coroutine->name;
}

bool coroutine_guards(const struct coroutine *coroutine, const void *address)
{
    uintptr_t low = (uintptr_t)coroutine->mapping;
    return (uintptr_t)address - low < COROUTINE_GUARD_SIZE;
}
