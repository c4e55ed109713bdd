/* SPDX-License-Identifier: Apache-2.0 */
/* simulated.c - a bad sample: the engine knows that it is simulated. */
#include <cloacina/world.h>
