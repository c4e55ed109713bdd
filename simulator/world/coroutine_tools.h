/* SPDX-License-Identifier: Apache-2.0 */
/* coroutine_tools.h - what valgrind and the sanitizers must be told about stacks.
 *
 *   stack_map    a stack begins to exist            stack_unmap   it ends
 *   begin        a coroutine begins to use it       end           it is through with it
 *   leave_...    just before a switch               arrive_...    just after it, on the other stack
 *   jumped       after a longjmp out of a coroutine to the stack from which it was resumed
 *
 * Everything here is empty in a build without sanitizers, except the two calls to valgrind, which
 * cost a few instructions per mapped stack. The functions around a switch must be inlined even
 * without optimisation: the thread sanitizer follows calls and returns, and would see a call on one
 * stack return on another. */
#ifndef SIMULATOR_COROUTINE_TOOLS_H
#define SIMULATOR_COROUTINE_TOOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(start, end) 0
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#define VALGRIND_DISABLE_ERROR_REPORTING ((void)0)
#define RUNNING_ON_VALGRIND 0
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TOOLS_ADDRESS
#endif
#if __has_feature(thread_sanitizer)
#define TOOLS_THREAD
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define TOOLS_ADDRESS
#endif
#if defined(__SANITIZE_THREAD__)
#define TOOLS_THREAD
#endif

#ifdef TOOLS_ADDRESS
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#ifdef TOOLS_THREAD
#include <sanitizer/tsan_interface.h>
#endif

/* One per coroutine. */
struct coroutine_tools {
    void *stack;
    size_t stack_size;
    unsigned valgrind_id;
#ifdef TOOLS_ADDRESS
    void *fake_stack; /* where the address sanitizer keeps variables to find uses after return */
    void *resumer_fake_stack;
    const void *resumer_stack;
    size_t resumer_stack_size;
#endif
#ifdef TOOLS_THREAD
    void *fiber;
    void *resumer_fiber;
#endif
};

static inline void tools_stack_map(struct coroutine_tools *tools, void *stack, size_t size)
{
    *tools = (struct coroutine_tools){.stack = stack, .stack_size = size};
    tools->valgrind_id = (unsigned)VALGRIND_STACK_REGISTER(stack, (char *)stack + size);
#ifdef TOOLS_ADDRESS
    __lsan_register_root_region(stack, size);
#endif
}

static inline void tools_stack_unmap(struct coroutine_tools *tools)
{
    VALGRIND_STACK_DEREGISTER(tools->valgrind_id);
#ifdef TOOLS_ADDRESS
    __lsan_unregister_root_region(tools->stack, tools->stack_size);
#endif
}

static inline void tools_begin(struct coroutine_tools *tools)
{
    (void)tools;
#ifdef TOOLS_THREAD
    tools->fiber = __tsan_create_fiber(0);
#endif
}

/* The last frame never returned, so its variables would stay marked for whoever uses the memory
 * next. */
static inline void tools_end(struct coroutine_tools *tools)
{
    (void)tools;
#ifdef TOOLS_ADDRESS
    __asan_unpoison_memory_region(tools->stack, tools->stack_size);
#endif
#ifdef TOOLS_THREAD
    __tsan_destroy_fiber(tools->fiber);
#endif
}

/* The frames that were jumped over never returned either; the address sanitizer thinks that they
 * were on another stack. */
static inline void tools_jumped(void)
{
#ifdef TOOLS_ADDRESS
    enum { JUMPED_OVER_MAX = 1 << 20 };
    char *here = __builtin_frame_address(0);
    __asan_unpoison_memory_region(here - JUMPED_OVER_MAX, JUMPED_OVER_MAX);
#endif
}

static ALWAYS_INLINE void tools_leave_resumer(struct coroutine_tools *tools)
{
    (void)tools;
#ifdef TOOLS_ADDRESS
    __sanitizer_start_switch_fiber(&tools->resumer_fake_stack, tools->stack, tools->stack_size);
#endif
#ifdef TOOLS_THREAD
    tools->resumer_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(tools->fiber, 0);
#endif
}

static ALWAYS_INLINE void tools_arrive_at_resumer(struct coroutine_tools *tools)
{
    (void)tools;
#ifdef TOOLS_ADDRESS
    __sanitizer_finish_switch_fiber(tools->resumer_fake_stack, NULL, NULL);
#endif
}

static ALWAYS_INLINE void tools_leave_coroutine(struct coroutine_tools *tools, bool is_last)
{
    (void)tools;
    (void)is_last;
#ifdef TOOLS_ADDRESS
    __sanitizer_start_switch_fiber(is_last ? NULL : &tools->fake_stack, tools->resumer_stack,
                                   tools->resumer_stack_size);
#endif
#ifdef TOOLS_THREAD
    __tsan_switch_to_fiber(tools->resumer_fiber, 0);
#endif
}

static ALWAYS_INLINE void tools_arrive_at_coroutine(struct coroutine_tools *tools)
{
    (void)tools;
#ifdef TOOLS_ADDRESS
    __sanitizer_finish_switch_fiber(tools->fake_stack, &tools->resumer_stack,
                                    &tools->resumer_stack_size);
#endif
}

#endif
