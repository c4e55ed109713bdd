/* SPDX-License-Identifier: Apache-2.0 */
/* bodies.h - which code a command runs: libraries, or what is built in. */
#ifndef CLOACINACTL_BODIES_H
#define CLOACINACTL_BODIES_H

#include "cloacinactl/command.h"
#include "registry/registry.h"

/* Fills a registry that is initialised: with these libraries, or without any with what this program
 * declares. INVALID, whatever keeps one from being used; the message names the file. */
enum cloacina_code bodies_open(struct registry *registry, const struct option_texts *libraries,
                               struct cloacina_error *err) MUST_CHECK;

/* "hello, shop": the names of its workflows. */
void bodies_list(const struct registry *registry, struct text_builder *ret_text);

#endif
