/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_check.c - says of two options that only one of them can be meant.
 *
 * Law: an option that would have no effect is refused, not passed over. */
#include "simulate/simulate_check.h"

#include <string.h>

#include "workload/mixed.h"

/* An option as it was given, or not. */
struct given {
    const char *name;
    bool is_given;
};

bool simulate_is_search(const struct simulate_options *options)
{
    return options->faults != NULL || options->budget != NULL || options->corpus != NULL ||
           options->known != NULL || options->require_sites != NULL ||
           options->upgrade_from != NULL || options->junit != NULL || options->coverage != NULL ||
           options->emit_test != NULL || options->jobs != 0 || options->story != STORY_SHORT ||
           options->is_sweep || options->has_pairs || options->is_twice ||
           options->adds_to_corpus || mixed_is_meant(text_of(options->generate));
}

/* The token says all of these. */
static enum cloacina_code replay_check(const struct simulate_options *options,
                                       struct cloacina_error *err)
{
    const struct given others[] = {
        {"generate", options->generate != NULL},
        {"context", options->context != NULL},
        {"trace", options->trace != NULL},
        {"faults", options->faults != NULL},
        {"budget", options->budget != NULL},
        {"corpus", options->corpus != NULL},
        {"known", options->known != NULL},
        {"require-sites", options->require_sites != NULL},
        {"coverage", options->coverage != NULL},
        {"seed", options->seed != 0},
        {"seeds", options->seeds != 0},
        {"runners", options->runners != 0},
        {"store", options->store != CLOACINA_WORLD_MEMORY},
        {"slots", options->slots != SIMULATE_NOT_GIVEN},
        {"jobs", options->jobs != 0},
        {"checkers", options->checkers != CHECKERS_ON},
        {"sweep", options->is_sweep},
        {"pairs", options->has_pairs},
        {"corpus-add", options->adds_to_corpus},
    };
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        if (others[i].is_given) {
            return cloacina_error_raise(
                err, CLOACINA_INVALID,
                "option '--%s' does not go with '--replay': the token says what is run",
                others[i].name);
        }
    }
    return CLOACINA_OK;
}

static enum cloacina_code needs(const char *option, const char *other, struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_INVALID, "option '--%s' needs '--%s'", option, other);
}

bool simulate_is_output(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static enum cloacina_code search_check(const struct simulate_options *options,
                                       struct cloacina_error *err)
{
    if (options->has_pairs && !options->is_sweep) {
        return needs("pairs", "sweep", err);
    }
    if (options->adds_to_corpus && options->corpus == NULL) {
        return needs("corpus-add", "corpus", err);
    }
    if (options->is_twice && options->is_sweep) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "option '--twice' is for seeds and tokens, not for '--sweep'");
    }
    if (simulate_is_output(options->json) && simulate_is_output(options->coverage)) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "options '--json' and '--coverage': one output takes one '-'");
    }
    if (options->trace != NULL && simulate_is_search(options)) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "option '--trace' shows one calm run, and this is a search");
    }
    return CLOACINA_OK;
}

static enum cloacina_code seeds_check(const struct simulate_options *options,
                                      struct cloacina_error *err)
{
    if (options->seeds > 0 && options->seeds - 1 > UINT64_MAX - options->seed) {
        return cloacina_error_raise(
            err, CLOACINA_OUT_OF_RANGE, "the last seed, %llu + %llu - 1, does not fit 64 bits",
            (unsigned long long)options->seed, (unsigned long long)options->seeds);
    }
    return CLOACINA_OK;
}

enum cloacina_code simulate_check(const struct simulate_options *options,
                                  struct cloacina_error *err)
{
    enum cloacina_code code = seeds_check(options, err);
    if (code == CLOACINA_OK && options->replay != NULL) {
        return replay_check(options, err);
    }
    return code == CLOACINA_OK ? search_check(options, err) : code;
}
