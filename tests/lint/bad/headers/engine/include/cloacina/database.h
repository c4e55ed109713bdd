/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/database.h - a bad sample: a public header that wants more than libc. */
#include <sys/mman.h>
