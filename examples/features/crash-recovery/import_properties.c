/* SPDX-License-Identifier: Apache-2.0 */
/* import_properties.c - what must hold in the workflow of import.c, whatever happens. */
#include <cloacina/property.h>
#include <cloacina/world.h>

#include "import.h"

static enum cloacina_code pages_written_once(const struct cloacina_world *world, void *user,
                                             struct cloacina_error *err)
{
    (void)user;
    return cloacina_world_effects_per_key_max(world, "warehouse.write") <= 1
               ? CLOACINA_OK
               : cloacina_error_set(err, "a page is in the warehouse twice");
}

CLOACINA_PROPERTY(price_import_pages_once, .workflow = "price_import", .type = CLOACINA_ALWAYS,
                  .name = "a page is imported at most once", .holds = pages_written_once);

/* Whoever writes a page again must have started the task a second time: more calls than pages. */
static enum cloacina_code a_page_was_offered_twice(const struct cloacina_world *world, void *user,
                                                   struct cloacina_error *err)
{
    (void)user;
    return cloacina_world_effect_calls(world, "warehouse.write") >
                   cloacina_world_effects(world, "warehouse.write")
               ? CLOACINA_OK
               : cloacina_error_set(err, "no page was offered twice");
}

CLOACINA_PROPERTY(price_import_recovers, .workflow = "price_import", .type = CLOACINA_SOMETIMES,
                  .name = "an import begins again after a crash",
                  .holds = a_page_was_offered_twice);
