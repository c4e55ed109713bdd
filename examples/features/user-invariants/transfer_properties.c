/* SPDX-License-Identifier: Apache-2.0 */
/* transfer_properties.c - always, eventually, sometimes: what the workflow of transfer.c promises.
 *
 * The ledger of the world says what each bank has really done, whatever the tasks believe. */
#include <cloacina/property.h>
#include <cloacina/world.h>

#include <inttypes.h>
#include <stdbool.h>

struct booked {
    uint64_t taken;
    uint64_t given;
    uint64_t calls; /* of the clerk */
};

static struct booked look(const struct cloacina_world *world)
{
    return (struct booked){
        .taken = cloacina_world_effects(world, "alpha.take"),
        .given = cloacina_world_effects(world, "beta.give"),
        .calls = cloacina_world_effects(world, "clerk.call"),
    };
}

/* Safety: at no moment. */
static enum cloacina_code no_money_is_made(const struct cloacina_world *world, void *user,
                                           struct cloacina_error *err)
{
    const struct booked booked = look(world);
    (void)user;
    if (booked.given > booked.taken) {
        return cloacina_error_set(err, "given %" PRIu64 " times, taken %" PRIu64 " times",
                                  booked.given, booked.taken);
    }
    return CLOACINA_OK;
}

CLOACINA_PROPERTY(bank_transfer_makes_no_money, .workflow = "bank_transfer",
                  .type = CLOACINA_ALWAYS, .name = "no money is made", .holds = no_money_is_made);

/* Liveness: once everything has come to rest, money that has left has arrived, or the execution
 * says that it did not end well. */
static enum cloacina_code no_money_is_forgotten(const struct cloacina_world *world, void *user,
                                                struct cloacina_error *err)
{
    const struct booked booked = look(world);
    struct cloacina_world_counts counts;
    (void)user;
    cloacina_world_count(world, &counts);
    bool is_complete = counts.completed == 2 && counts.failed == 0;
    if (is_complete && booked.given != booked.taken) {
        return cloacina_error_set(err, "taken, not given, and nobody was told");
    }
    return CLOACINA_OK;
}

CLOACINA_PROPERTY(bank_transfer_forgets_no_money, .workflow = "bank_transfer",
                  .type = CLOACINA_EVENTUALLY, .name = "no money is forgotten",
                  .holds = no_money_is_forgotten);

/* At some moment, in some run: else nobody has tried what happens when the other bank is silent. */
static enum cloacina_code the_clerk_is_called(const struct cloacina_world *world, void *user,
                                              struct cloacina_error *err)
{
    (void)user;
    return look(world).calls > 0 ? CLOACINA_OK : cloacina_error_set(err, "nobody was called");
}

CLOACINA_PROPERTY(bank_transfer_calls_the_clerk, .workflow = "bank_transfer",
                  .type = CLOACINA_SOMETIMES, .name = "the clerk is called",
                  .holds = the_clerk_is_called);
