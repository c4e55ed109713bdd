/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/error.h - a bad sample: a public header reaches upward. */
#include <cloacina/workflow.h>
