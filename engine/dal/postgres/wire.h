/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h - integers as they travel: the most significant byte first, two's complement. */
#ifndef DAL_POSTGRES_WIRE_H
#define DAL_POSTGRES_WIRE_H

#include <stddef.h>
#include <stdint.h>

/* The lowest `size` bytes of a number. */
static inline void wire_put(char *bytes, size_t size, int64_t value)
{
    uint64_t rest = (uint64_t)value;
    for (size_t i = size; i-- > 0;) {
        bytes[i] = (char)(rest & 0xff);
        rest >>= 8;
    }
}

/* A number of `size` bytes, 1 to 8, with its sign. */
static inline int64_t wire_get(const char *bytes, size_t size)
{
    uint64_t value = (unsigned char)bytes[0] >= 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | (unsigned char)bytes[i];
    }
    return (int64_t)value;
}

#endif
