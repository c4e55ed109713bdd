/* SPDX-License-Identifier: Apache-2.0 */
/* test_service.c - which service an effect reaches, and until when it is down. */
#include "support.h"

#include "world/service.h"

static void assert_service(const char *effect, const char *expected)
{
    struct text service = service_of(effect);
    assert_true(text_equal(service, text_of(expected)));
}

/* "eu.payments.charge" and "eu.payments.refund" are two doors of one house. */
static void the_service_of_an_effect_is_its_name_up_to_the_last_dot(void **state)
{
    (void)state;
    assert_service("payments.charge", "payments");
    assert_service("eu.payments.charge", "eu.payments");
    assert_service("ping", "ping");
    assert_service(".charge", "");
    assert_service("", "");
}

static void a_service_is_down_until_its_instant_and_no_other_is(void **state)
{
    struct services services;
    (void)state;
    services_init(&services, cloacina_heap_system());
    assert_false(service_is_down(&services, text_of("payments"), 0));
    assert_true(service_stop(&services, text_of("payments"), 100));
    assert_true(service_is_down(&services, text_of("payments"), 99));
    assert_false(service_is_down(&services, text_of("payments"), 100));
    assert_false(service_is_down(&services, text_of("mail"), 99));
    services_finish(&services);
}

/* A short outage in the middle of a long one does not end it. */
static void an_outage_that_lasts_longer_stays(void **state)
{
    struct services services;
    (void)state;
    services_init(&services, cloacina_heap_system());
    assert_true(service_stop(&services, text_of("mail"), 100));
    assert_true(service_stop(&services, text_of("mail"), 50));
    assert_true(service_is_down(&services, text_of("mail"), 99));
    assert_true(service_stop(&services, text_of("mail"), 200));
    assert_true(service_is_down(&services, text_of("mail"), 199));
    services_finish(&services);
}

static void without_memory_a_service_stays_up(void **state)
{
    struct failing_heap heap;
    struct services services;
    (void)state;
    failing_heap_init(&heap, 0);
    services_init(&services, &heap.heap);
    assert_false(service_stop(&services, text_of("mail"), 100));
    assert_false(service_is_down(&services, text_of("mail"), 0));
    assert_true(service_stop(&services, text_of("mail"), 100));
    services_finish(&services);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_service_of_an_effect_is_its_name_up_to_the_last_dot),
        cmocka_unit_test(a_service_is_down_until_its_instant_and_no_other_is),
        cmocka_unit_test(an_outage_that_lasts_longer_stays),
        cmocka_unit_test(without_memory_a_service_stays_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
