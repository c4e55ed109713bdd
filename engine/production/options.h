/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the options of a runner, checked, and as a table for people. */
#ifndef PRODUCTION_OPTIONS_H
#define PRODUCTION_OPTIONS_H

#include <cloacina/runner.h>

#include "base/text.h"

/* Every default filled in, `heap` and `name` included. INVALID names the option. `options` may be
 * NULL. */
enum cloacina_code options_complete(const struct cloacina_runner_options *options,
                                    struct cloacina_runner_options *ret_complete,
                                    struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The table of names as Markdown: what docs/reference/runner-options.md says. */
void options_print(struct text_builder *ret_text);

#endif
