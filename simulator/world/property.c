/* SPDX-License-Identifier: Apache-2.0 */
/* property.c - judging, and the list of what a program declares. */
#include "world/property.h"

#include <string.h>

#include "world/world.h"

static uint64_t bit_of(uint32_t property)
{
    return UINT64_C(1) << property;
}

/* ---- judging ---- */

/* Does it hold now? Notes the answer. */
static bool holds(struct cloacina_world *world, uint32_t index, struct cloacina_error *err)
{
    struct properties *properties = &world->properties;
    const struct cloacina_property *property = properties->all[index];
    err->code = CLOACINA_OK;
    err->message[0] = '\0';
    if (property->holds(world, property->user, err) == CLOACINA_OK) {
        properties->seen |= bit_of(index);
        return true;
    }
    properties->broken |= bit_of(index);
    return false;
}

static void judge(struct cloacina_world *world, uint32_t index, const char *id)
{
    struct cloacina_error err;
    if (!holds(world, index, &err) && id != NULL) {
        const char *why = err.message[0] != '\0' ? err.message : "it does not hold";
        world_violated(world, id, "'%s': %s", world->properties.all[index]->name, why);
    }
}

/* What is said when a property of this type is false; NULL: nothing. */
static const char *id_of(enum cloacina_property_type type)
{
    static const char *const ids[] = {
        [CLOACINA_ALWAYS] = "always",
        [CLOACINA_EVENTUALLY] = "eventually",
        [CLOACINA_SOMETIMES] = NULL,
    };
    return ids[type];
}

/* What was looked at before may have changed; what is looked at now may change soon. */
static void judge_all(struct cloacina_world *world, bool is_at_rest)
{
    const struct properties *properties = &world->properties;
    looks_forget(world->looks);
    for (uint32_t i = 0; i < properties->count && world_goes_on(world); i++) {
        enum cloacina_property_type type = properties->all[i]->type;
        bool is_noted = type == CLOACINA_SOMETIMES && (properties->seen & bit_of(i)) != 0;
        if (!is_noted && (type == CLOACINA_EVENTUALLY) == is_at_rest) {
            judge(world, i, id_of(type));
        }
    }
    looks_forget(world->looks);
}

void properties_judge(struct cloacina_world *world)
{
    struct properties *properties = &world->properties;
    uint64_t changes = world->trace.changes + world->ledger.changes;
    if (properties->count == 0 || (properties->has_judged && properties->changes == changes)) {
        return;
    }
    properties->has_judged = true;
    properties->changes = changes;
    judge_all(world, false);
}

void properties_settled(struct cloacina_world *world)
{
    if (world->properties.count > 0) {
        properties_judge(world);
        judge_all(world, true);
    }
}

/* ---- which there are ---- */

static const char *name_of(const struct cloacina_property *property)
{
    return property->name == NULL ? "" : property->name;
}

static const char *missing_of(const struct cloacina_property *property)
{
    if (property->name == NULL || property->name[0] == '\0') {
        return "a name";
    }
    return property->holds == NULL ? "'holds'" : NULL;
}

static enum cloacina_code property_check(const struct cloacina_property *property,
                                         struct cloacina_error *err)
{
    const char *missing = missing_of(property);
    if (missing != NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "property '%s': it wants %s",
                                    name_of(property), missing);
    }
    if ((unsigned)property->type > CLOACINA_SOMETIMES) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "property '%s': there is no type %u",
                                    property->name, (unsigned)property->type);
    }
    return CLOACINA_OK;
}

enum cloacina_code cloacina_world_property(struct cloacina_world *world,
                                           const struct cloacina_property *property,
                                           struct cloacina_error *err)
{
    struct properties *properties = &world->properties;
    enum cloacina_code code = property_check(property, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (properties->count == CLOACINA_WORLD_PROPERTIES_MAX) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "property '%s': a world has at most %d properties",
                                    property->name, CLOACINA_WORLD_PROPERTIES_MAX);
    }
    properties->all[properties->count++] = property;
    properties->has_judged = false;
    return CLOACINA_OK;
}

int cloacina_world_property_seen(const struct cloacina_world *world,
                                 const struct cloacina_property *property)
{
    const struct properties *properties = &world->properties;
    uint32_t index = 0;
    while (index < properties->count && properties->all[index] != property) {
        index++;
    }
    if (index == properties->count) {
        return 0;
    }
    uint64_t bit = bit_of(index);
    return (properties->seen & bit) != 0 &&
           (property->type != CLOACINA_ALWAYS || (properties->broken & bit) == 0);
}

/* ---- the list of a program ---- */

static bool is_about(const struct cloacina_property *property, const char *workflow)
{
    return property->workflow == NULL || strcmp(property->workflow, workflow) == 0;
}

/* Behind all whose names are not larger; what does not fit falls off the end. */
static void insert(const struct cloacina_property **list, size_t count,
                   const struct cloacina_property *property)
{
    size_t at = count;
    while (at > 0 && strcmp(name_of(list[at - 1]), name_of(property)) > 0) {
        at--;
    }
    for (size_t i = count; i > at; i--) {
        if (i < CLOACINA_WORLD_PROPERTIES_MAX) {
            list[i] = list[i - 1];
        }
    }
    if (at < CLOACINA_WORLD_PROPERTIES_MAX) {
        list[at] = property;
    }
}

size_t properties_of(const char *workflow,
                     int (*declared)(const struct cloacina_property *const **ret_properties,
                                     size_t *ret_count),
                     const struct cloacina_property **ret_properties)
{
    const struct cloacina_property *const *list;
    size_t listed;
    size_t count = 0;
    (void)declared(&list, &listed);
    for (size_t i = 0; i < listed; i++) {
        if (is_about(list[i], workflow)) {
            size_t kept =
                count < CLOACINA_WORLD_PROPERTIES_MAX ? count : CLOACINA_WORLD_PROPERTIES_MAX;
            insert(ret_properties, kept, list[i]);
            count++;
        }
    }
    return count;
}
