/* SPDX-License-Identifier: Apache-2.0 */
/* shop_properties.c - what must hold in the workflows of shop.c, whatever happens.
 *
 * A file of its own: a program in production has the workflows and no world. */
#include <cloacina/property.h>
#include <cloacina/world.h>

static enum cloacina_code charged_once(const struct cloacina_world *world, void *user,
                                       struct cloacina_error *err)
{
    (void)user;
    return cloacina_world_effects_per_key_max(world, "payments.charge") <= 1
               ? CLOACINA_OK
               : cloacina_error_set(err, "one order was charged twice");
}

CLOACINA_PROPERTY(shop_charges_once, .workflow = "shop", .type = CLOACINA_ALWAYS,
                  .name = "an order is charged at most once", .holds = charged_once);
CLOACINA_PROPERTY(shop_fixed_charges_once, .workflow = "shop_fixed", .type = CLOACINA_ALWAYS,
                  .name = "an order is charged at most once", .holds = charged_once);

/* A search in which no reply was ever lost has not tested the retry. */
static enum cloacina_code a_reply_was_lost(const struct cloacina_world *world, void *user,
                                           struct cloacina_error *err)
{
    (void)user;
    return cloacina_world_replies_lost(world, "payments.charge") > 0
               ? CLOACINA_OK
               : cloacina_error_set(err, "every reply has arrived");
}

CLOACINA_PROPERTY(shop_fixed_loses_replies, .workflow = "shop_fixed", .type = CLOACINA_SOMETIMES,
                  .name = "the reply of a charge is lost", .holds = a_reply_was_lost);
