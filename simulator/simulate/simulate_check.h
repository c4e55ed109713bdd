/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_check.h - options that do not go together. */
#ifndef CLI_SIMULATE_CHECK_H
#define CLI_SIMULATE_CHECK_H

#include <cloacina/error.h>

#include "base/compiler.h"
#include "simulate/simulate.h"

/* Do the options ask for many runs in which things go wrong, rather than for some calm ones? */
bool simulate_is_search(const struct simulate_options *options);

/* Is it "-", which stands for the output of the command? */
bool simulate_is_output(const char *path);

/* INVALID, OUT_OF_RANGE: names both options, or the one that needs another. */
enum cloacina_code simulate_check(const struct simulate_options *options,
                                  struct cloacina_error *err) MUST_CHECK;

#endif
