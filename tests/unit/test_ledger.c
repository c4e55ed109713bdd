/* SPDX-License-Identifier: Apache-2.0 */
/* test_ledger.c - what bodies did to the outside is counted by name and by key. */
#include "support.h"

#include <stdio.h>

#include "world/ledger.h"

static void apply(struct ledger *ledger, const char *name, const char *key)
{
    assert_true(ledger_call(ledger, name, key));
    (void)ledger_add(ledger, name, key);
}

/* "An order is charged at most once" is a question about the key that has most. */
static void effects_are_counted_by_name_and_by_key(void **state)
{
    struct ledger ledger;
    (void)state;
    ledger_init(&ledger, cloacina_heap_system());
    apply(&ledger, "payments.charge", "order-7");
    apply(&ledger, "payments.charge", "order-8");
    apply(&ledger, "payments.charge", "order-7");
    apply(&ledger, "mail.send", "order-7");
    assert_int_equal(ledger_effects(&ledger, "payments.charge"), 3);
    assert_int_equal(ledger_effects(&ledger, "mail.send"), 1);
    assert_int_equal(ledger_effects(&ledger, NULL), 4);
    assert_int_equal(ledger_per_key_max(&ledger, "payments.charge"), 2);
    assert_int_equal(ledger_per_key_max(&ledger, "mail.send"), 1);
    assert_int_equal(ledger_per_key_max(&ledger, NULL), 2);
    ledger_finish(&ledger);
}

/* Without a key nobody can say that it was the same deed. */
static void an_effect_without_a_key_counts_for_its_name_alone(void **state)
{
    struct ledger ledger;
    (void)state;
    ledger_init(&ledger, cloacina_heap_system());
    apply(&ledger, "log.write", NULL);
    apply(&ledger, "log.write", NULL);
    apply(&ledger, "log.write", "");
    assert_int_equal(ledger_effects(&ledger, "log.write"), 3);
    assert_int_equal(ledger_per_key_max(&ledger, "log.write"), 1);
    ledger_finish(&ledger);
}

static void what_was_never_done_counts_zero(void **state)
{
    struct ledger ledger;
    (void)state;
    ledger_init(&ledger, cloacina_heap_system());
    assert_int_equal(ledger_effects(&ledger, "payments.charge"), 0);
    assert_int_equal(ledger_per_key_max(&ledger, "payments.charge"), 0);
    assert_int_equal(ledger_effects(&ledger, NULL), 0);
    assert_true(ledger_call(&ledger, "payments.charge", "order-7")); /* reserved, not done */
    assert_int_equal(ledger_effects(&ledger, "payments.charge"), 0);
    assert_int_equal(ledger_per_key_max(&ledger, NULL), 0);
    ledger_finish(&ledger);
}

/* A call that failed is no deed; a deed whose reply was lost is one. */
static void calls_and_lost_replies_are_counted_beside_the_deeds(void **state)
{
    struct ledger ledger;
    (void)state;
    ledger_init(&ledger, cloacina_heap_system());
    assert_true(ledger_call(&ledger, "payments.charge", "order-7"));
    apply(&ledger, "payments.charge", "order-7");
    ledger_lose_reply(&ledger, "payments.charge");
    apply(&ledger, "mail.send", NULL);
    assert_int_equal(ledger_calls(&ledger, "payments.charge"), 2);
    assert_int_equal(ledger_calls(&ledger, "mail.send"), 1);
    assert_int_equal(ledger_calls(&ledger, NULL), 3);
    assert_int_equal(ledger_calls(&ledger, "fax.send"), 0);
    assert_int_equal(ledger_replies_lost(&ledger, "payments.charge"), 1);
    assert_int_equal(ledger_replies_lost(&ledger, "mail.send"), 0);
    assert_int_equal(ledger_replies_lost(&ledger, NULL), 1);
    ledger_finish(&ledger);
}

