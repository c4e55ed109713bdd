/* SPDX-License-Identifier: Apache-2.0 */
/* test_hash.c - hashes that are written down and must never change. */
#include "support.h"

#include "base/hash.h"

/* Definition hashes and trace hashes are stored and compared between machines. The expected values
 * of the empty input are those that the XXH3 specification gives. */
static void known_inputs_have_their_known_hashes(void **state)
{
    (void)state;
    char printed[HASH_TEXT_SIZE];
    assert_true(hash_of("", 0, 0) == UINT64_C(0x2d06800538d394c2));
    hash128_print(hash128_of("", 0), printed);
    assert_string_equal(printed, "99aa06d3014798d86001c324468d497f");
    hash128_print((struct hash128){.high = 1, .low = 0xab}, printed);
    assert_string_equal(printed, "000000000000000100000000000000ab");
}

/* Equal hashes are equal in both halves. */
static void hashes_are_equal_in_both_halves(void **state)
{
    (void)state;
    struct hash128 hash = hash128_of("a", 1);
    assert_true(hash128_equal(hash, hash128_of("a", 1)));
    assert_false(hash128_equal(hash, hash128_of("b", 1)));
    assert_false(hash128_equal(hash, (struct hash128){.high = hash.high, .low = ~hash.low}));
    assert_false(hash128_equal(hash, (struct hash128){.high = ~hash.high, .low = hash.low}));
}

/* Seeds split one table's keys from another's; splitmix64 with state 0 gives this as its first
 * value. */
static void seeds_and_both_words_matter(void **state)
{
    (void)state;
    assert_true(hash_of("a", 1, 0) != hash_of("a", 1, 1));
    assert_true(hash_mix(0, 0) == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(hash_mix(0, 1) != hash_mix(1, 0));
}

/* The value may be looked at at any time: looking must not change it. */
static void a_stream_depends_on_every_word_and_its_place(void **state)
{
    (void)state;
    struct hash_stream stream;
    struct hash_stream other;
    hash_stream_init(&stream);
    hash_stream_init(&other);
    assert_true(hash128_equal(hash_stream_value(&stream), hash_stream_value(&other)));
    for (uint64_t i = 0; i < 3 * HASH_STREAM_WORDS + 7; i++) {
        hash_stream_add(&stream, i);
        hash_stream_add(&other, i);
        assert_true(hash128_equal(hash_stream_value(&stream), hash_stream_value(&stream)));
    }
    assert_true(hash128_equal(hash_stream_value(&stream), hash_stream_value(&other)));

    struct hash_stream a = stream;
    struct hash_stream b = stream;
    hash_stream_add(&a, 1);
    hash_stream_add(&a, 2);
    hash_stream_add(&b, 2);
    hash_stream_add(&b, 1);
    assert_false(hash128_equal(hash_stream_value(&a), hash_stream_value(&b)));
    assert_false(hash128_equal(hash_stream_value(&a), hash_stream_value(&stream)));
}

/* A difference in an early block must survive all later ones. */
static void a_stream_remembers_its_first_block(void **state)
{
    (void)state;
    struct hash_stream a;
    struct hash_stream b;
    hash_stream_init(&a);
    hash_stream_init(&b);
    for (uint64_t i = 0; i < 5 * HASH_STREAM_WORDS; i++) {
        hash_stream_add(&a, i);
        hash_stream_add(&b, i == 3 ? 4 : i);
    }
    assert_false(hash128_equal(hash_stream_value(&a), hash_stream_value(&b)));
}

/* The printed hash of a run is quoted in reports: this value holds for every machine and
 * compiler. */
static void a_stream_has_the_same_value_everywhere(void **state)
{
    (void)state;
    struct hash_stream stream;
    hash_stream_init(&stream);
    for (uint64_t i = 0; i < 1000; i++) {
        hash_stream_add(&stream, i * i);
    }
    char printed[HASH_TEXT_SIZE];
    hash128_print(hash_stream_value(&stream), printed);
    assert_string_equal(printed, "4e49c122e3a195a4dffc00123de0bec4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_inputs_have_their_known_hashes),
        cmocka_unit_test(hashes_are_equal_in_both_halves),
        cmocka_unit_test(seeds_and_both_words_matter),
        cmocka_unit_test(a_stream_depends_on_every_word_and_its_place),
        cmocka_unit_test(a_stream_remembers_its_first_block),
        cmocka_unit_test(a_stream_has_the_same_value_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
