/* SPDX-License-Identifier: Apache-2.0 */
/* shapes.h - the workflows that are measured; each has a folder. */
#ifndef EXAMPLES_SHAPES_H
#define EXAMPLES_SHAPES_H

#include "performance.h"

extern const struct performance shape_simple;   /* one task */
extern const struct performance shape_parallel; /* five: one, three side by side, one */
extern const struct performance shape_pipeline; /* three in a chain */

#endif
