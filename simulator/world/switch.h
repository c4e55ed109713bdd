/* SPDX-License-Identifier: Apache-2.0 */
/* switch.h - leaving one stack for another, on one thread.
 *
 *   switch_to(from, to):   registers -> stack of `from`, stack pointer -> *from
 *                          *to -> stack pointer, stack of `to` -> registers
 *
 * What a called function must preserve is preserved, floating-point control included; the signal
 * mask is not touched. In assembly for x86-64 and aarch64; elsewhere, and with
 * -DCOROUTINE_UCONTEXT, by ucontext, which is some 25 times slower because it does set the
 * signal mask. */
#ifndef SIMULATOR_SWITCH_H
#define SIMULATOR_SWITCH_H

#include <stddef.h>

#if !defined(COROUTINE_UCONTEXT) && !defined(__x86_64__) && !defined(__aarch64__)
#define COROUTINE_UCONTEXT
#endif

#ifdef COROUTINE_UCONTEXT
#include <ucontext.h>
#endif

/* Where a stack that is not running goes on. */
struct switch_point {
#ifdef COROUTINE_UCONTEXT
    ucontext_t context;
#else
    void *stack_pointer; /* Owned by nobody: it points into the stack, where the registers lie */
#endif
};

/* Makes the first switch to `point` call entry(argument) on the `size` bytes from `stack` on, with
 * the floating-point control that a process starts with. `entry` must never return. The stack's end
 * is aligned to 16. */
void switch_prepare(struct switch_point *point, void *stack, size_t size, void (*entry)(void *),
                    void *argument);

/* Goes on at `to`; returns when somebody switches to `from`. */
void switch_to(struct switch_point *from, struct switch_point *to);

#endif
