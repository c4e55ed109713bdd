/* SPDX-License-Identifier: Apache-2.0 */
/* testing.c - a bad sample: the simulator knows the testing library. */
#include <cloacina/testing.h>