/* A receiver that knows its keys asks whether it has done this one already. */
static void the_deeds_under_one_key_can_be_asked_for(void **state)
{
    struct ledger ledger;
    (void)state;
    ledger_init(&ledger, cloacina_heap_system());
    assert_int_equal(ledger_deeds(&ledger, "payments.charge", "order-7"), 0);
    assert_true(ledger_call(&ledger, "payments.charge", "order-7"));
    assert_int_equal(ledger_deeds(&ledger, "payments.charge", "order-7"), 0);
    (void)ledger_add(&ledger, "payments.charge", "order-7");
    apply(&ledger, "payments.charge", "order-8");
    assert_int_equal(ledger_deeds(&ledger, "payments.charge", "order-7"), 1);
    assert_int_equal(ledger_deeds(&ledger, "payments.charge", NULL), 2);
    ledger_finish(&ledger);
}

/* Whoever looks after every event asks this number whether there is anything new to see. */
static void everything_that_is_written_down_is_a_change(void **state)
{
    struct ledger ledger;
    (void)state;
    ledger_init(&ledger, cloacina_heap_system());
    assert_true(ledger_call(&ledger, "a", "b"));
    assert_int_equal(ledger.changes, 1);
    (void)ledger_add(&ledger, "a", "b");
    ledger_lose_reply(&ledger, "a");
    assert_int_equal(ledger.changes, 3);
    ledger_finish(&ledger);
}

/* The hash goes into the trace: equal deeds are equal there, others are not. */
static void a_deed_has_a_hash_of_its_name_and_key(void **state)
{
    struct ledger ledger;
    (void)state;
    ledger_init(&ledger, cloacina_heap_system());
    assert_true(ledger_call(&ledger, "a", "b"));
    uint64_t first = ledger_add(&ledger, "a", "b");
    assert_true(first == ledger_add(&ledger, "a", "b"));
    assert_true(ledger_call(&ledger, "a", NULL));
    assert_true(first != ledger_add(&ledger, "a", NULL));
    assert_true(ledger_call(&ledger, "ab", ""));
    assert_true(first != ledger_add(&ledger, "ab", ""));
    ledger_finish(&ledger);
}

static void thousands_of_keys_are_all_found_again(void **state)
{
    struct ledger ledger;
    char key[16];
    (void)state;
    ledger_init(&ledger, cloacina_heap_system());
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++) {
            (void)snprintf(key, sizeof(key), "order-%d", i);
            apply(&ledger, "payments.charge", key);
        }
        assert_int_equal(ledger_per_key_max(&ledger, "payments.charge"), round + 1);
    }
    assert_int_equal(ledger_effects(&ledger, NULL), 10000);
    ledger_finish(&ledger);
}

/* After a reservation nothing can fail, whichever allocation of it failed before. */
static void a_failed_reservation_can_be_repeated(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct ledger ledger;
        char key[16];
        failing_heap_init(&heap, n);
        ledger_init(&ledger, &heap.heap);
        for (int i = 0; i < 40; i++) {
            (void)snprintf(key, sizeof(key), "order-%d", i);
            bool is_reserved = ledger_call(&ledger, "payments.charge", key) ||
                               ledger_call(&ledger, "payments.charge", key);
            assert_true(is_reserved);
            (void)ledger_add(&ledger, "payments.charge", key);
        }
        assert_int_equal(ledger_effects(&ledger, NULL), 40);
        assert_int_equal(ledger_per_key_max(&ledger, NULL), 1);
        ledger_finish(&ledger);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effects_are_counted_by_name_and_by_key),
        cmocka_unit_test(an_effect_without_a_key_counts_for_its_name_alone),
        cmocka_unit_test(what_was_never_done_counts_zero),
        cmocka_unit_test(calls_and_lost_replies_are_counted_beside_the_deeds),
        cmocka_unit_test(the_deeds_under_one_key_can_be_asked_for),
        cmocka_unit_test(everything_that_is_written_down_is_a_change),
        cmocka_unit_test(a_deed_has_a_hash_of_its_name_and_key),
        cmocka_unit_test(thousands_of_keys_are_all_found_again),
        cmocka_unit_test(a_failed_reservation_can_be_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
