/* SPDX-License-Identifier: Apache-2.0 */
/* upward.c - a bad sample: the ground floor reaches for the runner. */
#include "runner/runner.h"
