/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - the xxhash border.
 *
 * Law: words enter as little-endian bytes, so a hash means the same on every machine. */
#include "base/hash.h"

#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "hash_stream feeds words as they lie in memory: swap them here for big-endian machines"
#endif

uint64_t hash_of(const void *bytes, size_t length, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, length, seed);
}

struct hash128 hash128_of(const void *bytes, size_t length)
{
    XXH128_hash_t hash = XXH3_128bits(bytes, length);
    return (struct hash128){.high = hash.high64, .low = hash.low64};
}

bool hash128_equal(struct hash128 a, struct hash128 b)
{
    return a.high == b.high && a.low == b.low;
}

void hash128_print(struct hash128 hash, char ret_text[HASH_TEXT_SIZE])
{
    (void)snprintf(ret_text, HASH_TEXT_SIZE, "%016llx%016llx", (unsigned long long)hash.high,
                   (unsigned long long)hash.low);
}

uint64_t hash_mix(uint64_t a, uint64_t b)
{
    uint64_t mixed = a + 0x9e3779b97f4a7c15u * (b + 1);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

void hash_stream_init(struct hash_stream *stream)
{
    stream->state = (struct hash128){0, 0};
    stream->count = 0;
    stream->total = 0;
}

/* state' = XXH3-128(block) combined with the old state: order matters through the seed. */
void hash_stream_flush(struct hash_stream *stream)
{
    XXH128_hash_t hash =
        XXH3_128bits_withSeed(stream->words, stream->count * sizeof(stream->words[0]),
                              hash_mix(stream->state.low, stream->total));
    stream->total += stream->count;
    stream->state.high = hash_mix(stream->state.high, hash.high64);
    stream->state.low = hash.low64;
    stream->count = 0;
}

struct hash128 hash_stream_value(const struct hash_stream *stream)
{
    if (stream->count == 0) {
        return stream->state;
    }
    struct hash_stream copy = *stream;
    hash_stream_flush(&copy);
    return copy.state;
}
