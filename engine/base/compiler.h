/* SPDX-License-Identifier: Apache-2.0 */
/* compiler.h - the one place where GNU extensions get a name. */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define PREFETCH(address) __builtin_prefetch(address)
#define TRAILING_ZEROS(word) ((unsigned)__builtin_ctzll(word)) /* of 64 bits, not all zero */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define THREAD_LOCAL _Thread_local
#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A pointer that the linker gathers into a list, and keeps although nobody names it. `retain` is
 * for lld, which with --gc-sections does not count __start_ symbols as a reference. */
#if defined(__has_attribute)
#if __has_attribute(retain)
#define KEPT_IN_SECTION(name) __attribute__((used, retain, section(name)))
#endif
#endif
#ifndef KEPT_IN_SECTION
#define KEPT_IN_SECTION(name) __attribute__((used, section(name)))
#endif

/* 128 bits for products and remainders of 64-bit numbers. */
__extension__ typedef __int128 int128_t;
__extension__ typedef unsigned __int128 uint128_t;

/* The object of type `type` whose member `member` is at `pointer`. */
#define CONTAINER_OF(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#endif
