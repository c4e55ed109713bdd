/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/property.h - what must hold in every world, said by you.
 *
 *     static enum cloacina_code charged_once(const struct cloacina_world *world, void *user,
 *                                            struct cloacina_error *err)
 *     {
 *         return cloacina_world_effects_per_key_max(world, "payments.charge") <= 1
 *             ? CLOACINA_OK : cloacina_error_set(err, "one order was charged twice");
 *     }
 *     CLOACINA_PROPERTY(shop_charged_once, .workflow = "shop", .type = CLOACINA_ALWAYS,
 *                       .name = "one order is charged once", .holds = charged_once);
 *
 * A property declared like this is checked whenever `cloacinactl simulate` runs that workflow, and
 * by explore() (testing.h); cloacina_world_property() gives one to a world by hand. */
#ifndef CLOACINA_PROPERTY_H
#define CLOACINA_PROPERTY_H

#include <cloacina/authoring.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cloacina_world;

enum cloacina_property_type {
    CLOACINA_ALWAYS,     /* after everything that happens: safety */
    CLOACINA_EVENTUALLY, /* when the world has come to rest: liveness */
    CLOACINA_SOMETIMES   /* at some moment of at least one run of a search: or the search looked at
                            nothing */
};

struct cloacina_property {
    const char *workflow; /* whose; NULL: of any */
    const char *name;     /* required: a sentence without a full stop, shown in reports */
    enum cloacina_property_type type;
    /* Required. CLOACINA_OK: it holds. Anything else: it does not (now), and `err` may say more.
     * Only looks at the world: no call that runs, submits or commands. */
    enum cloacina_code (*holds)(const struct cloacina_world *world, void *user,
                                struct cloacina_error *err);
    void *user; /* Borrowed; handed to `holds` */
};

/* Declares one. The identifier must be unique in its file. */
#define CLOACINA_PROPERTY(identifier, ...)                                                         \
    static const struct cloacina_property identifier = {__VA_ARGS__};                              \
    static const struct cloacina_property *const identifier##_entry CLOACINA_PROPERTY_ENTRY_ =     \
        &identifier

/* Gives the properties that this program or shared object declares, in link order (sort before
 * use), and returns CLOACINA_AUTHORING_ABI. Every file that includes this header carries a copy;
 * the linker keeps one per program or shared object, and each copy sees only the list of
 * its own. */
CLOACINA_API int
cloacina_properties_declared(const struct cloacina_property *const **ret_properties,
                             size_t *ret_count);

/* Pointers in a section, kept although nobody names them: see CLOACINA_ENTRY_ in authoring.h. */
#if defined(__has_attribute)
#if __has_attribute(retain)
#define CLOACINA_PROPERTY_ENTRY_ __attribute__((used, retain, section("cloacina_properties")))
#endif
#endif
#ifndef CLOACINA_PROPERTY_ENTRY_
#define CLOACINA_PROPERTY_ENTRY_ __attribute__((used, section("cloacina_properties")))
#endif

/* The linker makes these where the section begins and ends; without a section they are NULL. */
extern const struct cloacina_property *const __start_cloacina_properties[]
    __attribute__((weak, visibility("hidden")));
extern const struct cloacina_property *const __stop_cloacina_properties[]
    __attribute__((weak, visibility("hidden")));

__attribute__((weak)) int
cloacina_properties_declared(const struct cloacina_property *const **ret_properties,
                             size_t *ret_count)
{
    *ret_properties = __start_cloacina_properties;
    *ret_count = __start_cloacina_properties == NULL
                     ? 0
                     : (size_t)(__stop_cloacina_properties - __start_cloacina_properties);
    return CLOACINA_AUTHORING_ABI;
}

#ifdef __cplusplus
}
#endif
#endif
