/* SPDX-License-Identifier: Apache-2.0 */
/* hash.h - XXH3 (xxhash 0.8) under two names: 64 bits for tables, 128 bits for identity and traces.
 *
 * The same bytes give the same hash on every machine and compiler; feed integers little-endian. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct hash128 {
    uint64_t high;
    uint64_t low;
};

enum { HASH_TEXT_SIZE = 33 }; /* 32 hex digits and the NUL */

uint64_t hash_of(const void *bytes, size_t length, uint64_t seed);
struct hash128 hash128_of(const void *bytes, size_t length);
bool hash128_equal(struct hash128 a, struct hash128 b);
/* 32 hex digits, lower case, high half first. */
void hash128_print(struct hash128 hash, char ret_text[HASH_TEXT_SIZE]);

/* A cheap, well-mixing function of two words (splitmix64 finaliser): for labels, not for files. */
uint64_t hash_mix(uint64_t a, uint64_t b);

/* A rolling hash over a long stream of words: they are gathered and hashed a block at a time. */
enum { HASH_STREAM_WORDS = 512 };
struct hash_stream {
    struct hash128 state;
    uint64_t words[HASH_STREAM_WORDS];
    size_t count;
    uint64_t total; /* words fed so far */
};

void hash_stream_init(struct hash_stream *stream);
void hash_stream_flush(struct hash_stream *stream);
static inline void hash_stream_add(struct hash_stream *stream, uint64_t word)
{
    if (stream->count == HASH_STREAM_WORDS) {
        hash_stream_flush(stream);
    }
    stream->words[stream->count++] = word;
}
struct hash128 hash_stream_value(const struct hash_stream *stream); /* of everything fed so far */

#endif
