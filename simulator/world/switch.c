/* SPDX-License-Identifier: Apache-2.0 */
/* switch.c - the first frame of a stack, and switching where there is no assembly for it.
 *
 * Law: a frame made here looks exactly like one that switch_to() in switch_<machine>.S has left. */
#include "world/switch.h"

#include <stdint.h>
#include <string.h>

#ifdef COROUTINE_UCONTEXT

/* makecontext() hands over int arguments only, so the two pointers travel in pieces. */
struct start {
    void (*entry)(void *);
    void *argument;
};

_Static_assert(sizeof(struct start) <= 4 * sizeof(int), "two pointers must fit in four ints");

static void start_from_pieces(int a, int b, int c, int d)
{
    const int pieces[4] = {a, b, c, d};
    struct start start;
    memcpy(&start, pieces, sizeof(start));
    start.entry(start.argument);
}

void switch_prepare(struct switch_point *point, void *stack, size_t size, void (*entry)(void *),
                    void *argument)
{
    const struct start start = {.entry = entry, .argument = argument};
    int pieces[4] = {0};
    memcpy(pieces, &start, sizeof(start));
    (void)getcontext(&point->context);
    point->context.uc_stack.ss_sp = stack;
    point->context.uc_stack.ss_size = size;
    point->context.uc_link = NULL;
    makecontext(&point->context, (void (*)(void))start_from_pieces, 4, pieces[0], pieces[1],
                pieces[2], pieces[3]);
}

void switch_to(struct switch_point *from, struct switch_point *to)
{
    (void)swapcontext(&from->context, &to->context);
}

#else

/* In switch_<machine>.S: calls the function in one saved register with another one as its
 * argument. */
void switch_entry(void);

#if defined(__x86_64__)

struct frame {
    uint32_t mxcsr;
    uint16_t x87_control;
    uint16_t unused;
    uint64_t r15, r14, r13, r12, rbx, rbp;
    uint64_t return_address;
};

static struct frame frame_first(void (*entry)(void *), void *argument)
{
    return (struct frame){
        .mxcsr = 0x1f80,      /* all exceptions masked, round to nearest */
        .x87_control = 0x37f, /* the same, 64 bits of precision */
        .r12 = (uint64_t)(uintptr_t)argument,
        .rbx = (uint64_t)(uintptr_t)entry,
        .return_address = (uint64_t)(uintptr_t)switch_entry,
    };
}

#else

struct frame {
    uint64_t x29, x30; /* frame pointer and return address, as every frame record begins */
    uint64_t x19, x20, x21, x22, x23, x24, x25, x26, x27, x28;
    uint64_t d8, d9, d10, d11, d12, d13, d14, d15;
    uint64_t fpcr, unused;
};

static struct frame frame_first(void (*entry)(void *), void *argument)
{
    return (struct frame){
        .x30 = (uint64_t)(uintptr_t)switch_entry,
        .x19 = (uint64_t)(uintptr_t)entry,
        .x20 = (uint64_t)(uintptr_t)argument,
    };
}

#endif

void switch_prepare(struct switch_point *point, void *stack, size_t size, void (*entry)(void *),
                    void *argument)
{
    const struct frame first = frame_first(entry, argument);
    point->stack_pointer = (char *)stack + size - sizeof(first);
    memcpy(point->stack_pointer, &first, sizeof(first));
}

#endif
